/*
 * Biased matrix factorisation by stochastic gradient descent: for each rating r_ui, with
 * e_ui = r_ui - (mu + b_u + b_i + q_i . p_u),
 *
 *     b_u += gamma (e_ui - lambda b_u)          b_i += gamma (e_ui - lambda b_i)
 *     p_u += gamma (e_ui q_i - lambda p_u)      q_i += gamma (e_ui p_u - lambda q_i)
 *
 * Funk 2006; Koren, Bell and Volinsky, "Matrix Factorization Techniques" (Computer 2009).
 */
#include "rate.h"

struct step {
    float gamma, lambda;
};

static void move_factors(float *restrict p_u, float *restrict q_i, uint32_t n_factors, float e,
                         struct step step)
{
#pragma omp simd
    for (uint32_t f = 0; f < n_factors; f++) {
        float p = p_u[f], q = q_i[f];
        p_u[f] = p + step.gamma * (e * q - step.lambda * p);
        q_i[f] = q + step.gamma * (e * p - step.lambda * q);
    }
}

static void move_biases(struct ra_rate_model *model, uint32_t u, uint32_t i, float e,
                        struct step step)
{
    model->b_u[u] += step.gamma * (e - step.lambda * model->b_u[u]);
    model->b_i[i] += step.gamma * (e - step.lambda * model->b_i[i]);
}

/* Reader by reader, as the rows stand. Returns the sum of the squared errors met. */
static double run_epoch(struct ra_rate_model *model, const struct ra_csr *ratings,
                        const struct ra_rate_params *params, uint64_t *out_n)
{
    const struct step step = {(float)params->lr_all, (float)params->reg_all};
    double squares = 0;
    uint64_t n = 0;
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        float *p_u = model->p + (size_t)u * model->n_factors;
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            if (isnan(ratings->value[at]))
                continue;
            uint32_t i = ratings->col[at];
            float e = ratings->value[at] - ra_rate_predict(model, u, i);
            if (params->biased)
                move_biases(model, u, i, e, step);
            move_factors(p_u, model->q + (size_t)i * model->n_factors, model->n_factors, e, step);
            squares += (double)e * (double)e;
            n++;
        }
    }
    *out_n = n;
    return squares;
}

bool rate_train_svd(struct ra_rate_model *out, const struct ra_csr *ratings,
                    const struct ra_rate_params *params, struct ra_err *err)
{
    if (params->n_factors == 0)
        return ra_fail(err, RA_ERR_INVALID, "svd wants 1 factor or more");
    if (!rate_model_init(out, ratings, params->n_factors, params->biased, err))
        return false;
    rate_model_draw(out, params, NULL);
    for (unsigned epoch = 0; epoch < params->n_epochs; epoch++) {
        uint64_t n;
        double squares = run_epoch(out, ratings, params, &n);
        rate_watch(params, epoch, squares, n);
    }
    return rate_model_forget_unrated(out, ratings, err);
}
