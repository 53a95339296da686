#ifndef READALIKE_TRAIN_PAIRS_H
#define READALIKE_TRAIN_PAIRS_H

#include "rows.h"

/*
 * Rows of a product of sparse matrices over the readers v,
 *
 *     s_ij = sum_v a_vi b_vj        a, b of the pattern of who read what, all above 0
 *
 * added up for one item i at a time, by several threads.
 */
struct pairs {
    const struct ra_csr *by_reader; /* (readers, items) borrowed */
    struct ra_csr by_item;          /* (items, readers) its transpose */
    const float *left;              /* (nnz) a in the order of by_item */
    const float *right;             /* (nnz) b in the order of by_reader */
    struct pairs_thread *threads;   /* (n_threads) */
    unsigned n_threads;
};

/* One row, as one thread has it. */
struct pairs_thread {
    float *sum;         /* (n_items) zero between rows */
    uint32_t *touched;  /* (n_items + 1) */
    uint32_t *n_common; /* (n_items) readers of both; NULL: not counted */
    size_t n_touched;
};

/* `left` and `right` are those of the matrix itself until they are set. finish accepts what begin
 * left, also when it failed. */
bool pairs_begin(struct pairs *pairs, const struct ra_csr *weights, unsigned threads, bool counted,
                 struct ra_err *err) RA_MUST_CHECK;
void pairs_finish(struct pairs *pairs);
/* What begin takes. */
uint64_t pairs_bytes(const struct ra_csr *weights, unsigned threads, bool counted);

/* Adds up row `item`; `touched` then lists, in a fixed order, what is not zero of it. */
void pairs_row(const struct pairs *pairs, uint32_t item, struct pairs_thread *thread);
/* Pushes the row but for `item` itself, and sets it back to zero. */
void pairs_push(const struct pairs *pairs, uint32_t item, struct pairs_thread *thread,
                struct ra_select *best);
/* The latter alone. */
void pairs_forget(const struct pairs *pairs, struct pairs_thread *thread);
/* Row and push, for what the sums are the similarities of; as rows_fn, `ctx` is the pairs. */
void pairs_best(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best);
/* The job of all rows; `neighbours` are wanted of each. */
struct rows_job pairs_job(const struct pairs *pairs, const struct ra_train_params *params,
                          rows_fn row, const void *ctx);
/* What such a job takes in all, with what begin takes. */
uint64_t pairs_job_bytes(const struct ra_csr *weights, const struct ra_train_params *params,
                         bool counted);

#endif
