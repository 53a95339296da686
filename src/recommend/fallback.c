/* What is read most, for those the model knows nothing better for. */
#include "inside.h"

/* Books that are looked at one by one before all that pass are marked. */
#define PATIENCE 2048u

/* Whether item_ix passes; from PATIENCE on by the marks of all. */
static bool passes(const struct sieve *sieve, uint32_t item_ix, const uint64_t *marks)
{
    return marks ? (marks[item_ix / 64] >> (item_ix % 64)) & 1 : sieve_passes(sieve, item_ix);
}

/* Part of what the most popular book has. */
static float score_of(const struct ra_engine *engine, uint32_t item_ix)
{
    if (!engine->by_popularity)
        return (float)ra_model_rating_count(engine->model, item_ix) / (float)engine->most_ratings;
    float most = engine->by_popularity[0].score;
    return ra_model_popularity(engine->model)[item_ix] / (most > 0 ? most : 1);
}

size_t fill_with_popular(const struct ra_engine *engine, struct ra_scratch *scratch,
                         const struct sieve *sieve, const struct ra_ask *ask, struct ra_answer *out)
{
    size_t n_items = ra_model_n_items(engine->model), before = out->n;
    const uint64_t *marks = NULL;
    out->exhausted = true;
    for (uint32_t place = 0; place < n_items; place++) {
        uint32_t item_ix = engine->by_popularity ? engine->by_popularity[place].ix : place;
        if (place == PATIENCE && !sieve_is_open(sieve))
            marks = sieve_mark(sieve);
        if (marks && !engine->by_popularity && place % 64 == 0 && marks[place / 64] == 0) {
            place += 63;
            continue;
        }
        if (!passes(sieve, item_ix, marks) || is_blocked(engine, scratch, item_ix) ||
            is_too_much(engine, &ask->variety, out, item_ix))
            continue;
        if (out->n == ask->k) {
            out->exhausted = false;
            break;
        }
        block(engine, scratch, item_ix);
        out->picks[out->n++] = (struct ra_pick){
            .item_ix = item_ix,
            .score = score_of(engine, item_ix),
            .source = RA_SOURCE_POPULAR,
        };
    }
    return out->n - before;
}
