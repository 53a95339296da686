#ifndef READALIKE_APP_GRID_H
#define READALIKE_APP_GRID_H

#include <jansson.h>

#include "app.h"
#include "evaluate.h"
#include "readalike/dataset.h"
#include "readalike/registry.h"

/*
 * Candidates (algorithms with settings), each judged on the same withheld data, and which of them
 * is best. docs/training.md has the file's form, docs/registry.md that of the records.
 */

/* The section [grid] of the file. */
struct grid_rules {
    char metric[32];
    bool judges_ratings; /* else rankings */
    char split[32];
    struct ra_split_params params; /* its kind is set from `split` */
    unsigned k, rounds, seed;
    double threshold;
    unsigned min_reader_ratings, min_item_ratings;
    double unrated_as;                     /* what "read, not rated" is taken as; NaN: not rated */
    unsigned memory_mb, parallel, threads; /* 0: as the settings say; one per core; what is left */
};

struct grid_candidate {
    const char *algorithm; /* a name of the tables */
    char *label;
    struct settings settings;
    bool is_live;   /* what the live model was trained with */
    bool is_beside; /* only to compare with, not to be chosen */

    char name[RA_RUN_NAME_MAX + 1]; /* of its record */
    uint64_t bytes;                 /* it says it takes at most, beside its input */
    json_t *record;                 /* NULL: not judged (yet) */
    bool is_reused;                 /* the record was there */
    char *failure;                  /* why it could not be judged; NULL: no failure */
    double mean;                    /* of the metric, once judged */
    bool is_tied;                   /* not worse than the best for sure */
    struct ra_figure behind;        /* the best's metric less this one's, paired */
};

struct grid {
    const struct app *app;
    struct grid_rules rules;
    struct grid_candidate *candidates;
    size_t n, cap;

    char *source;            /* "store", or format and path */
    struct ra_events events; /* after leaving out */
    uint64_t fingerprint;    /* of the rows that are judged with */
    uint16_t *part;          /* (events.n) */
    struct ra_fold *folds;   /* (n_folds) */
    unsigned n_folds;
    const struct evaluate_row *row; /* the metric's */

    unsigned at_once; /* candidates that run side by side, at most */
    size_t n_reused, n_failed;
    size_t *order; /* (n_ranked) candidates with a record, best first; the live one among them */
    size_t n_ranked;
    double seconds;
};

/* Defaults, no candidate. */
void grid_init(struct grid *grid, const struct app *app);
void grid_finish(struct grid *grid);

/* grid_file.c: reads the file; a failure names file and line. */
bool grid_read_file(struct grid *grid, const char *path, struct ra_err *err) RA_MUST_CHECK;
/* Finds what the metric and the split of the rules mean; reading a file has done it. */
bool grid_resolve(struct grid *grid, struct ra_err *err) RA_MUST_CHECK;
/* One candidate with the app's settings and, on top, `settings` (an object of full names to text,
 * or NULL). `out` (may be NULL) is good until the next is added. */
bool grid_add(struct grid *grid, const char *algorithm, const char *label, const json_t *settings,
              struct grid_candidate **out, struct ra_err *err) RA_MUST_CHECK;
/* The full name of a setting that a section calls `key`: its own, its family's, or of train.*;
 * false when there is none. */
bool grid_key(const struct grid_rules *rules, const char *algorithm, const char *key,
              char out[128]);

/* grid_data.c: the rows to judge with, split and in matrices. */
bool grid_take_files(struct grid *grid, const char *format, const char *path,
                     struct ra_err *err) RA_MUST_CHECK;
bool grid_take_dataset(struct grid *grid, const struct ra_dataset *dataset,
                       struct ra_err *err) RA_MUST_CHECK;

/* grid_run.c: judges what has no record yet, in processes of their own; records what comes out. */
bool grid_run(struct grid *grid, struct ra_registry *registry, struct ra_err *err) RA_MUST_CHECK;

/* grid_judge.c: one candidate, to its record without what only the parent knows; NULL on failure.
 * In the candidate's process. */
json_t *grid_judge(const struct grid *grid, const struct grid_candidate *candidate,
                   struct ra_err *err) RA_MUST_CHECK;
/* Names the candidate's record by a hash of all that decides its figures, and asks its algorithm
 * for its bytes. */
bool grid_prepare(const struct grid *grid, struct grid_candidate *candidate,
                  struct ra_err *err) RA_MUST_CHECK;

/* grid_rank.c: puts the judged candidates in order and compares each with the best. */
bool grid_rank(struct grid *grid, struct ra_err *err) RA_MUST_CHECK;
/* The better less the worse of two records by draws of the same rounds; false when they have none
 * in common. */
bool grid_compare(const struct grid *grid, const json_t *better, const json_t *worse,
                  struct ra_figure *out);
/* What came out, as a table or as members of a JSON object. */
void grid_print(const struct grid *grid);
json_t *grid_to_json(const struct grid *grid) RA_MUST_CHECK;

#endif
