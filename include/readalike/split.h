#ifndef READALIKE_SPLIT_H
#define READALIKE_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"
#include "readalike/events.h"

/* Ways to withhold a part of the rows. The same seed gives the same split on every machine. */
enum ra_split_kind {
    RA_SPLIT_HOLDOUT,       /* a random `share` of all rows */
    RA_SPLIT_KFOLD,         /* each row in the test of exactly one of `folds` */
    RA_SPLIT_LEAVE_ONE_OUT, /* one random row of each reader who has two or more */
    RA_SPLIT_LAST,          /* the `last` newest rows of each reader who has more */
    RA_SPLIT_READERS,       /* a random `share` of the readers, unknown to the training */
};

#define RA_SPLIT_FOLDS_MAX 1000

struct ra_split_params {
    enum ra_split_kind kind;
    unsigned folds; /* 2 to RA_SPLIT_FOLDS_MAX */
    unsigned last;  /* 1 or more */
    double share;   /* above 0, below 1 */
    uint64_t seed;
};

/* "holdout", "kfold", "leave-one-out", "last", "readers"; the error names the nearest. */
bool ra_split_kind_find(const char *name, enum ra_split_kind *out,
                        struct ra_err *err) RA_MUST_CHECK;
const char *ra_split_kind_name(enum ra_split_kind kind);

/* The part of a row: the fold whose test it is in, or one of these. */
#define RA_PART_TRAIN UINT16_MAX /* never withheld */
#define RA_PART_GIVEN                                                                              \
    (UINT16_MAX - 1) /* of a withheld reader: shown when ranking, not trained on */

/*
 * Gives each row its one part, into `part` (events->n). Of a withheld reader a fifth of the rows
 * is to be found and the rest is given (Liang et al. 2018). RA_ERR_INVALID when nothing can be
 * withheld that way, such as by time without times.
 */
bool ra_split_parts(const struct ra_events *events, const struct ra_split_params *params,
                    uint16_t *part, struct ra_err *err) RA_MUST_CHECK;
/* Puts the rows, and their parts with them, in the order of reader and item, in which folds are
 * made without sorting. */
bool ra_split_sort(struct ra_events *events, uint16_t *part, struct ra_err *err) RA_MUST_CHECK;
/* How many folds there are: 1 for all kinds but RA_SPLIT_KFOLD. */
unsigned ra_split_folds(const struct ra_split_params *params);

/* One fold as matrices (n_readers, n_items) of ratings, NaN for read but not rated. */
struct ra_fold {
    struct ra_csr train; /* to train on */
    struct ra_csr seen;  /* what a ranking is asked with: train and what is given */
    struct ra_csr test;
    int64_t *train_when, *seen_when; /* (nnz) of those two: seconds since 1970, 0 unknown */
};
bool ra_fold_make(struct ra_fold *out, const struct ra_events *events, const uint16_t *part,
                  unsigned fold, struct ra_err *err) RA_MUST_CHECK;
void ra_fold_finish(struct ra_fold *fold);

#endif
