/* The request's content as one JSON object, whether it came as a body or as query parameters. */
#include <string.h>

#include "internal.h"
#include "readalike/json.h"
#include "readalike/str.h"

#define FIELDS_MAX 32

static const struct http_field *find_field(const struct http_field *fields, size_t n,
                                           const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

static json_t *whole_value(const struct http_param *param, struct ra_err *err)
{
    int64_t whole;
    if (ra_parse_i64(param->value, &whole))
        return json_integer(whole);
    ra_fail(err, RA_ERR_INVALID, "\"%s\" wants a whole number, not \"%.64s\"", param->name,
            param->value);
    return NULL;
}

static json_t *number_value(const struct http_param *param, struct ra_err *err)
{
    double number;
    if (ra_parse_double(param->value, &number))
        return json_real(number);
    ra_fail(err, RA_ERR_INVALID, "\"%s\" wants a number, not \"%.64s\"", param->name, param->value);
    return NULL;
}

static json_t *bool_value(const struct http_param *param, struct ra_err *err)
{
    bool flag;
    if (ra_parse_bool(param->value, &flag))
        return json_boolean(flag);
    ra_fail(err, RA_ERR_INVALID, "\"%s\" wants true or false, not \"%.64s\"", param->name,
            param->value);
    return NULL;
}

/* "3,17,42" */
static json_t *ids_value(const struct http_param *param, struct ra_err *err)
{
    json_t *ids = json_array();
    for (const char *at = param->value; ids && *at;) {
        char text[24];
        size_t n = strcspn(at, ",");
        int64_t id = 0;
        bool fits = n < sizeof text;
        if (fits) {
            memcpy(text, at, n);
            text[n] = '\0';
        }
        if (!fits || !ra_parse_i64(text, &id)) {
            ra_fail(err, RA_ERR_INVALID, "\"%s\" wants numbers with commas between, not \"%.64s\"",
                    param->name, param->value);
            json_decref(ids);
            return NULL;
        }
        json_array_append_new(ids, json_integer(id));
        at += n + (at[n] == ',');
    }
    return ids;
}

static json_t *param_value(const struct http_field *field, const struct http_param *param,
                           struct ra_err *err)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return json_string(param->value);
    case FIELD_WHOLE:
        return whole_value(param, err);
    case FIELD_NUMBER:
        return number_value(param, err);
    case FIELD_BOOL:
        return bool_value(param, err);
    case FIELD_IDS:
        return ids_value(param, err);
    }
    return NULL;
}

static bool unknown_param(const struct http_field *fields, size_t n, const char *name,
                          struct ra_err *err)
{
    const char *near = ra_str_nearest(name, &fields[0].name, n, sizeof fields[0]);
    return near ? ra_fail(err, RA_ERR_INVALID, "unknown parameter \"%.64s\"; did you mean \"%s\"?",
                          name, near)
                : ra_fail(err, RA_ERR_INVALID, "unknown parameter \"%.64s\"", name);
}

static bool put_param(json_t *object, const struct http_field *fields, size_t n,
                      const struct http_param *param, struct ra_err *err)
{
    const struct http_field *field = find_field(fields, n, param->name);
    if (!field)
        return unknown_param(fields, n, param->name, err);
    json_t *target = object;
    if (field->in_filter) {
        target = json_object_get(object, "filter");
        if (!target) {
            target = json_object();
            json_object_set_new(object, "filter", target);
        }
    }
    if (json_object_get(target, field->name))
        return ra_fail(err, RA_ERR_INVALID, "parameter \"%s\" given twice", field->name);
    json_t *value = param_value(field, param, err);
    if (value && json_object_set_new(target, field->name, value) == 0)
        return true;
    return ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

static json_t *fields_of_query(const struct request *request, const struct http_field *fields,
                               size_t n, struct ra_err *err)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < request->n_params; i++) {
        if (!put_param(object, fields, n, &request->params[i], err)) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

bool http_only_fields(const json_t *object, const struct http_field *fields, size_t n,
                      struct ra_err *err)
{
    const char *names[FIELDS_MAX];
    size_t n_names = 0;
    bool has_filter = false;
    for (size_t i = 0; i < n && n_names < FIELDS_MAX - 1; i++) {
        if (fields[i].in_filter)
            has_filter = true;
        else
            names[n_names++] = fields[i].name;
    }
    if (has_filter)
        names[n_names++] = "filter";
    return ra_json_only(object, names, n_names, err);
}

static json_t *fields_of_body(struct request *request, const struct http_field *fields, size_t n,
                              struct ra_err *err)
{
    if (request->n_params > 0) {
        ra_fail(err, RA_ERR_INVALID,
                "a POST says what it wants in its body; unknown parameter \"%.64s\"",
                request->params[0].name);
        return NULL;
    }
    if (request->body.len == 0) {
        ra_fail(err, RA_ERR_INVALID, "the request has no body; send a JSON object");
        return NULL;
    }
    json_t *object = ra_json_parse(request->body.data, request->body.len, err);
    if (!object)
        return NULL;
    if (!json_is_object(object))
        ra_fail(err, RA_ERR_INVALID, "the body must be a JSON object");
    else if (http_only_fields(object, fields, n, err))
        return object;
    json_decref(object);
    return NULL;
}

json_t *http_request_fields(struct request *request, const struct http_field *fields, size_t n,
                            struct ra_err *err)
{
    return request->method == HTTP_POST ? fields_of_body(request, fields, n, err)
                                        : fields_of_query(request, fields, n, err);
}

bool http_read_whole(const json_t *object, const char *name, int64_t min, int64_t max, int64_t *out,
                     struct ra_err *err)
{
    const json_t *value = json_object_get(object, name);
    if (!value || json_is_null(value))
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return ra_fail(err, RA_ERR_INVALID, "\"%s\" must be a whole number from %lld to %lld", name,
                       (long long)min, (long long)max);
    *out = json_integer_value(value);
    return true;
}

bool http_read_bool(const json_t *object, const char *name, bool *out, struct ra_err *err)
{
    const json_t *value = json_object_get(object, name);
    if (!value || json_is_null(value))
        return true;
    if (!json_is_boolean(value))
        return ra_fail(err, RA_ERR_INVALID, "\"%s\" must be true or false", name);
    *out = json_is_true(value);
    return true;
}

bool http_read_text(const json_t *object, const char *name, const char **out, struct ra_err *err)
{
    const json_t *value = json_object_get(object, name);
    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return ra_fail(err, RA_ERR_INVALID, "\"%s\" must be a string", name);
    *out = json_string_value(value);
    return true;
}

bool http_read_filter(const json_t *object, struct ra_filter *out, struct ra_err *err)
{
    static const char *const names[] = {"author", "language", "year_from", "year_to"};
    const json_t *filter = json_object_get(object, "filter");
    if (!filter || json_is_null(filter))
        return true;
    if (!json_is_object(filter))
        return ra_fail(err, RA_ERR_INVALID, "\"filter\" must be an object");
    int64_t from = 0, to = 0;
    if (!ra_json_only(filter, names, RA_COUNT(names), err) ||
        !http_read_text(filter, "author", &out->author, err) ||
        !http_read_text(filter, "language", &out->language, err) ||
        !http_read_whole(filter, "year_from", -9999, 9999, &from, err) ||
        !http_read_whole(filter, "year_to", -9999, 9999, &to, err))
        return ra_err_wrap(err, "filter");
    if (from && to && from > to)
        return ra_fail(err, RA_ERR_INVALID, "filter: year_from %d is after year_to %d", (int)from,
                       (int)to);
    out->year_from = (int)from;
    out->year_to = (int)to;
    return true;
}

void http_put_filter(struct ra_buf *out, const struct ra_filter *filter)
{
    ra_buf_put_json(out, filter->author);
    ra_buf_put_json(out, filter->language);
    ra_buf_putf(out, "%d,%d", filter->year_from, filter->year_to);
}
