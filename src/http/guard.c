/*
 * What libmicrohttpd lets through and must not reach a handler: framing that two servers could read
 * differently (request smuggling), names and values that are not what they seem. RFC 9112.
 */
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "readalike/str.h"

struct headers {
    struct request *request;
    struct ra_err *err;
    const char *at; /* where the next line must begin */
    unsigned n_length, n_encoding, n_host;
    bool is_chunked;
};

static bool is_token(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return n > 0;
}

static bool has_control(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/*
 * libmicrohttpd ends a header line by overwriting CR LF with two NULs and leaves it where it came
 * in. So in a proper header each name follows the end of the line before. Where it does not, a line
 * had a NUL inside, ended in a bare LF, was folded (and moved) or had no name (and was dropped).
 */
static bool is_in_place(struct headers *headers, const char *name, const char *value, size_t n)
{
    bool follows = name == headers->at;
    headers->at = value + n + 2;
    return follows && value[n] == '\0' && value[n + 1] == '\0';
}

static bool read_length(struct headers *headers, const char *value)
{
    for (const char *at = value; *at; at++) {
        if (*at < '0' || *at > '9')
            return ra_fail(headers->err, RA_ERR_INVALID, "Content-Length is not a number");
    }
    if (++headers->n_length > 1)
        return ra_fail(headers->err, RA_ERR_INVALID, "two Content-Length headers");
    return ra_parse_u64(value, &headers->request->content_length) ||
           ra_fail(headers->err, RA_ERR_INVALID, "Content-Length is not a number");
}

static bool read_encoding(struct headers *headers, const char *value)
{
    if (++headers->n_encoding > 1)
        return ra_fail(headers->err, RA_ERR_INVALID, "two Transfer-Encoding headers");
    headers->is_chunked = strcasecmp(value, "chunked") == 0;
    return headers->is_chunked ||
           ra_fail(headers->err, RA_ERR_INVALID, "only the transfer coding \"chunked\" is known");
}

static bool read_host(struct headers *headers, const char *value)
{
    if (++headers->n_host > 1)
        return ra_fail(headers->err, RA_ERR_INVALID, "two Host headers");
    return strpbrk(value, " \t/@,\"<>\\") == NULL ||
           ra_fail(headers->err, RA_ERR_INVALID, "the Host header is not a host");
}

static bool wants_gzip(const char *value)
{
    const char *at = strcasestr(value, "gzip");
    if (!at)
        return false;
    at += 4;
    at += strspn(at, " \t");
    if (*at != ';')
        return true;
    const char *q = at + 1 + strspn(at + 1, " \t");
    if (strncasecmp(q, "q=0", 3) != 0)
        return true;
    q += 3;
    return q[strspn(q, ".0")] >= '1' && q[strspn(q, ".0")] <= '9';
}

/* An id of the client's own is kept when it cannot hurt a log or a header. */
static bool is_fit_id(const char *value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = value[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_plain && !strchr("-_.", c))
            return false;
    }
    return n > 0 && n <= 64;
}

/* Values live as long as the request's turn on the polling thread; workers need copies. */
static bool read_known(struct headers *headers, const char *name, const char *value, size_t n)
{
    struct request *request = headers->request;
    switch (name[0] | 0x20) {
    case 'c':
        return strcasecmp(name, "Content-Length") != 0 || read_length(headers, value);
    case 't':
        return strcasecmp(name, "Transfer-Encoding") != 0 || read_encoding(headers, value);
    case 'h':
        return strcasecmp(name, "Host") != 0 || read_host(headers, value);
    case 'a':
        if (strcasecmp(name, "Accept-Encoding") == 0)
            request->accepts_gzip |= wants_gzip(value);
        return true;
    case 'i':
        if (strcasecmp(name, "If-None-Match") == 0)
            request->if_none_match = ra_arena_strndup(&request->arena, value, n);
        return true;
    case 'o':
        if (strcasecmp(name, "Origin") == 0)
            request->origin = ra_arena_strndup(&request->arena, value, n);
        return true;
    case 'x':
        if (strcasecmp(name, "X-Request-Id") == 0 && is_fit_id(value, n))
            request->given_id = ra_arena_strndup(&request->arena, value, n);
        return true;
    default:
        return true;
    }
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                 size_t name_n, const char *value, size_t n)
{
    struct headers *headers = cls;
    (void)kind;
    if (!is_token(name, name_n))
        return ra_fail(headers->err, RA_ERR_INVALID, "a header's name is not a token") ? MHD_YES
                                                                                       : MHD_NO;
    if (!value || !is_in_place(headers, name, value, n)) {
        ra_fail(headers->err, RA_ERR_INVALID,
                "a header line is folded, has no name, or does not end with CR LF");
        return MHD_NO;
    }
    if (has_control(value, n)) {
        ra_fail(headers->err, RA_ERR_INVALID, "a header has a control character");
        return MHD_NO;
    }
    return read_known(headers, name, value, n) ? MHD_YES : MHD_NO;
}

static bool check_target(const char *target, struct ra_err *err)
{
    if (!target || target[0] != '/')
        return ra_fail(err, RA_ERR_INVALID, "the request's target must be a path");
    for (const char *at = target; *at; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return ra_fail(err, RA_ERR_INVALID, "the request's target has a control character");
    }
    return true;
}

static bool check_line(const struct request *request, const char *method, const char *version,
                       struct ra_err *err)
{
    if (!is_token(method, strlen(method)))
        return ra_fail(err, RA_ERR_INVALID, "the request's method is not a token");
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return ra_fail(err, RA_ERR_INVALID, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    if (request->is_cut)
        return ra_fail(err, RA_ERR_INVALID, "the request's target has a control character");
    return check_target(request->target, err);
}

bool http_guard(struct request *request, struct MHD_Connection *connection, const char *method,
                const char *version, struct ra_err *err)
{
    if (!check_line(request, method, version, err))
        return false;
    struct headers headers = {.request = request, .err = err, .at = version + strlen(version) + 2};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &headers);
    if (err->code != RA_OK)
        return false;
    if (headers.at[0] || headers.at[1])
        return ra_fail(err, RA_ERR_INVALID, "the header does not end with an empty line");
    bool is_1_0 = strcmp(version, "HTTP/1.0") == 0;
    if (headers.n_host == 0 && !is_1_0)
        return ra_fail(err, RA_ERR_INVALID, "no Host header");
    if (headers.n_length && headers.n_encoding)
        return ra_fail(err, RA_ERR_INVALID, "both Content-Length and Transfer-Encoding");
    if (headers.n_encoding && is_1_0)
        return ra_fail(err, RA_ERR_INVALID, "HTTP/1.0 has no Transfer-Encoding");
    if (request->given_id)
        memcpy(request->id, request->given_id, strlen(request->given_id) + 1);
    return true;
}
