/* From the settings to the parameters of the algorithms. */
#include "train_params.h"

#include <string.h>
#include <unistd.h>

#include "readalike/str.h"

bool app_check_algorithm(const char *name, struct ra_err *err)
{
    static const char *const names[] = {"item-knn", "popularity"};
    for (size_t i = 0; i < RA_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    const char *near = ra_str_nearest(name, names, RA_COUNT(names), sizeof *names);
    return ra_fail(err, RA_ERR_INVALID, "unknown algorithm \"%.64s\"; %s%s%s", name,
                   near ? "did you mean \"" : "there are item-knn and popularity", near ? near : "",
                   near ? "\"?" : "");
}

uint64_t app_memory_limit(const struct app *app)
{
    if (app->settings.train.memory_mb)
        return (uint64_t)app->settings.train.memory_mb * 1000000;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages / 4 * 3 * (uint64_t)page : 0;
}

struct ra_item_knn_params app_item_knn_params(const struct app *app, struct ra_progress *progress)
{
    return (struct ra_item_knn_params){
        .neighbours = app->settings.train.neighbours,
        .min_support = app->settings.train.min_support,
        .shrinkage = app->settings.train.shrinkage,
        .reader_damping = app->settings.train.reader_damping,
        .threads = app->settings.train.threads,
        .memory_limit = app_memory_limit(app),
        .progress = progress,
    };
}
