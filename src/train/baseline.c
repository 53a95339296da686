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

/* Ratings by rows, and what of the sums over them never changes. */
struct side {
    const struct ra_csr *ratings;
    double *sum; /* (n_rows) of r - mu */
};

static void add_ratings(const struct side *side, double mu)
{
    const struct ra_csr *ratings = side->ratings;
    for (uint32_t row = 0; row < ratings->n_rows; row++) {
        double sum = 0;
        for (uint64_t at = ratings->start[row]; at < ratings->start[row + 1]; at++)
            sum += (double)ratings->value[at] - mu;
        side->sum[row] = sum;
    }
}

/* sum over each row of (r - mu - bias of the column) over (lambda + number of ratings). Two sums,
 * for the additions to overlap. */
static void solve_biases(const struct side *side, const float *restrict column_bias, double lambda,
                         float *restrict bias)
{
    const uint32_t *restrict col = side->ratings->col;
    for (uint32_t row = 0; row < side->ratings->n_rows; row++) {
        uint64_t start = side->ratings->start[row], end = side->ratings->start[row + 1], at = start;
        double even = 0, odd = 0;
        for (; at + 1 < end; at += 2) {
            even += (double)column_bias[col[at]];
            odd += (double)column_bias[col[at + 1]];
        }
        if (at < end)
            even += (double)column_bias[col[at]];
        double n = (double)(end - start);
        bias[row] = n > 0 ? (float)((side->sum[row] - even - odd) / (lambda + n)) : 0;
    }
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

static void run_sweeps(struct ra_rate_model *out, const struct side *readers,
                       const struct side *items, const struct ra_rate_job *job)
{
    add_ratings(readers, out->mu);
    add_ratings(items, out->mu);
    for (unsigned epoch = 0; epoch < job->own->epochs; epoch++) {
        solve_biases(items, out->b_u, job->own->reg_i, out->b_i);
        solve_biases(readers, out->b_i, job->own->reg_u, out->b_u);
        if (job->all->watch)
            rate_tell(job, epoch, squared_error(out, job->ratings));
    }
}

static bool solve_all(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err)
{
    struct ra_csr by_item;
    if (!ra_csr_transpose(&by_item, job->ratings, err))
        return false;
    double *sums = calloc((size_t)out->n_readers + out->n_items + 1, sizeof *sums);
    bool had_room = sums != NULL;
    if (had_room) {
        const struct side readers = {job->ratings, sums};
        const struct side items = {&by_item, sums + out->n_readers};
        run_sweeps(out, &readers, &items, job);
    }
    free(sums);
    ra_csr_finish(&by_item);
    return had_room || ra_fail(err, RA_ERR_NOMEM, "out of memory for the biases");
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
    uint64_t rows = (uint64_t)ratings->n_rows + ratings->n_cols + 1;
    return rate_model_bytes(ratings, 0) + ra_csr_bytes(ratings->n_cols, ra_csr_nnz(ratings)) +
           rows * sizeof(double);
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
