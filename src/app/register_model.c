/* From what was learned to a version in the registry. */
#include "register_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "readalike/clock.h"
#include "readalike/file.h"
#include "readalike/registry.h"

static bool add(struct ra_registry *registry, const char *path, struct registered *out,
                struct ra_err *err)
{
    if (ra_registry_add(registry, path, &out->added, err)) {
        out->path = ra_registry_path(registry, out->version, err);
        return out->path != NULL;
    }
    unlink(path);
    return false;
}

bool register_model(const struct model_parts *parts, struct trained *trained,
                    struct ra_registry *registry, struct registered *out, struct ra_err *err)
{
    char name[64];
    snprintf(name, sizeof name, ".incoming-%ld", (long)getpid());
    char *path = ra_file_join(parts->app->settings.models.dir, name);
    if (!path)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    double start = ra_clock_seconds();
    bool ok = write_model(parts, trained, path, out->version, err);
    double written = ra_clock_seconds();
    ok = ok && add(registry, path, out, err);
    out->write_s = written - start;
    out->register_s = ra_clock_seconds() - written;
    free(path);
    return ok;
}

bool register_count_readers(const struct model_parts *parts, struct trained *out,
                            struct ra_err *err)
{
    const struct ra_dataset *dataset = parts->dataset;
    size_t n = (size_t)dataset->n_items + 1;
    out->prior = parts->app->settings.train.prior;
    out->count = calloc(n, sizeof *out->count);
    out->mean = calloc(n, sizeof *out->mean);
    if (!out->count || !out->mean)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ra_train_popularity(&dataset->read, out->prior, out->count, out->mean);
    return true;
}
