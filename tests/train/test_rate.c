/* Rating algorithms: as an independent implementation has it (make_golden.py), and unbreakable. */
#include "../check.h"

#include <math.h>

#include "golden.h"
#include "readalike/random.h"
#include "readalike/rate.h"

#define N(array) (sizeof(array) / sizeof *(array))

static struct ra_csr matrix(uint32_t n_rows, uint32_t n_cols, const struct ra_triplet *rows,
                            size_t n)
{
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, n_rows, n_cols, rows, n, &err), err);
    return csr;
}

static void check_golden(const char *name, bool biased, const double *golden)
{
    struct ra_csr ratings = matrix(READERS, ITEMS, golden_ratings, N(golden_ratings));
    const struct ra_rate_algorithm *algorithm = ra_rate_algorithm_find(name);
    assert_non_null(algorithm);
    struct ra_rate_params params = algorithm->defaults;
    params.n_epochs = EPOCHS;
    params.n_factors = params.n_factors ? FACTORS : 0;
    params.seed = SEED;
    params.biased = biased;
    struct ra_rate_model model;
    struct ra_err err = {0};
    CHECK_OK(ra_rate_train(algorithm, &model, &ratings, &params, &err), err);
    for (uint32_t u = 0; u < READERS; u++) {
        for (uint32_t i = 0; i < ITEMS; i++) {
            double found = (double)ra_rate_predict(&model, u, i), want = golden[u * ITEMS + i];
            if (fabs(found - want) > 1e-5)
                fail_msg("%s: r_%u,%u is %.7f, not %.7f", name, u, i, found, want);
        }
    }
    ra_rate_model_finish(&model);
    ra_csr_finish(&ratings);
}

static void predictions_are_those_of_the_independent_script(void **state)
{
    (void)state;
    check_golden("baseline", true, golden_baseline_als);
    check_golden("baseline-als", true, golden_baseline_als);
    check_golden("baseline-sgd", true, golden_baseline_sgd);
    check_golden("svd", true, golden_svd);
    check_golden("svd", false, golden_svd_unbiased);
    check_golden("svdpp", true, golden_svdpp);
}

enum { MANY_READERS = 60, MANY_ITEMS = 40, MANY = MANY_READERS * MANY_ITEMS };

/* Readers and books of two kinds that like their own: 5 at home, 1 abroad, some withheld. */
static struct ra_csr checkerboard(void)
{
    static struct ra_triplet rows[MANY];
    size_t n = 0;
    for (uint32_t u = 0; u < MANY_READERS; u++) {
        for (uint32_t i = 0; i < MANY_ITEMS; i++) {
            if ((u * 7 + i * 3) % 5 != 0)
                rows[n++] = (struct ra_triplet){u, i, (u + i) % 2 ? 1 : 5};
        }
    }
    return matrix(MANY_READERS, MANY_ITEMS, rows, n);
}

struct losses {
    unsigned n;
    double rmse[512];
};

static void keep_loss(void *ctx, unsigned epoch, double rmse)
{
    struct losses *losses = ctx;
    assert_int_equal(epoch, losses->n);
    assert_true(losses->n < N(losses->rmse));
    losses->rmse[losses->n++] = rmse;
}

static void the_error_falls_every_epoch(void **state)
{
    (void)state;
    const struct ra_rate_algorithm *algorithm;
    struct ra_csr ratings = matrix(READERS, ITEMS, golden_ratings, N(golden_ratings));
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        struct losses losses = {0};
        struct ra_rate_watch watch = {keep_loss, &losses};
        struct ra_rate_params params = algorithm->defaults;
        params.watch = &watch;
        struct ra_rate_model model;
        struct ra_err err = {0};
        CHECK_OK(ra_rate_train(algorithm, &model, &ratings, &params, &err), err);
        assert_int_equal(losses.n, params.n_epochs);
        /* At rest it may waver by what a float cannot tell. */
        for (unsigned i = 1; i < losses.n; i++) {
            if (losses.rmse[i] > losses.rmse[i - 1] + 1e-6)
                fail_msg("%s: %.8f after %.8f", algorithm->name, losses.rmse[i],
                         losses.rmse[i - 1]);
        }
        assert_true(losses.rmse[losses.n - 1] < losses.rmse[0]);
        ra_rate_model_finish(&model);
    }
    ra_csr_finish(&ratings);
}

static void a_checkerboard_is_found_again(void **state)
{
    (void)state;
    struct ra_csr ratings = checkerboard();
    const struct ra_rate_algorithm *algorithm;
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        struct ra_rate_params params = algorithm->defaults;
        if (params.n_factors == 0)
            continue; /* biases alone cannot tell */
        params.n_factors = 8;
        params.n_epochs = 200;
        struct ra_rate_model model;
        struct ra_err err = {0};
        CHECK_OK(ra_rate_train(algorithm, &model, &ratings, &params, &err), err);
        for (uint32_t u = 0; u < MANY_READERS; u++) {
            for (uint32_t i = 0; i < MANY_ITEMS; i++) {
                float found = ra_rate_predict(&model, u, i), want = (u + i) % 2 ? 1 : 5;
                if (fabsf(found - want) > 0.75F)
                    fail_msg("%s: r_%u,%u is %.3f", algorithm->name, u, i, (double)found);
            }
        }
        ra_rate_model_finish(&model);
    }
    ra_csr_finish(&ratings);
}

static void the_seed_makes_the_model(void **state)
{
    (void)state;
    struct ra_csr ratings = checkerboard();
    const struct ra_rate_algorithm *svd = ra_rate_algorithm_find("svd");
    struct ra_rate_model one, again, other;
    struct ra_err err = {0};
    struct ra_rate_params params = svd->defaults;
    CHECK_OK(ra_rate_train(svd, &one, &ratings, &params, &err), err);
    CHECK_OK(ra_rate_train(svd, &again, &ratings, &params, &err), err);
    params.seed = 2;
    CHECK_OK(ra_rate_train(svd, &other, &ratings, &params, &err), err);
    size_t n = MANY_READERS * params.n_factors * sizeof(float);
    assert_memory_equal(one.p, again.p, n);
    assert_true(memcmp(one.p, other.p, n) != 0);
    ra_rate_model_finish(&one);
    ra_rate_model_finish(&again);
    ra_rate_model_finish(&other);
    ra_csr_finish(&ratings);
}

/* Trains each algorithm on the rows; all that it says is finite. */
static void check_finite(uint32_t n_readers, uint32_t n_items, const struct ra_triplet *rows,
                         size_t n, double low, double high)
{
    struct ra_csr ratings = matrix(n_readers, n_items, rows, n);
    const struct ra_rate_algorithm *algorithm;
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        struct ra_rate_model model;
        struct ra_err err = {0};
        CHECK_OK(ra_rate_train(algorithm, &model, &ratings, &algorithm->defaults, &err), err);
        for (uint32_t u = 0; u < n_readers; u++) {
            for (uint32_t i = 0; i < n_items; i++) {
                double found = (double)ra_rate_predict(&model, u, i);
                if (!(found >= low && found <= high))
                    fail_msg("%s: r_%u,%u is %g", algorithm->name, u, i, found);
            }
        }
        ra_rate_model_finish(&model);
    }
    ra_csr_finish(&ratings);
}

static void odd_tables_do_not_break_it(void **state)
{
    (void)state;
    const struct ra_triplet lonely[] = {{0, 0, 4}};
    check_finite(1, 1, lonely, 1, 1, 5);
    check_finite(3, 3, lonely, 1, 1, 5);
    const struct ra_triplet unrated[] = {{0, 0, 4}, {0, 1, NAN}, {1, 1, NAN}, {2, 0, 2}};
    check_finite(3, 2, unrated, 4, 0, 6);
    const struct ra_triplet equal[] = {{0, 0, 3}, {0, 1, 3}, {1, 0, 3}, {1, 1, 3}, {2, 1, 3}};
    check_finite(3, 2, equal, 5, 2, 4);
    const struct ra_triplet reader[] = {{0, 0, 1}, {0, 1, 5}, {0, 3, 3}};
    check_finite(1, 4, reader, 3, 0, 6);
}

static void who_has_no_rating_is_told_the_mean(void **state)
{
    (void)state;
    const struct ra_triplet rows[] = {{0, 0, 4}, {0, 1, 2}, {1, 2, NAN}};
    struct ra_csr ratings = matrix(2, 3, rows, 3);
    const struct ra_rate_algorithm *svd = ra_rate_algorithm_find("svd");
    struct ra_rate_model model;
    struct ra_err err = {0};
    CHECK_OK(ra_rate_train(svd, &model, &ratings, &svd->defaults, &err), err);
    assert_true(ra_rate_predict(&model, 1, 2) == 3);
    ra_rate_model_finish(&model);
    ra_csr_finish(&ratings);
}

static void nothing_to_learn_and_wild_parameters_are_refused(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_rate_model model;
    const struct ra_triplet unrated[] = {{0, 0, NAN}}, infinite[] = {{0, 0, INFINITY}};
    struct ra_csr none = matrix(1, 1, unrated, 1), empty = matrix(0, 0, NULL, 0);
    struct ra_csr endless = matrix(1, 1, infinite, 1), board = checkerboard();
    const struct ra_rate_algorithm *svd = ra_rate_algorithm_find("svd");
    CHECK_FAILS(ra_rate_train(svd, &model, &none, &svd->defaults, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_rate_train(svd, &model, &empty, &svd->defaults, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_rate_train(svd, &model, &endless, &svd->defaults, &err), err, RA_ERR_INVALID);
    struct ra_rate_params params = svd->defaults;
    params.lr_all = 100;
    CHECK_FAILS(ra_rate_train(svd, &model, &board, &params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "infinity"));
    params.lr_all = (double)NAN;
    CHECK_FAILS(ra_rate_train(svd, &model, &board, &params, &err), err, RA_ERR_INVALID);
    params = svd->defaults;
    params.n_factors = 0;
    CHECK_FAILS(ra_rate_train(svd, &model, &board, &params, &err), err, RA_ERR_INVALID);
    params.n_factors = 100000;
    CHECK_FAILS(ra_rate_train(svd, &model, &board, &params, &err), err, RA_ERR_INVALID);
    params = svd->defaults;
    params.memory_limit = 1000;
    CHECK_FAILS(ra_rate_train(svd, &model, &board, &params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "limit"));
    assert_null(ra_rate_algorithm_find("svd+"));
    ra_csr_finish(&none);
    ra_csr_finish(&empty);
    ra_csr_finish(&endless);
    ra_csr_finish(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_are_those_of_the_independent_script),
        cmocka_unit_test(the_error_falls_every_epoch),
        cmocka_unit_test(a_checkerboard_is_found_again),
        cmocka_unit_test(the_seed_makes_the_model),
        cmocka_unit_test(odd_tables_do_not_break_it),
        cmocka_unit_test(who_has_no_rating_is_told_the_mean),
        cmocka_unit_test(nothing_to_learn_and_wild_parameters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
