/* The heap of the best k against sorting everything. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_front_of_a_full_sort),
        cmocka_unit_test(filtered_and_undefined_scores_are_never_kept),
        cmocka_unit_test(ties_go_to_the_lower_index_whatever_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
