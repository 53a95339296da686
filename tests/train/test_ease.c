/* ease against the inverse by Gauss and Jordan, in doubles. */
#include "fixture.h"

static int count(float dense[READERS][ITEMS], int reader, int item)
{
    int n = 0;
    for (int i = 0; item < 0 && i < ITEMS; i++)
        n += dense[reader][i] > 0;
    for (int u = 0; item >= 0 && u < READERS; u++)
        n += dense[u][item] > 0;
    return n ? n : 1;
}

/* X of train.h in place of the weights. */
static void normalise(float dense[READERS][ITEMS], const struct ra_ease_params *p,
                      float x[READERS][ITEMS])
{
    double before = 0, after = 0;
    for (int u = 0; u < READERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            x[u][i] = (float)((double)dense[u][i] * pow(count(dense, u, -1), -p->reader_damping) *
                              pow(count(dense, -1, i), -p->item_damping));
            before += (double)dense[u][i] * (double)dense[u][i];
            after += (double)x[u][i] * (double)x[u][i];
        }
    }
    for (int u = 0; u < READERS; u++) {
        for (int i = 0; i < ITEMS; i++)
            x[u][i] *= (float)sqrt(before / after);
    }
}

/* P = (X' X + lambda I)^-1 by elimination without any library. */
static void naive_inverse(float dense[READERS][ITEMS], double lambda, double p[ITEMS][ITEMS])
{
    static double g[ITEMS][2 * ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        for (int j = 0; j < 2 * ITEMS; j++)
            g[i][j] = i + ITEMS == j;
        for (int j = 0; j < ITEMS; j++) {
            for (int u = 0; u < READERS; u++)
                g[i][j] += (double)dense[u][i] * (double)dense[u][j];
        }
        g[i][i] += lambda;
    }
    for (int k = 0; k < ITEMS; k++) {
        double pivot = g[k][k];
        for (int j = 0; j < 2 * ITEMS; j++)
            g[k][j] /= pivot;
        for (int i = 0; i < ITEMS; i++) {
            double factor = i == k ? 0 : g[i][k];
            for (int j = 0; j < 2 * ITEMS; j++)
                g[i][j] -= factor * g[k][j];
        }
    }
    for (int i = 0; i < ITEMS; i++)
        memcpy(p[i], &g[i][ITEMS], ITEMS * sizeof p[i][0]);
}

static double b_of(double p[ITEMS][ITEMS], uint32_t i, uint32_t j)
{
    return i == j ? 0 : -p[i][j] / p[j][j];
}

static void all_of_the_matrix_is_that_of_the_formula(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    static double p[ITEMS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.ease = (struct ra_ease_params){.lambda = 2, .dense = 1};
    naive_inverse(dense, params.ease.lambda, p);
    struct ra_ranker ranker = trained("ease", &csr, &params);
    double largest = 0;
    for (uint32_t i = 0; i < ITEMS; i++) {
        for (uint32_t j = 0; j < ITEMS; j++) {
            double b = (double)ranker.similarity[i * ITEMS + j];
            assert_true(fabs(b - b_of(p, i, j)) < 1e-5);
            largest = fmax(largest, fabs(b));
        }
    }
    assert_true(largest > 0.05); /* else nothing was compared */
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void readers_and_items_are_damped_as_the_formula_says(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS], x[READERS][ITEMS];
    static double p[ITEMS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.ease = (struct ra_ease_params){
        .lambda = 2, .dense = 1, .reader_damping = 0.4, .item_damping = 0.3, .item_return = 0.2};
    normalise(dense, &params.ease, x);
    naive_inverse(x, params.ease.lambda, p);
    struct ra_ranker ranker = trained("ease", &csr, &params);
    for (int i = 0; i < ITEMS; i++) {
        for (int j = 0; j < ITEMS; j++) {
            double s = b_of(p, (uint32_t)i, (uint32_t)j) * pow(count(dense, -1, i), -0.3) *
                       pow(count(dense, -1, j), 0.2);
            assert_true(fabs((double)ranker.similarity[i * ITEMS + j] - s) < 1e-5);
        }
    }
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void the_best_of_a_row_are_kept(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    static double p[ITEMS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.ease = (struct ra_ease_params){.lambda = 2};
    params.neighbours = 5;
    naive_inverse(dense, params.ease.lambda, p);
    struct ra_ranker ranker = trained("ease", &csr, &params);
    const struct ra_neighbours *rows = &ranker.neighbours;
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint64_t first = rows->start[i], end = rows->start[i + 1];
        unsigned better = 0, above = 0;
        for (uint32_t j = 0; j < ITEMS; j++) {
            above += b_of(p, i, j) > 1e-6;
            better += end > first && b_of(p, i, j) > (double)rows->score[end - 1] + 1e-5;
        }
        assert_int_equal(end - first, above < 5 ? above : 5);
        assert_true(end == first || better < end - first);
        for (uint64_t at = first; at < end; at++)
            assert_true(fabs((double)rows->score[at] - b_of(p, i, rows->item[at])) < 1e-5);
    }
    assert_int_equal(rows->start[ITEMS - 1], rows->start[ITEMS]); /* nobody read the last */
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void one_thread_gives_the_same_bytes_each_time(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.threads = 1;
    struct ra_ranker a = trained("ease", &csr, &params), b = trained("ease", &csr, &params);
    check_same_rows(&a.neighbours, &b.neighbours);
    ra_ranker_finish(&a);
    ra_ranker_finish(&b);
    ra_csr_finish(&csr);
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    check_checkerboard("ease", &params);
    params.ease.dense = 1;
    check_checkerboard("ease", &params);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    check_odd_data("ease", &params);
    params.ease.dense = 1;
    check_odd_data("ease", &params);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    params.ease.dense = 1; /* else the sparse form would be taken */
    check_memory_limit("ease", params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_the_matrix_is_that_of_the_formula),
        cmocka_unit_test(readers_and_items_are_damped_as_the_formula_says),
        cmocka_unit_test(the_best_of_a_row_are_kept),
        cmocka_unit_test(one_thread_gives_the_same_bytes_each_time),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
