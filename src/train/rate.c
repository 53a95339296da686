/* The table of rating algorithms, and what all of them begin and end with. */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/random.h"

static const struct ra_rate_algorithm algorithms[] = {
    {"baseline-als",
     "global, reader and book biases, by alternating least squares",
     {.n_epochs = 10, .reg_u = 15, .reg_i = 10, .biased = true},
     rate_train_baseline_als},
    {"baseline-sgd",
     "global, reader and book biases, by stochastic gradient descent",
     {.n_epochs = 20, .lr_all = 0.005, .reg_all = 0.02, .biased = true},
     rate_train_baseline_sgd},
    {"svd",
     "biased matrix factorisation by stochastic gradient descent",
     {.n_factors = 100,
      .n_epochs = 20,
      .lr_all = 0.005,
      .reg_all = 0.02,
      .init_std = 0.1,
      .biased = true},
     rate_train_svd},
    {"svdpp",
     "SVD++: svd, and what a reader rated at all",
     {.n_factors = 20,
      .n_epochs = 20,
      .lr_all = 0.007,
      .reg_all = 0.02,
      .init_std = 0.1,
      .biased = true},
     rate_train_svdpp},
};

#define N_ALGORITHMS (sizeof algorithms / sizeof *algorithms)
#define FACTORS_MAX 4096
#define EPOCHS_MAX 100000

const struct ra_rate_algorithm *ra_rate_algorithm_at(size_t i)
{
    return i < N_ALGORITHMS ? &algorithms[i] : NULL;
}

const struct ra_rate_algorithm *ra_rate_algorithm_find(const char *name)
{
    if (strcmp(name, "baseline") == 0)
        name = "baseline-als";
    for (size_t i = 0; i < N_ALGORITHMS; i++) {
        if (strcmp(algorithms[i].name, name) == 0)
            return &algorithms[i];
    }
    return NULL;
}

void ra_rate_model_finish(struct ra_rate_model *model)
{
    free(model->b_u);
    free(model->b_i);
    free(model->p);
    free(model->q);
    *model = (struct ra_rate_model){0};
}

float ra_rate_predict(const void *ctx, uint32_t reader, uint32_t item)
{
    const struct ra_rate_model *model = ctx;
    float rating = (float)model->mu + model->b_u[reader] + model->b_i[item];
    size_t n = model->n_factors;
    return n ? rating + rate_dot(model->p + reader * n, model->q + item * n, model->n_factors)
             : rating;
}

/* The mean of the ratings; NaN without any. */
static double mean_rating(const struct ra_csr *ratings)
{
    double sum = 0;
    uint64_t n = 0;
    for (uint64_t i = 0; i < ra_csr_nnz(ratings); i++) {
        if (isnan(ratings->value[i]))
            continue;
        sum += (double)ratings->value[i];
        n++;
    }
    return n ? sum / (double)n : (double)NAN;
}

bool rate_model_init(struct ra_rate_model *model, const struct ra_csr *ratings, unsigned n_factors,
                     bool biased, struct ra_err *err)
{
    size_t n_readers = (size_t)ratings->n_rows + 1, n_items = (size_t)ratings->n_cols + 1;
    *model = (struct ra_rate_model){
        .n_readers = ratings->n_rows,
        .n_items = ratings->n_cols,
        .n_factors = n_factors,
        .mu = biased ? mean_rating(ratings) : 0,
        .b_u = calloc(n_readers, sizeof *model->b_u),
        .b_i = calloc(n_items, sizeof *model->b_i),
    };
    if (n_factors) {
        model->p = calloc(n_readers, n_factors * sizeof *model->p);
        model->q = calloc(n_items, n_factors * sizeof *model->q);
    }
    return (model->b_u && model->b_i && (!n_factors || (model->p && model->q))) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
}

static void draw_normal(float *factors, size_t n, const struct ra_rate_params *params,
                        struct ra_random *random)
{
    for (size_t i = 0; i < n; i++)
        factors[i] = (float)(params->init_mean + params->init_std * ra_random_normal(random));
}

void rate_model_draw(struct ra_rate_model *model, const struct ra_rate_params *params, float *y)
{
    struct ra_random random = ra_random_stream(params->seed, 0);
    size_t n_q = (size_t)model->n_items * model->n_factors;
    draw_normal(model->p, (size_t)model->n_readers * model->n_factors, params, &random);
    draw_normal(model->q, n_q, params, &random);
    if (y)
        draw_normal(y, n_q, params, &random);
}

/* Marks who has a rating, readers first, items behind them. */
static unsigned char *mark_rated(const struct ra_csr *ratings)
{
    unsigned char *rated = calloc((size_t)ratings->n_rows + ratings->n_cols + 1, 1);
    for (uint32_t u = 0; rated && u < ratings->n_rows; u++) {
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            if (!isnan(ratings->value[at]))
                rated[u] = rated[(size_t)ratings->n_rows + ratings->col[at]] = 1;
        }
    }
    return rated;
}

static void zero_unrated(float *factors, uint32_t n_rows, size_t n_factors,
                         const unsigned char *rated)
{
    for (uint32_t row = 0; row < n_rows; row++) {
        if (!rated[row])
            memset(factors + row * n_factors, 0, n_factors * sizeof *factors);
    }
}

bool rate_model_forget_unrated(struct ra_rate_model *model, const struct ra_csr *ratings,
                               struct ra_err *err)
{
    unsigned char *rated = mark_rated(ratings);
    if (!rated)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    zero_unrated(model->p, model->n_readers, model->n_factors, rated);
    zero_unrated(model->q, model->n_items, model->n_factors, rated + model->n_readers);
    free(rated);
    return true;
}

static bool is_sound(double value)
{
    return isfinite(value) && value >= 0;
}

static bool check(const struct ra_csr *ratings, const struct ra_rate_params *params,
                  struct ra_err *err)
{
    if (isnan(mean_rating(ratings)))
        return ra_fail(err, RA_ERR_INVALID, "there is no rating to learn from");
    if (!isfinite(mean_rating(ratings)))
        return ra_fail(err, RA_ERR_INVALID, "a rating is not a finite number");
    if (params->n_factors > FACTORS_MAX || params->n_epochs > EPOCHS_MAX)
        return ra_fail(err, RA_ERR_INVALID, "at most %d factors and %d epochs", FACTORS_MAX,
                       EPOCHS_MAX);
    if (!is_sound(params->lr_all) || !is_sound(params->reg_all) || !is_sound(params->reg_u) ||
        !is_sound(params->reg_i))
        return ra_fail(err, RA_ERR_INVALID, "steps and regularisations are numbers from 0 on");
    /* Once more as much: what an algorithm keeps beside its model is no larger than that. */
    double bytes = 2 * sizeof(float) * ((double)ratings->n_rows + (double)ratings->n_cols) *
                   ((double)params->n_factors + 1);
    if (params->memory_limit && bytes > (double)params->memory_limit)
        return ra_fail(err, RA_ERR_INVALID,
                       "the factors would take %.0f MB, the limit is %.0f MB; fewer factors take "
                       "less",
                       bytes / 1e6, (double)params->memory_limit / 1e6);
    return true;
}

static bool is_finite_all(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}

static bool is_finite_model(const struct ra_rate_model *model)
{
    size_t n_readers = model->n_readers, n_items = model->n_items, n_factors = model->n_factors;
    return is_finite_all(model->b_u, n_readers) && is_finite_all(model->b_i, n_items) &&
           is_finite_all(model->p, n_readers * n_factors) &&
           is_finite_all(model->q, n_items * n_factors);
}

bool ra_rate_train(const struct ra_rate_algorithm *algorithm, struct ra_rate_model *out,
                   const struct ra_csr *ratings, const struct ra_rate_params *params,
                   struct ra_err *err)
{
    *out = (struct ra_rate_model){0};
    if (!check(ratings, params, err))
        return false;
    bool ok = algorithm->train(out, ratings, params, err);
    if (ok && !is_finite_model(out))
        ok = ra_fail(err, RA_ERR_INVALID, "%s ran off to infinity; shorter steps may help",
                     algorithm->name);
    if (!ok)
        ra_rate_model_finish(out);
    return ok;
}
