/* What a grid judges with: rows of a data set or of the store, split once for all candidates. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "readalike/hash.h"

static uint64_t hash_rows(const struct ra_events *events)
{
    struct ra_hash_state state;
    ra_hash_init(&state, events->n);
    for (size_t i = 0; i < events->n; i++) {
        const struct ra_event *row = &events->rows[i];
        ra_hash_update(&state, &row->reader, sizeof row->reader);
        ra_hash_update(&state, &row->item, sizeof row->item);
        ra_hash_update(&state, &row->rating, sizeof row->rating);
        ra_hash_update(&state, &row->at, sizeof row->at);
    }
    return ra_hash_digest(&state);
}

/* Rows without a rating teach nothing about ratings: they only make folds uneven. */
static bool keep_rated(struct ra_events *events, struct ra_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < events->n; i++) {
        if (!isnan(events->rows[i].rating))
            events->rows[n++] = events->rows[i];
    }
    events->n = n;
    return n || ra_fail(err, RA_ERR_INVALID, "the data has no ratings to judge by");
}

static bool split(struct grid *grid, struct ra_err *err)
{
    struct ra_split_params *params = &grid->rules.params;
    params->seed = grid->rules.seed;
    grid->part = calloc(grid->events.n + 1, sizeof *grid->part);
    grid->n_folds = ra_split_folds(params);
    grid->folds = calloc(grid->n_folds, sizeof *grid->folds);
    if (!grid->part || !grid->folds)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu rows", grid->events.n);
    bool ok = ra_split_parts(&grid->events, params, grid->part, err);
    for (unsigned i = 0; ok && i < grid->n_folds; i++)
        ok = ra_fold_make(&grid->folds[i], &grid->events, grid->part, i, err);
    return ok;
}

static bool prepare(struct grid *grid, struct ra_err *err)
{
    const struct grid_rules *rules = &grid->rules;
    const struct ra_events_filter filter = {
        .min_reader = rules->min_reader_ratings,
        .min_item = rules->min_item_ratings,
        .unrated = (float)rules->unrated_as,
    };
    bool filters = filter.min_reader || filter.min_item || !isnan(filter.unrated);
    if (filters && !ra_events_filter(&grid->events, &filter, err))
        return false;
    return (!rules->judges_ratings || keep_rated(&grid->events, err)) && split(grid, err);
}

bool grid_take_files(struct grid *grid, const char *format, const char *path, struct ra_err *err)
{
    if (asprintf(&grid->source, "%s %s", format, path) < 0)
        grid->source = NULL;
    if (!grid->source)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (!ra_events_read(&grid->events, format, path, err))
        return false;
    grid->fingerprint = hash_rows(&grid->events);
    return prepare(grid, err);
}

static bool copy_rows(struct ra_events *events, const struct ra_dataset *dataset,
                      struct ra_err *err)
{
    const struct ra_csr *read = &dataset->read;
    *events = (struct ra_events){
        .n_readers = dataset->n_readers,
        .n_items = dataset->n_items,
        .rows = calloc((size_t)ra_csr_nnz(read) + 1, sizeof *events->rows),
        .n_rated = dataset->n_rated,
        .lowest = dataset->lowest,
        .highest = dataset->highest,
    };
    if (!events->rows)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the ratings");
    for (uint32_t reader = 0; reader < read->n_rows; reader++) {
        for (uint64_t i = read->start[reader]; i < read->start[reader + 1]; i++)
            events->rows[events->n++] =
                (struct ra_event){reader, read->col[i], read->value[i], dataset->when[i]};
    }
    return events->n || ra_fail(err, RA_ERR_INVALID, "nobody has read anything yet");
}

bool grid_take_dataset(struct grid *grid, const struct ra_dataset *dataset, struct ra_err *err)
{
    grid->source = strdup("store");
    if (!grid->source)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    grid->fingerprint = dataset->fingerprint;
    return copy_rows(&grid->events, dataset, err) && prepare(grid, err);
}
