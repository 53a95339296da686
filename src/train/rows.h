#ifndef READALIKE_TRAIN_ROWS_H
#define READALIKE_TRAIN_ROWS_H

#include "readalike/topk.h"
#include "readalike/train.h"

/* From rows computed one by one, by several threads, to the sparse rows of the best. */

/* Pushes the similarities of `item`, of which those above 0 count; `thread` is below the job's
 * number of threads. */
typedef void (*rows_fn)(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best);

/* Rows from a multiple of `together` on are asked for one after the other, by one thread; 0 is this
 * many. */
#define ROWS_TOGETHER 32u

struct rows_job {
    uint32_t n_items;
    size_t kept;   /* of a row, at most */
    uint64_t most; /* of all rows, at most */
    unsigned threads, together;
    struct ra_progress *progress;
    rows_fn row;
    const void *ctx;
};

/* How many a row can keep of `neighbours` wanted. */
size_t rows_kept(uint32_t n_items, unsigned neighbours);
/* No item can have more neighbours than are kept, nor all items more than there are pairs. */
uint64_t rows_most(const struct ra_csr *weights, size_t kept);
/* What rows_build takes, the result included. */
uint64_t rows_bytes(uint32_t n_items, size_t kept, uint64_t most, unsigned threads);
/* Each row is computed by one thread: when `row` has a fixed order, so have the bytes. */
bool rows_build(struct ra_neighbours *out, const struct rows_job *job,
                struct ra_err *err) RA_MUST_CHECK;

#endif
