#ifndef READALIKE_AXES_H
#define READALIKE_AXES_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * The principal axes of vectors h_i: there, sum_i h_i h_i' is diagonal. Scores w_u · h_i stay what
 * they are when both sides are turned alike.
 */

/*
 * `gram` (f, f), the triangle below the diagonal, becomes the axes: a row each, by rising square.
 * `squares` (f) gets the diagonal that is left. Uses BLAS in the calling thread.
 */
bool ra_axes_find(float *gram, uint32_t f, float *squares, struct ra_err *err) RA_MUST_CHECK;

/* `out` (n, f) gets `rows` (n, f) as seen along the axes; they do not overlap. For parallel loops
 * behind ra_dense_single_thread(). */
void ra_axes_turn(const float *axes, uint32_t f, const float *rows, size_t n, float *out);

#endif
