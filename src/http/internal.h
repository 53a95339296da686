#ifndef READALIKE_HTTP_INTERNAL_H
#define READALIKE_HTTP_INTERNAL_H

/* What the files of this floor share: the server, its shards, a request and its reply. */
#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "readalike/arena.h"
#include "readalike/buf.h"
#include "readalike/err.h"
#include "readalike/http.h"
#include "readalike/recommend.h"

struct request;

/* ---- routes ---- */

enum http_method { HTTP_GET = 1, HTTP_POST = 2, HTTP_OPTIONS = 4, HTTP_OTHER = 8 };

/* What a thread brings along to answer with. */
struct http_tools {
    struct ra_http *http;
    struct ra_scratch *scratch;
    struct ra_answer *answer;
    bool is_worker; /* may take long */
};
/* Whether an answer that costs that much is a worker's to make (HTTP_LATER). */
bool http_is_long(const struct http_tools *tools, double cost_us);

/* Fills request->reply and returns the status; HTTP_LATER: a worker must do it. */
#define HTTP_LATER 0
typedef unsigned (*http_handler)(struct request *request, struct http_tools *tools);

struct http_route {
    unsigned methods;
    const char *pattern; /* "{}" stands for one segment, "{path}" at the end for the rest */
    http_handler quick;  /* on the polling thread: needs the live model and nothing that waits */
    http_handler slow;   /* on a worker: the store, Redis; also what `quick` leaves for later */
    bool is_page;        /* for people: not part of the API and its description */
};
#define HTTP_ROUTES_MAX 32
extern const struct http_route http_routes[];
extern const size_t http_n_routes;

/* The row for a path, NULL for none; `request->argument` is what "{}" stands for. */
const struct http_route *http_route_find(struct request *request);
unsigned http_route_index(const struct http_route *route);
/* "GET, HEAD, OPTIONS" for a 405 or an OPTIONS. */
const char *http_route_allow(const struct http_route *route);

/* ---- one request ---- */

struct http_param {
    const char *name, *value; /* decoded, terminated, valid UTF-8 */
};
#define HTTP_PARAMS_MAX 32

struct http_reply {
    struct ra_buf body;
    const void *ready; /* sent instead of `body` when set; outlives the server */
    size_t ready_n;
    const char *type;          /* Content-Type */
    const char *cache_control; /* NULL: no-store */
    const char *allow;
    const char *csp; /* for pages */
    unsigned retry_after_s;
    bool is_gzipped, may_gzip, must_close;
    char etag[96]; /* with its quotes; "" none */
};

enum http_phase { PHASE_RUNNING, PHASE_WAITING, PHASE_ANSWERED, PHASE_TIMED_OUT };

struct request {
    struct http_shard *shard;
    struct http_conn *conn;
    struct request *next; /* in the shard's free list */
    atomic_uint refs;     /* the connection's and a worker's */
    atomic_int phase;

    struct ra_arena arena;
    const char *target; /* as received */
    const char *path;   /* decoded, without the query */
    struct http_param params[HTTP_PARAMS_MAX];
    size_t n_params;
    const char *argument; /* of the route's "{}" */
    enum http_method method;
    bool is_head, is_started, is_oversized;
    bool is_cut; /* the target had a NUL in it */
    const struct http_route *route;
    struct ra_buf body;

    uint64_t content_length;
    const char *if_none_match, *origin, *given_id; /* NULL: not sent */
    bool accepts_gzip;

    char id[72];
    uint64_t start_ns;
    unsigned status;
    struct http_reply reply;
};

struct request *http_request_create(struct http_shard *shard, const char *target);
struct request *http_request_ref(struct request *request);
/* `shard`: the polling thread that calls (its free list takes it back), or NULL from others. */
void http_request_unref(struct request *request, struct http_shard *shard);
/* Splits and decodes the target. */
bool http_request_parse(struct request *request, struct ra_err *err) RA_MUST_CHECK;

/* How a query parameter becomes a field of the request's JSON. */
enum http_kind { FIELD_TEXT, FIELD_WHOLE, FIELD_NUMBER, FIELD_BOOL, FIELD_IDS };
struct http_field {
    const char *name;
    enum http_kind kind;
    bool in_filter; /* a member of "filter" */
};
/*
 * The request as one JSON object with nothing but these fields: of a POST its body, of a GET its
 * parameters. A new reference; NULL with `err`.
 */
json_t *http_request_fields(struct request *request, const struct http_field *fields, size_t n,
                            struct ra_err *err) RA_MUST_CHECK;
/* Whether there is nothing else in `object`; the error names the nearest field. */
bool http_only_fields(const json_t *object, const struct http_field *fields, size_t n,
                      struct ra_err *err) RA_MUST_CHECK;
/* The members that several routes share; an absent member leaves `out` alone. */
bool http_read_whole(const json_t *object, const char *name, int64_t min, int64_t max, int64_t *out,
                     struct ra_err *err) RA_MUST_CHECK;
bool http_read_bool(const json_t *object, const char *name, bool *out,
                    struct ra_err *err) RA_MUST_CHECK;
bool http_read_text(const json_t *object, const char *name, const char **out,
                    struct ra_err *err) RA_MUST_CHECK;
/* Borrows from `object`. */
bool http_read_filter(const json_t *object, struct ra_filter *out,
                      struct ra_err *err) RA_MUST_CHECK;
/* The filter in a form in which equal filters are equal bytes, for cache keys. */
void http_put_filter(struct ra_buf *out, const struct ra_filter *filter);

/* Whether header names, values, framing and target are what RFC 9112 allows and we can trust. */
bool http_guard(struct request *request, struct MHD_Connection *connection, const char *method,
                const char *version, struct ra_err *err) RA_MUST_CHECK;

/* ---- replies ---- */

#define HTTP_JSON "application/json"

/* The one error shape; returns `status`. */
unsigned http_fail(struct request *request, unsigned status, const char *code, const char *fmt, ...)
    RA_PRINTF(4, 5);
/* The same for a failure from below: the one table from codes to statuses. */
unsigned http_fail_err(struct request *request, const struct ra_err *err);
/* The same with a wait to suggest. */
unsigned http_fail_busy(struct request *request, const char *code, const char *text);
/* 200 with what is in reply.body; 500 when its memory failed. */
unsigned http_json(struct request *request);
/* Sets the ETag of what depends on nothing but the model; true: the client has it (answer 304). */
bool http_is_unchanged(struct request *request, const struct ra_engine *engine);
bool http_etag_matches(const char *if_none_match, const char *etag);
/* Sends request->reply with `status`: the only place that does. */
enum MHD_Result http_respond(struct request *request, struct MHD_Connection *connection,
                             unsigned status);

/* The headers that let other sites' pages read the answer, when their origin is allowed. */
void http_cors_headers(const struct request *request, struct MHD_Response *response);
bool http_cors_check(const char *origins, struct ra_err *err) RA_MUST_CHECK;

/* ---- connections and deadlines ---- */

enum http_conn_state { CONN_IDLE, CONN_HEADER, CONN_BODY, CONN_WORK, CONN_STATES };

/* One TCP connection. The fields behind atomics are written by its polling thread only. */
struct http_conn {
    struct http_conn *prev, *next; /* under shard->lock, as `waiting` */
    struct MHD_Connection *mhd;
    int fd;
    bool is_shut; /* told to close; under shard->lock */
    _Atomic uint64_t deadline_ns, since_ns;
    atomic_int state;
    struct request *waiting; /* suspended for a worker */
};

void http_conn_notify(void *cls, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode what);
void http_conn_enter(struct http_conn *conn, enum http_conn_state state, uint64_t deadline_ns);
/* No request of the connection is with a worker any more. */
void http_conn_forget_waiting(struct http_conn *conn, struct http_shard *shard);
/* The thread that closes what is late, and times out what waits for a worker. */
bool http_deadline_start(struct ra_http *http, struct ra_err *err) RA_MUST_CHECK;
void http_deadline_stop(struct ra_http *http);
/* Times out every waiting request, so that no connection stays suspended. */
void http_deadline_release(struct ra_http *http);
size_t http_conn_count(struct ra_http *http);

/* ---- workers ---- */

struct http_workers;
struct http_workers *http_workers_create(struct ra_http *http, unsigned n, unsigned queue,
                                         struct ra_err *err) RA_MUST_CHECK;
/* Finishes what is queued, ends the threads; from then on every submit is turned away. */
void http_workers_stop(struct http_workers *workers);
/* Only when no polling thread is left that could submit. */
void http_workers_destroy(struct http_workers *workers);
/* Suspends the connection and queues its request; false when the queue is full. */
bool http_workers_submit(struct http_workers *workers, struct request *request) RA_MUST_CHECK;
struct http_worker_stats {
    size_t depth, busy;
    uint64_t rejected;
};
void http_workers_stats(struct http_workers *workers, struct http_worker_stats *out);

/* ---- numbers ---- */

#define HTTP_STATUSES 24
#define HTTP_BUCKETS 16
/* Written by one polling thread, summed when scraped. */
struct http_counters {
    _Atomic uint64_t requests[HTTP_ROUTES_MAX + 1][HTTP_STATUSES]; /* last row: no route */
    _Atomic uint64_t latency[HTTP_ROUTES_MAX + 1][HTTP_BUCKETS + 1];
    _Atomic uint64_t latency_ns[HTTP_ROUTES_MAX + 1];
    _Atomic uint64_t started, completed, connections;
    _Atomic uint64_t refused; /* by the guard */
};
void http_count_request(struct http_counters *counters, const struct request *request,
                        uint64_t took_ns);
/* One writer: no locked instruction needed. */
static inline void http_count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

/* ---- pages ---- */

struct http_pages;
/* The built-in files, or those of `web_dir`. */
struct http_pages *http_pages_create(const struct ra_http_options *options,
                                     struct ra_err *err) RA_MUST_CHECK;
void http_pages_destroy(struct http_pages *pages);
/* 200, 304 or 404. */
unsigned http_send_page(struct request *request, const char *name);

/* ---- the server ---- */

struct http_shard {
    struct ra_http *http;
    struct MHD_Daemon *daemon;
    int listen_fd;
    unsigned ix, limit;
    pthread_mutex_t lock; /* conns, n_conns, waiting */
    struct http_conn *conns;
    size_t n_conns;
    struct request *free_requests; /* polling thread only, as the next four */
    size_t n_free;
    struct http_tools tools;
    uint64_t serial;
    struct http_counters counters;
};

struct ra_http {
    struct ra_http_options options;
    struct ra_live *live;
    _Atomic(struct ra_store *) store;
    struct ra_cache *cache;
    struct http_pages *pages;
    struct http_shard *shards;
    unsigned n_shards, port;
    struct http_workers *workers;
    char instance[9]; /* random, in front of request ids */
    atomic_bool is_draining, is_stopping;
    _Atomic uint64_t reloads, failed_reloads;
    _Atomic uint64_t late[CONN_STATES], evicted;
    int64_t started_s;
    _Atomic int64_t last_warning_s; /* so that an outage does not fill the log */
    uint64_t build_hash;            /* of version and git, for ETags */

    pthread_t deadline_thread;
    bool has_deadline_thread;
    atomic_bool deadline_stop;

    pthread_t probe_thread; /* asks the store how it is, for /readyz */
    bool has_probe_thread;
    pthread_mutex_t probe_lock; /* the next three */
    pthread_cond_t probe_cond;
    bool probe_stop;
    bool store_up;
    char store_reason[256];
};

bool http_probe_start(struct ra_http *http, struct ra_err *err) RA_MUST_CHECK;
void http_probe_stop(struct ra_http *http);
void http_probe_now(struct ra_http *http);

/* What libmicrohttpd calls: with the request line, with header and body, at the end. */
void *http_on_target(void *cls, const char *target, struct MHD_Connection *connection);
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_n, void **con_cls);
void http_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                       enum MHD_RequestTerminationCode toe);

/* ---- handlers, one file a resource ---- */

unsigned http_recommend(struct request *request, struct http_tools *tools);
/* One question as the body of a /recommend, whatever it goes by; for workers. */
unsigned http_recommend_object(struct request *request, struct http_tools *tools,
                               struct ra_engine *engine, const json_t *object);
/* The fields of a /recommend that do not say what to go by; a new reference, NULL with `err`. */
json_t *http_recommend_fields(struct request *request, struct ra_err *err) RA_MUST_CHECK;
unsigned http_shelf_continue(struct request *request, struct http_tools *tools);
unsigned http_invocations(struct request *request, struct http_tools *tools);
unsigned http_ping(struct request *request, struct http_tools *tools);
unsigned http_suggest(struct request *request, struct http_tools *tools);
unsigned http_book(struct request *request, struct http_tools *tools);
unsigned http_book_stored(struct request *request, struct http_tools *tools);
unsigned http_books(struct request *request, struct http_tools *tools);
unsigned http_latest(struct request *request, struct http_tools *tools);
unsigned http_similar(struct request *request, struct http_tools *tools);
unsigned http_popular(struct request *request, struct http_tools *tools);
unsigned http_healthz(struct request *request, struct http_tools *tools);
unsigned http_readyz(struct request *request, struct http_tools *tools);
unsigned http_version(struct request *request, struct http_tools *tools);
unsigned http_metrics(struct request *request, struct http_tools *tools);
unsigned http_openapi(struct request *request, struct http_tools *tools);
unsigned http_docs(struct request *request, struct http_tools *tools);
unsigned http_site(struct request *request, struct http_tools *tools);
unsigned http_page(struct request *request, struct http_tools *tools);
unsigned http_asset(struct request *request, struct http_tools *tools);

/* The live engine, or a 503 in `*status`. The caller unrefs. */
struct ra_engine *http_engine(struct request *request, struct http_tools *tools,
                              unsigned *out_status);

#endif
