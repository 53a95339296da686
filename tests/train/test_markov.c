/* Orders of reading: as a Markov chain, and as weights that fade. */
#include "fixture.h"

/* Three readers of items 0 to 4; the times put them in an order of their own. */
static const float read_dense[] = {1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0};
static const int64_t times[] = {10, 20, 30, 40, /* 0 1 2 3 */
                                7,  5,  6,  8,  /* 1 2 0 4 */
                                -3, -1, -2};    /* 0 3 2 */

static struct ra_ranker train_when(const char *name, const struct ra_csr *csr, const int64_t *when,
                                   const struct ra_train_params *params)
{
    struct ra_ranker ranker;
    struct ra_err err = {0};
    const struct ra_algorithm *algorithm = ra_algorithm_find(name, &err);
    assert_non_null(algorithm);
    const struct ra_train_data data = {.weights = csr, .when = when};
    CHECK_OK(ra_train(algorithm, &ranker, &data, params, &err), err);
    return ranker;
}

static void a_row_holds_what_came_next(void **state)
{
    (void)state;
    struct ra_csr csr = csr_of(3, 5, read_dense);
    struct ra_train_params params = default_params();
    params.markov.shrinkage = 1;
    struct ra_ranker ranker = train_when("markov", &csr, times, &params);
    /* 0 was followed by 1, by 4 and by 3; 1 twice by 2; 2 by 3 and 0; 3 by 2; 4 by nothing. */
    const uint64_t start[] = {0, 3, 4, 6, 7, 7};
    const uint32_t item[] = {1, 3, 4, 2, 0, 3, 2};
    const float score[] = {.25f, .25f, .25f, 2.0f / 3, 1.0f / 3, 1.0f / 3, .5f};
    assert_memory_equal(ranker.neighbours.start, start, sizeof start);
    assert_memory_equal(ranker.neighbours.item, item, sizeof item);
    for (size_t i = 0; i < 7; i++)
        assert_true(fabsf(ranker.neighbours.score[i] - score[i]) < 1e-6f);
    assert_true(ranker.recency == params.markov.recency);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void a_weight_halves_with_later_readings(void **state)
{
    (void)state;
    struct ra_csr csr = csr_of(3, 5, read_dense);
    struct ra_err err = {0};
    CHECK_OK(ra_train_recency(&csr, NULL, 1, &err), err);
    CHECK_OK(ra_train_recency(&csr, times, 0, &err), err);
    for (size_t i = 0; i < 11; i++)
        assert_true(csr.value[i] == 1);
    /* Two of the first reader at one time are equally long ago. */
    const int64_t when[] = {10, 10, 30, 40, 7, 5, 6, 8, -3, -1, -2};
    const float want[] = {.25f, .25f, .5f, 1, .5f, .125f, .25f, 1, .25f, 1, .5f};
    CHECK_OK(ra_train_recency(&csr, when, 1, &err), err);
    for (size_t i = 0; i < 11; i++)
        assert_true(fabsf(csr.value[i] - want[i]) < 1e-6f);
    ra_csr_finish(&csr);
}

/* Everyone reads on along a ring, from a place of their own: the next is known. */
static void the_next_of_a_ring_comes_first(void **state)
{
    (void)state;
    enum { RING = 12, LENGTH = 5 };
    static float dense[RING * RING];
    int64_t when[RING * LENGTH];
    size_t n = 0;
    for (uint32_t u = 0; u < RING; u++) {
        for (uint32_t i = 0; i < RING; i++) {
            uint32_t place = (i + RING - u) % RING;
            dense[u * RING + i] = place < LENGTH;
            if (place < LENGTH)
                when[n++] = place;
        }
    }
    struct ra_csr csr = csr_of(RING, RING, dense);
    struct ra_train_params params = default_params();
    struct ra_ranker ranker = train_when("markov", &csr, when, &params);
    struct ra_err err = {0};
    CHECK_OK(ra_train_recency(&csr, when, ranker.recency, &err), err);
    for (uint32_t u = 0; u < RING; u++) {
        float scores[RING];
        scores_of(&ranker, &csr, u, scores);
        uint32_t next = (u + LENGTH) % RING;
        for (uint32_t i = 0; i < RING; i++)
            assert_true(dense[u * RING + i] > 0 || i == next || scores[i] < scores[next]);
    }
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    static int64_t when[READERS * ITEMS];
    for (size_t i = 0; i < ra_csr_nnz(&csr); i++)
        when[i] = (int64_t)(i * 7919 % 101);
    struct ra_train_params params = default_params();
    params.threads = 1;
    struct ra_ranker one = train_when("markov", &csr, when, &params);
    params.threads = 3;
    struct ra_ranker many = train_when("markov", &csr, when, &params);
    check_same_rows(&one.neighbours, &many.neighbours);
    ra_ranker_finish(&one);
    ra_ranker_finish(&many);

    struct ra_err err = {0};
    const struct ra_algorithm *algorithm = ra_algorithm_find("markov", &err);
    const struct ra_train_data data = {.weights = &csr, .when = when};
    params.memory_limit = algorithm->bytes(&data, &params) - 1;
    CHECK_FAILS(ra_train(algorithm, &one, &data, &params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "limit"));
    ra_csr_finish(&csr);
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    const float nothing[12] = {0}, one[4] = {1, 1, 0, 1}, single[3] = {1, 0, 1};
    const int64_t when[12] = {3, INT64_MAX, INT64_MIN};
    const struct ra_csr all[] = {csr_of(0, 0, nothing), csr_of(3, 4, nothing), csr_of(1, 4, one)};
    struct ra_train_params params = default_params();
    for (size_t c = 0; c < 3; c++) {
        struct ra_csr csr = all[c];
        struct ra_ranker ranker = train_when("markov", &csr, when, &params);
        ra_ranker_finish(&ranker);
        ra_csr_finish(&csr);
    }
    /* Readings without an order, or of one book each, have nothing to say. */
    struct ra_ranker ranker;
    struct ra_err err = {0};
    const struct ra_algorithm *algorithm = ra_algorithm_find("markov", &err);
    struct ra_csr csr = csr_of(3, 1, single);
    const struct ra_train_data data = {.weights = &csr, .when = when};
    CHECK_FAILS(ra_train(algorithm, &ranker, &data, &params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "order"));
    ra_csr_finish(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_holds_what_came_next),
        cmocka_unit_test(a_weight_halves_with_later_readings),
        cmocka_unit_test(the_next_of_a_ring_comes_first),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(odd_data_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
