/* `readalike migrate`: brings the store's schema up to date. */
#include <stdio.h>

#include "app.h"
#include "readalike/store.h"

int cmd_migrate(struct app *app, const struct command *command, int argc, char **argv)
{
    struct positionals rest;
    int status = app_parse(app, command, NULL, 0, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    struct ra_err err = {0};
    unsigned applied = 0;
    struct ra_store *store = ra_store_open(app->settings.store.url, NULL, &err);
    bool ok = store && ra_store_migrate(store, &applied, &err);
    ra_store_close(store);
    if (!ok)
        return app_fail(app, &err, EXIT_FAILED);
    printf(app->json ? "{\"applied\":%u}\n" : "%u migrations applied; the schema is up to date.\n",
           applied);
    return EXIT_DONE;
}
