/* Replies: the one place that sends, the one error shape, the one table from codes to statuses. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "internal.h"
#include "readalike/clock.h"
#include "readalike/hash.h"
#include "readalike/log.h"
#include "readalike/model.h"

/* Below this, compressing costs more time than it saves on the wire (one or two packets). */
#define GZIP_FROM_BYTES 4096

static unsigned status_of(enum ra_code code)
{
    switch (code) {
    case RA_OK:
        return 200;
    case RA_ERR_INVALID:
        return 400;
    case RA_ERR_NOT_FOUND:
        return 404;
    case RA_ERR_CONFLICT:
        return 409;
    case RA_ERR_TIMEOUT:
        return 504;
    case RA_ERR_NOMEM:
    case RA_ERR_UNAVAILABLE:
        return 503;
    case RA_ERR_IO:
    case RA_ERR_CORRUPT:
    case RA_CODE_COUNT:
        return 500;
    }
    return 500;
}

static unsigned put_error(struct request *request, unsigned status, const char *code,
                          const char *text)
{
    struct ra_buf *out = &request->reply.body;
    ra_buf_reset(out);
    ra_buf_puts(out, "{\"error\":");
    ra_buf_put_json(out, text);
    ra_buf_puts(out, ",\"code\":");
    ra_buf_put_json(out, code);
    ra_buf_puts(out, ",\"request_id\":");
    ra_buf_put_json(out, request->id);
    ra_buf_putc(out, '}');
    request->reply.ready = NULL;
    request->reply.type = HTTP_JSON;
    request->reply.cache_control = NULL;
    request->reply.etag[0] = '\0';
    return status;
}

unsigned http_fail(struct request *request, unsigned status, const char *code, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return put_error(request, status, code, text);
}

/* What is the caller's doing is said to them; what is ours goes to the log, once a second at most.
 */
unsigned http_fail_err(struct request *request, const struct ra_err *err)
{
    unsigned status = status_of(err->code);
    if (status < 500)
        return put_error(request, status, ra_code_name(err->code), err->text);
    struct ra_http *http = request->shard->http;
    int64_t now = ra_clock_unix();
    if (atomic_exchange(&http->last_warning_s, now) != now)
        ra_log(RA_WARN, request->id, "request failed status=%u path=%s error=%s", status,
               request->path, err->text);
    if (status == 500)
        return put_error(request, status, "internal", "something went wrong on our side");
    request->reply.retry_after_s = 1;
    const char *text = err->code == RA_ERR_NOMEM ? "out of memory just now; try again in a moment"
                                                 : "the store does not answer; try again in a "
                                                   "moment";
    return put_error(request, status, ra_code_name(err->code), text);
}

unsigned http_fail_busy(struct request *request, const char *code, const char *text)
{
    request->reply.retry_after_s = 1;
    return put_error(request, 503, code, text);
}

unsigned http_json(struct request *request)
{
    if (request->reply.body.failed)
        return http_fail(request, 503, "nomem", "out of memory just now; try again in a moment");
    request->reply.type = HTTP_JSON;
    request->reply.may_gzip = true;
    return 200;
}

bool http_etag_matches(const char *if_none_match, const char *etag)
{
    if (!if_none_match || !*etag)
        return false;
    if (strcmp(if_none_match, "*") == 0)
        return true;
    const char *opaque = strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
    return strstr(if_none_match, opaque) != NULL;
}

/* W/"...": weak, for the same answer may be sent compressed or not. */
static void put_etag(struct http_reply *reply, uint64_t mark)
{
    static const char digits[] = "0123456789abcdef";
    char *at = reply->etag;
    memcpy(at, "W/\"", 3);
    at += 3;
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = digits[mark >> shift & 15];
    memcpy(at, "\"", 2);
}

bool http_is_unchanged(struct request *request, const struct ra_engine *engine)
{
    if (request->method != HTTP_GET)
        return false;
    /* The build is part of it, for a new program may render the same model in another way. */
    const char *version = ra_model_version(ra_engine_model(engine));
    uint64_t mark = ra_hash64(version, strlen(version), request->shard->http->build_hash);
    put_etag(&request->reply, mark);
    request->reply.cache_control = "no-cache";
    return http_etag_matches(request->if_none_match, request->reply.etag);
}

/* False when there is no memory for it: then it goes uncompressed. */
static bool gzip_body(struct request *request, const void **data, size_t *n)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t bound = deflateBound(&stream, *n);
    unsigned char *out = ra_arena_alloc(&request->arena, bound);
    bool ok = out && bound <= UINT32_MAX;
    if (ok) {
        stream.next_in = (unsigned char *)(uintptr_t)*data;
        stream.avail_in = (unsigned)*n;
        stream.next_out = out;
        stream.avail_out = (unsigned)bound;
        ok = deflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out < *n;
    }
    if (ok) {
        *data = out;
        *n = stream.total_out;
    }
    deflateEnd(&stream);
    return ok;
}

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    /* Fails when out of memory or for a malformed value; the answer is still right without. */
    (void)MHD_add_response_header(response, name, value);
}

static void add_headers(const struct request *request, struct MHD_Response *response,
                        bool is_gzipped)
{
    const struct http_reply *reply = &request->reply;
    if (reply->type)
        add(response, "Content-Type", reply->type);
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "X-Request-Id", request->id);
    add(response, "Cache-Control", reply->cache_control ? reply->cache_control : "no-store");
    if (*reply->etag)
        add(response, "ETag", reply->etag);
    if (is_gzipped)
        add(response, "Content-Encoding", "gzip");
    if (reply->may_gzip)
        add(response, "Vary", "Accept-Encoding");
    if (reply->allow)
        add(response, "Allow", reply->allow);
    if (reply->csp) {
        add(response, "Content-Security-Policy", reply->csp);
        add(response, "Referrer-Policy", "no-referrer");
        add(response, "X-Frame-Options", "DENY");
        add(response, "Cross-Origin-Opener-Policy", "same-origin");
    }
    if (reply->retry_after_s) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
        add(response, "Retry-After", seconds);
    }
    if (reply->must_close ||
        atomic_load_explicit(&request->shard->http->is_draining, memory_order_relaxed))
        add(response, "Connection", "close");
    http_cors_headers(request, response);
}

enum MHD_Result http_respond(struct request *request, struct MHD_Connection *connection,
                             unsigned status)
{
    struct http_reply *reply = &request->reply;
    if (reply->body.failed && !reply->ready) {
        ra_buf_reset(&reply->body);
        status = 503;
    }
    const void *data = reply->ready ? reply->ready : reply->body.data;
    size_t n = reply->ready ? reply->ready_n : reply->body.len;
    if (status == 304 || status == 204)
        n = 0;
    bool is_gzipped = reply->is_gzipped;
    if (!is_gzipped && reply->may_gzip && n >= GZIP_FROM_BYTES && request->accepts_gzip)
        is_gzipped = gzip_body(request, &data, &n);
    /* Persistent: the request, and its buffers with it, lives until MHD says it is completed. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        n, (void *)(uintptr_t)(n ? data : ""), MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    add_headers(request, response, is_gzipped);
    request->status = status;
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}
