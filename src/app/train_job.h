#ifndef READALIKE_APP_TRAIN_JOB_H
#define READALIKE_APP_TRAIN_JOB_H

#include "app.h"
#include "build_model.h"
#include "grid.h"
#include "register_model.h"

/* One algorithm's way from the dataset to the registry. */
struct train_result {
    const char *algorithm;
    struct registered model;
    uint64_t similar_pairs, memory;
    unsigned factors;
    bool promoted;
    double train_s;
};

struct train_job {
    const struct app *app;
    struct opt_list algorithms;
    const char *grid_path; /* NULL: no grid */
    bool checks;           /* --check: beside the live model's, before it goes live */
    bool is_forced, no_promote;

    struct ra_dataset *dataset;
    struct catalogue *catalogue;
    struct train_result results[OPT_LIST_MAX];
    double start, snapshot_s, catalogue_s;
    bool fell_back; /* to popularity, as nobody read anything */

    struct grid grid;                    /* of the candidates, with either of the two above */
    const struct grid_candidate *winner; /* NULL: nothing was judged */
    char verdict[512];                   /* beside the live model: one sentence; "": none */
    bool is_refused;                     /* worse than the live one */
};

/* train_model.c: trains results[at].algorithm with the settings of `app`, registers the model and
 * keeps a record of the run. */
bool train_model(struct train_job *job, const struct app *app, size_t at,
                 struct ra_registry *registry, struct ra_err *err) RA_MUST_CHECK;
/* Whether a model file can hold what it learns with these settings. */
bool train_check_algorithm(const struct settings *settings, const char *name,
                           struct ra_err *err) RA_MUST_CHECK;

/* train_choose.c: reads the grid of the file, or makes one of the algorithm in question. */
bool train_read_grid(struct train_job *job, struct ra_err *err) RA_MUST_CHECK;
/* Judges the candidates and, beside them, the live model's settings; sets winner and verdict. */
bool train_choose(struct train_job *job, struct ra_registry *registry,
                  struct ra_err *err) RA_MUST_CHECK;

/* train_print.c: a stage is told when it is done, so that a long training shows where it is. */
void train_say_snapshot(const struct train_job *job);
void train_say_catalogue(const struct train_job *job);
void train_say_result(const struct train_job *job, const struct train_result *result);
void train_print_end(const struct train_job *job);
void train_print_json(const struct train_job *job);

#endif
