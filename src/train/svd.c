/*
 * Biased matrix factorisation by stochastic gradient descent: for each rating r_ui, with
 * e_ui = r_ui - (mu + b_u + b_i + q_i . p_u),
 *
 *     b_u += gamma (e_ui - lambda b_u)          b_i += gamma (e_ui - lambda b_i)
 *     p_u += gamma (e_ui q_i - lambda p_u)      q_i += gamma (e_ui p_u - lambda q_i)
 *
 * Funk 2006; Koren, Bell and Volinsky, "Matrix Factorization Techniques" (Computer 2009).
 */
#include "lanes.h"
#include "rate.h"
#include "readalike/random.h"

struct step {
    float gamma, stay; /* stay = 1 - gamma lambda */
    float bias_gamma, bias_stay;
};

/* A rating's step; returns what p_u is then times q_next, of the reader's next rating. */
RA_BODY float move_factors(float *restrict p_u, float *restrict q_i, const float *q_next,
                           uint32_t n_lanes, float push, float stay)
{
    lane *p = ra_lanes_to(p_u), *q = ra_lanes_to(q_i), sum = {0}, odd = {0};
    const lane *next = ra_lanes_at(q_next);
    for (uint32_t f = 0; f < n_lanes; f++) {
        lane pf = p[f], qf = q[f], moved = stay * pf + push * qf;
        q[f] = stay * qf + push * pf;
        p[f] = moved;
        if (f % 2)
            odd += moved * next[f];
        else
            sum += moved * next[f];
    }
    sum += odd;
    return ra_lanes_sum(&sum);
}

RA_BODY float *item_row(const struct ra_rate_model *model, const struct ra_csr *ratings,
                        uint64_t at, uint32_t n_lanes)
{
    return model->q + (size_t)ratings->col[at] * n_lanes * LANE;
}

RA_BODY double reader_body(struct ra_rate_model *model, const struct ra_csr *ratings, uint32_t u,
                           struct step step, uint32_t n_lanes)
{
    uint64_t start = ratings->start[u], end = ratings->start[u + 1];
    float *p_u = model->p + (size_t)u * n_lanes * LANE, b_u = model->b_u[u];
    float mu = (float)model->mu;
    float dot = lanes_dot(p_u, item_row(model, ratings, start, n_lanes), n_lanes);
    double squares = 0;
    for (uint64_t at = start; at < end; at++) {
        float *q_i = item_row(model, ratings, at, n_lanes), *b_i = &model->b_i[ratings->col[at]];
        /* Of the last rating, what it makes of its own row is not asked for any more. */
        const float *q_next = item_row(model, ratings, at + 1 < end ? at + 1 : start, n_lanes);
        float e = ratings->value[at] - (mu + b_u + *b_i) - dot;
        b_u = step.bias_stay * b_u + step.bias_gamma * e;
        *b_i = step.bias_stay * *b_i + step.bias_gamma * e;
        dot = move_factors(p_u, q_i, q_next, n_lanes, step.gamma * e, step.stay);
        squares += (double)(e * e);
    }
    model->b_u[u] = b_u;
    return squares;
}

/* Reader by reader, as the rows stand. Returns the sum of the squared errors met. */
RA_BODY double epoch_body(struct ra_rate_model *model, const struct ra_csr *ratings,
                          struct step step, uint32_t n_lanes)
{
    double squares = 0;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        if (ratings->start[u] < ratings->start[u + 1])
            squares += reader_body(model, ratings, u, step, n_lanes);
    }
    return squares;
}

#define CALL(n) epoch_body(model, ratings, step, n)

RA_WIDE static double epoch_wide(struct ra_rate_model *model, const struct ra_csr *ratings,
                                 struct step step)
{
    LANES_CASES(model->n_factors / LANE, CALL)
}

static double epoch_plain(struct ra_rate_model *model, const struct ra_csr *ratings,
                          struct step step)
{
    return CALL(model->n_factors / LANE);
}

uint64_t rate_svd_bytes(const struct ra_rate_job *job)
{
    return rate_model_bytes(job->ratings, job->own->factors);
}

bool rate_svd_train(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err)
{
    const struct ra_rate_params *own = job->own;
    if (own->factors == 0)
        return ra_fail(err, RA_ERR_INVALID, "svd wants 1 factor or more");
    if (!rate_model_init(out, job->ratings, own->factors, own->biased, err))
        return false;
    struct ra_random random = ra_random_stream(own->seed, 0);
    rate_draw(out->p, out->n_readers, out->n_factors, own, &random);
    rate_draw(out->q, out->n_items, out->n_factors, own, &random);
    float gamma = (float)own->lr, stay = (float)(1 - own->lr * own->reg);
    /* Without biases they are to stay at 0. */
    const struct step step = {gamma, stay, own->biased ? gamma : 0, stay};
    double (*run)(struct ra_rate_model *, const struct ra_csr *, struct step) =
        ra_lanes_are_wide() ? epoch_wide : epoch_plain;
    for (unsigned epoch = 0; epoch < own->epochs; epoch++)
        rate_tell(job, epoch, run(out, job->ratings, step));
    return rate_model_trim(out, job->ratings, own->factors, err);
}
