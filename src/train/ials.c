/* Implicit ALS: factors of readers and items for who read what, and for who did not. */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ials_row.h"
#include "rankers.h"
#include "readalike/dense.h"
#include "readalike/progress.h"
#include "readalike/threads.h"

#define INIT_DEVIATION 0.1 /* of a score, so 0.1 / sqrt(factors) of a factor */

struct fit {
    const struct ra_ials_params *params;
    const struct ra_csr *by_reader;
    struct ra_csr by_item;
    struct ra_ials *model;
    unsigned n_threads;
    float *scratch; /* (n_threads, ials_scratch_n) */
    float *partial; /* (IALS_PARTS, n_factors, n_factors) */
    float *gram;    /* (n_factors, n_factors) */
};

uint64_t ials_bytes(const struct ra_csr *weights, const struct ra_train_params *params)
{
    uint64_t f = params->ials.factors, threads = ra_threads(params->threads);
    uint64_t floats = ((uint64_t)weights->n_rows + weights->n_cols) * f;
    floats += (IALS_PARTS + 1) * f * f + threads * ials_scratch_n(params->ials.factors);
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
    fit->scratch = calloc(fit->n_threads, ials_scratch_n(model->n_factors) * sizeof(float));
    fit->partial = calloc(IALS_PARTS, f * f * sizeof *fit->partial);
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
    const struct ials_system system = {
        .n_factors = fit->model->n_factors,
        .n_others = rows->n_cols,
        .alpha0 = params->unobserved,
        .lambda = params->lambda,
        .nu = params->nu,
        .others = others,
        .gram = fit->gram,
    };
    size_t f = system.n_factors, scratch_n = ials_scratch_n(system.n_factors);
    atomic_bool failed = false;
    ials_gram(others, rows->n_cols, system.n_factors, params->unobserved, fit->n_threads,
              fit->partial, fit->gram);
#pragma omp parallel for num_threads((int)fit->n_threads) schedule(dynamic, 32)
    for (uint32_t ix = 0; ix < rows->n_rows; ix++) {
        const struct ials_row row = {rows->col + rows->start[ix], rows->value + rows->start[ix],
                                     ra_csr_row_n(rows, ix)};
        float *scratch = fit->scratch + (size_t)omp_get_thread_num() * scratch_n;
        if (params->cg_steps)
            ials_approach(&system, &row, params->cg_steps, scratch, side + ix * f);
        else if (!ials_solve(&system, &row, scratch, side + ix * f))
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
    const struct ials_system system = {
        .n_others = rows->n_cols,
        .alpha0 = fit->params->unobserved,
        .lambda = fit->params->lambda,
        .nu = fit->params->nu,
    };
    double sum = 0;
    size_t f = fit->model->n_factors;
    for (uint32_t ix = 0; ix < rows->n_rows; ix++)
        sum += ials_regularisation(&system, ra_csr_row_n(rows, ix)) * squares_of(side + ix * f, f);
    return sum;
}

/* L of train.h; the scores of all pairs come from G = sum_i h_i h_i'. */
static double loss_of(const struct fit *fit)
{
    const struct ra_ials *model = fit->model;
    const struct ra_csr *rows = fit->by_reader;
    size_t f = model->n_factors;
    double loss = penalty(fit, rows, model->reader) + penalty(fit, &fit->by_item, model->item);
    ials_gram(model->item, model->n_items, model->n_factors, fit->params->unobserved,
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

/* What scoring takes: the items' factors, and memory to fold a reader in. */
struct ra_fold_in {
    struct ials_system system;
    unsigned n_threads;
    float *item, *gram;
    float *scratch; /* (n_threads, n_factors + ials_scratch_n) */
};

void ials_fold_in_destroy(struct ra_fold_in *fold_in)
{
    if (!fold_in)
        return;
    free(fold_in->item);
    free(fold_in->gram);
    free(fold_in->scratch);
    free(fold_in);
}

/* Takes over the item's factors of `model`. */
static struct ra_fold_in *fold_in_create(struct ra_ials *model,
                                         const struct ra_train_params *params)
{
    struct ra_fold_in *fold_in = calloc(1, sizeof *fold_in);
    size_t f = model->n_factors;
    float *partial = calloc(IALS_PARTS, f * f * sizeof *partial);
    if (fold_in) {
        fold_in->n_threads = ra_threads(params->threads);
        fold_in->gram = calloc(f * f, sizeof *fold_in->gram);
        fold_in->scratch =
            calloc(fold_in->n_threads, (f + ials_scratch_n(model->n_factors)) * sizeof(float));
    }
    if (!partial || !fold_in || !fold_in->gram || !fold_in->scratch) {
        free(partial);
        ials_fold_in_destroy(fold_in);
        return NULL;
    }
    fold_in->item = model->item;
    model->item = NULL;
    fold_in->system = (struct ials_system){
        .n_factors = model->n_factors,
        .n_others = model->n_items,
        .alpha0 = params->ials.unobserved,
        .lambda = params->ials.lambda,
        .nu = params->ials.nu,
        .others = fold_in->item,
        .gram = fold_in->gram,
    };
    ials_gram(fold_in->item, model->n_items, model->n_factors, params->ials.unobserved,
              fold_in->n_threads, partial, fold_in->gram);
    free(partial);
    return fold_in;
}

void ials_score(const struct ra_fold_in *fold_in, const uint32_t *items, const float *weights,
                size_t n, float *scores)
{
    const struct ials_system *system = &fold_in->system;
    size_t f = system->n_factors, thread = (size_t)omp_get_thread_num();
    float *w = fold_in->scratch + thread * (f + ials_scratch_n(system->n_factors));
    const struct ials_row row = {items, weights, n};
    if (system->n_others == 0)
        return;
    if (!ials_solve(system, &row, w + f, w))
        memset(w, 0, f * sizeof *w);
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)system->n_others, (int)f, 1, fold_in->item,
                (int)f, w, 1, 0, scores, 1);
}

bool ials_train(struct ra_ranker *out, const struct ra_csr *weights,
                const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_ials model;
    if (!ra_train_ials(&model, weights, params, NULL, err))
        return false;
    out->fold_in = fold_in_create(&model, params);
    ra_ials_finish(&model);
    return out->fold_in || ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
}
