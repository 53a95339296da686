/* The map: neighbours lie near each other, others do not. */
#include "../check.h"

#include <math.h>

#include "readalike/layout.h"
#include "readalike/random.h"

/* Groups of SIZE items that know only each other, and one that knows nobody. */
enum { GROUPS = 12, SIZE = 40, N = GROUPS * SIZE + 1, KEPT = 8 };

static struct ra_neighbours groups(void)
{
    static uint64_t start[N + 1];
    static uint32_t item[N * KEPT];
    static float score[N * KEPT];
    struct ra_random random = {7};
    uint64_t n = 0;
    for (uint32_t i = 0; i < N; i++) {
        start[i] = n;
        for (uint32_t k = 0; i < N - 1 && k < KEPT; k++) {
            item[n] = i / SIZE * SIZE + ra_random_below(&random, SIZE);
            score[n++] = 1 - 0.1f * (float)k;
        }
    }
    start[N] = n;
    return (struct ra_neighbours){N, start, item, score};
}

static float distance(const float *xy, uint32_t a, uint32_t b)
{
    return hypotf(xy[2 * a] - xy[2 * b], xy[2 * a + 1] - xy[2 * b + 1]);
}

static void groups_are_islands(void **state)
{
    (void)state;
    struct ra_neighbours rows = groups();
    struct ra_layout_params params = ra_layout_defaults();
    static float xy[N * 2];
    struct ra_err err = {0};
    CHECK_OK(ra_layout(&rows, N, &params, xy, &err), err);
    unsigned own = 0;
    for (uint32_t i = 0; i < N - 1; i++) {
        uint32_t nearest = i ? 0 : 1;
        for (uint32_t j = 0; j < N - 1; j++)
            nearest = j != i && distance(xy, i, j) < distance(xy, i, nearest) ? j : nearest;
        own += nearest / SIZE == i / SIZE;
    }
    assert_true(own > (N - 1) * 98 / 100);
    assert_true(isnan(xy[2 * (N - 1)]) && isnan(xy[2 * (N - 1) + 1]));
}

static void the_same_seed_gives_the_same_map(void **state)
{
    (void)state;
    struct ra_neighbours rows = groups();
    struct ra_layout_params params = ra_layout_defaults();
    params.epochs = 20;
    static float one[N * 2], two[N * 2];
    struct ra_err err = {0};
    CHECK_OK(ra_layout(&rows, N, &params, one, &err), err);
    CHECK_OK(ra_layout(&rows, N, &params, two, &err), err);
    assert_memory_equal(one, two, sizeof one);
    params.seed++;
    CHECK_OK(ra_layout(&rows, N, &params, two, &err), err);
    assert_memory_not_equal(one, two, sizeof one);
}

static void odd_graphs_are_no_trouble(void **state)
{
    (void)state;
    uint64_t start[] = {0, 0, 1, 2};
    uint32_t item[] = {2, 1};
    float score[] = {1, 1}, xy[6];
    struct ra_neighbours pair = {3, start, item, score};
    struct ra_layout_params params = ra_layout_defaults();
    struct ra_err err = {0};
    CHECK_OK(ra_layout(&pair, 3, &params, xy, &err), err);
    assert_true(isnan(xy[0]) && isfinite(xy[2]) && isfinite(xy[5]));
    CHECK_OK(ra_layout(&pair, 0, &params, xy, &err), err);
    CHECK_OK(ra_layout(&pair, 1, &params, xy, &err), err);
    assert_true(isnan(xy[0]));
    CHECK_FAILS(ra_layout(&pair, 4, &params, xy, &err), err, RA_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_islands),
        cmocka_unit_test(the_same_seed_gives_the_same_map),
        cmocka_unit_test(odd_graphs_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
