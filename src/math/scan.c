/* Exact search for the largest products: by 8-bit codes and bounds first, then by the numbers. */
#include "readalike/scan.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scan.h"

#define FEW_ROWS 1
#define LARGE_PAGE ((size_t)2 << 20) /* bytes */

struct ra_scan {
    struct ra_scan_rows rows;
    uint32_t n_blocks, quads; /* of coordinates, the bias's included */
    float lift;               /* the query's coordinate that the bias meets */
    int8_t *codes;            /* (n_blocks, quads, SCAN_BLOCK, 4) */
    struct block *blocks;     /* (n_blocks) */
};

/* What bounds the rows of a block; the lengths are those of the longest. */
struct block {
    float step;     /* of a code */
    float length;   /* |x| */
    float residual; /* |x - x^| */
};

static uint32_t n_coordinates(const struct ra_scan_rows *rows)
{
    return rows->n_factors + (rows->bias != NULL);
}

static int8_t code_of(float value, float per_step)
{
    float steps = value * per_step;
    return (int8_t)(steps < 0 ? steps - 0.5f : steps + 0.5f);
}

static uint32_t rows_in(const struct ra_scan *scan, uint32_t block)
{
    uint32_t left = scan->rows.n - block * SCAN_BLOCK;
    return left < SCAN_BLOCK ? left : SCAN_BLOCK;
}

/* The rows of a block as they are multiplied, (rows, coordinates): scaled, the bias behind the
 * factors. Returns the largest number. */
static float gather(const struct ra_scan *scan, uint32_t block, float *out)
{
    const struct ra_scan_rows *rows = &scan->rows;
    uint32_t m = n_coordinates(rows), first = block * SCAN_BLOCK;
    float largest = 0;
    for (uint32_t r = 0; r < rows_in(scan, block); r++, out += m) {
        const float *row = rows->row + (size_t)(first + r) * rows->n_factors;
        float scale = rows->scale ? rows->scale[first + r] : 1;
        for (uint32_t k = 0; k < rows->n_factors; k++)
            out[k] = row[k] * scale;
        if (rows->bias)
            out[m - 1] = rows->bias[first + r] / scan->lift * scale;
        for (uint32_t k = 0; k < m; k++)
            largest = fmaxf(largest, fabsf(out[k]));
    }
    return largest;
}

/* A little more, for what rounding may have taken. */
static float upwards(double length)
{
    return (float)(length * (1 + 1e-5)) + FLT_MIN;
}

static void encode_row(const float *row, uint32_t m, struct block *block, int8_t *codes)
{
    float per_step = block->step > 0 ? 1 / block->step : 0;
    double length = 0, residual = 0;
    /* One over a tiny step may be infinite; then all codes stay 0, and the residual says so. */
    per_step = isfinite(per_step) ? per_step : 0;
    for (uint32_t k = 0; k < m; k++) {
        int8_t code = code_of(row[k], per_step);
        double miss = (double)row[k] - (double)code * (double)block->step;
        codes[k / 4 * SCAN_BLOCK * 4 + k % 4] = code;
        length += (double)row[k] * (double)row[k];
        residual += miss * miss;
    }
    block->length = fmaxf(block->length, upwards(sqrt(length)));
    block->residual = fmaxf(block->residual, upwards(sqrt(residual)));
}

static size_t block_bytes(const struct ra_scan *scan)
{
    return (size_t)scan->quads * SCAN_BLOCK * 4;
}

static bool encode(const struct ra_scan *scan)
{
    uint32_t m = n_coordinates(&scan->rows);
    float *rows = calloc(SCAN_BLOCK, (m + 1) * sizeof *rows);
    for (uint32_t b = 0; rows && b < scan->n_blocks; b++) {
        struct block *block = &scan->blocks[b];
        int8_t *codes = scan->codes + b * block_bytes(scan);
        block->step = gather(scan, b, rows) / 126.5f;
        for (uint32_t r = 0; r < rows_in(scan, b); r++)
            encode_row(rows + (size_t)r * m, m, block, codes + (size_t)r * 4);
    }
    free(rows);
    return rows != NULL;
}

/* Large pages where the system has them: a search walks through all of it. */
static int8_t *allocate_codes(size_t bytes)
{
    size_t align = bytes >= LARGE_PAGE ? LARGE_PAGE : SCAN_ALIGN;
    size_t rounded = (bytes + align - 1) / align * align;
    int8_t *codes = aligned_alloc(align, rounded);
    if (codes && align == LARGE_PAGE)
        madvise(codes, rounded, MADV_HUGEPAGE); /* advice: without it, it works as well */
    if (codes)
        memset(codes, 0, rounded);
    return codes;
}

/* So large that biases take as much of a code's range as factors do. */
static float choose_lift(const struct ra_scan_rows *rows)
{
    float bias = 0, factor = 0;
    for (uint32_t i = 0; rows->bias && i < rows->n; i++)
        bias = fmaxf(bias, fabsf(rows->bias[i]));
    for (size_t i = 0; rows->bias && i < (size_t)rows->n * rows->n_factors; i++)
        factor = fmaxf(factor, fabsf(rows->row[i]));
    float lift = bias / factor;
    return lift > 1e-6f && lift < 1e6f ? lift : 1;
}

struct ra_scan *ra_scan_create(const struct ra_scan_rows *rows, struct ra_err *err)
{
    struct ra_scan *scan = calloc(1, sizeof *scan);
    if (scan) {
        scan->rows = *rows;
        scan->n_blocks = rows->n / SCAN_BLOCK + (rows->n % SCAN_BLOCK != 0);
        scan->quads = (n_coordinates(rows) + 3) / 4;
        scan->lift = choose_lift(rows);
        scan->codes = allocate_codes(scan->n_blocks * block_bytes(scan) + 1);
        scan->blocks = calloc((size_t)scan->n_blocks + 1, sizeof *scan->blocks);
    }
    if (!scan || !scan->codes || !scan->blocks || !encode(scan)) {
        ra_scan_destroy(scan);
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the table that searches factors");
        return NULL;
    }
    return scan;
}

void ra_scan_destroy(struct ra_scan *scan)
{
    if (!scan)
        return;
    free(scan->codes);
    free(scan->blocks);
    free(scan);
}

float ra_scan_score(const struct ra_scan *scan, const float *query, uint32_t item)
{
    const struct ra_scan_rows *rows = &scan->rows;
    const float *x = rows->row + (size_t)item * rows->n_factors;
    float sum = 0;
    for (uint32_t k = 0; k < rows->n_factors; k++)
        sum += query[k] * x[k];
    if (rows->bias)
        sum += rows->bias[item];
    return rows->scale ? sum * rows->scale[item] : sum;
}

/* Which of 32 sums are above `cut`; scan_avx2.c has the same for newer processors. */
static uint32_t above_portable(const int8_t *codes, const int8_t *query, uint32_t quads,
                               int32_t cut)
{
    int32_t sum[SCAN_BLOCK] = {0};
    for (uint32_t quad = 0; quad < quads; quad++) {
        const int8_t *x = codes + (size_t)quad * SCAN_BLOCK * 4, *q = query + (size_t)quad * 4;
        for (uint32_t i = 0; i < SCAN_BLOCK; i++)
            sum[i] +=
                x[4 * i] * q[0] + x[4 * i + 1] * q[1] + x[4 * i + 2] * q[2] + x[4 * i + 3] * q[3];
    }
    uint32_t mask = 0;
    for (uint32_t i = 0; i < SCAN_BLOCK; i++)
        mask |= (uint32_t)(sum[i] > cut) << i;
    return mask;
}

/* A query as codes, and what they miss. */
struct coded {
    int8_t *code;    /* (quads, 4) */
    double step;     /* of a code */
    double length;   /* |q| */
    double coded;    /* |q^| */
    double residual; /* |q - q^| */
    double rounding; /* of an exact score, for |x| = 1 */
};

static float query_at(const struct ra_scan *scan, const float *query, uint32_t k)
{
    return k < scan->rows.n_factors ? query[k] : scan->lift;
}

static struct coded encode_query(const struct ra_scan *scan, const float *query, void *scratch)
{
    uint32_t n = n_coordinates(&scan->rows);
    float largest = 0;
    for (uint32_t k = 0; k < n; k++)
        largest = fmaxf(largest, fabsf(query_at(scan, query, k)));
    float step = largest / 126.5f;
    float per_step = step > 0 && isfinite(1 / step) ? 1 / step : 0;
    struct coded out = {.code = scratch, .step = (double)step};
    memset(out.code, 0, (size_t)scan->quads * 4);
    for (uint32_t k = 0; k < n; k++) {
        float value = query_at(scan, query, k);
        out.code[k] = code_of(value, per_step);
        double near = (double)out.code[k] * out.step, miss = (double)value - near;
        out.length += (double)value * (double)value;
        out.coded += near * near;
        out.residual += miss * miss;
    }
    out.length = sqrt(out.length) * (1 + 1e-6);
    out.coded = sqrt(out.coded) * (1 + 1e-6);
    out.residual = sqrt(out.residual) * (1 + 1e-6);
    out.rounding = (n + 8) * 2.0 * (double)FLT_EPSILON * out.length;
    return out;
}

/* The largest sum of codes that cannot belong to a score above the floor. */
static int32_t cut_of(const struct block *block, const struct coded *query, float least)
{
    double slack = query->residual * (double)block->length +
                   query->coded * (double)block->residual + query->rounding * (double)block->length;
    double unit = query->step * (double)block->step, room = (double)least - slack;
    if (!(unit > 0))
        return room >= 0 ? INT32_MAX : INT32_MIN;
    double cut = floor(room / unit - 1e-3);
    return cut < -2e9 ? INT32_MIN : cut > 2e9 ? INT32_MAX : (int32_t)cut;
}

static uint32_t allowed_in(const struct ra_scan *scan, const uint64_t *allowed, uint32_t block)
{
    uint32_t n = rows_in(scan, block);
    uint32_t there = n < SCAN_BLOCK ? (UINT32_C(1) << n) - 1 : UINT32_MAX;
    return allowed ? there & (uint32_t)(allowed[block / 2] >> (block % 2 * 32)) : there;
}

size_t ra_scan_scratch_bytes(const struct ra_scan *scan)
{
    return ((size_t)scan->quads * 4 + SCAN_ALIGN - 1) / SCAN_ALIGN * SCAN_ALIGN + SCAN_ALIGN;
}

void ra_scan_run(const struct ra_scan *scan, const struct ra_scan_search *search, void *scratch)
{
    const struct coded query = encode_query(scan, search->query, scratch);
    scan_above_fn above = search->portable ? above_portable : scan_above_best(above_portable);
    float floor = search->floor;
    for (uint32_t b = 0; b < scan->n_blocks; b++) {
        const struct block *block = &scan->blocks[b];
        uint32_t left = allowed_in(scan, search->allowed, b);
        if (!left || (query.length + query.rounding) * (double)block->length <= (double)floor)
            continue;
        /* One row is scored sooner than the codes of all are read. */
        if (__builtin_popcount(left) > FEW_ROWS)
            left &= above(scan->codes + b * block_bytes(scan), query.code, scan->quads,
                          cut_of(block, &query, floor));
        for (; left; left &= left - 1) {
            uint32_t item = b * SCAN_BLOCK + (uint32_t)__builtin_ctz(left);
            float score = ra_scan_score(scan, search->query, item);
            if (score > floor)
                floor = search->visit(search->ctx, item, score);
        }
    }
}
