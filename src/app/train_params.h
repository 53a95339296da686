#ifndef READALIKE_APP_TRAIN_PARAMS_H
#define READALIKE_APP_TRAIN_PARAMS_H

#include "app.h"
#include "readalike/train.h"

/* What the commands that train take from the settings. */

struct ra_train_params app_train_params(const struct app *app, struct ra_progress *progress);
/* train.memory_mb, or with 0 three quarters of the machine's memory. */
uint64_t app_memory_limit(const struct app *app);

#endif
