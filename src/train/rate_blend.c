/*
 * A linear blend of the other algorithms' estimates: with d_m what model m says above the mean,
 *
 *     r^_ui = mu + sum_m d_m / M + sum_m sum_g w_mg g_ui d_m + sum_g w_0g g_ui
 *     g_ui = 1, log(1 + ratings of u) - mean, log(1 + ratings of i) - mean
 *
 * so that how far a model is trusted depends on how much is known of the reader and of the book
 * (Sill et al., "Feature-Weighted Linear Stacking", 2009). The weights w come from ridge
 * regression on a share of the ratings that the models have not seen; then the models learn from
 * all of them. Ridge pulls towards the plain mean of the models.
 */
#include <stdlib.h>
#include <string.h>

#include "rate.h"
#include "readalike/dense.h"
#include "readalike/random.h"

static const char *const members[] = {"baseline", "item-knn", "nmf", "svd", "svdpp", "user-knn"};
enum { MEMBERS_MAX = sizeof members / sizeof *members, KINDS = 3 };
enum { WEIGHTS_MAX = KINDS * (MEMBERS_MAX + 1) };

struct blend {
    unsigned n; /* models */
    struct ra_rate_model model[MEMBERS_MAX];
    float weight[WEIGHTS_MAX]; /* (KINDS, 1 + n) */
    float *reader, *item;      /* g of the readers and of the items */
};

static void finish(void *own)
{
    struct blend *blend = own;
    for (unsigned m = 0; m < blend->n; m++)
        ra_rate_model_finish(&blend->model[m]);
    free(blend->reader);
    free(blend->item);
    free(blend);
}

static void finish_models(struct blend *blend)
{
    for (unsigned m = 0; m < blend->n; m++)
        ra_rate_model_finish(&blend->model[m]);
    blend->n = 0;
}

static bool has_negative(const struct ra_csr *ratings)
{
    for (uint64_t at = 0; at < ra_csr_nnz(ratings); at++) {
        if (ratings->value[at] < 0)
            return true;
    }
    return false;
}

/* nmf has no use for ratings below 0; the others do without it. */
static bool train_models(struct blend *blend, const struct ra_csr *ratings,
                         const struct ra_rate_job *job, struct ra_err *err)
{
    struct ra_train_params params = *job->all;
    params.watch = NULL;
    params.memory_limit = 0; /* all of it was counted before */
    bool negative = has_negative(ratings);
    finish_models(blend);
    for (unsigned m = 0; m < MEMBERS_MAX; m++) {
        const struct ra_rate_algorithm *algorithm = ra_rate_algorithm_find(members[m]);
        if (negative && strcmp(members[m], "nmf") == 0)
            continue;
        if (!ra_rate_train(algorithm, &blend->model[blend->n], ratings, &params, err))
            return ra_err_wrap(err, "%s", members[m]);
        blend->n++;
    }
    return true;
}

/* What is told by one pair: (KINDS, 1 + n). */
static void make_features(const struct blend *blend, uint32_t u, uint32_t i, const float *above,
                          double *x)
{
    const double kinds[KINDS] = {1, (double)blend->reader[u], (double)blend->item[i]};
    for (unsigned kind = 0; kind < KINDS; kind++) {
        double *row = x + (size_t)kind * (blend->n + 1);
        row[0] = kinds[kind];
        for (unsigned m = 0; m < blend->n; m++)
            row[1 + m] = kinds[kind] * (double)above[m];
    }
}

/* d_m of all pairs, (nnz, n). */
static float *ask_models(const struct blend *blend, const struct ra_csr *pairs, struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(pairs);
    float *above = calloc(nnz + 1, blend->n * sizeof *above);
    float *one = calloc(nnz + 1, sizeof *one);
    bool ok = (above && one) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the estimates");
    for (unsigned m = 0; ok && m < blend->n; m++) {
        ok = ra_rate_estimate(&blend->model[m], pairs, one, err);
        for (uint64_t at = 0; ok && at < nnz; at++)
            above[at * blend->n + m] = one[at] - (float)blend->model[0].mu;
    }
    free(one);
    if (ok)
        return above;
    free(above);
    return NULL;
}

static float mean_of(const float *values, unsigned n)
{
    float sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += values[i];
    return sum / (float)n;
}

static bool estimate(const struct ra_rate_model *model, const struct ra_csr *pairs, float *out,
                     struct ra_err *err)
{
    const struct blend *blend = model->own;
    unsigned n_weights = KINDS * (blend->n + 1);
    float *above = ask_models(blend, pairs, err);
    if (!above)
        return false;
    for (uint32_t u = 0; u < pairs->n_rows; u++) {
        for (uint64_t at = pairs->start[u]; at < pairs->start[u + 1]; at++) {
            const float *mine = above + at * blend->n;
            double x[WEIGHTS_MAX], sum = model->mu + (double)mean_of(mine, blend->n);
            make_features(blend, u, pairs->col[at], mine, x);
            for (unsigned w = 0; w < n_weights; w++)
                sum += x[w] * (double)blend->weight[w];
            out[at] = (float)sum;
        }
    }
    free(above);
    return true;
}

/* Adds x y to b and x x' to the triangle of a that LAPACK reads. */
static void add_equation(double *a, double *b, const double *x, double y, unsigned n)
{
    for (unsigned row = 0; row < n; row++) {
        b[row] += x[row] * y;
        for (unsigned col = 0; col <= row; col++)
            a[(size_t)row * n + col] += x[row] * x[col];
    }
}

/* The weights for what the plain mean leaves. */
static bool fit(struct blend *blend, const struct ra_csr *withheld, const struct ra_rate_job *job,
                struct ra_err *err)
{
    double a[WEIGHTS_MAX * WEIGHTS_MAX] = {0}, b[WEIGHTS_MAX] = {0}, x[WEIGHTS_MAX];
    unsigned n = KINDS * (blend->n + 1);
    float *above = ask_models(blend, withheld, err);
    if (!above)
        return false;
    for (uint32_t u = 0; u < withheld->n_rows; u++) {
        for (uint64_t at = withheld->start[u]; at < withheld->start[u + 1]; at++) {
            const float *mine = above + at * blend->n;
            double rest =
                (double)withheld->value[at] - blend->model[0].mu - (double)mean_of(mine, blend->n);
            make_features(blend, u, withheld->col[at], mine, x);
            add_equation(a, b, x, rest, n);
        }
    }
    free(above);
    for (unsigned w = 0; w < n; w++)
        a[(size_t)w * n + w] += job->own->ridge;
    if (!ra_dense_solve_double(a, b, n))
        return ra_fail(err, RA_ERR_INVALID,
                       "the blend's weights cannot be solved for; a larger "
                       "rate_blend.ridge helps");
    for (unsigned w = 0; w < n; w++)
        blend->weight[w] = (float)b[w];
    return true;
}

/* g of rows with `count` ratings each, its mean over ratings being 0. */
static void know_rows(float *known, uint32_t n_rows, const uint32_t *count)
{
    double sum = 0, n = 0;
    for (uint32_t row = 0; row < n_rows; row++) {
        sum += (double)count[row] * log1p((double)count[row]);
        n += (double)count[row];
    }
    for (uint32_t row = 0; row < n_rows; row++)
        known[row] = (float)(log1p((double)count[row]) - (n > 0 ? sum / n : 0));
}

static bool know(struct blend *blend, const struct ra_csr *ratings, struct ra_err *err)
{
    size_t n_readers = ratings->n_rows, n_items = ratings->n_cols;
    uint32_t *count = calloc(n_readers + n_items + 1, sizeof *count);
    if (!blend->reader)
        blend->reader = calloc(n_readers + 1, sizeof *blend->reader);
    if (!blend->item)
        blend->item = calloc(n_items + 1, sizeof *blend->item);
    bool ok = count && blend->reader && blend->item;
    if (ok) {
        for (uint32_t u = 0; u < n_readers; u++)
            count[u] = (uint32_t)ra_csr_row_n(ratings, u);
        for (uint64_t at = 0; at < ra_csr_nnz(ratings); at++)
            count[n_readers + ratings->col[at]]++;
        know_rows(blend->reader, ratings->n_rows, count);
        know_rows(blend->item, ratings->n_cols, count + n_readers);
    }
    free(count);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

/* A random share of the ratings into `withheld`, the rest into `kept`. */
static bool withhold(struct ra_csr *kept, struct ra_csr *withheld, const struct ra_rate_job *job,
                     struct ra_err *err)
{
    const struct ra_csr *ratings = job->ratings;
    uint64_t nnz = ra_csr_nnz(ratings), n_kept = 0, n_withheld = nnz;
    struct ra_triplet *rows = calloc(nnz + 1, sizeof *rows);
    if (!rows)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the ratings");
    struct ra_random random = ra_random_stream(job->own->seed, 0);
    for (uint32_t u = 0; u < ratings->n_rows; u++) {
        for (uint64_t at = ratings->start[u]; at < ratings->start[u + 1]; at++) {
            bool out = ra_random_chance(&random, job->own->withheld);
            rows[out ? --n_withheld : n_kept++] =
                (struct ra_triplet){u, ratings->col[at], ratings->value[at]};
        }
    }
    bool ok = ra_csr_from_triplets(kept, ratings->n_rows, ratings->n_cols, rows, n_kept, err) &&
              ra_csr_from_triplets(withheld, ratings->n_rows, ratings->n_cols, rows + n_kept,
                                   nnz - n_kept, err);
    free(rows);
    return ok;
}

/* Without ratings on both sides the plain mean has to do. */
static bool learn_weights(struct blend *blend, const struct ra_rate_job *job, struct ra_err *err)
{
    struct ra_csr kept = {0}, withheld = {0};
    bool ok = withhold(&kept, &withheld, job, err);
    if (ok && ra_csr_nnz(&kept) && ra_csr_nnz(&withheld))
        ok = know(blend, &kept, err) && train_models(blend, &kept, job, err) &&
             fit(blend, &withheld, job, err);
    ra_csr_finish(&kept);
    ra_csr_finish(&withheld);
    return ok;
}

uint64_t rate_blend_bytes(const struct ra_rate_job *job)
{
    uint64_t nnz = ra_csr_nnz(job->ratings), bytes = sizeof(struct blend);
    for (unsigned m = 0; m < MEMBERS_MAX; m++)
        bytes += ra_rate_bytes(ra_rate_algorithm_find(members[m]), job->ratings, job->all);
    return bytes + rate_model_bytes(job->ratings, 0) * 3 +
           3 * ra_csr_bytes(job->ratings->n_rows, nnz) +
           nnz * (sizeof(struct ra_triplet) + (MEMBERS_MAX + 1) * sizeof(float));
}

bool rate_blend_train(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err)
{
    struct blend *blend = calloc(1, sizeof *blend);
    if (!blend)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (!rate_model_init(out, job->ratings, 0, true, err)) {
        finish(blend);
        return false;
    }
    out->own = blend;
    out->estimate = estimate;
    out->finish = finish;
    return learn_weights(blend, job, err) && know(blend, job->ratings, err) &&
           train_models(blend, job->ratings, job, err);
}
