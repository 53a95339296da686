#ifndef READALIKE_EVALUATE_SAMPLED_H
#define READALIKE_EVALUATE_SAMPLED_H

#include "readalike/csr.h"
#include "readalike/topk.h"

/* Some items in place of all; of one fold. */
struct sampled {
    uint32_t most; /* items that are not relevant */
    uint64_t seed;
    const struct ra_csr *seen, *test; /* borrowed */
    uint32_t *stamp; /* (threads, n_items) the last reader, from 1, it was out for */
};

/* Pushes what is relevant to the reader, and `most` others that they have not seen, each set of
 * those as likely; all others where there are no more. Each thread has its own number. */
void sampled_push(const struct sampled *sampled, struct ra_select *best, uint32_t reader,
                  const float *scores, unsigned thread);

#endif
