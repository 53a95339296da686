/*
 * Redis as a cache that may fail at any time: leased connections for reading, one thread for
 * everything that may wait, and a breaker that leaves a failing server alone.
 */
#include "redis.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queue.h"
#include "readalike/clock.h"
#include "readalike/str.h"
#include "redis_url.h"
#include "wire.h"

#define PREFIX "readalike:"
#define KEY_BYTES_MAX 4096
#define VALUE_BYTES_MAX ((size_t)1024 * 1024)
#define CONNECTIONS_MAX 32
#define MS UINT64_C(1000000)
#define BACKOFF_MIN_NS (100 * MS)
#define BACKOFF_MAX_NS (5000 * MS)
/* How soon a dead server is noticed while nobody asks. */
#define PING_EVERY_NS (1000 * MS)
/* The own thread may be more patient than a request. */
#define OWN_DEADLINE_NS (500 * MS)

struct connection {
    struct wire wire;
    unsigned generation; /* of `redis` when it was made; an older one is closed, not kept */
    struct connection *next;
};

struct redis {
    struct redis_url url;
    uint64_t deadline_ns;
    char ttl[16];
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* of everything below; never held across the network */
    pthread_cond_t changed;
    bool stopping, up;
    unsigned generation; /* grows with every failure */
    uint64_t backoff_ns, retry_at_ns;
    uint64_t random;
    struct connection *idle;
    size_t n_connections; /* idle, leased and being made */
    bool wants_more;
    struct queue queue;
    uint64_t errors, dropped;
    char last_error[RA_CACHE_ERROR_MAX];
};

static void connection_destroy(struct connection *connection)
{
    if (connection) {
        wire_close(&connection->wire);
        free(connection);
    }
}

static struct connection *connection_create(const struct redis_url *url, struct ra_err *err)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    if (!wire_open(&connection->wire, url, ra_clock_ns() + OWN_DEADLINE_NS, err)) {
        free(connection);
        return NULL;
    }
    return connection;
}

/* xorshift64: only so that many replicas do not come back in step. */
static uint64_t jittered(struct redis *redis, uint64_t ns)
{
    redis->random ^= redis->random << 13;
    redis->random ^= redis->random >> 7;
    redis->random ^= redis->random << 17;
    return ns / 2 + redis->random % (ns / 2);
}

static void note_error(struct redis *redis, const char *text)
{
    redis->errors++;
    snprintf(redis->last_error, sizeof redis->last_error, "%.*s", RA_CACHE_ERROR_MAX - 1, text);
}

/* Opens the breaker. Locked. The idle connections are the caller's to close, unlocked. */
static struct connection *trip(struct redis *redis, const struct ra_err *err)
{
    note_error(redis, err->text);
    redis->backoff_ns = redis->backoff_ns ? redis->backoff_ns * 2 : BACKOFF_MIN_NS;
    if (redis->backoff_ns > BACKOFF_MAX_NS)
        redis->backoff_ns = BACKOFF_MAX_NS;
    redis->retry_at_ns = ra_clock_ns() + jittered(redis, redis->backoff_ns);
    redis->up = false;
    redis->generation++;
    redis->wants_more = false;
    redis->dropped += queue_clear(&redis->queue);
    struct connection *idle = redis->idle;
    redis->idle = NULL;
    for (struct connection *c = idle; c; c = c->next)
        redis->n_connections--;
    pthread_cond_signal(&redis->changed);
    return idle;
}

static void close_all(struct connection *list)
{
    while (list) {
        struct connection *next = list->next;
        connection_destroy(list);
        list = next;
    }
}

/* Takes a connection that stands; asks for one more when there is none. */
static struct connection *lease(struct redis *redis)
{
    pthread_mutex_lock(&redis->lock);
    struct connection *connection = redis->up ? redis->idle : NULL;
    if (connection) {
        redis->idle = connection->next;
        connection->next = NULL;
    } else if (redis->up && redis->n_connections < CONNECTIONS_MAX) {
        redis->wants_more = true;
        pthread_cond_signal(&redis->changed);
    }
    pthread_mutex_unlock(&redis->lock);
    return connection;
}

/* Gives a connection back after it worked; one from before a failure is closed. */
static void give_back(struct redis *redis, struct connection *connection)
{
    pthread_mutex_lock(&redis->lock);
    bool keep = redis->up && connection->generation == redis->generation;
    if (keep) {
        connection->next = redis->idle;
        redis->idle = connection;
    } else {
        redis->n_connections--;
    }
    pthread_mutex_unlock(&redis->lock);
    if (!keep)
        connection_destroy(connection);
}

/* Closes a connection that failed. Only the first failure of a generation opens the breaker. */
static void give_up(struct redis *redis, struct connection *connection, const struct ra_err *err)
{
    struct connection *idle = NULL;
    pthread_mutex_lock(&redis->lock);
    redis->n_connections--;
    if (connection->generation == redis->generation)
        idle = trip(redis, err);
    else
        note_error(redis, err->text);
    pthread_mutex_unlock(&redis->lock);
    close_all(idle);
    connection_destroy(connection);
}

/* A reply came; it may still be a refusal ("OOM", "LOADING"), which is counted only. */
static void note_reply(struct redis *redis, const struct wire_reply *reply)
{
    pthread_mutex_lock(&redis->lock);
    if (reply->kind == WIRE_ERROR)
        note_error(redis, reply->text);
    else
        redis->backoff_ns = 0;
    pthread_mutex_unlock(&redis->lock);
}

bool redis_get(struct redis *redis, const void *key, size_t key_n, struct ra_buf *out)
{
    if (key_n > KEY_BYTES_MAX)
        return false;
    uint64_t deadline_ns = ra_clock_ns() + redis->deadline_ns;
    struct connection *connection = lease(redis);
    if (!connection)
        return false;
    char full[sizeof PREFIX + KEY_BYTES_MAX] = PREFIX;
    memcpy(full + sizeof PREFIX - 1, key, key_n);
    const struct wire_arg get[] = {{"GET", 3}, {full, sizeof PREFIX - 1 + key_n}};
    struct ra_err err = {0};
    struct wire_reply reply;
    if (!wire_call(&connection->wire, get, RA_COUNT(get), deadline_ns, &reply, &err)) {
        give_up(redis, connection, &err);
        return false;
    }
    note_reply(redis, &reply);
    give_back(redis, connection);
    bool hit = reply.kind == WIRE_TEXT;
    if (hit)
        ra_buf_put(out, reply.text, reply.n);
    wire_reply_finish(&reply);
    return hit && !out->failed;
}

void redis_put(struct redis *redis, const void *key, size_t key_n, const void *value,
               size_t value_n)
{
    struct queue_item *item = NULL;
    if (key_n <= KEY_BYTES_MAX && value_n <= VALUE_BYTES_MAX)
        item = queue_item_create(PREFIX, key, key_n, value, value_n);
    pthread_mutex_lock(&redis->lock);
    if (item && redis->up && queue_push(&redis->queue, item)) {
        item = NULL;
        pthread_cond_signal(&redis->changed);
    } else {
        redis->dropped++;
    }
    pthread_mutex_unlock(&redis->lock);
    free(item);
}

/* A call of the own thread; a failure opens the breaker and takes the writer away. Unlocked. */
static void call_as_writer(struct redis *redis, struct connection **writer,
                           const struct wire_arg *args, size_t n_args)
{
    struct ra_err err = {0};
    struct wire_reply reply;
    if (wire_call(&(*writer)->wire, args, n_args, ra_clock_ns() + OWN_DEADLINE_NS, &reply, &err)) {
        note_reply(redis, &reply);
        wire_reply_finish(&reply);
        return;
    }
    give_up(redis, *writer, &err);
    *writer = NULL;
}

static void write_item(struct redis *redis, struct connection **writer,
                       const struct queue_item *item)
{
    const struct wire_arg set[] = {{"SET", 3},
                                   {item->bytes, item->key_n},
                                   {item->bytes + item->key_n, item->value_n},
                                   {"EX", 2},
                                   {redis->ttl, strlen(redis->ttl)}};
    call_as_writer(redis, writer, set, RA_COUNT(set));
}

static void ping(struct redis *redis, struct connection **writer)
{
    const struct wire_arg args[] = {{"PING", 4}};
    call_as_writer(redis, writer, args, RA_COUNT(args));
}

/* One more connection for those who read; locked on entry and exit. */
static void add_connection(struct redis *redis)
{
    redis->wants_more = false;
    redis->n_connections++;
    unsigned generation = redis->generation;
    pthread_mutex_unlock(&redis->lock);
    struct ra_err err = {0};
    struct connection *connection = connection_create(&redis->url, &err);
    struct connection *idle = NULL;
    if (connection) {
        connection->generation = generation;
        give_back(redis, connection);
    }
    pthread_mutex_lock(&redis->lock);
    if (!connection) {
        redis->n_connections--;
        if (redis->up && redis->generation == generation)
            idle = trip(redis, &err);
    }
    close_all(idle);
}

/* The single probe: the writer's own connection, whose PING was answered, or a longer back-off. */
static struct connection *probe(struct redis *redis)
{
    struct ra_err err = {0};
    redis->n_connections++;
    pthread_mutex_unlock(&redis->lock);
    struct connection *writer = connection_create(&redis->url, &err);
    pthread_mutex_lock(&redis->lock);
    if (writer) {
        redis->up = true;
        redis->wants_more = true;
        redis->last_error[0] = '\0';
        writer->generation = redis->generation;
    } else {
        redis->n_connections--;
        close_all(trip(redis, &err));
    }
    return writer;
}

/* True when the time came before a signal. */
static bool sleep_until(struct redis *redis, uint64_t when_ns)
{
    struct timespec when = {.tv_sec = (time_t)(when_ns / 1000000000),
                            .tv_nsec = (long)(when_ns % 1000000000)};
    return pthread_cond_timedwait(&redis->changed, &redis->lock, &when) == ETIMEDOUT;
}

/* One thing to do, or a wait for one. Locked on entry and exit. */
static void step(struct redis *redis, struct connection **writer)
{
    if (!redis->up) {
        struct connection *stale = *writer;
        *writer = NULL;
        redis->n_connections -= stale != NULL;
        connection_destroy(stale);
        if (ra_clock_ns() < redis->retry_at_ns)
            sleep_until(redis, redis->retry_at_ns);
        else
            *writer = probe(redis);
        return;
    }
    struct queue_item *item = NULL;
    if (redis->wants_more) {
        add_connection(redis);
    } else if ((item = queue_pop(&redis->queue)) != NULL) {
        pthread_mutex_unlock(&redis->lock);
        write_item(redis, writer, item);
        free(item);
        pthread_mutex_lock(&redis->lock);
    } else if (sleep_until(redis, ra_clock_ns() + PING_EVERY_NS)) {
        pthread_mutex_unlock(&redis->lock);
        ping(redis, writer);
        pthread_mutex_lock(&redis->lock);
    }
}

static void *run(void *user)
{
    struct redis *redis = user;
    struct connection *writer = NULL;
    pthread_mutex_lock(&redis->lock);
    while (!redis->stopping)
        step(redis, &writer);
    pthread_mutex_unlock(&redis->lock);
    connection_destroy(writer);
    return NULL;
}

static bool start(struct redis *redis, struct ra_err *err)
{
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&redis->changed, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&redis->lock, NULL);
    int failed = pthread_create(&redis->thread, NULL, run, redis);
    if (failed) {
        errno = failed;
        return ra_fail_errno(err, RA_ERR_NOMEM, "cannot start the thread that talks to Redis");
    }
    redis->has_thread = true;
    return true;
}

struct redis *redis_create(const struct ra_cache_options *options, struct ra_err *err)
{
    struct redis *redis = calloc(1, sizeof *redis);
    if (!redis) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    if (!redis_url_parse(&redis->url, options->redis_url, err)) {
        free(redis);
        return NULL;
    }
    redis->deadline_ns = (options->deadline_ms ? options->deadline_ms : 5) * MS;
    snprintf(redis->ttl, sizeof redis->ttl, "%u", options->ttl_s ? options->ttl_s : 3600);
    redis->random = ra_clock_ns() | 1;
    if (!start(redis, err)) {
        redis_destroy(redis);
        return NULL;
    }
    return redis;
}

void redis_destroy(struct redis *redis)
{
    if (!redis)
        return;
    if (redis->has_thread) {
        pthread_mutex_lock(&redis->lock);
        redis->stopping = true;
        pthread_cond_signal(&redis->changed);
        pthread_mutex_unlock(&redis->lock);
        pthread_join(redis->thread, NULL);
    }
    close_all(redis->idle);
    queue_clear(&redis->queue);
    pthread_mutex_destroy(&redis->lock);
    pthread_cond_destroy(&redis->changed);
    redis_url_finish(&redis->url);
    free(redis);
}

void redis_stats(struct redis *redis, struct ra_cache_stats *out)
{
    pthread_mutex_lock(&redis->lock);
    out->redis = redis->up ? RA_REDIS_UP : RA_REDIS_DOWN;
    out->redis_errors = redis->errors;
    out->redis_dropped = redis->dropped;
    memcpy(out->redis_error, redis->last_error, sizeof out->redis_error);
    pthread_mutex_unlock(&redis->lock);
}
