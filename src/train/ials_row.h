#ifndef READALIKE_TRAIN_IALS_ROW_H
#define READALIKE_TRAIN_IALS_ROW_H

#include "readalike/train.h"

/*
 * One row of implicit ALS, of a reader w or likewise of an item, the other side's h_i being fixed:
 *
 *     (alpha0 G + sum_S c h h' + lambda (n + alpha0 N)^nu I) w = sum_S c h      G = sum_i h_i h_i'
 *
 * n of the N others are in the row's S.
 */
struct ials_system {
    uint32_t n_factors, n_others;
    double alpha0, lambda, nu;
    const float *others; /* (n_others, n_factors) */
    const float *gram;   /* (n_factors, n_factors) alpha0 G, the triangle below the diagonal */
};

/* A row of the sparse matrix. */
struct ials_row {
    const uint32_t *col;
    const float *value; /* c */
    size_t n;
};

/* Floats that one thread works in. */
size_t ials_scratch_n(uint32_t n_factors);

double ials_regularisation(const struct ials_system *system, size_t n);
/* By Cholesky's factors; false when the matrix is not positive definite in floats. */
bool ials_solve(const struct ials_system *system, const struct ials_row *row, float *scratch,
                float *x) RA_MUST_CHECK;
/* `steps` of conjugate gradients from the x that is there. */
void ials_approach(const struct ials_system *system, const struct ials_row *row, unsigned steps,
                   float *scratch, float *x);
/*
 * alpha0 G of `others`, below the diagonal. `partial` has room for IALS_PARTS matrices: the parts
 * do not depend on the number of threads, and are added in their order.
 */
enum { IALS_PARTS = 16 };
void ials_gram(const float *others, uint32_t n_others, uint32_t n_factors, double alpha0,
               unsigned threads, float *partial, float *gram);

#endif
