/* Item to item similarities over the sparse matrix of who read what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/threads.h"
#include "rows.h"

/* What one thread knows of the pairs of the item at hand. */
struct pair {
    float sum;          /* of b_u w_ui w_uj */
    uint32_t n_readers; /* n_ij */
};
struct accumulator {
    struct pair *pairs; /* (n_items) zero between items */
    uint32_t *touched;  /* (n_items) items whose pair is not zero */
};

struct training {
    const struct ra_csr *by_reader;
    struct ra_csr by_item;
    const struct ra_item_knn_params *params;
    double *damping;             /* (n_readers) b_u */
    double *norm;                /* (n_items) sqrt(sum_u b_u w_ui^2) */
    struct accumulator *threads; /* (n_threads) */
    unsigned n_threads;
};

void ra_neighbours_finish(struct ra_neighbours *neighbours)
{
    free(neighbours->start);
    free(neighbours->item);
    free(neighbours->score);
    *neighbours = (struct ra_neighbours){0};
}

uint64_t ra_item_knn_bytes(const struct ra_csr *weights, const struct ra_item_knn_params *params)
{
    uint64_t n_items = weights->n_cols, n_readers = weights->n_rows;
    unsigned threads = ra_threads(params->threads);
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    uint64_t bytes = rows_bytes(weights->n_cols, kept, rows_most(weights, kept), threads), beside;
    beside = ra_csr_bytes(n_items, ra_csr_nnz(weights)) + (n_readers + n_items) * sizeof(double) +
             threads * n_items * (sizeof(struct pair) + sizeof(uint32_t));
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

static void finish_training(struct training *training)
{
    ra_csr_finish(&training->by_item);
    for (unsigned i = 0; training->threads && i < training->n_threads; i++) {
        free(training->threads[i].pairs);
        free(training->threads[i].touched);
    }
    free(training->threads);
    free(training->damping);
    free(training->norm);
}

static bool allocate(struct training *training)
{
    size_t n_items = (size_t)training->by_reader->n_cols + 1;
    training->damping = calloc((size_t)training->by_reader->n_rows + 1, sizeof(double));
    training->norm = calloc(n_items, sizeof(double));
    training->threads = calloc(training->n_threads, sizeof *training->threads);
    bool ok = training->damping && training->norm && training->threads;
    for (unsigned i = 0; ok && i < training->n_threads; i++) {
        struct accumulator *thread = &training->threads[i];
        thread->pairs = calloc(n_items, sizeof *thread->pairs);
        thread->touched = calloc(n_items, sizeof *thread->touched);
        ok = thread->pairs && thread->touched;
    }
    return ok;
}

static void compute_norms(struct training *training)
{
    const struct ra_csr *by_reader = training->by_reader;
    for (uint32_t reader = 0; reader < by_reader->n_rows; reader++) {
        size_t n = ra_csr_row_n(by_reader, reader);
        double damping = n ? pow((double)n, -training->params->reader_damping) : 0;
        training->damping[reader] = damping;
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++) {
            double w = (double)by_reader->value[i];
            training->norm[by_reader->col[i]] += damping * w * w;
        }
    }
    for (uint32_t item = 0; item < by_reader->n_cols; item++)
        training->norm[item] = sqrt(training->norm[item]);
}

static bool prepare(struct training *training, struct ra_err *err)
{
    if (!ra_csr_transpose(&training->by_item, training->by_reader, err))
        return false;
    if (!allocate(training))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
    compute_norms(training);
    return true;
}

/*
 * Adds up all pairs of `item`, reader by reader; most of the running time is spent in the inner
 * loop. Returns how many items were touched.
 */
static size_t add_pairs(const struct training *training, uint32_t item, struct accumulator *thread)
{
    const struct ra_csr *by_item = &training->by_item, *by_reader = training->by_reader;
    size_t n_touched = 0;
    for (uint64_t r = by_item->start[item]; r < by_item->start[item + 1]; r++) {
        uint32_t reader = by_item->col[r];
        float weight = (float)(training->damping[reader] * (double)by_item->value[r]);
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++) {
            struct pair *pair = &thread->pairs[by_reader->col[i]];
            if (pair->n_readers++ == 0)
                thread->touched[n_touched++] = by_reader->col[i];
            pair->sum += weight * by_reader->value[i];
        }
    }
    return n_touched;
}

static float similarity(const struct training *training, uint32_t a, uint32_t b,
                        const struct pair *pair)
{
    double n = (double)pair->n_readers;
    double cosine = (double)pair->sum / (training->norm[a] * training->norm[b]);
    return (float)(cosine * (n / (n + training->params->shrinkage)));
}

/* The neighbours of one item, as rows_fn. */
static void train_item(const void *ctx, uint32_t item, unsigned thread_ix, struct ra_topk *best)
{
    const struct training *training = ctx;
    struct accumulator *thread = &training->threads[thread_ix];
    size_t n_touched = add_pairs(training, item, thread);
    for (size_t i = 0; i < n_touched; i++) {
        uint32_t other = thread->touched[i];
        struct pair pair = thread->pairs[other];
        thread->pairs[other] = (struct pair){0};
        if (other == item || pair.n_readers < training->params->min_support)
            continue;
        float score = similarity(training, item, other, &pair);
        if (score > 0)
            ra_topk_push(best, other, score);
    }
}

bool ra_train_item_knn(struct ra_neighbours *out, const struct ra_csr *weights,
                       const struct ra_item_knn_params *params, struct ra_err *err)
{
    *out = (struct ra_neighbours){0};
    uint64_t bytes = ra_item_knn_bytes(weights, params);
    if (params->memory_limit && bytes > params->memory_limit)
        return ra_fail(err, RA_ERR_INVALID,
                       "item-knn would take %.0f MB, the limit is %.0f MB; fewer neighbours or "
                       "threads take less",
                       (double)bytes / 1e6, (double)params->memory_limit / 1e6);
    struct training training = {
        .by_reader = weights,
        .params = params,
        .n_threads = ra_threads(params->threads),
    };
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    const struct rows_job job = {
        .n_items = weights->n_cols,
        .kept = kept,
        .most = rows_most(weights, kept),
        .threads = training.n_threads,
        .progress = params->progress,
        .row = train_item,
        .ctx = &training,
    };
    bool ok = prepare(&training, err) && rows_build(out, &job, err);
    finish_training(&training);
    return ok;
}

void ra_item_knn_score(const struct ra_neighbours *neighbours, const uint32_t *items,
                       const float *weights, size_t n, float *scores)
{
    memset(scores, 0, neighbours->n_items * sizeof *scores);
    for (size_t i = 0; i < n; i++) {
        for (uint64_t at = neighbours->start[items[i]]; at < neighbours->start[items[i] + 1]; at++)
            scores[neighbours->item[at]] += weights[i] * neighbours->score[at];
    }
    for (uint32_t item = 0; item < neighbours->n_items; item++)
        scores[item] = scores[item] > 0 ? scores[item] : -INFINITY;
}
