/* The catalogue: /books, /books/{id}, /books/{id}/similar, /latest. */
#include <math.h>
#include <string.h>

#include "internal.h"
#include "readalike/book.h"
#include "readalike/cache.h"
#include "readalike/json.h"
#include "readalike/model.h"
#include "readalike/reply.h"
#include "readalike/store.h"
#include "readalike/str.h"

#define LIMIT_MAX 100
#define OFFSET_MAX 10000

static bool read_id(struct request *request, int64_t *out_id, unsigned *out_status)
{
    if (ra_parse_i64(request->argument, out_id) && *out_id > 0)
        return true;
    *out_status = http_fail(request, 404, "unknown_book",
                            "no book \"%.32s\"; a book's id is a "
                            "number",
                            request->argument);
    return false;
}

static bool refuse_params(struct request *request, unsigned *out_status)
{
    if (request->n_params == 0)
        return false;
    *out_status =
        http_fail(request, 400, "invalid", "unknown parameter \"%.64s\"", request->params[0].name);
    return true;
}

/* From the model's card while it has one, so that it works without the store. */
unsigned http_book(struct request *request, struct http_tools *tools)
{
    int64_t id;
    uint32_t item_ix;
    unsigned status = HTTP_LATER;
    if (!read_id(request, &id, &status) || refuse_params(request, &status))
        return status;
    struct ra_engine *engine = ra_live_get(tools->http->live);
    if (engine && ra_model_find_item(ra_engine_model(engine), id, &item_ix)) {
        if (http_is_unchanged(request, engine)) {
            status = 304;
        } else {
            ra_reply_book(engine, item_ix, &request->reply.body);
            status = http_json(request);
        }
    }
    ra_engine_unref(engine);
    return status;
}

static void put_text(struct ra_buf *out, const char *name, const char *text)
{
    ra_buf_putf(out, ",\"%s\":", name);
    ra_buf_put_json(out, text);
}

/* The same members in the same order as a card of the model file (docs/model-file.md). */
static bool put_book(void *ctx, const struct ra_book *book, struct ra_err *err)
{
    struct ra_buf *out = ctx;
    (void)err;
    if (out->len && out->data[out->len - 1] == '}')
        ra_buf_putc(out, ',');
    ra_buf_putf(out, "{\"id\":%lld", (long long)book->id);
    put_text(out, "isbn", book->isbn);
    put_text(out, "title", book->title);
    put_text(out, "author", book->author);
    ra_buf_puts(out, ",\"year\":");
    if (book->year)
        ra_buf_put_i64(out, book->year);
    else
        ra_buf_puts(out, "null");
    put_text(out, "image_url", book->image_url);
    ra_buf_puts(out, ",\"average_rating\":");
    ra_buf_put_json_double(out, book->average_rating, 3);
    ra_buf_putf(out, ",\"rating_count\":%lld", (long long)book->rating_count);
    put_text(out, "publisher", book->publisher);
    put_text(out, "language", book->language);
    put_text(out, "tags", book->tags);
    ra_buf_putc(out, '}');
    return true;
}

static struct ra_store *open_store(struct request *request, struct http_tools *tools,
                                   unsigned *out_status)
{
    struct ra_store *store = atomic_load(&tools->http->store);
    if (!store)
        *out_status = http_fail_busy(request, "store_down", "the store is not open yet");
    return store;
}

unsigned http_book_stored(struct request *request, struct http_tools *tools)
{
    struct ra_err err = {0};
    unsigned status = 0;
    int64_t id;
    struct ra_store *store = open_store(request, tools, &status);
    if (!store || !read_id(request, &id, &status))
        return status;
    if (ra_store_get_book(store, id, put_book, &request->reply.body, &err))
        return http_json(request);
    return err.code == RA_ERR_NOT_FOUND
               ? http_fail(request, 404, "unknown_book", "no book %lld", (long long)id)
               : http_fail_err(request, &err);
}

static unsigned put_similar(struct request *request, struct http_tools *tools,
                            struct ra_engine *engine, struct ra_ask *ask)
{
    struct ra_err err = {0};
    if (http_is_long(tools, ra_recommend_cost_us(engine, ask)))
        return HTTP_LATER;
    if (!ra_recommend(engine, tools->scratch, ask, tools->answer, &err))
        return http_fail_err(request, &err);
    ra_reply_list(engine, "similar", tools->answer, &request->reply.body);
    return http_json(request);
}

static unsigned similar_to(struct request *request, struct http_tools *tools,
                           struct ra_engine *engine, int64_t id)
{
    static const struct http_field fields[] = {
        {"k", FIELD_WHOLE, false},      {"author", FIELD_TEXT, true},
        {"language", FIELD_TEXT, true}, {"year_from", FIELD_WHOLE, true},
        {"year_to", FIELD_WHOLE, true},
    };
    struct ra_err err = {0};
    struct ra_liked liked = {.rating = NAN};
    struct ra_ask ask = {.liked = &liked, .n_liked = 1, .by_likeness = true};
    int64_t k = 5;
    if (!ra_model_find_item(ra_engine_model(engine), id, &liked.item_ix))
        return http_fail(request, 404, "unknown_book", "the model knows no book %lld",
                         (long long)id);
    json_t *object = http_request_fields(request, fields, RA_COUNT(fields), &err);
    unsigned status;
    if (!object || !http_read_whole(object, "k", 1, RA_K_MAX, &k, &err) ||
        !http_read_filter(object, &ask.filter, &err)) {
        status = http_fail_err(request, &err);
    } else if (http_is_unchanged(request, engine)) {
        status = 304;
    } else {
        ask.k = (unsigned)k;
        status = put_similar(request, tools, engine, &ask);
    }
    json_decref(object);
    return status;
}

unsigned http_similar(struct request *request, struct http_tools *tools)
{
    int64_t id;
    unsigned status = 0;
    if (!read_id(request, &id, &status))
        return status;
    struct ra_engine *engine = http_engine(request, tools, &status);
    if (!engine)
        return status;
    status = similar_to(request, tools, engine, id);
    ra_engine_unref(engine);
    return status;
}

static bool read_order(const json_t *object, enum ra_book_order *out, struct ra_err *err)
{
    static const char *const names[] = {
        [RA_BOOKS_BY_ID] = "id", [RA_BOOKS_LATEST] = "latest", [RA_BOOKS_BY_TITLE] = "title"};
    const char *name = NULL;
    if (!http_read_text(object, "sort", &name, err) || !name)
        return err->code == RA_OK;
    for (size_t i = 0; i < RA_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum ra_book_order)i;
            return true;
        }
    }
    return ra_fail(err, RA_ERR_INVALID, "\"sort\" must be id, latest or title, not \"%.32s\"",
                   name);
}

static bool read_query(const json_t *object, struct ra_book_query *query, struct ra_err *err)
{
    struct ra_filter filter = {0};
    int64_t limit = 20, offset = 0;
    if (!http_read_text(object, "q", &query->text, err) ||
        !http_read_filter(object, &filter, err) ||
        !http_read_whole(object, "limit", 1, LIMIT_MAX, &limit, err) ||
        !http_read_whole(object, "offset", 0, OFFSET_MAX, &offset, err) ||
        !read_order(object, &query->order, err))
        return false;
    query->author = filter.author;
    query->language = filter.language;
    query->year_from = filter.year_from;
    query->year_to = filter.year_to;
    query->limit = (unsigned)limit;
    query->offset = (unsigned)offset;
    return true;
}

/* What the answer depends on, with the catalogue's revision: a change of any book is a new key. */
static void put_key(struct ra_buf *key, uint64_t revision, const struct ra_book_query *query)
{
    const struct ra_filter filter = {
        .author = query->author,
        .language = query->language,
        .year_from = query->year_from,
        .year_to = query->year_to,
    };
    ra_buf_putf(key, "books\n%llu\n%d,%u,%u\n", (unsigned long long)revision, (int)query->order,
                query->limit, query->offset);
    ra_buf_put_json(key, query->text);
    http_put_filter(key, &filter);
}

static bool list_books(struct ra_store *store, struct ra_cache *cache,
                       const struct ra_book_query *query, struct ra_buf *out, struct ra_err *err)
{
    uint64_t revision;
    if (!ra_store_catalogue_revision(store, &revision, err))
        return false;
    struct ra_buf key;
    ra_buf_init(&key);
    put_key(&key, revision, query);
    bool ok = cache && !key.failed && ra_cache_get(cache, key.data, key.len, out);
    if (!ok) {
        ra_buf_puts(out, "{\"books\":[");
        ok = ra_store_find_books(store, query, put_book, out, err);
        ra_buf_putf(out, "],\"limit\":%u,\"offset\":%u}", query->limit, query->offset);
        if (ok && cache && !key.failed && !out->failed)
            ra_cache_put(cache, key.data, key.len, out->data, out->len);
    }
    ra_buf_finish(&key);
    return ok;
}

static unsigned answer_query(struct request *request, struct http_tools *tools,
                             const struct ra_book_query *query)
{
    struct ra_err err = {0};
    unsigned status = 0;
    struct ra_store *store = open_store(request, tools, &status);
    if (!store)
        return status;
    if (!list_books(store, tools->http->cache, query, &request->reply.body, &err))
        return http_fail_err(request, &err);
    return http_json(request);
}

unsigned http_books(struct request *request, struct http_tools *tools)
{
    static const struct http_field fields[] = {
        {"q", FIELD_TEXT, false},       {"author", FIELD_TEXT, true},
        {"language", FIELD_TEXT, true}, {"year_from", FIELD_WHOLE, true},
        {"year_to", FIELD_WHOLE, true}, {"sort", FIELD_TEXT, false},
        {"limit", FIELD_WHOLE, false},  {"offset", FIELD_WHOLE, false},
    };
    struct ra_err err = {0};
    struct ra_book_query query = {.order = RA_BOOKS_BY_ID};
    json_t *object = http_request_fields(request, fields, RA_COUNT(fields), &err);
    unsigned status = object && read_query(object, &query, &err)
                          ? answer_query(request, tools, &query)
                          : http_fail_err(request, &err);
    json_decref(object);
    return status;
}

unsigned http_latest(struct request *request, struct http_tools *tools)
{
    static const struct http_field fields[] = {
        {"author", FIELD_TEXT, true},     {"language", FIELD_TEXT, true},
        {"year_from", FIELD_WHOLE, true}, {"year_to", FIELD_WHOLE, true},
        {"limit", FIELD_WHOLE, false},    {"offset", FIELD_WHOLE, false},
    };
    struct ra_err err = {0};
    struct ra_book_query query = {0};
    json_t *object = http_request_fields(request, fields, RA_COUNT(fields), &err);
    bool ok = object && read_query(object, &query, &err);
    query.order = RA_BOOKS_LATEST;
    unsigned status = ok ? answer_query(request, tools, &query) : http_fail_err(request, &err);
    json_decref(object);
    return status;
}
