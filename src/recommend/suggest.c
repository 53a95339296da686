/* Suggestions under a filter, one edition of a work, and what a title stands for. */
#include <string.h>

#include "inside.h"
#include "readalike/reply.h"

bool ra_recommend_suggest(const struct ra_engine *engine, struct ra_scratch *scratch,
                          const struct ra_typed *typed, struct ra_title_hit *out, size_t *out_n,
                          struct ra_err *err)
{
    const struct ra_filter open = {0};
    struct sieve sieve;
    if (!scratch_begin(scratch, engine, err) ||
        !sieve_init(&sieve, engine, scratch, typed->filter ? typed->filter : &open, err))
        return false;
    *out_n = 0;
    if (!engine->titles || typed->max == 0)
        return true;
    /* More than asked for, because editions of one work are shown once. */
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    size_t wanted = typed->max < RA_TITLE_HITS_MAX / 4 ? typed->max * 4 : RA_TITLE_HITS_MAX;
    size_t n = ra_title_suggest(engine->titles, scratch->title, typed->text, typed->n,
                                sieve_is_open(&sieve) ? NULL : sieve_mark(&sieve), hits, wanted);
    for (size_t i = 0; i < n && *out_n < typed->max; i++) {
        if (is_blocked(engine, scratch, hits[i].doc))
            continue;
        block(engine, scratch, hits[i].doc);
        out[(*out_n)++] = hits[i];
    }
    return true;
}

void ra_resolve_title(const struct ra_engine *engine, struct ra_scratch *scratch, const char *title,
                      size_t title_n, struct ra_resolved *out)
{
    *out = (struct ra_resolved){0};
    if (!engine->titles)
        return;
    out->found = ra_title_find(engine->titles, scratch->title, title, title_n, &out->item_ix);
    struct ra_err ignored = {0};
    const struct ra_typed typed = {.text = title, .n = title_n, .max = RA_NEAR_MAX};
    if (!out->found &&
        !ra_recommend_suggest(engine, scratch, &typed, out->near, &out->n_near, &ignored))
        out->n_near = 0;
}
