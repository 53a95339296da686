/* The sorter of a bulk load: sorted, distinct, the last wins, however little memory it has. */
#include "../check.h"

#include "../../src/store/sorter.h"

enum { N_OWNERS = 37, N_BOOKS = 29 };

/* Puts `n` pairs and compares what comes out with a plain table of the last value of each. */
static void sorts(size_t run_rows, size_t n, uint64_t seed)
{
    static float last[N_OWNERS][N_BOOKS];
    struct ra_err err = {0};
    struct sorter sorter;
    memset(last, 0, sizeof last);
    sorter_init(&sorter, run_rows);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        struct link link = {
            .owner = (int64_t)(seed >> 33) % N_OWNERS,
            .book_id = (int64_t)(seed >> 45) % N_BOOKS,
            .value = (float)(i + 1),
        };
        last[link.owner][link.book_id] = link.value;
        CHECK_OK(sorter_put(&sorter, &link, &err), err);
    }
    CHECK_OK(sorter_start(&sorter, &err), err);
    struct link link;
    bool more = true;
    for (int64_t owner = 0; owner < N_OWNERS; owner++) {
        for (int64_t book = 0; book < N_BOOKS; book++) {
            if (last[owner][book] == 0)
                continue;
            CHECK_OK(sorter_take(&sorter, &link, &more, &err), err);
            assert_true(more);
            assert_int_equal(link.owner, owner);
            assert_int_equal(link.book_id, book);
            assert_true(link.value == last[owner][book]);
        }
    }
    CHECK_OK(sorter_take(&sorter, &link, &more, &err), err);
    assert_false(more);
    sorter_finish(&sorter);
}

static void any_amount_comes_out_sorted_and_distinct_from_memory(void **state)
{
    (void)state;
    for (size_t n = 0; n < 300; n++)
        sorts(1000, n, n);
    sorts(100000, 20000, 1);
}

static void any_amount_comes_out_sorted_and_distinct_from_runs_on_disk(void **state)
{
    (void)state;
    static const size_t amounts[] = {1, 15, 16, 17, 32, 33, 500, 5000};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        sorts(16, amounts[i], i);
        sorts(1, amounts[i] / 10, i);
    }
    /* Runs longer than the window that is read of each. */
    sorts(9000, 40000, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_amount_comes_out_sorted_and_distinct_from_memory),
        cmocka_unit_test(any_amount_comes_out_sorted_and_distinct_from_runs_on_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
