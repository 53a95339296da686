/* The error object: the first failure wins, wrapping keeps the code. */
#include "../check.h"

static void the_first_failure_wins(void **state)
{
    (void)state;
    struct ra_err err = {0};
    assert_false(ra_fail(&err, RA_ERR_IO, "first %d", 1));
    assert_false(ra_fail(&err, RA_ERR_NOMEM, "second"));
    assert_int_equal(err.code, RA_ERR_IO);
    assert_string_equal(err.text, "first 1");
}

static void wrapping_keeps_the_code_and_puts_the_place_in_front(void **state)
{
    (void)state;
    struct ra_err err = {0};
    ra_fail(&err, RA_ERR_CORRUPT, "only 3 bytes");
    ra_err_wrap(&err, "model %s", "x");
    assert_int_equal(err.code, RA_ERR_CORRUPT);
    assert_string_equal(err.text, "model x: only 3 bytes");
}

static void no_error_object_is_fine(void **state)
{
    (void)state;
    assert_false(ra_fail(NULL, RA_ERR_IO, "x"));
    assert_false(ra_err_wrap(NULL, "x"));
}

static void every_code_has_a_name(void **state)
{
    (void)state;
    for (int code = 0; code < RA_CODE_COUNT; code++)
        assert_string_not_equal(ra_code_name((enum ra_code)code), "unknown");
    assert_string_equal(ra_code_name(RA_CODE_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failure_wins),
        cmocka_unit_test(wrapping_keeps_the_code_and_puts_the_place_in_front),
        cmocka_unit_test(no_error_object_is_fine),
        cmocka_unit_test(every_code_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
