/* A grid of candidates: its beginning and its end. */
#include "grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "readalike/str.h"

void grid_init(struct grid *grid, const struct app *app)
{
    *grid = (struct grid){
        .app = app,
        .rules =
            {
                .metric = "ndcg",
                .split = "holdout",
                .params = {.folds = 5, .last = 1, .share = 0.2},
                .k = 20,
                .rounds = RA_BOOTSTRAP_ROUNDS,
                .seed = 1,
                .threshold = 4,
                .unrated_as = (double)NAN,
            },
    };
}

static void finish_candidate(struct grid_candidate *candidate)
{
    settings_finish(&candidate->settings);
    json_decref(candidate->record);
    free(candidate->label);
    free(candidate->failure);
}

void grid_finish(struct grid *grid)
{
    for (size_t i = 0; i < grid->n; i++)
        finish_candidate(&grid->candidates[i]);
    for (unsigned i = 0; grid->folds && i < grid->n_folds; i++)
        ra_fold_finish(&grid->folds[i]);
    free(grid->candidates);
    free(grid->folds);
    free(grid->part);
    free(grid->order);
    free(grid->source);
    ra_events_finish(&grid->events);
    *grid = (struct grid){0};
}
