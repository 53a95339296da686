/* Strict parsers and the nearest name. */
#include "../check.h"

#include "readalike/str.h"

static void integers_are_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    int64_t i = 7;
    uint64_t u = 7;
    assert_true(ra_parse_i64("-9223372036854775808", &i));
    assert_true(i == INT64_MIN);
    assert_true(ra_parse_u64("18446744073709551615", &u));
    assert_true(u == UINT64_MAX);
    static const char *const bad[] = {
        "", " 1", "1 ", "+1", "1x", "0x10", "--1", "9223372036854775808", "-", "1.0",
    };
    for (size_t n = 0; n < RA_COUNT(bad); n++) {
        i = 7;
        assert_false(ra_parse_i64(bad[n], &i));
        assert_int_equal(i, 7);
    }
    assert_false(ra_parse_u64("-1", &u));
    assert_false(ra_parse_u64("18446744073709551616", &u));
}

static void doubles_are_finite_decimals(void **state)
{
    (void)state;
    double d = 7;
    assert_true(ra_parse_double("-2.5e3", &d));
    assert_true(d == -2500);
    assert_true(ra_parse_double(".5", &d));
    static const char *const bad[] = {"", "nan", "inf", "1e999", "0x1p3", "1,5", " 1", "1 "};
    for (size_t n = 0; n < RA_COUNT(bad); n++)
        assert_false(ra_parse_double(bad[n], &d));
}

static void booleans_have_four_spellings(void **state)
{
    (void)state;
    bool b = false;
    assert_true(ra_parse_bool("YES", &b) && b);
    assert_true(ra_parse_bool("off", &b) && !b);
    assert_false(ra_parse_bool("maybe", &b));
}

static void utf8_is_checked_strictly(void **state)
{
    (void)state;
    assert_true(ra_utf8_valid("naïve 日本", strlen("naïve 日本")));
    assert_false(ra_utf8_valid("\xc0\xaf", 2));         /* overlong */
    assert_false(ra_utf8_valid("\xed\xa0\x80", 3));     /* surrogate */
    assert_false(ra_utf8_valid("\xf4\x90\x80\x80", 4)); /* past the last code point */
    assert_false(ra_utf8_valid("\xe2\x82", 2));         /* cut short */
}

static void trimming_cuts_both_ends(void **state)
{
    (void)state;
    char text[] = " \t a b \n";
    assert_string_equal(ra_str_trim(text), "a b");
    char blank[] = "  ";
    assert_string_equal(ra_str_trim(blank), "");
}

static void the_nearest_name_is_found_and_a_far_one_is_not(void **state)
{
    (void)state;
    static const char *const names[] = {"serve", "import", "train"};
    assert_string_equal(ra_str_nearest("servee", names, 3, sizeof *names), "serve");
    assert_string_equal(ra_str_nearest("tarin", names, 3, sizeof *names), "train");
    assert_null(ra_str_nearest("zzzzzz", names, 3, sizeof *names));
    char endless[4096];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(ra_str_nearest(endless, names, 3, sizeof *names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_taken_whole_or_not_at_all),
        cmocka_unit_test(doubles_are_finite_decimals),
        cmocka_unit_test(booleans_have_four_spellings),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(trimming_cuts_both_ends),
        cmocka_unit_test(the_nearest_name_is_found_and_a_far_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
