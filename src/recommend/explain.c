/* Which liked books brought a pick, and how much of its score each did. */
#include "inside.h"

/* Keeps the largest parts, in falling order. */
static void add_part(struct ra_pick *pick, struct ra_because part)
{
    unsigned at = pick->n_because;
    while (at > 0 && pick->because[at - 1].weight < part.weight)
        at--;
    if (at == RA_BECAUSE_MAX)
        return;
    if (pick->n_because < RA_BECAUSE_MAX)
        pick->n_because++;
    for (unsigned i = pick->n_because - 1; i > at; i--)
        pick->because[i] = pick->because[i - 1];
    pick->because[at] = part;
}

void explain_picks(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct ra_ask *ask, size_t n_weights, struct ra_answer *out)
{
    /* `place` is not cleared: a stale one is told by the pick being another book. */
    for (size_t i = 0; i < out->n; i++)
        scratch->place[out->picks[i].item_ix] = (uint32_t)i;
    for (size_t i = 0; i < n_weights; i++) {
        float weight = scratch->weight[i];
        if (weight <= 0)
            continue;
        uint32_t liked_ix = ask->liked[i].item_ix;
        struct ra_similar row = ra_model_similar(engine->model, liked_ix);
        for (size_t r = 0; r < row.n; r++) {
            uint32_t place = scratch->place[row.item_ix[r]];
            if (place < out->n && out->picks[place].item_ix == row.item_ix[r])
                add_part(&out->picks[place], (struct ra_because){liked_ix, weight * row.score[r]});
        }
    }
}
