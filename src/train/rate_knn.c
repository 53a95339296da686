/*
 * Ratings from neighbours. By readers, and likewise by items with the roles exchanged,
 *
 *     r^_ui = c_ui + d_u sum_v s_uv z_vi / sum_v s_uv        z_vi = (r_vi - c_vi) / d_v
 *
 * over the k most similar readers v who rated i. Predictions differ in c and d:
 *
 *     plain       c = mu
 *     centred     c_ui = mean of u
 *     z-score     c_ui = mean of u, d_u = deviation of u
 *     baseline    c_ui = mu + b_u + b_i
 *
 * Resnick et al., "GroupLens" (CSCW 1994); Herlocker et al. (SIGIR 1999); Koren, "Factor in the
 * Neighbors" (TKDD 2010).
 */
#include "rate_knn.h"

#include <stdlib.h>
#include <string.h>

/* Ratings by rows of the kind that has neighbours, and transposed. */
struct sides {
    const struct ra_csr *by_row, *by_col;
    struct ra_csr transposed; /* what one of them is */
};

static bool take_sides(struct sides *sides, const struct ra_csr *ratings, bool by_item,
                       struct ra_err *err)
{
    *sides = (struct sides){0};
    if (!ra_csr_transpose(&sides->transposed, ratings, err))
        return false;
    sides->by_row = by_item ? &sides->transposed : ratings;
    sides->by_col = by_item ? ratings : &sides->transposed;
    return true;
}

/* The biases of a baseline, or what makes mu + b the mean of each row. */
static void centre_rows(float *bias, const struct ra_csr *by_row, double mu)
{
    for (uint32_t row = 0; row < by_row->n_rows; row++) {
        double sum = 0, n = (double)ra_csr_row_n(by_row, row);
        for (uint64_t at = by_row->start[row]; at < by_row->start[row + 1]; at++)
            sum += (double)by_row->value[at];
        bias[row] = n > 0 ? (float)(sum / n - mu) : 0;
    }
}

/* x less mu and what each side is biased by; NULL: nothing. */
static void take_off(struct ra_csr *x, double mu, const float *of_row, const float *of_col)
{
    for (uint32_t row = 0; row < x->n_rows; row++) {
        float off = (float)mu + (of_row ? of_row[row] : 0);
        for (uint64_t at = x->start[row]; at < x->start[row + 1]; at++)
            x->value[at] -= off + (of_col ? of_col[x->col[at]] : 0);
    }
}

/* Deviations around the means; where there is none that a float can tell, that of all ratings. */
static void measure_spread(float *spread, const struct ra_csr *deviations)
{
    double total = 0;
    uint64_t nnz = ra_csr_nnz(deviations);
    for (uint64_t at = 0; at < nnz; at++)
        total += (double)(deviations->value[at] * deviations->value[at]);
    double variance = nnz ? total / (double)nnz : 0;
    float overall = variance > 0 ? (float)sqrt(variance) : 1;
    for (uint32_t row = 0; row < deviations->n_rows; row++) {
        double squares = 0;
        for (uint64_t at = deviations->start[row]; at < deviations->start[row + 1]; at++)
            squares += (double)(deviations->value[at] * deviations->value[at]);
        double n = (double)ra_csr_row_n(deviations, row);
        spread[row] = squares > 1e-9 * n * variance ? (float)sqrt(squares / n) : overall;
    }
}

/* The same pattern with values of its own. */
static bool copy_values(struct ra_csr *out, const struct ra_csr *csr)
{
    size_t n = (size_t)ra_csr_nnz(csr) + 1;
    *out = *csr;
    out->value = calloc(n, sizeof *out->value);
    if (out->value)
        memcpy(out->value, csr->value, (n - 1) * sizeof *out->value);
    return out->value != NULL;
}

/* The biases of the sides of a model, rows first. */
struct biases {
    const float *row, *col;
};

static struct biases biases_of(const struct ra_rate_model *model, bool by_item)
{
    return by_item ? (struct biases){model->b_i, model->b_u}
                   : (struct biases){model->b_u, model->b_i};
}

/* What the similarities are made of, on both sides: `rows` and `cols` get values of their own. */
static bool make_values(struct ra_csr *rows, struct ra_csr *cols, const struct sides *sides,
                        const struct ra_rate_params *own, const struct ra_rate_model *baseline,
                        bool by_item)
{
    rows->value = cols->value = NULL;
    float *mean = calloc((size_t)sides->by_col->n_rows + 1, sizeof *mean);
    bool ok = mean && copy_values(rows, sides->by_row) && copy_values(cols, sides->by_col);
    if (ok && own->similarity == RA_RATE_PEARSON_BASELINE) {
        struct biases biases = biases_of(baseline, by_item);
        take_off(rows, baseline->mu, biases.row, biases.col);
        take_off(cols, baseline->mu, biases.col, biases.row);
    } else if (ok && own->similarity == RA_RATE_ADJUSTED_COSINE) {
        centre_rows(mean, sides->by_col, 0);
        take_off(rows, 0, NULL, mean);
        take_off(cols, 0, mean, NULL);
    }
    free(mean);
    return ok;
}

static bool find_neighbours(struct knn *knn, const struct sides *sides,
                            const struct ra_rate_model *baseline, unsigned threads,
                            struct ra_err *err)
{
    struct ra_csr rows, cols;
    bool ok = make_values(&rows, &cols, sides, &knn->params, baseline, knn->by_item) ||
              ra_fail(err, RA_ERR_NOMEM, "out of memory for the ratings");
    ok = ok && similar_make(&knn->similar, &rows, &cols, &knn->params, threads, err);
    free(rows.value);
    free(cols.value);
    return ok;
}

/* The model's own biases and the deviations z from them. */
static bool keep_deviations(struct knn *knn, struct ra_rate_model *out, const struct sides *sides,
                            const struct ra_rate_model *baseline, struct ra_err *err)
{
    float *row_bias = knn->by_item ? out->b_i : out->b_u;
    unsigned prediction = knn->params.prediction;
    if (prediction == RA_RATE_BASELINE) {
        memcpy(out->b_u, baseline->b_u, out->n_readers * sizeof *out->b_u);
        memcpy(out->b_i, baseline->b_i, out->n_items * sizeof *out->b_i);
    } else if (prediction != RA_RATE_PLAIN) {
        centre_rows(row_bias, sides->by_row, out->mu);
    }
    struct biases biases = biases_of(out, knn->by_item);
    if (!ra_csr_transpose(&knn->by_col, sides->by_row, err))
        return false;
    take_off(&knn->by_col, out->mu, biases.col, biases.row);
    if (prediction != RA_RATE_Z_SCORE)
        return true;
    struct ra_csr deviations;
    knn->spread = calloc((size_t)sides->by_row->n_rows + 1, sizeof *knn->spread);
    bool ok = knn->spread && copy_values(&deviations, sides->by_row);
    if (!ok)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the ratings");
    take_off(&deviations, out->mu, biases.row, biases.col);
    measure_spread(knn->spread, &deviations);
    free(deviations.value);
    for (uint64_t at = 0; at < ra_csr_nnz(&knn->by_col); at++)
        knn->by_col.value[at] /= knn->spread[knn->by_col.col[at]];
    return true;
}

static void finish(void *own)
{
    struct knn *knn = own;
    ra_csr_finish(&knn->by_col);
    similar_finish(&knn->similar);
    free(knn->spread);
    free(knn);
}

static bool build(struct knn *knn, struct ra_rate_model *out, const struct ra_rate_job *job,
                  struct ra_err *err)
{
    struct sides sides;
    struct ra_rate_model baseline = {0};
    struct ra_train_params unwatched = *job->all;
    const struct ra_rate_job biases = {job->ratings, &unwatched.baseline, &unwatched};
    unwatched.watch = NULL;
    bool ok = take_sides(&sides, job->ratings, knn->by_item, err);
    if (knn->params.similarity == RA_RATE_PEARSON_BASELINE ||
        knn->params.prediction == RA_RATE_BASELINE)
        ok = ok && rate_baseline_train(&baseline, &biases, err);
    ok = ok && find_neighbours(knn, &sides, &baseline, rate_threads(job), err) &&
         keep_deviations(knn, out, &sides, &baseline, err);
    ra_rate_model_finish(&baseline);
    ra_csr_finish(&sides.transposed);
    return ok;
}

static bool train(struct ra_rate_model *out, const struct ra_rate_job *job, bool by_item,
                  struct ra_err *err)
{
    if (job->own->k == 0 || job->own->neighbours == 0)
        return ra_fail(err, RA_ERR_INVALID, "at least 1 neighbour is wanted");
    struct knn *knn = calloc(1, sizeof *knn);
    if (!knn)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    *knn = (struct knn){.by_item = by_item, .params = *job->own};
    if (!rate_model_init(out, job->ratings, 0, true, err)) {
        finish(knn);
        return false;
    }
    out->own = knn;
    out->estimate = knn_estimate;
    out->finish = finish;
    return build(knn, out, job, err);
}

bool rate_item_knn_train(struct ra_rate_model *out, const struct ra_rate_job *job,
                         struct ra_err *err)
{
    return train(out, job, true, err);
}

bool rate_user_knn_train(struct ra_rate_model *out, const struct ra_rate_job *job,
                         struct ra_err *err)
{
    return train(out, job, false, err);
}

/* The similarities; two transposed copies, one of them in the model; two with other values. */
static uint64_t bytes(const struct ra_rate_job *job, bool by_item)
{
    struct ra_csr transposed;
    struct ra_err err = {0};
    const struct ra_csr *ratings = job->ratings;
    if (!ra_csr_transpose(&transposed, ratings, &err))
        return UINT64_MAX;
    uint64_t similar = similar_bytes(by_item ? &transposed : ratings,
                                     by_item ? ratings : &transposed, job->own, rate_threads(job));
    ra_csr_finish(&transposed);
    uint64_t rows = ratings->n_rows > ratings->n_cols ? ratings->n_rows : ratings->n_cols;
    uint64_t nnz = ra_csr_nnz(ratings);
    return similar + rate_model_bytes(ratings, 0) * 3 + ra_csr_bytes(rows, nnz) * 3 +
           nnz * 2 * sizeof(float);
}

uint64_t rate_item_knn_bytes(const struct ra_rate_job *job)
{
    return bytes(job, true);
}

uint64_t rate_user_knn_bytes(const struct ra_rate_job *job)
{
    return bytes(job, false);
}
