#ifndef READALIKE_APP_REGISTER_MODEL_H
#define READALIKE_APP_REGISTER_MODEL_H

#include "app.h"
#include "build_model.h"

struct ra_registry;

/* What a model file is made of, beside what was learned. */
struct model_parts {
    const struct app *app;
    const struct ra_dataset *dataset;
    const struct catalogue *catalogue;
};

/* write_model.c: writes the file, with a map of the books when train.map says so. */
bool write_model(const struct model_parts *parts, struct trained *trained, const char *path,
                 char version[RA_VERSION_MAX + 1], struct ra_err *err) RA_MUST_CHECK;

/* A model that was just written and taken into the registry. */
struct registered {
    char version[RA_VERSION_MAX + 1];
    char *path; /* the caller's to free */
    bool added; /* false: it was there already */
    double write_s, register_s;
};

/* Writes the file under a name that no listing shows, and hands it to the registry. Between
 * interrupt_hold and interrupt_release, so that a stop leaves a whole model or none. */
bool register_model(const struct model_parts *parts, struct trained *trained,
                    struct ra_registry *registry, struct registered *out,
                    struct ra_err *err) RA_MUST_CHECK;

/* Counts and means of the dataset's books into `out`, which all models have. */
bool register_count_readers(const struct model_parts *parts, struct trained *out,
                            struct ra_err *err) RA_MUST_CHECK;

#endif
