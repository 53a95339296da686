/* Which other sites' pages may read our answers. */
#include <string.h>

#include "internal.h"

static bool is_listed(const char *origins, const char *origin)
{
    size_t n = strlen(origin);
    for (const char *at = origins; *at;) {
        at += strspn(at, " \t");
        size_t word = strcspn(at, " \t");
        if (word == n && memcmp(at, origin, n) == 0)
            return true;
        at += word;
    }
    return false;
}

void http_cors_headers(const struct request *request, struct MHD_Response *response)
{
    const char *origins = request->shard->http->options.cors_origins;
    if (!origins || !*origins)
        return;
    bool is_any = strcmp(origins, "*") == 0;
    if (!is_any)
        (void)MHD_add_response_header(response, "Vary", "Origin");
    if (!request->origin || (!is_any && !is_listed(origins, request->origin)))
        return;
    (void)MHD_add_response_header(response, "Access-Control-Allow-Origin",
                                  is_any ? "*" : request->origin);
    (void)MHD_add_response_header(response, "Access-Control-Expose-Headers",
                                  "X-Request-Id, Retry-After");
    if (request->method != HTTP_OPTIONS)
        return;
    (void)MHD_add_response_header(response, "Access-Control-Allow-Methods",
                                  "GET, HEAD, POST, OPTIONS");
    (void)MHD_add_response_header(response, "Access-Control-Allow-Headers",
                                  "Content-Type, X-Request-Id");
    (void)MHD_add_response_header(response, "Access-Control-Max-Age", "600");
}

bool http_cors_check(const char *origins, struct ra_err *err)
{
    if (!origins || !*origins || strcmp(origins, "*") == 0)
        return true;
    for (const char *at = origins; *at;) {
        at += strspn(at, " \t");
        size_t n = strcspn(at, " \t");
        if (n == 0)
            break;
        const char *host = NULL;
        if (strncmp(at, "http://", 7) == 0)
            host = at + 7;
        else if (strncmp(at, "https://", 8) == 0)
            host = at + 8;
        if (!host || host >= at + n || memchr(host, '/', (size_t)(at + n - host)))
            return ra_fail(err, RA_ERR_INVALID,
                           "http.cors: \"%.*s\" is not an origin such as https://example.org (no "
                           "path, no trailing slash)",
                           (int)(n < 100 ? n : 100), at);
        at += n;
    }
    return true;
}
