/* Which bytes of a shown title are marked. */
#include "../check.h"
#include "readalike/title.h"

static struct ra_title_scratch *scratch;

/* The title with brackets around what is marked. */
static const char *marked(const char *query, const char *title)
{
    static struct ra_buf out;
    struct ra_title_range ranges[8];
    size_t n = ra_title_highlight(scratch, query, strlen(query), title, ranges, 8);
    size_t at = 0, length = strlen(title);
    ra_buf_reset(&out);
    for (size_t i = 0; i < n; i++) {
        assert_true(ranges[i].start >= at);
        assert_true(ranges[i].start + (size_t)ranges[i].length <= length);
        ra_buf_put(&out, title + at, ranges[i].start - at);
        ra_buf_putc(&out, '[');
        ra_buf_put(&out, title + ranges[i].start, ranges[i].length);
        ra_buf_putc(&out, ']');
        at = ranges[i].start + ranges[i].length;
    }
    ra_buf_puts(&out, title + at);
    return ra_buf_cstr(&out);
}

static void words_are_marked_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *query, *title, *marked;
    } rows[] = {
        {"hobbit", "The Hobbit", "The [Hobbit]"},
        {"hob", "The Hobbit", "The [Hob]bit"},
        {"hob ", "The Hobbit", "The Hobbit"},
        {"the hobit", "The Hobbit", "[The] [Hobbit]"},
        {"teh hobbit", "The Hobbit", "[The] [Hobbit]"},
        {"miserables", "Les Mis\xC3\xA9rables", "Les [Mis\xC3\xA9rables]"},
        {"mise", "Les Mis\xC3\xA9rables", "Les [Mis\xC3\xA9]rables"},
        {"sorcerers", "The Sorcerer's Stone", "The [Sorcerer's] Stone"},
        {"jrr", "J. R. R. Tolkien", "[J. R. R]. Tolkien"},
        {"\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2", "\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2 1",
         "[\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2] 1"}, /* pairs overlap */
        {"3 4", "\xC2\xBE moon", "[\xC2\xBE] moon"},  /* three quarters */
        {"dune", "The Hobbit", "The Hobbit"},
        {"", "The Hobbit", "The Hobbit"},
        {"potter stone", "Harry Potter and the Stone", "Harry [Potter] and the [Stone]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(marked(rows[i].query, rows[i].title), rows[i].marked);
}

static void no_more_is_marked_than_there_is_room_for(void **state)
{
    (void)state;
    struct ra_title_range range;
    assert_int_equal(ra_title_highlight(scratch, "a", 1, "a a a a", &range, 1), 1);
    assert_int_equal(range.start, 0);
    assert_int_equal(range.length, 1);
    assert_int_equal(ra_title_highlight(scratch, "a", 1, "a a a a", NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_marked_as_they_are_written),
        cmocka_unit_test(no_more_is_marked_than_there_is_room_for),
    };
    scratch = ra_title_scratch_create();
    int failed = scratch ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    ra_title_scratch_destroy(scratch);
    return failed;
}
