/* From the settings to the parameters of the algorithms. */
#include "train_params.h"

#include <unistd.h>

uint64_t app_memory_limit(const struct app *app)
{
    if (app->settings.train.memory_mb)
        return (uint64_t)app->settings.train.memory_mb * 1000000;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages / 4 * 3 * (uint64_t)page : 0;
}

struct ra_train_params app_train_params(const struct app *app, struct ra_progress *progress)
{
    struct ra_train_params params = app->settings.algorithms;
    params.neighbours = app->settings.train.neighbours;
    params.threads = app->settings.train.threads;
    params.memory_limit = app_memory_limit(app);
    params.progress = progress;
    params.blend.parts = app->settings.train.blend_parts;
    params.popularity.prior = app->settings.train.prior;
    params.item_knn = (struct ra_item_knn_params){
        .min_support = app->settings.train.min_support,
        .shrinkage = app->settings.train.shrinkage,
        .reader_damping = app->settings.train.reader_damping,
    };
    return params;
}
