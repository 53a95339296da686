/* What the model proposes: the neighbours of the liked books, scored on the way. */
#include "inside.h"

void block_known(const struct ra_engine *engine, struct ra_scratch *scratch,
                 const struct ra_ask *ask)
{
    for (size_t i = 0; i < ask->n_exclude; i++)
        block(engine, scratch, ask->exclude[i]);
    for (size_t i = 0; i < ask->n_liked && !ask->include_read; i++)
        block(engine, scratch, ask->liked[i].item_ix);
}

static void add_row(const struct ra_engine *engine, struct ra_scratch *scratch, uint32_t from,
                    float weight)
{
    struct ra_similar row = ra_model_similar(engine->model, from);
    for (size_t r = 0; r < row.n; r++) {
        uint32_t item_ix = row.item_ix[r];
        if (scratch->scored[item_ix] != scratch->round) {
            scratch->scored[item_ix] = scratch->round;
            scratch->score[item_ix] = 0;
            scratch->candidate[scratch->n_candidates++].item_ix = item_ix;
        }
        scratch->score[item_ix] += weight * row.score[r] * engine->share[item_ix];
    }
}

/*
 * Item-based top-N (Sarwar et al. 2001) between works. Of the cosine of two works V and W with
 * editions e and f,  co(V, W) / sqrt(n_V n_W),  the model has the parts between editions,
 * s(e, f) = co(e, f) / sqrt(n_e n_f);  so with share(e) = sqrt(n_e / n_V)
 *     score(W) = sum over liked V of w(V) sum over e, f of share(e) s(e, f) share(f).
 */
void gather_candidates(const struct ra_engine *engine, struct ra_scratch *scratch,
                       const struct ra_ask *ask, size_t n_weights)
{
    for (size_t i = 0; i < n_weights; i++) {
        if (scratch->weight[i] == 0)
            continue;
        uint32_t liked = ask->liked[i].item_ix, edition = liked;
        do {
            add_row(engine, scratch, edition, scratch->weight[i] * engine->share[edition]);
            edition = engine->next_edition[edition];
        } while (edition != liked);
    }
}

void drop_unwanted(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct sieve *sieve)
{
    size_t kept = 0;
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        uint32_t item_ix = scratch->candidate[i].item_ix;
        if (!is_blocked(engine, scratch, item_ix) && sieve_passes(sieve, item_ix))
            scratch->candidate[kept++] = (struct candidate){item_ix, scratch->score[item_ix]};
    }
    scratch->n_candidates = kept;
}
