/* Implicit ALS: factors of readers and items for who read what, and for who did not. */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "rankers.h"
#include "readalike/axes.h"
#include "readalike/dense.h"
#include "readalike/progress.h"
#include "readalike/random.h"
#include "readalike/ridge.h"
#include "readalike/spectral.h"
#include "readalike/threads.h"

#define INIT_DEVIATION 0.1 /* of a score, so 0.1 / sqrt(factors) of a factor */
#define CHUNK_ROWS 128u    /* rows that a thread takes at once, at most */
#define CHUNK_ENTRIES 16384u
/*
 * Rows of up to this many entries for each step of conjugate gradients are solved exactly: it costs
 * no more.
 */
#define SHORT_PER_STEP 8u
#define SHORT_MAX 64u

struct fit {
    const struct ra_ials_params *params;
    const struct ra_csr *by_reader;
    struct ra_csr by_item;
    struct ra_ials *model;
    unsigned n_threads;
    size_t scratch_n, room_n; /* of a thread */
    float *scratch;           /* (n_threads, scratch_n + room_n) */
    float *partial;           /* (RA_GRAM_PARTS, n_factors, n_factors) */
    float *gram;              /* (n_factors, n_factors), then the axes */
    float *squares;           /* (n_factors) along the axes */
    uint32_t *chunks;         /* bounds of the rows that are taken at once */
};

/* Entries up to which a row is solved exactly through its own products. */
static size_t short_n(const struct ra_ials_params *params)
{
    if (params->block)
        return params->block;
    if (!params->cg_steps)
        return params->factors - 1;
    size_t n = (size_t)params->cg_steps * SHORT_PER_STEP;
    return n < SHORT_MAX ? n : SHORT_MAX;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t scratch_n(const struct ra_ials_params *params, size_t longest)
{
    size_t n = ra_spectral_scratch_n(params->factors, short_n(params), params->block, longest);
    bool cholesky = !params->block && !params->cg_steps;
    return larger(n, cholesky ? ra_ridge_scratch_n(params->factors) : 0);
}

static size_t longest_row(const struct ra_csr *rows)
{
    size_t longest = 0;
    for (uint32_t ix = 0; ix < rows->n_rows; ix++)
        longest = larger(longest, ra_csr_row_n(rows, ix));
    return longest;
}

static size_t chunks_n(const struct ra_csr *rows)
{
    size_t n_rows = larger(rows->n_rows, rows->n_cols);
    return n_rows / CHUNK_ROWS + (size_t)(ra_csr_nnz(rows) / CHUNK_ENTRIES) + 3;
}

uint64_t ials_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    uint64_t f = params->ials.factors, threads = ra_threads(params->threads);
    size_t longest = larger(weights->n_cols, weights->n_rows);
    uint64_t floats = ((uint64_t)weights->n_rows + weights->n_cols) * f;
    floats += (RA_GRAM_PARTS + 1) * f * f + f;
    floats += threads * (scratch_n(&params->ials, longest) + 2 * CHUNK_ROWS * f);
    return floats * sizeof(float) + ra_csr_bytes(weights->n_cols, ra_csr_nnz(weights)) +
           chunks_n(weights) * sizeof(uint32_t) + 2 * RA_DENSE_ROWS_EXTRA;
}

/* Numbers around 0, near to normal: four of 16 bits added up (variance 4/12). */
static void fill_random(float *out, size_t n, uint64_t seed, double deviation, unsigned threads)
{
    float scale = (float)(deviation * sqrt(3) / 65536);
#pragma omp parallel for num_threads((int)threads) schedule(static)
    for (size_t i = 0; i < n; i++) {
        struct ra_random random = {(seed << 40) + i * 0x9e3779b97f4a7c15u};
        uint64_t bits = ra_random_next(&random);
        int32_t sum = (int32_t)((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) +
                                (bits >> 48)) -
                      2 * 65536 + 2;
        out[i] = scale * (float)sum;
    }
}

static bool allocate(struct fit *fit)
{
    struct ra_ials *model = fit->model;
    size_t f = model->n_factors;
    fit->scratch_n =
        scratch_n(fit->params, larger(longest_row(fit->by_reader), longest_row(&fit->by_item)));
    fit->room_n = 2 * CHUNK_ROWS * f;
    model->reader = ra_dense_rows((size_t)model->n_readers + 1, f);
    model->item = ra_dense_rows((size_t)model->n_items + 1, f);
    fit->scratch = calloc(fit->n_threads, (fit->scratch_n + fit->room_n) * sizeof(float));
    fit->partial = calloc(RA_GRAM_PARTS, f * f * sizeof *fit->partial);
    fit->gram = calloc(f * f, sizeof *fit->gram);
    fit->squares = calloc(f, sizeof *fit->squares);
    fit->chunks = calloc(chunks_n(fit->by_reader), sizeof *fit->chunks);
    return model->reader && model->item && fit->scratch && fit->partial && fit->gram &&
           fit->squares && fit->chunks;
}

/* The first half sweep solves the readers, which may as well start from nothing. */
static void start(const struct fit *fit)
{
    struct ra_ials *model = fit->model;
    size_t f = model->n_factors;
    fill_random(model->item, model->n_items * f, fit->params->seed,
                INIT_DEVIATION / sqrt((double)f), fit->n_threads);
}

/* Cuts rows into pieces of like work, the same for any number of threads. Returns their number. */
static size_t cut_chunks(uint32_t *chunks, const struct ra_csr *rows)
{
    size_t n = 0;
    uint32_t first = 0;
    for (uint32_t ix = 0; ix < rows->n_rows; ix++) {
        uint64_t entries = rows->start[ix + 1] - rows->start[first];
        if (ix > first && (ix - first == CHUNK_ROWS || entries > CHUNK_ENTRIES)) {
            chunks[n++] = first;
            first = ix;
        }
    }
    if (rows->n_rows)
        chunks[n++] = first;
    chunks[n] = rows->n_rows;
    return n;
}

/* One side turned to the axes. */
static void turn_all(const struct fit *fit, float *side, uint32_t n_rows)
{
    uint32_t f = fit->model->n_factors;
#pragma omp parallel for num_threads((int)fit->n_threads) schedule(dynamic, 1)
    for (uint32_t first = 0; first < n_rows; first += CHUNK_ROWS) {
        size_t n = n_rows - first < CHUNK_ROWS ? n_rows - first : CHUNK_ROWS;
        float *room = fit->scratch + (size_t)omp_get_thread_num() * (fit->scratch_n + fit->room_n);
        float *rows = side + (size_t)first * f;
        ra_axes_turn(fit->gram, f, rows, n, room);
        memcpy(rows, room, n * f * sizeof *rows);
    }
}

/* One half of a sweep: the rows of `side` against fixed others. */
struct half {
    const struct fit *fit;
    const struct ra_csr *rows;
    struct ra_spectral spectral;
    float *side;
};

static struct ra_ridge_row row_at(const struct ra_csr *rows, uint32_t ix)
{
    return (struct ra_ridge_row){
        .col = rows->col + rows->start[ix],
        .weight = rows->value + rows->start[ix],
        .n = ra_csr_row_n(rows, ix),
        .n_ahead = (size_t)(ra_csr_nnz(rows) - rows->start[ix + 1]),
    };
}

/* A row that is solved from nothing. */
static bool solve(const struct half *half, const struct ra_ridge_row *row, float *scratch, float *x)
{
    const struct ra_ials_params *params = half->fit->params;
    if (row->n <= short_n(params) && ra_spectral_solve_short(&half->spectral, row, scratch, x))
        return true;
    if (!params->cg_steps && !params->block)
        return ra_ridge_solve(&half->spectral.ridge, row, scratch, x);
    return false;
}

/* A row that is brought nearer to the solution from where it stands along the axes. */
static bool approach(const struct half *half, const struct ra_ridge_row *row, float *scratch,
                     float *x)
{
    const struct ra_ials_params *params = half->fit->params;
    if (params->block)
        return ra_spectral_blocks(&half->spectral, row, params->block, scratch, x);
    ra_spectral_approach(&half->spectral, row, params->cg_steps, scratch, x);
    return true;
}

/* Solves what can be, and turns the rest together to approach it. */
static bool take_chunk(const struct half *half, uint32_t first, uint32_t end, float *scratch)
{
    const struct fit *fit = half->fit;
    size_t f = fit->model->n_factors, n = 0, bytes = f * sizeof(float);
    float *old = scratch + fit->scratch_n, *turned = old + CHUNK_ROWS * f;
    uint32_t left[CHUNK_ROWS];
    bool ok = true;
    for (uint32_t ix = first; ix < end; ix++) {
        const struct ra_ridge_row row = row_at(half->rows, ix);
        bool warm = row.n > short_n(fit->params) && (fit->params->cg_steps || fit->params->block);
        if (warm) {
            memcpy(old + n * f, half->side + ix * f, bytes);
            left[n++] = ix;
        } else if (!solve(half, &row, scratch, half->side + ix * f)) {
            ok = false;
        }
    }
    ra_axes_turn(fit->gram, (uint32_t)f, old, n, turned);
    for (size_t i = 0; i < n; i++) {
        const struct ra_ridge_row row = row_at(half->rows, left[i]);
        ok = approach(half, &row, scratch, turned + i * f) && ok;
        memcpy(half->side + left[i] * f, turned + i * f, bytes);
    }
    return ok;
}

/* The axes of the fixed side, and that side turned to them. */
static bool find_axes(const struct fit *fit, float *others, uint32_t n_others, struct ra_err *err)
{
    size_t f = fit->model->n_factors;
    ra_ridge_gram(others, n_others, fit->model->n_factors, fit->params->unobserved, fit->n_threads,
                  fit->partial, fit->gram);
    if (!ra_axes_find(fit->gram, fit->model->n_factors, fit->squares, err))
        return false;
    turn_all(fit, others, n_others);
    memset(fit->partial, 0, f * f * sizeof *fit->partial);
    for (size_t k = 0; k < f; k++)
        fit->partial[k * f + k] = fit->squares[k];
    return true;
}

/* All rows of one side, the other being fixed. */
static bool half_sweep(const struct fit *fit, const struct ra_csr *rows, float *side, float *others,
                       struct ra_err *err)
{
    const struct ra_ials_params *params = fit->params;
    const struct half half = {
        .fit = fit,
        .rows = rows,
        .spectral =
            {
                .ridge =
                    {
                        .n_factors = fit->model->n_factors,
                        .n_others = rows->n_cols,
                        .alpha0 = params->unobserved,
                        .lambda = params->lambda,
                        .nu = params->nu,
                        .others = others,
                        .gram = fit->partial,
                    },
                .squares = fit->squares,
            },
        .side = side,
    };
    if (!find_axes(fit, others, rows->n_cols, err))
        return false;
    size_t n_chunks = cut_chunks(fit->chunks, rows);
    atomic_bool failed = false;
#pragma omp parallel for num_threads((int)fit->n_threads) schedule(dynamic, 1)
    for (size_t chunk = 0; chunk < n_chunks; chunk++) {
        float *scratch =
            fit->scratch + (size_t)omp_get_thread_num() * (fit->scratch_n + fit->room_n);
        if (!take_chunk(&half, fit->chunks[chunk], fit->chunks[chunk + 1], scratch))
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
    free(fit.squares);
    free(fit.chunks);
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
