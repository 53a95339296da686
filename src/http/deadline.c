/*
 * Absolute deadlines. libmicrohttpd's own timeout counts inactivity, so that one byte a second
 * keeps a connection for ever, and it calls nobody before a header is complete. So every connection
 * is in its shard's list, and a thread looks over the lists and shuts what is late. The list entry
 * goes before the socket is closed (MHD tells us first), so a number is never shut that has become
 * another connection's.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "internal.h"
#include "readalike/clock.h"

#define MS UINT64_C(1000000)
#define TIMED_OUT_GRACE_NS (1000 * MS) /* to send the 504 */
#define STOPPING_IDLE_NS (250 * MS)
#define LOOK_AFTER_NS (250 * MS)
#define BATCH 64

void http_conn_enter(struct http_conn *conn, enum http_conn_state state, uint64_t deadline_ns)
{
    atomic_store_explicit(&conn->state, (int)state, memory_order_relaxed);
    atomic_store_explicit(&conn->deadline_ns, deadline_ns, memory_order_relaxed);
}

void http_conn_forget_waiting(struct http_conn *conn, struct http_shard *shard)
{
    pthread_mutex_lock(&shard->lock);
    conn->waiting = NULL;
    pthread_mutex_unlock(&shard->lock);
}

static bool has_unread_bytes(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/*
 * libmicrohttpd looks for the end of a connection when epoll says that something came, and misses
 * one that came together with the request. Later ones it sees, so a look or two after each answer
 * is enough.
 */
static bool has_left(const struct http_conn *conn, int state, uint64_t now)
{
    char byte;
    return state == CONN_IDLE && now - conn->since_ns < LOOK_AFTER_NS &&
           recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void shut(struct http_conn *conn)
{
    if (!conn->is_shut)
        shutdown(conn->fd, SHUT_RDWR);
    conn->is_shut = true;
}

/*
 * When the last place is taken, the connection that waits longest for a request gives its place
 * up: a crowd of silent ones cannot keep the next caller out.
 */
static void make_room(struct http_shard *shard, const struct http_conn *newcomer)
{
    struct http_conn *oldest = NULL;
    for (struct http_conn *conn = shard->conns; conn; conn = conn->next) {
        int state = atomic_load_explicit(&conn->state, memory_order_relaxed);
        bool can_go =
            conn != newcomer && !conn->is_shut && (state == CONN_IDLE || state == CONN_HEADER);
        if (can_go && (!oldest || conn->since_ns < oldest->since_ns))
            oldest = conn;
    }
    if (!oldest || has_unread_bytes(oldest->fd))
        return;
    atomic_fetch_add(&shard->http->evicted, 1);
    shut(oldest);
}

static void opened(struct http_shard *shard, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_conn *conn = calloc(1, sizeof *conn);
    *context = conn;
    if (!conn || !info)
        return;
    uint64_t now = ra_clock_ns();
    conn->mhd = connection;
    conn->fd = info->connect_fd;
    atomic_store(&conn->since_ns, now);
    http_conn_enter(conn, CONN_HEADER, now + shard->http->options.header_timeout_ms * MS);
    http_count(&shard->counters.connections);
    pthread_mutex_lock(&shard->lock);
    conn->next = shard->conns;
    if (conn->next)
        conn->next->prev = conn;
    shard->conns = conn;
    if (++shard->n_conns >= shard->limit)
        make_room(shard, conn);
    pthread_mutex_unlock(&shard->lock);
}

static void closed(struct http_shard *shard, struct http_conn *conn)
{
    if (!conn)
        return;
    pthread_mutex_lock(&shard->lock);
    if (conn->mhd) {
        if (conn->prev)
            conn->prev->next = conn->next;
        else
            shard->conns = conn->next;
        if (conn->next)
            conn->next->prev = conn->prev;
        shard->n_conns--;
    }
    pthread_mutex_unlock(&shard->lock);
    free(conn);
}

void http_conn_notify(void *cls, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        opened(cls, connection, socket_context);
    else
        closed(cls, *socket_context);
}

/* A kept connection without a request, while we stop: only when nothing can be on its way. */
static bool is_leaving(const struct http_conn *conn, int state, uint64_t now)
{
    return (state == CONN_IDLE || state == CONN_HEADER) &&
           now - conn->since_ns > STOPPING_IDLE_NS && !has_unread_bytes(conn->fd);
}

/* Requests whose time is up while they wait for a worker; resumed outside the lock. */
struct late {
    struct request *requests[BATCH];
    size_t n;
};

static void look_at(struct http_shard *shard, struct http_conn *conn, uint64_t now,
                    struct late *late)
{
    int state = atomic_load_explicit(&conn->state, memory_order_relaxed);
    bool is_late = now > atomic_load_explicit(&conn->deadline_ns, memory_order_relaxed);
    if (conn->is_shut)
        return;
    if (is_late && conn->waiting) {
        if (late->n < BATCH) {
            late->requests[late->n++] = http_request_ref(conn->waiting);
            http_conn_enter(conn, CONN_WORK, now + TIMED_OUT_GRACE_NS);
        }
    } else if (is_late) {
        atomic_fetch_add(&shard->http->late[state], 1);
        shut(conn);
    } else if (has_left(conn, state, now)) {
        shut(conn);
    } else if (atomic_load(&shard->http->is_stopping) && is_leaving(conn, state, now)) {
        shut(conn);
    }
}

static void time_out(struct late *late)
{
    for (size_t i = 0; i < late->n; i++) {
        struct request *request = late->requests[i];
        int waiting = PHASE_WAITING;
        if (atomic_compare_exchange_strong(&request->phase, &waiting, PHASE_TIMED_OUT)) {
            atomic_fetch_add(&request->shard->http->late[CONN_WORK], 1);
            MHD_resume_connection(request->conn->mhd);
        }
        http_request_unref(request, NULL);
    }
}

static void look_over(struct http_shard *shard)
{
    struct late late = {0};
    uint64_t now = ra_clock_ns();
    pthread_mutex_lock(&shard->lock);
    for (struct http_conn *conn = shard->conns; conn; conn = conn->next)
        look_at(shard, conn, now, &late);
    pthread_mutex_unlock(&shard->lock);
    time_out(&late);
}

static void pause_ms(unsigned ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&wait, &wait) != 0 && errno == EINTR)
        continue;
}

/* A tenth of the shortest deadline, so that none is overdrawn by much. */
static unsigned interval_ms(const struct ra_http_options *options)
{
    unsigned shortest = options->header_timeout_ms;
    if (options->body_timeout_ms < shortest)
        shortest = options->body_timeout_ms;
    if (options->request_timeout_ms < shortest)
        shortest = options->request_timeout_ms;
    if (options->idle_timeout_ms < shortest)
        shortest = options->idle_timeout_ms;
    shortest /= 10;
    return shortest < 10 ? 10 : shortest > 100 ? 100 : shortest;
}

static void *watch(void *arg)
{
    struct ra_http *http = arg;
    unsigned ms = interval_ms(&http->options);
    while (!atomic_load(&http->deadline_stop)) {
        pause_ms(ms);
        for (unsigned i = 0; i < http->n_shards; i++)
            look_over(&http->shards[i]);
    }
    return NULL;
}

bool http_deadline_start(struct ra_http *http, struct ra_err *err)
{
    if (pthread_create(&http->deadline_thread, NULL, watch, http) != 0)
        return ra_fail(err, RA_ERR_NOMEM, "cannot start a thread");
    http->has_deadline_thread = true;
    return true;
}

void http_deadline_stop(struct ra_http *http)
{
    if (!http->has_deadline_thread)
        return;
    atomic_store(&http->deadline_stop, true);
    pthread_join(http->deadline_thread, NULL);
    http->has_deadline_thread = false;
}

static bool release_some(struct http_shard *shard)
{
    struct late late = {0};
    uint64_t soon = ra_clock_ns() + TIMED_OUT_GRACE_NS;
    pthread_mutex_lock(&shard->lock);
    for (struct http_conn *conn = shard->conns; conn && late.n < BATCH; conn = conn->next) {
        if (!conn->waiting || atomic_load(&conn->waiting->phase) != PHASE_WAITING)
            continue;
        http_conn_enter(conn, CONN_WORK, soon);
        late.requests[late.n++] = http_request_ref(conn->waiting);
    }
    pthread_mutex_unlock(&shard->lock);
    bool found = late.n > 0;
    time_out(&late);
    return found;
}

void http_deadline_release(struct ra_http *http)
{
    for (unsigned i = 0; i < http->n_shards; i++) {
        while (release_some(&http->shards[i]))
            continue;
    }
}

size_t http_conn_count(struct ra_http *http)
{
    size_t n = 0;
    for (unsigned i = 0; i < http->n_shards; i++) {
        pthread_mutex_lock(&http->shards[i].lock);
        n += http->shards[i].n_conns;
        pthread_mutex_unlock(&http->shards[i].lock);
    }
    return n;
}
