/*
 * POST /invocations and GET /ping: what SageMaker asks of a container that it hosts, and the bodies
 * that MLflow's scoring server takes. Many questions in one request.
 */
#include <string.h>

#include "internal.h"
#include "readalike/str.h"

#define INSTANCES_MAX 1000

/* Ready to answer, or 503. */
unsigned http_ping(struct request *request, struct http_tools *tools)
{
    unsigned status = 0;
    struct ra_engine *engine = http_engine(request, tools, &status);
    if (!engine)
        return status;
    ra_engine_unref(engine);
    ra_buf_puts(&request->reply.body, "{\"status\":\"ready\"}\n");
    return http_json(request);
}

/* {"dataframe_split": {"columns": ["title", "k"], "data": [["Dune", 5]...]}} as a list of objects.
 */
static json_t *rows_of_split(const json_t *split, struct ra_err *err)
{
    const json_t *columns = json_object_get(split, "columns"),
                 *data = json_object_get(split, "data");
    json_t *rows = json_array();
    bool ok = rows && json_is_array(columns) && json_is_array(data);
    for (size_t i = 0; ok && i < json_array_size(data); i++) {
        const json_t *cells = json_array_get(data, i);
        json_t *row = json_object();
        ok = json_array_append_new(rows, row) == 0 &&
             json_array_size(cells) == json_array_size(columns);
        for (size_t c = 0; ok && c < json_array_size(columns); c++) {
            const char *name = json_string_value(json_array_get(columns, c));
            ok = name && json_object_set(row, name, json_array_get(cells, c)) == 0;
        }
    }
    if (ok)
        return rows;
    json_decref(rows);
    ra_fail(err, RA_ERR_INVALID,
            "\"dataframe_split\" must be {\"columns\": [names], \"data\": [[a value a column]]}");
    return NULL;
}

/* The questions, whichever way the body lists them; a new reference. */
static json_t *read_instances(const json_t *body, struct ra_err *err)
{
    static const char *const names[] = {"instances", "inputs", "dataframe_records",
                                        "dataframe_split"};
    const json_t *found = NULL;
    for (size_t i = 0; i < RA_COUNT(names) && !found; i++)
        found = json_object_get(body, names[i]);
    if (found && found == json_object_get(body, "dataframe_split"))
        return rows_of_split(found, err);
    if (json_is_array(found))
        return json_incref((json_t *)(uintptr_t)found);
    ra_fail(err, RA_ERR_INVALID,
            "say in \"instances\" a list of titles, book ids, or objects as POST /recommend takes");
    return NULL;
}

/* A title, an id, or an object: as the body of a /recommend. A new reference, NULL when it is none
 * of these. */
static json_t *question_of(const json_t *instance)
{
    if (json_is_string(instance))
        return json_pack("{s:O}", "title", instance);
    if (json_is_integer(instance))
        return json_pack("{s:[O]}", "books", instance);
    if (json_is_object(instance))
        return json_incref((json_t *)(uintptr_t)instance);
    return NULL;
}

/* One answer, or what was wrong with the question, behind what is in `out`. */
static void answer_one(struct request *request, struct http_tools *tools, struct ra_engine *engine,
                       const json_t *instance, struct ra_buf *out)
{
    json_t *question = question_of(instance);
    ra_buf_reset(&request->reply.body);
    if (question)
        http_recommend_object(request, tools, engine, question);
    else
        http_fail(
            request, 400, "invalid",
            "an instance is a title, the id of a book, or an object as POST /recommend takes");
    json_decref(question);
    const struct ra_buf *body = &request->reply.body;
    size_t n = body->len;
    while (n && body->data[n - 1] == '\n')
        n--;
    ra_buf_put(out, body->data, n);
    out->failed |= body->failed;
}

static unsigned answer_all(struct request *request, struct http_tools *tools,
                           struct ra_engine *engine, const json_t *instances)
{
    struct ra_buf all;
    ra_buf_init(&all);
    ra_buf_puts(&all, "{\"predictions\":[");
    for (size_t i = 0; i < json_array_size(instances); i++) {
        if (i)
            ra_buf_putc(&all, ',');
        answer_one(request, tools, engine, json_array_get(instances, i), &all);
    }
    ra_buf_puts(&all, "]}\n");
    ra_buf_reset(&request->reply.body);
    ra_buf_put(&request->reply.body, all.data, all.len);
    request->reply.body.failed |= all.failed;
    ra_buf_finish(&all);
    request->reply.retry_after_s = 0;
    return http_json(request);
}

unsigned http_invocations(struct request *request, struct http_tools *tools)
{
    static const struct http_field fields[] = {
        {"instances", FIELD_TEXT, false},
        {"inputs", FIELD_TEXT, false},
        {"dataframe_records", FIELD_TEXT, false},
        {"dataframe_split", FIELD_TEXT, false},
    };
    struct ra_err err = {0};
    unsigned status = 0;
    struct ra_engine *engine = http_engine(request, tools, &status);
    if (!engine)
        return status;
    json_t *body = http_request_fields(request, fields, RA_COUNT(fields), &err);
    json_t *instances = body ? read_instances(body, &err) : NULL;
    if (!instances)
        status = http_fail_err(request, &err);
    else if (json_array_size(instances) > INSTANCES_MAX)
        status = http_fail(request, 400, "invalid", "%d instances in one request at most",
                           INSTANCES_MAX);
    else
        status = answer_all(request, tools, engine, instances);
    json_decref(instances);
    json_decref(body);
    ra_engine_unref(engine);
    return status;
}
