#ifndef READALIKE_RIDGE_H
#define READALIKE_RIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * The vector x of one reader (or likewise item) by least squares against the fixed vectors h_i of
 * the other side, as implicit ALS solves it (Hu, Koren and Volinsky 2008; Rendle et al. 2022):
 *
 *     (alpha0 G + sum_S c h h' + lambda (n + alpha0 N)^nu I) x = sum_S c t h      G = sum_i h_i
 * h_i'
 *
 * n of the N others are in the row's S; t is 1 where no target is given. alpha0 = 0 is plain ridge
 * regression on the targets.
 */
struct ra_ridge {
    uint32_t n_factors, n_others;
    double alpha0, lambda, nu;
    const float *others; /* (n_others, n_factors) */
    const float *gram;   /* (n_factors, n_factors) alpha0 G, the triangle below the diagonal */
};

struct ra_ridge_row {
    const uint32_t *col; /* (n) */
    const float *weight; /* (n) c; NULL: 1 */
    const float *target; /* (n) t; NULL: 1 */
    size_t n;
    size_t n_ahead; /* further `col` after these, which may be fetched early: of the next rows */
};

/* Floats that one thread works in. */
size_t ra_ridge_scratch_n(uint32_t n_factors);

double ra_ridge_regularisation(const struct ra_ridge *ridge, size_t n);
/* By Cholesky's factors; an empty row has x = 0. False when the matrix is not positive definite in
 * floats. For parallel loops behind ra_dense_single_thread(). */
bool ra_ridge_solve(const struct ra_ridge *ridge, const struct ra_ridge_row *row, float *scratch,
                    float *x) RA_MUST_CHECK;
/* `steps` of conjugate gradients from the x that is there. */
void ra_ridge_approach(const struct ra_ridge *ridge, const struct ra_ridge_row *row, unsigned steps,
                       float *scratch, float *x);
/*
 * alpha0 G of `others`, below the diagonal, zero above. `partial` has room for RA_GRAM_PARTS
 * matrices: the parts do not depend on the number of threads, and are added in their order.
 */
enum { RA_GRAM_PARTS = 16 };
void ra_ridge_gram(const float *others, uint32_t n_others, uint32_t n_factors, double alpha0,
                   unsigned threads, float *partial, float *gram);

#endif
