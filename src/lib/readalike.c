/* libreadalike: the engine behind a small C interface that does not change. */
#include "readalike.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/model.h"
#include "readalike/recommend.h"
#include "readalike/reply.h"

struct readalike {
    struct ra_engine *engine; /* NULL: could not be opened */
    struct ra_scratch *scratch;
    struct ra_answer answer;
    struct ra_liked liked[RA_LIKED_MAX];
    struct ra_err err;
};

static struct readalike *make(void)
{
    struct readalike *readalike = calloc(1, sizeof *readalike);
    if (readalike)
        readalike->scratch = ra_scratch_create();
    if (readalike && readalike->scratch)
        return readalike;
    free(readalike);
    return NULL;
}

struct readalike *readalike_open(const char *path)
{
    struct readalike *readalike = make();
    if (readalike)
        readalike->engine = ra_engine_open(path, &readalike->err);
    return readalike;
}

struct readalike *readalike_share(const struct readalike *readalike)
{
    struct readalike *other = make();
    if (other && readalike->engine)
        other->engine = ra_engine_ref(readalike->engine);
    return other;
}

void readalike_close(struct readalike *readalike)
{
    if (!readalike)
        return;
    ra_engine_unref(readalike->engine);
    ra_scratch_destroy(readalike->scratch);
    free(readalike);
}

int readalike_ok(const struct readalike *readalike)
{
    return readalike->engine != NULL;
}

const char *readalike_error(const struct readalike *readalike)
{
    return readalike->err.text;
}

/* Starts a call: forgets the last failure, but not that the model could not be opened. */
static bool begin(struct readalike *readalike)
{
    if (!readalike->engine)
        return false;
    readalike->err = (struct ra_err){0};
    return true;
}

const char *readalike_version(const struct readalike *readalike)
{
    return readalike->engine ? ra_model_version(ra_engine_model(readalike->engine)) : "";
}

size_t readalike_count(const struct readalike *readalike)
{
    return readalike->engine ? ra_model_n_items(ra_engine_model(readalike->engine)) : 0;
}

static void show(const struct readalike *readalike, uint32_t item_ix, struct readalike_book *out)
{
    const struct ra_model *model = ra_engine_model(readalike->engine);
    *out = (struct readalike_book){
        .id = ra_model_item_id(model, item_ix),
        .title = ra_model_title(model, item_ix),
        .rating_count = ra_model_rating_count(model, item_ix),
        .rating_mean = ra_model_rating_mean(model, item_ix),
    };
    out->card = ra_model_card(model, item_ix, &out->card_n);
}

int readalike_find(struct readalike *readalike, const char *title, struct readalike_book *out)
{
    struct ra_resolved resolved;
    if (!begin(readalike))
        return 0;
    ra_resolve_title(readalike->engine, readalike->scratch, title, strlen(title), &resolved);
    if (resolved.found)
        show(readalike, resolved.item_ix, out);
    return resolved.found;
}

int readalike_get(struct readalike *readalike, int64_t id, struct readalike_book *out)
{
    uint32_t item_ix;
    if (!begin(readalike) || !ra_model_find_item(ra_engine_model(readalike->engine), id, &item_ix))
        return 0;
    show(readalike, item_ix, out);
    return 1;
}

int readalike_suggest(struct readalike *readalike, const char *typed, struct readalike_book *out,
                      size_t max)
{
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    const struct ra_typed query = {
        .text = typed,
        .n = strlen(typed),
        .max = max < RA_TITLE_HITS_MAX ? max : RA_TITLE_HITS_MAX,
    };
    size_t n = 0;
    if (!begin(readalike) || !ra_recommend_suggest(readalike->engine, readalike->scratch, &query,
                                                   hits, &n, &readalike->err))
        return -1;
    for (size_t i = 0; i < n; i++) {
        show(readalike, hits[i].doc, &out[i]);
        out[i].score = hits[i].score;
    }
    return (int)n;
}

/* The books that the model knows, at most `room` of them. */
static size_t take_liked(struct readalike *readalike, const struct readalike_ask *ask)
{
    const struct ra_model *model = ra_engine_model(readalike->engine);
    size_t n = 0;
    for (size_t i = 0; i < ask->n_liked && n < RA_LIKED_MAX; i++) {
        struct ra_liked *liked = &readalike->liked[n];
        float rating = ask->liked[i].rating;
        liked->rating = rating < 0 ? NAN : rating;
        n += ra_model_find_item(model, ask->liked[i].id, &liked->item_ix);
    }
    return n;
}

static size_t take_excluded(const struct readalike *readalike, const struct readalike_ask *ask,
                            uint32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < ask->n_exclude; i++)
        n += ra_model_find_item(ra_engine_model(readalike->engine), ask->exclude[i], &out[n]);
    return n;
}

static bool answer(struct readalike *readalike, const struct readalike_ask *ask, size_t max,
                   uint32_t *exclude)
{
    const struct ra_ask question = {
        .liked = readalike->liked,
        .n_liked = take_liked(readalike, ask),
        .exclude = exclude,
        .n_exclude = take_excluded(readalike, ask, exclude),
        .filter = {ask->author, ask->language, ask->year_from, ask->year_to},
        .k = max < RA_K_MAX ? (unsigned)max : RA_K_MAX,
    };
    return ra_recommend(readalike->engine, readalike->scratch, &question, &readalike->answer,
                        &readalike->err);
}

int readalike_recommend(struct readalike *readalike, const struct readalike_ask *ask,
                        struct readalike_book *out, size_t max)
{
    if (!begin(readalike))
        return -1;
    uint32_t *exclude = calloc(ask->n_exclude + 1, sizeof *exclude);
    bool ok = exclude ? answer(readalike, ask, max, exclude)
                      : ra_fail(&readalike->err, RA_ERR_NOMEM, "out of memory");
    free(exclude);
    if (!ok)
        return -1;
    for (size_t i = 0; i < readalike->answer.n; i++) {
        const struct ra_pick *pick = &readalike->answer.picks[i];
        show(readalike, pick->item_ix, &out[i]);
        out[i].score = pick->score;
        out[i].popular = pick->source == RA_SOURCE_POPULAR;
    }
    return (int)readalike->answer.n;
}
