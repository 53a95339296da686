/* RP3beta: a random walk of three steps that avoids what everybody reads. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "rankers.h"
#include "readalike/threads.h"
#include "rows.h"

struct accumulator {
    float *sum;        /* (n_items) zero between items */
    uint32_t *touched; /* (n_items) items whose sum is not zero */
};

struct walk {
    const struct ra_csr *by_reader;
    struct ra_csr by_item;
    double alpha;
    float *step;                 /* (nnz) p_vj^alpha, in the order of by_reader */
    double *degree;              /* (n_items) d_i */
    double *penalty;             /* (n_items) d_j^-beta */
    struct accumulator *threads; /* (n_threads) */
    unsigned n_threads;
};

uint64_t rp3beta_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    uint64_t n_items = weights->n_cols, nnz = ra_csr_nnz(weights);
    unsigned threads = ra_threads(params->threads);
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    uint64_t bytes = rows_bytes(weights->n_cols, kept, rows_most(weights, kept), threads), walk;
    walk = ra_csr_bytes(n_items, nnz) + nnz * sizeof(float) + n_items * 2 * sizeof(double) +
           threads * n_items * (sizeof(float) + sizeof(uint32_t));
    return __builtin_add_overflow(bytes, walk, &bytes) ? UINT64_MAX : bytes;
}

static double row_sum(const struct ra_csr *csr, uint32_t row)
{
    double sum = 0;
    for (uint64_t i = csr->start[row]; i < csr->start[row + 1]; i++)
        sum += (double)csr->value[i];
    return sum;
}

static void compute_steps(struct walk *walk, double beta)
{
    const struct ra_csr *by_reader = walk->by_reader;
    for (uint32_t reader = 0; reader < by_reader->n_rows; reader++) {
        double degree = row_sum(by_reader, reader);
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++)
            walk->step[i] = (float)pow((double)by_reader->value[i] / degree, walk->alpha);
    }
    for (uint32_t item = 0; item < by_reader->n_cols; item++) {
        walk->degree[item] = row_sum(&walk->by_item, item);
        walk->penalty[item] = walk->degree[item] > 0 ? pow(walk->degree[item], -beta) : 0;
    }
}

static bool allocate(struct walk *walk)
{
    size_t n_items = (size_t)walk->by_reader->n_cols + 1;
    walk->step = calloc(ra_csr_nnz(walk->by_reader) + 1, sizeof *walk->step);
    walk->degree = calloc(n_items, sizeof *walk->degree);
    walk->penalty = calloc(n_items, sizeof *walk->penalty);
    walk->threads = calloc(walk->n_threads, sizeof *walk->threads);
    bool ok = walk->step && walk->degree && walk->penalty && walk->threads;
    for (unsigned i = 0; ok && i < walk->n_threads; i++) {
        walk->threads[i].sum = calloc(n_items, sizeof *walk->threads[i].sum);
        walk->threads[i].touched = calloc(n_items, sizeof *walk->threads[i].touched);
        ok = walk->threads[i].sum && walk->threads[i].touched;
    }
    return ok;
}

static void finish(struct walk *walk)
{
    ra_csr_finish(&walk->by_item);
    for (unsigned i = 0; walk->threads && i < walk->n_threads; i++) {
        free(walk->threads[i].sum);
        free(walk->threads[i].touched);
    }
    free(walk->threads);
    free(walk->step);
    free(walk->degree);
    free(walk->penalty);
}

/* sum_v p_iv^alpha p_vj^alpha for all j; returns how many items were touched. */
static size_t walk_from(const struct walk *walk, uint32_t item, struct accumulator *thread)
{
    const struct ra_csr *by_item = &walk->by_item, *by_reader = walk->by_reader;
    size_t n_touched = 0;
    for (uint64_t r = by_item->start[item]; r < by_item->start[item + 1]; r++) {
        uint32_t reader = by_item->col[r];
        float step = (float)pow((double)by_item->value[r] / walk->degree[item], walk->alpha);
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++) {
            uint32_t other = by_reader->col[i];
            if (thread->sum[other] == 0)
                thread->touched[n_touched++] = other;
            /* Never 0, which would look untouched. */
            thread->sum[other] += fmaxf(step * walk->step[i], FLT_MIN);
        }
    }
    return n_touched;
}

static void best_of_row(const void *ctx, uint32_t item, unsigned thread_ix, struct ra_topk *best)
{
    const struct walk *walk = ctx;
    struct accumulator *thread = &walk->threads[thread_ix];
    size_t n_touched = walk_from(walk, item, thread);
    for (size_t i = 0; i < n_touched; i++) {
        uint32_t other = thread->touched[i];
        float score = (float)((double)thread->sum[other] * walk->penalty[other]);
        thread->sum[other] = 0;
        if (other != item && score > 0 && isfinite(score))
            ra_topk_push(best, other, score);
    }
}

bool rp3beta_train(struct ra_ranker *out, const struct ra_train_data *data,
                   const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    struct walk walk = {
        .by_reader = weights,
        .alpha = params->rp3beta.alpha,
        .n_threads = ra_threads(params->threads),
    };
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    const struct rows_job job = {
        .n_items = weights->n_cols,
        .kept = kept,
        .most = rows_most(weights, kept),
        .threads = walk.n_threads,
        .progress = params->progress,
        .row = best_of_row,
        .ctx = &walk,
    };
    bool ok = ra_csr_transpose(&walk.by_item, weights, err) &&
              (allocate(&walk) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the random walk"));
    if (ok)
        compute_steps(&walk, params->rp3beta.beta);
    ok = ok && rows_build(&out->neighbours, &job, err);
    finish(&walk);
    return ok;
}
