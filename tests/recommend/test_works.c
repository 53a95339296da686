/* Which books count as editions of one work, and which never may. */
#include "../check.h"
#include "inside.h"
#include "library.h"
#include "readalike/str.h"

static void same_title_and_surname_are_one_work(void **state)
{
    (void)state;
    const struct lib_book books[] = {
        {"Harry Potter and the Sorcerer's Stone (Book 1)", "J. K. Rowling", NULL, 0},
        {"Harry Potter and the Sorcerer's Stone (Harry Potter (Paperback))",
         "J.K. Rowling, Mary GrandPr\xc3\xa9", NULL, 0},
        {"HARRY POTTER AND THE SORCERERS STONE", "Joanne K. Rowling", NULL, 0},
        {"Harry Potter and the Chamber of Secrets (Book 2)", "J. K. Rowling", NULL, 0},
        {"The Lovely Bones: A Novel", "Alice Sebold", NULL, 0},
        {"Lovely Bones", "Alice Sebold", NULL, 0},
        {"Emma", "Jane Austen", NULL, 0},
        {"Emma", "Someone Else", NULL, 0},
    };
    const struct library library = {.books = books, .n_books = RA_COUNT(books)};
    struct ra_engine *engine = library_open(&library);
    const uint32_t wanted[] = {0, 0, 0, 3, 4, 4, 6, 7};
    for (size_t i = 0; i < RA_COUNT(wanted); i++)
        assert_int_equal(engine->work[i], wanted[i]);
    ra_engine_unref(engine);
}

static void volumes_of_one_title_stay_apart(void **state)
{
    (void)state;
    const struct lib_book books[] = {
        {"Sailor Moon (Vol. 1)", "Naoko Takeuchi", NULL, 0},
        {"Sailor Moon (Vol. 2)", "Naoko Takeuchi", NULL, 0},
        {"Sailor Moon (Vol. 2) [Paperback]", "Naoko Takeuchi", NULL, 0},
        {"1984 (1984)", "George Orwell", NULL, 0},
        {"1984", "George Orwell", NULL, 0},
    };
    const struct library library = {.books = books, .n_books = RA_COUNT(books)};
    struct ra_engine *engine = library_open(&library);
    const uint32_t wanted[] = {0, 1, 1, 3, 3};
    for (size_t i = 0; i < RA_COUNT(wanted); i++)
        assert_int_equal(engine->work[i], wanted[i]);
    ra_engine_unref(engine);
}

static void a_subtitle_joins_but_a_series_does_not(void **state)
{
    (void)state;
    const struct lib_book books[] = {
        {"The Hobbit", "J.R.R. Tolkien", NULL, 0},
        {"The Hobbit : The Enchanting Prelude to The Lord of the Rings", "Tolkien", NULL, 0},
        {"The Hobbit: or There and Back Again", "J.R.R. Tolkien", NULL, 0},
        {"The Lord of the Rings", "J.R.R. Tolkien", NULL, 0},
        {"The Two Towers", "J.R.R. Tolkien", NULL, 0},
        {"The Lord of the Rings: The Two Towers", "J.R.R. Tolkien", NULL, 0},
        {"Foundation", "Isaac Asimov", NULL, 0},
        {"Foundation: One", "Isaac Asimov", NULL, 0},
        {"Foundation: Two", "Isaac Asimov", NULL, 0},
        {"Foundation: Three", "Isaac Asimov", NULL, 0},
    };
    const struct library library = {.books = books, .n_books = RA_COUNT(books)};
    struct ra_engine *engine = library_open(&library);
    const uint32_t wanted[] = {0, 0, 0, 3, 4, 4, 6, 7, 8, 9};
    for (size_t i = 0; i < RA_COUNT(wanted); i++)
        assert_int_equal(engine->work[i], wanted[i]);
    ra_engine_unref(engine);
}

static void odd_titles_do_no_harm(void **state)
{
    (void)state;
    const struct lib_book books[] = {
        {"(", NULL, NULL, 0},
        {")", NULL, NULL, 0},
        {"((()", "a, b", NULL, 0},
        {": ", "x", NULL, 0},
        {" - - ", "x", NULL, 0},
        {"A: ", "x", NULL, 0},
        {"A", "x", NULL, 0},
        {"[only brackets]", "", NULL, 0},
        {"\"author\":\"", "\"q\" \\", NULL, 0},
        {"B: A Novel: C: D", "x", NULL, 0},
    };
    const struct library library = {.books = books, .n_books = RA_COUNT(books)};
    struct ra_engine *engine = library_open(&library);
    for (uint32_t i = 0; i < RA_COUNT(books); i++) {
        assert_true(engine->work[i] <= i || engine->work[i] < RA_COUNT(books));
        assert_int_equal(engine->work[engine->work[i]], engine->work[i]);
    }
    assert_int_equal(engine->work[5], engine->work[6]);
    ra_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_title_and_surname_are_one_work),
        cmocka_unit_test(volumes_of_one_title_stay_apart),
        cmocka_unit_test(a_subtitle_joins_but_a_series_does_not),
        cmocka_unit_test(odd_titles_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
