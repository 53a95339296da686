/* Item to item similarities over the sparse matrix of who read what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pairs.h"
#include "readalike/threads.h"

struct training {
    struct pairs pairs;
    const struct ra_item_knn_params *params;
    float *values;   /* (2, nnz) the left and right sides of the pairs */
    double *damping; /* (n_readers) b_u */
    double *norm;    /* (n_items) sqrt(sum_u b_u w_ui^2) */
};

void ra_neighbours_finish(struct ra_neighbours *neighbours)
{
    free(neighbours->start);
    free(neighbours->item);
    free(neighbours->score);
    *neighbours = (struct ra_neighbours){0};
}

/* The number of readers of both is looked at only where it matters. */
static bool is_counted(const struct ra_item_knn_params *params)
{
    return params->min_support > 1 || params->shrinkage > 0;
}

static struct ra_train_params general(const struct ra_item_knn_params *params)
{
    return (struct ra_train_params){
        .neighbours = params->neighbours,
        .threads = params->threads,
        .progress = params->progress,
    };
}

uint64_t ra_item_knn_bytes(const struct ra_csr *weights, const struct ra_item_knn_params *params)
{
    const struct ra_train_params job = general(params);
    uint64_t bytes = pairs_job_bytes(weights, &job, is_counted(params)), beside;
    beside = ra_csr_nnz(weights) * 2 * sizeof(float) +
             ((uint64_t)weights->n_rows + weights->n_cols) * sizeof(double);
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

static void compute_norms(struct training *training)
{
    const struct ra_csr *by_reader = training->pairs.by_reader;
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

/* Both sides of a cosine are divided by the norms beforehand, so that the sums are the cosines. */
static void compute_sides(struct training *training)
{
    const struct ra_csr *by_reader = training->pairs.by_reader, *by_item = &training->pairs.by_item;
    uint64_t nnz = ra_csr_nnz(by_reader);
    float *left = training->values, *right = left + nnz;
    for (uint32_t item = 0; item < by_item->n_rows; item++) {
        for (uint64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
            left[i] = (float)(training->damping[by_item->col[i]] * (double)by_item->value[i] /
                              training->norm[item]);
    }
    for (uint64_t i = 0; i < nnz; i++)
        right[i] = (float)((double)by_reader->value[i] / training->norm[by_reader->col[i]]);
    training->pairs.left = left;
    training->pairs.right = right;
}

static bool prepare(struct training *training, struct ra_err *err)
{
    const struct ra_csr *weights = training->pairs.by_reader;
    training->values = calloc(ra_csr_nnz(weights) + 1, 2 * sizeof *training->values);
    training->damping = calloc((size_t)weights->n_rows + 1, sizeof *training->damping);
    training->norm = calloc((size_t)weights->n_cols + 1, sizeof *training->norm);
    if (!training->values || !training->damping || !training->norm)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
    compute_norms(training);
    compute_sides(training);
    return true;
}

/* From cosines to similarities, by the number n of readers of both. */
static void shrink(const struct ra_item_knn_params *params, struct pairs_thread *thread)
{
    float shrinkage = (float)params->shrinkage;
    for (size_t i = 0; i < thread->n_touched; i++) {
        uint32_t other = thread->touched[i], n = thread->n_common[other];
        thread->sum[other] *= n < params->min_support ? 0 : (float)n / ((float)n + shrinkage);
    }
}

/* The neighbours of one item, as rows_fn. */
static void train_item(const void *ctx, uint32_t item, unsigned thread_ix, struct ra_select *best)
{
    const struct training *training = ctx;
    struct pairs_thread *thread = &training->pairs.threads[thread_ix];
    pairs_row(&training->pairs, item, thread);
    if (thread->n_common)
        shrink(training->params, thread);
    pairs_push(&training->pairs, item, thread, best);
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
    struct training training = {.params = params};
    const struct ra_train_params wanted = general(params);
    bool ok = pairs_begin(&training.pairs, weights, ra_threads(params->threads), is_counted(params),
                          err) &&
              prepare(&training, err);
    if (ok) {
        const struct rows_job job = pairs_job(&training.pairs, &wanted, train_item, &training);
        ok = rows_build(out, &job, err);
    }
    pairs_finish(&training.pairs);
    free(training.values);
    free(training.damping);
    free(training.norm);
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
