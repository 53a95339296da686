/* The SQLite backend: connections, transactions, statements. */
#include "sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/file.h"
#include "readalike/str.h"

/* A migration waits for another process's; an import may hold the lock for a while. */
#define MIGRATE_WAIT_MS 30000

extern const struct ra_embedded ra_migrations_sqlite[];
extern const size_t ra_migrations_sqlite_count;

static enum ra_code code_of(int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return RA_ERR_TIMEOUT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return RA_ERR_CORRUPT;
    case SQLITE_CONSTRAINT:
        return RA_ERR_CONFLICT;
    case SQLITE_NOMEM:
        return RA_ERR_NOMEM;
    default:
        return RA_ERR_IO;
    }
}

bool sqlite_failed(struct sqlite_conn *conn, int rc, struct ra_err *err)
{
    enum ra_code code = code_of(rc);
    /* A handle that met a bad file or disk is not to be trusted with the next call. */
    if (code == RA_ERR_CORRUPT || (rc & 0xFF) == SQLITE_IOERR)
        conn->base.broken = true;
    const char *file = conn->target->where;
    if (code == RA_ERR_TIMEOUT)
        return ra_fail(err, code, "%s is being written by somebody else for too long", file);
    if (code == RA_ERR_CORRUPT)
        return ra_fail(err, code, "%s is damaged or not an SQLite database (%s)", file,
                       sqlite3_errmsg(conn->db));
    if ((rc & 0xFF) == SQLITE_READONLY)
        return ra_fail(err, code, "%s can be read only (%s)", file, sqlite3_errmsg(conn->db));
    return ra_fail(err, code, "%s: %s", file, sqlite3_errmsg(conn->db));
}

static bool exec(struct conn *conn, const char *sql, struct ra_err *err)
{
    struct sqlite_conn *own = sqlite_of(conn);
    int rc = sqlite3_exec(own->db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return sqlite_failed(own, rc, err);
    conn->used = true;
    return true;
}

static bool set_up(struct sqlite_conn *conn, struct ra_err *err)
{
    const char *path = conn->target->where;
    if (ra_file_is_dir(path))
        return ra_fail(err, RA_ERR_IO, "%s is a folder, not an SQLite database", path);
    if (!ra_file_mkdirs_for(path, err))
        return false;
    /* One thread at a time uses a connection: SQLite need not lock it. */
    int rc = sqlite3_open_v2(
        path, &conn->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!conn->db)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (rc != SQLITE_OK)
        return ra_fail(err, RA_ERR_IO, "cannot open %s: %s", path, sqlite3_errmsg(conn->db));
    sqlite3_extended_result_codes(conn->db, 1);
    sqlite3_busy_timeout(conn->db, (int)conn->target->lease_timeout_ms);
    if (sqlite3_db_readonly(conn->db, "main") == 1)
        return ra_fail(err, RA_ERR_IO, "%s can be read only; the store must be able to write it",
                       path);
    if ((rc = sqlite_add_functions(conn->db)) != SQLITE_OK)
        return sqlite_failed(conn, rc, err);
    return exec(&conn->base,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
                "SELECT count(*) FROM sqlite_master",
                err);
}

static void disconnect(struct conn *conn)
{
    struct sqlite_conn *own = sqlite_of(conn);
    for (size_t i = 0; i < own->n_cached; i++)
        sqlite3_finalize(own->cached[i].stmt);
    sqlite3_close(own->db);
    free(own);
}

static struct conn *connect_to(const struct target *target, struct ra_err *err)
{
    struct sqlite_conn *conn = calloc(1, sizeof *conn);
    if (!conn) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    conn->target = target;
    if (!set_up(conn, err)) {
        disconnect(&conn->base);
        return NULL;
    }
    return &conn->base;
}

/* Parameters are bound by number; that holds only when $1, $2, ... appear in that order. */
static bool are_in_order(sqlite3_stmt *stmt)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(stmt); i++) {
        const char *name = sqlite3_bind_parameter_name(stmt, i);
        int64_t number;
        if (!name || !ra_parse_i64(name + 1, &number) || number != i)
            return false;
    }
    return true;
}

sqlite3_stmt *sqlite_prepared(struct sqlite_conn *conn, const char *sql, struct ra_err *err)
{
    for (size_t i = 0; i < conn->n_cached; i++) {
        if (conn->cached[i].sql == sql)
            return conn->cached[i].stmt;
    }
    if (conn->n_cached == SQLITE_CACHED)
        sqlite3_finalize(conn->cached[--conn->n_cached].stmt);
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v3(conn->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc != SQLITE_OK) {
        sqlite_failed(conn, rc, err);
        return NULL;
    }
    if (!are_in_order(stmt)) {
        sqlite3_finalize(stmt);
        ra_fail(err, RA_ERR_INVALID, "parameters out of order in: %s", sql);
        return NULL;
    }
    conn->cached[conn->n_cached].sql = sql;
    conn->cached[conn->n_cached++].stmt = stmt;
    return stmt;
}

static int bind(sqlite3_stmt *stmt, int at, const struct param *param)
{
    switch (param->kind) {
    case PARAM_I64:
        return sqlite3_bind_int64(stmt, at, param->i64);
    case PARAM_F64:
        return sqlite3_bind_double(stmt, at, param->f64);
    case PARAM_TEXT:
        return sqlite3_bind_text(stmt, at, param->text, -1, SQLITE_STATIC);
    case PARAM_NULL:
        break;
    }
    return sqlite3_bind_null(stmt, at);
}

static bool step_all(struct sqlite_conn *conn, sqlite3_stmt *stmt, const struct query *query,
                     struct ra_err *err)
{
    const struct row row = {.ops = &sqlite_ops, .handle = stmt};
    int rc;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (query->fn && !query->fn(query->ctx, &row, err))
            return false;
    }
    if (rc != SQLITE_DONE)
        return sqlite_failed(conn, rc, err);
    if (query->out_changed)
        *query->out_changed = (uint64_t)sqlite3_changes64(conn->db);
    conn->base.used = true;
    return true;
}

bool sqlite_run(struct conn *conn, const struct query *query, struct ra_err *err)
{
    struct sqlite_conn *own = sqlite_of(conn);
    sqlite3_stmt *stmt = sqlite_prepared(own, query->sql, err);
    if (!stmt)
        return false;
    int rc = SQLITE_OK;
    for (size_t i = 0; i < query->n_params && rc == SQLITE_OK; i++)
        rc = bind(stmt, (int)i + 1, &query->params[i]);
    bool ok = rc == SQLITE_OK ? step_all(own, stmt, query, err) : sqlite_failed(own, rc, err);
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return ok;
}

static bool begin_read(struct conn *conn, struct ra_err *err)
{
    return exec(conn, "BEGIN", err);
}

static bool begin_write(struct conn *conn, struct ra_err *err)
{
    return exec(conn, "BEGIN IMMEDIATE", err);
}

static bool begin_migrate(struct conn *conn, struct ra_err *err)
{
    struct sqlite_conn *own = sqlite_of(conn);
    sqlite3_busy_timeout(own->db, MIGRATE_WAIT_MS);
    bool ok = begin_write(conn, err);
    sqlite3_busy_timeout(own->db, (int)own->target->lease_timeout_ms);
    return ok;
}

static bool begin_load(struct conn *conn, struct ra_err *err)
{
    struct ra_err own = {0};
    /*
     * 64 MiB of pages instead of 2: inserts into the unique keys come in no order. The loader
     * gives every id itself, so that checking each against its parent row finds nothing: it took
     * a third of a load's time.
     */
    if (exec(conn, "PRAGMA cache_size = -65536; PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE", &own))
        return true;
    if (own.code == RA_ERR_TIMEOUT)
        return ra_fail(err, RA_ERR_CONFLICT,
                       "another import is writing %s; try again when it is "
                       "done",
                       sqlite_of(conn)->target->where);
    return ra_fail(err, own.code, "%s", own.text);
}

static void load_end(struct conn *conn)
{
    if (!exec(conn, "PRAGMA cache_size = -2000; PRAGMA foreign_keys = ON; PRAGMA shrink_memory",
              NULL))
        conn->broken = true;
}

static bool commit(struct conn *conn, struct ra_err *err)
{
    return exec(conn, "COMMIT", err);
}

static void rollback(struct conn *conn)
{
    struct sqlite_conn *own = sqlite_of(conn);
    if (!sqlite3_get_autocommit(own->db) &&
        sqlite3_exec(own->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        conn->broken = true;
}

static bool ping(struct conn *conn, struct ra_err *err)
{
    return sqlite_run(conn, &(struct query){.sql = "SELECT count(*) FROM sqlite_master"}, err);
}

static int64_t col_i64(const struct row *row, int column)
{
    return sqlite3_column_int64(row->handle, column);
}

static double col_f64(const struct row *row, int column)
{
    if (sqlite3_column_type(row->handle, column) == SQLITE_NULL)
        return NAN;
    return sqlite3_column_double(row->handle, column);
}

static const char *col_text(const struct row *row, int column)
{
    return (const char *)sqlite3_column_text(row->handle, column);
}

const struct ra_store_ops sqlite_ops = {
    .name = "sqlite",
    .migrations = ra_migrations_sqlite,
    .n_migrations = &ra_migrations_sqlite_count,
    .connect = connect_to,
    .disconnect = disconnect,
    .ping = ping,
    .begin_read = begin_read,
    .begin_write = begin_write,
    .begin_migrate = begin_migrate,
    .begin_load = begin_load,
    .commit = commit,
    .rollback = rollback,
    .run = sqlite_run,
    .stream = sqlite_run, /* rows come one by one anyway */
    .script = exec,
    .col_i64 = col_i64,
    .col_f64 = col_f64,
    .col_text = col_text,
    .sql_has_migrations =
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
    .sql_lock_book = "SELECT id FROM books WHERE id = $1",
    .load_book = sqlite_load_book,
    .load_user = sqlite_load_user,
    .load_shelf = sqlite_load_shelf,
    .load_flush = sqlite_load_flush,
    .load_links = sqlite_load_links,
    .load_end = load_end,
};
