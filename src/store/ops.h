#ifndef READALIKE_STORE_OPS_H
#define READALIKE_STORE_OPS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "readalike/embedded.h"
#include "readalike/store.h"

/*
 * What a backend does, private to this folder. SQL is written once for both: parameters are $1,
 * $2, ... in the order they first appear, and SQLite is taught the few functions of PostgreSQL
 * that the statements use. Only what truly differs is in the table.
 */
enum param_kind { PARAM_NULL, PARAM_I64, PARAM_F64, PARAM_TEXT };
struct param {
    enum param_kind kind;
    int64_t i64;
    double f64;
    const char *text;
};

static inline struct param p_i64(int64_t value)
{
    return (struct param){.kind = PARAM_I64, .i64 = value};
}

/* 0 is "unknown" in our rows and NULL in SQL. */
static inline struct param p_i64_or_null(int64_t value)
{
    return value ? p_i64(value) : (struct param){0};
}

static inline struct param p_f64_or_null(double value)
{
    return isnan(value) ? (struct param){0} : (struct param){.kind = PARAM_F64, .f64 = value};
}

static inline struct param p_text(const char *text)
{
    return text ? (struct param){.kind = PARAM_TEXT, .text = text} : (struct param){0};
}

/* An open connection; a backend's own struct begins with it. */
struct conn {
    bool broken;    /* must not go back to the pool */
    bool timed_out; /* and it was given up waiting for; the next would wait as long */
    bool used;      /* a statement has worked since it was leased */
    bool delivered; /* a row has gone to the caller since it was leased */
};

/* The row at hand; cells are read with the `col_` functions and borrowed until the next row. */
struct row {
    const struct ra_store_ops *ops;
    void *handle;
    int at;
};
typedef bool (*row_fn)(void *ctx, const struct row *row, struct ra_err *err);

/* `sql` must be a string of static storage: statements are cached by its address. */
struct query {
    const char *sql;
    const struct param *params;
    size_t n_params;
    row_fn fn; /* NULL: rows are not looked at */
    void *ctx;
    uint64_t *out_changed; /* rows that an INSERT, UPDATE or DELETE touched; may be NULL */
};

/* Where a store is. */
struct target {
    char *where; /* a path, or the whole URL */
    char *name;  /* the URL for messages, without a password */
    unsigned lease_timeout_ms;
    unsigned connect_timeout_ms;
};

struct sorter;

/* One of the two tables of pairs that a load fills in bulk. */
enum links { LINK_RATINGS, LINK_SHELF_BOOKS };
struct link_job {
    enum links table;
    struct sorter *rows;
    int64_t last_old_owner; /* pairs of owners with a higher id are new for certain */
};
struct link_counts {
    uint64_t rows, added, changed;
};

struct ra_store_ops {
    const char *name;
    const struct ra_embedded *migrations;
    const size_t *n_migrations;

    struct conn *(*connect)(const struct target *target, struct ra_err *err);
    void (*disconnect)(struct conn *conn);
    bool (*ping)(struct conn *conn, struct ra_err *err);

    bool (*begin_read)(struct conn *conn, struct ra_err *err); /* one consistent view */
    bool (*begin_write)(struct conn *conn, struct ra_err *err);
    bool (*begin_migrate)(struct conn *conn, struct ra_err *err); /* takes the migration lock */
    bool (*begin_load)(struct conn *conn, struct ra_err *err);    /* takes the load lock */
    bool (*commit)(struct conn *conn, struct ra_err *err);
    void (*rollback)(struct conn *conn); /* also when there is nothing to roll back */

    bool (*run)(struct conn *conn, const struct query *query, struct ra_err *err);
    /* As run, in a transaction, with memory that does not grow with the rows. */
    bool (*stream)(struct conn *conn, const struct query *query, struct ra_err *err);
    /* Several statements without parameters. */
    bool (*script)(struct conn *conn, const char *sql, struct ra_err *err);

    int64_t (*col_i64)(const struct row *row, int column);      /* 0 for NULL */
    double (*col_f64)(const struct row *row, int column);       /* NaN for NULL */
    const char *(*col_text)(const struct row *row, int column); /* NULL for NULL */

    const char *sql_has_migrations; /* a row when the table of migrations is there */
    const char *sql_lock_book;      /* a row when book $1 is there, and stays until commit */

    /* Bulk load: rows may be held back until load_flush. One that is not new has a known id. */
    bool (*load_book)(struct conn *conn, const char *source, const struct ra_book *book,
                      bool is_new, struct ra_err *err);
    bool (*load_user)(struct conn *conn, const char *source, const struct ra_user *user,
                      bool is_new, struct ra_err *err);
    bool (*load_shelf)(struct conn *conn, int64_t shelf_id, int64_t user_id, const char *name,
                       struct ra_err *err);
    bool (*load_flush)(struct conn *conn, struct ra_err *err);
    bool (*load_links)(struct conn *conn, const struct link_job *job, struct link_counts *out,
                       struct ra_err *err);
    void (*load_end)(struct conn *conn); /* after commit and after an abort */
};

extern const struct ra_store_ops sqlite_ops;
extern const struct ra_store_ops postgres_ops;

#endif
