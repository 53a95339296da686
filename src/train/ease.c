/* EASE: the linear model from items to items that has a closed form. */
#include <stdlib.h>

#include "rankers.h"
#include "readalike/dense.h"
#include "readalike/threads.h"
#include "rows.h"

struct ease {
    size_t n;
    float *p; /* (n, n) P, or B once it is made */
};

/* Every row of B is full. */
static uint64_t most_of(uint32_t n_items, size_t kept)
{
    return (uint64_t)n_items * kept;
}

uint64_t ease_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    uint64_t n = weights->n_cols, bytes;
    if (__builtin_mul_overflow(n * sizeof(float), n, &bytes))
        return UINT64_MAX;
    /* Either the transpose is held beside P, or the rows. */
    uint64_t transpose = ra_csr_bytes(n, ra_csr_nnz(weights));
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    uint64_t rows = params->ease.dense
                        ? 0
                        : rows_bytes(weights->n_cols, kept, most_of(weights->n_cols, kept),
                                     ra_threads(params->threads));
    uint64_t beside = transpose > rows ? transpose : rows;
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

/* Row `item` of X' X, from the rows of X that have the item. */
static void gram_row(const struct ra_csr *by_reader, const struct ra_csr *by_item, uint32_t item,
                     float *row)
{
    for (uint64_t r = by_item->start[item]; r < by_item->start[item + 1]; r++) {
        uint32_t reader = by_item->col[r];
        float weight = by_item->value[r];
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++)
            row[by_reader->col[i]] += weight * by_reader->value[i];
    }
}

/* X' X + lambda I */
static bool make_gram(struct ease *ease, const struct ra_csr *weights,
                      const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_csr by_item;
    if (!ra_csr_transpose(&by_item, weights, err))
        return false;
#pragma omp parallel for num_threads((int)ra_threads(params->threads)) schedule(dynamic, 8)
    for (uint32_t item = 0; item < weights->n_cols; item++) {
        float *row = ease->p + item * ease->n;
        gram_row(weights, &by_item, item, row);
        row[item] += (float)params->ease.lambda;
    }
    ra_csr_finish(&by_item);
    return true;
}

/* B_ij = -P_ij / P_jj */
static void best_of_row(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    (void)thread;
    const struct ease *ease = ctx;
    const float *row = ease->p + item * ease->n;
    for (uint32_t j = 0; j < ease->n; j++) {
        float b = -row[j] / ease->p[j * ease->n + j];
        if (j != item && b > 0)
            ra_select_push(best, j, b);
    }
}

/* P becomes B; its diagonal goes last, as all rows divide by it. */
static bool make_dense(struct ease *ease, unsigned threads, struct ra_err *err)
{
    size_t n = ease->n;
    float *diagonal = calloc(n + 1, sizeof *diagonal);
    if (!diagonal)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
    for (size_t j = 0; j < n; j++)
        diagonal[j] = ease->p[j * n + j];
#pragma omp parallel for num_threads((int)threads)
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            ease->p[i * n + j] /= -diagonal[j];
        ease->p[i * n + i] = 0;
    }
    free(diagonal);
    return true;
}

static bool make_rows(const struct ease *ease, const struct ra_train_params *params,
                      struct ra_neighbours *out, struct ra_err *err)
{
    uint32_t n_items = (uint32_t)ease->n;
    size_t kept = rows_kept(n_items, params->neighbours);
    const struct rows_job job = {
        .n_items = n_items,
        .kept = kept,
        .most = most_of(n_items, kept),
        .threads = ra_threads(params->threads),
        .progress = params->progress,
        .row = best_of_row,
        .ctx = ease,
    };
    return rows_build(out, &job, err);
}

bool ease_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    struct ease ease = {.n = weights->n_cols};
    size_t cells;
    if (!__builtin_mul_overflow(ease.n, ease.n, &cells))
        ease.p = calloc(cells + 1, sizeof *ease.p);
    if (!ease.p)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for a matrix of items by items");
    unsigned threads = ra_threads(params->threads);
    bool ok = make_gram(&ease, weights, params, err) &&
              ra_dense_invert(ease.p, weights->n_cols, threads, err);
    if (ok && params->ease.dense && make_dense(&ease, threads, err)) {
        out->similarity = ease.p;
        return true;
    }
    ok = ok && !params->ease.dense && make_rows(&ease, params, &out->neighbours, err);
    free(ease.p);
    return ok;
}
