/* Every metric against an independent implementation (make_golden.py), and its interval. */
#include "../check.h"

#include <math.h>

#include "golden.h"
#include "readalike/evaluate.h"
#include "readalike/random.h"

#define N(array) (sizeof(array) / sizeof *(array))

static void score(const void *ctx, const struct ra_csr *seen, const uint32_t *readers, uint32_t n,
                  float *scores)
{
    (void)ctx;
    for (uint32_t i = 0; i < n; i++) {
        /* The values of a train row say whose it is. */
        uint32_t reader = (uint32_t)seen->value[seen->start[readers[i]]] - 1;
        assert_int_equal(reader, readers[i]);
        memcpy(scores + (size_t)i * ITEMS, golden_scores + (size_t)reader * ITEMS,
               ITEMS * sizeof *scores);
    }
}

static struct ra_csr matrix(const struct ra_triplet *rows, size_t n)
{
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, READERS, ITEMS, rows, n, &err), err);
    return csr;
}

static struct ra_csr named_rows(void)
{
    struct ra_triplet rows[N(golden_train)];
    for (size_t i = 0; i < N(golden_train); i++) {
        rows[i] = golden_train[i];
        rows[i].value = (float)(golden_train[i].row + 1);
    }
    return matrix(rows, N(golden_train));
}

static void check_near(const char *name, double value, double golden)
{
    if (!(fabs(value - golden) < 1e-6))
        fail_msg("%s is %.9f, not %.9f", name, value, golden);
}

#define CHECK_FIGURE(metrics, field, golden) check_near(#field, (metrics).field.mean, golden)

/* `longer` lists cut to K, or 0. */
static struct ra_metrics rank_golden(unsigned threads, uint64_t seed, unsigned longer)
{
    struct ra_csr train = named_rows(), test = matrix(golden_test, N(golden_test));
    const struct ra_scorer scorer = {score, NULL};
    const struct ra_ranking_params params = {
        .k = longer ? longer : K,
        .cuts = {longer ? K : 0},
        .threads = threads,
        .rounds = 500,
        .seed = seed,
    };
    struct ra_metrics metrics;
    struct ra_err err = {0};
    struct ra_ranking *ranking = ra_ranking_create(READERS, ITEMS, &params, &err);
    CHECK_OK(ranking, err);
    CHECK_OK(ra_ranking_add(ranking, &train, &train, &test, &scorer, &err), err);
    CHECK_OK(ra_ranking_summarise_cut(ranking, K, &metrics, &err), err);
    CHECK_FAILS(ra_ranking_summarise_cut(ranking, K - 1, &metrics, &err), err, RA_ERR_INVALID);
    ra_ranking_destroy(ranking);
    ra_csr_finish(&train);
    ra_csr_finish(&test);
    return metrics;
}

static void ranking_metrics_are_those_of_the_independent_script(void **state)
{
    (void)state;
    struct ra_metrics metrics = rank_golden(2, 1, 0);
    assert_int_equal(metrics.n_readers, JUDGED);
    CHECK_FIGURE(metrics, recall, GOLDEN_RECALL);
    CHECK_FIGURE(metrics, precision, GOLDEN_PRECISION);
    CHECK_FIGURE(metrics, map, GOLDEN_MAP);
    CHECK_FIGURE(metrics, ndcg, GOLDEN_NDCG);
    CHECK_FIGURE(metrics, ndcg_kgat, GOLDEN_NDCG_KGAT);
    CHECK_FIGURE(metrics, hit_rate, GOLDEN_HIT_RATE);
    CHECK_FIGURE(metrics, mrr, GOLDEN_MRR);
    CHECK_FIGURE(metrics, reader_coverage, GOLDEN_READER_COVERAGE);
    CHECK_FIGURE(metrics, novelty, GOLDEN_NOVELTY);
    CHECK_FIGURE(metrics, popularity, GOLDEN_POPULARITY);
    CHECK_FIGURE(metrics, popularity_bias, GOLDEN_POPULARITY_BIAS);
    CHECK_FIGURE(metrics, diversity, GOLDEN_DIVERSITY);
    check_near("item_coverage", metrics.item_coverage, GOLDEN_ITEM_COVERAGE);
}

static void neither_threads_nor_another_run_show_in_the_figures(void **state)
{
    (void)state;
    struct ra_metrics one = rank_golden(1, 7, 0), two = rank_golden(2, 7, 0);
    struct ra_metrics other = rank_golden(2, 8, 0);
    assert_memory_equal(&one, &two, sizeof one);
    assert_true(one.recall.mean == other.recall.mean);
    assert_true(one.recall.low != other.recall.low || one.recall.high != other.recall.high);
}

static void a_list_that_is_cut_has_the_figures_of_a_short_one(void **state)
{
    (void)state;
    struct ra_metrics shorter = rank_golden(2, 3, 0), cut = rank_golden(2, 3, K + 3);
    assert_memory_equal(&shorter, &cut, sizeof cut);
}

/* What the golden model, or with `sound` false a broken one, says of a test row each. */
static float *estimates_of(const struct ra_csr *test, bool sound)
{
    float *estimates = calloc(ra_csr_nnz(test) + 1, sizeof *estimates);
    assert_non_null(estimates);
    for (uint32_t reader = 0; reader < test->n_rows; reader++) {
        for (uint64_t at = test->start[reader]; at < test->start[reader + 1]; at++)
            estimates[at] = sound ? golden_estimates[(size_t)reader * ITEMS + test->col[at]] : NAN;
    }
    return estimates;
}

static const struct ra_rating_params rating_params = {
    .lowest = 1, .highest = 5, .threshold = 3.5, .k = 3, .rounds = 500, .seed = 1};

static struct ra_rating_metrics tally(const struct ra_csr *test, bool sound, int times,
                                      double *out_rmse)
{
    float *estimates = estimates_of(test, sound);
    struct ra_err err = {0};
    struct ra_rating_metrics metrics;
    struct ra_rating_tally *tally = ra_rating_tally_create(READERS, &rating_params, &err);
    CHECK_OK(tally, err);
    for (int i = 0; i < times; i++)
        CHECK_OK(ra_rating_tally_add(tally, test, estimates, out_rmse, &err), err);
    CHECK_OK(ra_rating_tally_summarise(tally, &metrics, &err), err);
    ra_rating_tally_destroy(tally);
    free(estimates);
    return metrics;
}

static void rating_metrics_are_those_of_the_independent_script(void **state)
{
    (void)state;
    struct ra_csr test = matrix(golden_ratings, N(golden_ratings));
    double rmse;
    /* The same fold twice has the same means as once. */
    for (int times = 1; times <= 2; times++) {
        struct ra_rating_metrics metrics = tally(&test, true, times, &rmse);
        assert_int_equal(metrics.n_readers, READERS - 1);
        assert_int_equal(metrics.n_ratings, N(golden_ratings) * (size_t)times);
        check_near("rmse of the fold", rmse, GOLDEN_RMSE);
        CHECK_FIGURE(metrics, rmse, GOLDEN_RMSE);
        CHECK_FIGURE(metrics, mae, GOLDEN_MAE);
        CHECK_FIGURE(metrics, precision, GOLDEN_RATING_PRECISION);
        CHECK_FIGURE(metrics, recall, GOLDEN_RATING_RECALL);
        assert_true(metrics.rmse.low < GOLDEN_RMSE && GOLDEN_RMSE < metrics.rmse.high);
        assert_true(metrics.mae.low < GOLDEN_MAE && GOLDEN_MAE < metrics.mae.high);
    }
    ra_csr_finish(&test);
}

static void what_was_not_rated_is_passed_over(void **state)
{
    (void)state;
    const struct ra_triplet rows[] = {{0, 0, NAN}, {0, 1, NAN}, {3, 2, NAN}};
    struct ra_csr test = matrix(rows, 3);
    double rmse;
    struct ra_rating_metrics metrics = tally(&test, false, 1, &rmse);
    assert_int_equal(metrics.n_ratings, 0);
    assert_int_equal(metrics.n_readers, 0);
    assert_true(isnan(rmse));
    assert_true(metrics.rmse.mean == 0 && metrics.rmse.low == 0 && metrics.rmse.high == 0);
    ra_csr_finish(&test);
}

static void an_estimate_that_is_no_number_is_an_error(void **state)
{
    (void)state;
    struct ra_csr test = matrix(golden_ratings, N(golden_ratings));
    float *estimates = estimates_of(&test, false);
    struct ra_err err = {0};
    struct ra_rating_tally *tally = ra_rating_tally_create(READERS, &rating_params, &err);
    CHECK_OK(tally, err);
    CHECK_FAILS(ra_rating_tally_add(tally, &test, estimates, NULL, &err), err, RA_ERR_INVALID);
    ra_rating_tally_destroy(tally);
    free(estimates);
    ra_csr_finish(&test);
}

static void one_reader_has_an_interval_of_no_width(void **state)
{
    (void)state;
    const struct ra_triplet rows[] = {{4, 0, 3}, {4, 1, 5}};
    struct ra_csr test = matrix(rows, 2);
    struct ra_rating_metrics metrics = tally(&test, true, 1, NULL);
    assert_int_equal(metrics.n_readers, 1);
    assert_true(metrics.rmse.mean > 0);
    assert_true(metrics.rmse.low == metrics.rmse.mean && metrics.rmse.high == metrics.rmse.mean);
    ra_csr_finish(&test);
}

/* Item 0 first for all. */
static void constant(const void *ctx, const struct ra_csr *seen, const uint32_t *readers,
                     uint32_t n, float *scores)
{
    (void)ctx, (void)seen, (void)readers;
    for (uint32_t i = 0; i < n; i++) {
        scores[2 * i] = 1;
        scores[2 * i + 1] = 0;
    }
}

static void the_bootstrap_agrees_with_the_normal_approximation(void **state)
{
    (void)state;
    enum { MANY = 4000 };
    static struct ra_triplet rows[MANY];
    struct ra_random random = {5};
    for (uint32_t i = 0; i < MANY; i++)
        rows[i] = (struct ra_triplet){i, ra_random_unit(&random) < 0.3 ? 0 : 1, 1};
    struct ra_csr train, test;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&train, MANY, 2, NULL, 0, &err), err);
    CHECK_OK(ra_csr_from_triplets(&test, MANY, 2, rows, MANY, &err), err);
    const struct ra_scorer scorer = {constant, NULL};
    struct ra_metrics metrics;
    CHECK_OK(ra_evaluate(&train, &test, &scorer, 1, 2, &metrics, &err), err);
    struct ra_figure hit = metrics.hit_rate;
    assert_true(hit.low < hit.mean && hit.mean < hit.high);
    assert_true(fabs((hit.high - hit.low) / 2 / hit.interval - 1) < 0.1);
    ra_csr_finish(&train);
    ra_csr_finish(&test);
}

static void absurd_parameters_are_refused(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_rating_params params = rating_params;
    params.k = 0;
    CHECK_FAILS(ra_rating_tally_create(1, &params, &err), err, RA_ERR_INVALID);
    params = rating_params;
    params.rounds = RA_BOOTSTRAP_ROUNDS_MAX + 1;
    CHECK_FAILS(ra_rating_tally_create(1, &params, &err), err, RA_ERR_INVALID);
    struct ra_ranking_params ranking = {.k = 1, .rounds = RA_BOOTSTRAP_ROUNDS_MAX + 1};
    CHECK_FAILS(ra_ranking_create(1, 1, &ranking, &err), err, RA_ERR_INVALID);
    ranking = (struct ra_ranking_params){.k = 5, .cuts = {3, 3}};
    CHECK_FAILS(ra_ranking_create(1, 1, &ranking, &err), err, RA_ERR_INVALID);
    ranking = (struct ra_ranking_params){.k = 5, .cuts = {5}};
    CHECK_FAILS(ra_ranking_create(1, 1, &ranking, &err), err, RA_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranking_metrics_are_those_of_the_independent_script),
        cmocka_unit_test(neither_threads_nor_another_run_show_in_the_figures),
        cmocka_unit_test(a_list_that_is_cut_has_the_figures_of_a_short_one),
        cmocka_unit_test(rating_metrics_are_those_of_the_independent_script),
        cmocka_unit_test(what_was_not_rated_is_passed_over),
        cmocka_unit_test(an_estimate_that_is_no_number_is_an_error),
        cmocka_unit_test(one_reader_has_an_interval_of_no_width),
        cmocka_unit_test(the_bootstrap_agrees_with_the_normal_approximation),
        cmocka_unit_test(absurd_parameters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
