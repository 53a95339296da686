/* Exact look-up: what counts as the same title, and what does not. */
#include "shelf.h"

static const struct ra_title_doc docs[] = {
    {"The Hunger Games (The Hunger Games, #1)", "Suzanne Collins", "0439023483", 1.0F},
    {"Dune", "Frank Herbert", "0441013597", 0.9F},
    {"Dune: House Atreides (Prelude to Dune, #1)", "Brian Herbert", "9780553110616", 0.8F},
    {"Les Mis\xC3\xA9rables", "Victor Hugo", NULL, 0.7F},
    {"The Hobbit : The Enchanting Prelude to The Lord of the Rings", "J.R.R. Tolkien", "0345339681",
     0.6F},
    {"Hobbit, The", "J. R. R. Tolkien", "039480774X", 0.5F},
    {"Pride & Prejudice", "Jane Austen", "0-14-143951-3", 0.4F},
    {"The", "Nobody", "1234567890", 0.3F}, /* an ISBN with a wrong check digit */
    {"Harry Potter and the Sorcerer's Stone (Harry Potter (Paperback))", "J. K. Rowling", NULL,
     0.2F},
    {"???", NULL, NULL, 0.1F},
    {"Dune", "An Unknown Namesake", NULL, 0.0F},
};

static struct shelf shelf;

static int open_shelf(void **state)
{
    (void)state;
    shelf_open(&shelf, docs, sizeof docs / sizeof *docs);
    return 0;
}

static int close_shelf(void **state)
{
    (void)state;
    shelf_close(&shelf);
    return 0;
}

#define CHECK_ROWS(rows) check_wanted(&shelf, rows, sizeof(rows) / sizeof *(rows), shelf_find)

static void case_accents_punctuation_and_article_do_not_count(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"dune", 1},
        {"DUNE!", 1},
        {"les miserables", 3},
        {"LES MIS\xC3\x89RABLES", 3},
        {"Miserables", 3},
        {"pride and prejudice", 6},
        {"Pride & Prejudice", 6},
        {"A Dune", 1},
    };
    CHECK_ROWS(rows);
}

static void a_title_is_found_whole_or_without_subtitle_and_series(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"The Hunger Games (The Hunger Games, #1)", 0},
        {"hunger games", 0},
        {"Dune: House Atreides", 2},
        {"dune house atreides", 2},
        {"the hobbit the enchanting prelude to the lord of the rings", 4},
        {"hobbit", 4},
        {"Harry Potter and the Sorcerers Stone", 8},
    };
    CHECK_ROWS(rows);
}

static void an_article_behind_a_comma_is_an_article(void **state)
{
    (void)state;
    static const struct wanted rows[] = {{"Hobbit, The", 4}, {"The Hobbit", 4}};
    CHECK_ROWS(rows);
}

static void an_article_alone_is_a_title(void **state)
{
    (void)state;
    static const struct wanted rows[] = {{"the", 7}, {"The The", 7}};
    CHECK_ROWS(rows);
}

static void the_most_popular_namesake_is_found(void **state)
{
    (void)state;
    assert_int_equal(shelf_find(&shelf, "Dune"), 1);
}

static void an_isbn_is_found_in_both_lengths_and_any_spelling(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"0439023483", 0},      {"9780439023481", 0}, {"978-0-439-02348-1", 0},
        {"0 439 02348 3", 0},   {"0553110616", 2},    {"9780553110616", 2},
        {"039480774X", 5},      {"039480774x", 5},    {"0141439513", 6},
        {"9780141439518", 6},   {"0439023484", -1},   {"9780439023482", -1},
        {"04390234830439", -1}, {"1234567890", 7},    {"123456789", -1},
        {"03948X0774", -1},
    };
    CHECK_ROWS(rows);
}

static void what_is_not_a_title_is_not_found(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"", -1}, {"???", -1}, {"dun", -1}, {"dune house", -1}, {"hungergames", -1}, {"ring", -1},
    };
    CHECK_ROWS(rows);
}

static void an_empty_catalogue_finds_nothing(void **state)
{
    (void)state;
    struct shelf empty;
    shelf_open(&empty, NULL, 0);
    assert_int_equal(shelf_find(&empty, "dune"), -1);
    assert_int_equal(shelf_find(&empty, "0439023483"), -1);
    assert_int_equal(shelf_first(&empty, "dune"), -1);
    shelf_close(&empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_accents_punctuation_and_article_do_not_count),
        cmocka_unit_test(a_title_is_found_whole_or_without_subtitle_and_series),
        cmocka_unit_test(an_article_behind_a_comma_is_an_article),
        cmocka_unit_test(an_article_alone_is_a_title),
        cmocka_unit_test(the_most_popular_namesake_is_found),
        cmocka_unit_test(an_isbn_is_found_in_both_lengths_and_any_spelling),
        cmocka_unit_test(what_is_not_a_title_is_not_found),
        cmocka_unit_test(an_empty_catalogue_finds_nothing),
    };
    return cmocka_run_group_tests(tests, open_shelf, close_shelf);
}
