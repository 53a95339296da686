/* How much of what people mean is found, on 10,000 real books: gates that CI keeps. */
#include <stdio.h>
#include <strings.h>

#include "catalogue.h"
#include "queries.h"
#include "readalike/file.h"
#include "shelf.h"

#define N_QUERIES 200 /* of each kind, as bench_title.c asks by default */
#define SEED 20240607
#define FIRST_HITS 7

static struct catalogue books;
static struct shelf shelf;

/* What is measured, less a query or two: the least share found first, and among seven. */
static const struct {
    double first, seven;
} least[QUERY_KINDS] = {
    [EXACT] = {0.970, 1.000},        [TYPO] = {0.940, 0.985},     [TYPOS] = {0.910, 0.965},
    [PREFIX] = {0.775, 0.930},       [PREFIX_TYPO] = {0.63, .86}, [ARTICLE] = {0.950, 1.000},
    [ARTICLE_TYPO] = {0.925, 0.990}, [SHUFFLED] = {0.985, 1.000}, [AUTHOR] = {0.995, 1.000},
};

static void each_kind_of_query_is_understood(void **state)
{
    (void)state;
    struct ra_random random = {SEED};
    for (enum query_kind kind = EXACT; kind < QUERY_KINDS; kind++) {
        size_t n = 0, first = 0, seven = 0;
        while (n < N_QUERIES) {
            char query[QUERY_TEXT_MAX];
            struct ra_title_hit hits[FIRST_HITS];
            uint32_t doc = (uint32_t)(ra_random_next(&random) % books.n);
            if (!make_query(&random, kind, &books.docs[doc], query))
                continue;
            size_t at = 0, n_hits = ra_title_suggest(shelf.index, shelf.scratch, query,
                                                     strlen(query), NULL, hits, FIRST_HITS);
            while (at < n_hits && hits[at].doc != doc)
                at++;
            n++;
            first += n_hits > 0 && at == 0;
            seven += at < n_hits;
        }
        if ((double)first / N_QUERIES < least[kind].first ||
            (double)seven / N_QUERIES < least[kind].seven)
            fail_msg("%s: %.3f first, %.3f among seven", query_kind_names[kind],
                     (double)first / N_QUERIES, (double)seven / N_QUERIES);
    }
}

/* Calls for each line of a file beside this one that is no comment; returns how many. */
static size_t each_line(const char *name, void (*visit)(char *line, void *ctx), void *ctx)
{
    struct ra_buf text;
    struct ra_err err = {0};
    char path[256];
    size_t n = 0;
    ra_buf_init(&text);
    snprintf(path, sizeof path, "tests/title/%s", name);
    CHECK_OK(ra_file_read(path, 0, &text, &err), err);
    char *rest = ra_buf_take(&text), *all = rest;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (*line == '\0' || *line == '#')
            continue;
        visit(line, ctx);
        n++;
    }
    free(all);
    return n;
}

static void answer(const char *query, struct ra_title_answer *out)
{
    const struct ra_title_question question = {
        .text = query, .n = strlen(query), .max = FIRST_HITS};
    ra_title_ask(shelf.index, shelf.scratch, &question, out);
}

struct tally {
    size_t asked, first, seven, certain, wrong; /* wrong: certain, of another book */
};

/* "typed = beginning of the title" or "typed @ part of the author". */
static void ask_misspelt(char *line, void *ctx)
{
    struct tally *tally = ctx;
    struct ra_title_answer found;
    char *mark = strpbrk(line, "=@");
    assert_true(mark && mark > line && mark[-1] == ' ' && mark[1] == ' ');
    bool is_title = *mark == '=';
    mark[-1] = '\0';
    const char *wanted = mark + 2;
    answer(line, &found);
    size_t at = 0;
    for (; at < found.n; at++) {
        const struct ra_title_doc *book = &books.docs[found.hits[at].doc];
        if (is_title ? strncasecmp(book->title, wanted, strlen(wanted)) == 0
                     : strcasestr(book->author, wanted) != NULL)
            break;
    }
    tally->asked++;
    tally->first += at == 0 && found.n > 0;
    tally->seven += at < found.n;
    tally->certain += found.certain;
    tally->wrong += found.certain && at != 0;
    if (at != 0 || found.n == 0)
        print_message("%s \"%s\": %s\n", at < found.n ? "not first:" : "not found:", line,
                      found.n ? books.docs[found.hits[0].doc].title : "nothing");
    else if (found.certain && at != 0)
        print_message("certain but wrong: \"%s\"\n", line);
}

static void what_people_misspell_is_found(void **state)
{
    (void)state;
    struct tally tally = {0};
    assert_true(each_line("misspelt.txt", ask_misspelt, &tally) >= 300);
    print_message("%zu misspelt: %zu first, %zu among seven, %zu certain, %zu of them wrong\n",
                  tally.asked, tally.first, tally.seven, tally.certain, tally.wrong);
    assert_true(tally.first * 100 >= tally.asked * 95);
    assert_true(tally.seven * 100 >= tally.asked * 98);
}

static void ask_no_book(char *line, void *ctx)
{
    struct tally *tally = ctx;
    struct ra_title_answer found;
    answer(line, &found);
    tally->certain += found.certain;
    tally->asked++;
    if (found.certain)
        print_message("certain of no book: \"%s\": %s\n", line,
                      books.docs[found.hits[0].doc].title);
}

static void what_is_no_book_is_not_certain(void **state)
{
    (void)state;
    struct tally tally = {0};
    assert_true(each_line("no_books.txt", ask_no_book, &tally) >= 200);
    print_message("%zu that are no book: certain of %zu\n", tally.asked, tally.certain);
    assert_true(tally.certain * 100 <= tally.asked * 2);
}

/* More hits than are kept ready make the engine look for itself. */
static void ready_answers_are_what_the_engine_finds(void **state)
{
    (void)state;
    static const char *const beginnings[] = {"t", "th", "the", "s", "b", "o", "of", "a", "c", "jo"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        struct ra_title_hit ready[FIRST_HITS], found[RA_TITLE_HITS_MAX];
        const char *text = beginnings[i];
        size_t n = ra_title_suggest(shelf.index, shelf.scratch, text, strlen(text), NULL, ready,
                                    FIRST_HITS);
        size_t all = ra_title_suggest(shelf.index, shelf.scratch, text, strlen(text), NULL, found,
                                      RA_TITLE_HITS_MAX);
        assert_int_equal(n, FIRST_HITS);
        assert_true(all >= n);
        for (size_t j = 0; j < n; j++)
            assert_true(ready[j].score >= found[j].score - 1e-6F);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_query_is_understood),
        cmocka_unit_test(what_people_misspell_is_found),
        cmocka_unit_test(what_is_no_book_is_not_certain),
        cmocka_unit_test(ready_answers_are_what_the_engine_finds),
    };
    if (!catalogue_load(&books, "goodbooks"))
        return check_missing("data", "no book catalogue; set READALIKE_DATA to its folder");
    shelf_open(&shelf, books.docs, books.n);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    shelf_close(&shelf);
    catalogue_free(&books);
    return failed;
}
