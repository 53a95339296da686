/*
 * Biases alone: r^_ui = mu + b_u + b_i, minimising
 *
 *     sum (r_ui - mu - b_u - b_i)^2 + lambda (sum b_u^2 + sum b_i^2)
 *
 * Koren, "Factor in the Neighbors" (TKDD 2010), section 2.1: by alternating least squares, or by
 * gradient steps.
 */
#include <stdlib.h>

#include "rate.h"

/* sum over a row of (r - mu - bias of the column) over (lambda + number of ratings). */
static float solve_bias(const struct ra_csr *ratings, uint32_t row, double mu,
                        const float *column_bias, double lambda)
{
    double deviations = 0, n = 0;
    for (uint64_t at = ratings->start[row]; at < ratings->start[row + 1]; at++) {
        double r = (double)ratings->value[at];
        if (isnan(r))
            continue;
        deviations += r - mu - (double)column_bias[ratings->col[at]];
        n++;
    }
    return n > 0 ? (float)(deviations / (lambda + n)) : 0;
}

/* After a sweep, to be watched. */
static double squared_error(const struct ra_rate_model *model, const struct ra_csr *ratings,
                            uint64_t *out_n)
{
    double squares = 0;
    uint64_t n = 0;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            double r = (double)ratings->value[at];
            if (isnan(r))
                continue;
            double e = r - (double)ra_rate_predict(model, u, ratings->col[at]);
            squares += e * e;
            n++;
        }
    }
    *out_n = n;
    return squares;
}

bool rate_train_baseline_als(struct ra_rate_model *out, const struct ra_csr *ratings,
                             const struct ra_rate_params *params, struct ra_err *err)
{
    struct ra_csr by_item;
    if (!rate_model_init(out, ratings, 0, true, err) || !ra_csr_transpose(&by_item, ratings, err))
        return false;
    for (unsigned epoch = 0; epoch < params->n_epochs; epoch++) {
        for (uint32_t i = 0; i < out->n_items; i++)
            out->b_i[i] = solve_bias(&by_item, i, out->mu, out->b_u, params->reg_i);
        for (uint32_t u = 0; u < out->n_readers; u++)
            out->b_u[u] = solve_bias(ratings, u, out->mu, out->b_i, params->reg_u);
        uint64_t n = 0;
        double squares = params->watch ? squared_error(out, ratings, &n) : 0;
        if (params->watch)
            rate_watch(params, epoch, squares, n);
    }
    ra_csr_finish(&by_item);
    return true;
}

static double sgd_epoch(struct ra_rate_model *model, const struct ra_csr *ratings, double gamma,
                        double lambda, uint64_t *out_n)
{
    double squares = 0;
    uint64_t n = 0;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        double b_u = (double)model->b_u[u];
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            double r = (double)ratings->value[at];
            if (isnan(r))
                continue;
            float *b_i = &model->b_i[ratings->col[at]];
            double e = r - (model->mu + b_u + (double)*b_i);
            b_u += gamma * (e - lambda * b_u);
            *b_i += (float)(gamma * (e - lambda * (double)*b_i));
            squares += e * e;
            n++;
        }
        model->b_u[u] = (float)b_u;
    }
    *out_n = n;
    return squares;
}

bool rate_train_baseline_sgd(struct ra_rate_model *out, const struct ra_csr *ratings,
                             const struct ra_rate_params *params, struct ra_err *err)
{
    if (!rate_model_init(out, ratings, 0, true, err))
        return false;
    for (unsigned epoch = 0; epoch < params->n_epochs; epoch++) {
        uint64_t n;
        double squares = sgd_epoch(out, ratings, params->lr_all, params->reg_all, &n);
        rate_watch(params, epoch, squares, n);
    }
    return true;
}
