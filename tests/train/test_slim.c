/* slim and the sparse form of ease against what makes an elastic net an optimum. */
#include "fixture.h"

enum { ALL = ITEMS };

static struct ra_train_params slim_params(double l1, double l2, bool nonnegative)
{
    struct ra_train_params params = default_params();
    params.neighbours = ALL;
    params.slim = (struct ra_slim_params){
        .l1 = l1, .l2 = l2, .candidates = ALL, .sweeps = 2000, .nonnegative = nonnegative};
    return params;
}

/* (ITEMS, ITEMS) from the rows, 0 where there is nothing. */
static void dense_of(const struct ra_neighbours *rows, double w[ITEMS][ITEMS])
{
    memset(w, 0, ITEMS * sizeof *w);
    for (uint32_t i = 0; i < ITEMS; i++) {
        for (uint64_t at = rows->start[i]; at < rows->start[i + 1]; at++)
            w[i][rows->item[at]] = (double)rows->score[at];
    }
}

/* x_i · (x_j - X w_j), what pulls at weight w_ij */
static double pull_of(float x[READERS][ITEMS], double w[ITEMS][ITEMS], int i, int j)
{
    double sum = 0;
    for (int u = 0; u < READERS; u++) {
        double rest = (double)x[u][j];
        for (int k = 0; k < ITEMS; k++)
            rest -= (double)x[u][k] * w[k][j];
        sum += (double)x[u][i] * rest;
    }
    return sum;
}

/* At the optimum a weight above 0 is pulled at by l1 + l2 w, one of 0 by no more than l1. */
static void nonnegative_weights_are_at_the_optimum(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    static double w[ITEMS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    const double nets[][2] = {{0, 5}, {0.5, 2}, {2, 0.5}};
    int before = ITEMS * ITEMS;
    for (size_t v = 0; v < 3; v++) {
        struct ra_train_params params = slim_params(nets[v][0], nets[v][1], true);
        struct ra_ranker ranker = trained("slim", &csr, &params);
        dense_of(&ranker.neighbours, w);
        int n_above = 0;
        for (int i = 0; i < ITEMS; i++) {
            for (int j = 0; j < ITEMS; j++) {
                double pull = pull_of(dense, w, i, j);
                n_above += w[i][j] > 0;
                if (w[i][j] > 0)
                    assert_true(fabs(pull - nets[v][0] - nets[v][1] * w[i][j]) < 0.02);
                else if (i != j)
                    assert_true(pull < nets[v][0] + 0.02);
            }
            assert_true(w[i][i] == 0);
        }
        assert_true(n_above > 50 && n_above < before); /* l1 thins them out */
        before = n_above;
        ra_ranker_finish(&ranker);
    }
    ra_csr_finish(&csr);
}

/* Whether every item that was read shares a reader with `j`, and so is a candidate. */
static bool goes_with_all(float dense[READERS][ITEMS], int j)
{
    for (int i = 0; i + 1 < ITEMS; i++) {
        bool shares = false;
        for (int u = 0; u < READERS; u++)
            shares |= dense[u][i] > 0 && dense[u][j] > 0;
        if (!shares)
            return false;
    }
    return true;
}

static void the_sparse_form_of_ease_is_the_dense_one(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.neighbours = ALL;
    params.ease.lambda = 8;
    params.ease.candidates = ALL;
    static double exact[ITEMS][ITEMS], w[ITEMS][ITEMS];
    struct ra_ranker whole = trained("ease", &csr, &params);
    dense_of(&whole.neighbours, exact);
    params.ease.sparse = 1;
    struct ra_ranker ranker = trained("ease", &csr, &params);
    dense_of(&ranker.neighbours, w);
    double largest = 0;
    int n_compared = 0;
    for (int i = 0; i < ITEMS; i++) {
        for (int j = 0; j < ITEMS; j++) {
            assert_true(!goes_with_all(dense, j) || fabs(w[i][j] - exact[i][j]) < 2e-3);
            n_compared += goes_with_all(dense, j);
            largest = fmax(largest, exact[i][j]);
        }
    }
    assert_true(largest > 0.05 && n_compared > 10 * ITEMS);
    ra_ranker_finish(&whole);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

/* When the matrix of items by items is over the limit, ease takes the form that is not. */
static void ease_goes_sparse_beyond_the_memory_limit(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    static struct ra_triplet triplets[MANY * 2];
    for (uint32_t i = 0; i < MANY; i++) {
        triplets[2 * i] = (struct ra_triplet){i, i, 1};
        triplets[2 * i + 1] = (struct ra_triplet){i, (i + 1) % MANY, 1};
    }
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, MANY, MANY, triplets, 2 * MANY, &err), err);
    struct ra_train_params params = default_params();
    const struct ra_train_data data = {.weights = &csr};
    const struct ra_algorithm *ease = ra_algorithm_find("ease", &err);
    assert_true(ease->bytes(&data, &params) > 36000000);
    params.memory_limit = 30000000;
    assert_true(ease->bytes(&data, &params) < params.memory_limit);
    struct ra_ranker ranker = trained("ease", &csr, &params);
    assert_true(ranker.neighbours.start[MANY] >= 2 * MANY);
    ra_ranker_finish(&ranker);
    params.ease.dense = 1;
    CHECK_FAILS(ra_train(ease, &ranker, &data, &params, &err), err, RA_ERR_INVALID);
    ra_csr_finish(&csr);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.slim.l2 = 1;
    params.threads = 1;
    struct ra_ranker one = trained("slim", &csr, &params);
    for (params.threads = 2; params.threads <= 5; params.threads++) {
        struct ra_ranker many = trained("slim", &csr, &params);
        check_same_rows(&one.neighbours, &many.neighbours);
        ra_ranker_finish(&many);
    }
    ra_ranker_finish(&one);
    ra_csr_finish(&csr);
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    check_checkerboard("slim", &params);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    struct ra_train_params params = default_params();
    check_odd_data("slim", &params);
    params.ease.sparse = 1;
    check_odd_data("ease", &params);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    check_memory_limit("slim", default_params());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonnegative_weights_are_at_the_optimum),
        cmocka_unit_test(the_sparse_form_of_ease_is_the_dense_one),
        cmocka_unit_test(ease_goes_sparse_beyond_the_memory_limit),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
