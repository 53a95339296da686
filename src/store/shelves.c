/* Readers' shelves: the books of one, in their order. */
#include <inttypes.h>

#include "unit.h"

struct wanted {
    int64_t shelf_id;
    bool public_only;
    ra_shelf_fn fn;
    void *ctx;
    struct conn *conn;
};

static bool deliver(void *ctx, const struct row *row, struct ra_err *err)
{
    struct wanted *wanted = ctx;
    wanted->conn->delivered = true;
    return wanted->fn(wanted->ctx, row->ops->col_i64(row, 0), err);
}

static bool find(const struct unit *unit, const struct wanted *wanted, struct ra_err *err)
{
    const struct param params[] = {p_i64(wanted->shelf_id), p_i64(wanted->public_only)};
    int64_t id;
    bool found;
    if (!unit_number(unit,
                     &(struct query){
                         .sql = "SELECT id FROM shelves WHERE id = $1 "
                                "AND (CAST($2 AS bigint) = 0 OR CAST(is_public AS integer) = 1)",
                         .params = params,
                         .n_params = 2,
                     },
                     &id, &found, err))
        return false;
    return found || ra_fail(err, RA_ERR_NOT_FOUND, "there is no shelf %" PRId64, wanted->shelf_id);
}

static bool read_books(const struct unit *unit, void *ctx, struct ra_err *err)
{
    struct wanted *wanted = ctx;
    const struct param params[] = {p_i64(wanted->shelf_id)};
    wanted->conn = unit->conn;
    return find(unit, wanted, err) &&
           unit->ops->run(unit->conn,
                          &(struct query){
                              .sql = "SELECT book_id FROM shelf_books WHERE shelf_id = $1 "
                                     "ORDER BY position, book_id",
                              .params = params,
                              .n_params = 1,
                              .fn = deliver,
                              .ctx = wanted,
                          },
                          err);
}

bool ra_store_shelf_books(struct ra_store *store, int64_t shelf_id, bool public_only,
                          ra_shelf_fn fn, void *ctx, struct ra_err *err)
{
    struct wanted wanted = {shelf_id, public_only, fn, ctx, NULL};
    return unit_read(store, read_books, &wanted, err);
}
