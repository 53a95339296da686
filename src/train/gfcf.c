/* GF-CF: what a graph's filters let through, without any training by gradients. */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "pairs.h"
#include "rankers.h"
#include "readalike/dense.h"
#include "readalike/lowrank.h"
#include "readalike/threads.h"

struct filter {
    struct pairs pairs;
    uint32_t k;
    float *sides;  /* (2, nnz) left and right of the pairs */
    float *reader; /* (n_readers) d_u^-1/2 */
    float *item;   /* (n_items) d_i^-1/2 */
    float *low;    /* (n_items, k) sqrt(alpha) d_i^1/2 V */
    float *high;   /* (n_items, k) sqrt(alpha) d_i^-1/2 V */
    float *passed; /* (n_threads, ROWS_TOGETHER, n_items) of the rows at hand */
};

static struct ra_lowrank_params lowrank_params(const struct ra_csr *weights,
                                               const struct ra_train_params *params)
{
    uint32_t most = weights->n_rows < weights->n_cols ? weights->n_rows : weights->n_cols;
    return (struct ra_lowrank_params){
        .k = params->gfcf.factors < most ? params->gfcf.factors : most,
        .sweeps = params->gfcf.sweeps,
        .threads = ra_threads(params->threads),
        .seed = params->gfcf.seed,
    };
}

/* The low pass knows a similarity of any two items. */
static uint64_t most_pairs(const struct ra_csr *weights, const struct ra_train_params *params)
{
    return (uint64_t)weights->n_cols * rows_kept(weights->n_cols, params->neighbours);
}

uint64_t gfcf_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    const struct ra_lowrank_params lowrank = lowrank_params(weights, params);
    uint64_t n_items = weights->n_cols, nnz = ra_csr_nnz(weights), rows, svd, threads;
    threads = lowrank.threads;
    uint64_t bytes = pairs_bytes(weights, lowrank.threads, false) +
                     (2 * nnz + weights->n_rows + n_items * (1 + 2 * (uint64_t)lowrank.k) +
                      threads * ROWS_TOGETHER * n_items) *
                         sizeof(float);
    rows = rows_bytes(weights->n_cols, rows_kept(weights->n_cols, params->neighbours),
                      most_pairs(weights, params), lowrank.threads);
    svd = ra_lowrank_bytes(weights, &lowrank);
    return __builtin_add_overflow(bytes, rows > svd ? rows : svd, &bytes) ? UINT64_MAX : bytes;
}

static bool begin(struct filter *filter, const struct ra_csr *weights, unsigned threads,
                  struct ra_err *err)
{
    size_t n = (size_t)weights->n_cols + 1, k = filter->k;
    if (!pairs_begin(&filter->pairs, weights, threads, false, err))
        return false;
    filter->sides = calloc(ra_csr_nnz(weights) + 1, 2 * sizeof(float));
    filter->reader = calloc((size_t)weights->n_rows + 1, sizeof(float));
    filter->item = calloc(n, sizeof(float));
    filter->low = calloc(n, (k + 1) * sizeof(float));
    filter->high = calloc(n, (k + 1) * sizeof(float));
    filter->passed = calloc(n, threads * ROWS_TOGETHER * sizeof(float));
    bool ok = filter->sides && filter->reader && filter->item && filter->low && filter->high &&
              filter->passed;
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the graph's filters");
}

static void finish(struct filter *filter)
{
    pairs_finish(&filter->pairs);
    free(filter->sides);
    free(filter->reader);
    free(filter->item);
    free(filter->low);
    free(filter->high);
    free(filter->passed);
}

/* d^-1/2 of each row */
static void root_degrees(const struct ra_csr *csr, float *out)
{
    for (uint32_t row = 0; row < csr->n_rows; row++) {
        double sum = 0;
        for (uint64_t i = csr->start[row]; i < csr->start[row + 1]; i++)
            sum += (double)csr->value[i];
        out[row] = sum > 0 ? (float)(1 / sqrt(sum)) : 0;
    }
}

/* R~ = D_u^-1/2 R D_i^-1/2, in the order of either side */
static void normalise(struct filter *filter)
{
    const struct ra_csr *by_reader = filter->pairs.by_reader, *by_item = &filter->pairs.by_item;
    float *left = filter->sides, *right = left + ra_csr_nnz(by_reader);
    root_degrees(by_reader, filter->reader);
    root_degrees(by_item, filter->item);
    for (uint32_t item = 0; item < by_item->n_rows; item++) {
        for (uint64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
            left[i] = by_item->value[i] * filter->item[item] * filter->reader[by_item->col[i]];
    }
    for (uint32_t reader = 0; reader < by_reader->n_rows; reader++) {
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++)
            right[i] =
                by_reader->value[i] * filter->reader[reader] * filter->item[by_reader->col[i]];
    }
    filter->pairs.left = left;
    filter->pairs.right = right;
}

static bool find_low_pass(struct filter *filter, const struct ra_train_params *params,
                          struct ra_err *err)
{
    const struct ra_csr *by_reader = filter->pairs.by_reader;
    struct ra_csr normalised = *by_reader;
    const struct ra_lowrank_params lowrank = lowrank_params(by_reader, params);
    float *values = calloc((size_t)filter->k + 1, sizeof *values);
    if (!values)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the graph's filters");
    normalised.value = filter->sides + ra_csr_nnz(by_reader);
    bool ok = ra_lowrank(&normalised, &lowrank, filter->low, values, err);
    free(values);
    float root = (float)sqrt(params->gfcf.alpha);
    for (uint32_t item = 0; ok && item < by_reader->n_cols; item++) {
        float small = root * filter->item[item];
        for (size_t at = (size_t)item * filter->k; at < (size_t)(item + 1) * filter->k; at++) {
            filter->high[at] = filter->low[at] * small;
            filter->low[at] = small > 0 ? filter->low[at] * root / filter->item[item] : 0;
        }
    }
    return ok;
}

/* As rows_fn: the rows that come together share one product of matrices. */
static void best_of_row(const void *ctx, uint32_t item, unsigned thread_ix, struct ra_select *best)
{
    const struct filter *filter = ctx;
    uint32_t n_items = filter->pairs.by_reader->n_cols, k = filter->k;
    float *passed = filter->passed + (size_t)thread_ix * ROWS_TOGETHER * n_items;
    uint32_t place = item % ROWS_TOGETHER, left = n_items - item;
    if (place == 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans,
                    (int)(left < ROWS_TOGETHER ? left : ROWS_TOGETHER), (int)n_items, (int)k, 1,
                    filter->high + (size_t)item * k, (int)k, filter->low, (int)k, 0, passed,
                    (int)n_items);
    struct pairs_thread *thread = &filter->pairs.threads[thread_ix];
    float *row = passed + (size_t)place * n_items;
    pairs_row(&filter->pairs, item, thread);
    for (size_t i = 0; i < thread->n_touched; i++)
        row[thread->touched[i]] += thread->sum[thread->touched[i]];
    pairs_forget(&filter->pairs, thread);
    row[item] = 0;
    ra_select_push_all(best, row, n_items);
}

static bool make_rows(struct filter *filter, const struct ra_train_params *params,
                      struct ra_neighbours *out, struct ra_err *err)
{
    struct rows_job job = pairs_job(&filter->pairs, params, best_of_row, filter);
    job.most = most_pairs(filter->pairs.by_reader, params);
    return rows_build(out, &job, err);
}

bool gfcf_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    struct filter filter = {.k = lowrank_params(weights, params).k};
    bool ok = begin(&filter, weights, ra_threads(params->threads), err);
    if (ok) {
        ra_dense_single_thread();
        normalise(&filter);
        ok = find_low_pass(&filter, params, err);
    }
    ok = ok && make_rows(&filter, params, &out->neighbours, err);
    finish(&filter);
    return ok;
}
