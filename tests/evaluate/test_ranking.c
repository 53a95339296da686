/* Ranking metrics on lists small enough to work out by hand. */
#include "../check.h"

#include <math.h>

#include "readalike/evaluate.h"

enum { ITEMS = 6 };

/* Item 5 first, then 4, ... : the same for every reader. Item 0 cannot be recommended. */
static void falling(const void *ctx, const struct ra_csr *seen, const uint32_t *readers, uint32_t n,
                    float *scores)
{
    (void)ctx, (void)seen, (void)readers;
    for (uint32_t i = 0; i < n * ITEMS; i++)
        scores[i] = i % ITEMS ? (float)(i % ITEMS) : -INFINITY;
}

static const struct ra_scorer scorer = {falling, NULL};

static struct ra_csr matrix(const struct ra_triplet *triplets, size_t n)
{
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, 3, ITEMS, triplets, n, &err), err);
    return csr;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void metrics_are_as_worked_out_by_hand(void **state)
{
    (void)state;
    /*
     * Reader 0 has read 5 and is given 4 3 2; relevant: 4, 2 and 0. Reader 1 has read nothing, is
     * given 5 4 3; relevant: 1. Reader 2 has nothing to find.
     */
    const struct ra_triplet train_rows[] = {{0, 5, 1}, {2, 1, 1}};
    const struct ra_triplet test_rows[] = {{0, 4, 1}, {0, 2, 1}, {0, 0, 1}, {1, 1, 1}};
    struct ra_csr train = matrix(train_rows, 2), test = matrix(test_rows, 4);
    struct ra_metrics metrics;
    struct ra_err err = {0};
    CHECK_OK(ra_evaluate(&train, &test, &scorer, 3, 2, &metrics, &err), err);
    assert_int_equal(metrics.n_readers, 2);
    assert_int_equal(metrics.n_relevant, 4);
    assert_true(near(metrics.recall.mean, (2.0 / 3 + 0) / 2));
    double gain = 1 + 1 / log2(4), ideal = 1 + 1 / log2(3) + 1 / log2(4);
    assert_true(near(metrics.ndcg.mean, gain / ideal / 2));
    assert_true(near(metrics.hit_rate.mean, 0.5));
    assert_true(near(metrics.mrr.mean, 0.5));
    ra_csr_finish(&train);
    ra_csr_finish(&test);
}

static void the_ideal_has_as_many_hits_as_fit(void **state)
{
    (void)state;
    /* Four relevant, all of the first two are hits: the best possible at k = 2. */
    const struct ra_triplet test_rows[] = {{0, 5, 1}, {0, 4, 1}, {0, 1, 1}, {0, 2, 1}};
    struct ra_csr train = matrix(NULL, 0), test = matrix(test_rows, 4);
    struct ra_metrics metrics;
    struct ra_err err = {0};
    CHECK_OK(ra_evaluate(&train, &test, &scorer, 2, 1, &metrics, &err), err);
    assert_true(near(metrics.ndcg.mean, 1));
    assert_true(near(metrics.recall.mean, 0.5));
    ra_csr_finish(&train);
    ra_csr_finish(&test);
}

static void what_was_trained_on_is_neither_given_nor_relevant(void **state)
{
    (void)state;
    const struct ra_triplet train_rows[] = {{0, 5, 1}, {0, 4, 1}, {1, 5, 1}};
    const struct ra_triplet test_rows[] = {{0, 5, 1}, {0, 3, 1}, {1, 5, 1}};
    struct ra_csr train = matrix(train_rows, 3), test = matrix(test_rows, 3);
    struct ra_metrics metrics;
    struct ra_err err = {0};
    CHECK_OK(ra_evaluate(&train, &test, &scorer, 1, 1, &metrics, &err), err);
    assert_int_equal(metrics.n_readers, 1);
    assert_true(near(metrics.recall.mean, 1));
    ra_csr_finish(&train);
    ra_csr_finish(&test);
}

static void the_interval_is_that_of_the_mean(void **state)
{
    (void)state;
    const struct ra_triplet test_rows[] = {{0, 5, 1}, {1, 1, 1}, {2, 5, 1}};
    struct ra_csr train = matrix(NULL, 0), test = matrix(test_rows, 3);
    struct ra_metrics metrics;
    struct ra_err err = {0};
    CHECK_OK(ra_evaluate(&train, &test, &scorer, 1, 2, &metrics, &err), err);
    assert_true(near(metrics.recall.mean, 2.0 / 3));
    assert_true(near(metrics.recall.interval, 1.96 * sqrt(1.0 / 3 / 3)));
    ra_csr_finish(&train);
    ra_csr_finish(&test);
}

/* Even readers get 0 and 1, odd ones 2 and 3. */
static void by_parity(const void *ctx, const struct ra_csr *seen, const uint32_t *readers,
                      uint32_t n, float *scores)
{
    (void)ctx, (void)seen;
    for (uint32_t i = 0; i < n * ITEMS; i++)
        scores[i] = i % ITEMS / 2 == readers[i / ITEMS] % 2 ? 1 : -INFINITY;
}

static struct ra_figure diversity_of_many(uint32_t n_readers, unsigned threads, uint64_t seed)
{
    /* 0 and 1 have the same readers, 2 and 3 none in common; all look for 4. */
    const struct ra_triplet train_rows[] = {{0, 0, 1}, {0, 1, 1}, {1, 2, 1}, {3, 3, 1}};
    struct ra_triplet *rows = calloc(n_readers, sizeof *rows);
    assert_non_null(rows);
    for (uint32_t i = 0; i < n_readers; i++)
        rows[i] = (struct ra_triplet){i, 4, 1};
    struct ra_csr train, test, seen;
    struct ra_metrics metrics;
    struct ra_err err = {0};
    const struct ra_scorer parity = {by_parity, NULL};
    const struct ra_ranking_params params = {.k = 2, .threads = threads, .seed = seed};
    struct ra_ranking *ranking = ra_ranking_create(n_readers, ITEMS, &params, &err);
    CHECK_OK(ranking, err);
    CHECK_OK(ra_csr_from_triplets(&train, n_readers, ITEMS, train_rows, 4, &err), err);
    CHECK_OK(ra_csr_from_triplets(&seen, n_readers, ITEMS, NULL, 0, &err), err);
    CHECK_OK(ra_csr_from_triplets(&test, n_readers, ITEMS, rows, n_readers, &err), err);
    CHECK_OK(ra_ranking_add(ranking, &train, &seen, &test, &parity, &err), err);
    CHECK_OK(ra_ranking_summarise(ranking, &metrics, &err), err);
    assert_int_equal(metrics.n_readers, n_readers);
    ra_ranking_destroy(ranking);
    ra_csr_finish(&train);
    ra_csr_finish(&seen);
    ra_csr_finish(&test);
    free(rows);
    return metrics.diversity;
}

static void diversity_is_1_less_the_cosine_and_of_a_sample_of_many_readers(void **state)
{
    (void)state;
    enum { MANY = 3 * RA_DIVERSITY_READERS };
    assert_true(near(diversity_of_many(5, 1, 1).mean, 2.0 / 5));
    assert_true(near(diversity_of_many(RA_DIVERSITY_READERS, 2, 1).mean, 0.5));
    struct ra_figure one = diversity_of_many(MANY, 1, 1), two = diversity_of_many(MANY, 2, 1);
    struct ra_figure other = diversity_of_many(MANY, 2, 2);
    assert_memory_equal(&one, &two, sizeof one);
    assert_true(one.mean != other.mean);
    /* Four standard errors of a sample of a third. */
    assert_true(fabs(one.mean - 0.5) < 4 * sqrt(0.25 * 2 / 3 / RA_DIVERSITY_READERS));
    assert_true(fabs(one.interval / (1.96 * 0.5 / sqrt(RA_DIVERSITY_READERS)) - 1) < 0.01);
}

static void a_list_of_one_has_no_diversity(void **state)
{
    (void)state;
    const struct ra_triplet test_rows[] = {{0, 5, 1}};
    struct ra_csr train = matrix(NULL, 0), test = matrix(test_rows, 1);
    struct ra_metrics metrics;
    struct ra_err err = {0};
    CHECK_OK(ra_evaluate(&train, &test, &scorer, 1, 1, &metrics, &err), err);
    assert_true(metrics.diversity.mean == 0 && metrics.diversity.high == 0);
    /* Nobody has any of five: none is like another. */
    CHECK_OK(ra_evaluate(&train, &test, &scorer, 5, 1, &metrics, &err), err);
    assert_true(near(metrics.diversity.mean, 1));
    ra_csr_finish(&train);
    ra_csr_finish(&test);
}

enum { MANY_ITEMS = 400, SAMPLED_READERS = 3000 };

/* 0 to 3 are seen and 4 relevant; 5 is above it, 6 cannot be given, all others are below. */
static void fifth_best(const void *ctx, const struct ra_csr *seen, const uint32_t *readers,
                       uint32_t n, float *scores)
{
    (void)ctx, (void)seen, (void)readers;
    for (uint32_t i = 0; i < n * MANY_ITEMS; i++) {
        uint32_t item = i % MANY_ITEMS;
        scores[i] = item == 6 ? -INFINITY : (float)(item < 6 ? 1000 + item : item);
    }
}

static struct ra_metrics ranked_among(unsigned sampled, unsigned threads, uint64_t seed)
{
    struct ra_triplet *seen_rows = calloc(SAMPLED_READERS, 4 * sizeof *seen_rows);
    struct ra_triplet *test_rows = calloc(SAMPLED_READERS, sizeof *test_rows);
    assert_true(seen_rows && test_rows);
    for (uint32_t i = 0; i < 4 * SAMPLED_READERS; i++)
        seen_rows[i] = (struct ra_triplet){i / 4, i % 4, 1};
    for (uint32_t i = 0; i < SAMPLED_READERS; i++)
        test_rows[i] = (struct ra_triplet){i, 4, 1};
    struct ra_csr seen, test;
    struct ra_metrics metrics;
    struct ra_err err = {0};
    const struct ra_scorer best = {fifth_best, NULL};
    const struct ra_ranking_params params = {
        .k = 50, .threads = threads, .sampled = sampled, .seed = seed};
    struct ra_ranking *ranking = ra_ranking_create(SAMPLED_READERS, MANY_ITEMS, &params, &err);
    CHECK_OK(ranking, err);
    CHECK_OK(ra_csr_from_triplets(&seen, SAMPLED_READERS, MANY_ITEMS, seen_rows,
                                  4 * (size_t)SAMPLED_READERS, &err),
             err);
    CHECK_OK(
        ra_csr_from_triplets(&test, SAMPLED_READERS, MANY_ITEMS, test_rows, SAMPLED_READERS, &err),
        err);
    CHECK_OK(ra_ranking_add(ranking, &seen, &seen, &test, &best, &err), err);
    CHECK_OK(ra_ranking_summarise(ranking, &metrics, &err), err);
    ra_ranking_destroy(ranking);
    ra_csr_finish(&seen);
    ra_csr_finish(&test);
    free(seen_rows);
    free(test_rows);
    return metrics;
}

static void a_sample_has_the_relevant_and_so_many_others_each_as_likely(void **state)
{
    (void)state;
    const double others = MANY_ITEMS - 5; /* not seen, not relevant */
    const unsigned n = 40;
    struct ra_metrics one = ranked_among(n, 1, 1), two = ranked_among(n, 2, 1);
    assert_memory_equal(&one, &two, sizeof one);
    /* A list has the relevant one and the drawn, but for the one that cannot be given. */
    assert_true(one.recall.mean == 1 && one.reader_coverage.mean == 0);
    /* The only one above it is drawn for n of `others` readers; four standard errors. */
    double share = n / others, error = 0.5 * sqrt(share * (1 - share) / SAMPLED_READERS);
    assert_true(fabs(one.mrr.mean - (1 - share / 2)) < 4 * error);
    assert_true(one.mrr.mean != ranked_among(n, 2, 2).mrr.mean);
}

static void a_sample_of_all_is_the_full_ranking(void **state)
{
    (void)state;
    struct ra_metrics full = ranked_among(0, 2, 1), all = ranked_among(MANY_ITEMS, 2, 1);
    assert_true(near(full.mrr.mean, 0.5));
    assert_memory_equal(&full, &all, sizeof full);
    all = ranked_among(MANY_ITEMS - 5, 2, 1);
    assert_memory_equal(&full, &all, sizeof full);
}

static void wrong_shapes_and_lengths_are_refused(void **state)
{
    (void)state;
    struct ra_csr train = matrix(NULL, 0), test;
    struct ra_metrics metrics;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&test, 3, ITEMS + 1, NULL, 0, &err), err);
    CHECK_FAILS(ra_evaluate(&train, &test, &scorer, 1, 1, &metrics, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_evaluate(&train, &train, &scorer, 0, 1, &metrics, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_evaluate(&train, &train, &scorer, 1001, 1, &metrics, &err), err, RA_ERR_INVALID);
    err = (struct ra_err){0};
    CHECK_OK(ra_evaluate(&train, &train, &scorer, 5, 1, &metrics, &err), err);
    assert_int_equal(metrics.n_readers, 0);
    assert_true(metrics.recall.mean == 0 && metrics.recall.interval == 0);
    ra_csr_finish(&train);
    ra_csr_finish(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_as_worked_out_by_hand),
        cmocka_unit_test(the_ideal_has_as_many_hits_as_fit),
        cmocka_unit_test(what_was_trained_on_is_neither_given_nor_relevant),
        cmocka_unit_test(the_interval_is_that_of_the_mean),
        cmocka_unit_test(diversity_is_1_less_the_cosine_and_of_a_sample_of_many_readers),
        cmocka_unit_test(a_list_of_one_has_no_diversity),
        cmocka_unit_test(a_sample_has_the_relevant_and_so_many_others_each_as_likely),
        cmocka_unit_test(a_sample_of_all_is_the_full_ranking),
        cmocka_unit_test(wrong_shapes_and_lengths_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
