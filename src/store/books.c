/* The catalogue: finding books, and the walk over everything that training makes. */
#include <inttypes.h>
#include <string.h>

#include "readalike/str.h"
#include "unit.h"

#define MAX_LIMIT 100
#define MAX_OFFSET 10000

/* A caller's callback, and what it is called from. */
struct delivery {
    struct conn *conn;
    ra_book_fn book;
    ra_rating_fn rating;
    void *ctx;
    size_t n;
};

static bool deliver_book(void *ctx, const struct row *row, struct ra_err *err)
{
    struct delivery *delivery = ctx;
    struct ra_book book = book_of_row(row);
    delivery->conn->delivered = true;
    delivery->n++;
    return delivery->book(delivery->ctx, &book, err);
}

static bool deliver_rating(void *ctx, const struct row *row, struct ra_err *err)
{
    struct delivery *delivery = ctx;
    struct ra_rating rating = {
        .user_id = row->ops->col_i64(row, 0),
        .book_id = row->ops->col_i64(row, 1),
        .rating = (float)row->ops->col_f64(row, 2),
        .rated_at = row->ops->col_i64(row, 3),
    };
    delivery->conn->delivered = true;
    return delivery->rating(delivery->ctx, &rating, err);
}

static bool walk(const struct unit *unit, void *ctx, struct ra_err *err)
{
    const struct ra_snapshot_sink *sink = ctx;
    struct delivery delivery = {unit->conn, sink->book, sink->rating, sink->ctx, 0};
    const struct query books = {
        .sql = "SELECT " BOOK_COLUMNS " FROM books ORDER BY id",
        .fn = deliver_book,
        .ctx = &delivery,
    };
    const struct query ratings = {
        .sql = "SELECT user_id, book_id, rating, rated_at FROM ratings ORDER BY user_id, book_id",
        .fn = deliver_rating,
        .ctx = &delivery,
    };
    return (!sink->book || unit->ops->stream(unit->conn, &books, err)) &&
           (!sink->rating || unit->ops->stream(unit->conn, &ratings, err));
}

bool ra_store_snapshot(struct ra_store *store, const struct ra_snapshot_sink *sink,
                       struct ra_err *err)
{
    struct ra_snapshot_sink copy = *sink;
    return unit_snapshot(store, walk, &copy, err);
}

/* Statements are cached by address, so that each order has its own text. */
#define FIND_BOOKS(order)                                                                          \
    "SELECT " BOOK_COLUMNS " FROM books "                                                          \
    "WHERE (CAST($1 AS text) IS NULL OR strpos(lower(title), lower(CAST($1 AS text))) > 0) "       \
    "AND (CAST($2 AS text) IS NULL OR strpos(lower(author), lower(CAST($2 AS text))) > 0) "        \
    "AND (CAST($3 AS text) IS NULL OR language = CAST($3 AS text)) "                               \
    "AND (CAST($4 AS bigint) IS NULL OR year >= CAST($4 AS bigint)) "                              \
    "AND (CAST($5 AS bigint) IS NULL OR year <= CAST($5 AS bigint)) "                              \
    "ORDER BY " order " LIMIT CAST($6 AS bigint) OFFSET CAST($7 AS bigint)"

static const char *const find_books[] = {
    [RA_BOOKS_BY_ID] = FIND_BOOKS("id"),
    [RA_BOOKS_LATEST] = FIND_BOOKS("year DESC NULLS LAST, id"),
    [RA_BOOKS_BY_TITLE] = FIND_BOOKS("lower(title) COLLATE \"C\", id"),
};

static bool check_query(const struct ra_book_query *query, struct ra_err *err)
{
    if (query->limit > MAX_LIMIT)
        return ra_fail(err, RA_ERR_INVALID, "at most %d books at a time, not %u", MAX_LIMIT,
                       query->limit);
    if (query->offset > MAX_OFFSET)
        return ra_fail(err, RA_ERR_INVALID,
                       "at most %d books can be skipped, not %u; ask more narrowly", MAX_OFFSET,
                       query->offset);
    if ((size_t)query->order >= RA_COUNT(find_books))
        return ra_fail(err, RA_ERR_INVALID, "unknown order of books");
    return check_text("the text to find", query->text, MAX_TEXT_BYTES, err) &&
           check_text("the author to find", query->author, MAX_TEXT_BYTES, err) &&
           check_text("the language to find", query->language, MAX_TEXT_BYTES, err);
}

struct search {
    const struct ra_book_query *query;
    ra_book_fn fn;
    void *ctx;
};

static bool search(const struct unit *unit, void *ctx, struct ra_err *err)
{
    const struct search *search = ctx;
    const struct ra_book_query *query = search->query;
    const struct param params[] = {
        p_text(query->text),           p_text(query->author),
        p_text(query->language),       p_i64_or_null(query->year_from),
        p_i64_or_null(query->year_to), p_i64(query->limit),
        p_i64(query->offset),
    };
    struct delivery delivery = {unit->conn, search->fn, NULL, search->ctx, 0};
    return unit->ops->run(unit->conn,
                          &(struct query){
                              .sql = find_books[query->order],
                              .params = params,
                              .n_params = RA_COUNT(params),
                              .fn = deliver_book,
                              .ctx = &delivery,
                          },
                          err);
}

bool ra_store_find_books(struct ra_store *store, const struct ra_book_query *query, ra_book_fn fn,
                         void *ctx, struct ra_err *err)
{
    if (!check_query(query, err))
        return false;
    return unit_read(store, search, &(struct search){query, fn, ctx}, err);
}

struct one_book {
    int64_t id;
    ra_book_fn fn;
    void *ctx;
};

static bool get(const struct unit *unit, void *ctx, struct ra_err *err)
{
    const struct one_book *want = ctx;
    const struct param params[] = {p_i64(want->id)};
    struct delivery delivery = {unit->conn, want->fn, NULL, want->ctx, 0};
    bool ok = unit->ops->run(unit->conn,
                             &(struct query){
                                 .sql = "SELECT " BOOK_COLUMNS " FROM books WHERE id = $1",
                                 .params = params,
                                 .n_params = 1,
                                 .fn = deliver_book,
                                 .ctx = &delivery,
                             },
                             err);
    if (ok && delivery.n == 0)
        return ra_fail(err, RA_ERR_NOT_FOUND, "there is no book %" PRId64, want->id);
    return ok;
}

bool ra_store_get_book(struct ra_store *store, int64_t book_id, ra_book_fn fn, void *ctx,
                       struct ra_err *err)
{
    return unit_read(store, get, &(struct one_book){book_id, fn, ctx}, err);
}
