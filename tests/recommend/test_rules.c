/* What an answer may hold and what it must: each rule on a small library. */
#include <math.h>

#include "../check.h"
#include "library.h"
#include "readalike/model.h"
#include "readalike/str.h"

/* Numbers in the order of popularity; tests name books by them. */
enum {
    DUNE,
    HOBBIT,
    HOBBIT_LONG,
    TOWERS,
    LOTR_TOWERS,
    EMMA,
    PERSUASION,
    FAUST,
    MOMO,
    DUNE_TWO,
    IT,
    NO_YEAR,
    N_BOOKS
};

static const struct lib_book books[N_BOOKS] = {
    [DUNE] = {"Dune", "Frank Herbert", "eng", 1965},
    [HOBBIT] = {"The Hobbit", "J.R.R. Tolkien", "en", 1937},
    [HOBBIT_LONG] = {"The Hobbit : The Enchanting Prelude (Paperback)", "J. R. R. Tolkien", "eng",
                     1990},
    [TOWERS] = {"The Two Towers (The Lord of the Rings, Part 2)", "J. R. R. TOLKIEN", "en-US",
                1954},
    [LOTR_TOWERS] = {"The Lord of the Rings: The Two Towers", "John Ronald Reuel Tolkien", "en-GB",
                     1999},
    [EMMA] = {"Emma", "Jane Austen", "eng", 1815},
    [PERSUASION] = {"Persuasion", "Jane Austen", "en", 1818},
    [FAUST] = {"Faust", "Johann Wolfgang von Goethe", "ger", 1808},
    [MOMO] = {"Momo", "Michael Ende", "de", 1973},
    [DUNE_TWO] = {"Dune: A Novel", "Herbert, Frank", "eng", 1984},
    [IT] = {"It", "Stephen King", NULL, 1986},
    [NO_YEAR] = {"Sandworm Cooking", "Herbert Franke", "eng", 0},
};

static const struct lib_pair pairs[] = {
    {DUNE, HOBBIT, 0.9f},         {DUNE, HOBBIT_LONG, 0.8f},
    {DUNE, TOWERS, 0.7f},         {DUNE, IT, 0.6f},
    {DUNE, DUNE_TWO, 0.95f},      {HOBBIT, TOWERS, 0.9f},
    {HOBBIT, LOTR_TOWERS, 0.95f}, {HOBBIT, DUNE, 0.9f},
    {HOBBIT, HOBBIT_LONG, 0.99f}, {EMMA, PERSUASION, 0.8f},
    {EMMA, FAUST, 0.3f},          {IT, MOMO, 0.4f},
    {PERSUASION, EMMA, 0.8f},     {TOWERS, HOBBIT, 0.9f},
    {TOWERS, MOMO, 0.1f},
};

static struct ra_engine *engine;
static struct ra_scratch *scratch;

static int setup(void **state)
{
    (void)state;
    const struct library library = {
        .books = books, .n_books = N_BOOKS, .pairs = pairs, .n_pairs = RA_COUNT(pairs)};
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

static struct ra_answer answer;

static void ask(const struct ra_ask *question)
{
    struct ra_err err = {0};
    CHECK_OK(ra_recommend(engine, scratch, question, &answer, &err), err);
}

static void ask_for(uint32_t item_ix, struct ra_filter filter, unsigned k)
{
    const struct ra_liked liked = {item_ix, NAN};
    ask(&(struct ra_ask){.liked = &liked, .n_liked = 1, .filter = filter, .k = k});
}

static bool has(uint32_t item_ix)
{
    for (size_t i = 0; i < answer.n; i++) {
        if (answer.picks[i].item_ix == item_ix)
            return true;
    }
    return false;
}

static void assert_picks(const uint32_t *wanted, size_t n)
{
    assert_int_equal(answer.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(answer.picks[i].item_ix, wanted[i]);
}
#define PICKS(...)                                                                                 \
    assert_picks((const uint32_t[]){__VA_ARGS__}, RA_COUNT(((const uint32_t[]){__VA_ARGS__})))

static void neighbours_come_best_first(void **state)
{
    (void)state;
    ask_for(EMMA, (struct ra_filter){0}, 2);
    PICKS(PERSUASION, FAUST);
    assert_float_equal(answer.picks[0].score, 0.8, 1e-6);
    assert_float_equal(answer.picks[1].score, 0.3, 1e-6);
    assert_int_equal(answer.picks[0].source, RA_SOURCE_MODEL);
    assert_false(answer.fell_back);
    assert_false(answer.exhausted);
}

static void the_liked_book_and_its_other_editions_never_come_back(void **state)
{
    (void)state;
    ask_for(DUNE, (struct ra_filter){0}, RA_K_MAX);
    assert_false(has(DUNE));
    assert_false(has(DUNE_TWO));
    ask_for(HOBBIT, (struct ra_filter){0}, RA_K_MAX);
    assert_false(has(HOBBIT_LONG));
}

/* Three editions of the Hobbit's neighbours are two works: the parts of one are summed. */
static void editions_are_scored_together_and_shown_once(void **state)
{
    (void)state;
    ask_for(HOBBIT, (struct ra_filter){0}, RA_K_MAX);
    assert_true(has(TOWERS) && !has(LOTR_TOWERS));
    assert_true(has(DUNE) && !has(DUNE_TWO));
    const double hobbits = 110 + 1 + 100 + 1, towers = 90 + 1 + 80 + 1;
    double wanted = sqrt(111 / hobbits) * (0.9 * sqrt(91 / towers) + 0.95 * sqrt(81 / towers));
    assert_int_equal(answer.picks[0].item_ix, TOWERS);
    assert_float_equal(answer.picks[0].score, wanted, 1e-5);
    ask_for(HOBBIT_LONG, (struct ra_filter){0}, RA_K_MAX);
    assert_int_equal(answer.picks[0].item_ix, TOWERS);
    assert_float_equal(answer.picks[0].score, wanted, 1e-5);
}

/* Only what passes counts and is shown. */
static void a_filter_chooses_among_editions(void **state)
{
    (void)state;
    ask_for(HOBBIT, (struct ra_filter){.language = "en-GB"}, 1);
    PICKS(LOTR_TOWERS);
    assert_int_equal(answer.picks[0].source, RA_SOURCE_MODEL);
}

static void nothing_comes_twice(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < N_BOOKS; i++) {
        ask_for(i, (struct ra_filter){0}, RA_K_MAX);
        for (size_t a = 0; a < answer.n; a++) {
            for (size_t b = 0; b < a; b++)
                assert_int_not_equal(answer.picks[a].item_ix, answer.picks[b].item_ix);
        }
    }
}

static void excluded_books_and_their_editions_never_come_back(void **state)
{
    (void)state;
    const struct ra_liked liked = {DUNE, NAN};
    const uint32_t exclude[] = {HOBBIT_LONG, IT};
    ask(&(struct ra_ask){
        .liked = &liked, .n_liked = 1, .exclude = exclude, .n_exclude = 2, .k = RA_K_MAX});
    assert_false(has(HOBBIT));
    assert_false(has(HOBBIT_LONG));
    assert_false(has(IT));
    assert_true(has(TOWERS));
}

static void read_books_come_back_when_asked_for(void **state)
{
    (void)state;
    const struct ra_liked liked[] = {{EMMA, NAN}, {PERSUASION, NAN}};
    const uint32_t exclude[] = {FAUST};
    ask(&(struct ra_ask){.liked = liked,
                         .n_liked = 2,
                         .exclude = exclude,
                         .n_exclude = 1,
                         .include_read = true,
                         .k = RA_K_MAX});
    assert_true(has(EMMA) && has(PERSUASION));
    assert_false(has(FAUST));
}

static void an_author_filter_takes_whole_words_in_any_order(void **state)
{
    (void)state;
    ask_for(EMMA, (struct ra_filter){.author = "herbert FRANK"}, 10);
    PICKS(DUNE);
    ask_for(EMMA, (struct ra_filter){.author = "J. R. R. Tolkien"}, 10);
    PICKS(HOBBIT, TOWERS);
    ask_for(EMMA, (struct ra_filter){.author = "tolk"}, 10);
    assert_int_equal(answer.n, 0);
    assert_true(answer.exhausted);
}

static void a_language_filter_knows_the_spellings_of_one_language(void **state)
{
    (void)state;
    ask_for(EMMA, (struct ra_filter){.language = "en"}, 10);
    assert_int_equal(answer.n, 5);
    assert_true(has(PERSUASION) && has(DUNE) && has(HOBBIT) && has(TOWERS) && has(NO_YEAR));
    ask_for(EMMA, (struct ra_filter){.language = "ENG"}, 10);
    assert_int_equal(answer.n, 5);
    ask_for(EMMA, (struct ra_filter){.language = "en-US"}, 10);
    PICKS(TOWERS);
    ask_for(EMMA, (struct ra_filter){.language = "German"}, 10);
    PICKS(FAUST, MOMO);
}

static void a_year_range_leaves_out_books_of_unknown_year(void **state)
{
    (void)state;
    ask_for(EMMA, (struct ra_filter){.year_from = 1900}, 10);
    assert_false(has(NO_YEAR) || has(FAUST) || has(PERSUASION));
    assert_int_equal(answer.n, 5);
    ask_for(EMMA, (struct ra_filter){.year_to = 1900}, 10);
    PICKS(PERSUASION, FAUST);
    ask_for(EMMA, (struct ra_filter){.year_from = 1808, .year_to = 1808}, 10);
    PICKS(FAUST);
}

static void a_filter_never_shortens_the_answer(void **state)
{
    (void)state;
    ask_for(DUNE, (struct ra_filter){.language = "de"}, 2);
    PICKS(FAUST, MOMO);
    assert_int_equal(answer.picks[0].source, RA_SOURCE_POPULAR);
    assert_true(answer.fell_back);
    assert_true(answer.exhausted);
}

/* The only match is the weakest neighbour: taking the top k first would lose it. */
static void the_filter_comes_before_the_top_k(void **state)
{
    (void)state;
    ask_for(DUNE, (struct ra_filter){.author = "King"}, 1);
    PICKS(IT);
    assert_int_equal(answer.picks[0].source, RA_SOURCE_MODEL);
    assert_false(answer.fell_back);
}

static void what_the_model_lacks_is_filled_with_popular_books(void **state)
{
    (void)state;
    ask_for(IT, (struct ra_filter){0}, 3);
    PICKS(MOMO, DUNE, HOBBIT);
    assert_int_equal(answer.picks[0].source, RA_SOURCE_MODEL);
    assert_int_equal(answer.picks[1].source, RA_SOURCE_POPULAR);
    assert_true(answer.fell_back);
    assert_false(answer.exhausted);
}

static void exhausted_means_that_no_further_book_matches(void **state)
{
    (void)state;
    ask_for(EMMA, (struct ra_filter){.language = "en"}, 5);
    assert_int_equal(answer.n, 5);
    assert_true(answer.exhausted);
    ask_for(EMMA, (struct ra_filter){.language = "en"}, 4);
    assert_int_equal(answer.n, 4);
    assert_false(answer.exhausted);
}

static void nobody_gets_what_is_popular(void **state)
{
    (void)state;
    ask(&(struct ra_ask){.k = 3});
    PICKS(DUNE, HOBBIT, TOWERS);
    assert_true(answer.fell_back);
    struct ra_err err = {0};
    const struct ra_ask popular = {.k = 2, .filter = {.language = "de"}};
    CHECK_OK(ra_recommend_popular(engine, scratch, &popular, &answer, &err), err);
    PICKS(FAUST, MOMO);
    assert_false(answer.fell_back);
    assert_true(answer.picks[0].score > answer.picks[1].score);
}

static void a_disliked_book_counts_against_its_neighbours(void **state)
{
    (void)state;
    struct ra_liked liked[] = {{EMMA, 9}, {DUNE, 1}};
    ask(&(struct ra_ask){.liked = liked, .n_liked = 2, .k = 2});
    PICKS(PERSUASION, FAUST);
    liked[0].rating = 1;
    liked[1].rating = 9;
    ask(&(struct ra_ask){.liked = liked, .n_liked = 2, .k = 2});
    PICKS(HOBBIT, IT);
    liked[0].rating = 1;
    ask(&(struct ra_ask){.liked = liked, .n_liked = 1, .k = RA_K_MAX});
    for (size_t i = 0; i < answer.n; i++)
        assert_int_equal(answer.picks[i].source, RA_SOURCE_POPULAR);
}

static void a_higher_rating_counts_more(void **state)
{
    (void)state;
    const struct ra_liked liked[] = {{EMMA, 4}, {IT, 5}};
    ask(&(struct ra_ask){.liked = liked, .n_liked = 2, .k = 10, .explain = true});
    for (size_t i = 0; i < answer.n; i++) {
        if (answer.picks[i].item_ix == MOMO)
            assert_float_equal(answer.picks[i].score, 0.4, 1e-6);
        if (answer.picks[i].item_ix == PERSUASION)
            assert_float_equal(answer.picks[i].score, 0.16f, 1e-6);
    }
    assert_true(has(MOMO) && has(PERSUASION));
}

static void a_book_named_twice_or_in_two_editions_counts_once(void **state)
{
    (void)state;
    const struct ra_liked twice[] = {{EMMA, NAN}, {EMMA, NAN}};
    ask(&(struct ra_ask){.liked = twice, .n_liked = 2, .k = 1, .explain = true});
    assert_float_equal(answer.picks[0].score, 0.8, 1e-6);
    assert_int_equal(answer.picks[0].n_because, 1);
    ask_for(DUNE, (struct ra_filter){0}, 1);
    float once = answer.picks[0].score;
    const struct ra_liked editions[] = {{DUNE, NAN}, {DUNE_TWO, NAN}};
    ask(&(struct ra_ask){.liked = editions, .n_liked = 2, .k = 1, .explain = true});
    assert_float_equal(answer.picks[0].score, once, 1e-6);
    assert_int_equal(answer.picks[0].n_because, 1);
}

static void the_reasons_sum_to_the_score(void **state)
{
    (void)state;
    const struct ra_liked liked[] = {{HOBBIT, NAN}, {DUNE, NAN}, {EMMA, NAN}};
    ask(&(struct ra_ask){.liked = liked, .n_liked = 3, .k = 3, .explain = true});
    PICKS(TOWERS, LOTR_TOWERS == answer.picks[1].item_ix ? LOTR_TOWERS : PERSUASION, IT);
    assert_int_equal(answer.picks[0].n_because, 2);
    assert_int_equal(answer.picks[0].because[0].item_ix, HOBBIT);
    for (size_t i = 0; i < answer.n; i++) {
        double sum = 0;
        for (unsigned b = 0; b < answer.picks[i].n_because; b++)
            sum += (double)answer.picks[i].because[b].weight;
        assert_float_equal(sum, answer.picks[i].score, 1e-6);
    }
}

static void reasons_come_only_when_asked_for(void **state)
{
    (void)state;
    ask_for(DUNE, (struct ra_filter){0}, 3);
    assert_int_equal(answer.picks[0].n_because, 0);
}

static void a_wrong_ask_gets_a_sentence(void **state)
{
    (void)state;
    const struct ra_liked far = {N_BOOKS, NAN}, infinite = {EMMA, INFINITY};
    const uint32_t exclude = N_BOOKS;
    const struct {
        struct ra_ask ask;
        enum ra_code code;
    } wrong[] = {
        {{.k = 0}, RA_ERR_INVALID},
        {{.k = RA_K_MAX + 1}, RA_ERR_INVALID},
        {{.k = 1, .liked = &far, .n_liked = 1}, RA_ERR_NOT_FOUND},
        {{.k = 1, .liked = &infinite, .n_liked = 1}, RA_ERR_INVALID},
        {{.k = 1, .exclude = &exclude, .n_exclude = 1}, RA_ERR_NOT_FOUND},
        {{.k = 1, .filter = {.year_from = 2000, .year_to = 1999}}, RA_ERR_INVALID},
        {{.k = 1, .filter = {.author = "..."}}, RA_ERR_INVALID},
        {{.k = 1, .filter = {.language = ""}}, RA_ERR_INVALID},
    };
    for (size_t i = 0; i < RA_COUNT(wrong); i++) {
        struct ra_err err;
        CHECK_FAILS(ra_recommend(engine, scratch, &wrong[i].ask, &answer, &err), err,
                    wrong[i].code);
    }
}

static void suggestions_keep_to_the_filter_and_show_a_work_once(void **state)
{
    (void)state;
    struct ra_title_hit hits[7];
    size_t n = 0;
    struct ra_err err = {0};
    struct ra_typed typed = {.text = "hobit", .n = 5, .max = 7};
    CHECK_OK(ra_recommend_suggest(engine, scratch, &typed, hits, &n, &err), err);
    assert_int_equal(n, 1);
    assert_int_equal(hits[0].doc, HOBBIT);
    const struct ra_filter late = {.year_from = 1980};
    typed = (struct ra_typed){.text = "hobbit", .n = 6, .filter = &late, .max = 7};
    CHECK_OK(ra_recommend_suggest(engine, scratch, &typed, hits, &n, &err), err);
    assert_int_equal(n, 1);
    assert_int_equal(hits[0].doc, HOBBIT_LONG);
    const struct ra_filter german = {.language = "de"};
    typed.filter = &german;
    CHECK_OK(ra_recommend_suggest(engine, scratch, &typed, hits, &n, &err), err);
    assert_int_equal(n, 0);
}

/* Dune brings It, Emma Persuasion: what was read last decides. */
static void what_was_read_last_counts_most(void **state)
{
    (void)state;
    struct ra_liked liked[] = {{EMMA, NAN}, {IT, NAN}};
    ask(&(struct ra_ask){.liked = liked, .n_liked = 2, .k = 1, .half_life = 0.25});
    assert_int_equal(answer.picks[0].item_ix, PERSUASION);
    liked[0].item_ix = IT;
    liked[1].item_ix = EMMA;
    ask(&(struct ra_ask){.liked = liked, .n_liked = 2, .k = 1, .half_life = 0.25});
    assert_int_equal(answer.picks[0].item_ix, MOMO);
    assert_true(fabsf(answer.picks[0].score - 0.4f) < 1e-6f);
    struct ra_err err = {0};
    const struct ra_ask wrong = {.k = 1, .half_life = NAN};
    CHECK_FAILS(ra_recommend(engine, scratch, &wrong, &answer, &err), err, RA_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_last_counts_most),
        cmocka_unit_test(neighbours_come_best_first),
        cmocka_unit_test(the_liked_book_and_its_other_editions_never_come_back),
        cmocka_unit_test(editions_are_scored_together_and_shown_once),
        cmocka_unit_test(a_filter_chooses_among_editions),
        cmocka_unit_test(nothing_comes_twice),
        cmocka_unit_test(excluded_books_and_their_editions_never_come_back),
        cmocka_unit_test(read_books_come_back_when_asked_for),
        cmocka_unit_test(an_author_filter_takes_whole_words_in_any_order),
        cmocka_unit_test(a_language_filter_knows_the_spellings_of_one_language),
        cmocka_unit_test(a_year_range_leaves_out_books_of_unknown_year),
        cmocka_unit_test(a_filter_never_shortens_the_answer),
        cmocka_unit_test(the_filter_comes_before_the_top_k),
        cmocka_unit_test(what_the_model_lacks_is_filled_with_popular_books),
        cmocka_unit_test(exhausted_means_that_no_further_book_matches),
        cmocka_unit_test(nobody_gets_what_is_popular),
        cmocka_unit_test(a_disliked_book_counts_against_its_neighbours),
        cmocka_unit_test(a_higher_rating_counts_more),
        cmocka_unit_test(a_book_named_twice_or_in_two_editions_counts_once),
        cmocka_unit_test(the_reasons_sum_to_the_score),
        cmocka_unit_test(reasons_come_only_when_asked_for),
        cmocka_unit_test(a_wrong_ask_gets_a_sentence),
        cmocka_unit_test(suggestions_keep_to_the_filter_and_show_a_work_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
