/* `readalike serve`: wires the parts together, obeys signals. */
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "readalike/cache.h"
#include "readalike/http.h"
#include "readalike/log.h"
#include "readalike/recommend.h"
#include "readalike/store.h"
#include "serve_watch.h"
#include "version.h"

/* Open files beside connections: libraries, model, store, Redis, epoll, logs. */
#define OTHER_FILES 128

struct parts {
    struct ra_store *store; /* NULL while it is down: the watch opens it later */
    struct ra_cache *cache;
    struct ra_live *live;
    struct watch *watch;
    struct ra_http *http;
};

static void close_parts(struct parts *parts)
{
    watch_destroy(parts->watch);
    ra_live_destroy(parts->live);
    ra_cache_destroy(parts->cache);
    ra_store_close(parts->store);
}

static pthread_t main_thread;

static void hand_to_main(int number)
{
    pthread_kill(main_thread, number);
}

/*
 * The signals are taken by sigwait in the main thread; every thread inherits the mask. Those of
 * OpenBLAS do not: they are there before main. They hand on what reaches them.
 */
static void block_signals(sigset_t *set)
{
    const struct sigaction action = {.sa_handler = hand_to_main, .sa_flags = SA_RESTART};
    main_thread = pthread_self();
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool has_files(const struct settings *settings, struct ra_err *err)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)settings->http.max_connections + settings->store.pool + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return true;
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    if (limit.rlim_cur >= need && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    return ra_fail(err, RA_ERR_INVALID,
                   "http.max_connections: %u connections need %llu open files, but the limit is "
                   "%llu; raise it (ulimit -n) or lower the setting",
                   settings->http.max_connections, (unsigned long long)need,
                   (unsigned long long)limit.rlim_max);
}

/* A store that is down is waited for; a URL that makes no sense is not. */
static bool open_store(const struct app *app, struct parts *parts, struct ra_err *err)
{
    struct ra_err cause = {0};
    parts->store = app_open_store(app, &cause);
    if (parts->store)
        return true;
    if (cause.code != RA_ERR_UNAVAILABLE && cause.code != RA_ERR_TIMEOUT)
        return ra_fail(err, cause.code, "%s", cause.text);
    ra_log(RA_WARN, "store", "starting without the store error=%s", cause.text);
    return true;
}

static struct ra_cache *open_cache(const struct settings *settings, struct ra_err *err)
{
    const struct ra_cache_options options = {
        .max_bytes = (size_t)settings->cache.memory_mb * 1024 * 1024,
        .redis_url = *settings->cache.redis ? settings->cache.redis : NULL,
        .deadline_ms = settings->cache.deadline_ms,
        .ttl_s = settings->cache.ttl_s,
    };
    struct ra_cache *cache = ra_cache_create(&options, err);
    if (!cache)
        ra_err_wrap(err, "cache.redis");
    return cache;
}

static bool start_http(const struct settings *settings, struct parts *parts, struct ra_err *err)
{
    const struct ra_http_options options = {
        .address = settings->http.address,
        .port = settings->http.port,
        .threads = settings->http.threads,
        .workers = settings->http.workers,
        .queue = settings->http.queue,
        .inline_us = settings->http.inline_us,
        .max_connections = settings->http.max_connections,
        .max_body_bytes = (size_t)settings->http.body_kb * 1024,
        .header_timeout_ms = settings->http.header_timeout_ms,
        .body_timeout_ms = settings->http.body_timeout_ms,
        .request_timeout_ms = settings->http.request_timeout_ms,
        .idle_timeout_ms = settings->http.idle_timeout_ms,
        .cors_origins = settings->http.cors,
        .web_dir = *settings->web.dir ? settings->web.dir : NULL,
        .item_noun = settings->web.item_noun,
        .creator_noun = settings->web.creator_noun,
        .reader_noun = settings->web.reader_noun,
        .note = settings->web.note,
        .build = RA_VERSION " (" RA_GIT ")",
    };
    const struct ra_http_parts shared = {
        .live = parts->live, .store = parts->store, .cache = parts->cache};
    parts->http = ra_http_start(&options, &shared, err);
    return parts->http != NULL;
}

static bool open_parts(const struct app *app, struct parts *parts, struct ra_err *err)
{
    if (!has_files(&app->settings, err) || !open_store(app, parts, err))
        return false;
    parts->cache = open_cache(&app->settings, err);
    if (!parts->cache)
        return false;
    parts->live = ra_live_create();
    if (!parts->live)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    parts->watch = watch_create(app, parts->live, parts->store, err);
    return parts->watch && start_http(&app->settings, parts, err) &&
           watch_start(parts->watch, parts->http, err);
}

static void say_where(const struct app *app, const struct ra_http *http)
{
    const char *address = app->settings.http.address;
    bool is_v6 = strchr(address, ':') != NULL;
    unsigned port = ra_http_port(http);
    if (app->json)
        printf("{\"listening\":\"http://%s%s%s:%u\",\"port\":%u}\n", is_v6 ? "[" : "", address,
               is_v6 ? "]" : "", port, port);
    else
        printf("listening on http://%s%s%s:%u\n", is_v6 ? "[" : "", address, is_v6 ? "]" : "",
               port);
    fflush(stdout);
}

static void leave_at_once(int number)
{
    (void)number;
    _exit(EXIT_FAILED);
}

/* From now on SIGTERM and SIGINT end the process where it stands. */
static void arm_second_signal(void)
{
    struct sigaction action = {.sa_handler = leave_at_once};
    sigset_t set;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void run(struct parts *parts, const sigset_t *set)
{
    for (int number = 0; number != SIGTERM && number != SIGINT;) {
        if (sigwait(set, &number) != 0)
            continue;
        if (number == SIGHUP)
            watch_reload(parts->watch);
    }
}

static void drain(const struct settings *settings, struct parts *parts)
{
    ra_log(RA_INFO, "serve", "stopping drain_ms=%u stop_ms=%u", settings->http.drain_ms,
           settings->http.stop_ms);
    arm_second_signal();
    ra_http_drain(parts->http);
    const struct timespec wait = {
        .tv_sec = settings->http.drain_ms / 1000,
        .tv_nsec = (long)(settings->http.drain_ms % 1000) * 1000000,
    };
    nanosleep(&wait, NULL);
    watch_stop(parts->watch);
    ra_http_stop(parts->http, settings->http.stop_ms);
    parts->http = NULL;
    ra_log(RA_INFO, "serve", "stopped");
}

int cmd_serve(struct app *app, const struct command *command, int argc, char **argv)
{
    struct positionals rest;
    int status = app_parse(app, command, NULL, 0, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    sigset_t set;
    block_signals(&set);
    json_object_seed(0); /* before threads start, as jansson asks */
    struct parts parts = {0};
    struct ra_err err = {0};
    bool ok = open_parts(app, &parts, &err);
    if (ok) {
        say_where(app, parts.http);
        run(&parts, &set);
        drain(&app->settings, &parts);
    } else if (parts.http) {
        ra_http_stop(parts.http, 0);
    }
    close_parts(&parts);
    if (ok)
        return EXIT_DONE;
    return app_fail(app, &err, err.code == RA_ERR_INVALID ? EXIT_USAGE : EXIT_FAILED);
}
