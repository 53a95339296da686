/*
 * Matrix factorisation by plain gradient descent over all ratings at once:
 *
 *     L = sum (r_ui - mu - q_i . p_u)^2 / 2 + lambda / 2 (sum |p_u|^2 + sum |q_i|^2)
 *     p_u += gamma (sum_i e_ui q_i - lambda p_u) / |I_u|        e_ui = r_ui - mu - q_i . p_u
 *     q_i += gamma (sum_u e_ui p_u - lambda q_i) / |U_i|
 *
 * Each row's gradient is divided by its number of ratings, which keeps it a direction of descent
 * and lets one gamma fit readers of ten books and of a thousand. A step that makes L grow is taken
 * back and tried again at half the length; one that does not makes the next 1.05 times as long
 * (the bold driver of Vogl et al. 1988).
 */
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "rate.h"
#include "readalike/random.h"

#define HALVINGS_MAX 60
#define BOLDER 1.05

/* Factors and their gradient, readers first, items behind them: (rows, n_factors). */
struct descent {
    const struct ra_csr *ratings;
    struct ra_rate_model *model;
    double lambda;
    size_t n; /* floats of all factors */
    float *now, *gradient, *before;
    uint32_t *count; /* (rows) ratings */
};

static float *item_row(const struct descent *descent, float *rows, uint32_t i)
{
    return rows + ((size_t)descent->model->n_readers + i) * descent->model->n_factors;
}

/* Fills the gradient and returns the squared error, both where `now` stands. */
RA_BODY double gradient_body(const struct descent *descent)
{
    const struct ra_csr *ratings = descent->ratings;
    uint32_t n_factors = descent->model->n_factors, n_lanes = n_factors / LANE;
    float mu = (float)descent->model->mu;
    double squares = 0;
    memset(descent->gradient, 0, descent->n * sizeof *descent->gradient);
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        const float *p_u = descent->now + (size_t)u * n_factors;
        lane *of_u = ra_lanes_to(descent->gradient + (size_t)u * n_factors);
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            const float *q_i = item_row(descent, descent->now, ratings->col[at]);
            lane *of_i = ra_lanes_to(item_row(descent, descent->gradient, ratings->col[at]));
            float e = ratings->value[at] - mu - lanes_dot(p_u, q_i, n_lanes);
            for (uint32_t f = 0; f < n_lanes; f++) {
                of_u[f] += e * ra_lanes_at(q_i)[f];
                of_i[f] += e * ra_lanes_at(p_u)[f];
            }
            squares += (double)(e * e);
        }
    }
    return squares;
}

RA_WIDE static double gradient_wide(const struct descent *descent)
{
    return gradient_body(descent);
}

static double gradient(const struct descent *descent)
{
    return ra_lanes_are_wide() ? gradient_wide(descent) : gradient_body(descent);
}

static double loss(const struct descent *descent, double squares)
{
    double norm = 0;
    for (size_t f = 0; f < descent->n; f++)
        norm += (double)(descent->now[f] * descent->now[f]);
    return squares / 2 + descent->lambda / 2 * norm;
}

/* From `before` along the gradient that is there into `now`. */
static void step(const struct descent *descent, double gamma)
{
    size_t n_factors = descent->model->n_factors;
    for (size_t row = 0; row < descent->n / n_factors; row++) {
        float length = descent->count[row] ? (float)(gamma / descent->count[row]) : 0;
        float stay = 1 - length * (float)descent->lambda;
        for (size_t f = row * n_factors; f < (row + 1) * n_factors; f++)
            descent->now[f] = stay * descent->before[f] + length * descent->gradient[f];
    }
}

static void count_ratings(const struct descent *descent)
{
    const struct ra_csr *ratings = descent->ratings;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        descent->count[u] = (uint32_t)ra_csr_row_n(ratings, u);
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++)
            descent->count[(size_t)ratings->n_rows + ratings->col[at]]++;
    }
}

/* The gradient where a refused step has led is of no use: a kept one stays in `gradient`. */
static void run_epochs(struct descent *descent, float *kept, const struct ra_rate_job *job)
{
    double gamma = job->own->lr, squares = gradient(descent), before = loss(descent, squares);
    for (unsigned epoch = 0; epoch < job->own->epochs; epoch++) {
        memcpy(descent->before, descent->now, descent->n * sizeof *descent->now);
        memcpy(kept, descent->gradient, descent->n * sizeof *kept);
        for (unsigned halvings = 0;; halvings++) {
            step(descent, gamma);
            squares = gradient(descent);
            double after = loss(descent, squares);
            if (after <= before || halvings == HALVINGS_MAX) {
                before = after;
                break;
            }
            memcpy(descent->gradient, kept, descent->n * sizeof *kept);
            gamma /= 2;
        }
        gamma *= BOLDER;
        rate_tell(job, epoch, squares);
    }
}

static void begin(struct descent *descent, const struct ra_rate_params *own)
{
    struct ra_random random = ra_random_stream(own->seed, 0);
    count_ratings(descent);
    for (uint32_t row = 0; row < descent->n / descent->model->n_factors; row++) {
        /* Rows without a rating have nothing to descend on: they are 0 from the start. */
        float *at = descent->now + (size_t)row * descent->model->n_factors;
        rate_draw(at, 1, descent->model->n_factors, own, &random);
        if (!descent->count[row])
            memset(at, 0, descent->model->n_factors * sizeof *at);
    }
}

static void take_factors(const struct descent *descent)
{
    struct ra_rate_model *model = descent->model;
    size_t n_p = (size_t)model->n_readers * model->n_factors;
    memcpy(model->p, descent->now, n_p * sizeof *model->p);
    memcpy(model->q, descent->now + n_p, (descent->n - n_p) * sizeof *model->q);
}

uint64_t rate_gd_mf_bytes(const struct ra_rate_job *job)
{
    uint64_t rows = (uint64_t)job->ratings->n_rows + job->ratings->n_cols + 2;
    return 5 * rate_model_bytes(job->ratings, job->own->factors) + rows * sizeof(uint32_t);
}

bool rate_gd_mf_train(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err)
{
    if (job->own->factors == 0)
        return ra_fail(err, RA_ERR_INVALID, "gd-mf wants 1 factor or more");
    if (!rate_model_init(out, job->ratings, job->own->factors, true, err))
        return false;
    size_t rows = (size_t)out->n_readers + out->n_items, n = rows * out->n_factors;
    float *kept = lanes_alloc(n);
    struct descent descent = {
        .ratings = job->ratings,
        .model = out,
        .lambda = job->own->reg,
        .n = n,
        .now = lanes_alloc(n),
        .gradient = lanes_alloc(n),
        .before = lanes_alloc(n),
        .count = calloc(rows, sizeof(uint32_t)),
    };
    bool ok = kept && descent.now && descent.gradient && descent.before && descent.count;
    if (ok) {
        begin(&descent, job->own);
        run_epochs(&descent, kept, job);
        take_factors(&descent);
        ok = rate_model_trim(out, job->ratings, job->own->factors, err);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
    }
    free(kept);
    free(descent.now);
    free(descent.gradient);
    free(descent.before);
    free(descent.count);
    return ok;
}
