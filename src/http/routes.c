/* The table of routes: what is served, by whom, and on which kind of thread. */
#include <string.h>

#include "internal.h"
#include "readalike/str.h"

/* clang-format off */
const struct http_route http_routes[] = {
    /* methods            path                  polling thread   worker               page */
    {HTTP_GET | HTTP_POST, "/recommend",         http_recommend,  http_recommend,      false},
    {HTTP_GET | HTTP_POST, "/suggest",           http_suggest,    http_suggest,        false},
    {HTTP_GET,             "/books",             NULL,            http_books,          false},
    {HTTP_GET,             "/books/{}",          http_book,       http_book_stored,    false},
    {HTTP_GET,             "/books/{}/similar",  http_similar,    http_similar,        false},
    {HTTP_GET,             "/popular",           http_popular,    http_popular,        false},
    {HTTP_GET,             "/latest",            NULL,            http_latest,         false},
    {HTTP_GET,             "/shelves/{}/continue", NULL,         http_shelf_continue, false},
    {HTTP_POST,            "/invocations",       NULL,            http_invocations,    false},
    {HTTP_GET,             "/ping",              http_ping,       NULL,                false},
    {HTTP_GET,             "/healthz",           http_healthz,    NULL,                false},
    {HTTP_GET,             "/readyz",            http_readyz,     NULL,                false},
    {HTTP_GET,             "/metrics",           http_metrics,    NULL,                false},
    {HTTP_GET,             "/version",           http_version,    NULL,                false},
    {HTTP_GET,             "/openapi.json",      http_openapi,    NULL,                false},
    {HTTP_GET,             "/site.json",         http_site,       NULL,                false},
    {HTTP_GET,             "/docs",              http_docs,       NULL,                true},
    {HTTP_GET,             "/",                  http_page,       NULL,                true},
    {HTTP_GET,             "/index.html",        http_page,       NULL,                true},
    {HTTP_GET,             "/book/{}",           http_page,       NULL,                true},
    {HTTP_GET,             "/assets/{path}",     http_asset,      NULL,                true},
};
/* clang-format on */
const size_t http_n_routes = RA_COUNT(http_routes);
_Static_assert(RA_COUNT(http_routes) <= HTTP_ROUTES_MAX, "the counters have a row a route");

/* Whether the path is of the pattern; what stands for "{}" goes to `out_argument`. */
static bool matches(const char *pattern, const char *path, const char **out_argument, size_t *out_n)
{
    while (*pattern) {
        if (strcmp(pattern, "{path}") == 0) {
            *out_argument = path;
            *out_n = strlen(path);
            return *out_n > 0;
        }
        if (*pattern == '{') {
            size_t n = strcspn(path, "/");
            if (n == 0)
                return false;
            *out_argument = path;
            *out_n = n;
            path += n;
            pattern += 2;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

const struct http_route *http_route_find(struct request *request)
{
    for (size_t i = 0; i < http_n_routes; i++) {
        const char *argument = NULL;
        size_t n = 0;
        if (!matches(http_routes[i].pattern, request->path, &argument, &n))
            continue;
        request->argument = argument ? ra_arena_strndup(&request->arena, argument, n) : NULL;
        return argument && !request->argument ? NULL : &http_routes[i];
    }
    return NULL;
}

unsigned http_route_index(const struct http_route *route)
{
    return route ? (unsigned)(route - http_routes) : HTTP_ROUTES_MAX;
}

const char *http_route_allow(const struct http_route *route)
{
    if (route->methods == HTTP_POST)
        return "POST, OPTIONS";
    return route->methods & HTTP_POST ? "GET, HEAD, POST, OPTIONS" : "GET, HEAD, OPTIONS";
}
