/*
 * Non-negative matrix factorisation over the ratings that there are: r^_ui = q_i . p_u, or with
 * biases mu + b_u + b_i + q_i . p_u, all factors kept at 0 or above by a step so long that it
 * multiplies:
 *
 *     p_uf *= sum_i r_ui q_if / (sum_i r^_ui q_if + lambda |I_u| p_uf)      i in I_u
 *     q_if *= sum_u r_ui p_uf / (sum_u r^_ui p_uf + lambda |U_i| q_if)      u in U_i
 *
 * Luo, Zhou, Xia and Zhu, "An Efficient Non-Negative Matrix-Factorization-Based Approach to
 * Collaborative Filtering for Recommender Systems" (IEEE TII 2014). Readers move first, and the
 * sums of the items are made of what they have become: so, as Lee and Seung (NIPS 2000) show, the
 * error falls with each step, which it need not when both move at once. Biases move by gradient
 * steps, as in Surprise.
 */
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "rate.h"
#include "readalike/random.h"

/* The sums over and under the fraction, side by side: (rows, 2, n_factors). */
struct sums {
    float *item, *reader; /* all items; the reader at hand */
};

struct step {
    float lambda, bias_gamma, bias_lambda;
};

/* Adds a rating and its estimate, each times the row of the other side. */
RA_BODY void add_to_sums(const float *other, float *restrict sums, uint32_t n_lanes, float rating,
                         float estimate)
{
    const lane *row = ra_lanes_at(other);
    lane *over = ra_lanes_to(sums), *under = ra_lanes_to(sums) + n_lanes;
    for (uint32_t f = 0; f < n_lanes; f++) {
        over[f] += rating * row[f];
        under[f] += estimate * row[f];
    }
}

/* Where the sum under the fraction is not above 0, nothing says where to go. */
RA_BODY void multiply(float *restrict row, float *restrict sums, uint32_t n_factors, float lambda)
{
    for (uint32_t f = 0; f < n_factors; f++) {
        float under = sums[n_factors + f] + lambda * row[f];
        row[f] = under > 0 ? row[f] * sums[f] / under : row[f];
    }
    memset(sums, 0, 2 * n_factors * sizeof *sums);
}

/* Moves the biases and the factors of reader u. */
RA_BODY double move_reader(struct ra_rate_model *model, const struct sums *sums,
                           const struct ra_csr *ratings, uint32_t u, struct step step,
                           uint32_t n_lanes)
{
    uint32_t n_factors = n_lanes * LANE;
    bool moves = step.bias_gamma > 0;
    float *p_u = model->p + (size_t)u * n_factors, b_u = model->b_u[u], mu = (float)model->mu;
    double squares = 0;
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        uint32_t i = ratings->col[at];
        const float *q_i = model->q + (size_t)i * n_factors;
        float b_i = model->b_i[i], rating = ratings->value[at];
        float estimate = mu + b_u + b_i + lanes_dot(p_u, q_i, n_lanes), e = rating - estimate;
        if (moves) {
            b_u += step.bias_gamma * (e - step.bias_lambda * b_u);
            model->b_i[i] = b_i + step.bias_gamma * (e - step.bias_lambda * b_i);
        }
        add_to_sums(q_i, sums->reader, n_lanes, rating, estimate);
        squares += (double)(e * e);
    }
    model->b_u[u] = b_u;
    multiply(p_u, sums->reader, n_factors, step.lambda * (float)ra_csr_row_n(ratings, u));
    return squares;
}

/* What the reader, where they are now, adds to the items' sums. */
RA_BODY void tell_items(const struct ra_rate_model *model, const struct sums *sums,
                        const struct ra_csr *ratings, uint32_t u, uint32_t n_lanes)
{
    uint32_t n_factors = n_lanes * LANE;
    const float *p_u = model->p + (size_t)u * n_factors;
    float known = (float)model->mu + model->b_u[u];
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        size_t i = ratings->col[at];
        float estimate = known + model->b_i[i] + lanes_dot(p_u, model->q + i * n_factors, n_lanes);
        add_to_sums(p_u, sums->item + i * 2 * n_factors, n_lanes, ratings->value[at], estimate);
    }
}

RA_BODY double epoch_body(struct ra_rate_model *model, const struct sums *sums,
                          const struct ra_csr *ratings, const uint32_t *n_readers, struct step step,
                          uint32_t n_lanes)
{
    double squares = 0;
    for (uint32_t u = 0; u < model->n_readers; u++) {
        squares += move_reader(model, sums, ratings, u, step, n_lanes);
        tell_items(model, sums, ratings, u, n_lanes);
    }
    uint32_t n_factors = n_lanes * LANE;
    for (size_t i = 0; i < model->n_items; i++)
        multiply(model->q + i * n_factors, sums->item + i * 2 * n_factors, n_factors,
                 step.lambda * (float)n_readers[i]);
    return squares;
}

#define CALL(n) epoch_body(model, sums, ratings, n_readers, step, n)
/* For the compiler to know: without biases no rating waits for what the one before made of them. */
#define CALL_UNBIASED(n)                                                                           \
    epoch_body(model, sums, ratings, n_readers, (struct step){step.lambda, 0, 0}, n)

RA_WIDE static double epoch_wide(struct ra_rate_model *model, const struct sums *sums,
                                 const struct ra_csr *ratings, const uint32_t *n_readers,
                                 struct step step)
{
    if (step.bias_gamma > 0)
        return CALL(model->n_factors / LANE);
    LANES_CASES(model->n_factors / LANE, CALL_UNBIASED)
}

static double epoch_plain(struct ra_rate_model *model, const struct sums *sums,
                          const struct ra_csr *ratings, const uint32_t *n_readers, struct step step)
{
    return CALL(model->n_factors / LANE);
}

/* Uniform in [0, 1), as Surprise has it; the padding stays 0. */
static void draw(float *rows, uint32_t n_rows, uint32_t row_n, unsigned factors,
                 struct ra_random *random)
{
    for (uint32_t row = 0; row < n_rows; row++) {
        for (unsigned f = 0; f < factors; f++)
            rows[(size_t)row * row_n + f] = (float)ra_random_unit(random);
    }
}

static void run_epochs(struct ra_rate_model *model, const struct sums *sums, uint32_t *n_readers,
                       const struct ra_rate_job *job)
{
    const struct ra_rate_params *own = job->own;
    const struct step step = {
        .lambda = (float)own->reg,
        .bias_gamma = own->biased ? (float)own->lr_bias : 0,
        .bias_lambda = (float)own->reg_bias,
    };
    for (uint64_t at = 0; at < ra_csr_nnz(job->ratings); at++)
        n_readers[job->ratings->col[at]]++;
    struct ra_random random = ra_random_stream(own->seed, 0);
    draw(model->p, model->n_readers, model->n_factors, own->factors, &random);
    draw(model->q, model->n_items, model->n_factors, own->factors, &random);
    double (*run)(struct ra_rate_model *, const struct sums *, const struct ra_csr *,
                  const uint32_t *, struct step) = ra_lanes_are_wide() ? epoch_wide : epoch_plain;
    for (unsigned epoch = 0; epoch < own->epochs; epoch++)
        rate_tell(job, epoch, run(model, sums, job->ratings, n_readers, step));
}

static bool check(const struct ra_rate_job *job, struct ra_err *err)
{
    if (job->own->factors == 0)
        return ra_fail(err, RA_ERR_INVALID, "nmf wants 1 factor or more");
    for (uint64_t at = 0; at < ra_csr_nnz(job->ratings); at++) {
        if (job->ratings->value[at] < 0)
            return ra_fail(err, RA_ERR_INVALID, "nmf wants ratings of 0 or more");
    }
    return true;
}

uint64_t rate_nmf_bytes(const struct ra_rate_job *job)
{
    uint64_t n_items = (uint64_t)job->ratings->n_cols + 1, n_lanes = lanes_of(job->own->factors);
    return rate_model_bytes(job->ratings, job->own->factors) +
           (n_items + 1) * 2 * n_lanes * sizeof(lane) + n_items * sizeof(uint32_t);
}

bool rate_nmf_train(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err)
{
    if (!check(job, err) ||
        !rate_model_init(out, job->ratings, job->own->factors, job->own->biased, err))
        return false;
    size_t n_items = (size_t)out->n_items + 1;
    struct sums sums = {
        .item = lanes_alloc(n_items * 2 * out->n_factors),
        .reader = lanes_alloc((size_t)2 * out->n_factors),
    };
    uint32_t *n_readers = calloc(n_items, sizeof *n_readers);
    bool ok = sums.item && sums.reader && n_readers;
    if (ok) {
        run_epochs(out, &sums, n_readers, job);
        ok = rate_model_trim(out, job->ratings, job->own->factors, err);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
    }
    free(sums.item);
    free(sums.reader);
    free(n_readers);
    return ok;
}
