/* Items that share readers: rows of a sparse product, added up one by one. */
#include "pairs.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/threads.h"

uint64_t pairs_bytes(const struct ra_csr *weights, unsigned threads, bool counted)
{
    uint64_t n_items = weights->n_cols;
    uint64_t item = sizeof(float) + (counted ? 2 : 1) * sizeof(uint32_t);
    return ra_csr_bytes(n_items, ra_csr_nnz(weights)) + threads * (n_items + 1) * item;
}

static bool allocate(struct pairs *pairs, bool counted)
{
    size_t n_items = (size_t)pairs->by_reader->n_cols + 1;
    pairs->threads = calloc(pairs->n_threads, sizeof *pairs->threads);
    bool ok = pairs->threads;
    for (unsigned i = 0; ok && i < pairs->n_threads; i++) {
        struct pairs_thread *thread = &pairs->threads[i];
        thread->sum = calloc(n_items, sizeof *thread->sum);
        thread->touched = calloc(n_items, sizeof *thread->touched);
        thread->n_common = counted ? calloc(n_items, sizeof *thread->n_common) : NULL;
        ok = thread->sum && thread->touched && (!counted || thread->n_common);
    }
    return ok;
}

bool pairs_begin(struct pairs *pairs, const struct ra_csr *weights, unsigned threads, bool counted,
                 struct ra_err *err)
{
    *pairs = (struct pairs){.by_reader = weights, .n_threads = threads};
    if (!ra_csr_transpose(&pairs->by_item, weights, err))
        return false;
    pairs->left = pairs->by_item.value;
    pairs->right = weights->value;
    return allocate(pairs, counted) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
}

void pairs_finish(struct pairs *pairs)
{
    ra_csr_finish(&pairs->by_item);
    for (unsigned i = 0; pairs->threads && i < pairs->n_threads; i++) {
        free(pairs->threads[i].sum);
        free(pairs->threads[i].touched);
        free(pairs->threads[i].n_common);
    }
    free(pairs->threads);
    *pairs = (struct pairs){0};
}

/* What one reader adds. A product is never 0, which would look untouched. The list is written to
 * without asking, and grows when it is due: whether it is nobody can foresee, and a branch would be
 * missed half the time. */
static size_t add_reader(const uint32_t *restrict items, const float *restrict right, size_t n,
                         float left, struct pairs_thread *thread)
{
    float *restrict sum = thread->sum;
    uint32_t *restrict touched = thread->touched;
    size_t n_touched = thread->n_touched;
    for (size_t i = 0; i < n; i++) {
        uint32_t item = items[i], bits;
        float product = left * right[i], before = sum[item];
        memcpy(&bits, &before, sizeof bits);
        touched[n_touched] = item;
        n_touched += bits == 0;
        sum[item] = before + (product > FLT_MIN ? product : FLT_MIN);
    }
    return n_touched;
}

static void count_reader(const struct ra_csr *by_reader, uint32_t reader, uint32_t *n_common)
{
    for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++)
        n_common[by_reader->col[i]]++;
}

void pairs_row(const struct pairs *pairs, uint32_t item, struct pairs_thread *thread)
{
    const struct ra_csr *by_item = &pairs->by_item, *by_reader = pairs->by_reader;
    thread->n_touched = 0;
    for (uint64_t r = by_item->start[item]; r < by_item->start[item + 1]; r++) {
        uint32_t reader = by_item->col[r];
        uint64_t start = by_reader->start[reader];
        thread->n_touched = add_reader(by_reader->col + start, pairs->right + start,
                                       ra_csr_row_n(by_reader, reader), pairs->left[r], thread);
        if (thread->n_common)
            count_reader(by_reader, reader, thread->n_common);
    }
}

/* Of many touched, a look at all items takes less than going from one to the other. */
#define MANY 4u

void pairs_forget(const struct pairs *pairs, struct pairs_thread *thread)
{
    size_t n_items = pairs->by_reader->n_cols;
    if (thread->n_touched > n_items / MANY) {
        memset(thread->sum, 0, n_items * sizeof *thread->sum);
        if (thread->n_common)
            memset(thread->n_common, 0, n_items * sizeof *thread->n_common);
        return;
    }
    for (size_t i = 0; i < thread->n_touched; i++) {
        thread->sum[thread->touched[i]] = 0;
        if (thread->n_common)
            thread->n_common[thread->touched[i]] = 0;
    }
}

void pairs_push(const struct pairs *pairs, uint32_t item, struct pairs_thread *thread,
                struct ra_select *best)
{
    uint32_t n_items = pairs->by_reader->n_cols;
    thread->sum[item] = 0;
    if (thread->n_touched > n_items / MANY) {
        ra_select_push_all(best, thread->sum, n_items);
    } else {
        for (size_t i = 0; i < thread->n_touched; i++)
            ra_select_push(best, thread->touched[i], thread->sum[thread->touched[i]]);
    }
    pairs_forget(pairs, thread);
}

void pairs_best(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    const struct pairs *pairs = ctx;
    pairs_row(pairs, item, &pairs->threads[thread]);
    pairs_push(pairs, item, &pairs->threads[thread], best);
}

struct rows_job pairs_job(const struct pairs *pairs, const struct ra_train_params *params,
                          rows_fn row, const void *ctx)
{
    const struct ra_csr *weights = pairs->by_reader;
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    return (struct rows_job){
        .n_items = weights->n_cols,
        .kept = kept,
        .most = rows_most(weights, kept),
        .threads = pairs->n_threads,
        .progress = params->progress,
        .row = row,
        .ctx = ctx,
    };
}

uint64_t pairs_job_bytes(const struct ra_csr *weights, const struct ra_train_params *params,
                         bool counted)
{
    unsigned threads = ra_threads(params->threads);
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    uint64_t bytes = rows_bytes(weights->n_cols, kept, rows_most(weights, kept), threads);
    if (__builtin_add_overflow(bytes, pairs_bytes(weights, threads, counted), &bytes))
        return UINT64_MAX;
    return bytes;
}
