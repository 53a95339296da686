/* What this machine can do at most: the marks that kernels are measured against. */
#include <cblas.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/clock.h"
#include "readalike/dense.h"
#include "readalike/str.h"

#define SGEMM_N 3072
#define TRIAD_N (UINT32_C(1) << 25) /* three arrays of 128 MB: no cache holds them */
#define FMA_CHAINS 12               /* latency 4, two units: 8 keep them busy, 12 surely */
#define FMA_LANES 8
#define FMA_STEPS 100000000
#define GATHER_ROWS (UINT32_C(1) << 21) /* of 256 bytes: 512 MB */
#define GATHER_FLOATS 64

struct roof {
    unsigned threads, runs;
};

typedef double (*roof_fn)(const struct roof *roof);

/* GFLOP/s of OpenBLAS on square matrices. */
static double sgemm(const struct roof *roof)
{
    size_t n = SGEMM_N;
    float *a = calloc(n, n * sizeof *a), *b = calloc(n, n * sizeof *b),
          *c = calloc(n, n * sizeof *c);
    double best = 0;
    openblas_set_num_threads((int)roof->threads);
    for (size_t i = 0; a && b && i < n * n; i++)
        a[i] = b[i] = (float)(i % 17) * 0.01f;
    for (unsigned run = 0; a && b && c && run < roof->runs; run++) {
        double start = ra_clock_seconds();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n, (int)n, (int)n, 1, a, (int)n,
                    b, (int)n, 0, c, (int)n);
        double rate = 2.0 * (double)n * (double)n * (double)n / (ra_clock_seconds() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    free(a);
    free(b);
    free(c);
    return best;
}

typedef float lanes __attribute__((vector_size(FMA_LANES * sizeof(float))));

/* Chains of multiply-adds in registers; the sum is returned so that none is left out. */
__attribute__((target("avx2,fma"))) static float multiply_add(unsigned seed)
{
    lanes chain[FMA_CHAINS], by = {0}, plus = {0};
    for (int lane = 0; lane < FMA_LANES; lane++) {
        by[lane] = 0.999f + 1e-7f * (float)seed;
        plus[lane] = 1e-3f;
    }
    /* All different, or the compiler would compute one for all. */
    for (int i = 0; i < FMA_CHAINS; i++)
        chain[i] = by * (float)(i + 1);
    for (unsigned step = 0; step < FMA_STEPS / FMA_CHAINS; step++) {
#pragma GCC unroll 12
        for (int i = 0; i < FMA_CHAINS; i++)
            chain[i] = chain[i] * by + plus;
    }
    float sum = 0;
    for (int i = 0; i < FMA_CHAINS; i++) {
        for (int lane = 0; lane < FMA_LANES; lane++)
            sum += chain[i][lane];
    }
    return sum;
}

/* GFLOP/s of multiply-adds, no memory touched. */
static double fma_loop(const struct roof *roof)
{
    double best = 0;
    float kept = 0;
    for (unsigned run = 0; run < roof->runs; run++) {
        double start = ra_clock_seconds();
#pragma omp parallel num_threads((int)roof->threads) reduction(+ : kept)
        kept += multiply_add((unsigned)omp_get_thread_num() + run);
        double steps = (double)(FMA_STEPS / FMA_CHAINS) * FMA_CHAINS * roof->threads;
        double rate = 2.0 * FMA_LANES * steps / (ra_clock_seconds() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    return kept > 0 ? best : 0;
}

/* GB/s of a = b + x c (McCalpin's STREAM), each byte counted once as it counts them. */
static double triad(const struct roof *roof)
{
    size_t n = TRIAD_N;
    float *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), *c = malloc(n * sizeof *c);
    double best = 0;
    if (!a || !b || !c)
        goto out;
#pragma omp parallel for num_threads((int)roof->threads)
    for (size_t i = 0; i < n; i++)
        a[i] = b[i] = c[i] = 1;
    for (unsigned run = 0; run < roof->runs; run++) {
        float by = (float)run + 1;
        double start = ra_clock_seconds();
#pragma omp parallel for simd num_threads((int)roof->threads)
        for (size_t i = 0; i < n; i++)
            a[i] = b[i] + by * c[i];
        double rate = 3.0 * (double)n * sizeof *a / (ra_clock_seconds() - start) / 1e9;
        best = rate > best ? rate : best;
    }
out:
    free(a);
    free(b);
    free(c);
    return best;
}

/* Sum of rows taken in no order, as factors of the books of one reader are. */
static float gather_sum(const float *rows, uint32_t from, uint32_t to)
{
    float sums[GATHER_FLOATS] = {0}, sum = 0;
    for (uint32_t i = from; i < to; i++) {
        const float *row = rows + (size_t)(i * UINT32_C(2654435761) % GATHER_ROWS) * GATHER_FLOATS;
        for (int f = 0; f < GATHER_FLOATS; f++)
            sums[f] += row[f];
    }
    for (int f = 0; f < GATHER_FLOATS; f++)
        sum += sums[f];
    return sum;
}

/* GB/s of rows of 64 floats from a table that no cache holds. */
static double gather(const struct roof *roof)
{
    float *rows = malloc((size_t)GATHER_ROWS * GATHER_FLOATS * sizeof *rows), kept = 0;
    double best = 0;
    for (size_t i = 0; rows && i < (size_t)GATHER_ROWS * GATHER_FLOATS; i++)
        rows[i] = 1;
    for (unsigned run = 0; rows && run < roof->runs; run++) {
        double start = ra_clock_seconds();
#pragma omp parallel for num_threads((int)roof->threads) reduction(+ : kept)
        for (uint32_t part = 0; part < 64; part++)
            kept += gather_sum(rows, part * (GATHER_ROWS / 64), (part + 1) * (GATHER_ROWS / 64));
        double bytes = (double)GATHER_ROWS * GATHER_FLOATS * sizeof *rows;
        double rate = bytes / (ra_clock_seconds() - start) / 1e9;
        best = rate > best ? rate : best;
    }
    free(rows);
    return kept > 0 ? best : 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        roof_fn measure;
    } roofs[] = {
        {"fma_gflops", fma_loop},
        {"sgemm_gflops", sgemm},
        {"triad_gbs", triad},
        {"gather_gbs", gather},
    };
    struct roof roof = {.threads = 2, .runs = 5};
    double threads;
    if (argc > 2 || (argc == 2 && (!ra_parse_double(argv[1], &threads) || threads < 1))) {
        fprintf(stderr, "usage: roofline [THREADS]\n");
        return 2;
    }
    if (argc == 2)
        roof.threads = (unsigned)threads;
    printf("{\"threads\":%u", roof.threads);
    for (size_t i = 0; i < RA_COUNT(roofs); i++)
        printf(",\"%s\":%.1f", roofs[i].name, roofs[i].measure(&roof));
    printf("}\n");
    return 0;
}
