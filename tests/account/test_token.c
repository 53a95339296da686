/* Tokens: random, recognisable, stored as a hash. */
#include "../check.h"

#include "readalike/account.h"

static void a_presented_token_has_the_stored_hash(void **state)
{
    (void)state;
    struct ra_err err = {0};
    for (int kind = 0; kind < RA_TOKEN_KINDS; kind++) {
        struct ra_token token;
        char hash[RA_TOKEN_HASH];
        CHECK_OK(ra_token_create((enum ra_token_kind)kind, &token, &err), err);
        CHECK_OK(ra_token_hash((enum ra_token_kind)kind, token.text, hash, &err), err);
        assert_string_equal(hash, token.hash);
        assert_int_equal(strlen(token.hash), RA_TOKEN_HASH - 1);
        assert_null(strstr(token.hash, token.text + 4));
    }
}

static void kinds_are_told_apart(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_token session, key;
    char hash[RA_TOKEN_HASH];
    CHECK_OK(ra_token_create(RA_TOKEN_SESSION, &session, &err), err);
    CHECK_OK(ra_token_create(RA_TOKEN_API_KEY, &key, &err), err);
    assert_memory_equal(session.text, "ras_", 4);
    assert_memory_equal(key.text, "rak_", 4);
    CHECK_FAILS(ra_token_hash(RA_TOKEN_API_KEY, session.text, hash, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_token_hash(RA_TOKEN_SESSION, key.text, hash, &err), err, RA_ERR_INVALID);
}

static void no_two_are_equal(void **state)
{
    (void)state;
    enum { N = 500 };
    static struct ra_token tokens[N];
    struct ra_err err = {0};
    for (int i = 0; i < N; i++) {
        CHECK_OK(ra_token_create(RA_TOKEN_SESSION, &tokens[i], &err), err);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(tokens[i].text, tokens[j].text);
            assert_string_not_equal(tokens[i].hash, tokens[j].hash);
        }
    }
}

static void a_changed_character_changes_the_hash_or_is_refused(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_token token;
    CHECK_OK(ra_token_create(RA_TOKEN_API_KEY, &token, &err), err);
    for (size_t i = 0; token.text[i]; i++) {
        char changed[RA_TOKEN_TEXT], hash[RA_TOKEN_HASH];
        memcpy(changed, token.text, sizeof changed);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        if (ra_token_hash(RA_TOKEN_API_KEY, changed, hash, NULL))
            assert_string_not_equal(hash, token.hash);
    }
}

static void what_is_no_token_is_refused(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_token token;
    CHECK_OK(ra_token_create(RA_TOKEN_SESSION, &token, &err), err);
    char longer[RA_TOKEN_TEXT + 1], hash[RA_TOKEN_HASH] = "untouched";
    memcpy(longer, token.text, RA_TOKEN_TEXT);
    longer[RA_TOKEN_TEXT - 1] = 'A';
    longer[RA_TOKEN_TEXT] = '\0';
    char space[RA_TOKEN_TEXT];
    memcpy(space, token.text, RA_TOKEN_TEXT);
    space[20] = ' ';
    const char *bad[] = {"", "ras_", "ras", longer, space, token.text + 4};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ra_token_hash(RA_TOKEN_SESSION, bad[i], hash, &err), err, RA_ERR_INVALID);
    assert_string_equal(hash, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_presented_token_has_the_stored_hash),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(no_two_are_equal),
        cmocka_unit_test(a_changed_character_changes_the_hash_or_is_refused),
        cmocka_unit_test(what_is_no_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
