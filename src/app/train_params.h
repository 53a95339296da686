#ifndef READALIKE_APP_TRAIN_PARAMS_H
#define READALIKE_APP_TRAIN_PARAMS_H

#include "app.h"
#include "readalike/train.h"

/* What the commands that train take from the settings. */

/* Whether there is such an algorithm; the error names the nearest. */
bool app_check_algorithm(const char *name, struct ra_err *err) RA_MUST_CHECK;

struct ra_item_knn_params app_item_knn_params(const struct app *app, struct ra_progress *progress);
/* train.memory_mb, or with 0 three quarters of the machine's memory. */
uint64_t app_memory_limit(const struct app *app);

#endif
