#ifndef READALIKE_APP_BUILD_MODEL_H
#define READALIKE_APP_BUILD_MODEL_H

#include "readalike/dataset.h"
#include "readalike/model.h"
#include "readalike/train.h"

/* What an algorithm made of a dataset, and with which parameters. */
struct trained {
    const char *algorithm;
    uint32_t *count; /* (n_items) readers */
    float *mean;     /* (n_items) Bayesian means, NaN without ratings */
    double prior;
    struct ra_neighbours neighbours; /* start NULL: the algorithm has none */
    struct ra_factors factors;       /* item NULL: likewise */
    float *popularity;               /* (n_items) another order than by readers; NULL: none */
    float *user_factors;             /* (n_users, n_factors) to be stored; NULL: not wanted */
    int64_t *user_ids;               /* (n_users) rising */
    uint32_t n_users;
    float *map;                    /* (n_map, 2) of the first books; NULL: not wanted */
    uint32_t n_map;                /* at most n_items */
    struct ra_train_params params; /* of the neighbours or factors, like the next */
    struct ra_rating_scale scale;
};
void trained_finish(struct trained *trained);

/* The parts of a model file that do not depend on the algorithm; made once for several. */
struct catalogue;
struct catalogue *catalogue_create(const struct ra_dataset *dataset,
                                   struct ra_err *err) RA_MUST_CHECK;
void catalogue_destroy(struct catalogue *catalogue); /* NULL is fine */

/*
 * Writes the model file. `out_version` gets its version: the algorithm and 12 hex digits of a hash
 * of all that is in the file, so the same content has the same name and other content another.
 */
bool build_model(const struct ra_dataset *dataset, const struct catalogue *catalogue,
                 const struct trained *trained, const char *path,
                 char out_version[RA_VERSION_MAX + 1], struct ra_err *err) RA_MUST_CHECK;

#endif
