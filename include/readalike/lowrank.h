#ifndef READALIKE_LOWRANK_H
#define READALIKE_LOWRANK_H

#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"

/*
 * The leading right singular vectors v_1 ... v_k of a sparse matrix A and their singular values:
 * randomised subspace iteration with a Rayleigh-Ritz step (Halko, Martinsson and Tropp, "Finding
 * Structure with Randomness", 2011),
 *
 *     Q = orth(random);  `sweeps` times: Q = orth(A' A Q);  U L U' = Q' A' A Q;  V = Q U
 *
 * with some more columns than are asked for. Each sweep brings the error down by
 * (sigma_l+1 / sigma_k)^2, l being the number of columns; where the values hardly fall, so that
 * neighbouring vectors mix, their span is what counts and is good after a few. A matrix of lower
 * rank has arbitrary vectors with values of 0 at the end.
 *
 * The same seed and number of threads give the same bytes; BLAS divides the work by threads.
 */
struct ra_lowrank_params {
    uint32_t k; /* at most the smaller side of the matrix */
    unsigned sweeps, threads;
    uint64_t seed;
};

/* `vectors` (n_cols, k) gets one in each column, `values` (k) falls. Not for parallel loops. */
bool ra_lowrank(const struct ra_csr *a, const struct ra_lowrank_params *params, float *vectors,
                float *values, struct ra_err *err) RA_MUST_CHECK;
/* What it takes beside its input and its results. */
uint64_t ra_lowrank_bytes(const struct ra_csr *a, const struct ra_lowrank_params *params);

#endif
