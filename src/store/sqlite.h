#ifndef READALIKE_STORE_SQLITE_H
#define READALIKE_STORE_SQLITE_H

#include <sqlite3.h>

#include "ops.h"

#define SQLITE_CACHED 48

struct sqlite_conn {
    struct conn base;
    const struct target *target;
    sqlite3 *db;
    struct {
        const char *sql; /* compared by address */
        sqlite3_stmt *stmt;
    } cached[SQLITE_CACHED];
    size_t n_cached;
};

static inline struct sqlite_conn *sqlite_of(struct conn *conn)
{
    return (struct sqlite_conn *)conn;
}

/* Records what SQLite says, with a code to match; returns false. */
bool sqlite_failed(struct sqlite_conn *conn, int rc, struct ra_err *err);
/* The prepared statement of `sql`, reset; borrowed. */
sqlite3_stmt *sqlite_prepared(struct sqlite_conn *conn, const char *sql,
                              struct ra_err *err) RA_MUST_CHECK;

/* Teaches a connection lower(), strpos() and COLLATE "C" as PostgreSQL has them. */
int sqlite_add_functions(sqlite3 *db);

bool sqlite_run(struct conn *conn, const struct query *query, struct ra_err *err);
bool sqlite_load_book(struct conn *conn, const char *source, const struct ra_book *book,
                      bool is_new, struct ra_err *err);
bool sqlite_load_user(struct conn *conn, const char *source, const struct ra_user *user,
                      bool is_new, struct ra_err *err);
bool sqlite_load_shelf(struct conn *conn, int64_t shelf_id, int64_t user_id, const char *name,
                       struct ra_err *err);
bool sqlite_load_flush(struct conn *conn, struct ra_err *err);
bool sqlite_load_links(struct conn *conn, const struct link_job *job, struct link_counts *out,
                       struct ra_err *err);

#endif
