/* Varied lists: caps, unlikeness, turns. */
#include <math.h>

#include "../check.h"
#include "library.h"
#include "readalike/model.h"
#include "readalike/str.h"

/* Liking SEED brings two clans of books; a clan's books are alike. */
enum { SEED, CLAN = 10, N_BOOKS = 1 + 2 * CLAN };

static struct lib_book books[N_BOOKS];
static struct lib_pair pairs[N_BOOKS * N_BOOKS];
static char titles[N_BOOKS][64];
static struct ra_engine *engine;
static struct ra_scratch *scratch;
static struct ra_answer answer;

static int clan_of(uint32_t book)
{
    return book == SEED ? -1 : (int)((book - 1) / CLAN);
}

static int setup(void **state)
{
    (void)state;
    size_t n = 0;
    books[SEED] = (struct lib_book){"Seed", "Ann Onymous", "en", 2000};
    for (uint32_t i = 1; i < N_BOOKS; i++) {
        /* The first clan is a series; the second only by one author, but for its last two. */
        snprintf(titles[i], sizeof titles[i],
                 clan_of(i) == 0 ? "Volume %c (The Long Saga, #%u)" : "%c Different Tale %u",
                 'A' + (int)i, i);
        const char *author = clan_of(i) == 0 ? "Ser Ial" : i < N_BOOKS - 2 ? "Pro Lific" : "Other";
        books[i] = (struct lib_book){titles[i], author, "en", 2000};
        pairs[n++] = (struct lib_pair){SEED, i, 1 - 0.02f * (float)i};
        for (uint32_t j = 1; j < N_BOOKS; j++) {
            if (j != i && clan_of(j) == clan_of(i))
                pairs[n++] = (struct lib_pair){i, j, 0.8f};
        }
    }
    const struct library library = {
        .books = books, .n_books = N_BOOKS, .pairs = pairs, .n_pairs = n};
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

static void ask(unsigned k, struct ra_variety variety)
{
    static const struct ra_liked liked = {SEED, NAN};
    const struct ra_ask question = {.liked = &liked, .n_liked = 1, .k = k, .variety = variety};
    struct ra_err err = {0};
    CHECK_OK(ra_recommend(engine, scratch, &question, &answer, &err), err);
    for (size_t i = 0; i < answer.n; i++) {
        assert_int_not_equal(answer.picks[i].item_ix, SEED);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(answer.picks[i].item_ix, answer.picks[j].item_ix);
    }
}

static unsigned of_clan(int clan)
{
    unsigned n = 0;
    for (size_t i = 0; i < answer.n; i++)
        n += clan_of(answer.picks[i].item_ix) == clan;
    return n;
}

static void without_variety_the_best_come_first(void **state)
{
    (void)state;
    ask(8, (struct ra_variety){0});
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(answer.picks[i].item_ix, i + 1);
}

static void diversity_brings_what_is_unlike(void **state)
{
    (void)state;
    unsigned before = 0;
    for (double d = 0; d <= 1; d += 0.25) {
        ask(8, (struct ra_variety){.diversity = d});
        assert_int_equal(answer.n, 8);
        assert_int_equal(answer.picks[0].item_ix, 1); /* the best stays first */
        assert_true(of_clan(1) >= before);
        before = of_clan(1);
    }
    assert_true(before >= 1);
    ask(8, (struct ra_variety){.diversity = 0.5});
    assert_true(of_clan(1) > 0);
}

static void the_shown_score_is_the_models(void **state)
{
    (void)state;
    ask(8, (struct ra_variety){.diversity = 0.7, .rotation = 5});
    for (size_t i = 0; i < answer.n; i++)
        assert_true(fabsf(answer.picks[i].score - (1 - 0.02f * (float)answer.picks[i].item_ix)) <
                    1e-5f);
}

static void authors_and_series_are_capped(void **state)
{
    (void)state;
    ask(8, (struct ra_variety){.per_series = 2});
    assert_int_equal(of_clan(0), 2);
    ask(8, (struct ra_variety){.per_author = 3});
    assert_int_equal(answer.n, 8); /* 3 of each of two, and the two books of the third */
    assert_int_equal(of_clan(0), 3);
    assert_false(answer.fell_back);
}

/* The list is shorter then, and says that there is no more. */
static void caps_hold_for_what_fills_up_too(void **state)
{
    (void)state;
    ask(20, (struct ra_variety){.per_author = 1});
    assert_int_equal(answer.n, 3);
    assert_true(answer.exhausted);
}

static void a_turn_changes_the_list_and_the_same_turn_does_not(void **state)
{
    (void)state;
    uint32_t first[8];
    unsigned changed = 0;
    for (uint32_t turn = 1; turn <= 6; turn++) {
        ask(8, (struct ra_variety){.rotation = turn});
        for (size_t i = 0; i < 8; i++)
            first[i] = answer.picks[i].item_ix;
        ask(8, (struct ra_variety){.rotation = turn});
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(answer.picks[i].item_ix, first[i]);
        for (size_t i = 0; i < 8; i++)
            changed += answer.picks[i].item_ix != i + 1;
        /* What is far worse than the best does not come: 30 % at most is taken. */
        for (size_t i = 0; i < 8; i++)
            assert_true(answer.picks[i].item_ix <= 14);
    }
    assert_true(changed > 6);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    const double wrong[] = {-0.1, 1.1, NAN, INFINITY};
    for (size_t i = 0; i < RA_COUNT(wrong); i++) {
        const struct ra_ask question = {.k = 1, .variety = {.diversity = wrong[i]}};
        struct ra_err err = {0};
        CHECK_FAILS(ra_recommend(engine, scratch, &question, &answer, &err), err, RA_ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_variety_the_best_come_first),
        cmocka_unit_test(diversity_brings_what_is_unlike),
        cmocka_unit_test(the_shown_score_is_the_models),
        cmocka_unit_test(authors_and_series_are_capped),
        cmocka_unit_test(caps_hold_for_what_fills_up_too),
        cmocka_unit_test(a_turn_changes_the_list_and_the_same_turn_does_not),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
