/* gf-cf against filters written out with dense matrices. */
#include "fixture.h"

/* R~' R~ by the formula, and the squares of R~'s singular values as its eigenvalues. */
static void normalised(float dense[READERS][ITEMS], double r[READERS][ITEMS], double d_i[ITEMS])
{
    for (int i = 0; i < ITEMS; i++) {
        d_i[i] = 0;
        for (int u = 0; u < READERS; u++)
            d_i[i] += (double)dense[u][i];
    }
    for (int u = 0; u < READERS; u++) {
        double d_u = 0;
        for (int i = 0; i < ITEMS; i++)
            d_u += (double)dense[u][i];
        for (int i = 0; i < ITEMS; i++)
            r[u][i] = dense[u][i] > 0 ? (double)dense[u][i] / sqrt(d_u * d_i[i]) : 0;
    }
}

static double product(double r[READERS][ITEMS], int i, int j)
{
    double sum = 0;
    for (int u = 0; u < READERS; u++)
        sum += r[u][i] * r[u][j];
    return sum;
}

static const float *cell(const struct ra_neighbours *rows, uint32_t i, uint32_t j)
{
    for (uint64_t at = rows->start[i]; at < rows->start[i + 1]; at++) {
        if (rows->item[at] == j)
            return &rows->score[at];
    }
    return NULL;
}

static void without_low_pass_it_is_the_linear_filter(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    static double r[READERS][ITEMS];
    double d_i[ITEMS];
    make_dense(dense);
    normalised(dense, r, d_i);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.neighbours = ITEMS;
    params.gfcf.alpha = 0;
    struct ra_ranker ranker = trained("gf-cf", &csr, &params);
    unsigned seen = 0;
    for (int i = 0; i < ITEMS; i++) {
        for (int j = 0; j < ITEMS; j++) {
            const float *score = cell(&ranker.neighbours, (uint32_t)i, (uint32_t)j);
            double s = i == j ? 0 : product(r, i, j);
            assert_true(score ? fabs((double)*score - s) < 1e-5 * s : s < 1e-7);
            seen += score != NULL;
        }
    }
    assert_true(seen > ITEMS * 10);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

/* With all of the singular vectors, V V' is the unit matrix on the span of the rows: where every
 * direction is let through nothing is left between two items but the linear filter. With one of
 * them it is D_i^1/2 1, which R~ always has, of value 1: S gets alpha d_j / sum d. */
static void the_first_vector_adds_what_is_popular(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    static double r[READERS][ITEMS];
    double d_i[ITEMS], all = 0;
    make_dense(dense);
    normalised(dense, r, d_i);
    for (int i = 0; i < ITEMS; i++)
        all += d_i[i];
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.neighbours = ITEMS;
    params.gfcf = (struct ra_gfcf_params){.alpha = 0.5, .factors = 1, .sweeps = 60, .seed = 1};
    struct ra_ranker ranker = trained("gf-cf", &csr, &params);
    for (int i = 0; i + 1 < ITEMS; i++) {
        for (int j = 0; j + 1 < ITEMS; j++) {
            const float *score = cell(&ranker.neighbours, (uint32_t)i, (uint32_t)j);
            assert_true((score == NULL) == (i == j));
            if (score)
                assert_true(fabs((double)*score - product(r, i, j) - 0.5 * d_i[j] / all) < 1e-4);
        }
    }
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
    struct ra_ranker a = trained("gf-cf", &csr, &params), b = trained("gf-cf", &csr, &params);
    check_same_rows(&a.neighbours, &b.neighbours);
    ra_ranker_finish(&a);
    ra_ranker_finish(&b);
    ra_csr_finish(&csr);
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    params.gfcf.factors = 2;
    check_checkerboard("gf-cf", &params);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    check_odd_data("gf-cf", &params);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    check_memory_limit("gf-cf", default_params());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_low_pass_it_is_the_linear_filter),
        cmocka_unit_test(the_first_vector_adds_what_is_popular),
        cmocka_unit_test(one_thread_gives_the_same_bytes_each_time),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
