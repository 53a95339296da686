/* Random libraries and asks: the engine's answer against one computed the slow, obvious way. */
#include <math.h>

#include "../check.h"
#include "inside.h"
#include "library.h"

enum { BOOKS = 120, NEIGHBOURS = 12, LIKED = 9, EXCLUDED = 4 };

static unsigned seed;
static unsigned roll(unsigned below)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 12) % below;
}

static char titles[BOOKS][32];
static struct lib_book books[BOOKS];
static struct lib_pair pairs[BOOKS * NEIGHBOURS];
static size_t n_pairs;
static double share[BOOKS];

/* Few titles, so that there are editions; few authors, languages and years, so that filters bite.
 */
static struct ra_engine *random_library(void)
{
    static const char *const authors[] = {"Ann Alpha", "Ben Beta", "Cyd Alpha", NULL};
    static const char *const languages[] = {"en", "eng", "fr", NULL};
    n_pairs = 0;
    for (uint32_t i = 0; i < BOOKS; i++) {
        snprintf(titles[i], sizeof titles[i], "Title %u", roll(90));
        books[i] = (struct lib_book){titles[i], authors[roll(4)], languages[roll(4)],
                                     roll(5) ? 1950 + (int)roll(60) : 0};
        uint32_t step = 1 + roll(7);
        for (uint32_t r = 1; r <= NEIGHBOURS; r++)
            pairs[n_pairs++] =
                (struct lib_pair){i, (i + r * step) % BOOKS, (float)(1 + roll(50)) / 50};
    }
    const struct library library = {
        .books = books, .n_books = BOOKS, .pairs = pairs, .n_pairs = n_pairs};
    return library_open(&library);
}

static bool filter_takes(const struct ra_filter *filter, const struct lib_book *book)
{
    if (filter->author && (!book->author || !strstr(book->author, filter->author)))
        return false;
    if (filter->language && (!book->language || strncmp(book->language, filter->language, 2) != 0))
        return false;
    if ((filter->year_from || filter->year_to) && !book->year)
        return false;
    return (!filter->year_from || book->year >= filter->year_from) &&
           (!filter->year_to || book->year <= filter->year_to);
}

/* weight(i): the documented formula, in the plainest form. */
static double naive_weight(const struct ra_engine *engine, const struct ra_ask *ask, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (engine->work[ask->liked[j].item_ix] == engine->work[ask->liked[i].item_ix])
            return 0;
    }
    if (isnan(ask->liked[i].rating))
        return 1;
    double sum = 0, n = 0, top = 5;
    for (size_t j = 0; j < ask->n_liked; j++) {
        double r = (double)ask->liked[j].rating;
        if (isnan(r))
            continue;
        sum += r;
        n++;
        top = r > 5 ? 10 : top;
    }
    double neutral = (sum / n + (top + 1) / 2) / 2;
    double w = ((double)ask->liked[i].rating - neutral) / (top - neutral);
    return w < -1 ? -1 : w > 1 ? 1 : w;
}

/* sqrt of the edition's part of its work's readers, one more than counted each. */
static double naive_share(const struct ra_engine *engine, uint32_t item_ix)
{
    double all = 0;
    for (uint32_t i = 0; i < BOOKS; i++) {
        if (engine->work[i] == engine->work[item_ix])
            all += 1 + (double)ra_model_rating_count(ra_engine_model(engine), i);
    }
    return sqrt((1 + (double)ra_model_rating_count(ra_engine_model(engine), item_ix)) / all);
}

/* What the work of liked book `i` gives to one edition. */
static double naive_part(const struct ra_engine *engine, const struct ra_ask *ask, size_t i,
                         uint32_t item_ix)
{
    double part = 0;
    for (size_t p = 0; p < n_pairs; p++) {
        if (pairs[p].to == item_ix &&
            engine->work[pairs[p].from] == engine->work[ask->liked[i].item_ix])
            part += (double)pairs[p].score * share[pairs[p].from] * share[item_ix];
    }
    return part * naive_weight(engine, ask, i);
}

static double naive_score(const struct ra_engine *engine, const struct ra_ask *ask,
                          uint32_t item_ix)
{
    double score = 0;
    for (size_t i = 0; i < ask->n_liked; i++)
        score += naive_part(engine, ask, i, item_ix);
    return score;
}

struct naive {
    uint32_t item_ix[BOOKS];
    double score[BOOKS];
    size_t n, n_model;
    bool used[BOOKS]; /* by work */
};

static bool is_free(const struct ra_engine *engine, const struct naive *naive,
                    const struct ra_ask *ask, uint32_t item_ix)
{
    if (naive->used[engine->work[item_ix]] || !filter_takes(&ask->filter, &books[item_ix]))
        return false;
    for (size_t i = 0; i < ask->n_exclude; i++) {
        if (engine->work[ask->exclude[i]] == engine->work[item_ix])
            return false;
    }
    for (size_t i = 0; i < ask->n_liked && !ask->include_read; i++) {
        if (engine->work[ask->liked[i].item_ix] == engine->work[item_ix])
            return false;
    }
    return true;
}

/* Everything that matches, in order: repeated search for the best work, then by popularity. */
static void answer_naively(const struct ra_engine *engine, const struct ra_ask *ask,
                           struct naive *out)
{
    *out = (struct naive){0};
    double score[BOOKS] = {0};
    for (uint32_t i = 0; i < BOOKS; i++) {
        if (is_free(engine, out, ask, i))
            score[engine->work[i]] += naive_score(engine, ask, i);
    }
    for (;;) {
        uint32_t best = BOOKS;
        for (uint32_t i = 0; i < BOOKS; i++) {
            /* Within rounding of a float sum, 0 is 0. */
            if (!out->used[i] && score[i] > 1e-6 && (best == BOOKS || score[i] > score[best]))
                best = i;
        }
        if (best == BOOKS)
            break;
        out->used[best] = true;
        out->score[out->n] = score[best];
        out->item_ix[out->n++] = best;
    }
    out->n_model = out->n;
    for (uint32_t i = 0; i < BOOKS; i++) {
        if (is_free(engine, out, ask, i)) {
            out->used[engine->work[i]] = true;
            out->item_ix[out->n++] = i;
        }
    }
}

/* The work's score, and that of its editions that pass the filter the shown one brought most. */
static void check_shown(const struct ra_engine *engine, const struct ra_ask *ask,
                        const struct ra_pick *pick)
{
    double sum = 0, shown = naive_score(engine, ask, pick->item_ix);
    for (uint32_t i = 0; i < BOOKS; i++) {
        if (engine->work[i] != engine->work[pick->item_ix] ||
            !filter_takes(&ask->filter, &books[i]))
            continue;
        double score = naive_score(engine, ask, i);
        sum += score;
        bool is_candidate = score != 0;
        assert_true(!is_candidate || score <= shown + 1e-5);
    }
    assert_true(filter_takes(&ask->filter, &books[pick->item_ix]));
    assert_float_equal(sum, pick->score, 1e-4);
}

static void compare(const struct ra_engine *engine, const struct naive *naive,
                    const struct ra_ask *ask, const struct ra_answer *answer)
{
    size_t n = naive->n < ask->k ? naive->n : ask->k;
    assert_int_equal(answer->n, n);
    assert_int_equal(answer->exhausted, naive->n <= ask->k);
    assert_int_equal(answer->fell_back, n > naive->n_model);
    for (size_t i = 0; i < n; i++) {
        const struct ra_pick *pick = &answer->picks[i];
        if (i >= naive->n_model) {
            assert_int_equal(pick->source, RA_SOURCE_POPULAR);
            assert_int_equal(pick->item_ix, naive->item_ix[i]);
            continue;
        }
        assert_int_equal(pick->source, RA_SOURCE_MODEL);
        assert_float_equal(pick->score, naive->score[i], 1e-4);
        /* Two sums that differ in the last bit only may change places. */
        check_shown(engine, ask, pick);
    }
}

static void random_ask(struct ra_ask *ask, struct ra_liked *liked, uint32_t *exclude)
{
    *ask = (struct ra_ask){.liked = liked,
                           .n_liked = roll(LIKED + 1),
                           .exclude = exclude,
                           .n_exclude = roll(EXCLUDED + 1),
                           .k = 1 + roll(roll(3) ? 10 : RA_K_MAX),
                           .include_read = roll(4) == 0,
                           .explain = true};
    unsigned scale = roll(2) ? 5 : 10;
    for (size_t i = 0; i < ask->n_liked; i++)
        liked[i] = (struct ra_liked){roll(BOOKS), roll(3) ? (float)(1 + roll(scale)) : NAN};
    for (size_t i = 0; i < ask->n_exclude; i++)
        exclude[i] = roll(BOOKS);
    if (roll(3) == 0)
        ask->filter.author = roll(2) ? "Alpha" : "Ben";
    if (roll(3) == 0)
        ask->filter.language = roll(2) ? "en" : "fr";
    if (roll(3) == 0)
        ask->filter.year_from = 1950 + (int)roll(40);
    if (roll(3) == 0)
        ask->filter.year_to = 1990 + (int)roll(20);
}

/* All parts sum to the score; of the positive ones the engine shows the three largest. */
static void check_reasons(const struct ra_engine *engine, const struct ra_ask *ask,
                          const struct ra_pick *pick)
{
    double left = (double)pick->score;
    for (size_t i = 0; i < ask->n_liked; i++) {
        double part = 0;
        for (uint32_t e = 0; e < BOOKS; e++) {
            if (engine->work[e] == engine->work[pick->item_ix] &&
                filter_takes(&ask->filter, &books[e]))
                part += naive_part(engine, ask, i, e);
        }
        bool shown = false;
        for (unsigned b = 0; b < pick->n_because; b++)
            shown |= pick->because[b].item_ix == ask->liked[i].item_ix &&
                     fabs((double)pick->because[b].weight - part) < 1e-5;
        double least = pick->n_because ? (double)pick->because[pick->n_because - 1].weight : 0;
        if (!shown)
            assert_true(part <= 1e-6 ||
                        (pick->n_because == RA_BECAUSE_MAX && part <= least + 1e-5));
        left -= part;
    }
    assert_float_equal(left, 0, 1e-4);
}

static void the_engine_answers_as_the_obvious_way_does(void **state)
{
    (void)state;
    struct ra_scratch *scratch = ra_scratch_create();
    for (unsigned library = 0; library < 12; library++) {
        seed = library + 1;
        struct ra_engine *engine = random_library();
        for (uint32_t i = 0; i < BOOKS; i++)
            share[i] = naive_share(engine, i);
        for (unsigned i = 0; i < 150; i++) {
            struct ra_liked liked[LIKED];
            uint32_t exclude[EXCLUDED];
            struct ra_ask ask;
            static struct ra_answer answer;
            static struct naive naive;
            struct ra_err err = {0};
            random_ask(&ask, liked, exclude);
            answer_naively(engine, &ask, &naive);
            CHECK_OK(ra_recommend(engine, scratch, &ask, &answer, &err), err);
            compare(engine, &naive, &ask, &answer);
            for (size_t p = 0; p < answer.n; p++) {
                if (answer.picks[p].source == RA_SOURCE_MODEL)
                    check_reasons(engine, &ask, &answer.picks[p]);
                else
                    assert_int_equal(answer.picks[p].n_because, 0);
            }
        }
        ra_engine_unref(engine);
    }
    ra_scratch_destroy(scratch);
}

/* The marks of old requests must not be taken for this one's when the numbers come round. */
static void the_four_billionth_request_is_answered_right(void **state)
{
    (void)state;
    seed = 99;
    struct ra_engine *engine = random_library();
    struct ra_scratch *fresh = ra_scratch_create(), *old = ra_scratch_create();
    const struct ra_liked liked = {5, NAN};
    const struct ra_ask ask = {.liked = &liked, .n_liked = 1, .k = 20};
    static struct ra_answer wanted, got;
    struct ra_err err = {0};
    CHECK_OK(ra_recommend(engine, fresh, &ask, &wanted, &err), err);
    for (int i = 0; i < 5; i++) {
        CHECK_OK(ra_recommend(engine, old, &ask, &got, &err), err);
        assert_int_equal(got.n, wanted.n);
        for (size_t p = 0; p < got.n; p++)
            assert_int_equal(got.picks[p].item_ix, wanted.picks[p].item_ix);
        if (i == 1)
            old->round = UINT32_MAX - 1;
    }
    ra_scratch_destroy(fresh);
    ra_scratch_destroy(old);
    ra_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_answers_as_the_obvious_way_does),
        cmocka_unit_test(the_four_billionth_request_is_answered_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
