/* Follows the registry's live version and waits for the store, beside the server. */
#include "serve_watch.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "readalike/clock.h"
#include "readalike/http.h"
#include "readalike/log.h"
#include "readalike/model.h"
#include "readalike/recommend.h"
#include "readalike/registry.h"
#include "readalike/store.h"

#define VERSION_MAX 128
#define WARM_BOOKS 50
#define STORE_RETRY_S 1.0

struct watch {
    const struct app *app;
    struct ra_live *live;
    struct ra_http *http;
    struct ra_registry *registry;
    char version[VERSION_MAX]; /* loaded now */
    char refused[VERSION_MAX]; /* was live and could not be loaded: said once */
    struct ra_store *store;    /* opened here, late; else NULL */
    bool wants_store;
    double next_store_try;

    pthread_t thread;
    pthread_mutex_t lock; /* the next two */
    pthread_cond_t wake;
    bool stop, reload;
    bool has_thread, has_cond;
};

/*
 * Opening has read every byte, so the pages are in memory; asking for the books that are asked for
 * most brings the scores into the caches and shows that the engine answers.
 */
static bool warm(const struct ra_engine *engine, struct ra_err *err)
{
    struct ra_scratch *scratch = ra_scratch_create();
    struct ra_answer *answer = malloc(sizeof *answer);
    size_t n = ra_model_n_items(ra_engine_model(engine));
    bool ok = scratch && answer;
    if (!ok)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (uint32_t i = 0; ok && i < n && i < WARM_BOOKS; i++) {
        const struct ra_liked liked = {.item_ix = i, .rating = NAN};
        const struct ra_ask ask = {.liked = &liked, .n_liked = 1, .k = 5};
        ok = ra_recommend(engine, scratch, &ask, answer, err);
    }
    ra_scratch_destroy(scratch);
    free(answer);
    return ok;
}

static struct ra_engine *open_live(struct watch *watch, const char *version, struct ra_err *err)
{
    char *path = ra_registry_path(watch->registry, version, err);
    struct ra_engine *engine = path ? ra_engine_open(path, err) : NULL;
    free(path);
    if (engine && !warm(engine, err)) {
        ra_engine_unref(engine);
        return NULL;
    }
    return engine;
}

static void note(struct watch *watch, bool worked)
{
    if (watch->http)
        ra_http_note_reload(watch->http, worked);
}

/* The old model goes on when the new one is refused. */
static void swap(struct watch *watch, const char *version)
{
    struct ra_err err = {0};
    double start = ra_clock_seconds();
    struct ra_engine *engine = open_live(watch, version, &err);
    if (!engine) {
        memcpy(watch->refused, version, strlen(version) + 1);
        ra_log(RA_ERROR, "models", "cannot load the model version=%s error=%s; %s", version,
               err.text, *watch->version ? "the one before stays" : "there is none yet");
        note(watch, false);
        return;
    }
    size_t n = ra_model_n_items(ra_engine_model(engine));
    ra_live_set(watch->live, engine);
    memcpy(watch->version, version, strlen(version) + 1);
    watch->refused[0] = '\0';
    ra_log(RA_INFO, "models", "model loaded version=%s books=%zu seconds=%.3f", version, n,
           ra_clock_seconds() - start);
    note(watch, true);
}

/* `again`: also what was loaded or refused before. */
static void follow(struct watch *watch, bool again)
{
    char version[VERSION_MAX];
    struct ra_err err = {0};
    if (!ra_registry_live(watch->registry, version, sizeof version, &err)) {
        if (err.code != RA_ERR_NOT_FOUND || again)
            ra_log(RA_WARN, "models", "no live model error=%s", err.text);
        return;
    }
    /* Once it is live no more, what was refused may be mended: it is tried when it comes back. */
    if (strcmp(version, watch->refused) != 0)
        watch->refused[0] = '\0';
    bool is_known = strcmp(version, watch->version) == 0 || *watch->refused;
    if (again || !is_known)
        swap(watch, version);
}

static void try_store(struct watch *watch)
{
    struct ra_err err = {0};
    if (!watch->wants_store || ra_clock_seconds() < watch->next_store_try)
        return;
    watch->store = app_open_store(watch->app, &err);
    watch->next_store_try = ra_clock_seconds() + STORE_RETRY_S;
    if (!watch->store)
        return;
    watch->wants_store = false;
    ra_log(RA_INFO, "store", "the store is open name=%s", ra_store_name(watch->store));
    ra_http_set_store(watch->http, watch->store);
}

/* Waits for the next look; false to end. */
static bool pause_watch(struct watch *watch, bool *out_reload)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t ns =
        (uint64_t)until.tv_nsec + (uint64_t)watch->app->settings.models.poll_ms * UINT64_C(1000000);
    until.tv_sec += (time_t)(ns / UINT64_C(1000000000));
    until.tv_nsec = (long)(ns % UINT64_C(1000000000));
    pthread_mutex_lock(&watch->lock);
    if (!watch->stop && !watch->reload)
        pthread_cond_timedwait(&watch->wake, &watch->lock, &until);
    bool goes_on = !watch->stop;
    *out_reload = watch->reload;
    watch->reload = false;
    pthread_mutex_unlock(&watch->lock);
    return goes_on;
}

static void *run(void *arg)
{
    struct watch *watch = arg;
    bool reload = false;
    while (pause_watch(watch, &reload)) {
        follow(watch, reload);
        try_store(watch);
    }
    return NULL;
}

struct watch *watch_create(const struct app *app, struct ra_live *live, struct ra_store *store,
                           struct ra_err *err)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    watch->app = app;
    watch->live = live;
    watch->wants_store = !store;
    watch->next_store_try = ra_clock_seconds() + STORE_RETRY_S;
    pthread_mutex_init(&watch->lock, NULL);
    watch->registry = app_open_registry(app, err);
    if (!watch->registry) {
        watch_destroy(watch);
        return NULL;
    }
    follow(watch, false);
    if (!*watch->version && !*watch->refused)
        ra_log(RA_WARN, "models", "no model yet; run readalike train");
    return watch;
}

bool watch_start(struct watch *watch, struct ra_http *http, struct ra_err *err)
{
    pthread_condattr_t attr;
    watch->http = http;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->wake, &attr);
    pthread_condattr_destroy(&attr);
    watch->has_cond = true;
    if (pthread_create(&watch->thread, NULL, run, watch) != 0)
        return ra_fail(err, RA_ERR_NOMEM, "cannot start a thread");
    watch->has_thread = true;
    return true;
}

static void tell(struct watch *watch, bool *flag)
{
    pthread_mutex_lock(&watch->lock);
    *flag = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
}

void watch_reload(struct watch *watch)
{
    tell(watch, &watch->reload);
}

void watch_stop(struct watch *watch)
{
    if (!watch || !watch->has_thread)
        return;
    tell(watch, &watch->stop);
    pthread_join(watch->thread, NULL);
    watch->has_thread = false;
}

void watch_destroy(struct watch *watch)
{
    if (!watch)
        return;
    watch_stop(watch);
    ra_registry_close(watch->registry);
    ra_store_close(watch->store);
    if (watch->has_cond)
        pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->lock);
    free(watch);
}
