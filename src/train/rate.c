/* The table of rating algorithms, and what is checked for all of them. */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/threads.h"

#define AT(field) offsetof(struct ra_train_params, field)

#define ROW(name, summary, params, prefix, ranks)                                                  \
    {                                                                                              \
        name, summary, AT(params), rate_##prefix##_bytes, rate_##prefix##_train, ranks             \
    }
static const struct ra_rate_algorithm algorithms[] = {
    ROW("baseline", "global, reader and book biases", baseline, baseline, false),
    ROW("gd-mf", "matrix factorisation by gradient descent over all ratings at once", gd_mf, gd_mf,
        false),
    ROW("item-knn", "what the reader gave the nearest books", knn, item_knn, true),
    ROW("nmf", "non-negative matrix factorisation", nmf, nmf, false),
    ROW("rate-blend", "a linear blend of the others", rate_blend, blend, false),
    ROW("svd", "biased matrix factorisation by stochastic gradient descent", svd, svd, false),
    ROW("svdpp", "SVD++: svd, and what a reader rated at all", svdpp, svdpp, false),
    ROW("user-knn", "what the nearest readers gave the book", knn, user_knn, false),
};

#define N_ALGORITHMS (sizeof algorithms / sizeof *algorithms)

const struct ra_rate_algorithm *ra_rate_algorithm_at(size_t i)
{
    return i < N_ALGORITHMS ? &algorithms[i] : NULL;
}

const struct ra_rate_algorithm *ra_rate_algorithm_find(const char *name)
{
    for (size_t i = 0; i < N_ALGORITHMS; i++) {
        if (strcmp(algorithms[i].name, name) == 0)
            return &algorithms[i];
    }
    return NULL;
}

static const struct ra_rate_params *own_params(const struct ra_rate_algorithm *algorithm,
                                               const struct ra_train_params *all)
{
    return (const struct ra_rate_params *)(const void *)((const char *)all + algorithm->params);
}

unsigned ra_rate_epochs(const struct ra_rate_algorithm *algorithm,
                        const struct ra_train_params *params)
{
    return own_params(algorithm, params)->epochs;
}

uint64_t ra_rate_bytes(const struct ra_rate_algorithm *algorithm, const struct ra_csr *ratings,
                       const struct ra_train_params *params)
{
    const struct ra_rate_job job = {ratings, own_params(algorithm, params), params};
    return algorithm->bytes(&job);
}

unsigned rate_threads(const struct ra_rate_job *job)
{
    return ra_threads(job->all->threads);
}

/* Without what was read but not rated. */
static bool drop_unrated(struct ra_csr *out, const struct ra_csr *ratings, struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(ratings), n = 0;
    *out = (struct ra_csr){
        .n_rows = ratings->n_rows,
        .n_cols = ratings->n_cols,
        .start = calloc((size_t)ratings->n_rows + 1, sizeof *out->start),
        .col = calloc(nnz + 1, sizeof *out->col),
        .value = calloc(nnz + 1, sizeof *out->value),
    };
    if (!out->start || !out->col || !out->value)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the ratings");
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            if (isnan(ratings->value[at]))
                continue;
            out->col[n] = ratings->col[at];
            out->value[n++] = ratings->value[at];
        }
        out->start[u + 1] = n;
    }
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

static bool check(const struct ra_rate_algorithm *algorithm, const struct ra_rate_job *job,
                  struct ra_err *err)
{
    if (ra_csr_nnz(job->ratings) == 0)
        return ra_fail(err, RA_ERR_INVALID, "there is no rating to learn from");
    if (!is_finite_all(job->ratings->value, ra_csr_nnz(job->ratings)))
        return ra_fail(err, RA_ERR_INVALID, "a rating is not a finite number");
    const struct ra_rate_params *own = job->own;
    const double numbers[] = {own->lr,    own->reg,   own->lr_bias,   own->reg_bias, own->init_std,
                              own->reg_u, own->reg_i, own->shrinkage, own->withheld, own->ridge};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!isfinite(numbers[i]) || numbers[i] < 0)
            return ra_fail(err, RA_ERR_INVALID, "steps and regularisations are numbers from 0 on");
    }
    uint64_t bytes = algorithm->bytes(job), limit = job->all->memory_limit;
    if (limit && bytes > limit)
        return ra_fail(err, RA_ERR_INVALID,
                       "%s would take %.0f MB, the limit is %.0f MB; fewer factors or neighbours "
                       "take less",
                       algorithm->name, (double)bytes / 1e6, (double)limit / 1e6);
    return true;
}

bool ra_rate_train(const struct ra_rate_algorithm *algorithm, struct ra_rate_model *out,
                   const struct ra_csr *ratings, const struct ra_train_params *params,
                   struct ra_err *err)
{
    struct ra_csr rated;
    *out = (struct ra_rate_model){0};
    bool ok = drop_unrated(&rated, ratings, err);
    const struct ra_rate_job job = {&rated, own_params(algorithm, params), params};
    ok = ok && check(algorithm, &job, err) && algorithm->train(out, &job, err);
    if (ok && !is_finite_model(out))
        ok = ra_fail(err, RA_ERR_INVALID, "%s ran off to infinity; shorter steps may help",
                     algorithm->name);
    ra_csr_finish(&rated);
    if (!ok)
        ra_rate_model_finish(out);
    return ok;
}
