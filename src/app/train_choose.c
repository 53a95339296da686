/* Which candidate is trained on all data, and whether it may take the live model's place. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/json.h"
#include "readalike/model.h"
#include "train_job.h"

bool train_read_grid(struct train_job *job, struct ra_err *err)
{
    grid_init(&job->grid, job->app);
    if (job->grid_path)
        return grid_read_file(&job->grid, job->grid_path, err);
    const char *name =
        job->algorithms.n ? job->algorithms.items[0] : job->app->settings.train.algorithm;
    return grid_resolve(&job->grid, err) && grid_add(&job->grid, name, name, NULL, NULL, err);
}

/* The text of a setting as a model's meta has it; false for what is none. */
static bool text_of(const json_t *value, char out[64])
{
    if (json_is_string(value))
        snprintf(out, 64, "%s", json_string_value(value));
    else if (json_is_number(value))
        snprintf(out, 64, "%.10g", json_number_value(value));
    return json_is_string(value) || json_is_number(value);
}

/* From the parameters of a meta to settings by full name. */
static json_t *settings_of(const struct grid *grid, const char *algorithm, json_t *parameters)
{
    json_t *settings = json_object(), *value;
    const char *key;
    char full[128], text[64];
    json_object_foreach(parameters, key, value)
    {
        if (grid_key(&grid->rules, algorithm, key, full) && text_of(value, text))
            json_object_set_new(settings, full, json_string(text));
    }
    return settings;
}

static bool add_meta(struct grid *grid, const char *version, json_t *meta, struct ra_err *err)
{
    const char *algorithm = json_string_value(json_object_get(meta, "algorithm"));
    char label[RA_VERSION_MAX + 16];
    snprintf(label, sizeof label, "live %s", version);
    json_t *settings = settings_of(grid, algorithm, json_object_get(meta, "parameters"));
    struct grid_candidate *live = NULL;
    bool ok = grid_add(grid, algorithm, label, settings, &live, err);
    if (ok)
        live->is_live = live->is_beside = true;
    json_decref(settings);
    return ok;
}

/* What the live model was trained with, as one more candidate; why it cannot be one is in the
 * verdict. */
static bool add_live(struct train_job *job, struct ra_registry *registry)
{
    struct ra_err err = {0};
    char version[RA_VERSION_MAX + 1];
    if (!ra_registry_live(registry, version, sizeof version, &err))
        return err.code == RA_ERR_NOT_FOUND;
    char *path = ra_registry_path(registry, version, &err);
    struct ra_model *model = path ? ra_model_open(path, &err) : NULL;
    size_t n = 0;
    const char *text = model ? ra_model_meta(model, &n) : NULL;
    json_t *meta = text ? ra_json_parse(text, n, &err) : NULL;
    bool ok = meta && add_meta(&job->grid, version, meta, &err);
    if (!ok)
        snprintf(job->verdict, sizeof job->verdict,
                 "the live model %.64s cannot be judged (%.200s)", version, err.text);
    json_decref(meta);
    ra_model_unref(model);
    free(path);
    return ok;
}

static const struct grid_candidate *find_live(const struct grid *grid)
{
    for (size_t i = 0; i < grid->n; i++) {
        if (grid->candidates[i].is_live)
            return &grid->candidates[i];
    }
    return NULL;
}

/* The best that is not there for comparison only and that a model file can hold. */
static bool find_winner(struct train_job *job, struct ra_err *err)
{
    struct ra_err why = {0};
    for (size_t i = 0; i < job->grid.n_ranked; i++) {
        const struct grid_candidate *candidate = &job->grid.candidates[job->grid.order[i]];
        if (candidate->is_beside)
            continue;
        if (train_check_algorithm(&candidate->settings, candidate->algorithm, &why)) {
            job->winner = candidate;
            return true;
        }
    }
    return ra_fail(err, RA_ERR_INVALID, "no candidate that was judged can be a model: %s",
                   why.code ? why.text : "none of the grid could be judged");
}

/* Puts both figures in one sentence; refuses what is worse than the live one for sure. */
static void compare_with_live(struct train_job *job)
{
    const struct grid *grid = &job->grid;
    const struct grid_candidate *live = find_live(grid), *winner = job->winner;
    if (!live || live == winner)
        return;
    if (!live->record) {
        snprintf(job->verdict, sizeof job->verdict,
                 "the live model's settings cannot be judged (%s)", live->failure);
        return;
    }
    double sign = grid->row->more_is_better ? 1 : -1;
    bool is_worse = sign * winner->mean < sign * live->mean;
    struct ra_figure by = {0};
    bool is_known = is_worse ? grid_compare(grid, live->record, winner->record, &by)
                             : grid_compare(grid, winner->record, live->record, &by);
    bool is_sure = is_known && by.low > 0;
    job->is_refused = is_worse && (is_sure || !is_known);
    snprintf(job->verdict, sizeof job->verdict,
             "%s has %s %.4f, the live model's settings %.4f: %s by %.4f (95 %%: %.4f to %.4f)%s",
             winner->label, grid->row->label, winner->mean, live->mean,
             is_worse ? "worse" : "better", by.mean, by.low, by.high,
             is_known && !is_sure ? ", a tie" : "");
}

bool train_choose(struct train_job *job, struct ra_registry *registry, struct ra_err *err)
{
    struct grid *grid = &job->grid;
    bool has_live = add_live(job, registry);
    if (!grid_take_dataset(grid, job->dataset, err) || !grid_run(grid, registry, err) ||
        !grid_rank(grid, err) || !find_winner(job, err))
        return false;
    if (!job->app->quiet) {
        grid_print(grid);
        putchar('\n');
    }
    if (has_live)
        compare_with_live(job);
    return true;
}
