/* How the service is: alive, ready, which version; a thread asks the store now and then. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"
#include "readalike/cache.h"
#include "readalike/log.h"
#include "readalike/model.h"
#include "readalike/store.h"

#define PROBE_EVERY_S 1

struct ra_engine *http_engine(struct request *request, struct http_tools *tools,
                              unsigned *out_status)
{
    struct ra_engine *engine = ra_live_get(tools->http->live);
    if (!engine)
        *out_status = http_fail_busy(request, "no_model", "no model yet; run readalike train");
    return engine;
}

unsigned http_healthz(struct request *request, struct http_tools *tools)
{
    (void)tools;
    ra_buf_puts(&request->reply.body, "{\"status\":\"ok\"}");
    return http_json(request);
}

unsigned http_version(struct request *request, struct http_tools *tools)
{
    struct ra_buf *out = &request->reply.body;
    ra_buf_puts(out, "{\"build\":");
    ra_buf_put_json(out, tools->http->options.build);
    ra_buf_puts(out, ",\"microhttpd\":");
    ra_buf_put_json(out, MHD_get_version());
    ra_buf_puts(out, ",\"model\":");
    struct ra_engine *engine = ra_live_get(tools->http->live);
    if (engine) {
        ra_buf_puts(out, "{\"version\":");
        ra_buf_put_json(out, ra_model_version(ra_engine_model(engine)));
        ra_buf_puts(out, ",\"algorithm\":");
        ra_buf_put_json(out, ra_model_algorithm(ra_engine_model(engine)));
        ra_buf_puts(out, "}}");
        ra_engine_unref(engine);
    } else {
        ra_buf_puts(out, "null}");
    }
    return http_json(request);
}

/* Adds a reason, with a comma where one goes before. */
static void put_reason(struct ra_buf *reasons, const char *text)
{
    if (reasons->len)
        ra_buf_putc(reasons, ',');
    ra_buf_put_json(reasons, text);
}

static void put_model_state(struct ra_http *http, struct ra_buf *out, struct ra_buf *reasons)
{
    struct ra_engine *engine = ra_live_get(http->live);
    ra_buf_puts(out, ",\"model\":");
    ra_buf_put_json(out, engine ? ra_model_version(ra_engine_model(engine)) : NULL);
    if (!engine)
        put_reason(reasons, "no model yet; run readalike train");
    ra_engine_unref(engine);
}

static void put_store_state(struct ra_http *http, struct ra_buf *out, struct ra_buf *reasons)
{
    char reason[sizeof http->store_reason];
    pthread_mutex_lock(&http->probe_lock);
    bool up = http->store_up;
    memcpy(reason, http->store_reason, sizeof reason);
    pthread_mutex_unlock(&http->probe_lock);
    ra_buf_putf(out, ",\"store\":\"%s\"", up ? "up" : "down");
    if (!up)
        put_reason(reasons, reason);
}

/* Redis down is said, but does not make the service unready: it works without. */
static void put_cache_state(struct ra_http *http, struct ra_buf *out)
{
    static const char *const names[] = {
        [RA_REDIS_OFF] = "memory", [RA_REDIS_UP] = "redis", [RA_REDIS_DOWN] = "memory, redis down"};
    struct ra_cache_stats stats = {0};
    if (http->cache)
        ra_cache_stats(http->cache, &stats);
    ra_buf_putf(out, ",\"cache\":\"%s\"", http->cache ? names[stats.redis] : "off");
}

unsigned http_readyz(struct request *request, struct http_tools *tools)
{
    struct ra_http *http = tools->http;
    struct ra_buf rest, reasons;
    ra_buf_init(&rest);
    ra_buf_init(&reasons);
    if (atomic_load(&http->is_draining))
        put_reason(&reasons, "the server is about to stop");
    put_model_state(http, &rest, &reasons);
    put_store_state(http, &rest, &reasons);
    put_cache_state(http, &rest);
    bool is_ready = reasons.len == 0;
    struct ra_buf *out = &request->reply.body;
    ra_buf_putf(out, "{\"status\":\"%s\"", is_ready ? "ready" : "not ready");
    ra_buf_put(out, rest.data, rest.len);
    ra_buf_puts(out, ",\"reasons\":[");
    ra_buf_put(out, reasons.data, reasons.len);
    ra_buf_puts(out, "]}");
    ra_buf_finish(&rest);
    ra_buf_finish(&reasons);
    unsigned status = http_json(request);
    return status == 200 && !is_ready ? 503 : status;
}

static void note_store(struct ra_http *http, bool up, const char *reason)
{
    pthread_mutex_lock(&http->probe_lock);
    bool changed = http->store_up != up;
    http->store_up = up;
    snprintf(http->store_reason, sizeof http->store_reason, "%s", up ? "" : reason);
    pthread_mutex_unlock(&http->probe_lock);
    if (changed && up)
        ra_log(RA_INFO, "http", "the store answers");
    else if (changed)
        ra_log(RA_WARN, "http", "the store does not answer error=%s", reason);
}

static void ask_store(struct ra_http *http)
{
    struct ra_store *store = atomic_load(&http->store);
    struct ra_err err = {0};
    bool up = store && ra_store_ping(store, &err);
    note_store(http, up, store ? "the store does not answer" : "the store is not open yet");
}

static void *probe(void *arg)
{
    struct ra_http *http = arg;
    pthread_mutex_lock(&http->probe_lock);
    while (!http->probe_stop) {
        pthread_mutex_unlock(&http->probe_lock);
        ask_store(http);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += PROBE_EVERY_S;
        pthread_mutex_lock(&http->probe_lock);
        if (!http->probe_stop)
            pthread_cond_timedwait(&http->probe_cond, &http->probe_lock, &until);
    }
    pthread_mutex_unlock(&http->probe_lock);
    return NULL;
}

bool http_probe_start(struct ra_http *http, struct ra_err *err)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&http->probe_cond, &attr);
    pthread_condattr_destroy(&attr);
    /* The first answer is there before the first request. */
    ask_store(http);
    if (pthread_create(&http->probe_thread, NULL, probe, http) != 0)
        return ra_fail(err, RA_ERR_NOMEM, "cannot start a thread");
    http->has_probe_thread = true;
    return true;
}

void http_probe_now(struct ra_http *http)
{
    pthread_mutex_lock(&http->probe_lock);
    pthread_cond_signal(&http->probe_cond);
    pthread_mutex_unlock(&http->probe_lock);
}

void http_probe_stop(struct ra_http *http)
{
    if (!http->has_probe_thread)
        return;
    pthread_mutex_lock(&http->probe_lock);
    http->probe_stop = true;
    pthread_cond_signal(&http->probe_cond);
    pthread_mutex_unlock(&http->probe_lock);
    pthread_join(http->probe_thread, NULL);
    pthread_cond_destroy(&http->probe_cond);
    http->has_probe_thread = false;
}
