/* Brings the schema up to date: every missing step, in one transaction, under a lock. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/clock.h"
#include "readalike/hash.h"
#include "unit.h"

#define SUM_TEXT 17

static void checksum(const struct ra_embedded *file, char out[SUM_TEXT])
{
    snprintf(out, SUM_TEXT, "%016" PRIx64, ra_hash64(file->data, file->size, 0));
}

/* "0001_first.sql" is step 1. */
static int64_t version_of(const struct ra_embedded *file)
{
    return strtoll(file->name, NULL, 10);
}

struct history {
    const struct ra_store_ops *ops;
    const char *store_name;
    size_t n_done; /* steps are applied in order, so that a number says which */
};

static bool check_step(void *ctx, const struct row *row, struct ra_err *err)
{
    struct history *history = ctx;
    int64_t version = row->ops->col_i64(row, 0);
    const char *sum = row->ops->col_text(row, 1);
    if (history->n_done == *history->ops->n_migrations)
        return ra_fail(err, RA_ERR_CONFLICT,
                       "%s has schema version %" PRId64
                       ", which this program does not know; use the newer program that made it",
                       history->store_name, version);
    const struct ra_embedded *file = &history->ops->migrations[history->n_done];
    char wanted[SUM_TEXT];
    checksum(file, wanted);
    if (version != version_of(file) || !sum || strcmp(sum, wanted) != 0)
        return ra_fail(err, RA_ERR_CONFLICT,
                       "migration %s was changed after %s had applied it (%s there, %s here)",
                       file->name, history->store_name, sum ? sum : "nothing", wanted);
    history->n_done++;
    return true;
}

/* How many steps the store has, each compared with ours. */
static bool read_history(const struct unit *unit, struct history *history, struct ra_err *err)
{
    history->n_done = 0;
    int64_t ignored;
    bool has_table;
    return unit_number(unit, &(struct query){.sql = unit->ops->sql_has_migrations}, &ignored,
                       &has_table, err) &&
           (!has_table ||
            unit->ops->run(
                unit->conn,
                &(struct query){
                    .sql = "SELECT version, checksum FROM schema_migrations ORDER BY version",
                    .fn = check_step,
                    .ctx = history,
                },
                err));
}

static bool apply(const struct unit *unit, const struct ra_embedded *file, struct ra_err *err)
{
    char sum[SUM_TEXT];
    checksum(file, sum);
    const struct param params[] = {
        p_i64(version_of(file)),
        p_text(file->name),
        p_text(sum),
        p_i64(ra_clock_unix()),
    };
    return (unit->ops->script(unit->conn, (const char *)file->data, err) &&
            unit_run(unit,
                     "INSERT INTO schema_migrations (version, name, checksum, applied_at) "
                     "VALUES ($1, $2, $3, $4)",
                     params, 4, err)) ||
           ra_err_wrap(err, "migration %s", file->name);
}

static bool apply_missing(const struct unit *unit, struct history *history, unsigned *out_applied,
                          struct ra_err *err)
{
    if (!unit->ops->script(unit->conn,
                           "CREATE TABLE IF NOT EXISTS schema_migrations ("
                           "version bigint PRIMARY KEY, name text NOT NULL, "
                           "checksum text NOT NULL, applied_at bigint NOT NULL)",
                           err) ||
        !read_history(unit, history, err))
        return false;
    for (size_t i = history->n_done; i < *unit->ops->n_migrations; i++) {
        if (!apply(unit, &unit->ops->migrations[i], err))
            return false;
        ++*out_applied;
    }
    return true;
}

struct migration {
    struct history history;
    unsigned applied;
};

static bool migrate(const struct unit *unit, void *ctx, struct ra_err *err)
{
    struct migration *migration = ctx;
    migration->applied = 0;
    /* First without the lock: a store that is up to date must open beside a running import. */
    if (!read_history(unit, &migration->history, err))
        return false;
    if (migration->history.n_done == *unit->ops->n_migrations)
        return true;
    bool ok = unit->ops->begin_migrate(unit->conn, err) &&
              apply_missing(unit, &migration->history, &migration->applied, err) &&
              unit->ops->commit(unit->conn, err);
    if (!ok)
        unit->ops->rollback(unit->conn);
    return ok;
}

bool ra_store_migrate(struct ra_store *store, unsigned *out_applied, struct ra_err *err)
{
    struct migration migration = {
        .history = {.ops = store->ops, .store_name = store->target.name},
    };
    if (!unit_read(store, migrate, &migration, err))
        return false;
    if (out_applied)
        *out_applied = migration.applied;
    return true;
}
