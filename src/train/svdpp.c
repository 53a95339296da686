/*
 * SVD++: what a reader rated says something beside how they rated it. With N(u) the items that u
 * has rated,
 *
 *     r^_ui = mu + b_u + b_i + q_i . (p_u + |N(u)|^-1/2 sum_j y_j)        j in N(u)
 *
 * and for each rating, with e_ui = r_ui - r^_ui,
 *
 *     b_u += gamma (e_ui - lambda b_u)        p_u += gamma (e_ui q_i - lambda p_u)
 *     b_i += gamma (e_ui - lambda b_i)
 *     q_i += gamma (e_ui (p_u + |N(u)|^-1/2 sum_j y_j) - lambda q_i)
 *     y_j += gamma (e_ui |N(u)|^-1/2 q_i - lambda y_j)                     each j in N(u)
 *
 * Koren, "Factorization Meets the Neighborhood" (KDD 2008), section 4.
 *
 * All y_j of a reader take the same step, y_j := s y_j + d with s = 1 - gamma lambda, at each of
 * the reader's ratings. So instead of moving |N(u)| vectors for each rating, one keeps what these
 * steps make together, y_j := S y_j + D, and the sum of the y_j; the vectors are moved once, after
 * the reader's last rating. That is the same arithmetic, in |N(u)| times fewer operations.
 */
#include <stdlib.h>
#include <string.h>

#include "rate.h"

/* What is kept of one reader; `d`, `sum` and `whole` are vectors of n_factors. */
struct implicit {
    float *y;      /* (n_items, n_factors) */
    float *d;      /* D */
    float *sum;    /* sum_j y_j as it would stand now */
    float *whole;  /* p_u + |N(u)|^-1/2 sum */
    float s;       /* S */
    float n, root; /* |N(u)|, |N(u)|^-1/2 */
};

static void begin_reader(struct implicit *implicit, const struct ra_csr *ratings, uint32_t u,
                         uint32_t n_factors)
{
    uint32_t n = 0;
    memset(implicit->d, 0, n_factors * sizeof *implicit->d);
    memset(implicit->sum, 0, n_factors * sizeof *implicit->sum);
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        if (isnan(ratings->value[at]))
            continue;
        const float *y_j = implicit->y + (size_t)ratings->col[at] * n_factors;
        for (uint32_t f = 0; f < n_factors; f++)
            implicit->sum[f] += y_j[f];
        n++;
    }
    implicit->s = 1;
    implicit->n = (float)n;
    implicit->root = n ? 1 / sqrtf((float)n) : 0;
}

static void end_reader(struct implicit *implicit, const struct ra_csr *ratings, uint32_t u,
                       uint32_t n_factors)
{
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        if (isnan(ratings->value[at]))
            continue;
        float *y_j = implicit->y + (size_t)ratings->col[at] * n_factors;
        for (uint32_t f = 0; f < n_factors; f++)
            y_j[f] = implicit->s * y_j[f] + implicit->d[f];
    }
}

static void add_implicit(const struct implicit *implicit, const float *p_u, uint32_t n_factors)
{
    for (uint32_t f = 0; f < n_factors; f++)
        implicit->whole[f] = p_u[f] + implicit->root * implicit->sum[f];
}

static void move_factors(struct implicit *implicit, float *restrict p_u, float *restrict q_i,
                         uint32_t n_factors, float e, const struct ra_rate_params *params)
{
    float gamma = (float)params->lr_all, lambda = (float)params->reg_all;
    float stay = 1 - gamma * lambda, push = gamma * e * implicit->root;
    float *restrict d = implicit->d, *restrict sum = implicit->sum;
    const float *restrict whole = implicit->whole;
#pragma omp simd
    for (uint32_t f = 0; f < n_factors; f++) {
        float p = p_u[f], q = q_i[f];
        p_u[f] = p + gamma * (e * q - lambda * p);
        q_i[f] = q + gamma * (e * whole[f] - lambda * q);
        d[f] = stay * d[f] + push * q;
        sum[f] = stay * sum[f] + implicit->n * push * q;
    }
    implicit->s *= stay;
}

/* All ratings of one reader. Returns the sum of the squared errors met. */
static double run_reader(struct ra_rate_model *model, struct implicit *implicit,
                         const struct ra_csr *ratings, uint32_t u,
                         const struct ra_rate_params *params)
{
    float gamma = (float)params->lr_all, lambda = (float)params->reg_all;
    uint32_t n_factors = model->n_factors;
    float *p_u = model->p + (size_t)u * n_factors, *b_u = &model->b_u[u];
    double squares = 0;
    begin_reader(implicit, ratings, u, n_factors);
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        if (isnan(ratings->value[at]))
            continue;
        float *q_i = model->q + (size_t)ratings->col[at] * n_factors;
        float *b_i = &model->b_i[ratings->col[at]];
        add_implicit(implicit, p_u, n_factors);
        float e = ratings->value[at] -
                  ((float)model->mu + *b_u + *b_i + rate_dot(implicit->whole, q_i, n_factors));
        *b_u += gamma * (e - lambda * *b_u);
        *b_i += gamma * (e - lambda * *b_i);
        move_factors(implicit, p_u, q_i, n_factors, e, params);
        squares += (double)e * (double)e;
    }
    end_reader(implicit, ratings, u, n_factors);
    return squares;
}

/* From then on p_u stands for p_u + |N(u)|^-1/2 sum_j y_j. */
static void fold_implicit(struct ra_rate_model *model, struct implicit *implicit,
                          const struct ra_csr *ratings)
{
    for (uint32_t u = 0; u < model->n_readers; u++) {
        float *p_u = model->p + (size_t)u * model->n_factors;
        begin_reader(implicit, ratings, u, model->n_factors);
        add_implicit(implicit, p_u, model->n_factors);
        memcpy(p_u, implicit->whole, model->n_factors * sizeof *p_u);
    }
}

static bool allocate(struct implicit *implicit, const struct ra_rate_model *model)
{
    size_t n_factors = model->n_factors;
    *implicit = (struct implicit){
        .y = calloc((size_t)model->n_items + 1, n_factors * sizeof(float)),
        .d = calloc(n_factors, sizeof(float)),
        .sum = calloc(n_factors, sizeof(float)),
        .whole = calloc(n_factors, sizeof(float)),
    };
    return implicit->y && implicit->d && implicit->sum && implicit->whole;
}

static uint64_t count_rated(const struct ra_csr *ratings)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < ra_csr_nnz(ratings); i++)
        n += !isnan(ratings->value[i]);
    return n;
}

static void run_epochs(struct ra_rate_model *model, struct implicit *implicit,
                       const struct ra_csr *ratings, const struct ra_rate_params *params)
{
    uint64_t n = count_rated(ratings);
    for (unsigned epoch = 0; epoch < params->n_epochs; epoch++) {
        double squares = 0;
        for (uint32_t u = 0; u < model->n_readers; u++)
            squares += run_reader(model, implicit, ratings, u, params);
        rate_watch(params, epoch, squares, n);
    }
    fold_implicit(model, implicit, ratings);
}

bool rate_train_svdpp(struct ra_rate_model *out, const struct ra_csr *ratings,
                      const struct ra_rate_params *params, struct ra_err *err)
{
    if (params->n_factors == 0)
        return ra_fail(err, RA_ERR_INVALID, "svdpp wants 1 factor or more");
    if (!rate_model_init(out, ratings, params->n_factors, true, err))
        return false;
    struct implicit implicit;
    bool ok = allocate(&implicit, out);
    if (ok) {
        rate_model_draw(out, params, implicit.y);
        run_epochs(out, &implicit, ratings, params);
        ok = rate_model_forget_unrated(out, ratings, err);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
    }
    free(implicit.y);
    free(implicit.d);
    free(implicit.sum);
    free(implicit.whole);
    return ok;
}
