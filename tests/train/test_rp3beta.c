/* rp3beta against the walk written out with dense matrices. */
#include "fixture.h"

/* s_ij, as train.h writes it. */
static double naive(float dense[READERS][ITEMS], int i, int j, double alpha, double beta)
{
    double d_i = 0, d_j = 0, s = 0;
    for (int v = 0; v < READERS; v++) {
        d_i += (double)dense[v][i];
        d_j += (double)dense[v][j];
    }
    for (int v = 0; v < READERS; v++) {
        double d_v = 0;
        for (int k = 0; k < ITEMS; k++)
            d_v += (double)dense[v][k];
        if (dense[v][i] > 0 && dense[v][j] > 0)
            s += pow((double)dense[v][i] / d_i, alpha) * pow((double)dense[v][j] / d_v, alpha);
    }
    return s > 0 ? s / pow(d_j, beta) : 0;
}

static void it_is_what_the_formula_says(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    const struct ra_rp3beta_params variants[] = {{1, 0.6}, {0.7, 0}, {0, 1}, {2, 0.3}};
    for (size_t v = 0; v < 4; v++) {
        struct ra_train_params params = default_params();
        params.rp3beta = variants[v];
        params.neighbours = ITEMS;
        struct ra_ranker ranker = trained("rp3beta", &csr, &params);
        const struct ra_neighbours *rows = &ranker.neighbours;
        uint64_t pairs = 0;
        for (int i = 0; i < ITEMS; i++) {
            for (int j = 0; j < ITEMS; j++)
                pairs += i != j && naive(dense, i, j, variants[v].alpha, variants[v].beta) > 0;
            for (uint64_t at = rows->start[i]; at < rows->start[i + 1]; at++) {
                double s =
                    naive(dense, i, (int)rows->item[at], variants[v].alpha, variants[v].beta);
                assert_true(fabs((double)rows->score[at] - s) < 1e-5 * s);
                assert_true(at == rows->start[i] || rows->score[at] <= rows->score[at - 1]);
            }
        }
        assert_int_equal(rows->start[ITEMS], pairs);
        ra_ranker_finish(&ranker);
    }
    ra_csr_finish(&csr);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.threads = 1;
    struct ra_ranker one = trained("rp3beta", &csr, &params);
    for (params.threads = 2; params.threads <= 5; params.threads++) {
        struct ra_ranker many = trained("rp3beta", &csr, &params);
        check_same_rows(&one.neighbours, &many.neighbours);
        ra_ranker_finish(&many);
    }
    ra_ranker_finish(&one);
    ra_csr_finish(&csr);
}

static void what_all_read_is_held_back(void **state)
{
    (void)state;
    /* Item 2 is read by all; items 0 and 1 by the first two only. */
    const float dense[12] = {1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1};
    struct ra_csr csr = csr_of(4, 3, dense);
    struct ra_train_params params = default_params();
    params.rp3beta.beta = 0;
    struct ra_ranker ranker = trained("rp3beta", &csr, &params);
    assert_true(ranker.neighbours.score[0] == ranker.neighbours.score[1]);
    ra_ranker_finish(&ranker);
    params.rp3beta.beta = 0.5;
    ranker = trained("rp3beta", &csr, &params);
    assert_int_equal(ranker.neighbours.item[0], 1);
    assert_int_equal(ranker.neighbours.item[1], 2);
    assert_true(ranker.neighbours.score[0] > ranker.neighbours.score[1]);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    check_checkerboard("rp3beta", &params);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    check_odd_data("rp3beta", &params);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    check_memory_limit("rp3beta", default_params());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_the_formula_says),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(what_all_read_is_held_back),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
