/* The maps hold what was set, through every growth. */
#include "../check.h"

#include "readalike/map.h"

#define MANY 100000u

static void a_string_map_returns_what_was_set_last(void **state)
{
    (void)state;
    struct ra_strmap *map = ra_strmap_create();
    char key[32];
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < MANY; i++) {
            int n = snprintf(key, sizeof key, "key-%llu", (unsigned long long)i);
            assert_true(ra_strmap_set(map, key, (size_t)n, i + round));
        }
    }
    assert_int_equal(ra_strmap_count(map), MANY);
    uint64_t value;
    for (uint64_t i = 0; i < MANY; i++) {
        int n = snprintf(key, sizeof key, "key-%llu", (unsigned long long)i);
        assert_true(ra_strmap_get(map, key, (size_t)n, &value));
        assert_int_equal(value, i + 1);
    }
    assert_false(ra_strmap_get(map, "key-", 4, &value));
    assert_true(ra_strmap_set(map, "", 0, 9) && ra_strmap_get(map, "", 0, &value));
    ra_strmap_destroy(map);
}

static void a_number_map_takes_every_key(void **state)
{
    (void)state;
    struct ra_u64map *map = ra_u64map_create();
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(ra_u64map_set(map, i << 32, i));
    assert_true(ra_u64map_set(map, UINT64_MAX, 5));
    uint64_t value;
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(ra_u64map_get(map, i << 32, &value) && value == i);
    assert_true(ra_u64map_get(map, UINT64_MAX, &value) && value == 5);
    assert_false(ra_u64map_get(map, 3, &value));
    assert_int_equal(ra_u64map_count(map), MANY + 1);
    ra_u64map_destroy(map);
    ra_u64map_destroy(NULL);
    ra_strmap_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_map_returns_what_was_set_last),
        cmocka_unit_test(a_number_map_takes_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
