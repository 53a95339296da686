#ifndef READALIKE_DENSE_H
#define READALIKE_DENSE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * Symmetric positive definite matrices (n, n) by rows, over BLAS and LAPACK.
 */

/* `a`, both triangles filled, becomes its inverse. RA_ERR_INVALID when it is not positive definite.
 * Not for use inside a parallel loop; BLAS is back to one thread afterwards. */
bool ra_dense_invert(float *a, uint32_t n, unsigned threads, struct ra_err *err) RA_MUST_CHECK;

/* Solves a x = b; x replaces b, and `a` is used up. False when `a` is not positive definite. For
 * parallel loops behind ra_dense_single_thread(). */
bool ra_dense_solve(float *a, float *b, uint32_t n) RA_MUST_CHECK;
/* The two halves of it: `a` becomes Cholesky's factors, which then solve for any b. */
bool ra_dense_factor(float *a, uint32_t n) RA_MUST_CHECK;
void ra_dense_solve_factored(const float *factored, float *b, uint32_t n);

/* The same in doubles; of `a`, the triangle below the diagonal is read. */
bool ra_dense_solve_double(double *a, double *b, uint32_t n) RA_MUST_CHECK;

/*
 * Zeroed floats (n_rows, width) for free(): on a boundary of cache lines, and on large pages where
 * the system has them, since rows gathered from all over a table miss the small ones. NULL when
 * memory is out.
 */
float *ra_dense_rows(size_t n_rows, size_t width);
/* Bytes that one such table takes at most beside its own. */
#define RA_DENSE_ROWS_EXTRA ((size_t)4 << 20)

/* Lets BLAS run in the calling thread only. */
void ra_dense_single_thread(void);

#endif
