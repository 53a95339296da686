/* Models of factors: the engine's answer against one computed the slow, obvious way. */
#include <math.h>

#include "../check.h"
#include "inside.h"
#include "library.h"
#include "readalike/dense.h"
#include "readalike/factors.h"
#include "readalike/random.h"

enum { BOOKS = 150, F = 6, M_MAX = F + 1, LIKED = 8, EXCLUDED = 4 };

#define SCALE ",\"rating_weight\":0.8,\"mean\":3.4,\"lowest\":1,\"highest\":5"

static struct ra_random chance;
static char titles[BOOKS][32];
static struct lib_book books[BOOKS];
static float item_rows[BOOKS * F], item_bias[BOOKS];
static struct ra_factors factors;

static unsigned roll(unsigned below)
{
    return ra_random_below(&chance, below);
}

static struct ra_engine *random_library(unsigned number)
{
    static const char *const authors[] = {"Ann Alpha", "Ben Beta", "Cyd Alpha", NULL};
    static const char *const languages[] = {"en", "eng", "fr", NULL};
    chance = ra_random_stream(3, number);
    bool from_ratings = number % 2, has_bias = number % 4 < 2 || from_ratings;
    for (uint32_t i = 0; i < BOOKS; i++) {
        snprintf(titles[i], sizeof titles[i], "Title %u", roll(110));
        books[i] = (struct lib_book){titles[i], authors[roll(4)], languages[roll(4)],
                                     roll(5) ? 1950 + (int)roll(60) : 0};
        item_bias[i] = 0.2f * (float)ra_random_normal(&chance);
        for (size_t k = 0; k < F; k++)
            item_rows[i * F + k] = 0.4f * (float)ra_random_normal(&chance);
    }
    factors = (struct ra_factors){.n_items = BOOKS,
                                  .n_factors = F,
                                  .item = item_rows,
                                  .bias = has_bias ? item_bias : NULL,
                                  .alpha0 = from_ratings ? 0 : 0.1,
                                  .lambda = 0.05,
                                  .nu = 1,
                                  .mu = from_ratings ? 3.4 : 0,
                                  .from_ratings = from_ratings,
                                  .reader_bias = from_ratings};
    struct ra_err err = {0};
    if (!from_ratings)
        CHECK_OK(ra_factors_make_gram(&factors, 1, &err), err);
    const struct library library = {
        .books = books, .n_books = BOOKS, .factors = &factors, .scale = SCALE};
    struct ra_engine *engine = library_open(&library);
    free(factors.gram);
    return engine;
}

/* One book of the ask in the equations: weight c, target t. */
struct row {
    uint32_t item;
    double c, t;
};

static double on_scale(const struct ra_ask *ask, double rating)
{
    double top = 5;
    for (size_t i = 0; i < ask->n_liked && !ask->store_scale; i++)
        top = ask->liked[i].rating > 5 ? 10 : top;
    return fmax(1, fmin(5, 1 + (rating - 1) / (top - 1) * 4));
}

static double naive_weight(const struct ra_ask *ask, double rating)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < ask->n_liked; i++) {
        sum += isnan(ask->liked[i].rating) ? 0 : on_scale(ask, (double)ask->liked[i].rating);
        n += !isnan(ask->liked[i].rating);
    }
    double neutral = (sum / n + 3) / 2;
    return fmax(-1, fmin(1, (on_scale(ask, rating) - neutral) / (5 - neutral)));
}

static bool comes_again(const struct ra_ask *ask, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (ask->liked[j].item_ix == ask->liked[i].item_ix)
            return true;
    }
    return false;
}

static size_t naive_rows(const struct ra_ask *ask, struct row *out)
{
    size_t n = 0, rated = 0;
    for (size_t i = 0; i < ask->n_liked; i++)
        rated += !isnan(ask->liked[i].rating);
    for (size_t i = 0; i < ask->n_liked; i++) {
        double r = (double)ask->liked[i].rating;
        uint32_t item = ask->liked[i].item_ix;
        if (comes_again(ask, i) || (factors.from_ratings && rated && isnan(r)))
            continue;
        if (factors.from_ratings)
            out[n++] = (struct row){
                item, 1, (isnan(r) ? 5 : on_scale(ask, r)) - 3.4 - (double)item_bias[item]};
        else if (isnan(r))
            out[n++] = (struct row){item, 1, 1};
        else if (naive_weight(ask, r) < 0)
            out[n++] = (struct row){item, -naive_weight(ask, r), 0};
        else
            out[n++] = (struct row){item, fmax(0.1, 1 + 0.8 * (on_scale(ask, r) - 3.4) / 4), 1};
    }
    return n;
}

static double coordinate(uint32_t item, int k)
{
    return k == F ? 1 : (double)item_rows[item * F + (uint32_t)k];
}

/* Gauss and Jordan of factors.h's equations; the last columns are the right side. */
static void naive_solve(const struct row *rows, size_t n, double x[M_MAX])
{
    int m = factors.from_ratings ? F + 1 : F;
    double a[M_MAX][M_MAX + 1] = {0};
    for (size_t r = 0; r < n + (factors.alpha0 > 0 ? BOOKS : 0); r++) {
        struct row row = r < n ? rows[r] : (struct row){(uint32_t)(r - n), factors.alpha0, 0};
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < m; j++)
                a[i][j] += row.c * coordinate(row.item, i) * coordinate(row.item, j);
            a[i][m] += row.c * row.t * coordinate(row.item, i);
        }
    }
    for (int k = 0; k < m; k++)
        a[k][k] += 0.05 * ((double)n + factors.alpha0 * BOOKS);
    for (int k = 0; k < m; k++) {
        for (int i = 0; i < m; i++) {
            double factor = i == k ? 0 : a[i][k] / a[k][k];
            for (int j = 0; j <= m; j++)
                a[i][j] -= factor * a[k][j];
        }
    }
    for (int k = 0; k < m; k++)
        x[k] = a[k][m] / a[k][k];
}

static double naive_base(uint32_t item)
{
    return factors.mu + (factors.bias ? (double)item_bias[item] : 0);
}

static double naive_score(const double x[M_MAX], uint32_t item)
{
    double score = naive_base(item);
    for (int k = 0; k < (factors.from_ratings ? F + 1 : F); k++)
        score += x[k] * coordinate(item, k);
    return score;
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

static bool is_free(const struct ra_engine *engine, const struct ra_ask *ask, const bool *used,
                    uint32_t item)
{
    if (used[engine->work[item]] || !filter_takes(&ask->filter, &books[item]))
        return false;
    for (size_t i = 0; i < ask->n_exclude; i++) {
        if (engine->work[ask->exclude[i]] == engine->work[item])
            return false;
    }
    for (size_t i = 0; i < ask->n_liked && !ask->include_read; i++) {
        if (engine->work[ask->liked[i].item_ix] == engine->work[item])
            return false;
    }
    return true;
}

/* Scores of the works in order, each by its best edition that passes. */
static size_t naive_answer(const struct ra_engine *engine, const struct ra_ask *ask,
                           const double *score, double *out)
{
    bool used[BOOKS] = {false};
    size_t n = 0;
    for (;;) {
        uint32_t best = BOOKS;
        for (uint32_t i = 0; i < BOOKS; i++) {
            bool counts = factors.from_ratings || score[i] > 1e-6;
            if (counts && is_free(engine, ask, used, i) &&
                (best == BOOKS || score[i] > score[best]))
                best = i;
        }
        if (best == BOOKS)
            return n;
        used[engine->work[best]] = true;
        out[n++] = score[best];
    }
}

static void random_ask(struct ra_ask *ask, struct ra_liked *liked, uint32_t *exclude)
{
    *ask = (struct ra_ask){.liked = liked,
                           .n_liked = 1 + roll(LIKED),
                           .exclude = exclude,
                           .n_exclude = roll(EXCLUDED + 1),
                           .k = 1 + roll(roll(3) ? 10 : RA_K_MAX),
                           .include_read = roll(4) == 0,
                           .explain = true};
    unsigned scale = roll(2) ? 5 : 10;
    ask->store_scale = scale == 5 && roll(2);
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
}

/* The engine's score, and reasons that are right: the weight of one is what the score lacks when
 * that book's target is 0, for x is linear in the targets. */
static void check_pick(const struct row *rows, size_t n_rows, const struct ra_pick *pick)
{
    double x[M_MAX], all = naive_base(pick->item_ix);
    naive_solve(rows, n_rows, x);
    double score = naive_score(x, pick->item_ix);
    assert_float_equal(pick->score, score, 1e-4);
    assert_float_equal(pick->base, naive_base(pick->item_ix), 1e-5);
    unsigned shown = 0;
    for (size_t r = 0; r < n_rows; r++) {
        struct row less[LIKED];
        double y[M_MAX];
        memcpy(less, rows, n_rows * sizeof *rows);
        less[r].t = 0;
        naive_solve(less, n_rows, y);
        double part = score - naive_score(y, pick->item_ix);
        all += part;
        for (unsigned b = 0; b < pick->n_because; b++) {
            if (pick->because[b].item_ix == rows[r].item) {
                assert_float_equal(pick->because[b].weight, part, 1e-4);
                shown++;
            }
        }
    }
    assert_int_equal(shown, pick->n_because);
    assert_float_equal(all, score, 1e-6);
}

static void compare(const struct ra_engine *engine, const struct ra_ask *ask,
                    const struct ra_answer *answer)
{
    static double score[BOOKS], wanted[BOOKS];
    struct row rows[LIKED];
    double x[M_MAX];
    size_t n_rows = naive_rows(ask, rows);
    naive_solve(rows, n_rows, x);
    for (uint32_t i = 0; i < BOOKS; i++)
        score[i] = naive_score(x, i);
    size_t n = naive_answer(engine, ask, score, wanted), picked = 0;
    size_t n_wanted = n < ask->k ? n : ask->k;
    bool used[BOOKS] = {false};
    for (size_t i = 0; i < answer->n; i++) {
        const struct ra_pick *pick = &answer->picks[i];
        assert_true(is_free(engine, ask, used, pick->item_ix));
        used[engine->work[pick->item_ix]] = true;
        if (pick->source != RA_SOURCE_MODEL)
            continue;
        assert_true(picked == i && i < n_wanted);
        assert_float_equal(pick->score, wanted[i], 1e-4);
        check_pick(rows, n_rows, pick);
        picked++;
    }
    assert_int_equal(picked, n_wanted);
}

static void the_engine_answers_as_the_obvious_way_does(void **state)
{
    (void)state;
    struct ra_scratch *scratch = ra_scratch_create();
    for (unsigned number = 0; number < 8; number++) {
        struct ra_engine *engine = random_library(number);
        for (unsigned i = 0; i < 60; i++) {
            struct ra_liked liked[LIKED];
            uint32_t exclude[EXCLUDED];
            struct ra_ask ask;
            static struct ra_answer answer;
            struct ra_err err = {0};
            random_ask(&ask, liked, exclude);
            CHECK_OK(ra_recommend(engine, scratch, &ask, &answer, &err), err);
            compare(engine, &ask, &answer);
        }
        ra_engine_unref(engine);
    }
    ra_scratch_destroy(scratch);
}

static double naive_likeness(const struct ra_engine *engine, uint32_t a, uint32_t b)
{
    double ab = 0, aa = 0, bb = 0;
    for (int k = 0; k < F; k++) {
        ab += coordinate(a, k) * coordinate(b, k);
        aa += coordinate(a, k) * coordinate(a, k);
        bb += coordinate(b, k) * coordinate(b, k);
    }
    double n_a = ra_model_rating_count(engine->model, a);
    double n_b = ra_model_rating_count(engine->model, b);
    return ab / sqrt(aa * bb) * n_a / (n_a + 10) * n_b / (n_b + 10);
}

static void books_alike_are_those_of_the_largest_cosine(void **state)
{
    (void)state;
    struct ra_engine *engine = random_library(1);
    struct ra_scratch *scratch = ra_scratch_create();
    for (uint32_t item = 0; item < BOOKS; item += 7) {
        const struct ra_liked liked = {item, NAN};
        const struct ra_ask ask = {
            .liked = &liked, .n_liked = 1, .k = 10, .by_likeness = true, .explain = true};
        static struct ra_answer answer;
        struct ra_err err = {0};
        CHECK_OK(ra_recommend(engine, scratch, &ask, &answer, &err), err);
        double least = 2;
        for (size_t i = 0; i < answer.n; i++) {
            double likeness = naive_likeness(engine, item, answer.picks[i].item_ix);
            assert_float_equal(answer.picks[i].score, likeness, 1e-5);
            assert_float_equal(answer.picks[i].because[0].weight, likeness, 1e-5);
            assert_true(likeness <= least + 1e-6);
            least = likeness;
        }
        size_t above = 0;
        for (uint32_t i = 0; i < BOOKS; i++)
            above += engine->work[i] != engine->work[item] &&
                     naive_likeness(engine, item, i) > least + 1e-6;
        /* More editions than works may be above, but none of a work that is not in the answer. */
        assert_true(above >= 9 && answer.n == 10);
    }
    ra_scratch_destroy(scratch);
    ra_engine_unref(engine);
}

static void who_told_nothing_gets_what_is_read_most(void **state)
{
    (void)state;
    struct ra_engine *engine = random_library(0);
    struct ra_scratch *scratch = ra_scratch_create();
    const struct ra_liked disliked = {4, 1};
    const struct ra_ask asks[] = {{.k = 5}, {.liked = &disliked, .n_liked = 1, .k = 5}};
    for (size_t i = 0; i < 2; i++) {
        static struct ra_answer answer;
        struct ra_err err = {0};
        CHECK_OK(ra_recommend(engine, scratch, &asks[i], &answer, &err), err);
        assert_int_equal(answer.n, 5);
        if (i == 0)
            assert_int_equal(answer.picks[0].source, RA_SOURCE_POPULAR);
    }
    ra_scratch_destroy(scratch);
    ra_engine_unref(engine);
}

/* Of two books that are alike, one is disliked: what is like both falls. */
static void a_dislike_takes_its_likes_down(void **state)
{
    (void)state;
    struct ra_engine *engine = random_library(2);
    struct ra_scratch *scratch = ra_scratch_create();
    unsigned fell = 0, looked = 0;
    for (uint32_t item = 0; item < 60; item++) {
        const struct ra_liked both[] = {{item, 5}, {item + 1, 1}};
        struct ra_ask ask = {.liked = both, .n_liked = 1, .k = RA_K_MAX, .include_read = true};
        static struct ra_answer before, after;
        struct ra_err err = {0};
        CHECK_OK(ra_recommend(engine, scratch, &ask, &before, &err), err);
        ask.n_liked = 2;
        CHECK_OK(ra_recommend(engine, scratch, &ask, &after, &err), err);
        double was = 0, is = 0;
        for (size_t i = 0; i < RA_K_MAX; i++) {
            if (i < before.n && before.picks[i].item_ix == item + 1 &&
                before.picks[i].source == RA_SOURCE_MODEL)
                was = (double)before.picks[i].score;
            if (i < after.n && after.picks[i].item_ix == item + 1 &&
                after.picks[i].source == RA_SOURCE_MODEL)
                is = (double)after.picks[i].score;
        }
        looked += was > 0.05;
        fell += was > 0.05 && is < was;
    }
    assert_true(looked > 5);
    assert_int_equal(fell, looked);
    ra_scratch_destroy(scratch);
    ra_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_answers_as_the_obvious_way_does),
        cmocka_unit_test(books_alike_are_those_of_the_largest_cosine),
        cmocka_unit_test(who_told_nothing_gets_what_is_read_most),
        cmocka_unit_test(a_dislike_takes_its_likes_down),
    };
    ra_dense_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
