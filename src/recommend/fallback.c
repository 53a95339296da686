/* What is read most, for those the model knows nothing better for. */
#include "inside.h"

/* Books that are looked at one by one before all that pass are marked. */
#define PATIENCE 2048u

/* Whether item_ix passes; from PATIENCE on by the marks of all. */
static bool passes(const struct sieve *sieve, uint32_t item_ix, const uint64_t *marks)
{
    return marks ? (marks[item_ix / 64] >> (item_ix % 64)) & 1 : sieve_passes(sieve, item_ix);
}

size_t fill_with_popular(const struct ra_engine *engine, struct ra_scratch *scratch,
                         const struct sieve *sieve, const struct ra_ask *ask, struct ra_answer *out)
{
    size_t n_items = ra_model_n_items(engine->model), before = out->n;
    const uint64_t *marks = NULL;
    out->exhausted = true;
    for (uint32_t item_ix = 0; item_ix < n_items; item_ix++) {
        if (item_ix == PATIENCE && !sieve_is_open(sieve))
            marks = sieve_mark(sieve);
        if (marks && item_ix % 64 == 0 && marks[item_ix / 64] == 0) {
            item_ix += 63;
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
            .score =
                (float)ra_model_rating_count(engine->model, item_ix) / (float)engine->most_ratings,
            .source = RA_SOURCE_POPULAR,
        };
    }
    return out->n - before;
}
