/* The linear system of one row of implicit ALS, solved or approached. */
#include "ials_row.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "readalike/dense.h"

#define GATHER 64u /* rows of a rank update */

size_t ials_scratch_n(uint32_t n_factors)
{
    size_t f = n_factors;
    return f * f + GATHER * f; /* conjugate gradients take 3 f, of the first */
}

double ials_regularisation(const struct ials_system *system, size_t n)
{
    return system->lambda * pow((double)n + system->alpha0 * (double)system->n_others, system->nu);
}

static const float *other(const struct ials_system *system, uint32_t ix)
{
    return system->others + (size_t)ix * system->n_factors;
}

/* a += sum_S c h h', from blocks of sqrt(c) h */
static void add_rank_update(const struct ials_system *system, const struct ials_row *row, float *a,
                            float *block)
{
    int f = (int)system->n_factors;
    for (size_t first = 0; first < row->n; first += GATHER) {
        size_t n = row->n - first < GATHER ? row->n - first : GATHER;
        for (size_t i = 0; i < n; i++) {
            const float *h = other(system, row->col[first + i]);
            float root = sqrtf(row->value[first + i]);
            for (int k = 0; k < f; k++)
                block[i * (size_t)f + (size_t)k] = root * h[k];
        }
        cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, f, (int)n, 1, block, f, 1, a, f);
    }
}

/* x = sum_S c h */
static void right_side(const struct ials_system *system, const struct ials_row *row, float *x)
{
    memset(x, 0, system->n_factors * sizeof *x);
    for (size_t i = 0; i < row->n; i++)
        cblas_saxpy((int)system->n_factors, row->value[i], other(system, row->col[i]), 1, x, 1);
}

bool ials_solve(const struct ials_system *system, const struct ials_row *row, float *scratch,
                float *x)
{
    size_t f = system->n_factors;
    right_side(system, row, x);
    if (row->n == 0)
        return true;
    float *a = scratch;
    memcpy(a, system->gram, f * f * sizeof *a);
    add_rank_update(system, row, a, scratch + f * f);
    for (size_t k = 0; k < f; k++)
        a[k * f + k] += (float)ials_regularisation(system, row->n);
    return ra_dense_solve(a, x, system->n_factors);
}

/* out = A v, without making A */
static void apply(const struct ials_system *system, const struct ials_row *row, const float *v,
                  float *out)
{
    int f = (int)system->n_factors;
    memcpy(out, v, (size_t)f * sizeof *out);
    cblas_ssymv(CblasRowMajor, CblasLower, f, 1, system->gram, f, v, 1,
                (float)ials_regularisation(system, row->n), out, 1);
    for (size_t i = 0; i < row->n; i++) {
        const float *h = other(system, row->col[i]);
        cblas_saxpy(f, row->value[i] * cblas_sdot(f, h, 1, v, 1), h, 1, out, 1);
    }
}

void ials_approach(const struct ials_system *system, const struct ials_row *row, unsigned steps,
                   float *scratch, float *x)
{
    int f = (int)system->n_factors;
    float *r = scratch, *p = r + f, *ap = p + f;
    if (row->n == 0) {
        memset(x, 0, (size_t)f * sizeof *x);
        return;
    }
    apply(system, row, x, ap);
    right_side(system, row, r);
    cblas_saxpy(f, -1, ap, 1, r, 1);
    memcpy(p, r, (size_t)f * sizeof *p);
    float squares = cblas_sdot(f, r, 1, r, 1);
    for (unsigned step = 0; step < steps && squares > 1e-20f; step++) {
        apply(system, row, p, ap);
        float length = squares / cblas_sdot(f, p, 1, ap, 1);
        cblas_saxpy(f, length, p, 1, x, 1);
        cblas_saxpy(f, -length, ap, 1, r, 1);
        float before = squares;
        squares = cblas_sdot(f, r, 1, r, 1);
        cblas_sscal(f, squares / before, p, 1);
        cblas_saxpy(f, 1, r, 1, p, 1);
    }
}

void ials_gram(const float *others, uint32_t n_others, uint32_t n_factors, double alpha0,
               unsigned threads, float *partial, float *gram)
{
    size_t f = n_factors, cells = f * f, share = n_others / IALS_PARTS + 1;
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 1)
    for (size_t part = 0; part < IALS_PARTS; part++) {
        size_t first = part * share, end = first + share < n_others ? first + share : n_others;
        float *out = partial + part * cells;
        memset(out, 0, cells * sizeof *out);
        if (first < end)
            cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, (int)f, (int)(end - first),
                        (float)alpha0, others + first * f, (int)f, 0, out, (int)f);
    }
    memset(gram, 0, cells * sizeof *gram);
    for (size_t part = 0; part < IALS_PARTS; part++)
        cblas_saxpy((int)cells, 1, partial + part * cells, 1, gram, 1);
}
