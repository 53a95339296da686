/* item2vec: its step against the formula, what it makes of orders and sets, and odd data. */
#include "fixture.h"

#include "../../src/train/sgns.h"

enum { WIDTH = 24, OUTPUTS = 7 };

static void fill(float *values, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        values[i] = (float)(seed >> 40) / 0x1p24f - 0.5f;
    }
}

/* The formula of sgns.h in doubles, all rows as they were before. */
static void naive_step(float input[SGNS_INPUTS][WIDTH], float output[OUTPUTS][WIDTH], unsigned n,
                       double rate, double want_in[][WIDTH], double want_out[][WIDTH])
{
    for (unsigned j = 0; j < SGNS_INPUTS; j++) {
        for (int f = 0; f < WIDTH; f++)
            want_in[j][f] = (double)input[j][f];
    }
    for (unsigned o = 0; o < OUTPUTS; o++) {
        for (int f = 0; f < WIDTH; f++)
            want_out[o][f] = (double)output[o][f];
    }
    for (unsigned j = 0; j < n; j++) {
        for (unsigned o = 0; o < OUTPUTS; o++) {
            double product = 0;
            for (int f = 0; f < WIDTH; f++)
                product += (double)input[j][f] * (double)output[o][f];
            double g = rate * ((o == 0) - 1 / (1 + exp(-product)));
            for (int f = 0; f < WIDTH; f++) {
                want_in[j][f] += g * (double)output[o][f];
                want_out[o][f] += g * (double)input[j][f];
            }
        }
    }
}

static void a_step_is_what_the_formula_says(void **state)
{
    (void)state;
    float sigmoid[SGNS_TABLE], input[SGNS_INPUTS][WIDTH], output[OUTPUTS][WIDTH];
    double want_in[SGNS_INPUTS][WIDTH], want_out[OUTPUTS][WIDTH];
    sgns_fill_table(sigmoid);
    for (unsigned n = 1; n <= SGNS_INPUTS; n++) {
        struct sgns_step step = {
            .n_inputs = n, .n_outputs = OUTPUTS, .rate = 0.5f, .n_lanes = 3, .sigmoid = sigmoid};
        fill(input[0], SGNS_INPUTS * WIDTH, n);
        fill(output[0], OUTPUTS * WIDTH, 10 + n);
        naive_step(input, output, n, 0.5, want_in, want_out);
        for (unsigned j = 0; j < SGNS_INPUTS; j++)
            step.input[j] = input[j];
        for (unsigned o = 0; o < OUTPUTS; o++)
            step.output[o] = output[o];
        sgns_step(&step);
        for (unsigned j = 0; j < SGNS_INPUTS; j++) {
            for (int f = 0; f < WIDTH; f++)
                assert_true(fabs((double)input[j][f] - want_in[j][f]) < 2e-3);
        }
        for (unsigned o = 0; o < OUTPUTS; o++) {
            for (int f = 0; f < WIDTH; f++)
                assert_true(fabs((double)output[o][f] - want_out[o][f]) < 2e-3);
        }
    }
}

static void far_from_zero_the_sigmoid_is_certain(void **state)
{
    (void)state;
    float sigmoid[SGNS_TABLE], input[SGNS_INPUTS][8] = {{0}}, output[2][8] = {{0}};
    sgns_fill_table(sigmoid);
    struct sgns_step step = {
        .n_inputs = 1, .n_outputs = 2, .rate = 1, .n_lanes = 1, .sigmoid = sigmoid};
    for (unsigned j = 0; j < SGNS_INPUTS; j++)
        step.input[j] = input[j];
    step.output[0] = output[0];
    step.output[1] = output[1];
    /* Right already: nothing moves. */
    input[0][0] = 10, output[0][0] = 1, output[1][0] = -1;
    sgns_step(&step);
    assert_true(input[0][0] == 10 && output[0][0] == 1 && output[1][0] == -1);
    /* Wrong on both: by all of the rate. */
    output[0][0] = -1, output[1][0] = 1;
    sgns_step(&step);
    assert_true(input[0][0] == 8 && output[0][0] == 9 && output[1][0] == -9);
}

static struct ra_train_params small_params(void)
{
    struct ra_train_params params = default_params();
    params.threads = 1;
    params.item2vec.vector_size = 20; /* not of whole lanes */
    params.item2vec.window = 3;
    params.item2vec.epochs = 200;
    params.item2vec.sample = 0;
    return params;
}

static struct ra_ranker train_when(const struct ra_csr *csr, const int64_t *when,
                                   const struct ra_train_params *params)
{
    struct ra_ranker ranker;
    struct ra_err err = {0};
    const struct ra_train_data data = {.weights = csr, .when = when};
    CHECK_OK(ra_train(ra_algorithm_find("item2vec", &err), &ranker, &data, params, &err), err);
    return ranker;
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    struct ra_train_params params = small_params();
    params.neighbours = BOARD;
    check_checkerboard("item2vec", &params);
}

/* All read all of 24 items, around a ring: only the order tells near from far. */
static void neighbours_in_time_are_near(void **state)
{
    (void)state;
    enum { RING = 24 };
    static float dense[RING * RING];
    static int64_t when[RING * RING];
    for (uint32_t u = 0; u < RING; u++) {
        for (uint32_t i = 0; i < RING; i++) {
            dense[u * RING + i] = 1;
            when[u * RING + i] = (i + RING - u) % RING;
        }
    }
    struct ra_csr csr = csr_of(RING, RING, dense);
    struct ra_train_params params = small_params();
    params.neighbours = 4;
    params.item2vec.alpha = 0.1;
    params.item2vec.epochs = 600;
    struct ra_ranker ranker = train_when(&csr, when, &params);
    const struct ra_neighbours *rows = &ranker.neighbours;
    for (uint32_t i = 0; i < RING; i++) {
        assert_int_equal(rows->start[i + 1] - rows->start[i], 4);
        for (uint64_t at = rows->start[i]; at < rows->start[i + 1]; at++) {
            uint32_t way = (rows->item[at] + RING - i) % RING;
            assert_true(way <= 5 || way >= RING - 5);
            assert_true(rows->score[at] <= 1.001f && rows->score[at] > 0);
        }
    }
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void one_thread_gives_the_same_bytes_and_a_seed_its_own(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = small_params();
    params.item2vec.epochs = 3;
    struct ra_ranker one = train_when(&csr, NULL, &params);
    struct ra_ranker two = train_when(&csr, NULL, &params);
    check_same_rows(&one.neighbours, &two.neighbours);
    ra_ranker_finish(&two);
    params.item2vec.seed = 2;
    two = train_when(&csr, NULL, &params);
    assert_true(one.neighbours.score[0] != two.neighbours.score[0]);
    ra_ranker_finish(&one);
    ra_ranker_finish(&two);
    ra_csr_finish(&csr);
}

static void what_is_too_rare_has_no_neighbours(void **state)
{
    (void)state;
    const float dense[12] = {1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0};
    struct ra_csr csr = csr_of(3, 4, dense);
    struct ra_train_params params = small_params();
    params.item2vec.min_count = 2;
    struct ra_ranker ranker = train_when(&csr, NULL, &params);
    const struct ra_neighbours *rows = &ranker.neighbours;
    assert_int_equal(rows->start[4], rows->start[2]);
    for (uint64_t at = 0; at < rows->start[4]; at++)
        assert_true(rows->item[at] < 2);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    struct ra_train_params params = small_params();
    params.item2vec.epochs = 5;
    check_odd_data("item2vec", &params);
    params.item2vec.negative = 0;
    params.item2vec.window = 1000000;
    params.item2vec.ns_exponent = -1;
    params.item2vec.sample = 1e-9;
    params.item2vec.min_count = 1000000;
    check_odd_data("item2vec", &params);
    params.item2vec.min_count = 0;
    params.item2vec.negative = 64;
    params.item2vec.alpha = 10;
    params.item2vec.min_alpha = 0;
    params.item2vec.shrink_windows = 0;
    check_odd_data("item2vec", &params);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    check_memory_limit("item2vec", small_params());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_what_the_formula_says),
        cmocka_unit_test(far_from_zero_the_sigmoid_is_certain),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(neighbours_in_time_are_near),
        cmocka_unit_test(one_thread_gives_the_same_bytes_and_a_seed_its_own),
        cmocka_unit_test(what_is_too_rare_has_no_neighbours),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
