/* Rating algorithms: as an independent implementation has it (make_golden.py), and unbreakable. */
#include "../check.h"

#include <math.h>

#include "golden.h"
#include "params.h"
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

static struct ra_rate_model trained(const char *name, const struct ra_csr *ratings,
                                    const struct ra_train_params *params)
{
    const struct ra_rate_algorithm *algorithm = ra_rate_algorithm_find(name);
    struct ra_rate_model model;
    struct ra_err err = {0};
    assert_non_null(algorithm);
    CHECK_OK(ra_rate_train(algorithm, &model, ratings, params, &err), err);
    return model;
}

/* What the model says of all pairs, (n_readers, n_items); the caller's to free. */
static float *all_estimates(const struct ra_rate_model *model)
{
    size_t n_readers = model->n_readers, n_items = model->n_items, n = n_readers * n_items;
    struct ra_triplet *rows = calloc(n + 1, sizeof *rows);
    float *estimates = calloc(n + 1, sizeof *estimates);
    assert_true(rows && estimates);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct ra_triplet){(uint32_t)(i / n_items), (uint32_t)(i % n_items), 1};
    struct ra_csr pairs = matrix(model->n_readers, model->n_items, rows, n);
    struct ra_err err = {0};
    CHECK_OK(ra_rate_estimate(model, &pairs, estimates, &err), err);
    ra_csr_finish(&pairs);
    free(rows);
    return estimates;
}

static void check_golden(const char *name, const struct ra_train_params *params,
                         const double *golden)
{
    struct ra_csr ratings = matrix(READERS, ITEMS, golden_ratings, N(golden_ratings));
    struct ra_rate_model model = trained(name, &ratings, params);
    float *estimates = all_estimates(&model);
    for (int i = 0; i < READERS * ITEMS; i++) {
        if (fabs((double)estimates[i] - golden[i]) > 1e-5)
            fail_msg("%s %u: r_%d,%d is %.7f, not %.7f", name, params->knn.similarity, i / ITEMS,
                     i % ITEMS, (double)estimates[i], golden[i]);
    }
    free(estimates);
    ra_rate_model_finish(&model);
    ra_csr_finish(&ratings);
}

/* Those that the script was run with. */
static struct ra_train_params golden_params(void)
{
    struct ra_train_params params = default_params();
    struct ra_rate_params *all[] = {&params.baseline, &params.gd_mf, &params.nmf, &params.svd,
                                    &params.svdpp};
    for (size_t i = 0; i < N(all); i++) {
        all[i]->factors = FACTORS;
        all[i]->epochs = EPOCHS;
        all[i]->seed = SEED;
    }
    params.svd.lr = 0.005;
    params.svd.reg = 0.02;
    params.svdpp.lr = 0.007;
    params.svdpp.reg = 0.02;
    params.nmf.reg = 0.06;
    return params;
}

static void predictions_are_those_of_the_independent_script(void **state)
{
    (void)state;
    struct ra_train_params params = golden_params();
    check_golden("baseline", &params, golden_baseline_als);
    check_golden("gd-mf", &params, golden_gd_mf);
    check_golden("nmf", &params, golden_nmf);
    check_golden("svd", &params, golden_svd);
    check_golden("svdpp", &params, golden_svdpp);
    params.baseline.method = RA_RATE_SGD;
    params.nmf.biased = 1;
    params.svd.biased = 0;
    check_golden("baseline", &params, golden_baseline_sgd);
    check_golden("nmf", &params, golden_nmf_biased);
    check_golden("svd", &params, golden_svd_unbiased);
}

static void neighbours_predict_as_the_independent_script_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < N(golden_knn); i++) {
        struct ra_train_params params = default_params();
        params.knn.k = 3;
        params.knn.min_k = 2;
        params.knn.min_support = 2;
        params.knn.shrinkage = golden_knn[i].shrinkage;
        params.knn.similarity = word_of("knn.similarity", golden_knn[i].similarity);
        params.knn.prediction = word_of("knn.prediction", golden_knn[i].prediction);
        check_golden(golden_knn[i].by_item ? "item-knn" : "user-knn", &params,
                     golden_knn[i].ratings);
    }
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
    assert_int_equal(epoch, losses->n + 1);
    assert_true(losses->n < N(losses->rmse));
    losses->rmse[losses->n++] = rmse;
}

static void the_error_falls_every_epoch(void **state)
{
    (void)state;
    const struct ra_rate_algorithm *algorithm;
    struct ra_train_params params = default_params();
    struct ra_csr ratings = matrix(READERS, ITEMS, golden_ratings, N(golden_ratings));
    params.gd_mf.reg = 0; /* what falls is the error and the regularisation together */
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        struct losses losses = {0};
        struct ra_watch watch = {keep_loss, &losses};
        params.watch = &watch;
        struct ra_rate_model model;
        struct ra_err err = {0};
        CHECK_OK(ra_rate_train(algorithm, &model, &ratings, &params, &err), err);
        assert_int_equal(losses.n, ra_rate_epochs(algorithm, &params));
        /* At rest it may waver by what a float cannot tell. */
        for (unsigned i = 1; i < losses.n; i++) {
            if (losses.rmse[i] > losses.rmse[i - 1] + 1e-6)
                fail_msg("%s: %.8f after %.8f", algorithm->name, losses.rmse[i],
                         losses.rmse[i - 1]);
        }
        assert_true(losses.n == 0 || losses.rmse[losses.n - 1] < losses.rmse[0]);
        ra_rate_model_finish(&model);
    }
    ra_csr_finish(&ratings);
}

static void a_checkerboard_is_found_again(void **state)
{
    (void)state;
    struct ra_csr ratings = checkerboard();
    struct ra_train_params params = default_params();
    struct ra_rate_params *all[] = {&params.gd_mf, &params.nmf, &params.svd, &params.svdpp};
    const struct ra_rate_algorithm *algorithm;
    for (size_t i = 0; i < N(all); i++) {
        all[i]->factors = 8;
        all[i]->epochs = 200;
    }
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        if (strcmp(algorithm->name, "baseline") == 0)
            continue; /* biases alone cannot tell */
        struct ra_rate_model model = trained(algorithm->name, &ratings, &params);
        float *estimates = all_estimates(&model);
        for (uint32_t i = 0; i < MANY; i++) {
            uint32_t u = i / MANY_ITEMS, item = i % MANY_ITEMS;
            float want = (u + item) % 2 ? 1 : 5;
            if (fabsf(estimates[i] - want) > 0.75F)
                fail_msg("%s: r_%u,%u is %.3f", algorithm->name, u, item, (double)estimates[i]);
        }
        free(estimates);
        ra_rate_model_finish(&model);
    }
    ra_csr_finish(&ratings);
}

/* Whether two trainings say the same to the last bit. */
static bool is_same(const char *name, const struct ra_train_params *one,
                    const struct ra_train_params *other)
{
    struct ra_csr ratings = checkerboard();
    struct ra_rate_model a = trained(name, &ratings, one), b = trained(name, &ratings, other);
    float *of_a = all_estimates(&a), *of_b = all_estimates(&b);
    bool same = memcmp(of_a, of_b, MANY * sizeof *of_a) == 0;
    free(of_a);
    free(of_b);
    ra_rate_model_finish(&a);
    ra_rate_model_finish(&b);
    ra_csr_finish(&ratings);
    return same;
}

static void the_seed_makes_the_model_and_threads_do_not(void **state)
{
    (void)state;
    struct ra_train_params one = default_params(), two = one, other = one;
    const struct ra_rate_algorithm *algorithm;
    one.threads = 1;
    struct ra_rate_params *all[] = {&other.gd_mf, &other.nmf, &other.svd, &other.svdpp};
    for (size_t i = 0; i < N(all); i++)
        all[i]->seed = 2;
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++)
        assert_true(is_same(algorithm->name, &one, &two));
    const char *const drawn[] = {"gd-mf", "nmf", "svd", "svdpp"};
    for (size_t i = 0; i < N(drawn); i++)
        assert_false(is_same(drawn[i], &one, &other));
}

/* Trains each algorithm on the rows, neighbours in every way; all that it says is finite. */
static void check_finite_by(const struct ra_rate_algorithm *algorithm, const struct ra_csr *ratings,
                            const struct ra_train_params *params, double low, double high)
{
    struct ra_rate_model model = trained(algorithm->name, ratings, params);
    float *estimates = all_estimates(&model);
    for (uint32_t i = 0; i < ratings->n_rows * ratings->n_cols; i++) {
        double found = (double)estimates[i];
        if (!(found >= low && found <= high))
            fail_msg("%s (%u, %u): r_%u,%u is %g", algorithm->name, params->knn.similarity,
                     params->knn.prediction, i / ratings->n_cols, i % ratings->n_cols, found);
    }
    free(estimates);
    ra_rate_model_finish(&model);
}

static void check_finite(uint32_t n_readers, uint32_t n_items, const struct ra_triplet *rows,
                         size_t n, double low, double high)
{
    struct ra_csr ratings = matrix(n_readers, n_items, rows, n);
    struct ra_train_params params = default_params();
    const struct ra_rate_algorithm *algorithm;
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        if (!strstr(algorithm->name, "knn")) {
            check_finite_by(algorithm, &ratings, &params, low, high);
            continue;
        }
        for (unsigned way = 0; way < 24; way++) {
            params.knn.similarity = way / 4;
            params.knn.prediction = way % 4;
            params.knn.shrinkage = way % 5;
            check_finite_by(algorithm, &ratings, &params, low, high);
        }
    }
    ra_csr_finish(&ratings);
}

static void odd_tables_do_not_break_it(void **state)
{
    (void)state;
    const struct ra_triplet lonely[] = {{0, 0, 4}};
    check_finite(1, 1, lonely, 1, -1, 9);
    check_finite(3, 3, lonely, 1, -1, 9);
    const struct ra_triplet unrated[] = {{0, 0, 4}, {0, 1, NAN}, {1, 1, NAN}, {2, 0, 2}};
    check_finite(3, 2, unrated, 4, -1, 9);
    const struct ra_triplet equal[] = {{0, 0, 3}, {0, 1, 3}, {1, 0, 3}, {1, 1, 3}, {2, 1, 3}};
    check_finite(3, 2, equal, 5, 0, 6);
    const struct ra_triplet nothing[] = {{0, 0, 0}, {0, 1, 0}, {1, 0, 0}};
    check_finite(3, 2, nothing, 3, -1, 1);
    const struct ra_triplet reader[] = {{0, 0, 1}, {0, 1, 5}, {0, 3, 3}};
    check_finite(1, 4, reader, 3, -1, 9);
}

static void who_has_no_rating_is_told_the_mean(void **state)
{
    (void)state;
    const struct ra_triplet rows[] = {{0, 0, 4}, {0, 1, 2}, {1, 2, NAN}};
    struct ra_csr ratings = matrix(2, 3, rows, 3);
    struct ra_train_params params = default_params();
    const char *const names[] = {"baseline", "gd-mf", "item-knn", "svd", "svdpp", "user-knn"};
    for (size_t i = 0; i < N(names); i++) {
        struct ra_rate_model model = trained(names[i], &ratings, &params);
        float *estimates = all_estimates(&model);
        assert_true(estimates[5] == 3);
        free(estimates);
        ra_rate_model_finish(&model);
    }
    ra_csr_finish(&ratings);
}

static void a_kept_few_are_the_best_neighbours(void **state)
{
    (void)state;
    struct ra_csr ratings = checkerboard();
    struct ra_train_params all = default_params(), few = all;
    /* Of one's own kind there are more than 10; with all of them kept, 10 are asked for. */
    all.knn.similarity = few.knn.similarity = RA_RATE_PEARSON;
    few.knn.neighbours = 25;
    struct ra_rate_model model = trained("user-knn", &ratings, &few);
    float *estimates = all_estimates(&model);
    for (uint32_t i = 0; i < MANY; i++)
        assert_true(fabsf(estimates[i] - ((i / MANY_ITEMS + i % MANY_ITEMS) % 2 ? 1 : 5)) < 0.75F);
    free(estimates);
    ra_rate_model_finish(&model);
    ra_csr_finish(&ratings);
}

static void check_refused(const char *name, const struct ra_csr *ratings,
                          const struct ra_train_params *params, const char *said)
{
    struct ra_rate_model model;
    struct ra_err err = {0};
    const struct ra_rate_algorithm *algorithm = ra_rate_algorithm_find(name);
    CHECK_FAILS(ra_rate_train(algorithm, &model, ratings, params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, said));
}

static void nothing_to_learn_and_wild_parameters_are_refused(void **state)
{
    (void)state;
    const struct ra_triplet unrated[] = {{0, 0, NAN}}, infinite[] = {{0, 0, INFINITY}};
    const struct ra_triplet below[] = {{0, 0, -1}};
    struct ra_csr none = matrix(1, 1, unrated, 1), empty = matrix(0, 0, NULL, 0);
    struct ra_csr endless = matrix(1, 1, infinite, 1), board = checkerboard();
    struct ra_csr negative = matrix(1, 1, below, 1);
    struct ra_train_params params = default_params();
    const struct ra_rate_algorithm *algorithm;
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        check_refused(algorithm->name, &none, &params, "no rating");
        check_refused(algorithm->name, &empty, &params, "no rating");
        check_refused(algorithm->name, &endless, &params, "finite");
    }
    check_refused("nmf", &negative, &params, "0 or more");
    params.svd.lr = 100;
    check_refused("svd", &board, &params, "infinity");
    params.svd.lr = (double)NAN;
    check_refused("svd", &board, &params, "from 0 on");
    params.svd.lr = 0.1;
    params.svd.factors = 0;
    check_refused("svd", &board, &params, "1 factor");
    params.knn.k = 0;
    check_refused("user-knn", &board, &params, "1 neighbour");
    assert_null(ra_rate_algorithm_find("svd+"));
    ra_csr_finish(&none);
    ra_csr_finish(&empty);
    ra_csr_finish(&endless);
    ra_csr_finish(&negative);
    ra_csr_finish(&board);
}

static void what_is_over_the_memory_limit_is_refused(void **state)
{
    (void)state;
    struct ra_csr board = checkerboard();
    struct ra_train_params params = default_params();
    const struct ra_rate_algorithm *algorithm;
    for (size_t a = 0; (algorithm = ra_rate_algorithm_at(a)); a++) {
        params.memory_limit = ra_rate_bytes(algorithm, &board, &params) - 1;
        check_refused(algorithm->name, &board, &params, "limit");
        params.memory_limit++;
        struct ra_rate_model model = trained(algorithm->name, &board, &params);
        ra_rate_model_finish(&model);
    }
    ra_csr_finish(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions_are_those_of_the_independent_script),
        cmocka_unit_test(neighbours_predict_as_the_independent_script_has_it),
        cmocka_unit_test(the_error_falls_every_epoch),
        cmocka_unit_test(a_checkerboard_is_found_again),
        cmocka_unit_test(the_seed_makes_the_model_and_threads_do_not),
        cmocka_unit_test(odd_tables_do_not_break_it),
        cmocka_unit_test(who_has_no_rating_is_told_the_mean),
        cmocka_unit_test(a_kept_few_are_the_best_neighbours),
        cmocka_unit_test(nothing_to_learn_and_wild_parameters_are_refused),
        cmocka_unit_test(what_is_over_the_memory_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
