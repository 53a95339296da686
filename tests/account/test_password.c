/* Passwords: the rule for choosing, the hash, the verification. */
#include "../check.h"

#include <sodium.h>

#include "readalike/account.h"
#include "readalike/clock.h"

static const char good[] = "correct horse battery staple";

static void repeat(char *out, const char *what, size_t times)
{
    size_t n = strlen(what);
    for (size_t i = 0; i < times; i++)
        memcpy(out + i * n, what, n);
    out[times * n] = '\0';
}

static void fifteen_characters_are_enough_and_fourteen_are_not(void **state)
{
    (void)state;
    struct ra_err err = {0};
    CHECK_FAILS(ra_password_allowed("abcdefghijklmn", NULL, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "at least 15 characters"));
    err = (struct ra_err){0};
    CHECK_OK(ra_password_allowed("abcdefghijklmno", NULL, &err), err);
    CHECK_FAILS(ra_password_allowed("", NULL, &err), err, RA_ERR_INVALID);
}

static void characters_are_counted_and_not_bytes(void **state)
{
    (void)state;
    struct ra_err err = {0};
    CHECK_OK(ra_password_allowed("пароль из пятнадцати", NULL, &err), err);
    CHECK_FAILS(ra_password_allowed("парольпароль", NULL, &err), err, RA_ERR_INVALID);
}

static void the_longest_password_has_256_characters(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char text[4 * 300 + 1];
    repeat(text, "\xf0\x9f\x93\x95\xf0\x9f\x93\x97", 128);
    CHECK_OK(ra_password_allowed(text, NULL, &err), err);
    char hash[RA_PASSWORD_HASH];
    CHECK_OK(ra_password_hash(text, hash, &err), err);
    repeat(text, "ab", 128);
    CHECK_OK(ra_password_allowed(text, NULL, &err), err);
    repeat(text, "c", 257);
    CHECK_FAILS(ra_password_allowed(text, NULL, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "at most 256 characters"));
    CHECK_FAILS(ra_password_hash(text, hash, &err), err, RA_ERR_INVALID);
}

static void the_obvious_ones_are_refused(void **state)
{
    (void)state;
    struct ra_err err = {0};
    CHECK_FAILS(ra_password_allowed("aaaaaaaaaaaaaaaaaaaa", NULL, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_password_allowed("éééééééééééééééééééé", NULL, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_password_allowed("Scheherazade The Reader", "scheherazade the reader", &err),
                err, RA_ERR_INVALID);
    CHECK_FAILS(ra_password_allowed("not utf-8 at all \xff\xfe", NULL, &err), err, RA_ERR_INVALID);
}

static void the_right_password_matches_and_a_wrong_one_does_not(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char hash[RA_PASSWORD_HASH];
    bool matches = false;
    CHECK_OK(ra_password_hash(good, hash, &err), err);
    CHECK_OK(ra_password_verify(good, hash, &matches, &err), err);
    assert_true(matches);
    CHECK_OK(ra_password_verify("correct horse battery stapl", hash, &matches, &err), err);
    assert_false(matches);
    CHECK_OK(ra_password_verify("", hash, &matches, &err), err);
    assert_false(matches);
}

static void the_hash_is_argon2id_at_owasps_minimum_and_salted(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char one[RA_PASSWORD_HASH], two[RA_PASSWORD_HASH];
    static const char expected[] = "$argon2id$v=19$m=19456,t=2,p=1$";
    CHECK_OK(ra_password_hash(good, one, &err), err);
    CHECK_OK(ra_password_hash(good, two, &err), err);
    assert_memory_equal(one, expected, sizeof expected - 1);
    assert_string_not_equal(one, two);
}

static void accents_match_however_they_are_composed(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char hash[RA_PASSWORD_HASH];
    bool matches = false;
    CHECK_OK(ra_password_hash("caf\xc3\xa9 cr\xc3\xa8me br\xc3\xbbl\xc3\xa9"
                              "e",
                              hash, &err),
             err);
    CHECK_OK(ra_password_verify("cafe\xcc\x81 cre\xcc\x80me bru\xcc\x82le\xcc\x81"
                                "e",
                                hash, &matches, &err),
             err);
    assert_true(matches);
    CHECK_OK(ra_password_verify("cafe creme brulee", hash, &matches, &err), err);
    assert_false(matches);
}

static void the_longest_expansion_of_a_character_is_hashed(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char text[3 * RA_PASSWORD_MAX + 1], hash[RA_PASSWORD_HASH];
    bool matches = false;
    repeat(text, "\xef\xb7\xba", RA_PASSWORD_MAX); /* U+FDFA: eighteen characters in NFKC */
    CHECK_OK(ra_password_hash(text, hash, &err), err);
    CHECK_OK(ra_password_verify(text, hash, &matches, &err), err);
    assert_true(matches);
}

static void what_cannot_be_a_password_does_not_match(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char hash[RA_PASSWORD_HASH], huge[5000];
    bool matches = true;
    CHECK_OK(ra_password_hash(good, hash, &err), err);
    CHECK_OK(ra_password_verify("\xff\xff", hash, &matches, &err), err);
    assert_false(matches);
    matches = true;
    repeat(huge, "x", sizeof huge - 1);
    CHECK_OK(ra_password_verify(huge, hash, &matches, &err), err);
    assert_false(matches);
}

static void nobodys_password_takes_as_long_and_never_matches(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char hash[RA_PASSWORD_HASH];
    bool matches = true;
    CHECK_OK(ra_password_hash(good, hash, &err), err);
    double somebody = 1e9, nobody = 1e9;
    for (int i = 0; i < 5; i++) {
        double start = ra_clock_seconds();
        CHECK_OK(ra_password_verify(good, hash, &matches, &err), err);
        double middle = ra_clock_seconds();
        assert_true(matches);
        CHECK_OK(ra_password_verify(good, NULL, &matches, &err), err);
        assert_false(matches);
        double end = ra_clock_seconds();
        somebody = middle - start < somebody ? middle - start : somebody;
        nobody = end - middle < nobody ? end - middle : nobody;
    }
    print_message("verification: %.1f ms, of nobody: %.1f ms\n", somebody * 1e3, nobody * 1e3);
    assert_true(nobody > 0.5 * somebody && nobody < 2 * somebody);
}

static void a_hash_that_is_none_is_reported(void **state)
{
    (void)state;
    struct ra_err err = {0};
    bool matches = true;
    const char *bad[] = {"", "secret", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefgh"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ra_password_verify(good, bad[i], &matches, &err), err, RA_ERR_CORRUPT);
    assert_true(matches);
}

static void a_hash_of_other_costs_still_verifies_and_wants_to_be_renewed(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char weak[RA_PASSWORD_HASH], today[RA_PASSWORD_HASH];
    bool matches = false;
    assert_true(sodium_init() >= 0);
    assert_int_equal(crypto_pwhash_str(weak, good, strlen(good), 1, (size_t)8 << 20), 0);
    CHECK_OK(ra_password_verify(good, weak, &matches, &err), err);
    assert_true(matches);
    assert_true(ra_password_needs_rehash(weak));
    CHECK_OK(ra_password_hash(good, today, &err), err);
    assert_false(ra_password_needs_rehash(today));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifteen_characters_are_enough_and_fourteen_are_not),
        cmocka_unit_test(characters_are_counted_and_not_bytes),
        cmocka_unit_test(the_longest_password_has_256_characters),
        cmocka_unit_test(the_obvious_ones_are_refused),
        cmocka_unit_test(the_right_password_matches_and_a_wrong_one_does_not),
        cmocka_unit_test(the_hash_is_argon2id_at_owasps_minimum_and_salted),
        cmocka_unit_test(accents_match_however_they_are_composed),
        cmocka_unit_test(the_longest_expansion_of_a_character_is_hashed),
        cmocka_unit_test(what_cannot_be_a_password_does_not_match),
        cmocka_unit_test(nobodys_password_takes_as_long_and_never_matches),
        cmocka_unit_test(a_hash_that_is_none_is_reported),
        cmocka_unit_test(a_hash_of_other_costs_still_verifies_and_wants_to_be_renewed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
