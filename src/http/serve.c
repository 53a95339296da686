/* From libmicrohttpd's calls to a reply: guard, route, body, polling thread or worker. */
#include <string.h>

#include "internal.h"
#include "readalike/clock.h"

#define MS UINT64_C(1000000)
#define OVERSIZE_SLACK (1024 * 1024) /* read past the cap before the line is cut */

/* The request line is here: from now on this is a request with a deadline. */
void *http_on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct http_shard *shard = cls;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_conn *conn = info ? info->socket_context : NULL;
    struct request *request = conn ? http_request_create(shard, target) : NULL;
    if (!request)
        return NULL;
    request->conn = conn;
    /* The version follows the NUL that ends the target, unless the target had a NUL of its own. */
    request->is_cut = strncmp(target + strlen(target) + 1, "HTTP/", 5) != 0;
    if (atomic_load_explicit(&conn->state, memory_order_relaxed) == CONN_IDLE)
        http_conn_enter(conn, CONN_HEADER,
                        request->start_ns + shard->http->options.header_timeout_ms * MS);
    http_count(&shard->counters.started);
    return request;
}

void http_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                       enum MHD_RequestTerminationCode toe)
{
    struct http_shard *shard = cls;
    struct request *request = *con_cls;
    (void)connection;
    (void)toe;
    if (!request)
        return;
    *con_cls = NULL;
    /* A client that left while a worker had its request: nobody has told the connection yet. */
    if (request->conn->waiting)
        http_conn_forget_waiting(request->conn, shard);
    uint64_t now = ra_clock_ns();
    http_count(&shard->counters.completed);
    if (request->is_started)
        http_count_request(&shard->counters, request, now - request->start_ns);
    atomic_store_explicit(&request->conn->since_ns, now, memory_order_relaxed);
    http_conn_enter(request->conn, CONN_IDLE, now + shard->http->options.idle_timeout_ms * MS);
    http_request_unref(request, shard);
}

static enum http_method method_of(const char *method, bool *out_is_head)
{
    *out_is_head = strcmp(method, "HEAD") == 0;
    if (*out_is_head || strcmp(method, "GET") == 0)
        return HTTP_GET;
    if (strcmp(method, "POST") == 0)
        return HTTP_POST;
    return strcmp(method, "OPTIONS") == 0 ? HTTP_OPTIONS : HTTP_OTHER;
}

static unsigned fail_too_large(struct request *request)
{
    request->reply.must_close = true;
    return http_fail(request, 413, "too_large", "the body is larger than %zu bytes",
                     request->shard->http->options.max_body_bytes);
}

/*
 * The header is complete. A refusal is queued here, before the body, which makes libmicrohttpd
 * close the connection: right for what cannot be trusted or is too large to read.
 */
static enum MHD_Result begin(struct request *request, struct MHD_Connection *connection,
                             const char *method, const char *version)
{
    struct http_shard *shard = request->shard;
    const struct ra_http_options *options = &shard->http->options;
    struct ra_err err = {0};
    uint64_t deadline = request->start_ns + options->body_timeout_ms * MS;
    http_conn_enter(request->conn, CONN_BODY, deadline);
    request->method = method_of(method, &request->is_head);
    if (!http_guard(request, connection, method, version, &err)) {
        http_count(&shard->counters.refused);
        request->reply.must_close = true;
        return http_respond(request, connection,
                            http_fail(request, 400, "bad_request", "%s", err.text));
    }
    if (!http_request_parse(request, &err)) {
        request->reply.must_close = true;
        return http_respond(request, connection, http_fail_err(request, &err));
    }
    request->route = http_route_find(request);
    if (request->content_length > options->max_body_bytes)
        return http_respond(request, connection, fail_too_large(request));
    return MHD_YES;
}

static enum MHD_Result take_body(struct request *request, const char *data, size_t *n)
{
    size_t max = request->shard->http->options.max_body_bytes;
    if (request->body.len + *n > max)
        request->is_oversized = true;
    if (request->is_oversized) {
        request->content_length += *n; /* what was thrown away, of a body of unknown length */
        if (request->content_length > max + OVERSIZE_SLACK)
            return MHD_NO;
    } else {
        ra_buf_put(&request->body, data, *n);
    }
    *n = 0;
    return MHD_YES;
}

static unsigned options_reply(struct request *request)
{
    request->reply.allow = http_route_allow(request->route);
    return 204;
}

static unsigned not_allowed(struct request *request, const char *method)
{
    request->reply.allow = http_route_allow(request->route);
    return http_fail(request, 405, "method_not_allowed", "%.16s is not for %.64s; it takes %s",
                     method, request->path, request->reply.allow);
}

/* The status, or HTTP_LATER when a worker has it now. */
static unsigned answer(struct request *request, const char *method)
{
    struct http_shard *shard = request->shard;
    const struct http_route *route = request->route;
    if (!route)
        return http_fail(request, 404, "no_route", "there is nothing at %.128s", request->path);
    if (request->method == HTTP_OPTIONS)
        return options_reply(request);
    if (!(route->methods & request->method))
        return not_allowed(request, method);
    if (request->is_oversized)
        return fail_too_large(request);
    if (request->body.failed)
        return http_fail_busy(request, "nomem", "out of memory just now; try again in a moment");
    unsigned status = route->quick ? route->quick(request, &shard->tools) : HTTP_LATER;
    if (status != HTTP_LATER)
        return status;
    if (http_workers_submit(shard->http->workers, request))
        return HTTP_LATER;
    return http_fail_busy(request, "overloaded", "too many requests wait; try again in a moment");
}

/*
 * The worker may still write into the request, so the answer that tells of the time-out gets one
 * of its own.
 */
static enum MHD_Result respond_timed_out(struct request *request, struct MHD_Connection *connection,
                                         void **con_cls)
{
    struct request *own = http_request_create(request->shard, request->target);
    if (!own)
        return MHD_NO;
    own->conn = request->conn;
    own->route = request->route;
    own->method = request->method;
    own->start_ns = request->start_ns;
    own->is_started = true;
    own->reply.must_close = true;
    own->reply.retry_after_s = 1;
    memcpy(own->id, request->id, sizeof own->id);
    if (request->origin)
        own->origin = ra_arena_strdup(&own->arena, request->origin);
    *con_cls = own;
    http_request_unref(request, NULL);
    return http_respond(own, connection,
                        http_fail(own, 504, "timeout", "the answer took too long"));
}

static enum MHD_Result finish(struct request *request, struct MHD_Connection *connection,
                              const char *method, void **con_cls)
{
    unsigned status;
    switch ((enum http_phase)atomic_load(&request->phase)) {
    case PHASE_RUNNING:
        http_conn_enter(request->conn, CONN_WORK,
                        request->start_ns + request->shard->http->options.request_timeout_ms * MS);
        status = answer(request, method);
        /* Once it is a worker's, the request is not ours to write. */
        return status == HTTP_LATER ? MHD_YES : http_respond(request, connection, status);
    case PHASE_WAITING:
        return MHD_YES;
    case PHASE_ANSWERED:
    case PHASE_TIMED_OUT:
        break;
    }
    http_conn_forget_waiting(request->conn, request->shard);
    if (atomic_load(&request->phase) == PHASE_TIMED_OUT)
        return respond_timed_out(request, connection, con_cls);
    return http_respond(request, connection, request->status);
}

/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's signature */
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_n, void **con_cls)
{
    struct request *request = *con_cls;
    (void)cls;
    (void)url;
    if (!request)
        return MHD_NO;
    if (!request->is_started) {
        request->is_started = true;
        return begin(request, connection, method, version);
    }
    if (*upload_n > 0)
        return take_body(request, upload, upload_n);
    return finish(request, connection, method, con_cls);
}
