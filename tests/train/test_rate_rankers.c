/* Algorithms that predict ratings as rankers: who is folded in is scored as who was trained on. */
#include "fixture.h"

#include "readalike/dense.h"

#define N(array) (sizeof(array) / sizeof *(array))

static const char *const by_factors[] = {"baseline", "gd-mf", "nmf", "svd", "svdpp"};

/* Two tastes, some not rated; the last item has no reader, reader 3 no item. */
static struct ra_csr ratings_of_two_tastes(void)
{
    static float dense[READERS][ITEMS];
    make_dense(dense);
    for (int u = 0; u < READERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            bool rated = dense[u][i] > 0 || ((u + i) % 3 == 0 && u != 3 && i != ITEMS - 1);
            float likes = u % 2 == i % 2 ? 1.5f : 0;
            dense[u][i] = rated ? 2 + likes + 0.5f * (float)((u * i) % 3) : 0;
        }
    }
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    for (uint64_t i = 0; i < ra_csr_nnz(&csr); i += 9)
        csr.value[i] = NAN;
    return csr;
}

static struct ra_train_params long_params(void)
{
    struct ra_train_params params = default_params();
    params.gd_mf.epochs = params.nmf.epochs = params.svd.epochs = params.svdpp.epochs = 1000;
    params.gd_mf.factors = params.nmf.factors = params.svd.factors = params.svdpp.factors = 4;
    return params;
}

static struct ra_ranker trained_on(const char *name, const struct ra_csr *ratings,
                                   const struct ra_train_params *params)
{
    struct ra_ranker ranker;
    struct ra_err err = {0};
    const struct ra_algorithm *algorithm = ra_algorithm_find(name, &err);
    assert_non_null(algorithm);
    const struct ra_train_data data = {.weights = ratings, .ratings = ratings};
    CHECK_OK(ra_train(algorithm, &ranker, &data, params, &err), err);
    assert_int_equal(algorithm->kind, RA_RANKER_FACTORS);
    return ranker;
}

/* Root mean square of the differences, each side less its mean: a constant moves no item. */
static double difference(const float *a, const float *b, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] - (double)b[i];
    for (size_t i = 0; i < n; i++) {
        double rest = (double)a[i] - (double)b[i] - sum / (double)n;
        squares += rest * rest;
    }
    return sqrt(squares / (double)n);
}

static void who_is_folded_in_is_scored_as_who_was_trained_on(void **state)
{
    (void)state;
    struct ra_csr ratings = ratings_of_two_tastes();
    struct ra_train_params params = long_params();
    /* svdpp knows beside the ratings what was rated at all; folded in, that is left out. */
    const double most[] = {1e-6, 0.02, 0.1, 0.05, 0.3};
    for (size_t a = 0; a < N(by_factors); a++) {
        struct ra_ranker ranker = trained_on(by_factors[a], &ratings, &params);
        struct ra_ranker stranger = ranker;
        stranger.n_readers = 0;
        double worst = 0;
        for (uint32_t u = 0; u < READERS; u++) {
            float known[ITEMS], folded[ITEMS];
            scores_of(&ranker, &ratings, u, known);
            scores_of(&stranger, &ratings, u, folded);
            worst = fmax(worst, difference(known, folded, ITEMS));
        }
        if (!(worst <= most[a]))
            fail_msg("%s: %g", by_factors[a], worst);
        ra_ranker_finish(&ranker);
    }
    ra_csr_finish(&ratings);
}

static void what_one_liked_comes_first(void **state)
{
    (void)state;
    struct ra_csr ratings = ratings_of_two_tastes();
    struct ra_train_params params = long_params();
    for (size_t a = 1; a < N(by_factors); a++) {
        struct ra_ranker ranker = trained_on(by_factors[a], &ratings, &params);
        unsigned right = 0;
        for (uint32_t u = 4; u < READERS; u++) {
            float scores[ITEMS];
            double mean[2] = {0};
            scores_of(&ranker, &ratings, u, scores);
            for (uint32_t i = 0; i < 34; i++)
                mean[i % 2] += (double)scores[i];
            right += mean[u % 2] > mean[1 - u % 2];
        }
        assert_true(right == READERS - 4);
        ra_ranker_finish(&ranker);
    }
    ra_csr_finish(&ratings);
}

static void without_ratings_or_memory_they_refuse(void **state)
{
    (void)state;
    struct ra_csr ratings = ratings_of_two_tastes();
    struct ra_train_params params = default_params();
    for (size_t a = 0; a < N(by_factors); a++) {
        struct ra_ranker ranker;
        struct ra_err err = {0};
        const struct ra_algorithm *algorithm = ra_algorithm_find(by_factors[a], &err);
        struct ra_train_data data = {.weights = &ratings};
        params.memory_limit = 0;
        CHECK_FAILS(ra_train(algorithm, &ranker, &data, &params, &err), err, RA_ERR_INVALID);
        assert_non_null(strstr(err.text, "there are none"));
        data.ratings = &ratings;
        params.memory_limit = algorithm->bytes(&data, &params) - 1;
        err = (struct ra_err){0};
        CHECK_FAILS(ra_train(algorithm, &ranker, &data, &params, &err), err, RA_ERR_INVALID);
        assert_non_null(strstr(err.text, "limit"));
        params.memory_limit++;
        err = (struct ra_err){0};
        CHECK_OK(ra_train(algorithm, &ranker, &data, &params, &err), err);
        ra_ranker_finish(&ranker);
    }
    ra_csr_finish(&ratings);
}

/* sum_v cos(u, v) w_vi over all readers v, but for what all of them share, |w_u|. */
static double by_readers(float dense[READERS][ITEMS], uint32_t u, uint32_t i)
{
    double score = 0;
    for (uint32_t v = 0; v < READERS; v++) {
        double uv = 0, vv = 0;
        for (uint32_t j = 0; j < ITEMS; j++) {
            /* An item is no neighbour of itself. */
            uv += j == i ? 0 : (double)dense[u][j] * (double)dense[v][j];
            vv += (double)dense[v][j] * (double)dense[v][j];
        }
        score += vv > 0 ? uv / sqrt(vv) * (double)dense[v][i] : 0;
    }
    return score;
}

static void user_knn_scores_by_all_readers(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    struct ra_train_params params = default_params();
    params.neighbours = ITEMS;
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_ranker ranker = trained("user-knn", &csr, &params);
    for (uint32_t u = 0; u < READERS; u++) {
        float scores[ITEMS];
        scores_of(&ranker, &csr, u, scores);
        for (uint32_t i = 0; i < ITEMS; i++) {
            double want = by_readers(dense, u, i), found = (double)scores[i];
            /* What nothing speaks for is not to be recommended. */
            if (want > 0 ? !(fabs(found - want) < 1e-5 * want) : found > 0)
                fail_msg("%u, %u: %g, not %g", u, i, found, want);
        }
    }
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void user_knn_stands_what_is_odd(void **state)
{
    (void)state;
    const struct ra_train_params params = default_params();
    check_checkerboard("user-knn", &params);
    check_odd_data("user-knn", &params);
    check_memory_limit("user-knn", params);
}

static void threads_do_not_show_in_user_knn(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    struct ra_train_params one = default_params(), two = one;
    one.threads = 1;
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_ranker a = trained("user-knn", &csr, &one), b = trained("user-knn", &csr, &two);
    check_same_rows(&a.neighbours, &b.neighbours);
    ra_ranker_finish(&a);
    ra_ranker_finish(&b);
    ra_csr_finish(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_folded_in_is_scored_as_who_was_trained_on),
        cmocka_unit_test(what_one_liked_comes_first),
        cmocka_unit_test(without_ratings_or_memory_they_refuse),
        cmocka_unit_test(user_knn_scores_by_all_readers),
        cmocka_unit_test(user_knn_stands_what_is_odd),
        cmocka_unit_test(threads_do_not_show_in_user_knn),
    };
    ra_dense_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
