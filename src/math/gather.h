#ifndef READALIKE_MATH_GATHER_H
#define READALIKE_MATH_GATHER_H

#include "readalike/lanes.h"

/*
 * The products of a sparse row with a table of dense rows that its columns name: each dense row is
 * read once for a product and a sum. h_i are the rows of the table that `ix` names.
 */
struct gather {
    const float *table; /* (.., stride), of which the first `width` of each row count */
    size_t width, stride;
    const uint32_t *ix;  /* (n_ahead) of which n belong to the row and the rest are fetched ahead */
    const float *weight; /* (n) c; NULL: 1 */
    const float *target; /* (n) t; NULL: 1 */
    size_t n, n_ahead;
};

/* out += sum c (h · p) h */
void gather_apply(const struct gather *gather, const float *p, float *out);
/* out += sum c (t - h · x) h, squares += sum c h * h */
void gather_residual(const struct gather *gather, const float *x, float *out, float *squares);
/* out += sum s h */
void gather_sum(const struct gather *gather, const float *s, float *out);
/* out (n) += h · p */
void gather_dots(const struct gather *gather, const float *p, float *out);
/* columns (width, stride) = root h, root (n) being of each row; the rest of the stride zero */
void gather_columns(const struct gather *gather, const float *root, size_t stride, float *columns);
/* out = sum s h, for rows next to each other: `rows` (n, stride), n a multiple of 4 */
void rows_sum(const float *rows, size_t stride, const float *s, size_t n, float *out);
/* rows (n, stride) = scale * h, the rest of the stride zero; a multiple of 8 */
void gather_scaled(const struct gather *gather, const float *scale, size_t stride, float *rows);
/*
 * k[j * stride_k + i] += row_i · row_j for i >= j, of `rows` (n, stride): n a multiple of 4, the
 * stride of 8. What is above the diagonal is added to, too.
 */
void rows_gram(const float *rows, size_t stride, size_t n, float *k, size_t stride_k);
/*
 * Solves k x = b by Cholesky's factors, k as rows_gram() leaves it with a stride that is a multiple
 * of 8; both are used up, x replaces b (stride_k). False when k is not positive definite.
 */
bool small_solve(float *k, size_t stride_k, size_t n, float *b);

#endif
