/* RP3beta: a random walk of three steps that avoids what everybody reads. */
#include <math.h>
#include <stdlib.h>

#include "pairs.h"
#include "rankers.h"
#include "readalike/threads.h"

uint64_t rp3beta_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    uint64_t bytes = pairs_job_bytes(weights, params, false), steps;
    steps = ra_csr_nnz(weights) * 2 * sizeof(float) + (uint64_t)weights->n_cols * sizeof(double);
    return __builtin_add_overflow(bytes, steps, &bytes) ? UINT64_MAX : bytes;
}

static double row_sum(const struct ra_csr *csr, uint32_t row)
{
    double sum = 0;
    for (uint64_t i = csr->start[row]; i < csr->start[row + 1]; i++)
        sum += (double)csr->value[i];
    return sum;
}

/* left = p_iv^alpha; penalty = d_i^-beta */
static void compute_first_steps(const struct pairs *pairs, const struct ra_rp3beta_params *params,
                                float *left, double *penalty)
{
    const struct ra_csr *by_item = &pairs->by_item;
    for (uint32_t item = 0; item < by_item->n_rows; item++) {
        double degree = row_sum(by_item, item);
        penalty[item] = degree > 0 ? pow(degree, -params->beta) : 0;
        for (uint64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
            left[i] = (float)pow((double)by_item->value[i] / degree, params->alpha);
    }
}

/* right = p_vj^alpha d_j^-beta */
static void compute_second_steps(const struct pairs *pairs, const struct ra_rp3beta_params *params,
                                 const double *penalty, float *right)
{
    const struct ra_csr *by_reader = pairs->by_reader;
    for (uint32_t reader = 0; reader < by_reader->n_rows; reader++) {
        double degree = row_sum(by_reader, reader);
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++) {
            double step = pow((double)by_reader->value[i] / degree, params->alpha);
            right[i] = (float)(step * penalty[by_reader->col[i]]);
        }
    }
}

bool rp3beta_train(struct ra_ranker *out, const struct ra_train_data *data,
                   const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    struct pairs pairs;
    if (!pairs_begin(&pairs, weights, ra_threads(params->threads), false, err)) {
        pairs_finish(&pairs);
        return false;
    }
    float *steps = calloc(ra_csr_nnz(weights) + 1, 2 * sizeof *steps);
    double *penalty = calloc((size_t)weights->n_cols + 1, sizeof *penalty);
    bool ok = steps && penalty;
    if (ok) {
        float *right = steps + ra_csr_nnz(weights);
        compute_first_steps(&pairs, &params->rp3beta, steps, penalty);
        compute_second_steps(&pairs, &params->rp3beta, penalty, right);
        pairs.left = steps;
        pairs.right = right;
        const struct rows_job job = pairs_job(&pairs, params, pairs_best, &pairs);
        ok = rows_build(&out->neighbours, &job, err);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the random walk");
    }
    pairs_finish(&pairs);
    free(steps);
    free(penalty);
    return ok;
}
