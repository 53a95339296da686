/* Implicit ALS: factors of readers and items for who read what, and for who did not. */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "rankers.h"
#include "readalike/dense.h"
#include "readalike/progress.h"
#include "readalike/ridge.h"
#include "readalike/threads.h"

#define INIT_DEVIATION 0.1 /* of a score, so 0.1 / sqrt(factors) of a factor */

struct fit {
    const struct ra_ials_params *params;
    const struct ra_csr *by_reader;
    struct ra_csr by_item;
    struct ra_ials *model;
    unsigned n_threads;
    float *scratch; /* (n_threads, ra_ridge_scratch_n) */
    float *partial; /* (RA_GRAM_PARTS, n_factors, n_factors) */
    float *gram;    /* (n_factors, n_factors) */
};

uint64_t ials_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    uint64_t f = params->ials.factors, threads = ra_threads(params->threads);
    uint64_t floats = ((uint64_t)weights->n_rows + weights->n_cols) * f;
    floats += (RA_GRAM_PARTS + 1) * f * f + threads * ra_ridge_scratch_n(params->ials.factors);
    return floats * sizeof(float) + ra_csr_bytes(weights->n_cols, ra_csr_nnz(weights));
}

/* SplitMix64 (Steele, Lea and Flood 2014) of a number, as one in (0, 1]. */
static double uniform(uint64_t number)
{
    uint64_t z = number * 0x9e3779b97f4a7c15u + 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 + 0x1p-54;
}

/* Normal numbers, each of its own place only. */
static void fill_normal(float *out, size_t n, uint64_t seed, double deviation)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t number = (seed << 40) + 2 * (uint64_t)i;
        double radius = sqrt(-2 * log(uniform(number)));
        out[i] = (float)(deviation * radius * cos(2 * M_PI * uniform(number + 1)));
    }
}

static bool allocate(struct fit *fit)
{
    struct ra_ials *model = fit->model;
    size_t f = model->n_factors;
    model->reader = calloc((size_t)model->n_readers + 1, f * sizeof *model->reader);
    model->item = calloc((size_t)model->n_items + 1, f * sizeof *model->item);
    fit->scratch = calloc(fit->n_threads, ra_ridge_scratch_n(model->n_factors) * sizeof(float));
    fit->partial = calloc(RA_GRAM_PARTS, f * f * sizeof *fit->partial);
    fit->gram = calloc(f * f, sizeof *fit->gram);
    return model->reader && model->item && fit->scratch && fit->partial && fit->gram;
}

static void start(const struct fit *fit)
{
    struct ra_ials *model = fit->model;
    size_t f = model->n_factors;
    double deviation = INIT_DEVIATION / sqrt((double)f);
    uint64_t seed = 2 * (uint64_t)fit->params->seed;
    fill_normal(model->reader, model->n_readers * f, seed, deviation);
    fill_normal(model->item, model->n_items * f, seed + 1, deviation);
}

/* All rows of one side, the other being fixed. */
static bool half_sweep(const struct fit *fit, const struct ra_csr *rows, float *side,
                       const float *others, struct ra_err *err)
{
    const struct ra_ials_params *params = fit->params;
    const struct ra_ridge ridge = {
        .n_factors = fit->model->n_factors,
        .n_others = rows->n_cols,
        .alpha0 = params->unobserved,
        .lambda = params->lambda,
        .nu = params->nu,
        .others = others,
        .gram = fit->gram,
    };
    size_t f = ridge.n_factors, scratch_n = ra_ridge_scratch_n(ridge.n_factors);
    atomic_bool failed = false;
    ra_ridge_gram(others, rows->n_cols, ridge.n_factors, params->unobserved, fit->n_threads,
                  fit->partial, fit->gram);
#pragma omp parallel for num_threads((int)fit->n_threads) schedule(dynamic, 32)
    for (uint32_t ix = 0; ix < rows->n_rows; ix++) {
        const struct ra_ridge_row row = {
            .col = rows->col + rows->start[ix],
            .weight = rows->value + rows->start[ix],
            .n = ra_csr_row_n(rows, ix),
        };
        float *scratch = fit->scratch + (size_t)omp_get_thread_num() * scratch_n;
        if (params->cg_steps)
            ra_ridge_approach(&ridge, &row, params->cg_steps, scratch, side + ix * f);
        else if (!ra_ridge_solve(&ridge, &row, scratch, side + ix * f))
            failed = true;
    }
    return !failed || ra_fail(err, RA_ERR_INVALID,
                              "ials: a system of equations has no solution in single precision; a "
                              "higher ials.lambda helps");
}

static double squares_of(const float *row, size_t f)
{
    return (double)cblas_sdot((int)f, row, 1, row, 1);
}

/* The regularisation of one side's factors. */
static double penalty(const struct fit *fit, const struct ra_csr *rows, const float *side)
{
    const struct ra_ridge ridge = {
        .n_others = rows->n_cols,
        .alpha0 = fit->params->unobserved,
        .lambda = fit->params->lambda,
        .nu = fit->params->nu,
    };
    double sum = 0;
    size_t f = fit->model->n_factors;
    for (uint32_t ix = 0; ix < rows->n_rows; ix++)
        sum +=
            ra_ridge_regularisation(&ridge, ra_csr_row_n(rows, ix)) * squares_of(side + ix * f, f);
    return sum;
}

/* L of train.h; the scores of all pairs come from G = sum_i h_i h_i'. */
static double loss_of(const struct fit *fit)
{
    const struct ra_ials *model = fit->model;
    const struct ra_csr *rows = fit->by_reader;
    size_t f = model->n_factors;
    double loss = penalty(fit, rows, model->reader) + penalty(fit, &fit->by_item, model->item);
    ra_ridge_gram(model->item, model->n_items, model->n_factors, fit->params->unobserved,
                  fit->n_threads, fit->partial, fit->gram);
    for (uint32_t u = 0; u < rows->n_rows; u++) {
        const float *w = model->reader + u * f;
        cblas_ssymv(CblasRowMajor, CblasLower, (int)f, 1, fit->gram, (int)f, w, 1, 0, fit->scratch,
                    1);
        loss += (double)cblas_sdot((int)f, w, 1, fit->scratch, 1);
        for (uint64_t at = rows->start[u]; at < rows->start[u + 1]; at++) {
            const float *h = model->item + rows->col[at] * f;
            double miss = 1 - (double)cblas_sdot((int)f, w, 1, h, 1);
            loss += (double)rows->value[at] * miss * miss;
        }
    }
    return loss;
}

static bool sweep_all(const struct fit *fit, struct ra_progress *progress, double *loss,
                      struct ra_err *err)
{
    struct ra_ials *model = fit->model;
    ra_progress_count(progress, "sweeps", fit->params->sweeps);
    for (unsigned sweep = 0; sweep < fit->params->sweeps; sweep++) {
        if (!half_sweep(fit, fit->by_reader, model->reader, model->item, err) ||
            !half_sweep(fit, &fit->by_item, model->item, model->reader, err))
            return false;
        if (loss)
            loss[sweep] = loss_of(fit);
        if (progress)
            ra_progress_set(progress, sweep + 1);
    }
    return true;
}

void ra_ials_finish(struct ra_ials *model)
{
    free(model->reader);
    free(model->item);
    *model = (struct ra_ials){0};
}

bool ra_train_ials(struct ra_ials *out, const struct ra_csr *weights,
                   const struct ra_train_params *params, double *loss, struct ra_err *err)
{
    *out = (struct ra_ials){weights->n_rows, weights->n_cols, params->ials.factors, NULL, NULL};
    struct fit fit = {
        .params = &params->ials,
        .by_reader = weights,
        .model = out,
        .n_threads = ra_threads(params->threads),
    };
    ra_dense_single_thread();
    bool ok = ra_csr_transpose(&fit.by_item, weights, err) &&
              (allocate(&fit) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors"));
    if (ok) {
        start(&fit);
        ok = sweep_all(&fit, params->progress, loss, err);
    }
    if (!ok)
        ra_ials_finish(out);
    ra_csr_finish(&fit.by_item);
    free(fit.scratch);
    free(fit.partial);
    free(fit.gram);
    return ok;
}

bool ials_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_ials model;
    unsigned sweeps = params->ials.sweeps;
    double *loss = params->watch ? calloc((size_t)sweeps + 1, sizeof *loss) : NULL;
    bool ok = ra_train_ials(&model, data->weights, params, loss, err);
    for (unsigned i = 0; ok && loss && i < sweeps; i++)
        params->watch->sweep(params->watch->ctx, i + 1, loss[i]);
    free(loss);
    if (!ok)
        return false;
    out->reader = model.reader;
    out->n_readers = model.n_readers;
    out->factors = (struct ra_factors){
        .n_items = model.n_items,
        .n_factors = model.n_factors,
        .item = model.item,
        .alpha0 = params->ials.unobserved,
        .lambda = params->ials.lambda,
        .nu = params->ials.nu,
    };
    return ra_factors_make_gram(&out->factors, ra_threads(params->threads), err);
}
