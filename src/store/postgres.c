/* The PostgreSQL backend: transactions, statements, rows. */
#include "postgres.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/buf.h"
#include "readalike/clock.h"

extern const struct ra_embedded ra_migrations_postgres[];
extern const size_t ra_migrations_postgres_count;

/* Calls that serve a request end by then, come what may; loads and walks take what they need. */
#define CALL_TIMEOUT_MS 10000
#define MAX_PARAMS 8
#define NUMBER_TEXT 32
#define FETCH_ROWS "8192"
/* Any number that no other program is likely to lock in this database: "readalik" in ASCII. */
#define MIGRATION_LOCK "8242832939904428395"

static void limit(struct pg_conn *conn, unsigned ms)
{
    conn->deadline_ns = ms ? ra_clock_ns() + (uint64_t)ms * 1000000 : 0;
}

/* Calls outside of a transaction, and in one that serves a request, have the common limit. */
static void limit_call(struct pg_conn *conn)
{
    if (PQtransactionStatus(conn->pg) == PQTRANS_IDLE)
        limit(conn, CALL_TIMEOUT_MS);
}

bool pg_script(struct conn *base, const char *sql, struct ra_err *err)
{
    struct pg_conn *conn = pg_of(base);
    PGresult *result = pg_answer(conn, PQsendQuery(conn->pg, sql), err);
    PQclear(result);
    return result != NULL;
}

static void disconnect(struct conn *base)
{
    struct pg_conn *conn = pg_of(base);
    PQfinish(conn->pg);
    free(conn);
}

static struct conn *connect_to(const struct target *target, struct ra_err *err)
{
    struct pg_conn *conn = calloc(1, sizeof *conn);
    if (!conn) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    conn->target = target;
    if (!pg_open(conn, err)) {
        disconnect(&conn->base);
        return NULL;
    }
    return &conn->base;
}

/* The parameters as libpq wants them; numbers are written into `digits`. */
struct texts {
    const char *values[MAX_PARAMS];
    char digits[MAX_PARAMS][NUMBER_TEXT];
};

static void to_texts(const struct query *query, struct texts *out)
{
    for (size_t i = 0; i < query->n_params && i < MAX_PARAMS; i++) {
        const struct param *param = &query->params[i];
        out->values[i] = param->kind == PARAM_NULL ? NULL : out->digits[i];
        if (param->kind == PARAM_I64)
            snprintf(out->digits[i], NUMBER_TEXT, "%" PRId64, param->i64);
        else if (param->kind == PARAM_F64)
            snprintf(out->digits[i], NUMBER_TEXT, "%.17g", param->f64);
        else if (param->kind == PARAM_TEXT)
            out->values[i] = param->text;
    }
}

/* The name of the prepared statement of `sql`, in `out`. */
static bool prepare(struct pg_conn *conn, const char *sql, char out[NUMBER_TEXT],
                    struct ra_err *err)
{
    size_t at = 0;
    while (at < conn->n_prepared && conn->prepared[at] != sql)
        at++;
    if (at == POSTGRES_PREPARED)
        return ra_fail(err, RA_ERR_INVALID, "more than %d statements", POSTGRES_PREPARED);
    snprintf(out, NUMBER_TEXT, "ra%zu", at);
    if (at < conn->n_prepared)
        return true;
    PGresult *result = pg_answer(conn, PQsendPrepare(conn->pg, out, sql, 0, NULL), err);
    if (!result)
        return false;
    PQclear(result);
    conn->prepared[conn->n_prepared++] = sql;
    return true;
}

static bool hand_over(const struct query *query, PGresult *result, struct ra_err *err)
{
    struct row row = {.ops = &postgres_ops, .handle = result};
    for (int n = query->fn ? PQntuples(result) : 0; row.at < n; row.at++) {
        if (!query->fn(query->ctx, &row, err))
            return false;
    }
    if (query->out_changed)
        *query->out_changed = strtoull(PQcmdTuples(result), NULL, 10);
    return true;
}

bool pg_run(struct conn *base, const struct query *query, struct ra_err *err)
{
    struct pg_conn *conn = pg_of(base);
    char name[NUMBER_TEXT];
    struct texts texts;
    if (query->n_params > MAX_PARAMS)
        return ra_fail(err, RA_ERR_INVALID, "more than %d parameters", MAX_PARAMS);
    limit_call(conn);
    if (!prepare(conn, query->sql, name, err))
        return false;
    to_texts(query, &texts);
    PGresult *result = pg_answer(
        conn,
        PQsendQueryPrepared(conn->pg, name, (int)query->n_params, texts.values, NULL, NULL, 0),
        err);
    if (!result)
        return false;
    bool ok = hand_over(query, result, err);
    PQclear(result);
    return ok;
}

static bool declare(struct pg_conn *conn, const struct query *query, struct ra_err *err)
{
    struct texts texts;
    struct ra_buf sql;
    ra_buf_init(&sql);
    ra_buf_puts(&sql, "DECLARE walk NO SCROLL CURSOR FOR ");
    ra_buf_puts(&sql, query->sql);
    to_texts(query, &texts);
    PGresult *result = NULL;
    if (query->n_params <= MAX_PARAMS && ra_buf_cstr(&sql))
        result = pg_answer(conn,
                           PQsendQueryParams(conn->pg, sql.data, (int)query->n_params, NULL,
                                             texts.values, NULL, NULL, 0),
                           err);
    else
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ra_buf_finish(&sql);
    PQclear(result);
    return result != NULL;
}

/* By a cursor, some thousand rows at a time, so that memory stays bounded. */
static bool stream(struct conn *base, const struct query *query, struct ra_err *err)
{
    struct pg_conn *conn = pg_of(base);
    if (!declare(conn, query, err))
        return false;
    for (bool more = true; more;) {
        PGresult *rows =
            pg_answer(conn, PQsendQuery(conn->pg, "FETCH " FETCH_ROWS " FROM walk"), err);
        if (!rows)
            return false;
        more = PQntuples(rows) > 0;
        bool ok = hand_over(query, rows, err);
        PQclear(rows);
        if (!ok)
            return false;
    }
    return pg_script(base, "CLOSE walk", err);
}

static bool begin_read(struct conn *conn, struct ra_err *err)
{
    limit(pg_of(conn), 0);
    return pg_script(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
}

static bool begin_write(struct conn *conn, struct ra_err *err)
{
    limit(pg_of(conn), CALL_TIMEOUT_MS);
    return pg_script(conn, "BEGIN", err);
}

static bool begin_migrate(struct conn *conn, struct ra_err *err)
{
    limit(pg_of(conn), 0);
    return pg_script(conn,
                     "BEGIN; SET LOCAL lock_timeout = '30s'; "
                     "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ")",
                     err);
}

static bool commit(struct conn *base, struct ra_err *err)
{
    struct pg_conn *conn = pg_of(base);
    PGresult *result = pg_answer(conn, PQsendQuery(conn->pg, "COMMIT"), err);
    if (!result)
        return false;
    /* A transaction that had failed is rolled back, and the server calls that a success. */
    bool ok = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    return ok || ra_fail(err, RA_ERR_IO, "%s did not commit", conn->target->name);
}

static void rollback(struct conn *base)
{
    struct pg_conn *conn = pg_of(base);
    if (base->broken || PQtransactionStatus(conn->pg) == PQTRANS_IDLE)
        return;
    bool was_used = base->used;
    limit(conn, CALL_TIMEOUT_MS);
    /* What is left half-way (a COPY, an answer not read) is quickest ended by hanging up. */
    if (PQtransactionStatus(conn->pg) == PQTRANS_ACTIVE || !pg_script(base, "ROLLBACK", NULL))
        base->broken = true;
    base->used = was_used;
}

static bool ping(struct conn *base, struct ra_err *err)
{
    struct pg_conn *conn = pg_of(base);
    limit(conn, conn->target->connect_timeout_ms);
    return pg_script(base, "SELECT 1", err);
}

static int64_t col_i64(const struct row *row, int column)
{
    return strtoll(PQgetvalue(row->handle, row->at, column), NULL, 10);
}

static double col_f64(const struct row *row, int column)
{
    if (PQgetisnull(row->handle, row->at, column))
        return NAN;
    return strtod(PQgetvalue(row->handle, row->at, column), NULL);
}

static const char *col_text(const struct row *row, int column)
{
    if (PQgetisnull(row->handle, row->at, column))
        return NULL;
    return PQgetvalue(row->handle, row->at, column);
}

const struct ra_store_ops postgres_ops = {
    .name = "postgresql",
    .migrations = ra_migrations_postgres,
    .n_migrations = &ra_migrations_postgres_count,
    .connect = connect_to,
    .disconnect = disconnect,
    .ping = ping,
    .begin_read = begin_read,
    .begin_write = begin_write,
    .begin_migrate = begin_migrate,
    .begin_load = pg_begin_load,
    .commit = commit,
    .rollback = rollback,
    .run = pg_run,
    .stream = stream,
    .script = pg_script,
    .col_i64 = col_i64,
    .col_f64 = col_f64,
    .col_text = col_text,
    .sql_has_migrations = "SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL",
    .sql_lock_book = "SELECT id FROM books WHERE id = $1 FOR KEY SHARE",
    .load_book = pg_load_book,
    .load_user = pg_load_user,
    .load_shelf = pg_load_shelf,
    .load_flush = pg_load_flush,
    .load_links = pg_load_links,
    .load_end = pg_load_end,
};
