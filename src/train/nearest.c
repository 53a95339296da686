/* Nearest neighbours by the cosine of their vectors, all pairs looked at. */
#include "nearest.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "readalike/dense.h"
#include "readalike/threads.h"
#include "rows.h"

/* Rows multiplied at once, by one thread: each product reads all vectors. */
#define BLOCK 64u

struct nearest {
    const float *vectors; /* (n_items, n_factors) of length 1 or 0 */
    uint32_t n_items, n_factors;
    float *scores;  /* (threads, BLOCK, n_items) */
    uint32_t *held; /* (threads) number of the block that is in `scores`, from 1 */
};

uint64_t nearest_bytes(uint32_t n_items, const struct ra_train_params *params)
{
    unsigned threads = ra_threads(params->threads);
    size_t kept = rows_kept(n_items, params->neighbours);
    uint64_t most, bytes, beside = (uint64_t)threads * (BLOCK * sizeof(float) * n_items + 4);
    if (__builtin_mul_overflow((uint64_t)n_items, kept, &most))
        return UINT64_MAX;
    bytes = rows_bytes(n_items, kept, most, threads);
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

static void normalise(float *vectors, uint32_t n_items, uint32_t n_factors)
{
    for (uint32_t item = 0; item < n_items; item++) {
        float *row = vectors + (size_t)item * n_factors;
        double squares = 0;
        for (uint32_t f = 0; f < n_factors; f++)
            squares += (double)row[f] * (double)row[f];
        double scale = squares > 0 && isfinite(squares) ? 1 / sqrt(squares) : 0;
        for (uint32_t f = 0; f < n_factors; f++)
            row[f] = scale > 0 ? (float)((double)row[f] * scale) : 0;
    }
}

/* Each block is one product, whichever row is asked for: the bytes do not depend on threads. */
static void score_block(const struct nearest *nearest, uint32_t block, float *scores)
{
    uint32_t first = block * BLOCK, left = nearest->n_items - first;
    int n = (int)(left < BLOCK ? left : BLOCK), n_items = (int)nearest->n_items;
    int f = (int)nearest->n_factors;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n_items, f, 1,
                nearest->vectors + (size_t)first * nearest->n_factors, f, nearest->vectors, f, 0,
                scores, n_items);
}

static bool is_nowhere(const struct nearest *nearest, uint32_t item)
{
    const float *row = nearest->vectors + (size_t)item * nearest->n_factors;
    uint32_t f = 0;
    while (f < nearest->n_factors && row[f] == 0)
        f++;
    return f == nearest->n_factors;
}

/* As rows_fn. */
static void best_of_item(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    const struct nearest *nearest = ctx;
    if (is_nowhere(nearest, item))
        return;
    float *scores = nearest->scores + (size_t)thread * BLOCK * nearest->n_items;
    uint32_t block = item / BLOCK;
    if (nearest->held[thread] != block + 1)
        score_block(nearest, block, scores);
    nearest->held[thread] = block + 1;
    float *row = scores + (size_t)(item % BLOCK) * nearest->n_items;
    row[item] = -INFINITY;
    ra_select_push_all(best, row, nearest->n_items);
}

bool nearest_rows(struct ra_neighbours *out, float *vectors, uint32_t n_items, uint32_t n_factors,
                  const struct ra_train_params *params, struct ra_err *err)
{
    unsigned threads = ra_threads(params->threads);
    struct nearest nearest = {
        .vectors = vectors,
        .n_items = n_items,
        .n_factors = n_factors,
        .scores = calloc((size_t)threads * BLOCK, ((size_t)n_items + 1) * sizeof(float)),
        .held = calloc(threads, sizeof *nearest.held),
    };
    const size_t kept = rows_kept(n_items, params->neighbours);
    const struct rows_job job = {
        .n_items = n_items,
        .kept = kept,
        .most = (uint64_t)n_items * kept,
        .threads = threads,
        .together = BLOCK,
        .progress = params->progress,
        .row = best_of_item,
        .ctx = &nearest,
    };
    ra_dense_single_thread();
    normalise(vectors, n_items, n_factors);
    bool ok = (nearest.scores && nearest.held) ||
              ra_fail(err, RA_ERR_NOMEM, "out of memory for the scores of vectors");
    ok = ok && rows_build(out, &job, err);
    free(nearest.scores);
    free(nearest.held);
    return ok;
}
