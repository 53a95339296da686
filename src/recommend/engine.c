/* Opens a model and what is derived from it, and counts who uses it. */
#include <math.h>
#include <stdlib.h>

#include "inside.h"
#include "readalike/json.h"

/* Best of 0 to 20 for item-knn on the sequences of Last.fm: docs/evaluation.md. */
#define USUAL_HALF_LIFE 3

static bool open_titles(struct ra_engine *engine, struct ra_err *err)
{
    struct ra_section section = ra_model_section(engine->model, "title_index");
    if (!section.data)
        return true;
    engine->titles = ra_title_open(section.data, section.bytes, err);
    if (!engine->titles)
        return ra_err_wrap(err, "section title_index");
    if (ra_title_count(engine->titles) == ra_model_n_items(engine->model))
        return true;
    return ra_fail(err, RA_ERR_CORRUPT, "section title_index is of %zu books, the model of %zu",
                   ra_title_count(engine->titles), ra_model_n_items(engine->model));
}

/* Closes each work's editions to a ring and weighs them by their readers. */
static bool link_editions(struct ra_engine *engine)
{
    const struct ra_model *model = engine->model;
    size_t n_items = ra_model_n_items(model);
    uint64_t *readers = calloc(n_items + 1, sizeof *readers);
    engine->next_edition = calloc(n_items + 1, sizeof *engine->next_edition);
    engine->share = calloc(n_items + 1, sizeof *engine->share);
    bool ok = readers && engine->next_edition && engine->share;
    for (uint32_t i = 0; ok && i < n_items; i++)
        engine->next_edition[i] = i;
    for (uint32_t i = 0; ok && i < n_items; i++) {
        uint32_t work = engine->work[i];
        /* One more than counted, so that a book that nobody read has a share. */
        readers[work] += (uint64_t)ra_model_rating_count(model, i) + 1;
        if (work != i) {
            engine->next_edition[i] = engine->next_edition[work];
            engine->next_edition[work] = i;
        }
    }
    for (uint32_t i = 0; ok && i < n_items; i++) {
        double part = (double)ra_model_rating_count(model, i) + 1;
        engine->share[i] = (float)sqrt(part / (double)readers[engine->work[i]]);
    }
    free(readers);
    return ok;
}

/* What markov and its like were trained to be asked with. */
static double half_life_of(const struct ra_model *model)
{
    struct ra_err ignored = {0};
    size_t n;
    const char *text = ra_model_meta(model, &n);
    json_t *meta = ra_json_parse(text, n, &ignored);
    const json_t *value = json_object_get(json_object_get(meta, "parameters"), "recency");
    double half_life = json_is_number(value) ? json_number_value(value) : 0;
    json_decref(meta);
    return half_life > 0 ? half_life : USUAL_HALF_LIFE;
}

static int by_score(const void *a, const void *b)
{
    struct ra_scored x = *(const struct ra_scored *)a, y = *(const struct ra_scored *)b;
    return ra_scored_before(x, y) ? -1 : ra_scored_before(y, x);
}

/* Where the model brings an order of its own. */
static bool order_by_popularity(struct ra_engine *engine)
{
    const float *popularity = ra_model_popularity(engine->model);
    size_t n_items = ra_model_n_items(engine->model);
    if (!popularity)
        return true;
    engine->by_popularity = calloc(n_items + 1, sizeof *engine->by_popularity);
    if (!engine->by_popularity)
        return false;
    for (uint32_t i = 0; i < n_items; i++)
        engine->by_popularity[i] = (struct ra_scored){popularity[i], i};
    qsort(engine->by_popularity, n_items, sizeof *engine->by_popularity, by_score);
    return true;
}

static bool derive(struct ra_engine *engine, struct ra_err *err)
{
    engine->half_life = half_life_of(engine->model);
    engine->most_ratings = 1;
    if (ra_model_n_items(engine->model) && ra_model_rating_count(engine->model, 0) > 1)
        engine->most_ratings = ra_model_rating_count(engine->model, 0);
    if (!order_by_popularity(engine))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    engine->years = ra_model_section(engine->model, "years").data;
    engine->languages = ra_model_section(engine->model, "language").data;
    engine->authors = authors_create(engine->model);
    engine->work = works_create(engine->model);
    if (engine->work)
        engine->series = series_create(engine->model, engine->work);
    return (engine->authors && engine->series && link_editions(engine)) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

struct ra_engine *ra_engine_open(const char *model_path, struct ra_err *err)
{
    struct ra_engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    engine->refs = 1;
    engine->model = ra_model_open(model_path, err);
    if (engine->model && !open_titles(engine, err))
        ra_err_wrap(err, "%s", model_path);
    else if (engine->model && derive(engine, err) && factors_open(engine, err))
        return engine;
    ra_engine_unref(engine);
    return NULL;
}

double ra_engine_half_life(const struct ra_engine *engine)
{
    return engine->half_life;
}

struct ra_engine *ra_engine_ref(struct ra_engine *engine)
{
    __atomic_add_fetch(&engine->refs, 1, __ATOMIC_RELAXED);
    return engine;
}

void ra_engine_unref(struct ra_engine *engine)
{
    if (!engine || __atomic_sub_fetch(&engine->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    ra_title_close(engine->titles);
    ra_model_unref(engine->model);
    free(engine->work);
    free(engine->series);
    free(engine->next_edition);
    free(engine->share);
    free(engine->by_popularity);
    authors_destroy(engine->authors);
    factors_close(engine);
    free(engine);
}

const struct ra_model *ra_engine_model(const struct ra_engine *engine)
{
    return engine->model;
}
