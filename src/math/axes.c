/* Principal axes by LAPACK's divide and conquer, and turning to them. */
#include "readalike/axes.h"

#include <cblas.h>
#include <f77blas.h>
#include <limits.h>
#include <stdlib.h>

#include "readalike/dense.h"

/* Not in every cblas package's headers. */
void ssyevd_(char *job, char *triangle, blasint *n, float *a, blasint *lda, float *w, float *work,
             blasint *work_n, blasint *whole, blasint *whole_n, blasint *info);

bool ra_axes_find(float *gram, uint32_t f, float *squares, struct ra_err *err)
{
    if (f == 0)
        return true;
    if (f > 1u << 14)
        return ra_fail(err, RA_ERR_INVALID, "%u factors are more than LAPACK's axes take", f);
    /* LAPACK counts by columns: what it calls upper is below the diagonal here. */
    char vectors = 'V', upper = 'U';
    blasint n = (blasint)f, info = 0;
    blasint work_n = 1 + 6 * n + 2 * n * n, whole_n = 3 + 5 * n;
    float *work = calloc((size_t)work_n, sizeof *work);
    blasint *whole = calloc((size_t)whole_n, sizeof *whole);
    bool ok = (work && whole) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the axes");
    if (ok) {
        ra_dense_single_thread();
        ssyevd_(&vectors, &upper, &n, gram, &n, squares, work, &work_n, whole, &whole_n, &info);
        ok = info == 0 || ra_fail(err, RA_ERR_INVALID, "the axes of the factors were not found");
    }
    /* What is below zero is rounding. */
    for (uint32_t k = 0; ok && k < f; k++)
        squares[k] = squares[k] > 0 ? squares[k] : 0;
    free(work);
    free(whole);
    return ok;
}

void ra_axes_turn(const float *axes, uint32_t f, const float *rows, size_t n, float *out)
{
    int width = (int)f;
    if (n && f)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, width, width, 1, rows, width,
                    axes, width, 0, out, width);
}
