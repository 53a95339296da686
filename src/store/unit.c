/* One call's work on a leased connection: lease, transaction, retry, give back. */
#include "unit.h"

#include <string.h>

#include "readalike/str.h"

enum mode { READ, SNAPSHOT, WRITE };

static bool begin(const struct unit *unit, enum mode mode, struct ra_err *err)
{
    if (mode == READ)
        return true;
    return mode == WRITE ? unit->ops->begin_write(unit->conn, err)
                         : unit->ops->begin_read(unit->conn, err);
}

static bool attempt(const struct unit *unit, enum mode mode, unit_fn fn, void *ctx,
                    struct ra_err *err)
{
    if (!begin(unit, mode, err))
        return false;
    bool ok = fn(unit, ctx, err);
    if (mode == WRITE)
        ok = ok && unit->ops->commit(unit->conn, err);
    if (mode == SNAPSHOT || (mode == WRITE && !ok))
        unit->ops->rollback(unit->conn);
    return ok;
}

static bool may_repeat(const struct conn *conn, enum mode mode)
{
    return conn->broken && !conn->timed_out && (!conn->used || (mode != WRITE && !conn->delivered));
}

static bool run_unit(struct ra_store *store, enum mode mode, unit_fn fn, void *ctx,
                     struct ra_err *err)
{
    for (unsigned tries = 1;; tries++) {
        struct ra_err own = {0};
        struct unit unit = {.ops = store->ops, .conn = pool_lease(store->pool, &own)};
        if (!unit.conn)
            return ra_fail(err, own.code, "%s", own.text);
        bool ok = attempt(&unit, mode, fn, ctx, &own);
        bool repeat = !ok && tries == 1 && may_repeat(unit.conn, mode);
        pool_return(store->pool, unit.conn);
        if (ok)
            return true;
        if (!repeat)
            return ra_fail(err, own.code, "%s", own.text);
    }
}

bool unit_read(struct ra_store *store, unit_fn fn, void *ctx, struct ra_err *err)
{
    return run_unit(store, READ, fn, ctx, err);
}

bool unit_snapshot(struct ra_store *store, unit_fn fn, void *ctx, struct ra_err *err)
{
    return run_unit(store, SNAPSHOT, fn, ctx, err);
}

bool unit_write(struct ra_store *store, unit_fn fn, void *ctx, struct ra_err *err)
{
    return run_unit(store, WRITE, fn, ctx, err);
}

bool unit_run(const struct unit *unit, const char *sql, const struct param *params, size_t n,
              struct ra_err *err)
{
    return unit->ops->run(unit->conn, &(struct query){.sql = sql, .params = params, .n_params = n},
                          err);
}

struct number {
    int64_t value;
    bool found;
};

static bool take_number(void *ctx, const struct row *row, struct ra_err *err)
{
    (void)err;
    *(struct number *)ctx = (struct number){row->ops->col_i64(row, 0), true};
    return true;
}

bool unit_number(const struct unit *unit, const struct query *query, int64_t *out, bool *out_found,
                 struct ra_err *err)
{
    struct number number = {0};
    struct query run = *query;
    run.fn = take_number;
    run.ctx = &number;
    if (!unit->ops->run(unit->conn, &run, err))
        return false;
    if (number.found)
        *out = number.value;
    *out_found = number.found;
    return true;
}

bool check_text(const char *what, const char *text, size_t max, struct ra_err *err)
{
    if (!text)
        return true;
    size_t n = strnlen(text, max + 1);
    if (n > max)
        return ra_fail(err, RA_ERR_INVALID, "%s is longer than %zu bytes", what, max);
    if (!ra_utf8_valid(text, n))
        return ra_fail(err, RA_ERR_INVALID, "%s is not UTF-8", what);
    return true;
}

struct ra_book book_of_row(const struct row *row)
{
    const struct ra_store_ops *ops = row->ops;
    return (struct ra_book){
        .id = ops->col_i64(row, 0),
        .source_key = ops->col_text(row, 1),
        .isbn = ops->col_text(row, 2),
        .title = ops->col_text(row, 3),
        .author = ops->col_text(row, 4),
        .publisher = ops->col_text(row, 5),
        .language = ops->col_text(row, 6),
        .image_url = ops->col_text(row, 7),
        .tags = ops->col_text(row, 8),
        .year = (int)ops->col_i64(row, 9),
        .average_rating = ops->col_f64(row, 10),
        .rating_count = ops->col_i64(row, 11),
    };
}
