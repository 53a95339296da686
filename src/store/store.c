/* Opens a store by its URL and answers what is about the whole of it. */
#include <stdlib.h>
#include <string.h>

#include "readalike/str.h"
#include "unit.h"
#include "url.h"

static const struct ra_store_options defaults = {
    .pool_size = 4,
    .lease_timeout_ms = 2000,
    .connect_timeout_ms = 3000,
};

static bool prepare(struct ra_store *store, const char *url, const struct ra_store_options *options,
                    struct ra_err *err)
{
    static const struct ra_store_options none;
    if (!options)
        options = &none;
    store->target.lease_timeout_ms =
        options->lease_timeout_ms ? options->lease_timeout_ms : defaults.lease_timeout_ms;
    store->target.connect_timeout_ms =
        options->connect_timeout_ms ? options->connect_timeout_ms : defaults.connect_timeout_ms;
    unsigned size = options->pool_size ? options->pool_size : defaults.pool_size;
    if (!url_read(url, &store->target, &store->ops, err))
        return false;
    store->pool = pool_create(store->ops, &store->target, size, err);
    return store->pool != NULL;
}

struct ra_store *ra_store_open(const char *url, const struct ra_store_options *options,
                               struct ra_err *err)
{
    struct ra_store *store = calloc(1, sizeof *store);
    if (!store) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    struct conn *conn = NULL;
    if (!prepare(store, url, options, err) || !(conn = pool_lease(store->pool, err))) {
        ra_store_close(store);
        return NULL;
    }
    pool_return(store->pool, conn);
    return store;
}

void ra_store_close(struct ra_store *store)
{
    if (!store)
        return;
    pool_destroy(store->pool);
    free(store->target.where);
    free(store->target.name);
    free(store);
}

const char *ra_store_backend(const struct ra_store *store)
{
    return store->ops->name;
}

const char *ra_store_name(const struct ra_store *store)
{
    return store->target.name;
}

static bool ping(const struct unit *unit, void *ctx, struct ra_err *err)
{
    (void)ctx;
    return unit->ops->ping(unit->conn, err);
}

bool ra_store_ping(struct ra_store *store, struct ra_err *err)
{
    return unit_read(store, ping, NULL, err);
}

static bool count_one(const struct unit *unit, const char *sql, uint64_t *out, struct ra_err *err)
{
    int64_t value = 0;
    bool found;
    if (!unit_number(unit, &(struct query){.sql = sql}, &value, &found, err))
        return false;
    *out = (uint64_t)value;
    return true;
}

static bool count_all(const struct unit *unit, void *ctx, struct ra_err *err)
{
    struct ra_store_counts *counts = ctx;
    return count_one(unit, "SELECT count(*) FROM users", &counts->users, err) &&
           count_one(unit, "SELECT count(*) FROM books", &counts->books, err) &&
           count_one(unit, "SELECT count(*) FROM ratings", &counts->ratings, err);
}

bool ra_store_count(struct ra_store *store, struct ra_store_counts *out, struct ra_err *err)
{
    struct ra_store_counts counts = {0};
    if (!unit_snapshot(store, count_all, &counts, err))
        return false;
    *out = counts;
    return true;
}

static bool read_revision(const struct unit *unit, void *ctx, struct ra_err *err)
{
    return count_one(unit, "SELECT value FROM store_state WHERE name = 'catalogue'", ctx, err);
}

bool ra_store_catalogue_revision(struct ra_store *store, uint64_t *out, struct ra_err *err)
{
    uint64_t revision = 0;
    if (!unit_read(store, read_revision, &revision, err))
        return false;
    *out = revision;
    return true;
}
