#ifndef READALIKE_APP_MODELS_RUNS_H
#define READALIKE_APP_MODELS_RUNS_H

#include "app.h"

/* What the registry knows of its versions, with the records of how they came about. */
struct ra_registry;
bool models_list(const struct app *app, struct ra_registry *registry,
                 struct ra_err *err) RA_MUST_CHECK;
/* `version` NULL: the live one. */
bool models_show(const struct app *app, struct ra_registry *registry, const char *version,
                 struct ra_err *err) RA_MUST_CHECK;

#endif
