/* GET and POST /recommend: for a title, several titles, books with ratings, or a known reader. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "readalike/cache.h"
#include "readalike/json.h"
#include "readalike/model.h"
#include "readalike/reply.h"
#include "readalike/store.h"
#include "readalike/str.h"

#define K_DEFAULT 5
#define TITLES_MAX 50
#define EXCLUDE_MAX 10000
#define USER_MAX 256
#define SEQUENCE_MAX 10000

static const struct http_field fields[] = {
    {"title", FIELD_TEXT, false},        {"book_name", FIELD_TEXT, false},
    {"titles", FIELD_TEXT, false},       {"books", FIELD_IDS, false},
    {"sequence", FIELD_IDS, false},      {"user", FIELD_TEXT, false},
    {"k", FIELD_WHOLE, false},           {"exclude", FIELD_IDS, false},
    {"include_read", FIELD_BOOL, false}, {"explain", FIELD_BOOL, false},
    {"diversity", FIELD_NUMBER, false},  {"per_author", FIELD_WHOLE, false},
    {"per_series", FIELD_WHOLE, false},  {"rotation", FIELD_WHOLE, false},
    {"author", FIELD_TEXT, true},        {"language", FIELD_TEXT, true},
    {"year_from", FIELD_WHOLE, true},    {"year_to", FIELD_WHOLE, true},
};

/* What an answer goes by: one of these. */
static const char *const subjects[] = {"title", "book_name", "titles", "books", "sequence", "user"};

/* What one request asks; borrows from its JSON and its arena. */
struct asked {
    const char *titles[TITLES_MAX];
    size_t n_titles;
    const char *user; /* NULL: not about a known reader */
    struct ra_liked *liked;
    size_t n_liked;
    int64_t *unknown; /* (n_unknown) of a sequence: ids that the model does not know */
    size_t n_unknown;
    struct ra_ask ask;
};

static void *room_for(struct request *request, size_t n, size_t size, struct ra_err *err)
{
    void *room = ra_arena_calloc(&request->arena, n ? n : 1, size);
    if (!room)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    return room;
}

static bool add_title(struct asked *asked, const char *name, const json_t *value,
                      struct ra_err *err)
{
    if (asked->n_titles == TITLES_MAX)
        return ra_fail(err, RA_ERR_INVALID, "\"%s\" takes %d titles at most", name, TITLES_MAX);
    const char *title = json_string_value(value);
    if (!title || !title[strspn(title, " \t\r\n")])
        return ra_fail(err, RA_ERR_INVALID, "\"%s\" must be a title", name);
    asked->titles[asked->n_titles++] = title;
    return true;
}

/* A list, or one title from a query. */
static bool read_titles(const json_t *object, struct asked *asked, struct ra_err *err)
{
    const json_t *titles = json_object_get(object, "titles");
    if (json_is_string(titles))
        return add_title(asked, "titles", titles, err);
    if (!json_is_array(titles) || json_array_size(titles) == 0)
        return ra_fail(err, RA_ERR_INVALID, "\"titles\" must be a list of titles");
    for (size_t i = 0; i < json_array_size(titles); i++) {
        if (!add_title(asked, "titles", json_array_get(titles, i), err))
            return false;
    }
    return true;
}

/* 17, or {"id": 17, "rating": 4.5} */
static bool read_book(const json_t *value, int64_t *out_id, float *out_rating, struct ra_err *err)
{
    static const char *const names[] = {"id", "rating"};
    const json_t *id = value;
    *out_rating = NAN;
    if (json_is_object(value)) {
        if (!ra_json_only(value, names, RA_COUNT(names), err))
            return ra_err_wrap(err, "books");
        id = json_object_get(value, "id");
        const json_t *rating = json_object_get(value, "rating");
        if (rating && !json_is_null(rating)) {
            double number = json_number_value(rating);
            if (!json_is_number(rating) || fabs(number) > 1e6)
                return ra_fail(err, RA_ERR_INVALID, "books: \"rating\" must be a number");
            *out_rating = (float)number;
        }
    }
    if (!json_is_integer(id))
        return ra_fail(err, RA_ERR_INVALID, "books: each wants a whole number as its \"id\"");
    *out_id = json_integer_value(id);
    return true;
}

/* A book that the model has not met cannot say anything; if none is known that is worth an error.
 */
static bool read_books(struct request *request, const json_t *object, struct ra_engine *engine,
                       struct asked *asked, struct ra_err *err)
{
    const json_t *books = json_object_get(object, "books");
    size_t n = json_array_size(books);
    if (!json_is_array(books) || n == 0 || n > RA_LIKED_MAX)
        return ra_fail(err, RA_ERR_INVALID, "\"books\" must be a list of 1 to %d books",
                       RA_LIKED_MAX);
    asked->liked = room_for(request, n, sizeof *asked->liked, err);
    if (!asked->liked)
        return false;
    int64_t id = 0;
    for (size_t i = 0; i < n; i++) {
        struct ra_liked *liked = &asked->liked[asked->n_liked];
        if (!read_book(json_array_get(books, i), &id, &liked->rating, err))
            return false;
        if (ra_model_find_item(ra_engine_model(engine), id, &liked->item_ix))
            asked->n_liked++;
    }
    return asked->n_liked > 0 || ra_fail(err, RA_ERR_NOT_FOUND,
                                         "the model knows no book with the id %lld", (long long)id);
}

/* Ids in the order they were read; what is not known is said in the answer, not an error. */
static bool read_sequence(struct request *request, const json_t *object, struct ra_engine *engine,
                          struct asked *asked, struct ra_err *err)
{
    const json_t *sequence = json_object_get(object, "sequence");
    size_t n = json_array_size(sequence);
    if (!json_is_array(sequence) || n > SEQUENCE_MAX)
        return ra_fail(err, RA_ERR_INVALID, "\"sequence\" must be a list of %d book ids at most",
                       SEQUENCE_MAX);
    asked->liked = room_for(request, n, sizeof *asked->liked, err);
    asked->unknown = room_for(request, n, sizeof *asked->unknown, err);
    if (!asked->liked || !asked->unknown)
        return false;
    asked->ask.half_life = ra_engine_half_life(engine);
    for (size_t i = n; i-- > 0;) {
        const json_t *id = json_array_get(sequence, i);
        struct ra_liked *liked = &asked->liked[asked->n_liked];
        liked->rating = NAN;
        if (!json_is_integer(id))
            return ra_fail(err, RA_ERR_INVALID, "sequence: a book's id is a whole number");
        if (ra_model_find_item(ra_engine_model(engine), json_integer_value(id), &liked->item_ix))
            asked->n_liked++;
        else
            asked->unknown[asked->n_unknown++] = json_integer_value(id);
    }
    return true;
}

static bool read_exclude(struct request *request, const json_t *object, struct ra_engine *engine,
                         struct asked *asked, struct ra_err *err)
{
    const json_t *exclude = json_object_get(object, "exclude");
    if (!exclude || json_is_null(exclude))
        return true;
    size_t n = json_array_size(exclude), n_known = 0;
    if (!json_is_array(exclude) || n > EXCLUDE_MAX)
        return ra_fail(err, RA_ERR_INVALID, "\"exclude\" must be a list of %d book ids at most",
                       EXCLUDE_MAX);
    uint32_t *items = room_for(request, n, sizeof *items, err);
    if (!items)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *id = json_array_get(exclude, i);
        if (!json_is_integer(id))
            return ra_fail(err, RA_ERR_INVALID, "exclude: a book's id is a whole number");
        if (ra_model_find_item(ra_engine_model(engine), json_integer_value(id), &items[n_known]))
            n_known++;
    }
    asked->ask.exclude = items;
    asked->ask.n_exclude = n_known;
    return true;
}

static bool read_variety(const json_t *object, struct ra_variety *out, struct ra_err *err)
{
    const json_t *diversity = json_object_get(object, "diversity");
    int64_t per_author = 0, per_series = 0, rotation = 0;
    if (diversity && !json_is_null(diversity)) {
        double value = json_number_value(diversity);
        if (!json_is_number(diversity) || !(value >= 0 && value <= 1))
            return ra_fail(err, RA_ERR_INVALID, "\"diversity\" must be a number from 0 to 1");
        out->diversity = value;
    }
    if (!http_read_whole(object, "per_author", 1, RA_K_MAX, &per_author, err) ||
        !http_read_whole(object, "per_series", 1, RA_K_MAX, &per_series, err) ||
        !http_read_whole(object, "rotation", 0, UINT32_MAX, &rotation, err))
        return false;
    out->per_author = (unsigned)per_author;
    out->per_series = (unsigned)per_series;
    out->rotation = (uint32_t)rotation;
    return true;
}

/* "anna", "42" or 42 */
static bool read_user(struct request *request, const json_t *object, struct asked *asked,
                      struct ra_err *err)
{
    const json_t *user = json_object_get(object, "user");
    if (json_is_integer(user)) {
        char digits[24];
        int n = snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(user));
        asked->user = ra_arena_strndup(&request->arena, digits, (size_t)n);
        return asked->user || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    asked->user = json_string_value(user);
    return (asked->user && *asked->user && strlen(asked->user) <= USER_MAX) ||
           ra_fail(err, RA_ERR_INVALID, "\"user\" must be a reader's id or name");
}

static bool read_subject(struct request *request, const json_t *object, struct ra_engine *engine,
                         struct asked *asked, struct ra_err *err)
{
    const char *subject = NULL;
    for (size_t i = 0; i < RA_COUNT(subjects); i++) {
        if (!json_object_get(object, subjects[i]))
            continue;
        if (subject)
            return ra_fail(err, RA_ERR_INVALID, "give either \"%s\" or \"%s\", not both", subject,
                           subjects[i]);
        subject = subjects[i];
    }
    if (!subject)
        return ra_fail(
            err, RA_ERR_INVALID,
            "say what to go by: \"title\", \"titles\", \"books\", \"sequence\" or \"user\"");
    if (strcmp(subject, "user") == 0)
        return read_user(request, object, asked, err);
    if (strcmp(subject, "titles") == 0)
        return read_titles(object, asked, err);
    if (strcmp(subject, "books") == 0)
        return read_books(request, object, engine, asked, err);
    if (strcmp(subject, "sequence") == 0)
        return read_sequence(request, object, engine, asked, err);
    return add_title(asked, subject, json_object_get(object, subject), err);
}

static bool read_asked(struct request *request, const json_t *object, struct ra_engine *engine,
                       struct asked *asked, struct ra_err *err)
{
    int64_t k = K_DEFAULT;
    if (!http_read_whole(object, "k", 1, RA_K_MAX, &k, err) ||
        !http_read_filter(object, &asked->ask.filter, err) ||
        !http_read_bool(object, "include_read", &asked->ask.include_read, err) ||
        !http_read_bool(object, "explain", &asked->ask.explain, err) ||
        !read_variety(object, &asked->ask.variety, err) ||
        !read_subject(request, object, engine, asked, err))
        return false;
    asked->ask.k = (unsigned)k;
    return read_exclude(request, object, engine, asked, err);
}

/* One more member of the reply: "unknown":[7,8] in the order they were named. */
static void put_unknown(const struct asked *asked, struct ra_buf *out)
{
    while (out->len && out->data[out->len - 1] != '}')
        out->len--;
    if (!out->len)
        return;
    out->len--;
    ra_buf_puts(out, ",\"unknown\":[");
    for (size_t i = asked->n_unknown; i-- > 0;) {
        ra_buf_put_i64(out, asked->unknown[i]);
        if (i)
            ra_buf_putc(out, ',');
    }
    ra_buf_puts(out, "]}");
}

/* Answers with what is liked; `n_shown` of it are repeated in the reply. */
static unsigned reply(struct request *request, struct http_tools *tools, struct ra_engine *engine,
                      struct asked *asked, size_t n_shown)
{
    struct ra_err err = {0};
    asked->ask.liked = asked->liked;
    asked->ask.n_liked = asked->n_liked;
    if (http_is_long(tools, ra_recommend_cost_us(engine, &asked->ask)))
        return HTTP_LATER;
    if (!ra_recommend(engine, tools->scratch, &asked->ask, tools->answer, &err))
        return http_fail_err(request, &err);
    ra_reply_recommend(engine, asked->liked, n_shown, tools->answer, asked->ask.explain,
                       &request->reply.body);
    if (asked->unknown)
        put_unknown(asked, &request->reply.body);
    return http_json(request);
}

static unsigned suggest_instead(struct request *request, struct http_tools *tools,
                                struct ra_engine *engine, const char *title,
                                const struct ra_resolved *resolved)
{
    if (resolved->n_near == 0)
        return http_fail(request, 404, "unknown_title", "no book comes near \"%.128s\"", title);
    ra_reply_suggest(engine, ra_scratch_title(tools->scratch), title, strlen(title), resolved->near,
                     resolved->n_near, &request->reply.body);
    return http_json(request);
}

static unsigned reply_titles(struct request *request, struct http_tools *tools,
                             struct ra_engine *engine, struct asked *asked)
{
    struct ra_err err = {0};
    asked->liked = room_for(request, asked->n_titles, sizeof *asked->liked, &err);
    if (!asked->liked)
        return http_fail_err(request, &err);
    for (size_t i = 0; i < asked->n_titles; i++) {
        struct ra_resolved resolved;
        const char *title = asked->titles[i];
        ra_resolve_title(engine, tools->scratch, title, strlen(title), &resolved);
        if (!resolved.found)
            return suggest_instead(request, tools, engine, title, &resolved);
        asked->liked[asked->n_liked++] =
            (struct ra_liked){.item_ix = resolved.item_ix, .rating = NAN};
    }
    return reply(request, tools, engine, asked, asked->n_liked);
}

/* The reader's own books, into asked->liked: all of them, for none of them may come back. */
struct reading {
    struct request *request;
    const struct ra_model *model;
    struct asked *asked;
    size_t room;
};

static bool grow_liked(struct reading *reading, struct ra_err *err)
{
    struct asked *asked = reading->asked;
    size_t room = reading->room ? reading->room * 2 : 64;
    struct ra_liked *larger = room_for(reading->request, room, sizeof *larger, err);
    if (!larger)
        return false;
    if (asked->n_liked)
        memcpy(larger, asked->liked, asked->n_liked * sizeof *larger);
    asked->liked = larger;
    reading->room = room;
    return true;
}

static bool on_rating(void *ctx, const struct ra_rating *rating, struct ra_err *err)
{
    struct reading *reading = ctx;
    struct asked *asked = reading->asked;
    uint32_t item_ix;
    if (!ra_model_find_item(reading->model, rating->book_id, &item_ix))
        return true;
    if (asked->n_liked == reading->room && !grow_liked(reading, err))
        return false;
    asked->liked[asked->n_liked++] =
        (struct ra_liked){.item_ix = item_ix, .rating = rating->rating};
    return true;
}

/*
 * Model, reader, the reader's revision, and all else that the answer depends on: a new rating or a
 * new model is a new key, so nothing stale is found.
 */
static void put_key(struct ra_buf *key, const struct ra_engine *engine, int64_t user_id,
                    uint64_t revision, const struct ra_ask *ask)
{
    ra_buf_puts(key, "user\n");
    ra_buf_puts(key, ra_model_version(ra_engine_model(engine)));
    ra_buf_putf(key, "\n%lld\n%llu\n%u%d%d\n", (long long)user_id, (unsigned long long)revision,
                ask->k, ask->include_read, ask->explain);
    ra_buf_putf(key, "%.9g,%u,%u,%u", ask->variety.diversity, ask->variety.per_author,
                ask->variety.per_series, ask->variety.rotation);
    http_put_filter(key, &ask->filter);
    for (size_t i = 0; i < ask->n_exclude; i++)
        ra_buf_putf(key, "\n%u", ask->exclude[i]);
}

static unsigned reply_user(struct request *request, struct http_tools *tools,
                           struct ra_engine *engine, struct asked *asked)
{
    struct ra_err err = {0};
    struct ra_store *store = atomic_load(&tools->http->store);
    int64_t user_id = 0;
    uint64_t revision = 0;
    if (!store)
        return http_fail_busy(request, "store_down", "the store is not open yet");
    if (!ra_store_find_user(store, asked->user, &user_id, &revision, &err))
        return err.code == RA_ERR_NOT_FOUND
                   ? http_fail(request, 404, "unknown_user", "no reader \"%.64s\"", asked->user)
                   : http_fail_err(request, &err);
    struct ra_buf key;
    ra_buf_init(&key);
    put_key(&key, engine, user_id, revision, &asked->ask);
    bool is_keyed = tools->http->cache && !key.failed;
    unsigned status;
    struct reading reading = {.request = request, .model = ra_engine_model(engine), .asked = asked};
    if (is_keyed && ra_cache_get(tools->http->cache, key.data, key.len, &request->reply.body)) {
        status = http_json(request);
    } else if (!ra_store_user_ratings(store, user_id, on_rating, &reading, &err)) {
        status = http_fail_err(request, &err);
    } else {
        asked->ask.store_scale = true;
        status = reply(request, tools, engine, asked, 0);
        if (status == 200 && is_keyed)
            ra_cache_put(tools->http->cache, key.data, key.len, request->reply.body.data,
                         request->reply.body.len);
    }
    ra_buf_finish(&key);
    return status;
}

json_t *http_recommend_fields(struct request *request, struct ra_err *err)
{
    json_t *object = http_request_fields(request, fields, RA_COUNT(fields), err);
    for (size_t i = 0; object && i < RA_COUNT(subjects); i++) {
        if (!json_object_get(object, subjects[i]))
            continue;
        ra_fail(err, RA_ERR_INVALID, "unknown parameter \"%s\"; the shelf says what to go by",
                subjects[i]);
        json_decref(object);
        return NULL;
    }
    return object;
}

unsigned http_recommend_object(struct request *request, struct http_tools *tools,
                               struct ra_engine *engine, const json_t *object)
{
    struct ra_err err = {0};
    struct asked asked = {0};
    if (!http_only_fields(object, fields, RA_COUNT(fields), &err) ||
        !read_asked(request, object, engine, &asked, &err))
        return http_fail_err(request, &err);
    if (asked.user)
        return reply_user(request, tools, engine, &asked);
    if (asked.n_titles)
        return reply_titles(request, tools, engine, &asked);
    return reply(request, tools, engine, &asked, asked.n_liked);
}

static unsigned reply_asked(struct request *request, struct http_tools *tools,
                            struct ra_engine *engine, const json_t *object)
{
    struct ra_err err = {0};
    struct asked asked = {0};
    if (!read_asked(request, object, engine, &asked, &err))
        return http_fail_err(request, &err);
    if (asked.user)
        return tools->is_worker ? reply_user(request, tools, engine, &asked) : HTTP_LATER;
    if (http_is_unchanged(request, engine))
        return 304;
    if (asked.n_titles)
        return reply_titles(request, tools, engine, &asked);
    return reply(request, tools, engine, &asked, asked.n_liked);
}

/* A GET names books as "books=3,17". */
unsigned http_recommend(struct request *request, struct http_tools *tools)
{
    struct ra_err err = {0};
    unsigned status = 0;
    struct ra_engine *engine = http_engine(request, tools, &status);
    if (!engine)
        return status;
    json_t *object = http_request_fields(request, fields, RA_COUNT(fields), &err);
    status = object ? reply_asked(request, tools, engine, object) : http_fail_err(request, &err);
    json_decref(object);
    ra_engine_unref(engine);
    return status;
}
