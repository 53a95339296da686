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

#include "lanes.h"
#include "rate.h"
#include "readalike/random.h"

/* What is kept of one reader; `d`, `sum` and `whole` are vectors of padded factors. */
struct implicit {
    float *y;     /* (n_items, n_factors) */
    float *d;     /* D */
    float *sum;   /* sum_j y_j as it would stand now */
    float *whole; /* p_u + |N(u)|^-1/2 sum */
};

struct step {
    float gamma, stay; /* stay = 1 - gamma lambda */
};

RA_BODY void sum_implicit(const struct implicit *implicit, const struct ra_csr *ratings, uint32_t u,
                          uint32_t n_lanes)
{
    memset(implicit->sum, 0, n_lanes * sizeof(lane));
    lane *sum = ra_lanes_to(implicit->sum);
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        const lane *y_j = ra_lanes_at(implicit->y + (size_t)ratings->col[at] * n_lanes * LANE);
        for (uint32_t f = 0; f < n_lanes; f++)
            sum[f] += y_j[f];
    }
}

RA_BODY void add_implicit(const struct implicit *implicit, const float *p_u, uint32_t n_lanes,
                          float root)
{
    const lane *p = ra_lanes_at(p_u), *sum = ra_lanes_at(implicit->sum);
    lane *whole = ra_lanes_to(implicit->whole);
    for (uint32_t f = 0; f < n_lanes; f++)
        whole[f] = p[f] + root * sum[f];
}

/* y_j := S y_j + D for all that the reader rated. */
RA_BODY void move_implicit(const struct implicit *implicit, const struct ra_csr *ratings,
                           uint32_t u, uint32_t n_lanes, float s)
{
    const lane *d = ra_lanes_at(implicit->d);
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        lane *y_j = ra_lanes_to(implicit->y + (size_t)ratings->col[at] * n_lanes * LANE);
        for (uint32_t f = 0; f < n_lanes; f++)
            y_j[f] = s * y_j[f] + d[f];
    }
}

/* One rating's step, and `whole` for the next one. `push` is gamma e, `root` |N(u)|^-1/2. */
RA_BODY void move_factors(const struct implicit *implicit, float *restrict p_u, float *restrict q_i,
                          uint32_t n_lanes, float push, const float root[2], float stay)
{
    lane *p = ra_lanes_to(p_u), *q = ra_lanes_to(q_i), *whole = ra_lanes_to(implicit->whole);
    lane *d = ra_lanes_to(implicit->d), *sum = ra_lanes_to(implicit->sum);
    float to_d = push * root[0], to_sum = push * root[1];
    for (uint32_t f = 0; f < n_lanes; f++) {
        lane pf = p[f], qf = q[f];
        q[f] = stay * qf + push * whole[f];
        d[f] = stay * d[f] + to_d * qf;
        pf = stay * pf + push * qf;
        lane total = stay * sum[f] + to_sum * qf;
        p[f] = pf;
        sum[f] = total;
        whole[f] = pf + root[0] * total;
    }
}

RA_BODY double reader_body(struct ra_rate_model *model, const struct implicit *implicit,
                           const struct ra_csr *ratings, uint32_t u, struct step step)
{
    uint32_t n_lanes = model->n_factors / LANE;
    float *p_u = model->p + (size_t)u * model->n_factors, b_u = model->b_u[u];
    float n = (float)ra_csr_row_n(ratings, u), mu = (float)model->mu, s = 1;
    const float root[2] = {n > 0 ? 1 / sqrtf(n) : 0, sqrtf(n)}; /* n^-1/2, n n^-1/2 */
    double squares = 0;
    sum_implicit(implicit, ratings, u, n_lanes);
    add_implicit(implicit, p_u, n_lanes, root[0]);
    memset(implicit->d, 0, model->n_factors * sizeof *implicit->d);
    for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
        uint32_t i = ratings->col[at];
        float *q_i = model->q + (size_t)i * model->n_factors, b_i = model->b_i[i];
        float e = ratings->value[at] - (mu + b_u + b_i + lanes_dot(implicit->whole, q_i, n_lanes));
        b_u = step.stay * b_u + step.gamma * e;
        model->b_i[i] = step.stay * b_i + step.gamma * e;
        move_factors(implicit, p_u, q_i, n_lanes, step.gamma * e, root, step.stay);
        s *= step.stay;
        squares += (double)(e * e);
    }
    model->b_u[u] = b_u;
    move_implicit(implicit, ratings, u, n_lanes, s);
    return squares;
}

RA_WIDE static double epoch_wide(struct ra_rate_model *model, const struct implicit *implicit,
                                 const struct ra_csr *ratings, struct step step)
{
    double squares = 0;
    for (uint32_t u = 0; u < model->n_readers; u++)
        squares += reader_body(model, implicit, ratings, u, step);
    return squares;
}

static double epoch_plain(struct ra_rate_model *model, const struct implicit *implicit,
                          const struct ra_csr *ratings, struct step step)
{
    double squares = 0;
    for (uint32_t u = 0; u < model->n_readers; u++)
        squares += reader_body(model, implicit, ratings, u, step);
    return squares;
}

/* From then on p_u stands for p_u + |N(u)|^-1/2 sum_j y_j. */
static void fold_implicit(struct ra_rate_model *model, const struct implicit *implicit,
                          const struct ra_csr *ratings)
{
    uint32_t n_lanes = model->n_factors / LANE;
    for (uint32_t u = 0; u < model->n_readers; u++) {
        float *p_u = model->p + (size_t)u * model->n_factors;
        size_t n = ra_csr_row_n(ratings, u);
        sum_implicit(implicit, ratings, u, n_lanes);
        add_implicit(implicit, p_u, n_lanes, n ? 1 / sqrtf((float)n) : 0);
        memcpy(p_u, implicit->whole, model->n_factors * sizeof *p_u);
    }
}

static bool allocate(struct implicit *implicit, const struct ra_rate_model *model)
{
    size_t n_factors = model->n_factors;
    *implicit = (struct implicit){
        .y = lanes_alloc(((size_t)model->n_items + 1) * n_factors),
        .d = lanes_alloc(n_factors),
        .sum = lanes_alloc(n_factors),
        .whole = lanes_alloc(n_factors),
    };
    return implicit->y && implicit->d && implicit->sum && implicit->whole;
}

static void run_epochs(struct ra_rate_model *model, const struct implicit *implicit,
                       const struct ra_rate_job *job)
{
    const struct ra_rate_params *own = job->own;
    const struct step step = {(float)own->lr, (float)(1 - own->lr * own->reg)};
    struct ra_random random = ra_random_stream(own->seed, 0);
    rate_draw(model->p, model->n_readers, model->n_factors, own, &random);
    rate_draw(model->q, model->n_items, model->n_factors, own, &random);
    rate_draw(implicit->y, model->n_items, model->n_factors, own, &random);
    double (*run)(struct ra_rate_model *, const struct implicit *, const struct ra_csr *,
                  struct step) = ra_lanes_are_wide() ? epoch_wide : epoch_plain;
    for (unsigned epoch = 0; epoch < own->epochs; epoch++)
        rate_tell(job, epoch, run(model, implicit, job->ratings, step));
    fold_implicit(model, implicit, job->ratings);
}

uint64_t rate_svdpp_bytes(const struct ra_rate_job *job)
{
    /* The y_j are as many as the factors of items; the rest is three rows. */
    return 2 * rate_model_bytes(job->ratings, job->own->factors) +
           3 * (lanes_of(job->own->factors) + 1) * sizeof(lane);
}

bool rate_svdpp_train(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err)
{
    if (job->own->factors == 0)
        return ra_fail(err, RA_ERR_INVALID, "svdpp wants 1 factor or more");
    if (!rate_model_init(out, job->ratings, job->own->factors, true, err))
        return false;
    struct implicit implicit;
    bool ok = allocate(&implicit, out);
    if (ok) {
        run_epochs(out, &implicit, job);
        ok = rate_model_trim(out, job->ratings, job->own->factors, err);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
    }
    free(implicit.y);
    free(implicit.d);
    free(implicit.sum);
    free(implicit.whole);
    return ok;
}
