#ifndef READALIKE_APP_SNAPSHOT_H
#define READALIKE_APP_SNAPSHOT_H

#include "app.h"
#include "readalike/dataset.h"

/* The whole store in memory. A store without books is RA_ERR_NOT_FOUND, with what to do. */
struct ra_dataset *app_snapshot(const struct app *app, struct ra_err *err) RA_MUST_CHECK;

#endif
