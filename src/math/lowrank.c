/* The leading singular vectors of a sparse matrix, by randomised subspace iteration. */
#include "readalike/lowrank.h"

#include <cblas.h>
#include <f77blas.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/dense.h"
#include "readalike/random.h"

/* Not in every cblas package's headers. */
void sgelqf_(blasint *m, blasint *n, float *a, blasint *lda, float *tau, float *work,
             blasint *work_n, blasint *info);
void sorglq_(blasint *m, blasint *n, blasint *k, float *a, blasint *lda, float *tau, float *work,
             blasint *work_n, blasint *info);
void ssyevd_(char *job, char *triangle, blasint *n, float *a, blasint *lda, float *w, float *work,
             blasint *work_n, blasint *whole, blasint *whole_n, blasint *info);

#define STRIP 16u /* columns that go through the sparse matrices at once */

struct iteration {
    const struct ra_csr *a;
    struct ra_csr transpose;
    uint32_t l; /* columns */
    unsigned threads;
    float *q, *z;   /* (n_cols, l) */
    float *product; /* (n_rows, STRIP) */
    float *ritz;    /* (l, l) */
    float *value;   /* (l) */
    float *tau;     /* (l) */
    float *work;    /* (work_n) of LAPACK */
    blasint *whole; /* (whole_n) */
    blasint work_n, whole_n;
};

static uint32_t n_columns(const struct ra_csr *a, uint32_t k)
{
    uint32_t most = a->n_rows < a->n_cols ? a->n_rows : a->n_cols;
    uint64_t wanted = (uint64_t)k + k / 4 + 8;
    return wanted < most ? (uint32_t)wanted : most;
}

static uint64_t work_size(uint64_t l)
{
    return 1 + 64 * l + 2 * l * l;
}

uint64_t ra_lowrank_bytes(const struct ra_csr *a, const struct ra_lowrank_params *params)
{
    uint64_t l = n_columns(a, params->k);
    uint64_t floats = 2 * l * a->n_cols + (uint64_t)STRIP * a->n_rows + l * l + 2 * l;
    return ra_csr_bytes(a->n_cols, ra_csr_nnz(a)) + (floats + work_size(l)) * sizeof(float) +
           (3 + 5 * l) * sizeof(blasint);
}

static bool begin(struct iteration *it, struct ra_err *err)
{
    size_t l = it->l, n = it->a->n_cols;
    if (!ra_csr_transpose(&it->transpose, it->a, err))
        return false;
    it->work_n = (blasint)work_size(l);
    it->whole_n = (blasint)(3 + 5 * l);
    it->q = calloc(n + 1, (l + 1) * sizeof *it->q);
    it->z = calloc(n + 1, (l + 1) * sizeof *it->z);
    it->product = calloc((size_t)it->a->n_rows + 1, STRIP * sizeof *it->product);
    it->ritz = calloc(l + 1, l * sizeof *it->ritz);
    it->value = calloc(l + 1, sizeof *it->value);
    it->tau = calloc(l + 1, sizeof *it->tau);
    it->work = calloc((size_t)it->work_n, sizeof *it->work);
    it->whole = calloc((size_t)it->whole_n, sizeof *it->whole);
    bool ok =
        it->q && it->z && it->product && it->ritz && it->value && it->tau && it->work && it->whole;
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the singular vectors");
}

static void finish(struct iteration *it)
{
    ra_csr_finish(&it->transpose);
    free(it->q);
    free(it->z);
    free(it->product);
    free(it->ritz);
    free(it->value);
    free(it->tau);
    free(it->work);
    free(it->whole);
}

/* `n` is a constant where it is STRIP, and this inlined. */
static inline void add_strip(float *sum, float weight, const float *other, uint32_t n)
{
#pragma omp simd
    for (uint32_t c = 0; c < n; c++)
        sum[c] += weight * other[c];
}

/* out (n_rows, .) = A in (n_cols, .), `n` columns of rows that are `in_stride`, `out_stride` long
 */
static void multiply(const struct iteration *it, const struct ra_csr *a, const float *in,
                     size_t in_stride, float *out, size_t out_stride, uint32_t n)
{
#pragma omp parallel for num_threads((int)it->threads) schedule(dynamic, 64)
    for (uint32_t row = 0; row < a->n_rows; row++) {
        float sum[STRIP] = {0};
        for (uint64_t i = a->start[row]; i < a->start[row + 1]; i++) {
            const float *other = in + a->col[i] * in_stride;
            if (n == STRIP)
                add_strip(sum, a->value[i], other, STRIP);
            else
                add_strip(sum, a->value[i], other, n);
        }
        memcpy(out + row * out_stride, sum, n * sizeof *sum);
    }
}

/* z = A' A q */
static void apply(const struct iteration *it)
{
    for (uint32_t first = 0; first < it->l; first += STRIP) {
        uint32_t n = it->l - first < STRIP ? it->l - first : STRIP;
        multiply(it, it->a, it->q + first, it->l, it->product, STRIP, n);
        multiply(it, &it->transpose, it->product, STRIP, it->z + first, it->l, n);
    }
}

/* The columns of `z` become orthonormal, and `q`. LAPACK counts by columns: to it they are rows. */
static bool orthonormalise(struct iteration *it)
{
    blasint l = (blasint)it->l, n = (blasint)it->a->n_cols, info = 0;
    sgelqf_(&l, &n, it->z, &l, it->tau, it->work, &it->work_n, &info);
    if (info == 0)
        sorglq_(&l, &n, &l, it->z, &l, it->tau, it->work, &it->work_n, &info);
    float *q = it->q;
    it->q = it->z;
    it->z = q;
    return info == 0;
}

static void draw(struct iteration *it, uint64_t seed)
{
#pragma omp parallel for num_threads((int)it->threads)
    for (uint32_t row = 0; row < it->a->n_cols; row++) {
        struct ra_random random = ra_random_stream(seed, row);
        for (uint32_t c = 0; c < it->l; c++)
            it->z[(size_t)row * it->l + c] = (float)ra_random_normal(&random);
    }
}

static bool is_finite(const struct iteration *it)
{
    float largest = 0;
    for (uint32_t i = 0; i < it->l; i++)
        largest = isfinite(it->value[i]) ? largest : it->value[i];
    return isfinite(largest);
}

/* The best that the span of q has to give: `k` columns, the largest value first. */
static bool rayleigh_ritz(struct iteration *it, uint32_t k, float *vectors, float *values)
{
    int l = (int)it->l, n = (int)it->a->n_cols;
    char job = 'V', upper = 'U';
    blasint order = (blasint)it->l, info = 0;
    apply(it);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, l, l, n, 1, it->q, l, it->z, l, 0,
                it->ritz, l);
    ssyevd_(&job, &upper, &order, it->ritz, &order, it->value, it->work, &it->work_n, it->whole,
            &it->whole_n, &info);
    if (info != 0 || !is_finite(it))
        return false;
    /* A row each, by rising value: the last k, turned round. */
    for (uint32_t i = 0; i < k; i++) {
        float square = it->value[it->l - 1 - i];
        values[i] = square > 0 ? sqrtf(square) : 0;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, l, l, 1, it->q, l, it->ritz, l, 0,
                it->z, l);
    for (size_t row = 0; row < it->a->n_cols; row++) {
        for (uint32_t i = 0; i < k; i++)
            vectors[row * k + i] = it->z[row * it->l + it->l - 1 - i];
    }
    return true;
}

static bool iterate(struct iteration *it, const struct ra_lowrank_params *params, float *vectors,
                    float *values)
{
    draw(it, params->seed);
    bool ok = orthonormalise(it);
    for (unsigned sweep = 0; ok && sweep < params->sweeps; sweep++) {
        apply(it);
        ok = orthonormalise(it);
    }
    return ok && rayleigh_ritz(it, params->k, vectors, values);
}

bool ra_lowrank(const struct ra_csr *a, const struct ra_lowrank_params *params, float *vectors,
                float *values, struct ra_err *err)
{
    struct iteration it = {
        .a = a,
        .l = n_columns(a, params->k),
        .threads = params->threads,
    };
    if (params->k > it.l || it.l > 1u << 14)
        return ra_fail(err, RA_ERR_INVALID, "%u singular vectors of a matrix of %u x %u", params->k,
                       a->n_rows, a->n_cols);
    if (params->k == 0)
        return true;
    bool ok = begin(&it, err);
    if (ok) {
        openblas_set_num_threads((int)params->threads);
        ok = iterate(&it, params, vectors, values) ||
             ra_fail(err, RA_ERR_INVALID, "the singular vectors were not found");
        ra_dense_single_thread();
    }
    finish(&it);
    return ok;
}
