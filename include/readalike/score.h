#ifndef READALIKE_SCORE_H
#define READALIKE_SCORE_H

#include <stdint.h>

#include "readalike/csr.h"

/* Readers scored at once, at most. */
#define RA_SCORE_BLOCK 32

/*
 * Scores every item for `n` readers, rows of `seen` (readers, items): what each has read, with
 * weights. Writes all of `scores` (n, n_items), -INFINITY for what cannot be recommended. Called by
 * several threads at once.
 */
typedef void (*ra_score_fn)(const void *ctx, const struct ra_csr *seen, const uint32_t *readers,
                            uint32_t n, float *scores);

struct ra_scorer {
    ra_score_fn score;
    const void *ctx;
};

#endif
