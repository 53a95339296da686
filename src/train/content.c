/* content: books that are described alike, whoever read them. */
#include <math.h>
#include <stdlib.h>

#include "nearest.h"
#include "rankers.h"
#include "readalike/lowrank.h"
#include "readalike/threads.h"

/* No more dimensions than there are. */
static uint32_t factors_of(const struct ra_csr *features, const struct ra_train_params *params)
{
    uint32_t side = features->n_rows < features->n_cols ? features->n_rows : features->n_cols;
    return params->content.factors < side ? params->content.factors : side;
}

static struct ra_lowrank_params lowrank_params(uint32_t k, const struct ra_train_params *params)
{
    return (struct ra_lowrank_params){
        .k = k,
        .sweeps = params->content.sweeps,
        .threads = ra_threads(params->threads),
        .seed = params->content.seed,
    };
}

uint64_t content_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *features = data->features;
    uint64_t bytes = nearest_bytes(data->weights->n_cols, params), beside;
    if (!features)
        return bytes;
    uint32_t k = factors_of(features, params);
    struct ra_lowrank_params lowrank = lowrank_params(k, params);
    /* The matrix turned round has the same number of cells and other sides: an upper bound. */
    struct ra_csr turned = {features->n_cols, features->n_rows, NULL, NULL, NULL};
    beside = ((uint64_t)features->n_rows + 1) * k * sizeof(float) +
             2 * ra_csr_bytes((uint64_t)features->n_rows + features->n_cols, ra_csr_nnz(features)) +
             ra_lowrank_bytes(&turned, &lowrank);
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

/* Rows of `terms` (terms, items) times the term's idf; then the items' columns to length 1. */
static bool weigh_terms(struct ra_csr *terms, struct ra_err *err)
{
    double *squares = calloc((size_t)terms->n_cols + 1, sizeof *squares);
    if (!squares)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the features");
    for (uint32_t term = 0; term < terms->n_rows; term++) {
        double n = (double)ra_csr_row_n(terms, term);
        float idf = (float)(log((1 + (double)terms->n_cols) / (1 + n)) + 1);
        for (uint64_t i = terms->start[term]; i < terms->start[term + 1]; i++) {
            terms->value[i] *= idf;
            squares[terms->col[i]] += (double)terms->value[i] * (double)terms->value[i];
        }
    }
    for (uint64_t i = 0; i < ra_csr_nnz(terms); i++)
        terms->value[i] = (float)((double)terms->value[i] / sqrt(squares[terms->col[i]]));
    free(squares);
    return true;
}

/* V Sigma: the items' places in the space of the leading directions. */
static float *place_items(const struct ra_csr *terms, uint32_t k,
                          const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_lowrank_params lowrank = lowrank_params(k, params);
    float *vectors = calloc((size_t)terms->n_cols + 1, (size_t)k * sizeof *vectors);
    float *values = calloc((size_t)k + 1, sizeof *values);
    bool ok = (vectors && values) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the features");
    ok = ok && ra_lowrank(terms, &lowrank, vectors, values, err);
    for (size_t i = 0; ok && i < (size_t)terms->n_cols * k; i++)
        vectors[i] *= values[i % k];
    free(values);
    if (!ok) {
        free(vectors);
        return NULL;
    }
    return vectors;
}

bool content_train(struct ra_ranker *out, const struct ra_train_data *data,
                   const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *features = data->features;
    if (!features || ra_csr_nnz(features) == 0)
        return ra_fail(err, RA_ERR_INVALID,
                       "content learns from what books are like, and nothing is known of these");
    struct ra_csr terms = {0};
    uint32_t k = factors_of(features, params);
    float *vectors = NULL;
    bool ok = ra_csr_transpose(&terms, features, err) && weigh_terms(&terms, err) &&
              (vectors = place_items(&terms, k, params, err)) &&
              nearest_rows(&out->neighbours, vectors, features->n_rows, k, params, err);
    ra_csr_finish(&terms);
    free(vectors);
    return ok;
}
