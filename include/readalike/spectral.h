#ifndef READALIKE_SPECTRAL_H
#define READALIKE_SPECTRAL_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"
#include "readalike/ridge.h"

/*
 * The least squares of ridge.h when the h_i stand along their principal axes (axes.h), so that
 * alpha0 G is the diagonal of `squares` and D = alpha0 G + lambda (n + alpha0 N)^nu I is cheap:
 *
 *     (D + sum_S c h h') x = sum_S c t h
 *
 * For parallel loops behind ra_dense_single_thread(), each thread with its own scratch.
 */
struct ra_spectral {
    struct ra_ridge ridge; /* its `gram` is not used */
    const float *squares;  /* (f) alpha0 sum_i h_ik² */
};

/* Floats that one thread works in: rows of at most `n_short` in ra_spectral_solve_short(), of
 * `n_long` in ra_spectral_blocks(), which has blocks of `block`. */
size_t ra_spectral_scratch_n(uint32_t n_factors, size_t n_short, uint32_t block, size_t n_long);

/*
 * The solution through the n x n system of the row's own products (Woodbury's identity), which is
 * small where the row is short:
 *
 *     x = D^-1 H' y,  (C^-1 + H D^-1 H') y = t        H: the h of S as rows, C: diagonal of the c
 *
 * False when it is not positive definite in floats.
 */
bool ra_spectral_solve_short(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                             float *scratch, float *x) RA_MUST_CHECK;
/* `steps` of conjugate gradients from the x that is there, the diagonal as preconditioner. */
void ra_spectral_approach(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                          unsigned steps, float *scratch, float *x);
/*
 * One pass of Newton steps over blocks of `block` unknowns, from the x that is there: iALS++
 * (Rendle, Krichene, Zhang and Koren, "iALS++: Speeding up Matrix Factorization with Subspace
 * Optimization", 2021). False when a block is not positive definite in floats.
 */
bool ra_spectral_blocks(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                        uint32_t block, float *scratch, float *x) RA_MUST_CHECK;

#endif
