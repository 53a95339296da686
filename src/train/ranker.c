/* What training leaves, whatever the algorithm: how it scores, how it goes. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "blend.h"
#include "rankers.h"
#include "readalike/dense.h"

void ra_ranker_finish(struct ra_ranker *ranker)
{
    free(ranker->popularity);
    free(ranker->similarity);
    free(ranker->reader);
    free(ranker->scratch);
    blend_destroy(ranker->blend);
    ra_neighbours_finish(&ranker->neighbours);
    ra_factors_finish(&ranker->factors);
    *ranker = (struct ra_ranker){0};
}

static size_t scratch_n(const struct ra_ranker *ranker)
{
    return RA_SCORE_BLOCK * (size_t)ranker->factors.n_factors +
           ra_factors_scratch_n(&ranker->factors);
}

bool ranker_prepare(struct ra_ranker *ranker, struct ra_err *err)
{
    if (!ranker->factors.item)
        return true;
    ra_dense_single_thread();
    ranker->scratch = calloc(ranker->n_threads, scratch_n(ranker) * sizeof *ranker->scratch);
    return ranker->scratch || ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
}

static void score_dense(const struct ra_ranker *ranker, const uint32_t *items, const float *weights,
                        size_t n, float *scores)
{
    memset(scores, 0, ranker->n_items * sizeof *scores);
    for (size_t i = 0; i < n; i++) {
        const float *row = ranker->similarity + (size_t)items[i] * ranker->n_items;
        for (uint32_t item = 0; item < ranker->n_items; item++)
            scores[item] += weights[i] * row[item];
    }
}

/* Whoever was trained on has a vector; all zero is one whom the training did not see. */
static bool take_trained(const struct ra_ranker *ranker, uint32_t reader, float *vector)
{
    size_t f = ranker->factors.n_factors;
    if (reader >= ranker->n_readers)
        return false;
    memcpy(vector, ranker->reader + reader * f, f * sizeof *vector);
    for (size_t k = 0; k < f; k++) {
        if (vector[k] != 0)
            return true;
    }
    return false;
}

static void score_factors(const struct ra_ranker *ranker, const struct ra_csr *seen,
                          const uint32_t *readers, uint32_t n, float *scores)
{
    size_t f = ranker->factors.n_factors;
    float *vectors = ranker->scratch + (size_t)omp_get_thread_num() * scratch_n(ranker);
    float *solving = vectors + RA_SCORE_BLOCK * f;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t start = seen->start[readers[i]];
        if (!take_trained(ranker, readers[i], vectors + i * f))
            ra_factors_fold_in(&ranker->factors, seen->col + start, seen->value + start,
                               ra_csr_row_n(seen, readers[i]), solving, vectors + i * f);
    }
    ra_factors_score(&ranker->factors, vectors, n, scores);
}

static void score_one(const struct ra_ranker *ranker, const uint32_t *items, const float *weights,
                      size_t n, float *scores)
{
    if (ranker->neighbours.start)
        ra_item_knn_score(&ranker->neighbours, items, weights, n, scores);
    else if (ranker->similarity)
        score_dense(ranker, items, weights, n, scores);
    else
        memcpy(scores, ranker->popularity, ranker->n_items * sizeof *scores);
}

void ra_ranker_score(const void *ctx, const struct ra_csr *seen, const uint32_t *readers,
                     uint32_t n, float *scores)
{
    const struct ra_ranker *ranker = ctx;
    if (ranker->blend) {
        blend_score(ranker->blend, seen, readers, n, scores);
        return;
    }
    if (ranker->factors.item) {
        score_factors(ranker, seen, readers, n, scores);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint64_t start = seen->start[readers[i]];
        score_one(ranker, seen->col + start, seen->value + start, ra_csr_row_n(seen, readers[i]),
                  scores + (size_t)i * ranker->n_items);
    }
}
