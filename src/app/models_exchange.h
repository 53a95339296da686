#ifndef READALIKE_APP_MODELS_EXCHANGE_H
#define READALIKE_APP_MODELS_EXCHANGE_H

#include "app.h"

struct ra_registry;

/* models_import.c: a model of what another program learned, with the store's catalogue. */
struct import_wish {
    const char *path, *item_ids, *user_ids; /* as in exchange.h */
    const char *by;                         /* "id" or "isbn": what the items' ids are */
    const char *name;                       /* of the algorithm it will be called by */
    bool promotes;
};
bool models_import(const struct app *app, struct ra_registry *registry,
                   const struct import_wish *wish, struct ra_err *err) RA_MUST_CHECK;

/* models_export.c: a version (NULL: the live one) as files in a folder. */
struct export_wish {
    const char *version, *out;
    const char *form; /* "numpy", "csv" or "spark" */
};
bool models_export(const struct app *app, struct ra_registry *registry,
                   const struct export_wish *wish, struct ra_err *err) RA_MUST_CHECK;

#endif
