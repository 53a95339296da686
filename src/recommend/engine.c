/* Opens a model and what is derived from it, and counts who uses it. */
#include <stdlib.h>

#include "inside.h"

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

static bool derive(struct ra_engine *engine, struct ra_err *err)
{
    engine->most_ratings = 1;
    if (ra_model_n_items(engine->model) && ra_model_rating_count(engine->model, 0) > 1)
        engine->most_ratings = ra_model_rating_count(engine->model, 0);
    engine->work = works_create(engine->model);
    return engine->work || ra_fail(err, RA_ERR_NOMEM, "out of memory");
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
    else if (engine->model && derive(engine, err))
        return engine;
    ra_engine_unref(engine);
    return NULL;
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
    free(engine);
}

const struct ra_model *ra_engine_model(const struct ra_engine *engine)
{
    return engine->model;
}

const struct ra_title_index *ra_engine_titles(const struct ra_engine *engine)
{
    return engine->titles;
}
