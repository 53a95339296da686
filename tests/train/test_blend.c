/* blend: what it is made of, and that it finds what its parts know. */
#include "fixture.h"

static struct ra_train_params blend_params(const char *parts, unsigned fusion)
{
    struct ra_train_params params = default_params();
    params.blend.parts = parts;
    params.blend.fusion = fusion;
    params.blend.trees = 20;
    return params;
}

enum { LINEAR, RRF, XGBOOST };

static void a_blend_of_one_part_is_that_part(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = blend_params("rp3beta", LINEAR);
    struct ra_ranker part = trained("rp3beta", &csr, &params);
    struct ra_ranker blend = trained("blend", &csr, &params);
    assert_memory_equal(part.neighbours.start, blend.neighbours.start,
                        (ITEMS + 1) * sizeof *part.neighbours.start);
    double scale = (double)blend.neighbours.score[0] / (double)part.neighbours.score[0];
    for (uint64_t i = 0; i < part.neighbours.start[ITEMS]; i++) {
        double wanted = scale * (double)part.neighbours.score[i];
        assert_int_equal(part.neighbours.item[i], blend.neighbours.item[i]);
        assert_true(fabs((double)blend.neighbours.score[i] - wanted) < 1e-5 * wanted);
    }
    ra_ranker_finish(&part);
    ra_ranker_finish(&blend);
    ra_csr_finish(&csr);
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    struct ra_train_params params = blend_params("rp3beta,slim", LINEAR);
    params.slim.l2 = 1;
    check_checkerboard("blend", &params);
    params = blend_params("rp3beta,item-knn,popularity", XGBOOST);
    params.item_knn.min_support = 1;
    params.blend.candidates = 8;
    check_checkerboard("blend", &params);
}

static void places_are_fused_by_their_reciprocals(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = blend_params("rp3beta,popularity", RRF);
    params.blend.candidates = 5;
    struct ra_ranker blend = trained("blend", &csr, &params);
    struct ra_ranker parts[2] = {trained("rp3beta", &csr, &params),
                                 trained("popularity", &csr, &params)};
    for (uint32_t u = 0; u < READERS; u++) {
        float scores[ITEMS], expected[ITEMS] = {0}, of_part[ITEMS];
        for (int p = 0; p < 2; p++) {
            struct ra_scored kept[5];
            struct ra_topk best;
            ra_topk_init(&best, kept, 5);
            scores_of(&parts[p], &csr, u, of_part);
            for (uint32_t i = 0; i < ITEMS; i++)
                ra_topk_push(&best, i, dense[u][i] > 0 ? -INFINITY : of_part[i]);
            size_t n = ra_topk_sort(&best);
            for (size_t i = 0; i < n; i++)
                expected[kept[i].ix] += 1 / (60 + (float)(i + 1));
        }
        scores_of(&blend, &csr, u, scores);
        for (uint32_t i = 0; i < ITEMS; i++)
            assert_true(expected[i] > 0 ? fabsf(scores[i] - expected[i]) < 1e-6f
                                        : scores[i] == -INFINITY);
    }
    ra_ranker_finish(&blend);
    ra_ranker_finish(&parts[0]);
    ra_ranker_finish(&parts[1]);
    ra_csr_finish(&csr);
}

static void the_same_seed_gives_the_same_scores(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = blend_params("rp3beta,popularity", XGBOOST);
    params.threads = 1;
    struct ra_ranker a = trained("blend", &csr, &params), b = trained("blend", &csr, &params);
    int distinct = 0;
    for (uint32_t u = 0; u < READERS; u++) {
        float x[ITEMS], y[ITEMS];
        scores_of(&a, &csr, u, x);
        scores_of(&b, &csr, u, y);
        assert_memory_equal(x, y, sizeof x);
        for (int i = 1; i < ITEMS; i++)
            distinct += x[i] != x[i - 1];
    }
    assert_true(distinct > READERS); /* the trees tell items apart */
    ra_ranker_finish(&a);
    ra_ranker_finish(&b);
    ra_csr_finish(&csr);
}

static void any_number_of_threads_gives_the_same_rows(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = blend_params("rp3beta,slim,item-knn", LINEAR);
    params.slim.l2 = 1;
    params.threads = 1;
    struct ra_ranker one = trained("blend", &csr, &params);
    for (params.threads = 2; params.threads <= 4; params.threads++) {
        struct ra_ranker many = trained("blend", &csr, &params);
        check_same_rows(&one.neighbours, &many.neighbours);
        ra_ranker_finish(&many);
    }
    ra_ranker_finish(&one);
    ra_csr_finish(&csr);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    for (unsigned fusion = LINEAR; fusion <= XGBOOST; fusion++) {
        struct ra_train_params params = blend_params("rp3beta,item-knn", fusion);
        check_odd_data("blend", &params);
    }
}

static void parts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    const struct ra_train_data data = {.weights = &csr};
    const char *lists[] = {
        "blend", "rp3beta,no-such", "rp3beta,popularity",
        "rp3beta,rp3beta,rp3beta,rp3beta,rp3beta,rp3beta,rp3beta,rp3beta,rp3beta"};
    for (size_t i = 0; i < 4; i++) {
        struct ra_train_params params = blend_params(lists[i], LINEAR);
        struct ra_ranker ranker;
        struct ra_err err = {0};
        const struct ra_algorithm *blend = ra_algorithm_find("blend", &err);
        CHECK_FAILS(ra_train(blend, &ranker, &data, &params, &err), err, RA_ERR_INVALID);
    }
    ra_csr_finish(&csr);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    check_memory_limit("blend", blend_params("rp3beta,item-knn", XGBOOST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blend_of_one_part_is_that_part),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(places_are_fused_by_their_reciprocals),
        cmocka_unit_test(the_same_seed_gives_the_same_scores),
        cmocka_unit_test(any_number_of_threads_gives_the_same_rows),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(parts_that_cannot_be_are_refused),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
