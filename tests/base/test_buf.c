/* The buffer: grows, fails stickily, and writes JSON that any reader takes. */
#include "../check.h"

#include <math.h>

#include "readalike/buf.h"
#include "readalike/json.h"
#include "readalike/str.h"

static void numbers_are_printed_whole(void **state)
{
    (void)state;
    struct ra_buf buf;
    ra_buf_init(&buf);
    ra_buf_put_u64(&buf, UINT64_MAX);
    ra_buf_putc(&buf, ' ');
    ra_buf_put_i64(&buf, INT64_MIN);
    ra_buf_putc(&buf, ' ');
    ra_buf_put_i64(&buf, 0);
    assert_string_equal(ra_buf_cstr(&buf), "18446744073709551615 -9223372036854775808 0");
    ra_buf_finish(&buf);
}

static void json_strings_come_back_as_they_went_in(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain",
        "quote \" backslash \\ slash /",
        "line\nfeed\ttab\r\b\f\x01\x1f",
        "Brontë 戦争 🐉",
        "<script>alert(1)</script>",
    };
    for (size_t i = 0; i < RA_COUNT(texts); i++) {
        struct ra_buf buf;
        ra_buf_init(&buf);
        ra_buf_put_json(&buf, texts[i]);
        struct ra_err err = {0};
        json_t *value = json_loadb(buf.data, buf.len, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        assert_string_equal(json_string_value(value), texts[i]);
        json_decref(value);
        ra_buf_finish(&buf);
        assert_int_equal(err.code, RA_OK);
    }
}

static void bytes_that_are_not_utf8_become_the_replacement_character(void **state)
{
    (void)state;
    struct ra_buf buf;
    ra_buf_init(&buf);
    ra_buf_put_json(&buf, "caf\xe9 \xed\xa0\x80 \xc0\x80");
    assert_true(ra_utf8_valid(buf.data, buf.len));
    json_t *value = json_loadb(buf.data, buf.len, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    assert_non_null(strstr(json_string_value(value), "caf\xEF\xBF\xBD"));
    json_decref(value);
    ra_buf_finish(&buf);
}

static void what_is_not_a_number_is_null(void **state)
{
    (void)state;
    struct ra_buf buf;
    ra_buf_init(&buf);
    ra_buf_put_json_double(&buf, NAN, 6);
    ra_buf_put_json_double(&buf, INFINITY, 6);
    ra_buf_put_json_double(&buf, 7.25, 6);
    ra_buf_put_json(&buf, NULL);
    assert_string_equal(ra_buf_cstr(&buf), "nullnull7.25null");
    ra_buf_finish(&buf);
}

/* Ours against the C library's: magnitudes, ties, and what rounds up to one digit more. */
static void numbers_are_printed_as_printf_does(void **state)
{
    (void)state;
    static const double odd[] = {0,        -0.0,     0.0001,    0.00009999995, 0.5,      0.25,
                                 999999,   999999.5, 1e6,       0.9999995,     0.999999, 1234565,
                                 12345.65, 100,      123456789, 0.0999999951,  1e-300,   1e300,
                                 2.5,      100000.5, -17.25};
    uint64_t random = 88172645463325252u;
    struct ra_buf buf;
    ra_buf_init(&buf);
    for (size_t i = 0; i < 300000; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        double value = ldexp((double)(float)(random >> 11), -20 - (int)(random % 64));
        value = i < RA_COUNT(odd) ? odd[i] : random & 1024 ? -value : value;
        int digits = i < RA_COUNT(odd) ? 6 : 1 + (int)(random >> 33) % 10;
        char expected[64];
        snprintf(expected, sizeof expected, "%.*g", digits, value);
        ra_buf_reset(&buf);
        ra_buf_put_json_double(&buf, value, digits);
        assert_string_equal(ra_buf_cstr(&buf), expected);
    }
    ra_buf_finish(&buf);
}

static void a_reservation_that_cannot_be_had_fails_stickily(void **state)
{
    (void)state;
    struct ra_buf buf;
    ra_buf_init(&buf);
    ra_buf_puts(&buf, "kept");
    assert_false(ra_buf_reserve(&buf, SIZE_MAX - 2));
    ra_buf_puts(&buf, " lost");
    assert_true(buf.failed);
    assert_null(ra_buf_cstr(&buf));
    ra_buf_reset(&buf);
    ra_buf_puts(&buf, "again");
    char *taken = ra_buf_take(&buf);
    assert_string_equal(taken, "again");
    assert_int_equal(buf.len, 0);
    free(taken);
    ra_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_printed_whole),
        cmocka_unit_test(json_strings_come_back_as_they_went_in),
        cmocka_unit_test(bytes_that_are_not_utf8_become_the_replacement_character),
        cmocka_unit_test(what_is_not_a_number_is_null),
        cmocka_unit_test(numbers_are_printed_as_printf_does),
        cmocka_unit_test(a_reservation_that_cannot_be_had_fails_stickily),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
