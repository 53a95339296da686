/* What is read most, for those the model knows nothing better for. */
#include "inside.h"

size_t fill_with_popular(const struct ra_engine *engine, struct ra_scratch *scratch,
                         const struct sieve *sieve, unsigned k, struct ra_answer *out)
{
    size_t n_items = ra_model_n_items(engine->model), before = out->n;
    out->exhausted = true;
    for (uint32_t item_ix = 0; item_ix < n_items; item_ix++) {
        if (is_blocked(engine, scratch, item_ix) || !sieve_passes(sieve, item_ix))
            continue;
        if (out->n == k) {
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
