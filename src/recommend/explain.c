/* Which liked books brought a pick, and how much of its score each did. */
#include "inside.h"

/* Keeps the largest parts, in falling order. */
void because_add(struct ra_pick *pick, struct ra_because part)
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

/* Adds what one edition's row gives to each pick's work; `part` is (k). */
static void add_row_parts(const struct ra_engine *engine, struct ra_scratch *scratch,
                          const struct sieve *sieve, uint32_t edition, float *part,
                          const struct ra_answer *answer)
{
    struct ra_similar row = ra_model_similar(engine->model, edition);
    for (size_t r = 0; r < row.n; r++) {
        uint32_t item_ix = row.item_ix[r], work = engine->work[item_ix];
        /* `place` is not cleared: a stale one is told by the pick being of another work. */
        uint32_t at = scratch->place[work];
        if (at < answer->n && engine->work[answer->picks[at].item_ix] == work &&
            sieve_passes(sieve, item_ix))
            part[at] += row.score[r] * engine->share[edition] * engine->share[item_ix];
    }
}

void explain_picks(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct sieve *sieve, const struct ra_ask *ask, size_t n_weights,
                   struct ra_answer *out)
{
    for (size_t i = 0; i < out->n; i++)
        scratch->place[engine->work[out->picks[i].item_ix]] = (uint32_t)i;
    for (size_t i = 0; i < n_weights; i++) {
        /* Only what speaks for a pick is a reason; a disliked book is none. */
        if (scratch->weight[i] <= 0)
            continue;
        float part[RA_K_MAX] = {0};
        uint32_t liked = ask->liked[i].item_ix, edition = liked;
        do {
            add_row_parts(engine, scratch, sieve, edition, part, out);
            edition = engine->next_edition[edition];
        } while (edition != liked);
        for (size_t p = 0; p < out->n; p++) {
            if (part[p] > 0)
                because_add(&out->picks[p],
                            (struct ra_because){liked, part[p] * scratch->weight[i]});
        }
    }
}
