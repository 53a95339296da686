/* The daemons: one a core, each on a SO_REUSEPORT socket of its own; start, drain, stop. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "readalike/clock.h"
#include "readalike/hash.h"
#include "readalike/log.h"

#define POOL_BYTES (size_t)(16 * 1024)
#define BACKLOG 1024
#define SHARDS_MAX 64

static void set_default(unsigned *value, unsigned fallback)
{
    if (*value == 0)
        *value = fallback;
}

static void set_defaults(struct ra_http_options *options)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    set_default(&options->threads, cores > 0 ? (unsigned)cores : 1);
    if (options->threads > SHARDS_MAX)
        options->threads = SHARDS_MAX;
    set_default(&options->workers, 4);
    set_default(&options->queue, 256);
    set_default(&options->max_connections, 1000);
    set_default(&options->header_timeout_ms, 5000);
    set_default(&options->body_timeout_ms, 10000);
    set_default(&options->request_timeout_ms, 15000);
    set_default(&options->idle_timeout_ms, 30000);
    if (options->max_body_bytes == 0)
        options->max_body_bytes = 64 * 1024;
    if (!options->address || !*options->address)
        options->address = "127.0.0.1";
}

static struct addrinfo *resolve(const struct ra_http_options *options, struct ra_err *err)
{
    char port[16];
    snprintf(port, sizeof port, "%u", options->port);
    const struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(options->address, port, &hints, &found);
    if (failure != 0)
        ra_fail(err, RA_ERR_INVALID, "cannot listen on %s: %s", options->address,
                gai_strerror(failure));
    return found;
}

static void put_port(struct sockaddr *address, unsigned port)
{
    uint16_t wire = htons((uint16_t)port);
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address)->sin6_port = wire;
    else
        ((struct sockaddr_in *)(void *)address)->sin_port = wire;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage bound;
    socklen_t n = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &n) != 0)
        return 0;
    if (bound.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
    return ntohs(((struct sockaddr_in *)&bound)->sin_port);
}

static bool fail_listen(const struct ra_http_options *options, unsigned port, struct ra_err *err)
{
    if (errno == EADDRINUSE)
        return ra_fail(err, RA_ERR_UNAVAILABLE,
                       "port %u of %s is in use; stop what listens there or choose another with "
                       "--set http.port=N (0 picks a free one)",
                       port, options->address);
    return ra_fail_errno(err, RA_ERR_UNAVAILABLE, "cannot listen on %s port %u", options->address,
                         port);
}

/* -1 with errno. `shared`: others of us may listen on the same port. */
static int listen_on(const struct addrinfo *address, bool shared)
{
    int on = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              (!shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
              bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    if (ok)
        return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

/*
 * SO_REUSEPORT lets a second server of the same user share the port without a word. A socket
 * without it cannot be bound beside one that listens, so it is tried first.
 */
static bool is_port_free(const struct ra_http *http, const struct addrinfo *address,
                         struct ra_err *err)
{
    if (http->options.port == 0)
        return true;
    int fd = listen_on(address, false);
    if (fd < 0)
        return fail_listen(&http->options, http->options.port, err);
    close(fd);
    return true;
}

static bool listen_all(struct ra_http *http, struct ra_err *err)
{
    struct addrinfo *address = resolve(&http->options, err);
    if (!address)
        return false;
    bool ok = is_port_free(http, address, err);
    http->port = http->options.port;
    for (unsigned i = 0; ok && i < http->n_shards; i++) {
        int fd = listen_on(address, true);
        http->shards[i].listen_fd = fd;
        if (fd < 0)
            ok = fail_listen(&http->options, http->port, err);
        else if (i == 0)
            put_port(address->ai_addr, http->port = port_of(fd));
    }
    freeaddrinfo(address);
    return ok;
}

RA_PRINTF(2, 0) static void on_mhd_message(void *cls, const char *format, va_list args)
{
    char text[256];
    (void)cls;
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    ra_log(RA_DEBUG, "microhttpd", "%s", text);
}

static bool start_daemon(struct http_shard *shard, struct ra_err *err)
{
    struct ra_http *http = shard->http;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_USE_ITC |
                     MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    /* MHD's idle time-out is a second line of defence: ours is absolute and comes first. */
    unsigned idle_s = http->options.idle_timeout_ms / 1000 + 60;
    shard->limit = http->options.max_connections / http->n_shards;
    if (shard->limit < 2)
        shard->limit = 2;
    shard->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, http_on_request, shard, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_message,
        NULL, MHD_OPTION_LISTEN_SOCKET, shard->listen_fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT, shard->limit, MHD_OPTION_CONNECTION_TIMEOUT,
        idle_s, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_NOTIFY_CONNECTION, http_conn_notify, shard, MHD_OPTION_URI_LOG_CALLBACK,
        http_on_target, shard, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, shard,
        MHD_OPTION_END);
    return shard->daemon || ra_fail_errno(err, RA_ERR_UNAVAILABLE, "cannot start an HTTP thread");
}

static bool prepare_shards(struct ra_http *http, struct ra_err *err)
{
    http->n_shards = http->options.threads;
    http->shards = calloc(http->n_shards, sizeof *http->shards);
    for (unsigned i = 0; http->shards && i < http->n_shards; i++) {
        struct http_shard *shard = &http->shards[i];
        shard->http = http;
        shard->ix = i;
        shard->listen_fd = -1;
        pthread_mutex_init(&shard->lock, NULL);
        shard->tools = (struct http_tools){
            .http = http,
            .scratch = ra_scratch_create(),
            .answer = calloc(1, sizeof *shard->tools.answer),
        };
        if (!shard->tools.scratch || !shard->tools.answer)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    return http->shards || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

static void fill_instance(struct ra_http *http)
{
    uint32_t random;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint32_t)ra_clock_ns();
    snprintf(http->instance, sizeof http->instance, "%08x", random);
    const char *build = http->options.build ? http->options.build : "";
    http->build_hash = ra_hash64(build, strlen(build), 0);
}

static bool start_all(struct ra_http *http, struct ra_err *err)
{
    if (!http_cors_check(http->options.cors_origins, err) || !prepare_shards(http, err))
        return false;
    http->pages = http_pages_create(&http->options, err);
    if (!http->pages || !listen_all(http, err))
        return false;
    http->workers = http_workers_create(http, http->options.workers, http->options.queue, err);
    if (!http->workers || !http_probe_start(http, err) || !http_deadline_start(http, err))
        return false;
    for (unsigned i = 0; i < http->n_shards; i++) {
        if (!start_daemon(&http->shards[i], err))
            return false;
    }
    return true;
}

struct ra_http *ra_http_start(const struct ra_http_options *options,
                              const struct ra_http_parts *parts, struct ra_err *err)
{
    struct ra_http *http = calloc(1, sizeof *http);
    if (!http) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    http->options = *options;
    set_defaults(&http->options);
    http->live = parts->live;
    http->cache = parts->cache;
    atomic_store(&http->store, parts->store);
    http->started_s = ra_clock_unix();
    pthread_mutex_init(&http->probe_lock, NULL);
    fill_instance(http);
    if (start_all(http, err))
        return http;
    ra_http_stop(http, 0);
    return NULL;
}

unsigned ra_http_port(const struct ra_http *http)
{
    return http->port;
}

void ra_http_set_store(struct ra_http *http, struct ra_store *store)
{
    atomic_store(&http->store, store);
    http_probe_now(http);
}

void ra_http_drain(struct ra_http *http)
{
    atomic_store(&http->is_draining, true);
}

void ra_http_note_reload(struct ra_http *http, bool worked)
{
    atomic_fetch_add(worked ? &http->reloads : &http->failed_reloads, 1);
}

/*
 * No further connections: who was let in by the kernel already is handed to the daemon, then the
 * socket stops listening. It is closed only after the daemon, which may still look at its number.
 */
static void stop_listening(struct http_shard *shard)
{
    if (!shard->daemon)
        return;
    MHD_quiesce_daemon(shard->daemon);
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t n = sizeof peer;
        int fd =
            accept4(shard->listen_fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            break;
        MHD_add_connection(shard->daemon, fd, (struct sockaddr *)&peer, n);
    }
    shutdown(shard->listen_fd, SHUT_RD);
}

static void wait_for_connections(struct ra_http *http, unsigned grace_ms)
{
    uint64_t until = ra_clock_ns() + grace_ms * UINT64_C(1000000);
    const struct timespec step = {.tv_nsec = 5000000};
    while (http_conn_count(http) > 0 && ra_clock_ns() < until)
        nanosleep(&step, NULL);
}

static void finish_shard(struct http_shard *shard)
{
    if (shard->daemon)
        MHD_stop_daemon(shard->daemon);
    if (shard->listen_fd >= 0)
        close(shard->listen_fd);
    while (shard->free_requests) {
        struct request *request = shard->free_requests;
        shard->free_requests = request->next;
        atomic_store(&request->refs, 1);
        http_request_unref(request, NULL);
    }
    ra_scratch_destroy(shard->tools.scratch);
    free(shard->tools.answer);
    pthread_mutex_destroy(&shard->lock);
}

void ra_http_stop(struct ra_http *http, unsigned grace_ms)
{
    ra_http_drain(http);
    atomic_store(&http->is_stopping, true);
    for (unsigned i = 0; http->shards && i < http->n_shards; i++)
        stop_listening(&http->shards[i]);
    if (http->shards)
        wait_for_connections(http, grace_ms);
    http_deadline_stop(http);
    if (http->shards && http_conn_count(http) > 0) {
        http_deadline_release(http);
        wait_for_connections(http, 200);
    }
    /* The workers end first: what they hold may resume a connection of a daemon. Their queue goes
     * last: a connection that is still open may ask for a place in it. */
    http_workers_stop(http->workers);
    for (unsigned i = 0; http->shards && i < http->n_shards; i++)
        finish_shard(&http->shards[i]);
    http_workers_destroy(http->workers);
    http_probe_stop(http);
    http_pages_destroy(http->pages);
    pthread_mutex_destroy(&http->probe_lock);
    free(http->shards);
    free(http);
}
