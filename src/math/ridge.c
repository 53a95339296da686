/* Least squares of one row against fixed factors, solved or approached. */
#include "readalike/ridge.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "readalike/dense.h"

#define GATHER 64u /* rows of a rank update */

size_t ra_ridge_scratch_n(uint32_t n_factors)
{
    size_t f = n_factors;
    return f * f + GATHER * f; /* conjugate gradients take 3 f, of the first */
}

double ra_ridge_regularisation(const struct ra_ridge *ridge, size_t n)
{
    return ridge->lambda * pow((double)n + ridge->alpha0 * (double)ridge->n_others, ridge->nu);
}

static float weight_of(const struct ra_ridge_row *row, size_t i)
{
    return row->weight ? row->weight[i] : 1;
}

static const float *other(const struct ra_ridge *ridge, uint32_t ix)
{
    return ridge->others + (size_t)ix * ridge->n_factors;
}

/* a += sum_S c h h', from blocks of sqrt(c) h */
static void add_rank_update(const struct ra_ridge *ridge, const struct ra_ridge_row *row, float *a,
                            float *block)
{
    int f = (int)ridge->n_factors;
    for (size_t first = 0; first < row->n; first += GATHER) {
        size_t n = row->n - first < GATHER ? row->n - first : GATHER;
        for (size_t i = 0; i < n; i++) {
            const float *h = other(ridge, row->col[first + i]);
            float root = sqrtf(weight_of(row, first + i));
            for (int k = 0; k < f; k++)
                block[i * (size_t)f + (size_t)k] = root * h[k];
        }
        cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, f, (int)n, 1, block, f, 1, a, f);
    }
}

/* x = sum_S c t h */
static void right_side(const struct ra_ridge *ridge, const struct ra_ridge_row *row, float *x)
{
    memset(x, 0, ridge->n_factors * sizeof *x);
    for (size_t i = 0; i < row->n; i++)
        cblas_saxpy((int)ridge->n_factors, weight_of(row, i) * (row->target ? row->target[i] : 1),
                    other(ridge, row->col[i]), 1, x, 1);
}

bool ra_ridge_solve(const struct ra_ridge *ridge, const struct ra_ridge_row *row, float *scratch,
                    float *x)
{
    size_t f = ridge->n_factors;
    right_side(ridge, row, x);
    if (row->n == 0)
        return true;
    float *a = scratch;
    memcpy(a, ridge->gram, f * f * sizeof *a);
    add_rank_update(ridge, row, a, scratch + f * f);
    for (size_t k = 0; k < f; k++)
        a[k * f + k] += (float)ra_ridge_regularisation(ridge, row->n);
    return ra_dense_solve(a, x, ridge->n_factors);
}

/* out = A v, without making A */
static void apply(const struct ra_ridge *ridge, const struct ra_ridge_row *row, const float *v,
                  float *out)
{
    int f = (int)ridge->n_factors;
    memcpy(out, v, (size_t)f * sizeof *out);
    cblas_ssymv(CblasRowMajor, CblasLower, f, 1, ridge->gram, f, v, 1,
                (float)ra_ridge_regularisation(ridge, row->n), out, 1);
    for (size_t i = 0; i < row->n; i++) {
        const float *h = other(ridge, row->col[i]);
        cblas_saxpy(f, weight_of(row, i) * cblas_sdot(f, h, 1, v, 1), h, 1, out, 1);
    }
}

void ra_ridge_approach(const struct ra_ridge *ridge, const struct ra_ridge_row *row, unsigned steps,
                       float *scratch, float *x)
{
    int f = (int)ridge->n_factors;
    float *r = scratch, *p = r + f, *ap = p + f;
    if (row->n == 0) {
        memset(x, 0, (size_t)f * sizeof *x);
        return;
    }
    apply(ridge, row, x, ap);
    right_side(ridge, row, r);
    cblas_saxpy(f, -1, ap, 1, r, 1);
    memcpy(p, r, (size_t)f * sizeof *p);
    float squares = cblas_sdot(f, r, 1, r, 1);
    for (unsigned step = 0; step < steps && squares > 1e-20f; step++) {
        apply(ridge, row, p, ap);
        float length = squares / cblas_sdot(f, p, 1, ap, 1);
        cblas_saxpy(f, length, p, 1, x, 1);
        cblas_saxpy(f, -length, ap, 1, r, 1);
        float before = squares;
        squares = cblas_sdot(f, r, 1, r, 1);
        cblas_sscal(f, squares / before, p, 1);
        cblas_saxpy(f, 1, r, 1, p, 1);
    }
}

void ra_ridge_gram(const float *others, uint32_t n_others, uint32_t n_factors, double alpha0,
                   unsigned threads, float *partial, float *gram)
{
    size_t f = n_factors, cells = f * f, share = n_others / RA_GRAM_PARTS + 1;
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 1)
    for (size_t part = 0; part < RA_GRAM_PARTS; part++) {
        size_t first = part * share, end = first + share < n_others ? first + share : n_others;
        float *out = partial + part * cells;
        memset(out, 0, cells * sizeof *out);
        if (first < end)
            cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, (int)f, (int)(end - first),
                        (float)alpha0, others + first * f, (int)f, 0, out, (int)f);
    }
    memset(gram, 0, cells * sizeof *gram);
    for (size_t part = 0; part < RA_GRAM_PARTS; part++)
        cblas_saxpy((int)cells, 1, partial + part * cells, 1, gram, 1);
}
