/* GET /popular: what is read most, after a filter. */
#include "internal.h"
#include "readalike/json.h"
#include "readalike/reply.h"
#include "readalike/str.h"

static const struct http_field fields[] = {
    {"k", FIELD_WHOLE, false},      {"author", FIELD_TEXT, true},
    {"language", FIELD_TEXT, true}, {"year_from", FIELD_WHOLE, true},
    {"year_to", FIELD_WHOLE, true},
};

static bool read_ask(json_t *object, struct ra_ask *ask, struct ra_err *err)
{
    int64_t k = 5;
    if (!http_read_whole(object, "k", 1, RA_K_MAX, &k, err) ||
        !http_read_filter(object, &ask->filter, err))
        return false;
    ask->k = (unsigned)k;
    return true;
}

unsigned http_popular(struct request *request, struct http_tools *tools)
{
    struct ra_err err = {0};
    unsigned status = 0;
    struct ra_engine *engine = http_engine(request, tools, &status);
    if (!engine)
        return status;
    struct ra_ask ask = {0};
    json_t *object = http_request_fields(request, fields, RA_COUNT(fields), &err);
    if (!object || !read_ask(object, &ask, &err)) {
        status = http_fail_err(request, &err);
    } else if (http_is_unchanged(request, engine)) {
        status = 304;
    } else if (http_is_long(tools, ra_recommend_filter_cost_us(engine, &ask.filter))) {
        status = HTTP_LATER;
    } else if (ra_recommend_popular(engine, tools->scratch, &ask, tools->answer, &err)) {
        ra_reply_list(engine, "books", tools->answer, &request->reply.body);
        status = http_json(request);
    } else {
        status = http_fail_err(request, &err);
    }
    json_decref(object);
    ra_engine_unref(engine);
    return status;
}
