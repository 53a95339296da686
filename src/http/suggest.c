/* GET and POST /suggest: the books that what was typed so far may mean. */
#include <string.h>

#include "internal.h"
#include "readalike/json.h"
#include "readalike/reply.h"
#include "readalike/str.h"

#define N_DEFAULT 7
#define N_MAX 50

static const struct http_field fields[] = {
    {"q", FIELD_TEXT, false},         {"n", FIELD_WHOLE, false},
    {"author", FIELD_TEXT, true},     {"language", FIELD_TEXT, true},
    {"year_from", FIELD_WHOLE, true}, {"year_to", FIELD_WHOLE, true},
};

struct ask {
    const char *q;
    int64_t n;
    struct ra_filter filter;
};

static bool read_ask(json_t *object, struct ask *ask, struct ra_err *err)
{
    ask->n = N_DEFAULT;
    if (!http_read_text(object, "q", &ask->q, err) ||
        !http_read_whole(object, "n", 1, N_MAX, &ask->n, err) ||
        !http_read_filter(object, &ask->filter, err))
        return false;
    return ask->q || ra_fail(err, RA_ERR_INVALID, "say in \"q\" what was typed");
}

static unsigned reply(struct request *request, struct http_tools *tools,
                      const struct ra_engine *engine, const struct ask *ask)
{
    struct ra_err err = {0};
    struct ra_title_hit hits[N_MAX];
    size_t n = 0;
    if (http_is_long(tools, ra_recommend_filter_cost_us(engine, &ask->filter)))
        return HTTP_LATER;
    const struct ra_typed typed = {
        .text = ask->q, .n = strlen(ask->q), .filter = &ask->filter, .max = (size_t)ask->n};
    if (!ra_recommend_suggest(engine, tools->scratch, &typed, hits, &n, &err))
        return http_fail_err(request, &err);
    ra_reply_suggest(engine, ra_scratch_title(tools->scratch), typed.text, typed.n, hits, n,
                     &request->reply.body);
    return http_json(request);
}

unsigned http_suggest(struct request *request, struct http_tools *tools)
{
    struct ra_err err = {0};
    unsigned status = 0;
    struct ra_engine *engine = http_engine(request, tools, &status);
    if (!engine)
        return status;
    struct ask ask = {0};
    json_t *object = http_request_fields(request, fields, RA_COUNT(fields), &err);
    if (!object || !read_ask(object, &ask, &err))
        status = http_fail_err(request, &err);
    else if (http_is_unchanged(request, engine))
        status = 304;
    else
        status = reply(request, tools, engine, &ask);
    json_decref(object);
    ra_engine_unref(engine);
    return status;
}
