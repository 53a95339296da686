/* Counts, Bayesian means, and weights of liking. */
#include "../check.h"

#include <math.h>

#include "readalike/train.h"

/* Three readers, three books; book 2 is read by one and rated by none. */
static struct ra_csr sample(void)
{
    const struct ra_triplet triplets[] = {
        {0, 0, 10}, {1, 0, 8}, {2, 0, NAN}, {0, 1, 2}, {1, 2, NAN},
    };
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, 3, 4, triplets, 5, &err), err);
    return csr;
}

static void the_mean_leans_on_the_overall_mean(void **state)
{
    (void)state;
    struct ra_csr csr = sample();
    uint32_t count[4];
    float mean[4];
    ra_train_popularity(&csr, 2, count, mean);
    const uint32_t readers[] = {3, 1, 1, 0};
    assert_memory_equal(count, readers, sizeof readers);
    /* The overall mean is 20 / 3. */
    assert_true(fabs((double)mean[0] - (18 + 2 * 20.0 / 3) / 4) < 1e-6);
    assert_true(fabs((double)mean[1] - (2 + 2 * 20.0 / 3) / 3) < 1e-6);
    assert_true(isnan(mean[2]) && isnan(mean[3]));
    ra_train_popularity(&csr, 0, count, mean);
    assert_true(mean[0] == 9 && mean[1] == 2 && isnan(mean[2]));
    ra_csr_finish(&csr);
}

static void liking_weighs_more_than_disliking_and_no_rating_is_one(void **state)
{
    (void)state;
    struct ra_csr csr = sample(), weights;
    struct ra_err err = {0};
    CHECK_OK(ra_train_weights(&weights, &csr, 1, &err), err);
    /* 1 + (10 - 20/3) / 8, 1 + (2 - 20/3) / 8; rows: (0: 10, 2), (1: 8, NaN), (2: NaN). */
    assert_true(fabsf(weights.value[0] - 1.416667f) < 1e-5f);
    assert_true(fabsf(weights.value[1] - 0.416667f) < 1e-5f);
    assert_true(weights.value[3] == 1 && weights.value[4] == 1);
    assert_memory_equal(weights.col, csr.col, 5 * sizeof *csr.col);
    ra_csr_finish(&weights);

    CHECK_OK(ra_train_weights(&weights, &csr, 10, &err), err);
    assert_true(weights.value[1] == 0.1f); /* never 0 or below */
    ra_csr_finish(&weights);
    CHECK_OK(ra_train_weights(&weights, &csr, 0, &err), err);
    for (int i = 0; i < 5; i++)
        assert_true(weights.value[i] == 1);
    ra_csr_finish(&weights);
    ra_csr_finish(&csr);
}

static void one_rating_value_for_all_weighs_one(void **state)
{
    (void)state;
    const struct ra_triplet same[] = {{0, 0, 5}, {1, 0, 5}};
    struct ra_csr csr, weights;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, 2, 1, same, 2, &err), err);
    CHECK_OK(ra_train_weights(&weights, &csr, 1, &err), err);
    assert_true(weights.value[0] == 1 && weights.value[1] == 1);
    ra_csr_finish(&weights);
    ra_csr_finish(&csr);
}

/* The scores of all items, in each of the three orders. */
static bool order(unsigned by, const int64_t *when, float *scores, struct ra_err *err)
{
    struct ra_csr csr = sample(), weights;
    struct ra_ranker ranker = {0};
    const struct ra_algorithm *algorithm = ra_algorithm_find("popularity", err);
    CHECK_OK(ra_train_weights(&weights, &csr, 1, err), *err);
    const struct ra_train_data data = {.weights = &weights, .ratings = &csr, .when = when};
    const struct ra_train_params params = {
        .threads = 1, .popularity = {.by = by, .half_life_days = 10, .prior = 2}};
    bool ok = ra_train(algorithm, &ranker, &data, &params, err);
    if (ok)
        memcpy(scores, ranker.popularity, 4 * sizeof *scores);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&weights);
    ra_csr_finish(&csr);
    return ok;
}

static void books_are_ordered_by_readers_means_or_late_readers(void **state)
{
    (void)state;
    const int64_t day = 86400, now = 20000 * day;
    /* Rows: (0: books 0, 1), (1: 0, 2), (2: 0). */
    const int64_t when[] = {now - 40 * day, now, 0, now - 10 * day, now - 20 * day};
    float scores[4];
    struct ra_err err = {0};
    CHECK_OK(order(0, NULL, scores, &err), err);
    assert_true(scores[0] == 3 && scores[1] == 1 && scores[2] == 1 && scores[3] == 0);
    CHECK_OK(order(1, NULL, scores, &err), err);
    assert_true(fabsf(scores[0] - (18 + 2 * 20 / 3.0f) / 4) < 1e-5f);
    assert_true(fabsf(scores[2] - 20 / 3.0f) < 1e-5f); /* nobody rated: the overall mean */
    CHECK_OK(order(2, when, scores, &err), err);
    assert_true(fabsf(scores[0] - (0.0625f + 0.25f)) < 1e-5f); /* the unknown time is none */
    assert_true(fabsf(scores[1] - 1) < 1e-5f && fabsf(scores[2] - 0.5f) < 1e-5f);
    assert_true(scores[3] == 0);
    CHECK_FAILS(order(2, NULL, scores, &err), err, RA_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_leans_on_the_overall_mean),
        cmocka_unit_test(liking_weighs_more_than_disliking_and_no_rating_is_one),
        cmocka_unit_test(one_rating_value_for_all_weighs_one),
        cmocka_unit_test(books_are_ordered_by_readers_means_or_late_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
