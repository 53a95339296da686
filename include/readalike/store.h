#ifndef READALIKE_STORE_H
#define READALIKE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/book.h"
#include "readalike/err.h"

/*
 * Users, books, ratings and shelves in SQLite or PostgreSQL, behind one header. A call leases a
 * connection from the store's pool for its own duration (waiting at most `lease_timeout_ms`), so
 * any thread may call; the callbacks run on the caller's thread with the lease held and must not
 * call the store again.
 *
 * Failures: RA_ERR_UNAVAILABLE when the server does not answer, RA_ERR_TIMEOUT when no connection
 * comes free, RA_ERR_NOT_FOUND, RA_ERR_CONFLICT, RA_ERR_CORRUPT for a damaged file, RA_ERR_INVALID.
 */
struct ra_store;

struct ra_store_options {
    unsigned pool_size;          /* connections at most; 0 means 4 */
    unsigned lease_timeout_ms;   /* 0 means 2000 */
    unsigned connect_timeout_ms; /* 0 means 3000 */
};

/*
 * `url` is sqlite:PATH (the file and its folder are made) or postgresql://... (libpq's syntax).
 * Opening connects once, so a wrong URL or password fails here. Nothing is migrated yet.
 */
struct ra_store *ra_store_open(const char *url, const struct ra_store_options *options,
                               struct ra_err *err) RA_MUST_CHECK;
void ra_store_close(struct ra_store *store); /* NULL is fine; no call may be under way */
/* "sqlite" or "postgresql"; static. */
const char *ra_store_backend(const struct ra_store *store);
/* The URL with any password replaced, for messages; borrowed. */
const char *ra_store_name(const struct ra_store *store);

/* Brings the schema up to date under a lock; `out_applied` (may be NULL) counts the steps taken. */
bool ra_store_migrate(struct ra_store *store, unsigned *out_applied,
                      struct ra_err *err) RA_MUST_CHECK;
/* Answers within the connect timeout or fails; for /readyz. */
bool ra_store_ping(struct ra_store *store, struct ra_err *err) RA_MUST_CHECK;

struct ra_store_counts {
    uint64_t users, books, ratings;
};
bool ra_store_count(struct ra_store *store, struct ra_store_counts *out,
                    struct ra_err *err) RA_MUST_CHECK;

/* False stops the walk, with `err` set by the callback. */
typedef bool (*ra_book_fn)(void *ctx, const struct ra_book *book, struct ra_err *err);
typedef bool (*ra_rating_fn)(void *ctx, const struct ra_rating *rating, struct ra_err *err);

/*
 * Everything that training needs, in one read transaction: all books by id, then all ratings by
 * (user_id, book_id). The order is the same every time.
 */
struct ra_snapshot_sink {
    void *ctx;
    ra_book_fn book;
    ra_rating_fn rating;
};
bool ra_store_snapshot(struct ra_store *store, const struct ra_snapshot_sink *sink,
                       struct ra_err *err) RA_MUST_CHECK;

/* Grows with every committed change of `books`; part of cache keys. */
bool ra_store_catalogue_revision(struct ra_store *store, uint64_t *out,
                                 struct ra_err *err) RA_MUST_CHECK;

enum ra_book_order { RA_BOOKS_BY_ID, RA_BOOKS_LATEST, RA_BOOKS_BY_TITLE };

/* All that is set must hold. */
struct ra_book_query {
    const char *text;       /* in the title, case-insensitive; NULL any */
    const char *author;     /* in the author, case-insensitive; NULL any */
    const char *language;   /* equal; NULL any */
    int year_from, year_to; /* 0: open */
    enum ra_book_order order;
    unsigned limit;  /* at most 100 */
    unsigned offset; /* at most 10,000 */
};
bool ra_store_find_books(struct ra_store *store, const struct ra_book_query *query, ra_book_fn fn,
                         void *ctx, struct ra_err *err) RA_MUST_CHECK;
/* RA_ERR_NOT_FOUND when there is none. */
bool ra_store_get_book(struct ra_store *store, int64_t book_id, ra_book_fn fn, void *ctx,
                       struct ra_err *err) RA_MUST_CHECK;

/*
 * A reader by database id ("42") or, failing that, by the key an import brought ("goodbooks:42")
 * or the account name. `out_revision` grows with every change of the reader's ratings.
 */
bool ra_store_find_user(struct ra_store *store, const char *name, int64_t *out_user_id,
                        uint64_t *out_revision, struct ra_err *err) RA_MUST_CHECK;
bool ra_store_user_ratings(struct ra_store *store, int64_t user_id, ra_rating_fn fn, void *ctx,
                           struct ra_err *err) RA_MUST_CHECK;

/* The books of a shelf in their order. RA_ERR_NOT_FOUND when there is none of that id, or when it
 * is not public and `public_only`. */
typedef bool (*ra_shelf_fn)(void *ctx, int64_t book_id, struct ra_err *err);
bool ra_store_shelf_books(struct ra_store *store, int64_t shelf_id, bool public_only,
                          ra_shelf_fn fn, void *ctx, struct ra_err *err) RA_MUST_CHECK;

/* Committed when it returns true. RA_ERR_NOT_FOUND for an unknown reader or book. */
bool ra_store_put_rating(struct ra_store *store, const struct ra_rating *rating,
                         uint64_t *out_revision, struct ra_err *err) RA_MUST_CHECK;
/* RA_ERR_NOT_FOUND when there was none. */
bool ra_store_delete_rating(struct ra_store *store, int64_t user_id, int64_t book_id,
                            uint64_t *out_revision, struct ra_err *err) RA_MUST_CHECK;

/*
 * Bulk load, one transaction: nothing shows before commit, nothing is left after an abort or a
 * kill. Rows are matched by (source, source_key), so the same load twice changes nothing; ids are
 * given in the order rows come, so the same load into an empty store gives the same ids. One load
 * at a time per store (a second waits for the lease timeout, then RA_ERR_CONFLICT). The loader is
 * used by one thread at a time.
 */
struct ra_loader;

enum ra_load_outcome {
    RA_LOAD_ADDED,
    RA_LOAD_CHANGED,
    RA_LOAD_UNCHANGED,
    RA_LOAD_UNKNOWN_BOOK, /* the rating was left out */
};

struct ra_load_counts {
    uint64_t books, users, ratings, shelf_books;            /* distinct rows accepted */
    uint64_t books_added, users_added, ratings_added;       /* new to the store */
    uint64_t books_changed, users_changed, ratings_changed; /* there, with other values */
};

struct ra_loader *ra_loader_begin(struct ra_store *store, const char *source,
                                  struct ra_err *err) RA_MUST_CHECK;
bool ra_loader_add_book(struct ra_loader *loader, const struct ra_book *book,
                        enum ra_load_outcome *out, struct ra_err *err) RA_MUST_CHECK;
bool ra_loader_add_user(struct ra_loader *loader, const struct ra_user *user,
                        enum ra_load_outcome *out, struct ra_err *err) RA_MUST_CHECK;
/*
 * `rating` NaN: read, not rated. An unknown user is added, unless the book is unknown too. Of
 * several ratings of one (user, book) the last counts. ADDED and UNCHANGED may not be told apart
 * before commit; the counts can.
 */
bool ra_loader_add_rating(struct ra_loader *loader, const char *user_key, const char *book_key,
                          float rating, int64_t rated_at, enum ra_load_outcome *out,
                          struct ra_err *err) RA_MUST_CHECK;
/* Puts a book on a reader's shelf ("to-read"), made when missing, at `position`. */
bool ra_loader_add_shelf_book(struct ra_loader *loader, const char *user_key, const char *shelf,
                              const char *book_key, uint32_t position, enum ra_load_outcome *out,
                              struct ra_err *err) RA_MUST_CHECK;
/* Both end the loader, also when commit fails (nothing was changed then). Abort accepts NULL. */
bool ra_loader_commit(struct ra_loader *loader, struct ra_load_counts *out,
                      struct ra_err *err) RA_MUST_CHECK;
void ra_loader_abort(struct ra_loader *loader);

#endif
