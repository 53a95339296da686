#ifndef READALIKE_STORE_UNIT_H
#define READALIKE_STORE_UNIT_H

#include "ops.h"
#include "pool.h"

struct ra_store {
    const struct ra_store_ops *ops;
    struct target target;
    struct pool *pool;
};

/* The work of one call on a leased connection. */
struct unit {
    const struct ra_store_ops *ops;
    struct conn *conn;
};
typedef bool (*unit_fn)(const struct unit *unit, void *ctx, struct ra_err *err);

/*
 * Leases a connection, does the work, gives it back. What failed on a dead connection is tried
 * once more on a new one when that cannot do it twice: a read that has delivered nothing yet, a
 * write that has not begun. Not what was given up waiting for: that would wait twice as long.
 */
bool unit_read(struct ra_store *store, unit_fn fn, void *ctx, struct ra_err *err) RA_MUST_CHECK;
/* The same inside a read transaction. */
bool unit_snapshot(struct ra_store *store, unit_fn fn, void *ctx, struct ra_err *err) RA_MUST_CHECK;
/* The same inside a write transaction, committed when `fn` returns true. */
bool unit_write(struct ra_store *store, unit_fn fn, void *ctx, struct ra_err *err) RA_MUST_CHECK;

/* Runs one statement with the `n` parameters. */
bool unit_run(const struct unit *unit, const char *sql, const struct param *params, size_t n,
              struct ra_err *err) RA_MUST_CHECK;
/* The same for a statement with at most one row of one number: `*out_found` says if there was. */
bool unit_number(const struct unit *unit, const struct query *query, int64_t *out, bool *out_found,
                 struct ra_err *err) RA_MUST_CHECK;

/* Whether `text` can be stored: UTF-8, at most `max` bytes. `what` names it in the failure. */
bool check_text(const char *what, const char *text, size_t max, struct ra_err *err) RA_MUST_CHECK;

#define BOOK_COLUMNS                                                                               \
    "id, source_key, isbn, title, author, publisher, language, image_url, tags, year, "            \
    "average_rating, rating_count"
/* A row of BOOK_COLUMNS; strings are borrowed from it. */
struct ra_book book_of_row(const struct row *row);

#define MAX_KEY_BYTES 512 /* below what an index entry of PostgreSQL holds */
#define MAX_TEXT_BYTES 65536

#endif
