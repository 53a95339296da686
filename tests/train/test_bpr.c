/* bpr: what it learns, what it gives for odd data, and who is folded in. */
#include "fixture.h"

#include "readalike/dense.h"

static struct ra_train_params bpr_params(unsigned threads)
{
    struct ra_train_params params = default_params();
    params.bpr.factors = 11; /* no whole lanes */
    params.bpr.epochs = 200;
    params.threads = threads;
    return params;
}

static struct ra_csr readings(void)
{
    static float dense[READERS][ITEMS];
    make_dense(dense);
    return csr_of(READERS, ITEMS, dense[0]);
}

/* How often an item that was read stands before one that was not. */
static double auc(const struct ra_ranker *ranker, const struct ra_csr *csr)
{
    double right = 0, all = 0;
    for (uint32_t u = 0; u < csr->n_rows; u++) {
        float scores[ITEMS];
        bool read[ITEMS] = {false};
        scores_of(ranker, csr, u, scores);
        for (uint64_t at = csr->start[u]; at < csr->start[u + 1]; at++)
            read[csr->col[at]] = true;
        for (uint32_t i = 0; i < csr->n_cols; i++) {
            for (uint32_t j = 0; read[i] && j < csr->n_cols; j++) {
                right += !read[j] && scores[i] > scores[j];
                all += !read[j];
            }
        }
    }
    return right / all;
}

static void more_epochs_put_more_pairs_in_order(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    double before = 0;
    const unsigned epochs[] = {1, 20, 400};
    for (int i = 0; i < 3; i++) {
        struct ra_train_params params = bpr_params(1);
        params.bpr.epochs = epochs[i];
        struct ra_ranker ranker = trained("bpr", &csr, &params);
        double now = auc(&ranker, &csr);
        assert_true(now > before + 0.01);
        before = now;
        ra_ranker_finish(&ranker);
    }
    assert_true(before > 0.95);
    ra_csr_finish(&csr);
}

static void many_threads_learn_as_much_as_one(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        struct ra_train_params params = bpr_params(threads);
        struct ra_ranker ranker = trained("bpr", &csr, &params);
        assert_true(auc(&ranker, &csr) > 0.9);
        ra_ranker_finish(&ranker);
    }
    ra_csr_finish(&csr);
}

static void one_thread_gives_the_same_bytes(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    struct ra_train_params params = bpr_params(1);
    struct ra_ranker one = trained("bpr", &csr, &params), two = trained("bpr", &csr, &params);
    size_t f = params.bpr.factors;
    assert_memory_equal(one.factors.item, two.factors.item, ITEMS * f * sizeof(float));
    assert_memory_equal(one.factors.bias, two.factors.bias, ITEMS * sizeof(float));
    assert_memory_equal(one.reader, two.reader, READERS * f * sizeof(float));
    params.bpr.seed++;
    struct ra_ranker other = trained("bpr", &csr, &params);
    assert_memory_not_equal(one.factors.item, other.factors.item, ITEMS * f * sizeof(float));
    ra_ranker_finish(&one);
    ra_ranker_finish(&two);
    ra_ranker_finish(&other);
    ra_csr_finish(&csr);
}

static void popular_items_have_the_higher_bias(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    struct ra_train_params params = bpr_params(1);
    params.bpr.popular = 0;
    struct ra_ranker ranker = trained("bpr", &csr, &params);
    double count[ITEMS] = {0}, both = 0, mean_bias = 0;
    for (uint64_t at = 0; at < ra_csr_nnz(&csr); at++)
        count[csr.col[at]]++;
    for (int i = 0; i < ITEMS; i++)
        mean_bias += (double)ranker.factors.bias[i] / ITEMS;
    for (int i = 0; i < ITEMS; i++)
        both += (count[i] - (double)ra_csr_nnz(&csr) / ITEMS) *
                ((double)ranker.factors.bias[i] - mean_bias);
    assert_true(both > 0);
    for (int i = 0; i < ITEMS - 1; i++) /* the last has no reader */
        assert_true(ranker.factors.bias[ITEMS - 1] < ranker.factors.bias[i]);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

/* Their order of the items is nearly that of the training. */
static void a_reader_folded_in_scores_as_the_reader_trained(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    struct ra_train_params params = bpr_params(1);
    struct ra_ranker ranker = trained("bpr", &csr, &params);
    double as_trained = auc(&ranker, &csr);
    ranker.n_readers = 0; /* as if it had seen none of them */
    double folded_in = auc(&ranker, &csr);
    assert_true(folded_in > 0.85 && folded_in > as_trained - 0.12);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    struct ra_train_params params = bpr_params(1);
    params.bpr.factors = 4;
    params.bpr.epochs = 300;
    params.bpr.popular = 0;
    check_checkerboard("bpr", &params);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    struct ra_train_params params = bpr_params(2);
    check_odd_data("bpr", &params);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    check_memory_limit("bpr", bpr_params(2));
}

static void steps_to_infinity_are_an_error(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    struct ra_train_params params = bpr_params(1);
    struct ra_ranker ranker;
    struct ra_err err = {0};
    params.bpr.lr = 1000;
    params.bpr.reg = 10;
    const struct ra_train_data data = {.weights = &csr};
    CHECK_FAILS(ra_train(ra_algorithm_find("bpr", &err), &ranker, &data, &params, &err), err,
                RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "bpr.lr"));
    ra_csr_finish(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_epochs_put_more_pairs_in_order),
        cmocka_unit_test(many_threads_learn_as_much_as_one),
        cmocka_unit_test(one_thread_gives_the_same_bytes),
        cmocka_unit_test(popular_items_have_the_higher_bias),
        cmocka_unit_test(a_reader_folded_in_scores_as_the_reader_trained),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
        cmocka_unit_test(steps_to_infinity_are_an_error),
    };
    ra_dense_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
