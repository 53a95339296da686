/* Strict JSON in. */
#include "../check.h"

#include "readalike/json.h"
#include "readalike/str.h"

static void one_whole_value_is_taken(void **state)
{
    (void)state;
    struct ra_err err = {0};
    const char *text = "{\"title\": \"Dune\", \"k\": 3}";
    json_t *value = ra_json_parse(text, strlen(text), &err);
    CHECK_OK(value != NULL, err);
    assert_int_equal(json_integer_value(json_object_get(value, "k")), 3);
    json_decref(value);
}

static void what_is_not_one_json_value_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "{", "{} {}", "{\"a\":1,\"a\":2}", "{\"a\":nan}", "{'a':1}", "{\"a\":\"\xff\"}", "[1,]",
    };
    struct ra_err err;
    for (size_t i = 0; i < RA_COUNT(bad); i++)
        CHECK_FAILS(ra_json_parse(bad[i], strlen(bad[i]), &err) != NULL, err, RA_ERR_INVALID);
}

static void nesting_is_limited_but_brackets_in_strings_are_not_nesting(void **state)
{
    (void)state;
    char deep[100000];
    memset(deep, '[', sizeof deep);
    struct ra_err err;
    CHECK_FAILS(ra_json_parse(deep, sizeof deep, &err) != NULL, err, RA_ERR_INVALID);
    const char *text = "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"]";
    err = (struct ra_err){0};
    json_t *value = ra_json_parse(text, strlen(text), &err);
    CHECK_OK(value != NULL, err);
    json_decref(value);
}

static void an_unknown_field_is_named_with_the_nearest_known_one(void **state)
{
    (void)state;
    static const char *const known[] = {"title", "titles", "k"};
    json_t *object = json_pack("{s:s, s:i}", "titel", "Dune", "k", 3);
    struct ra_err err;
    CHECK_FAILS(ra_json_only(object, known, 3, &err), err, RA_ERR_INVALID);
    assert_string_equal(err.text, "unknown field \"titel\"; did you mean \"title\"?");
    json_object_del(object, "titel");
    err = (struct ra_err){0};
    CHECK_OK(ra_json_only(object, known, 3, &err), err);
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_whole_value_is_taken),
        cmocka_unit_test(what_is_not_one_json_value_is_refused),
        cmocka_unit_test(nesting_is_limited_but_brackets_in_strings_are_not_nesting),
        cmocka_unit_test(an_unknown_field_is_named_with_the_nearest_known_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
