/* The ratings of an import format as plain rows, numbered and without repetition. */
#include "readalike/events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/features.h"
#include "readalike/import.h"
#include "readalike/map.h"

struct collecting {
    struct ra_events *events;
    size_t cap;
    struct ra_strmap *readers, *items; /* key to number */
    struct ra_u64map *pairs;           /* reader and item to row */
    struct ra_strmap *books;           /* key to number among the features */
    struct ra_u64map *item_of_book;
    struct ra_features *features;
};

static bool number_of(struct ra_strmap *map, const char *key, uint32_t *out, struct ra_err *err)
{
    uint64_t found;
    size_t n = strlen(key);
    if (!ra_strmap_get(map, key, n, &found)) {
        found = ra_strmap_count(map);
        if (found >= UINT32_MAX)
            return ra_fail(err, RA_ERR_INVALID, "more than %u keys", UINT32_MAX);
        if (!ra_strmap_set(map, key, n, found))
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    *out = (uint32_t)found;
    return true;
}

/* The number of the rating's item; its features find it, too. */
static bool number_item(struct collecting *collecting, const char *key, uint32_t *out,
                        struct ra_err *err)
{
    size_t before = ra_strmap_count(collecting->items);
    uint64_t book;
    if (!number_of(collecting->items, key, out, err))
        return false;
    if (ra_strmap_count(collecting->items) == before ||
        !ra_strmap_get(collecting->books, key, strlen(key), &book))
        return true;
    return ra_u64map_set(collecting->item_of_book, book, *out) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

static bool make_room(struct collecting *collecting, struct ra_err *err)
{
    struct ra_events *events = collecting->events;
    if (events->n < collecting->cap)
        return true;
    size_t cap = collecting->cap ? collecting->cap * 2 : 4096;
    struct ra_event *more = reallocarray(events->rows, cap, sizeof *more);
    if (!more)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu ratings", cap);
    events->rows = more;
    collecting->cap = cap;
    return true;
}

static bool add_rating(void *ctx, const struct ra_place *at, const struct ra_import_rating *rating,
                       struct ra_err *err)
{
    (void)at;
    struct collecting *collecting = ctx;
    struct ra_events *events = collecting->events;
    struct ra_event row = {.rating = rating->rating, .at = rating->rated_at};
    if (!number_of(collecting->readers, rating->user_key, &row.reader, err) ||
        !number_item(collecting, rating->book_key, &row.item, err))
        return false;
    uint64_t pair = (uint64_t)row.reader << 32 | row.item, known;
    if (ra_u64map_get(collecting->pairs, pair, &known)) {
        events->rows[known] = row;
        return true;
    }
    if (!make_room(collecting, err))
        return false;
    if (!ra_u64map_set(collecting->pairs, pair, events->n))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    events->rows[events->n++] = row;
    return true;
}

static bool add_book(void *ctx, const struct ra_place *at, const struct ra_book *book,
                     struct ra_err *err)
{
    (void)at;
    struct collecting *collecting = ctx;
    uint32_t number;
    return number_of(collecting->books, book->source_key, &number, err) &&
           ra_features_add(collecting->features, number, book, err);
}

/* Readers and shelves do not matter here. */
static bool skip_user(void *ctx, const struct ra_place *at, const struct ra_user *user,
                      struct ra_err *err)
{
    (void)ctx, (void)at, (void)user, (void)err;
    return true;
}

static bool skip_shelf(void *ctx, const struct ra_place *at, const struct ra_import_shelf_book *row,
                       struct ra_err *err)
{
    (void)ctx, (void)at, (void)row, (void)err;
    return true;
}

static bool count_reject(void *ctx, const struct ra_place *at, enum ra_reject_kind kind,
                         const char *reason, struct ra_err *err)
{
    (void)at, (void)kind, (void)reason, (void)err;
    struct collecting *collecting = ctx;
    collecting->events->n_rejected++;
    return true;
}

void ra_events_measure(struct ra_events *events)
{
    events->n_rated = 0;
    events->lowest = events->highest = 0;
    for (size_t i = 0; i < events->n; i++) {
        float rating = events->rows[i].rating;
        if (isnan(rating))
            continue;
        events->lowest = events->n_rated ? fminf(events->lowest, rating) : rating;
        events->highest = events->n_rated ? fmaxf(events->highest, rating) : rating;
        events->n_rated++;
    }
}

static bool build_features(struct collecting *collecting, struct ra_err *err)
{
    struct ra_events *events = collecting->events;
    size_t n = ra_strmap_count(collecting->books);
    uint32_t *item_ix = calloc(n + 1, sizeof *item_ix);
    if (!item_ix)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        uint64_t item;
        bool is_read = ra_u64map_get(collecting->item_of_book, i, &item);
        item_ix[i] = is_read ? (uint32_t)item : RA_FEATURES_NONE;
    }
    bool ok =
        ra_features_build(collecting->features, events->n_items, item_ix, &events->features, err);
    free(item_ix);
    return ok;
}

static bool collect(struct collecting *collecting, const char *format, const char *path,
                    struct ra_err *err)
{
    const struct ra_import_options options = {0};
    const struct ra_import_sink sink = {
        .ctx = collecting,
        .book = add_book,
        .user = skip_user,
        .rating = add_rating,
        .shelf_book = skip_shelf,
        .reject = count_reject,
    };
    if (!ra_import_read(format, &path, 1, &options, &sink, err))
        return false;
    struct ra_events *events = collecting->events;
    if (events->n == 0)
        return ra_fail(err, RA_ERR_INVALID, "no rating in %s", path);
    events->n_readers = (uint32_t)ra_strmap_count(collecting->readers);
    events->n_items = (uint32_t)ra_strmap_count(collecting->items);
    ra_events_measure(events);
    return build_features(collecting, err);
}

bool ra_events_read(struct ra_events *out, const char *format, const char *path, struct ra_err *err)
{
    *out = (struct ra_events){0};
    struct collecting collecting = {
        .events = out,
        .readers = ra_strmap_create(),
        .items = ra_strmap_create(),
        .pairs = ra_u64map_create(),
        .books = ra_strmap_create(),
        .item_of_book = ra_u64map_create(),
        .features = ra_features_create(err),
    };
    bool ok = collecting.readers && collecting.items && collecting.pairs && collecting.books &&
              collecting.item_of_book && collecting.features;
    ok = ok ? collect(&collecting, format, path, err) : ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (!ok)
        ra_events_finish(out);
    ra_strmap_destroy(collecting.readers);
    ra_strmap_destroy(collecting.items);
    ra_u64map_destroy(collecting.pairs);
    ra_strmap_destroy(collecting.books);
    ra_u64map_destroy(collecting.item_of_book);
    ra_features_destroy(collecting.features);
    return ok;
}

void ra_events_finish(struct ra_events *events)
{
    free(events->rows);
    ra_csr_finish(&events->features);
    *events = (struct ra_events){0};
}
