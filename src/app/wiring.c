/* Opens the parts that several commands need, from the settings. */
#include <stddef.h>

#include "app.h"
#include "readalike/registry.h"
#include "readalike/store.h"

struct ra_store *app_open_store(const struct app *app, struct ra_err *err)
{
    const struct ra_store_options options = {
        .pool_size = app->settings.store.pool,
        .lease_timeout_ms = app->settings.store.lease_timeout_ms,
    };
    struct ra_store *store = ra_store_open(app->settings.store.url, &options, err);
    if (store && !ra_store_migrate(store, NULL, err)) {
        ra_store_close(store);
        return NULL;
    }
    return store;
}

struct ra_registry *app_open_registry(const struct app *app, struct ra_err *err)
{
    return ra_registry_open(app->settings.models.dir, err);
}
