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

RA_BODY void move_factors(float *restrict p_u, float *restrict q_i, uint32_t n_lanes, float e,
                          struct step step)
{
    float push = step.gamma * e;
    lane *p = lanes_to(p_u), *q = lanes_to(q_i);
    for (uint32_t f = 0; f < n_lanes; f++) {
        lane pf = p[f], qf = q[f];
        p[f] = step.stay * pf + push * qf;
        q[f] = step.stay * qf + push * pf;
    }
}

/* Reader by reader, as the rows stand. Returns the sum of the squared errors met. */
RA_BODY double epoch_body(struct ra_rate_model *model, const struct ra_csr *ratings,
                          struct step step)
{
    double squares = 0;
    uint32_t n_lanes = model->n_factors / LANE;
    float mu = (float)model->mu;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        float *p_u = model->p + (size_t)u * model->n_factors, b_u = model->b_u[u];
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            uint32_t i = ratings->col[at];
            float *q_i = model->q + (size_t)i * model->n_factors, b_i = model->b_i[i];
            float e = ratings->value[at] - (mu + b_u + b_i + lanes_dot(p_u, q_i, n_lanes));
            b_u = step.bias_stay * b_u + step.bias_gamma * e;
            model->b_i[i] = step.bias_stay * b_i + step.bias_gamma * e;
            move_factors(p_u, q_i, n_lanes, e, step);
            squares += (double)(e * e);
        }
        model->b_u[u] = b_u;
    }
    return squares;
}

RA_WIDE static double epoch_wide(struct ra_rate_model *model, const struct ra_csr *ratings,
                                 struct step step)
{
    return epoch_body(model, ratings, step);
}

static double epoch_plain(struct ra_rate_model *model, const struct ra_csr *ratings,
                          struct step step)
{
    return epoch_body(model, ratings, step);
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
        lanes_are_wide() ? epoch_wide : epoch_plain;
    for (unsigned epoch = 0; epoch < own->epochs; epoch++)
        rate_tell(job, epoch, run(out, job->ratings, step));
    return rate_model_trim(out, job->ratings, own->factors, err);
}
