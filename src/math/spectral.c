/* Least squares of one row along the principal axes of the fixed side. */
#include "readalike/spectral.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "gather.h"
#include "readalike/dense.h"

#define COLUMNS 256u /* entries of a row that are turned into columns at once */
#define SMALL 64u    /* unknowns up to which small_solve() beats LAPACK */

static size_t whole(size_t n, size_t of)
{
    return (n + of - 1) / of * of;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t ra_spectral_scratch_n(uint32_t n_factors, size_t n_short, uint32_t block, size_t n_long)
{
    size_t stride = whole(n_factors, RA_LANE), n = whole(n_short, RA_LANE);
    size_t b = whole(block, RA_LANE);
    size_t solved = 2 * stride + n * (stride + n + 1), approached = 5 * stride;
    size_t blocks = 2 * n_long + b * (b + 1 + COLUMNS) + COLUMNS;
    return larger(larger(solved, approached), block ? blocks : 0);
}

static struct gather gather_of(const struct ra_spectral *spectral, const struct ra_ridge_row *row)
{
    return (struct gather){
        .table = spectral->ridge.others,
        .width = spectral->ridge.n_factors,
        .stride = spectral->ridge.n_factors,
        .ix = row->col,
        .weight = row->weight,
        .target = row->target,
        .n = row->n,
        .n_ahead = row->n + row->n_ahead,
    };
}

/* A symmetric system by rows_gram(): `k` (n, stride) is used up, y replaces the right side. */
static bool solve_small(float *k, size_t stride, size_t n, float *y)
{
    if (n <= SMALL)
        return small_solve(k, stride, n, y);
    for (size_t j = 0; j < n; j++) /* LAPACK takes no stride here: closes the gaps */
        memmove(k + j * n, k + j * stride, n * sizeof *k);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j + 1; i < n; i++)
            k[i * n + j] = k[j * n + i];
    }
    return ra_dense_solve(k, y, (uint32_t)n);
}

bool ra_spectral_solve_short(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                             float *scratch, float *x)
{
    size_t f = spectral->ridge.n_factors, stride = whole(f, RA_LANE);
    size_t n = whole(row->n, 4), stride_k = whole(row->n, RA_LANE);
    float *root = scratch, *sum = root + stride, *rows = sum + stride;
    float *k = rows + n * stride, *y = k + n * stride_k;
    const struct gather gather = gather_of(spectral, row);
    float lambda = (float)ra_ridge_regularisation(&spectral->ridge, row->n);
    if (row->n == 0) {
        memset(x, 0, f * sizeof *x);
        return true;
    }
    for (size_t i = 0; i < f; i++)
        root[i] = 1 / sqrtf(spectral->squares[i] + lambda);
    gather_scaled(&gather, root, stride, rows);
    memset(rows + row->n * stride, 0, (n - row->n) * stride * sizeof *rows);
    memset(k, 0, (n + 1) * stride_k * sizeof *k); /* and y, which follows */
    rows_gram(rows, stride, n, k, stride_k);
    for (size_t i = 0; i < row->n; i++) {
        k[i * stride_k + i] += row->weight ? 1 / row->weight[i] : 1;
        y[i] = row->target ? row->target[i] : 1;
    }
    if (!solve_small(k, stride_k, row->n, y))
        return false;
    rows_sum(rows, stride, y, n, sum);
    for (size_t i = 0; i < f; i++)
        x[i] = root[i] * sum[i];
    return true;
}

/* The vectors of conjugate gradients. */
struct steps {
    size_t f;
    float *r, *p, *ap;
    float *d, *m; /* D, and one over the diagonal of the system */
};

/* p = m r + beta p */
static void turn_to(const struct steps *v, float beta)
{
    const float *restrict r = v->r, *restrict m = v->m;
    float *restrict p = v->p;
#pragma omp simd
    for (size_t k = 0; k < v->f; k++)
        p[k] = m[k] * r[k] + beta * p[k];
}

/* r · m r, the length that preconditioned steps go by */
static float energy(const struct steps *v)
{
    const float *restrict r = v->r, *restrict m = v->m;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < v->f; k++)
        sum += m[k] * r[k] * r[k];
    return sum;
}

static void begin(const struct steps *v, const struct ra_spectral *spectral,
                  const struct gather *gather, const float *x)
{
    float lambda = (float)ra_ridge_regularisation(&spectral->ridge, gather->n);
    for (size_t k = 0; k < v->f; k++) {
        v->d[k] = v->m[k] = spectral->squares[k] + lambda;
        v->r[k] = -v->d[k] * x[k];
        v->p[k] = 0;
    }
    gather_residual(gather, x, v->r, v->m);
    for (size_t k = 0; k < v->f; k++)
        v->m[k] = 1 / v->m[k];
}

void ra_spectral_approach(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                          unsigned steps, float *scratch, float *x)
{
    size_t f = spectral->ridge.n_factors;
    const struct steps v = {
        f, scratch, scratch + f, scratch + 2 * f, scratch + 3 * f, scratch + 4 * f};
    const struct gather gather = gather_of(spectral, row);
    if (row->n == 0) {
        memset(x, 0, f * sizeof *x);
        return;
    }
    begin(&v, spectral, &gather, x);
    float beta = 0, now = energy(&v);
    for (unsigned step = 0; step < steps && now > 1e-20f; step++) {
        turn_to(&v, beta);
        for (size_t k = 0; k < f; k++)
            v.ap[k] = v.d[k] * v.p[k];
        gather_apply(&gather, v.p, v.ap);
        float length = now / cblas_sdot((int)f, v.p, 1, v.ap, 1);
        for (size_t k = 0; k < f; k++) {
            x[k] += length * v.p[k];
            v.r[k] -= length * v.ap[k];
        }
        float before = now;
        now = energy(&v);
        beta = now / before;
    }
}

/* What a pass over the blocks of a row works in. */
struct pass {
    const struct ra_spectral *spectral;
    const struct ra_ridge_row *row;
    float lambda;
    float *miss;  /* (n) c (t - h · x), of the x so far */
    float *score; /* (n) h · x */
    float *k, *y, *columns, *root;
};

/* k += sum c h h' over the block's part of the h */
static void add_products(const struct pass *pass, struct gather gather, size_t b, size_t stride_k)
{
    const struct ra_ridge_row *row = pass->row;
    for (size_t first = 0; first < row->n; first += COLUMNS) {
        size_t n = row->n - first < COLUMNS ? row->n - first : COLUMNS, stride = whole(n, RA_LANE);
        for (size_t i = 0; i < n; i++)
            pass->root[i] = row->weight ? sqrtf(row->weight[first + i]) : 1;
        gather.ix = row->col + first;
        gather.n = n;
        gather_columns(&gather, pass->root, stride, pass->columns);
        memset(pass->columns + gather.width * stride, 0,
               (b - gather.width) * stride * sizeof *pass->columns);
        rows_gram(pass->columns, stride, b, pass->k, stride_k);
    }
}

/* A Newton step of x's part from `first` on: (D + sum c h h') step = sum c (t - h · x) h - D x */
static bool step_block(const struct pass *pass, size_t first, size_t width, float *x)
{
    const struct ra_ridge_row *row = pass->row;
    struct gather gather = gather_of(pass->spectral, row);
    size_t b = whole(width, 4), stride_k = whole(width, RA_LANE);
    gather.table += first;
    gather.width = width;
    for (size_t i = 0; i < row->n; i++)
        pass->miss[i] = (row->weight ? row->weight[i] : 1) *
                        ((row->target ? row->target[i] : 1) - pass->score[i]);
    memset(pass->k, 0, b * stride_k * sizeof *pass->k);
    memset(pass->y, 0, stride_k * sizeof *pass->y);
    add_products(pass, gather, b, stride_k);
    for (size_t i = 0; i < width; i++) {
        float d = pass->spectral->squares[first + i] + pass->lambda;
        pass->k[i * stride_k + i] += d;
        pass->y[i] = -d * x[first + i];
    }
    gather_sum(&gather, pass->miss, pass->y);
    if (!solve_small(pass->k, stride_k, width, pass->y))
        return false;
    for (size_t i = 0; i < width; i++)
        x[first + i] += pass->y[i];
    gather_dots(&gather, pass->y, pass->score);
    return true;
}

bool ra_spectral_blocks(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                        uint32_t block, float *scratch, float *x)
{
    size_t f = spectral->ridge.n_factors, b = whole(block, RA_LANE);
    struct pass pass = {
        .spectral = spectral,
        .row = row,
        .lambda = (float)ra_ridge_regularisation(&spectral->ridge, row->n),
        .miss = scratch,
        .score = scratch + row->n,
        .k = scratch + 2 * row->n,
    };
    pass.y = pass.k + b * b;
    pass.columns = pass.y + b;
    pass.root = pass.columns + b * COLUMNS;
    if (row->n == 0) {
        memset(x, 0, f * sizeof *x);
        return true;
    }
    const struct gather gather = gather_of(spectral, row);
    memset(pass.score, 0, row->n * sizeof *pass.score);
    gather_dots(&gather, x, pass.score);
    for (size_t first = 0; first < f; first += block) {
        if (!step_block(&pass, first, f - first < block ? f - first : block, x))
            return false;
    }
    return true;
}
