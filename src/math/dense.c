/* Inverse and solution by Cholesky's factors, from LAPACK. */
#include "readalike/dense.h"

#include <cblas.h>
#include <f77blas.h>
#include <limits.h>
#include <omp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TILE 64u
#define LINE 64u
#define LARGE_PAGE ((size_t)2 << 20)

void ra_dense_single_thread(void)
{
    openblas_set_num_threads(1);
}

float *ra_dense_rows(size_t n_rows, size_t width)
{
    size_t bytes, grain;
    if (__builtin_mul_overflow(n_rows, width * sizeof(float), &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    grain = bytes >= 4 * LARGE_PAGE ? LARGE_PAGE : LINE;
    bytes = (bytes / grain + 1) * grain;
    float *rows = aligned_alloc(grain, bytes);
    if (!rows)
        return NULL;
    if (grain == LARGE_PAGE)
        (void)madvise(rows, bytes, MADV_HUGEPAGE); /* it works without */
    memset(rows, 0, bytes);
    return rows;
}

static void mirror_tile(float *a, size_t n, size_t row0, size_t col0)
{
    for (size_t row = row0; row < row0 + TILE && row < n; row++) {
        for (size_t col = col0; col < col0 + TILE && col < row; col++)
            a[col * n + row] = a[row * n + col];
    }
}

/* Copies the triangle below the diagonal to above it, by tiles: the copies stride. */
static void mirror(float *a, size_t n, unsigned threads)
{
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 1)
    for (size_t row0 = 0; row0 < n; row0 += TILE) {
        for (size_t col0 = 0; col0 <= row0; col0 += TILE)
            mirror_tile(a, n, row0, col0);
    }
}

bool ra_dense_invert(float *a, uint32_t n, unsigned threads, struct ra_err *err)
{
    if (n == 0)
        return true;
    if (n > INT_MAX)
        return ra_fail(err, RA_ERR_INVALID, "a matrix of %u rows is more than LAPACK takes", n);
    blasint order = (blasint)n, info = 0;
    /* LAPACK counts by columns: what it calls upper is below the diagonal here. */
    char upper = 'U';
    openblas_set_num_threads((int)threads);
    spotrf_(&upper, &order, a, &order, &info);
    if (info == 0)
        spotri_(&upper, &order, a, &order, &info);
    openblas_set_num_threads(1);
    if (info != 0)
        return ra_fail(err, RA_ERR_INVALID, "the matrix is not positive definite (row %d)",
                       (int)info);
    mirror(a, n, threads);
    return true;
}

bool ra_dense_factor(float *a, uint32_t n)
{
    if (n == 0)
        return true;
    if (n > INT_MAX)
        return false;
    blasint order = (blasint)n, info = 0;
    char upper = 'U';
    spotrf_(&upper, &order, a, &order, &info);
    return info == 0;
}

void ra_dense_solve_factored(const float *factored, float *b, uint32_t n)
{
    if (n == 0)
        return;
    int order = (int)n;
    /* a = L L' by rows, so L' is what LAPACK wrote as upper. */
    cblas_strsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, order, factored, order, b,
                1);
    cblas_strsv(CblasRowMajor, CblasLower, CblasTrans, CblasNonUnit, order, factored, order, b, 1);
}

bool ra_dense_solve(float *a, float *b, uint32_t n)
{
    if (!ra_dense_factor(a, n))
        return false;
    ra_dense_solve_factored(a, b, n);
    return true;
}

bool ra_dense_solve_double(double *a, double *b, uint32_t n)
{
    if (n == 0)
        return true;
    if (n > INT_MAX)
        return false;
    blasint order = (blasint)n, one = 1, info = 0;
    char upper = 'U';
    dpotrf_(&upper, &order, a, &order, &info);
    if (info == 0)
        dpotrs_(&upper, &order, &one, a, &order, b, &order, &info);
    return info == 0;
}
