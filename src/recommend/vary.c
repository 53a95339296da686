/*
 * From the best candidates to a list with variety: not more than so many of an author or a series,
 * not all alike (maximal marginal relevance, Carbonell and Goldstein 1998), not the same each time.
 */
#include <math.h>

#include "inside.h"
#include "readalike/random.h"

#define ROTATION_SHARE 0.3f /* of its score that a turn can take from a candidate */

bool wants_variety(const struct ra_variety *variety)
{
    return variety->diversity > 0 || variety->per_author || variety->per_series ||
           variety->rotation;
}

/* The best of them are enough to choose k from; caps may throw out many. */
size_t pool_size(const struct ra_ask *ask)
{
    if (!wants_variety(&ask->variety))
        return ask->k;
    size_t caps = ask->variety.per_author || ask->variety.per_series ? 10 : 4;
    size_t pool = caps * ask->k + 50;
    return pool < POOL_MAX ? pool : POOL_MAX;
}

/* 0 to 1, of the turn and the book alone. */
static float draw(uint32_t turn, uint32_t item_ix)
{
    struct ra_random random = ra_random_stream(turn, item_ix);
    return (float)ra_random_unit(&random);
}

/* Relevance of the pool's candidates, 0 for the last and 1 for the first, less what the turn takes.
 */
static void weigh_pool(struct ra_scratch *scratch, const struct ra_variety *variety)
{
    const struct candidate *all = scratch->candidate;
    size_t n = scratch->n_candidates;
    float best = n ? all[0].score : 0, range = n ? best - all[n - 1].score : 0;
    for (size_t i = 0; i < n; i++) {
        float relevance = range > 0 ? sqrtf(1 - (best - all[i].score) / range) : 1;
        if (variety->rotation)
            relevance *= 1 - ROTATION_SHARE * draw(variety->rotation, all[i].item_ix);
        scratch->relevance[i] = relevance;
        scratch->alike[i] = 0;
    }
}

static bool is_under_caps(const struct ra_engine *engine, const struct ra_variety *variety,
                          const struct ra_answer *answer, uint32_t item_ix)
{
    uint32_t author = ra_model_author(engine->model, item_ix), series = engine->series[item_ix];
    unsigned of_author = 0, of_series = 0;
    for (size_t i = 0; i < answer->n; i++) {
        uint32_t other = answer->picks[i].item_ix;
        of_author += author && ra_model_author(engine->model, other) == author;
        of_series += series && engine->series[other] == series;
    }
    return (!variety->per_author || of_author < variety->per_author) &&
           (!variety->per_series || of_series < variety->per_series);
}

bool is_too_much(const struct ra_engine *engine, const struct ra_variety *variety,
                 const struct ra_answer *answer, uint32_t item_ix)
{
    return (variety->per_author || variety->per_series) &&
           !is_under_caps(engine, variety, answer, item_ix);
}

/* How alike each candidate is to the book just picked: similarities over that to its nearest. */
static void spread_similar(const struct ra_engine *engine, struct ra_scratch *scratch,
                           uint32_t picked)
{
    struct ra_similar row = ra_model_similar(engine->model, picked);
    for (size_t r = 0; r < row.n; r++) {
        uint32_t work = engine->work[row.item_ix[r]], at = scratch->place[work];
        /* `place` is not cleared: a stale one is told by the candidate being of another work. */
        if (at < scratch->n_candidates && engine->work[scratch->candidate[at].item_ix] == work)
            scratch->alike[at] = fmaxf(scratch->alike[at], row.score[r] / row.score[0]);
    }
}

/* Keeps for each candidate the likeness to the picked book that it is most alike. */
static void spread_likeness(const struct ra_engine *engine, struct ra_scratch *scratch,
                            uint32_t picked)
{
    if (!engine->factors) {
        spread_similar(engine, scratch, picked);
        return;
    }
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        float likeness = factors_likeness(engine, picked, scratch->candidate[i].item_ix);
        scratch->alike[i] = fmaxf(scratch->alike[i], likeness);
    }
}

/* The candidate that adds most; n_candidates when none may come. */
static size_t choose(const struct ra_engine *engine, const struct ra_scratch *scratch,
                     const struct ra_variety *variety, const struct ra_answer *answer)
{
    size_t best = scratch->n_candidates;
    float best_gain = -INFINITY, diversity = (float)variety->diversity;
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        uint32_t item_ix = scratch->candidate[i].item_ix;
        float gain = (1 - diversity) * scratch->relevance[i] - diversity * scratch->alike[i];
        if (gain > best_gain && !is_blocked(engine, scratch, item_ix) &&
            !is_too_much(engine, variety, answer, item_ix)) {
            best = i;
            best_gain = gain;
        }
    }
    return best;
}

static void pick(const struct ra_engine *engine, struct ra_scratch *scratch, size_t at,
                 struct ra_answer *out)
{
    out->picks[out->n++] = (struct ra_pick){
        .item_ix = scratch->candidate[at].item_ix,
        .score = scratch->candidate[at].score,
        .source = RA_SOURCE_MODEL,
    };
    block(engine, scratch, scratch->candidate[at].item_ix);
}

void pick_varied(const struct ra_engine *engine, struct ra_scratch *scratch,
                 const struct ra_ask *ask, struct ra_answer *out)
{
    weigh_pool(scratch, &ask->variety);
    for (size_t i = 0; i < scratch->n_candidates; i++)
        scratch->place[engine->work[scratch->candidate[i].item_ix]] = (uint32_t)i;
    while (out->n < ask->k) {
        size_t at = choose(engine, scratch, &ask->variety, out);
        if (at == scratch->n_candidates)
            return;
        pick(engine, scratch, at, out);
        if (ask->variety.diversity > 0)
            spread_likeness(engine, scratch, scratch->candidate[at].item_ix);
    }
}

void pick_first(const struct ra_engine *engine, struct ra_scratch *scratch, unsigned k,
                struct ra_answer *out)
{
    for (size_t i = 0; i < scratch->n_candidates && out->n < k; i++)
        pick(engine, scratch, i, out);
}
