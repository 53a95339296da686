/* The table of routes and the API's description say the same. */
#include "check.h"
#include "internal.h"
#include "readalike/embedded.h"
#include "readalike/json.h"

extern const struct ra_embedded ra_http_files[];
extern const size_t ra_http_files_count;

static json_t *read_paths(void)
{
    struct ra_err err = {0};
    for (size_t i = 0; i < ra_http_files_count; i++) {
        const struct ra_embedded *file = &ra_http_files[i];
        if (strcmp(file->name, "openapi.json") != 0)
            continue;
        json_t *api = ra_json_parse((const char *)file->data, file->size, &err);
        assert_non_null(api);
        json_t *paths = json_incref(json_object_get(api, "paths"));
        json_decref(api);
        return paths;
    }
    fail_msg("openapi.json is not built in");
    return NULL;
}

/* "/books/{id}/similar" to "/books/{}/similar" */
static void put_pattern(const char *path, char *out, size_t room)
{
    size_t n = 0;
    for (bool inside = false; *path && n + 1 < room; path++) {
        if (*path == '}')
            inside = false;
        if (!inside)
            out[n++] = *path;
        if (*path == '{')
            inside = true;
    }
    out[n] = '\0';
}

static const json_t *find_path(const json_t *paths, const char *pattern)
{
    const char *path;
    json_t *methods;
    json_object_foreach((json_t *)(uintptr_t)paths, path, methods)
    {
        char as_pattern[128];
        put_pattern(path, as_pattern, sizeof as_pattern);
        if (strcmp(as_pattern, pattern) == 0)
            return methods;
    }
    return NULL;
}

static void every_route_of_the_api_is_described(void **state)
{
    (void)state;
    json_t *paths = read_paths();
    for (size_t i = 0; i < http_n_routes; i++) {
        const struct http_route *route = &http_routes[i];
        if (route->is_page)
            continue;
        const json_t *methods = find_path(paths, route->pattern);
        if (!methods)
            fail_msg("%s is not in openapi.json", route->pattern);
        assert_int_equal(json_object_get(methods, "get") != NULL, (route->methods & HTTP_GET) != 0);
        assert_int_equal(json_object_get(methods, "post") != NULL,
                         (route->methods & HTTP_POST) != 0);
    }
    json_decref(paths);
}

static void everything_described_is_a_route(void **state)
{
    (void)state;
    json_t *paths = read_paths();
    const char *path;
    json_t *methods;
    json_object_foreach(paths, path, methods)
    {
        char pattern[128];
        bool found = false;
        put_pattern(path, pattern, sizeof pattern);
        for (size_t i = 0; i < http_n_routes; i++)
            found =
                found || (!http_routes[i].is_page && strcmp(http_routes[i].pattern, pattern) == 0);
        if (!found)
            fail_msg("%s is described but not served", path);
    }
    json_decref(paths);
}

static void every_route_has_a_handler(void **state)
{
    (void)state;
    for (size_t i = 0; i < http_n_routes; i++)
        assert_true(http_routes[i].quick || http_routes[i].slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_of_the_api_is_described),
        cmocka_unit_test(everything_described_is_a_route),
        cmocka_unit_test(every_route_has_a_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
