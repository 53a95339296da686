/* Readers folded into the space of the items' factors, and the scores there. */
#include "readalike/factors.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/dense.h"

#define GATHER 64u       /* rows of a rank update */
#define DESCENT_MOST 500 /* sweeps over the coordinates */
#define LARGEST 1e18f    /* of a reader's factors */

void ra_factors_finish(struct ra_factors *factors)
{
    free(factors->item);
    free(factors->bias);
    free(factors->gram);
    *factors = (struct ra_factors){0};
}

bool ra_factors_make_gram(struct ra_factors *factors, unsigned threads, struct ra_err *err)
{
    size_t f = factors->n_factors;
    float *partial = calloc(RA_GRAM_PARTS, f * f * sizeof *partial);
    factors->gram = calloc(f * f, sizeof *factors->gram);
    bool ok = partial && factors->gram;
    if (ok)
        ra_ridge_gram(factors->item, factors->n_items, factors->n_factors, factors->alpha0, threads,
                      partial, factors->gram);
    free(partial);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
}

size_t ra_factors_solved_n(const struct ra_factors *factors)
{
    return (size_t)factors->n_factors + factors->reader_bias;
}

/* The matrix, the right side, a column, and the rows that are added at once. */
size_t ra_factors_scratch_n(const struct ra_factors *factors)
{
    size_t m = ra_factors_solved_n(factors);
    return m * m + 2 * m + GATHER * m + 1;
}

/* A x = y of one reader, in scratch; `told` rows went into it. */
struct equations {
    const struct ra_factors *factors;
    size_t m;     /* unknowns */
    float *a;     /* (m, m) the triangle below the diagonal */
    float *y;     /* (m) */
    float *z;     /* (m) */
    float *block; /* (GATHER, m) */
    size_t told;
};

static struct equations equations_in(const struct ra_factors *factors, float *scratch)
{
    size_t m = ra_factors_solved_n(factors);
    return (struct equations){
        .factors = factors,
        .m = m,
        .a = scratch,
        .y = scratch + m * m,
        .z = scratch + m * m + m,
        .block = scratch + m * m + 2 * m,
    };
}

static void begin(struct equations *eq)
{
    size_t f = eq->factors->n_factors, m = eq->m;
    memset(eq->a, 0, m * m * sizeof *eq->a);
    memset(eq->y, 0, m * sizeof *eq->y);
    eq->told = 0;
    if (!eq->factors->gram)
        return;
    for (size_t k = 0; k < f; k++)
        memcpy(eq->a + k * m, eq->factors->gram + k * f, f * sizeof *eq->a);
}

/* The vector of an item, a 1 behind it for the reader's bias. */
static void copy_item(const struct equations *eq, uint32_t item, float *out)
{
    size_t f = eq->factors->n_factors;
    memcpy(out, eq->factors->item + (size_t)item * f, f * sizeof *out);
    if (eq->factors->reader_bias)
        out[f] = 1;
}

/* A += sum c h h', y += sum c t h: `n` of them, GATHER at most. */
static void add_rows(struct equations *eq, const uint32_t *items, const float *weight,
                     const float *target, size_t n)
{
    int m = (int)eq->m;
    float aim[GATHER];
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        float root = weight ? sqrtf(weight[i]) : 1, *row = eq->block + i * eq->m;
        copy_item(eq, items[i], row);
        for (size_t k = 0; k < eq->m; k++)
            row[k] *= root;
        aim[i] = root * (target ? target[i] : 1);
    }
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, m, (int)n, 1, eq->block, m, 1, eq->a, m);
    cblas_sgemv(CblasRowMajor, CblasTrans, (int)n, m, 1, eq->block, m, aim, 1, 1, eq->y, 1);
    eq->told += n;
}

static void mirror(float *a, size_t m)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < i; k++)
            a[k * m + i] = a[i * m + k];
    }
}

/* One sweep of coordinate descent, x >= 0; `slope` is y - A x. The longest step. */
static float descend(const struct equations *eq, float *x, float *slope)
{
    float longest = 0;
    for (size_t k = 0; k < eq->m; k++) {
        float diagonal = eq->a[k * eq->m + k];
        if (!(diagonal > 0))
            continue;
        float next = fmaxf(0, x[k] + slope[k] / diagonal), step = next - x[k];
        if (step == 0)
            continue;
        cblas_saxpy((int)eq->m, -step, eq->a + k * eq->m, 1, slope, 1);
        x[k] = next;
        longest = fmaxf(longest, fabsf(step));
    }
    return longest;
}

/*
 * The x >= 0 that is best. Then takes what ended at 0 out of A, so that the rest is what the
 * unbounded system of the others gives.
 */
static void solve_nonnegative(const struct equations *eq, float *x)
{
    size_t m = eq->m;
    mirror(eq->a, m);
    memset(x, 0, m * sizeof *x);
    memcpy(eq->z, eq->y, m * sizeof *x);
    for (int sweep = 0; sweep < DESCENT_MOST; sweep++) {
        if (!(descend(eq, x, eq->z) > 1e-7f))
            break;
    }
    for (size_t k = 0; k < m; k++) {
        if (x[k] > 0)
            continue;
        for (size_t i = 0; i < m; i++)
            eq->a[k * m + i] = eq->a[i * m + k] = i == k;
    }
}

/* So that no score can be infinite, whatever a file has for factors. */
static bool is_sound(const float *x, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (!(fabsf(x[k]) <= LARGEST))
            return false;
    }
    return true;
}

/* Leaves Cholesky's factors in A. */
static bool finish(const struct equations *eq, float *x)
{
    const struct ra_factors *factors = eq->factors;
    const struct ra_ridge ridge = {
        .n_others = factors->n_items,
        .alpha0 = factors->alpha0,
        .lambda = factors->lambda,
        .nu = factors->nu,
    };
    float shrink = (float)ra_ridge_regularisation(&ridge, eq->told);
    bool ok = eq->told > 0;
    for (size_t k = 0; ok && k < eq->m; k++)
        eq->a[k * eq->m + k] += shrink;
    if (ok && factors->nonnegative) {
        solve_nonnegative(eq, x);
        ok = ra_dense_factor(eq->a, (uint32_t)eq->m);
    } else if (ok) {
        memcpy(x, eq->y, eq->m * sizeof *x);
        ok = ra_dense_solve(eq->a, x, (uint32_t)eq->m);
    }
    ok = ok && is_sound(x, eq->m);
    if (!ok)
        memset(x, 0, eq->m * sizeof *x);
    return ok;
}

bool ra_factors_solve(const struct ra_factors *factors, const struct ra_ridge_row *row,
                      float *scratch, float *solved)
{
    struct equations eq = equations_in(factors, scratch);
    begin(&eq);
    for (size_t at = 0; at < row->n; at += GATHER) {
        size_t n = row->n - at < GATHER ? row->n - at : GATHER;
        add_rows(&eq, row->col + at, row->weight ? row->weight + at : NULL,
                 row->target ? row->target + at : NULL, n);
    }
    return finish(&eq, solved);
}

/* What is rated of the next GATHER, as residuals. Returns how many were looked at. */
static size_t add_ratings(struct equations *eq, const uint32_t *items, const float *ratings,
                          size_t n)
{
    const struct ra_factors *factors = eq->factors;
    uint32_t rated[GATHER];
    float residual[GATHER];
    size_t looked = n < GATHER ? n : GATHER, n_rated = 0;
    for (size_t i = 0; i < looked; i++) {
        if (isnan(ratings[i]))
            continue;
        rated[n_rated] = items[i];
        residual[n_rated++] =
            ratings[i] - (float)factors->mu - (factors->bias ? factors->bias[items[i]] : 0);
    }
    add_rows(eq, rated, NULL, residual, n_rated);
    return looked;
}

void ra_factors_fold_in(const struct ra_factors *factors, const uint32_t *items,
                        const float *values, size_t n, float *scratch, float *vector)
{
    struct equations eq = equations_in(factors, scratch);
    begin(&eq);
    for (size_t at = 0, step; at < n; at += step) {
        step = n - at < GATHER ? n - at : GATHER;
        if (factors->from_ratings)
            step = add_ratings(&eq, items + at, values + at, n - at);
        else
            add_rows(&eq, items + at, values + at, NULL, step);
    }
    /* Through the block: the vector may have no room for the reader's bias. */
    finish(&eq, eq.block);
    memcpy(vector, eq.block, factors->n_factors * sizeof *vector);
}

void ra_factors_parts(const struct ra_factors *factors, const struct ra_ridge_row *row,
                      const float *solved, float *scratch, uint32_t item, float *part)
{
    struct equations eq = equations_in(factors, scratch);
    copy_item(&eq, item, eq.z);
    for (size_t k = 0; factors->nonnegative && k < eq.m; k++)
        eq.z[k] = solved[k] > 0 ? eq.z[k] : 0;
    ra_dense_solve_factored(eq.a, eq.z, (uint32_t)eq.m);
    for (size_t i = 0; i < row->n; i++) {
        copy_item(&eq, row->col[i], eq.block);
        part[i] = (row->weight ? row->weight[i] : 1) * (row->target ? row->target[i] : 1) *
                  cblas_sdot((int)eq.m, eq.block, 1, eq.z, 1);
    }
}

void ra_factors_score(const struct ra_factors *factors, const float *vectors, size_t n,
                      float *scores)
{
    int f = (int)factors->n_factors, n_items = (int)factors->n_items;
    if (n == 0 || n_items == 0)
        return;
    float beta = factors->bias ? 1 : 0;
    for (size_t i = 0; factors->bias && i < n; i++)
        memcpy(scores + i * factors->n_items, factors->bias, factors->n_items * sizeof *scores);
    if (f)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, n_items, f, 1, vectors, f,
                    factors->item, f, beta, scores, n_items);
    else if (!factors->bias)
        memset(scores, 0, n * factors->n_items * sizeof *scores);
}
