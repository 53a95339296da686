#ifndef READALIKE_APP_SERVE_WATCH_H
#define READALIKE_APP_SERVE_WATCH_H

#include "app.h"

/*
 * What changes under a running server: the live model, which follows the registry, and a store
 * that was not there at the start. One thread of its own.
 */
struct ra_http;
struct ra_live;
struct ra_registry;
struct watch;

/*
 * Loads the live model if there is one: none, or a bad one, is logged and not a failure. `store`
 * NULL: it is opened as soon as it can be.
 */
struct watch *watch_create(const struct app *app, struct ra_live *live, struct ra_store *store,
                           struct ra_err *err) RA_MUST_CHECK;
/* Begins to follow; `http` hears of swaps and of the store. */
bool watch_start(struct watch *watch, struct ra_http *http, struct ra_err *err) RA_MUST_CHECK;
/* Load what is live now, even if it was tried before (SIGHUP). */
void watch_reload(struct watch *watch);
void watch_stop(struct watch *watch);
/* Closes the store it opened; after the server has ended. NULL is fine. */
void watch_destroy(struct watch *watch);

#endif
