/* One request as the handlers see it: memory, the decoded target, the path and query. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "readalike/clock.h"
#include "readalike/str.h"

#define ARENA_BLOCK (8 * 1024)
#define ARENA_LIMIT (4 * 1024 * 1024)
#define KEEP_BODY_BYTES (256 * 1024) /* larger buffers are not kept between requests */
#define FREE_REQUESTS_MAX 256

static struct request *create_fresh(void)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    ra_arena_init(&request->arena, ARENA_BLOCK, ARENA_LIMIT);
    ra_buf_init(&request->body);
    ra_buf_init(&request->reply.body);
    return request;
}

static void destroy(struct request *request)
{
    ra_arena_finish(&request->arena);
    ra_buf_finish(&request->body);
    ra_buf_finish(&request->reply.body);
    free(request);
}

static void put_id(struct request *request)
{
    static const char digits[] = "0123456789abcdef";
    struct http_shard *shard = request->shard;
    uint64_t serial = shard->serial++ * shard->http->n_shards + shard->ix;
    memcpy(request->id, shard->http->instance, 8);
    request->id[8] = '-';
    for (int i = 0; i < 10; i++)
        request->id[9 + i] = digits[serial >> (36 - 4 * i) & 15];
    request->id[19] = '\0';
}

struct request *http_request_create(struct http_shard *shard, const char *target)
{
    struct request *request = shard->free_requests;
    if (request) {
        shard->free_requests = request->next;
        shard->n_free--;
    } else {
        request = create_fresh();
    }
    if (!request)
        return NULL;
    request->shard = shard;
    atomic_store_explicit(&request->refs, 1, memory_order_relaxed);
    atomic_store_explicit(&request->phase, PHASE_RUNNING, memory_order_relaxed);
    request->start_ns = ra_clock_ns();
    put_id(request);
    request->target = ra_arena_strdup(&request->arena, target);
    return request;
}

struct request *http_request_ref(struct request *request)
{
    atomic_fetch_add_explicit(&request->refs, 1, memory_order_relaxed);
    return request;
}

/* Back to zero, but for the memory that the next request can use. */
static void recycle(struct request *request)
{
    struct ra_arena arena = request->arena;
    struct ra_buf body = request->body, reply = request->reply.body;
    ra_arena_reset(&arena);
    ra_buf_reset(&body);
    ra_buf_reset(&reply);
    memset(request, 0, sizeof *request);
    request->arena = arena;
    request->body = body;
    request->reply.body = reply;
}

void http_request_unref(struct request *request, struct http_shard *shard)
{
    if (!request || atomic_fetch_sub_explicit(&request->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (!shard || shard->n_free == FREE_REQUESTS_MAX || request->body.cap > KEEP_BODY_BYTES ||
        request->reply.body.cap > KEEP_BODY_BYTES) {
        destroy(request);
        return;
    }
    recycle(request);
    request->next = shard->free_requests;
    shard->free_requests = request;
    shard->n_free++;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A decoded copy of `n` bytes. A path keeps its '+', a query means blanks by them. */
static char *decode(struct request *request, const char *text, size_t n, bool is_query,
                    struct ra_err *err)
{
    char *out = ra_arena_alloc(&request->arena, n + 1);
    if (!out) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0 || high * 16 + low == 0) {
                ra_fail(err, RA_ERR_INVALID, "the address has a wrong %%-escape");
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_query) {
            c = ' ';
        }
        out[at++] = c;
    }
    out[at] = '\0';
    if (ra_utf8_valid(out, at))
        return out;
    ra_fail(err, RA_ERR_INVALID, "the address is not valid UTF-8");
    return NULL;
}

static bool add_param(struct request *request, const char *text, size_t n, struct ra_err *err)
{
    if (n == 0)
        return true;
    if (request->n_params == HTTP_PARAMS_MAX)
        return ra_fail(err, RA_ERR_INVALID, "more than %d parameters", HTTP_PARAMS_MAX);
    const char *equals = memchr(text, '=', n);
    size_t name_n = equals ? (size_t)(equals - text) : n;
    struct http_param *param = &request->params[request->n_params];
    param->name = decode(request, text, name_n, true, err);
    param->value = equals ? decode(request, equals + 1, n - name_n - 1, true, err) : "";
    if (!param->name || !param->value)
        return false;
    request->n_params++;
    return true;
}

bool http_request_parse(struct request *request, struct ra_err *err)
{
    if (!request->target)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    size_t path_n = strcspn(request->target, "?");
    request->path = decode(request, request->target, path_n, false, err);
    if (!request->path)
        return false;
    const char *at = request->target + path_n;
    while (*at) {
        at++; /* the '?' or '&' */
        size_t n = strcspn(at, "&");
        if (!add_param(request, at, n, err))
            return false;
        at += n;
    }
    return true;
}
