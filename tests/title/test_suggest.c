/* Suggestions on a small shelf: what is forgiven, what comes first, what a filter leaves. */
#include "shelf.h"

static const struct ra_title_doc docs[] = {
    {"Harry Potter and the Sorcerer's Stone (Harry Potter, #1)", "J.K. Rowling", NULL, 1.0F},
    {"Harry Potter and the Chamber of Secrets (Harry Potter, #2)", "J.K. Rowling", NULL, 0.95F},
    {"The Hobbit", "J.R.R. Tolkien", "0618260307", 0.9F},
    {"The Catcher in the Rye", "J.D. Salinger", NULL, 0.88F},
    {"The Da Vinci Code (Robert Langdon, #2)", "Dan Brown", NULL, 0.87F},
    {"The Shining", "Stephen King", NULL, 0.86F},
    {"It", "Stephen King", NULL, 0.8F},
    {"The Lord of the Rings (The Lord of the Rings, #1-3)", "J.R.R. Tolkien", NULL, 0.79F},
    {"The Return of the King (The Lord of the Rings, #3)", "J.R.R. Tolkien", NULL, 0.78F},
    {"Freakonomics", "Steven D. Levitt", NULL, 0.7F},
    {"Persuasion", "Jane Austen", NULL, 0.6F},
    {"Les Mis\xC3\xA9rables", "Victor Hugo", NULL, 0.5F},
    {"\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2", "\xE6\x9B\xB9\xE9\x9B\xAA\xE8\x8A\xB9", NULL, 0.4F},
    {"Persuasion", "A Namesake", NULL, 0.3F},
    {"\xD0\x92\xD0\xBE\xD0\xB9\xD0\xBD\xD0\xB0 \xD0\xB8 \xD0\xBC\xD0\xB8\xD1\x80",
     "\xD0\x9B\xD0\xB5\xD0\xB2 \xD0\xA2\xD0\xBE\xD0\xBB\xD1\x81\xD1\x82\xD0\xBE\xD0\xB9", NULL,
     0.2F},
};
#define N_DOCS (sizeof docs / sizeof *docs)

static struct shelf shelf;

static int open_shelf(void **state)
{
    (void)state;
    shelf_open(&shelf, docs, N_DOCS);
    return 0;
}

static int close_shelf(void **state)
{
    (void)state;
    shelf_close(&shelf);
    return 0;
}

#define CHECK_FIRST(rows) check_wanted(&shelf, rows, sizeof(rows) / sizeof *(rows), shelf_first)

static void typos_are_forgiven(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"harry poter chamber secrets", 1},
        {"lord of teh rings", 7},
        {"cathcer in the rye", 3},
        {"the hobit", 2},
        {"persausion", 10},
        {"xhining", 5}, /* the first letter */
        {"sohrcerers stnoe", 0},
        {"les misrables", 11},
        {"\xD0\xB2\xD0\xBE\xD0\xB9\xD0\xBD\xD0\xB0 \xD0\xB8 \xD0\xBC\xD0\xB5\xD1\x80", 14},
    };
    CHECK_FIRST(rows);
}

static void the_last_word_is_a_beginning(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"da vinci cod", 4},
        {"h", 2},
        {"harry potter cham", 1},
        {"pers", 10},
        {"the catc", 3},
        {"harry poter ch", 1},
        {"mis", 11},
        {"\xE7\xB4\x85", 12},
        {"\xE6\xA8\x93\xE5\xA4\xA2", 12},
    };
    CHECK_FIRST(rows);
}

static void order_and_blanks_do_not_matter(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"secrets of chamber potter", 1}, {"rings lord", 7},   {"harrypotter", 0},   {"hob bit", 2},
        {"lordo fthe rings", 7},          {"davinci code", 4}, {"dav inci code", 4},
    };
    CHECK_FIRST(rows);
}

static void authors_are_searched_too(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"steven king", 5},     {"stephen king", 5},       {"rowling secrets", 1},
        {"jrr tolkien", 2},     {"j. r. r. tolkien", 2},   {"j r r tolkien hobbit", 2},
        {"king it stephen", 6}, {"austen persuasion", 10}, {"namesake persuasion", 13},
    };
    CHECK_FIRST(rows);
}

static void a_series_number_is_a_word(void **state)
{
    (void)state;
    static const struct wanted rows[] = {{"harry potter 1 ", 0}, {"harry potter 2 ", 1}};
    CHECK_FIRST(rows);
}

static void an_isbn_is_an_answer(void **state)
{
    (void)state;
    static const struct wanted rows[] = {{"0618260307", 2}, {"978-0-618-26030-0", 2}};
    CHECK_FIRST(rows);
}

static void nonsense_has_no_answer(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"", -1}, {"   ", -1}, {"?!", -1}, {"qqqq", -1}, {"zzyzx vvvv the", -1},
    };
    CHECK_FIRST(rows);
}

static void other_alphabets_are_found_in_latin_letters(void **state)
{
    (void)state;
    static const struct wanted rows[] = {
        {"voyna i mir", 14}, {"voina i mir", 14}, {"tolstoy mir", 14}, {"voyn", 14}};
    CHECK_FIRST(rows);
}

static struct ra_title_answer asked(const char *query, uint32_t budget_us)
{
    struct ra_title_answer answer;
    const struct ra_title_question question = {
        .text = query, .n = strlen(query), .max = 7, .budget_us = budget_us};
    ra_title_ask(shelf.index, shelf.scratch, &question, &answer);
    return answer;
}

static void only_a_clear_answer_is_certain(void **state)
{
    (void)state;
    static const char *const clear[] = {"the hobbit", "the hobit",     "the cathcer in the rye",
                                        "0618260307", "les misrables", "the da vinci code"};
    static const char *const doubtful[] = {"harry potter",         "king", "the",
                                           "the hobby horse shop", "lord", "stephen king",
                                           "catching rye"};
    for (size_t i = 0; i < sizeof clear / sizeof *clear; i++) {
        if (!asked(clear[i], 0).certain)
            fail_msg("\"%s\" is not certain", clear[i]);
    }
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++) {
        if (asked(doubtful[i], 0).certain)
            fail_msg("\"%s\" is certain", doubtful[i]);
    }
}

/* The first way of looking is always finished; what more there is to try needs time. */
static void an_answer_without_time_says_that_it_is_partial(void **state)
{
    (void)state;
    struct ra_title_answer answer = asked("harrypotterrr chambr scrts", 0);
    assert_false(answer.partial);
    answer = asked("harrypotterrr chambr scrts", 1);
    assert_true(answer.partial);
    answer = asked("the hobbit", 1000000);
    assert_false(answer.partial);
    assert_int_equal(answer.hits[0].doc, 2);
}

static struct ra_title_hit best(const char *query)
{
    struct ra_title_hit hit = {0};
    assert_int_equal(
        ra_title_suggest(shelf.index, shelf.scratch, query, strlen(query), NULL, &hit, 1), 1);
    return hit;
}

static void a_hit_says_how_it_matched(void **state)
{
    (void)state;
    struct ra_title_hit hit = best("the hobbit");
    assert_int_equal(hit.matched, RA_TITLE_EXACT);
    assert_int_equal(hit.edits, 0);
    hit = best("the hobb");
    assert_int_equal(hit.matched, RA_TITLE_PREFIX);
    assert_int_equal(hit.edits, 0);
    hit = best("teh hobit ");
    assert_int_equal(hit.matched, RA_TITLE_TYPO);
    assert_int_equal(hit.edits, 2);
}

static void hits_come_best_first_and_once(void **state)
{
    (void)state;
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    size_t n =
        ra_title_suggest(shelf.index, shelf.scratch, "the", 3, NULL, hits, RA_TITLE_HITS_MAX);
    assert_true(n >= 6);
    for (size_t i = 1; i < n; i++) {
        assert_true(hits[i].score <= hits[i - 1].score);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(hits[i].doc, hits[j].doc);
    }
    assert_int_equal(ra_title_suggest(shelf.index, shelf.scratch, "the", 3, NULL, hits, 2), 2);
    assert_int_equal(ra_title_suggest(shelf.index, shelf.scratch, "the", 3, NULL, hits, 0), 0);
}

static void the_more_popular_namesake_comes_first(void **state)
{
    (void)state;
    struct ra_title_hit hits[2];
    assert_int_equal(ra_title_suggest(shelf.index, shelf.scratch, "persuasion", 10, NULL, hits, 2),
                     2);
    assert_int_equal(hits[0].doc, 10);
    assert_int_equal(hits[1].doc, 13);
}

static void a_filter_is_applied_before_the_list_is_cut(void **state)
{
    (void)state;
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    static const char *const queries[] = {"the",          "harry potter", "persuasion",
                                          "stephen king", "hob bit",      "0618260307"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        const char *query = queries[i];
        size_t all = ra_title_suggest(shelf.index, shelf.scratch, query, strlen(query), NULL, hits,
                                      RA_TITLE_HITS_MAX);
        assert_true(all > 0);
        for (uint32_t doc = 0; doc < N_DOCS; doc++) {
            uint64_t allowed = UINT64_C(1) << doc;
            struct ra_title_hit only;
            size_t n = ra_title_suggest(shelf.index, shelf.scratch, query, strlen(query), &allowed,
                                        &only, 1);
            bool listed = false;
            for (size_t j = 0; j < all; j++)
                listed = listed || hits[j].doc == doc;
            assert_true(n == 0 || only.doc == doc);
            assert_true(n == 1 || !listed);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typos_are_forgiven),
        cmocka_unit_test(the_last_word_is_a_beginning),
        cmocka_unit_test(order_and_blanks_do_not_matter),
        cmocka_unit_test(authors_are_searched_too),
        cmocka_unit_test(a_series_number_is_a_word),
        cmocka_unit_test(an_isbn_is_an_answer),
        cmocka_unit_test(nonsense_has_no_answer),
        cmocka_unit_test(other_alphabets_are_found_in_latin_letters),
        cmocka_unit_test(only_a_clear_answer_is_certain),
        cmocka_unit_test(an_answer_without_time_says_that_it_is_partial),
        cmocka_unit_test(a_hit_says_how_it_matched),
        cmocka_unit_test(hits_come_best_first_and_once),
        cmocka_unit_test(the_more_popular_namesake_comes_first),
        cmocka_unit_test(a_filter_is_applied_before_the_list_is_cut),
    };
    return cmocka_run_group_tests(tests, open_shelf, close_shelf);
}
