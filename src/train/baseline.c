/*
 * Biases alone: r^_ui = mu + b_u + b_i, minimising
 *
 *     sum (r_ui - mu - b_u - b_i)^2 + lambda (sum b_u^2 + sum b_i^2)
 *
 * Koren, "Factor in the Neighbors" (TKDD 2010), section 2.1: by alternating least squares, or by
 * gradient steps.
 */
#include "rate.h"

/* sum over a row of (r - mu - bias of the column) over (lambda + number of ratings). */
static float solve_bias(const struct ra_csr *ratings, uint32_t row, double mu,
                        const float *column_bias, double lambda)
{
    double deviations = 0;
    uint64_t start = ratings->start[row], end = ratings->start[row + 1];
    for (uint64_t at = start; at < end; at++)
        deviations += (double)(ratings->value[at] - column_bias[ratings->col[at]]) - mu;
    return end > start ? (float)(deviations / (lambda + (double)(end - start))) : 0;
}

/* After a sweep, to be watched. */
static double squared_error(const struct ra_rate_model *model, const struct ra_csr *ratings)
{
    double squares = 0;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            double estimate =
                model->mu + (double)model->b_u[u] + (double)model->b_i[ratings->col[at]];
            double e = (double)ratings->value[at] - estimate;
            squares += e * e;
        }
    }
    return squares;
}

static bool solve_all(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err)
{
    const struct ra_csr *ratings = job->ratings;
    struct ra_csr by_item;
    if (!ra_csr_transpose(&by_item, ratings, err))
        return false;
    for (unsigned epoch = 0; epoch < job->own->epochs; epoch++) {
        for (uint32_t i = 0; i < out->n_items; i++)
            out->b_i[i] = solve_bias(&by_item, i, out->mu, out->b_u, job->own->reg_i);
        for (uint32_t u = 0; u < out->n_readers; u++)
            out->b_u[u] = solve_bias(ratings, u, out->mu, out->b_i, job->own->reg_u);
        if (job->all->watch)
            rate_tell(job, epoch, squared_error(out, ratings));
    }
    ra_csr_finish(&by_item);
    return true;
}

static double sgd_epoch(struct ra_rate_model *model, const struct ra_csr *ratings, double gamma,
                        double lambda)
{
    double squares = 0;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        double b_u = (double)model->b_u[u];
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            float *b_i = &model->b_i[ratings->col[at]];
            double e = (double)ratings->value[at] - (model->mu + b_u + (double)*b_i);
            b_u += gamma * (e - lambda * b_u);
            *b_i += (float)(gamma * (e - lambda * (double)*b_i));
            squares += e * e;
        }
        model->b_u[u] = (float)b_u;
    }
    return squares;
}

uint64_t rate_baseline_bytes(const struct ra_rate_job *job)
{
    const struct ra_csr *ratings = job->ratings;
    return rate_model_bytes(ratings, 0) + ra_csr_bytes(ratings->n_cols, ra_csr_nnz(ratings));
}

bool rate_baseline_train(struct ra_rate_model *out, const struct ra_rate_job *job,
                         struct ra_err *err)
{
    if (!rate_model_init(out, job->ratings, 0, true, err))
        return false;
    if (job->own->method == RA_RATE_ALS)
        return solve_all(out, job, err);
    for (unsigned epoch = 0; epoch < job->own->epochs; epoch++)
        rate_tell(job, epoch, sgd_epoch(out, job->ratings, job->own->lr, job->own->reg));
    return true;
}
