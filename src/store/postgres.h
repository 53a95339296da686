#ifndef READALIKE_STORE_POSTGRES_H
#define READALIKE_STORE_POSTGRES_H

#include <libpq-fe.h>

#include "ops.h"

#define POSTGRES_PREPARED 64

struct pg_load;
struct pg_conn {
    struct conn base;
    const struct target *target;
    PGconn *pg;
    const char *prepared[POSTGRES_PREPARED]; /* compared by address; number n is "ra<n>" */
    size_t n_prepared;
    uint64_t deadline_ns; /* of the answer being waited for; 0: none */
    struct pg_load *load; /* while a bulk load is under way */
};

static inline struct pg_conn *pg_of(struct conn *conn)
{
    return (struct pg_conn *)conn;
}

/* Opens and closes the connection itself. False with `err` set; `conn->pg` may be there then. */
bool pg_open(struct pg_conn *conn, struct ra_err *err);

/*
 * The answer to what was just sent, waited for until the deadline: the last result, or the first
 * that is an error. The caller clears it. NULL with `err` when there was none or it is an error.
 * `sent` is what the PQsend function returned.
 */
PGresult *pg_answer(struct pg_conn *conn, int sent, struct ra_err *err) RA_MUST_CHECK;
/* Records what the connection says and marks it broken when it is; returns false. */
bool pg_lost(struct pg_conn *conn, struct ra_err *err);

bool pg_run(struct conn *conn, const struct query *query, struct ra_err *err);
bool pg_script(struct conn *conn, const char *sql, struct ra_err *err);

bool pg_begin_load(struct conn *conn, struct ra_err *err);
bool pg_load_book(struct conn *conn, const char *source, const struct ra_book *book, bool is_new,
                  struct ra_err *err);
bool pg_load_user(struct conn *conn, const char *source, const struct ra_user *user, bool is_new,
                  struct ra_err *err);
bool pg_load_shelf(struct conn *conn, int64_t shelf_id, int64_t user_id, const char *name,
                   struct ra_err *err);
bool pg_load_flush(struct conn *conn, struct ra_err *err);
bool pg_load_links(struct conn *conn, const struct link_job *job, struct link_counts *out,
                   struct ra_err *err);
void pg_load_end(struct conn *conn);

#endif
