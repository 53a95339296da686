/* First-order Markov chain: what is read right after what. */
#include <stdlib.h>
#include <string.h>

#include "rankers.h"
#include "readalike/threads.h"
#include "rows.h"
#include "sequence.h"

/* The successors of each item; those of one item are next to each other, in any order. */
struct chain {
    uint32_t n_items;
    uint64_t *start;     /* (n_items + 1) */
    uint32_t *successor; /* (transitions) */
    uint32_t *count;     /* (threads, n_items) zero between items */
    double shrinkage;
};

uint64_t markov_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    unsigned threads = ra_threads(params->threads);
    uint64_t n_items = weights->n_cols, nnz = ra_csr_nnz(weights);
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    uint64_t bytes = rows_bytes(weights->n_cols, kept, rows_most(weights, kept), threads);
    uint64_t beside = 2 * nnz * sizeof(uint32_t) + n_items * sizeof(uint64_t) +
                      threads * n_items * sizeof(uint32_t);
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

/* Counting sort of the pairs that stand next to each other. */
static void fill_chain(struct chain *chain, const struct ra_csr *read, const uint32_t *items)
{
    uint64_t *start = chain->start;
    for (uint32_t row = 0; row < read->n_rows; row++) {
        for (uint64_t i = read->start[row]; i + 1 < read->start[row + 1]; i++)
            start[items[i] + 1]++;
    }
    for (uint32_t item = 0; item < chain->n_items; item++)
        start[item + 1] += start[item];
    for (uint32_t row = 0; row < read->n_rows; row++) {
        for (uint64_t i = read->start[row]; i + 1 < read->start[row + 1]; i++)
            chain->successor[start[items[i]]++] = items[i + 1];
    }
    memmove(start + 1, start, chain->n_items * sizeof *start);
    start[0] = 0;
}

/* The most likely successors of one item, as rows_fn. */
static void train_item(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    const struct chain *chain = ctx;
    uint32_t *count = chain->count + (size_t)thread * chain->n_items;
    uint64_t first = chain->start[item], end = chain->start[item + 1];
    for (uint64_t i = first; i < end; i++)
        count[chain->successor[i]]++;
    double total = (double)(end - first) + chain->shrinkage;
    for (uint64_t i = first; i < end; i++) {
        uint32_t other = chain->successor[i];
        if (count[other] && other != item)
            ra_select_push(best, other, (float)((double)count[other] / total));
        count[other] = 0;
    }
}

static bool allocate(struct chain *chain, uint64_t nnz, unsigned threads)
{
    size_t n_count;
    if (__builtin_mul_overflow((size_t)chain->n_items + 1, (size_t)threads, &n_count))
        return false;
    chain->start = calloc((size_t)chain->n_items + 1, sizeof *chain->start);
    chain->successor = calloc(nnz + 1, sizeof *chain->successor);
    chain->count = calloc(n_count, sizeof *chain->count);
    return chain->start && chain->successor && chain->count;
}

bool markov_train(struct ra_ranker *out, const struct ra_train_data *data,
                  const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    if (ra_csr_nnz(weights) && !sequence_is_ordered(weights, data->when))
        return ra_fail(err, RA_ERR_INVALID,
                       "markov learns from the order of readings, and no reader's have times");
    struct chain chain = {.n_items = weights->n_cols, .shrinkage = params->markov.shrinkage};
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    const struct rows_job job = {
        .n_items = weights->n_cols,
        .kept = kept,
        .most = rows_most(weights, kept),
        .threads = ra_threads(params->threads),
        .progress = params->progress,
        .row = train_item,
        .ctx = &chain,
    };
    uint32_t *items = sequence_items(weights, data->when);
    bool ok = (items && allocate(&chain, ra_csr_nnz(weights), job.threads)) ||
              ra_fail(err, RA_ERR_NOMEM, "out of memory for the transitions");
    if (ok)
        fill_chain(&chain, weights, items);
    free(items);
    ok = ok && rows_build(&out->neighbours, &job, err);
    out->recency = params->markov.recency;
    free(chain.start);
    free(chain.successor);
    free(chain.count);
    return ok;
}
