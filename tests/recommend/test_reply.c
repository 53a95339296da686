/* The JSON of answers: every one parses, and says what the answer says. */
#include <math.h>

#include "../check.h"
#include "library.h"
#include "readalike/json.h"
#include "readalike/reply.h"
#include "readalike/str.h"

static const struct lib_book books[] = {
    {"The \"Quoted\" \\ Title", "Ann <b>Author</b>", "en", 1990},
    {"\xc3\x89mile", "Jean-Jacques Rousseau", "fr", 1762},
    {"The Lord of the Rings", "J.R.R. Tolkien", "en", 1954},
    {"Faust", NULL, "de", 1808},
};
static const struct lib_pair pairs[] = {{0, 1, 0.5f}, {0, 2, 0.25f}, {2, 1, 0.125f}};

static struct ra_engine *engine;
static struct ra_scratch *scratch;

static int setup(void **state)
{
    (void)state;
    const struct library library = {
        .books = books, .n_books = RA_COUNT(books), .pairs = pairs, .n_pairs = RA_COUNT(pairs)};
    engine = library_open(&library);
    scratch = ra_scratch_create();
    return scratch ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    ra_scratch_destroy(scratch);
    ra_engine_unref(engine);
    return 0;
}

/* Takes the buffer's bytes as JSON. */
static json_t *parse(struct ra_buf *out)
{
    struct ra_err err = {0};
    assert_false(out->failed);
    json_t *value = ra_json_parse(out->data, out->len, &err);
    if (!value)
        fail_msg("%s in %.*s", err.text, (int)out->len, out->data);
    ra_buf_finish(out);
    return value;
}

static const char *text_at(const json_t *value, const char *key)
{
    return json_string_value(json_object_get(value, key));
}

static json_t *recommend(const struct ra_liked *liked, size_t n, unsigned k, bool explain)
{
    struct ra_err err = {0};
    struct ra_answer answer;
    const struct ra_ask ask = {.liked = liked, .n_liked = n, .k = k, .explain = explain};
    CHECK_OK(ra_recommend(engine, scratch, &ask, &answer, &err), err);
    struct ra_buf out;
    ra_buf_init(&out);
    ra_reply_recommend(engine, liked, n, &answer, explain, &out);
    return parse(&out);
}

static void an_answer_for_one_book_has_the_agreed_shape(void **state)
{
    (void)state;
    const struct ra_liked liked = {0, NAN};
    json_t *reply = recommend(&liked, 1, 3, true);
    assert_string_equal(text_at(json_object_get(reply, "book"), "title"), books[0].title);
    json_t *picks = json_object_get(reply, "recommendations");
    assert_int_equal(json_array_size(picks), 3);
    json_t *first = json_array_get(picks, 0);
    assert_string_equal(text_at(first, "title"), books[1].title);
    assert_string_equal(text_at(first, "source"), "model");
    assert_float_equal(json_number_value(json_object_get(first, "score")), 0.5, 1e-6);
    json_t *because = json_array_get(json_object_get(first, "because"), 0);
    assert_string_equal(text_at(because, "title"), books[0].title);
    assert_int_equal(json_integer_value(json_object_get(because, "id")), 1000);
    assert_float_equal(json_number_value(json_object_get(because, "weight")), 0.5, 1e-6);
    json_t *last = json_array_get(picks, 2);
    assert_string_equal(text_at(last, "source"), "popular");
    assert_int_equal(json_array_size(json_object_get(last, "because")), 0);
    assert_string_equal(text_at(json_object_get(reply, "model"), "version"), "test-1");
    assert_string_equal(text_at(json_object_get(reply, "model"), "algorithm"), "item-knn");
    assert_string_equal(text_at(reply, "fallback"), "popular");
    assert_true(json_is_true(json_object_get(reply, "exhausted")));
    assert_null(json_object_get(reply, "books"));
    json_decref(reply);
}

static void several_books_are_listed_and_none_is_left_out(void **state)
{
    (void)state;
    const struct ra_liked liked[] = {{0, NAN}, {2, NAN}};
    json_t *reply = recommend(liked, 2, 1, false);
    assert_int_equal(json_array_size(json_object_get(reply, "books")), 2);
    assert_null(json_object_get(reply, "book"));
    assert_true(json_is_null(json_object_get(reply, "fallback")));
    json_t *first = json_array_get(json_object_get(reply, "recommendations"), 0);
    assert_null(json_object_get(first, "because"));
    json_decref(reply);
    reply = recommend(NULL, 0, 2, false);
    assert_null(json_object_get(reply, "book"));
    assert_null(json_object_get(reply, "books"));
    assert_int_equal(json_array_size(json_object_get(reply, "recommendations")), 2);
    json_decref(reply);
}

static void a_list_and_a_book_parse(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_answer answer;
    CHECK_OK(ra_recommend_popular(engine, scratch, &(struct ra_ask){.k = 2}, &answer, &err), err);
    struct ra_buf out;
    ra_buf_init(&out);
    ra_reply_list(engine, "popular", &answer, &out);
    json_t *reply = parse(&out);
    json_t *list = json_object_get(reply, "popular");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text_at(json_array_get(list, 0), "title"), books[0].title);
    assert_true(json_is_false(json_object_get(reply, "exhausted")));
    json_decref(reply);
    ra_reply_book(engine, 3, &out);
    reply = parse(&out);
    assert_string_equal(text_at(reply, "title"), "Faust");
    assert_true(json_is_null(json_object_get(reply, "author")));
    json_decref(reply);
}

static void suggestions_say_what_matched(void **state)
{
    (void)state;
    struct ra_resolved near;
    ra_resolve_title(engine, scratch, "lord of teh rings", 17, &near);
    assert_false(near.found);
    assert_true(near.n_near >= 1);
    struct ra_buf out;
    ra_buf_init(&out);
    ra_reply_suggest(engine, ra_scratch_title(scratch), "lord of teh rings", 17, near.near,
                     near.n_near, &out);
    json_t *reply = parse(&out);
    json_t *first = json_array_get(json_object_get(reply, "suggestions"), 0);
    assert_string_equal(text_at(first, "title"), "The Lord of the Rings");
    assert_string_equal(text_at(first, "matched"), "typo");
    assert_int_equal(json_integer_value(json_object_get(first, "edits")), 1);
    json_t *match = json_object_get(first, "match");
    assert_true(json_array_size(match) >= 1);
    for (size_t i = 0; i < json_array_size(match); i++) {
        json_t *range = json_array_get(match, i);
        assert_int_equal(json_array_size(range), 2);
        json_int_t end = json_integer_value(json_array_get(range, 0)) +
                         json_integer_value(json_array_get(range, 1));
        assert_true(end <= (json_int_t)strlen(books[2].title));
    }
    json_decref(reply);
    ra_reply_suggest(engine, ra_scratch_title(scratch), "x", 1, NULL, 0, &out);
    assert_string_equal(ra_buf_cstr(&out), "{\"suggestions\":[]}");
    ra_buf_finish(&out);
}

static void a_title_stands_for_its_book(void **state)
{
    (void)state;
    struct ra_resolved one;
    ra_resolve_title(engine, scratch, "EMILE", 5, &one);
    assert_true(one.found);
    assert_int_equal(one.item_ix, 1);
    ra_resolve_title(engine, scratch, "zzzzqqqq xxxx", 13, &one);
    assert_false(one.found);
    assert_int_equal(one.n_near, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_for_one_book_has_the_agreed_shape),
        cmocka_unit_test(several_books_are_listed_and_none_is_left_out),
        cmocka_unit_test(a_list_and_a_book_parse),
        cmocka_unit_test(suggestions_say_what_matched),
        cmocka_unit_test(a_title_stands_for_its_book),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
