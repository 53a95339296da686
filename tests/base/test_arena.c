/* The arena: aligned, limited, reusable. */
#include "../check.h"

#include "readalike/arena.h"

static void allocations_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    struct ra_arena arena;
    ra_arena_init(&arena, 128, 0);
    unsigned char *last = NULL;
    for (size_t n = 0; n < 300; n += 7) {
        unsigned char *at = ra_arena_alloc(&arena, n);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % 16, 0);
        assert_ptr_not_equal(at, last);
        memset(at, 0xAB, n);
        last = at;
    }
    ra_arena_finish(&arena);
}

static void the_limit_holds_and_reset_makes_room_again(void **state)
{
    (void)state;
    struct ra_arena arena;
    ra_arena_init(&arena, 64, 256);
    assert_non_null(ra_arena_alloc(&arena, 200));
    assert_null(ra_arena_alloc(&arena, 100));
    ra_arena_reset(&arena);
    assert_non_null(ra_arena_alloc(&arena, 100));
    ra_arena_finish(&arena);
}

static void a_product_that_overflows_is_refused(void **state)
{
    (void)state;
    struct ra_arena arena;
    ra_arena_init(&arena, 0, 0);
    assert_null(ra_arena_calloc(&arena, SIZE_MAX / 2, 3));
    assert_null(ra_arena_alloc(&arena, SIZE_MAX));
    assert_null(ra_arena_strndup(&arena, "x", SIZE_MAX));
    unsigned char *zeroed = ra_arena_calloc(&arena, 3, 5);
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(zeroed[i], 0);
    ra_arena_finish(&arena);
}

static void copied_strings_are_terminated(void **state)
{
    (void)state;
    struct ra_arena arena;
    ra_arena_init(&arena, 0, 0);
    assert_string_equal(ra_arena_strndup(&arena, "hobbit", 3), "hob");
    assert_string_equal(ra_arena_strdup(&arena, "dune"), "dune");
    assert_null(ra_arena_strdup(&arena, NULL));
    ra_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_do_not_overlap),
        cmocka_unit_test(the_limit_holds_and_reset_makes_room_again),
        cmocka_unit_test(a_product_that_overflows_is_refused),
        cmocka_unit_test(copied_strings_are_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
