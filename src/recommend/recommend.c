/* The stages of an answer, in order. */
#include "inside.h"

/* Validates, makes the scratch and the filter ready, and blocks what must not come back. */
static bool begin(const struct ra_engine *engine, struct ra_scratch *scratch,
                  const struct ra_ask *ask, struct sieve *out, struct ra_err *err)
{
    if (!ask_check(engine, ask, err) || !scratch_begin(scratch, engine, err) ||
        !sieve_init(out, engine, scratch, &ask->filter, err))
        return false;
    block_known(engine, scratch, ask);
    return true;
}

void choose_picks(const struct ra_engine *engine, struct ra_scratch *scratch,
                  const struct ra_ask *ask, struct ra_answer *out)
{
    if (wants_variety(&ask->variety))
        pick_varied(engine, scratch, ask, out);
    else
        pick_first(engine, scratch, ask->k, out);
}

/* From the neighbours of what is liked. Returns whether more were left. */
static bool similar_answer(const struct ra_engine *engine, struct ra_scratch *scratch,
                           const struct sieve *sieve, const struct ra_ask *ask,
                           struct ra_answer *out)
{
    size_t n_weights = weigh_liked(engine, scratch, ask);
    gather_candidates(engine, scratch, ask, n_weights);
    drop_unwanted(engine, scratch, sieve);
    join_editions(engine, scratch);
    bool more = keep_best(scratch, pool_size(ask));
    more |= scratch->n_candidates > ask->k;
    choose_picks(engine, scratch, ask, out);
    if (ask->explain)
        explain_picks(engine, scratch, sieve, ask, n_weights, out);
    return more;
}

bool ra_recommend(const struct ra_engine *engine, struct ra_scratch *scratch,
                  const struct ra_ask *ask, struct ra_answer *out, struct ra_err *err)
{
    struct sieve sieve;
    if (!begin(engine, scratch, ask, &sieve, err))
        return false;
    out->n = 0;
    out->fell_back = out->exhausted = false;
    bool more = engine->factors ? factors_answer(engine, scratch, &sieve, ask, out)
                                : similar_answer(engine, scratch, &sieve, ask, out);
    if (!more || out->n < ask->k)
        out->fell_back = fill_with_popular(engine, scratch, &sieve, ask, out) > 0;
    return true;
}

bool ra_recommend_popular(const struct ra_engine *engine, struct ra_scratch *scratch,
                          const struct ra_ask *ask, struct ra_answer *out, struct ra_err *err)
{
    struct sieve sieve;
    if (!begin(engine, scratch, ask, &sieve, err))
        return false;
    out->n = 0;
    out->fell_back = false;
    fill_with_popular(engine, scratch, &sieve, ask, out);
    return true;
}

const char *ra_source_name(enum ra_source source)
{
    return source == RA_SOURCE_MODEL ? "model" : "popular";
}
