#ifndef READALIKE_TESTS_TRAIN_FIXTURE_H
#define READALIKE_TESTS_TRAIN_FIXTURE_H

/* Small readings that the tests of all algorithms share. */
#include "../check.h"

#include <math.h>

#include "params.h"
#include "readalike/topk.h"
#include "readalike/train.h"

enum { READERS = 60, ITEMS = 35, BOARD = 20 };

/* (READERS, ITEMS) weights, 0 where not read. The last item has no reader, reader 3 no item. */
static inline void make_dense(float dense[READERS][ITEMS])
{
    uint64_t random = 42;
    for (int u = 0; u < READERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bool reads = (random >> 33) % 100 < 25 && i != ITEMS - 1 && u != 3;
            dense[u][i] = reads ? 0.25f * (float)(1 + (random >> 40) % 7) : 0;
        }
    }
}

static inline struct ra_csr csr_of(uint32_t n_rows, uint32_t n_cols, const float *dense)
{
    static struct ra_triplet triplets[READERS * ITEMS];
    size_t n = 0;
    for (uint32_t u = 0; u < n_rows; u++) {
        for (uint32_t i = 0; i < n_cols; i++) {
            if (dense[u * n_cols + i] > 0)
                triplets[n++] = (struct ra_triplet){u, i, dense[u * n_cols + i]};
        }
    }
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, n_rows, n_cols, triplets, n, &err), err);
    return csr;
}

static inline struct ra_ranker trained(const char *name, const struct ra_csr *csr,
                                       const struct ra_train_params *params)
{
    struct ra_ranker ranker;
    struct ra_err err = {0};
    const struct ra_algorithm *algorithm = ra_algorithm_find(name, &err);
    assert_non_null(algorithm);
    const struct ra_train_data data = {.weights = csr};
    CHECK_OK(ra_train(algorithm, &ranker, &data, params, &err), err);
    return ranker;
}

/* All items, for one reader. */
static inline void scores_of(const struct ra_ranker *ranker, const struct ra_csr *csr,
                             uint32_t reader, float *scores)
{
    ra_ranker_score(ranker, csr, &reader, 1, scores);
}

/* Readers of even numbers read even items, odd ones odd items; each withholds the item of their own
 * number, which must come out first. */
static inline void check_checkerboard(const char *name, const struct ra_train_params *params)
{
    float dense[BOARD * BOARD] = {0};
    for (uint32_t u = 0; u < BOARD; u++) {
        for (uint32_t i = u % 2; i < BOARD; i += 2)
            dense[u * BOARD + i] = i != u;
    }
    struct ra_csr csr = csr_of(BOARD, BOARD, dense);
    struct ra_ranker ranker = trained(name, &csr, params);
    for (uint32_t u = 0; u < BOARD; u++) {
        float scores[BOARD];
        scores_of(&ranker, &csr, u, scores);
        for (uint32_t i = 0; i < BOARD; i++)
            assert_true(i == u || dense[u * BOARD + i] > 0 || scores[i] < scores[u]);
    }
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

/* No reader, one reader, all alike: trains, and no score is NaN. */
static inline void check_odd_data(const char *name, const struct ra_train_params *params)
{
    float nothing[12] = {0}, one[4] = {1, 1, 0, 1}, alike[12];
    for (int i = 0; i < 12; i++)
        alike[i] = 1;
    const struct ra_csr all[] = {csr_of(0, 0, nothing), csr_of(3, 4, nothing), csr_of(1, 4, one),
                                 csr_of(3, 4, alike), csr_of(3, 1, alike)};
    for (size_t c = 0; c < sizeof all / sizeof *all; c++) {
        struct ra_csr csr = all[c];
        struct ra_ranker ranker = trained(name, &csr, params);
        float scores[4] = {0};
        for (uint32_t u = 0; u < csr.n_rows; u++) {
            scores_of(&ranker, &csr, u, scores);
            for (uint32_t i = 0; i < csr.n_cols; i++)
                assert_false(isnan(scores[i]));
        }
        ra_ranker_finish(&ranker);
        ra_csr_finish(&csr);
    }
}

static inline void check_same_rows(const struct ra_neighbours *a, const struct ra_neighbours *b)
{
    assert_int_equal(a->n_items, b->n_items);
    assert_memory_equal(a->start, b->start, (a->n_items + 1) * sizeof *a->start);
    assert_true(a->start[a->n_items] > 0);
    assert_memory_equal(a->item, b->item, a->start[a->n_items] * sizeof *a->item);
    assert_memory_equal(a->score, b->score, a->start[a->n_items] * sizeof *a->score);
}

/* One byte less than `bytes` says is refused, with both figures said. */
static inline void check_memory_limit(const char *name, struct ra_train_params params)
{
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_ranker ranker;
    struct ra_err err = {0};
    const struct ra_algorithm *algorithm = ra_algorithm_find(name, &err);
    const struct ra_train_data data = {.weights = &csr};
    params.memory_limit = algorithm->bytes(&data, &params) - 1;
    CHECK_FAILS(ra_train(algorithm, &ranker, &data, &params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "limit"));
    params.memory_limit++;
    err = (struct ra_err){0};
    CHECK_OK(ra_train(algorithm, &ranker, &data, &params, &err), err);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

#endif
