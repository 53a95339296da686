/* Answers from factors: folds the asker in, searches the books, and says what brought each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/dense.h"
#include "readalike/factors.h"
#include "readalike/scan.h"

/* A cosine of books that few have read is held back: n / (n + this). */
#define LIKENESS_SHRINKAGE 10.0

/* Whom the search is for. */
struct asker {
    const struct ra_scan *scan;
    float constant; /* of all scores */
    float floor;    /* no lower score is an answer */
    bool is_likeness;
    size_t most; /* candidates */
};

/* 1 / |h|, shrunk; so that a product of two rows so scaled is their cosine, shrunk by both. */
static void make_lengths(struct ra_engine *engine)
{
    const struct ra_factors *factors = engine->factors;
    for (uint32_t i = 0; i < factors->n_items; i++) {
        const float *row = factors->item + (size_t)i * factors->n_factors;
        double squares = 0, n = ra_model_rating_count(engine->model, i);
        for (uint32_t k = 0; k < factors->n_factors; k++)
            squares += (double)row[k] * (double)row[k];
        double scale = squares > 1e-24 ? n / (n + LIKENESS_SHRINKAGE) / sqrt(squares) : 0;
        engine->likeness[i] = (float)scale;
    }
}

bool factors_open(struct ra_engine *engine, struct ra_err *err)
{
    engine->factors = ra_model_factors(engine->model);
    if (!engine->factors)
        return true;
    ra_dense_single_thread();
    engine->likeness = calloc((size_t)engine->factors->n_items + 1, sizeof *engine->likeness);
    if (!engine->likeness)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    make_lengths(engine);
    struct ra_scan_rows rows = {
        .n = engine->factors->n_items,
        .n_factors = engine->factors->n_factors,
        .row = engine->factors->item,
        .bias = engine->factors->bias,
    };
    engine->by_score = ra_scan_create(&rows, err);
    rows.bias = NULL;
    rows.scale = engine->likeness;
    engine->by_likeness = engine->by_score ? ra_scan_create(&rows, err) : NULL;
    return engine->by_likeness != NULL;
}

void factors_close(struct ra_engine *engine)
{
    ra_scan_destroy(engine->by_score);
    ra_scan_destroy(engine->by_likeness);
    free(engine->likeness);
}

/* The asker's number on the scale that the model was trained on. */
static double on_model_scale(const struct ra_rating_scale *model, const struct liking *asker,
                             double rating)
{
    double part = (rating - asker->lowest) / (asker->top - asker->lowest);
    double scaled = model->lowest + part * (model->highest - model->lowest);
    return fmax(model->lowest, fmin(model->highest, scaled));
}

/* As ra_train_weights() makes it of a reading. */
static float implicit_weight(const struct ra_rating_scale *scale, double rating)
{
    double range = scale->highest - scale->lowest;
    if (!(range > 0))
        return 1;
    return (float)fmax(0.1, 1 + scale->weight * (rating - scale->mean) / range);
}

static void tell(struct told *told, uint32_t liked, uint32_t item_ix, float weight, float target)
{
    told->liked[told->n] = liked;
    told->item[told->n] = item_ix;
    told->weight[told->n] = weight;
    told->target[told->n++] = target;
}

/*
 * Hu et al.'s confidence and preference: what was read is wanted, the more so the better it was
 * rated; a book that was disliked is not, and we are as sure of that as the dislike is strong.
 */
static void tell_reading(struct told *told, const struct ra_rating_scale *scale,
                         const struct liking *liking, uint32_t i, const struct ra_liked *liked)
{
    float weight = liking_weight(liking, liked->rating), fade = liking_fade(liking, i);
    if (weight < 0)
        tell(told, i, liked->item_ix, -weight * fade, 0);
    else if (isnan(liked->rating))
        tell(told, i, liked->item_ix, fade, 1);
    else
        tell(told, i, liked->item_ix,
             implicit_weight(scale, on_model_scale(scale, liking, (double)liked->rating)) * fade,
             1);
}

/* r - mu - b_i; a book without a number is liked as much as can be, when none has a number. */
static void tell_rating(struct told *told, const struct ra_engine *engine,
                        const struct liking *liking, uint32_t i, const struct ra_liked *liked)
{
    const struct ra_factors *factors = engine->factors;
    const struct ra_rating_scale scale = ra_model_scale(engine->model);
    if (isnan(liked->rating) && liking->n_rated)
        return;
    double rating = isnan(liked->rating) ? scale.highest
                                         : on_model_scale(&scale, liking, (double)liked->rating);
    double bias = factors->bias ? (double)factors->bias[liked->item_ix] : 0;
    tell(told, i, liked->item_ix, liking_fade(liking, i), (float)(rating - factors->mu - bias));
}

/* Every edition counts as the training counted it; a book named twice counts once. */
static void tell_all(const struct ra_engine *engine, struct ra_scratch *scratch,
                     const struct ra_ask *ask)
{
    const struct ra_rating_scale scale = ra_model_scale(engine->model);
    size_t n = ask->n_liked < RA_LIKED_MAX ? ask->n_liked : RA_LIKED_MAX;
    struct liking liking = liking_of(ask, n, &scale);
    scratch->told.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct ra_liked *liked = &ask->liked[i];
        if (scratch->counted[liked->item_ix] == scratch->round)
            continue;
        scratch->counted[liked->item_ix] = scratch->round;
        if (engine->factors->from_ratings)
            tell_rating(&scratch->told, engine, &liking, i, liked);
        else
            tell_reading(&scratch->told, &scale, &liking, i, liked);
    }
}

static struct ra_ridge_row row_of(const struct told *told)
{
    return (struct ra_ridge_row){
        .col = told->item, .weight = told->weight, .target = told->target, .n = told->n};
}

static bool fold_in(const struct ra_engine *engine, struct ra_scratch *scratch,
                    const struct ra_ask *ask, struct asker *out)
{
    const struct ra_factors *factors = engine->factors;
    tell_all(engine, scratch, ask);
    const struct ra_ridge_row row = row_of(&scratch->told);
    if (!ra_factors_solve(factors, &row, scratch->solving, scratch->vector))
        return false;
    out->scan = engine->by_score;
    out->constant = factors->from_ratings ? (float)factors->mu : 0;
    if (factors->reader_bias)
        out->constant += scratch->vector[factors->n_factors];
    /* Below 0 a book is less wanted than one that nothing speaks for; a rating has no such line. */
    out->floor = factors->from_ratings ? -INFINITY : SCORE_NOISE;
    return true;
}

/* The sum of what is liked, each at length 1, less what is disliked. */
static bool add_likeness(const struct ra_engine *engine, struct ra_scratch *scratch,
                         const struct ra_ask *ask, struct asker *out)
{
    const struct ra_factors *factors = engine->factors;
    const struct ra_rating_scale scale = ra_model_scale(engine->model);
    size_t f = factors->n_factors, n = ask->n_liked < RA_LIKED_MAX ? ask->n_liked : RA_LIKED_MAX;
    struct liking liking = liking_of(ask, n, &scale);
    memset(scratch->vector, 0, f * sizeof *scratch->vector);
    scratch->told.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t item = ask->liked[i].item_ix;
        float weight = liking_weight(&liking, ask->liked[i].rating) * liking_fade(&liking, i) *
                       engine->likeness[item];
        tell(&scratch->told, i, item, weight, 1);
        for (size_t k = 0; k < f; k++)
            scratch->vector[k] += weight * factors->item[item * f + k];
    }
    out->scan = engine->by_likeness;
    out->floor = SCORE_NOISE;
    out->is_likeness = true;
    return n > 0;
}

float factors_likeness(const struct ra_engine *engine, uint32_t a, uint32_t b)
{
    size_t f = engine->factors->n_factors;
    const float *x = engine->factors->item + a * f, *y = engine->factors->item + b * f;
    float product = 0;
    for (size_t k = 0; k < f; k++)
        product += x[k] * y[k];
    return product * engine->likeness[a] * engine->likeness[b];
}

/* The best works so far, best first; one edition each. */
struct best {
    const struct ra_engine *engine;
    struct ra_scratch *scratch;
    struct candidate *kept; /* (most) */
    size_t n, most;
    float floor; /* of a list that is not full */
};

/* Takes out the edition of the same work that is kept; false when that one is better. */
static bool make_way(struct best *best, struct candidate edition)
{
    const uint32_t *work = best->engine->work;
    size_t at = 0;
    while (at < best->n && work[best->kept[at].item_ix] != work[edition.item_ix])
        at++;
    if (at == best->n) {
        best->n -= best->n == best->most;
        return true;
    }
    if (!is_better(edition, best->kept[at]))
        return false;
    memmove(best->kept + at, best->kept + at + 1, (--best->n - at) * sizeof *best->kept);
    return true;
}

static float floor_of(const struct best *best)
{
    return best->n == best->most ? best->kept[best->n - 1].score : best->floor;
}

/* The list is short and changes seldom: in order at all times is cheaper than a heap of works. */
static float visit(void *ctx, uint32_t item_ix, float score)
{
    struct best *best = ctx;
    const struct candidate edition = {item_ix, score};
    if (is_blocked(best->engine, best->scratch, item_ix) || !isfinite(score) ||
        !make_way(best, edition))
        return floor_of(best);
    size_t at = best->n++;
    for (; at > 0 && is_better(edition, best->kept[at - 1]); at--)
        best->kept[at] = best->kept[at - 1];
    best->kept[at] = edition;
    return floor_of(best);
}

/* The best candidates. Returns whether there are more. */
static bool search(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct sieve *sieve, const struct asker *asker)
{
    struct best best = {
        .engine = engine,
        .scratch = scratch,
        .kept = scratch->candidate,
        .most = asker->most + 1,
        .floor = asker->floor,
    };
    const struct ra_scan_search scan = {
        .query = scratch->vector,
        .allowed = sieve_is_open(sieve) ? NULL : sieve_mark(sieve),
        .floor = asker->floor,
        .visit = visit,
        .ctx = &best,
    };
    ra_scan_run(asker->scan, &scan, scratch->codes);
    scratch->n_candidates = best.n < asker->most ? best.n : asker->most;
    for (size_t i = 0; i < scratch->n_candidates; i++)
        scratch->candidate[i].score += asker->constant;
    return best.n > scratch->n_candidates;
}

/* What each told book brings to one pick. */
static void part_likeness(const struct ra_engine *engine, struct ra_scratch *scratch,
                          uint32_t item_ix)
{
    const struct ra_factors *factors = engine->factors;
    const struct told *told = &scratch->told;
    size_t f = factors->n_factors;
    const float *picked = factors->item + item_ix * f;
    for (size_t i = 0; i < told->n; i++) {
        const float *row = factors->item + told->item[i] * f;
        float product = 0;
        for (size_t k = 0; k < f; k++)
            product += row[k] * picked[k];
        scratch->part[i] = told->weight[i] * product * engine->likeness[item_ix];
    }
}

static void explain(const struct ra_engine *engine, struct ra_scratch *scratch,
                    const struct ra_ask *ask, const struct asker *asker, struct ra_answer *out)
{
    const struct ra_factors *factors = engine->factors;
    const struct told *told = &scratch->told;
    const struct ra_ridge_row row = row_of(told);
    for (size_t p = 0; p < out->n; p++) {
        struct ra_pick *pick = &out->picks[p];
        if (asker->is_likeness)
            part_likeness(engine, scratch, pick->item_ix);
        else
            ra_factors_parts(factors, &row, scratch->vector, scratch->solving, pick->item_ix,
                             scratch->part);
        pick->base = 0;
        if (!asker->is_likeness)
            pick->base = (factors->from_ratings ? (float)factors->mu : 0) +
                         (factors->bias ? factors->bias[pick->item_ix] : 0);
        for (size_t i = 0; i < told->n; i++) {
            uint32_t liked = ask->liked[told->liked[i]].item_ix;
            if (scratch->part[i] > 0)
                because_add(pick, (struct ra_because){liked, scratch->part[i]});
        }
    }
}

bool factors_answer(const struct ra_engine *engine, struct ra_scratch *scratch,
                    const struct sieve *sieve, const struct ra_ask *ask, struct ra_answer *out)
{
    struct asker asker = {.most = pool_size(ask)};
    bool known = ask->by_likeness ? add_likeness(engine, scratch, ask, &asker)
                                  : fold_in(engine, scratch, ask, &asker);
    bool more = known && search(engine, scratch, sieve, &asker);
    if (known)
        choose_picks(engine, scratch, ask, out);
    more |= known && scratch->n_candidates > ask->k;
    if (known && ask->explain)
        explain(engine, scratch, ask, &asker, out);
    return more;
}
