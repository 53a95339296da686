/* Strict JSON in: one value, limits on, unknown fields named. */
#include "readalike/json.h"

#include <string.h>

#include "readalike/str.h"

#define MAX_DEPTH 32

/* jansson recurses to 2048; count brackets outside strings before it starts. */
static bool too_deep(const char *text, size_t n)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH)
                return true;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return false;
}

json_t *ra_json_parse(const char *text, size_t n, struct ra_err *err)
{
    if (too_deep(text, n)) {
        ra_fail(err, RA_ERR_INVALID, "JSON nested deeper than %d levels", MAX_DEPTH);
        return NULL;
    }
    json_error_t at;
    json_t *value = json_loadb(text, n, JSON_REJECT_DUPLICATES, &at);
    if (!value)
        ra_fail(err, RA_ERR_INVALID, "not valid JSON at line %d, column %d: %s", at.line, at.column,
                at.text);
    return value;
}

static bool is_among(const char *key, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(key, names[i]) == 0)
            return true;
    }
    return false;
}

bool ra_json_only(const json_t *object, const char *const *names, size_t n, struct ra_err *err)
{
    /* jansson's iterators take a non-const object, but only read it. */
    json_t *readable = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(readable); at; at = json_object_iter_next(readable, at)) {
        const char *key = json_object_iter_key(at);
        if (is_among(key, names, n))
            continue;
        const char *near = ra_str_nearest(key, names, n, sizeof *names);
        return near ? ra_fail(err, RA_ERR_INVALID, "unknown field \"%.64s\"; did you mean \"%s\"?",
                              key, near)
                    : ra_fail(err, RA_ERR_INVALID, "unknown field \"%.64s\"", key);
    }
    return true;
}
