/* The best k, by heap and by buffer, against sorting everything. */
#include "../check.h"

#include "readalike/topk.h"

enum { N = 500 };

static int naive_order(const void *a, const void *b)
{
    struct ra_scored x = *(const struct ra_scored *)a, y = *(const struct ra_scored *)b;
    return ra_scored_before(x, y) ? -1 : ra_scored_before(y, x);
}

static void it_is_the_front_of_a_full_sort(void **state)
{
    (void)state;
    uint64_t random = 1;
    struct ra_scored all[N], kept[N + 10];
    for (size_t max = 0; max <= N + 10; max += 17) {
        struct ra_topk topk;
        ra_topk_init(&topk, kept, max);
        for (uint32_t i = 0; i < N; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            /* Few distinct scores, so that ties are common. */
            all[i] = (struct ra_scored){(float)(random >> 60) - 8, i};
            ra_topk_push(&topk, i, all[i].score);
        }
        qsort(all, N, sizeof *all, naive_order);
        size_t n = ra_topk_sort(&topk);
        assert_int_equal(n, max < N ? max : N);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(kept[i].ix, all[i].ix);
            assert_true(kept[i].score == all[i].score);
        }
    }
}

static void filtered_and_undefined_scores_are_never_kept(void **state)
{
    (void)state;
    struct ra_scored kept[4];
    struct ra_topk topk;
    ra_topk_init(&topk, kept, 4);
    ra_topk_push(&topk, 0, NAN);
    ra_topk_push(&topk, 1, -INFINITY);
    ra_topk_push(&topk, 2, -3);
    assert_int_equal(ra_topk_sort(&topk), 1);
    assert_int_equal(kept[0].ix, 2);
}

static void ties_go_to_the_lower_index_whatever_the_order(void **state)
{
    (void)state;
    const uint32_t orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};
    for (size_t o = 0; o < 3; o++) {
        struct ra_scored kept[2];
        struct ra_topk topk;
        ra_topk_init(&topk, kept, 2);
        for (size_t i = 0; i < 4; i++)
            ra_topk_push(&topk, orders[o][i], 1);
        assert_int_equal(ra_topk_sort(&topk), 2);
        assert_int_equal(kept[0].ix, 0);
        assert_int_equal(kept[1].ix, 1);
    }
}

/* The same by the buffer, pushed one by one or as one run; `kept` has room for N + 10. */
static size_t select_of(const float *scores, size_t max, bool run, struct ra_scored *kept)
{
    uint64_t keys[2 * (N + 10) + 32];
    assert_true(ra_select_room(max) <= sizeof keys / sizeof *keys);
    struct ra_select select;
    ra_select_init(&select, keys, max);
    if (run)
        ra_select_push_all(&select, scores, N);
    for (uint32_t i = 0; !run && i < N; i++)
        ra_select_push(&select, i, scores[i]);
    return ra_select_take(&select, kept);
}

static void the_buffer_keeps_what_a_full_sort_has_in_front(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (size_t round = 0; round < 200; round++) {
        float scores[N];
        struct ra_scored all[N], kept[N + 10];
        size_t max = round * 37 % (N + 10), n_all = 0;
        for (uint32_t i = 0; i < N; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            /* From nearly all distinct to a handful, of both signs, and both zeros. */
            scores[i] =
                (float)(int)(random >> (36 + round % 26)) * ((random >> 35) & 1 ? 1.f : -1.f);
            scores[i] = i % 11 == 3 ? -INFINITY : i % 13 == 5 ? NAN : scores[i];
            if (scores[i] > -INFINITY)
                all[n_all++] = (struct ra_scored){scores[i], i};
        }
        qsort(all, n_all, sizeof *all, naive_order);
        for (int run = 0; run < 2; run++) {
            size_t n = select_of(scores, max, run, kept);
            assert_int_equal(n, max < n_all ? max : n_all);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(kept[i].ix, all[i].ix);
                assert_true(kept[i].score == all[i].score);
            }
        }
    }
}

static void rising_and_falling_runs_come_out_alike(void **state)
{
    (void)state;
    for (int falling = 0; falling < 2; falling++) {
        float scores[N];
        struct ra_scored kept[N + 10];
        for (int i = 0; i < N; i++)
            scores[i] = (float)(falling ? N - i : i) - N / 2;
        for (int run = 0; run < 2; run++) {
            assert_int_equal(select_of(scores, 30, run, kept), 30);
            for (uint32_t i = 0; i < 30; i++)
                assert_int_equal(kept[i].ix, falling ? i : N - 1 - i);
        }
    }
}

static void above_zero_keeps_nothing_else(void **state)
{
    (void)state;
    const float scores[] = {0, -0.f, -1, 1e-45f, NAN, 2};
    uint64_t keys[64];
    struct ra_scored kept[8];
    struct ra_select select;
    ra_select_init(&select, keys, 8);
    ra_select_above_zero(&select);
    for (uint32_t i = 0; i < 6; i++)
        ra_select_push(&select, i, scores[i]);
    assert_int_equal(ra_select_take(&select, kept), 2);
    assert_int_equal(kept[0].ix, 5);
    assert_int_equal(kept[1].ix, 3);
    ra_select_init(&select, keys, 0);
    ra_select_above_zero(&select);
    ra_select_push(&select, 0, INFINITY);
    assert_int_equal(ra_select_take(&select, kept), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_front_of_a_full_sort),
        cmocka_unit_test(filtered_and_undefined_scores_are_never_kept),
        cmocka_unit_test(ties_go_to_the_lower_index_whatever_the_order),
        cmocka_unit_test(the_buffer_keeps_what_a_full_sort_has_in_front),
        cmocka_unit_test(rising_and_falling_runs_come_out_alike),
        cmocka_unit_test(above_zero_keeps_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
