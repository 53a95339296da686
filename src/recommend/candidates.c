/* What the model proposes: the neighbours of the liked books, scored on the way. */
#include "inside.h"

/* What likes and dislikes leave of each other when they cancel out is rounding, not a score. */
#define SCORE_NOISE 1e-6f

void block_known(const struct ra_engine *engine, struct ra_scratch *scratch,
                 const struct ra_ask *ask)
{
    for (size_t i = 0; i < ask->n_exclude; i++)
        block(engine, scratch, ask->exclude[i]);
    for (size_t i = 0; i < ask->n_liked && !ask->include_read; i++)
        block(engine, scratch, ask->liked[i].item_ix);
}

/* score(j) = sum over liked i of w(i) s(i, j): item-based top-N (Sarwar et al. 2001). */
void gather_candidates(const struct ra_engine *engine, struct ra_scratch *scratch,
                       const struct ra_ask *ask, size_t n_weights)
{
    for (size_t i = 0; i < n_weights; i++) {
        float weight = scratch->weight[i];
        if (weight == 0)
            continue;
        struct ra_similar row = ra_model_similar(engine->model, ask->liked[i].item_ix);
        for (size_t r = 0; r < row.n; r++) {
            uint32_t item_ix = row.item_ix[r];
            if (scratch->scored[item_ix] != scratch->round) {
                scratch->scored[item_ix] = scratch->round;
                scratch->score[item_ix] = 0;
                scratch->candidate[scratch->n_candidates++].item_ix = item_ix;
            }
            scratch->score[item_ix] += weight * row.score[r];
        }
    }
}

void drop_unwanted(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct sieve *sieve)
{
    size_t kept = 0;
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        uint32_t item_ix = scratch->candidate[i].item_ix;
        float score = scratch->score[item_ix];
        if (score > SCORE_NOISE && !is_blocked(engine, scratch, item_ix) &&
            sieve_passes(sieve, item_ix))
            scratch->candidate[kept++] = (struct candidate){item_ix, score};
    }
    scratch->n_candidates = kept;
}
