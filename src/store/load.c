/*
 * The bulk loader: turns a source's keys into ids, knows what is new and what has changed, and
 * sorts the ratings, so that a backend only writes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "sorter.h"
#include "unit.h"

struct ra_loader {
    struct ra_store *store;
    struct unit unit;
    char *source;
    struct keys books, users, shelves;
    struct sorter ratings, shelf_books;
    char *shelf_key; /* scratch */
};

static void free_loader(struct ra_loader *loader)
{
    keys_finish(&loader->books);
    keys_finish(&loader->users);
    keys_finish(&loader->shelves);
    sorter_finish(&loader->ratings);
    sorter_finish(&loader->shelf_books);
    free(loader->shelf_key);
    free(loader->source);
    free(loader);
}

/* Gives the connection back and forgets all; what was not committed is undone. */
static void end(struct ra_loader *loader)
{
    loader->unit.ops->rollback(loader->unit.conn);
    loader->unit.ops->load_end(loader->unit.conn);
    pool_return(loader->store->pool, loader->unit.conn);
    free_loader(loader);
}

void ra_loader_abort(struct ra_loader *loader)
{
    if (loader)
        end(loader);
}

static bool take_book(void *ctx, const struct row *row, struct ra_err *err)
{
    struct ra_book book = book_of_row(row);
    return keys_know(ctx, book.source_key, book.id, hash_book(&book), err);
}

static bool take_user(void *ctx, const struct row *row, struct ra_err *err)
{
    const struct ra_store_ops *ops = row->ops;
    const struct ra_user user = {
        .id = ops->col_i64(row, 0),
        .source_key = ops->col_text(row, 1),
        .name = ops->col_text(row, 2),
        .location = ops->col_text(row, 3),
        .age = (int)ops->col_i64(row, 4),
    };
    return keys_know(ctx, user.source_key, user.id, hash_user(&user), err);
}

/* The key of a shelf: "reader's id:name". The caller frees. */
static char *shelf_key(int64_t user_id, const char *name)
{
    char *key;
    return asprintf(&key, "%" PRId64 ":%s", user_id, name) < 0 ? NULL : key;
}

static bool take_shelf(void *ctx, const struct row *row, struct ra_err *err)
{
    char *key = shelf_key(row->ops->col_i64(row, 1), row->ops->col_text(row, 2));
    bool ok = key ? keys_know(ctx, key, row->ops->col_i64(row, 0), 0, err)
                  : ra_fail(err, RA_ERR_NOMEM, "out of memory");
    free(key);
    return ok;
}

/* What the store already has of this source, and the highest id of all. */
static bool read_known(struct ra_loader *loader, struct keys *keys, const char *sql, row_fn fn,
                       const char *sql_last, struct ra_err *err)
{
    const struct param params[] = {p_text(loader->source)};
    const struct query query = {
        .sql = sql,
        .params = params,
        .n_params = 1,
        .fn = fn,
        .ctx = keys,
    };
    bool found;
    return keys_init(keys, err) &&
           unit_number(&loader->unit, &(struct query){.sql = sql_last}, &keys->last_id, &found,
                       err) &&
           loader->unit.ops->stream(loader->unit.conn, &query, err) &&
           ((keys->last_old_id = keys->last_id), true);
}

static bool start(struct ra_loader *loader, struct ra_err *err)
{
    return loader->unit.ops->begin_load(loader->unit.conn, err) &&
           read_known(loader, &loader->books,
                      "SELECT " BOOK_COLUMNS " FROM books WHERE source = $1 ORDER BY id", take_book,
                      "SELECT coalesce(max(id), 0) FROM books", err) &&
           read_known(loader, &loader->users,
                      "SELECT id, source_key, name, location, age FROM users "
                      "WHERE source = $1 ORDER BY id",
                      take_user, "SELECT coalesce(max(id), 0) FROM users", err) &&
           read_known(loader, &loader->shelves,
                      "SELECT s.id, s.user_id, s.name FROM shelves s "
                      "JOIN users u ON u.id = s.user_id WHERE u.source = $1 ORDER BY s.id",
                      take_shelf, "SELECT coalesce(max(id), 0) FROM shelves", err);
}

static bool check_source(const char *source, struct ra_err *err)
{
    if (!source || !*source)
        return ra_fail(err, RA_ERR_INVALID, "a load needs the name of its source");
    if (strchr(source, ':'))
        return ra_fail(err, RA_ERR_INVALID, "the name of a source holds no ':'");
    return check_text("the name of the source", source, 64, err);
}

struct ra_loader *ra_loader_begin(struct ra_store *store, const char *source, struct ra_err *err)
{
    if (!check_source(source, err))
        return NULL;
    struct ra_loader *loader = calloc(1, sizeof *loader);
    if (!loader || !(loader->source = strdup(source))) {
        free(loader);
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    loader->store = store;
    sorter_init(&loader->ratings, SORTER_RUN_ROWS);
    sorter_init(&loader->shelf_books, SORTER_RUN_ROWS);
    loader->unit = (struct unit){store->ops, pool_lease(store->pool, err)};
    if (!loader->unit.conn) {
        free_loader(loader);
        return NULL;
    }
    if (!start(loader, err)) {
        end(loader);
        return NULL;
    }
    return loader;
}

static bool check_key(const char *what, const char *key, struct ra_err *err)
{
    if (!key || !*key)
        return ra_fail(err, RA_ERR_INVALID, "%s is empty", what);
    return check_text(what, key, MAX_KEY_BYTES, err);
}

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static bool check_book(const struct ra_book *book, struct ra_err *err)
{
    if (!book->title || !*book->title)
        return ra_fail(err, RA_ERR_INVALID, "the book has no title");
    if (isinf(book->average_rating))
        return ra_fail(err, RA_ERR_INVALID, "the book's average rating is not a finite number");
    const struct {
        const char *what, *text;
    } texts[] = {
        {"the title", book->title},       {"the ISBN", book->isbn},
        {"the author", book->author},     {"the publisher", book->publisher},
        {"the language", book->language}, {"the image's address", book->image_url},
        {"the list of tags", book->tags},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!check_text(texts[i].what, texts[i].text, i == 1 ? MAX_KEY_BYTES : MAX_TEXT_BYTES, err))
            return false;
    }
    return check_key("the book's key", book->source_key, err);
}

bool ra_loader_add_book(struct ra_loader *loader, const struct ra_book *book,
                        enum ra_load_outcome *out, struct ra_err *err)
{
    if (!check_book(book, err))
        return false;
    struct ra_book row = *book;
    row.isbn = or_null(book->isbn);
    row.author = or_null(book->author);
    row.publisher = or_null(book->publisher);
    row.language = or_null(book->language);
    row.image_url = or_null(book->image_url);
    row.tags = or_null(book->tags);
    enum ra_load_outcome outcome;
    if (!keys_see(&loader->books, row.source_key, hash_book(&row), &row.id, &outcome, err) ||
        (outcome != RA_LOAD_UNCHANGED &&
         !loader->unit.ops->load_book(loader->unit.conn, loader->source, &row,
                                      outcome == RA_LOAD_ADDED, err)))
        return false;
    if (out)
        *out = outcome;
    return true;
}

static bool see_user(struct ra_loader *loader, struct ra_user *user, enum ra_load_outcome *out,
                     struct ra_err *err)
{
    return keys_see(&loader->users, user->source_key, hash_user(user), &user->id, out, err) &&
           (*out == RA_LOAD_UNCHANGED ||
            loader->unit.ops->load_user(loader->unit.conn, loader->source, user,
                                        *out == RA_LOAD_ADDED, err));
}

bool ra_loader_add_user(struct ra_loader *loader, const struct ra_user *user,
                        enum ra_load_outcome *out, struct ra_err *err)
{
    if (!check_key("the reader's key", user->source_key, err) ||
        !check_text("the reader's name", user->name, MAX_TEXT_BYTES, err) ||
        !check_text("the reader's place", user->location, MAX_TEXT_BYTES, err))
        return false;
    if (user->age < 0)
        return ra_fail(err, RA_ERR_INVALID, "the reader's age is %d", user->age);
    struct ra_user row = *user;
    row.name = or_null(user->name);
    row.location = or_null(user->location);
    enum ra_load_outcome outcome;
    if (!see_user(loader, &row, &outcome, err))
        return false;
    if (out)
        *out = outcome;
    return true;
}

/* The ids of a pair of keys; a reader who is not there is added, for a known book. */
static bool resolve(struct ra_loader *loader, const char *user_key, const char *book_key,
                    struct link *link, bool *out_known, struct ra_err *err)
{
    *out_known = book_key && keys_find(&loader->books, book_key, &link->book_id);
    if (!*out_known)
        return check_key("the reader's key", user_key, err) &&
               check_key("the book's key", book_key, err);
    if (user_key && keys_use(&loader->users, user_key, &link->owner))
        return true;
    struct ra_user user = {.source_key = user_key};
    enum ra_load_outcome outcome;
    if (!check_key("the reader's key", user_key, err) || !see_user(loader, &user, &outcome, err))
        return false;
    link->owner = user.id;
    return true;
}

bool ra_loader_add_rating(struct ra_loader *loader, const char *user_key, const char *book_key,
                          float rating, int64_t rated_at, enum ra_load_outcome *out,
                          struct ra_err *err)
{
    if (isinf(rating))
        return ra_fail(err, RA_ERR_INVALID, "a rating must be a finite number");
    struct link link = {.at = rated_at, .value = rating};
    bool known;
    if (!resolve(loader, user_key, book_key, &link, &known, err) ||
        (known && !sorter_put(&loader->ratings, &link, err)))
        return false;
    if (out)
        *out = known ? RA_LOAD_ADDED : RA_LOAD_UNKNOWN_BOOK;
    return true;
}

/* The id of a reader's shelf, which is made when it is missing. */
static bool resolve_shelf(struct ra_loader *loader, int64_t user_id, const char *name, int64_t *out,
                          struct ra_err *err)
{
    enum ra_load_outcome outcome;
    free(loader->shelf_key);
    loader->shelf_key = shelf_key(user_id, name);
    if (!loader->shelf_key)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    return keys_see(&loader->shelves, loader->shelf_key, 0, out, &outcome, err) &&
           (outcome == RA_LOAD_UNCHANGED ||
            loader->unit.ops->load_shelf(loader->unit.conn, *out, user_id, name, err));
}

bool ra_loader_add_shelf_book(struct ra_loader *loader, const char *user_key, const char *shelf,
                              const char *book_key, uint32_t position, enum ra_load_outcome *out,
                              struct ra_err *err)
{
    struct link link = {.at = position};
    bool known;
    if (!check_key("the shelf's name", shelf, err) ||
        !resolve(loader, user_key, book_key, &link, &known, err))
        return false;
    int64_t user_id = link.owner;
    if (known && (!resolve_shelf(loader, user_id, shelf, &link.owner, err) ||
                  !sorter_put(&loader->shelf_books, &link, err)))
        return false;
    if (out)
        *out = known ? RA_LOAD_ADDED : RA_LOAD_UNKNOWN_BOOK;
    return true;
}

static bool write_links(struct ra_loader *loader, struct ra_load_counts *counts, struct ra_err *err)
{
    const struct ra_store_ops *ops = loader->unit.ops;
    const struct link_job ratings = {
        LINK_RATINGS,
        &loader->ratings,
        loader->users.last_old_id,
    };
    const struct link_job shelf_books = {
        LINK_SHELF_BOOKS,
        &loader->shelf_books,
        loader->shelves.last_old_id,
    };
    struct link_counts rated = {0}, shelved = {0};
    if (!sorter_start(&loader->ratings, err) ||
        !ops->load_links(loader->unit.conn, &ratings, &rated, err) ||
        !sorter_start(&loader->shelf_books, err) ||
        !ops->load_links(loader->unit.conn, &shelf_books, &shelved, err))
        return false;
    counts->ratings = rated.rows;
    counts->ratings_added = rated.added;
    counts->ratings_changed = rated.changed;
    counts->shelf_books = shelved.rows;
    return true;
}

static bool write_all(struct ra_loader *loader, struct ra_load_counts *counts, struct ra_err *err)
{
    const struct ra_store_ops *ops = loader->unit.ops;
    keys_count(&loader->books, &counts->books, &counts->books_added, &counts->books_changed);
    keys_count(&loader->users, &counts->users, &counts->users_added, &counts->users_changed);
    if (!ops->load_flush(loader->unit.conn, err) || !write_links(loader, counts, err))
        return false;
    if ((counts->books_added || counts->books_changed) &&
        !unit_run(&loader->unit,
                  "UPDATE store_state SET value = value + 1 WHERE name = 'catalogue'", NULL, 0,
                  err))
        return false;
    return ops->commit(loader->unit.conn, err);
}

bool ra_loader_commit(struct ra_loader *loader, struct ra_load_counts *out, struct ra_err *err)
{
    struct ra_load_counts counts = {0};
    bool ok = write_all(loader, &counts, err);
    end(loader);
    if (ok && out)
        *out = counts;
    return ok;
}
