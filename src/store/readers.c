/* Readers and their ratings, one at a time. */
#include <inttypes.h>
#include <string.h>

#include "readalike/str.h"
#include "unit.h"

struct found_user {
    const char *name;
    int64_t id;
    uint64_t revision;
    bool found;
};

static bool take_user(void *ctx, const struct row *row, struct ra_err *err)
{
    (void)err;
    struct found_user *user = ctx;
    user->id = row->ops->col_i64(row, 0);
    user->revision = (uint64_t)row->ops->col_i64(row, 1);
    user->found = true;
    return true;
}

static bool look(const struct unit *unit, struct found_user *user, const char *sql,
                 const struct param *params, size_t n, struct ra_err *err)
{
    return unit->ops->run(unit->conn,
                          &(struct query){
                              .sql = sql,
                              .params = params,
                              .n_params = n,
                              .fn = take_user,
                              .ctx = user,
                          },
                          err);
}

static bool look_by_key(const struct unit *unit, struct found_user *user, const char *source,
                        const char *key, struct ra_err *err)
{
    const struct param params[] = {p_text(source), p_text(key)};
    return look(unit, user, "SELECT id, revision FROM users WHERE source = $1 AND source_key = $2",
                params, 2, err);
}

static bool find_user(const struct unit *unit, void *ctx, struct ra_err *err)
{
    struct found_user *user = ctx;
    int64_t id;
    if (ra_parse_i64(user->name, &id)) {
        const struct param params[] = {p_i64(id)};
        if (!look(unit, user, "SELECT id, revision FROM users WHERE id = $1", params, 1, err))
            return false;
    }
    const char *colon = strchr(user->name, ':');
    char source[MAX_KEY_BYTES + 1];
    if (!user->found && colon && (size_t)(colon - user->name) < sizeof source) {
        size_t n = (size_t)(colon - user->name);
        memcpy(source, user->name, n);
        source[n] = '\0';
        if (!look_by_key(unit, user, source, colon + 1, err))
            return false;
    }
    if (!user->found && !look_by_key(unit, user, "account", user->name, err))
        return false;
    return user->found || ra_fail(err, RA_ERR_NOT_FOUND, "there is no reader \"%s\"", user->name);
}

bool ra_store_find_user(struct ra_store *store, const char *name, int64_t *out_user_id,
                        uint64_t *out_revision, struct ra_err *err)
{
    if (!check_text("the reader's name", name, MAX_KEY_BYTES, err))
        return false;
    struct found_user user = {.name = name};
    if (!unit_read(store, find_user, &user, err))
        return false;
    *out_user_id = user.id;
    *out_revision = user.revision;
    return true;
}

struct shelf_walk {
    struct conn *conn;
    int64_t user_id;
    ra_rating_fn fn;
    void *ctx;
};

static bool deliver(void *ctx, const struct row *row, struct ra_err *err)
{
    struct shelf_walk *walk = ctx;
    struct ra_rating rating = {
        .user_id = walk->user_id,
        .book_id = row->ops->col_i64(row, 0),
        .rating = (float)row->ops->col_f64(row, 1),
        .rated_at = row->ops->col_i64(row, 2),
    };
    walk->conn->delivered = true;
    return walk->fn(walk->ctx, &rating, err);
}

static bool walk_ratings(const struct unit *unit, void *ctx, struct ra_err *err)
{
    struct shelf_walk *walk = ctx;
    walk->conn = unit->conn;
    const struct param params[] = {p_i64(walk->user_id)};
    return unit->ops->run(unit->conn,
                          &(struct query){
                              .sql = "SELECT book_id, rating, rated_at FROM ratings "
                                     "WHERE user_id = $1 ORDER BY book_id",
                              .params = params,
                              .n_params = 1,
                              .fn = deliver,
                              .ctx = walk,
                          },
                          err);
}

bool ra_store_user_ratings(struct ra_store *store, int64_t user_id, ra_rating_fn fn, void *ctx,
                           struct ra_err *err)
{
    return unit_read(store, walk_ratings,
                     &(struct shelf_walk){.user_id = user_id, .fn = fn, .ctx = ctx}, err);
}

/* One change of one rating. */
struct change {
    struct ra_rating rating;
    bool is_delete;
    uint64_t revision;
};

/* The reader's revision after adding `by`; also locks the reader's row until the commit. */
static bool move_revision(const struct unit *unit, struct change *change, int64_t by,
                          struct ra_err *err)
{
    const struct param params[] = {p_i64(by), p_i64(change->rating.user_id)};
    const struct query query = {
        .sql = "UPDATE users SET revision = revision + $1 WHERE id = $2 RETURNING revision",
        .params = params,
        .n_params = 2,
    };
    int64_t revision;
    bool found;
    if (!unit_number(unit, &query, &revision, &found, err))
        return false;
    if (!found)
        return ra_fail(err, RA_ERR_NOT_FOUND, "there is no reader %" PRId64,
                       change->rating.user_id);
    change->revision = (uint64_t)revision;
    return true;
}

static bool lock_book(const struct unit *unit, int64_t book_id, struct ra_err *err)
{
    const struct param params[] = {p_i64(book_id)};
    int64_t id;
    bool found;
    if (!unit_number(unit,
                     &(struct query){
                         .sql = unit->ops->sql_lock_book,
                         .params = params,
                         .n_params = 1,
                     },
                     &id, &found, err))
        return false;
    return found || ra_fail(err, RA_ERR_NOT_FOUND, "there is no book %" PRId64, book_id);
}

static bool write_rating(const struct unit *unit, const struct change *change,
                         uint64_t *out_changed, struct ra_err *err)
{
    const struct ra_rating *rating = &change->rating;
    const struct param params[] = {
        p_i64(rating->user_id),
        p_i64(rating->book_id),
        p_f64_or_null((double)rating->rating),
        p_i64_or_null(rating->rated_at),
    };
    const struct query put = {
        .sql = "INSERT INTO ratings (user_id, book_id, rating, rated_at) VALUES ($1, $2, $3, $4) "
               "ON CONFLICT (user_id, book_id) DO UPDATE SET rating = excluded.rating, "
               "rated_at = excluded.rated_at, revision = ratings.revision + 1 "
               "WHERE ratings.rating IS DISTINCT FROM excluded.rating "
               "OR ratings.rated_at IS DISTINCT FROM excluded.rated_at",
        .params = params,
        .n_params = 4,
        .out_changed = out_changed,
    };
    const struct query drop = {
        .sql = "DELETE FROM ratings WHERE user_id = $1 AND book_id = $2",
        .params = params,
        .n_params = 2,
        .out_changed = out_changed,
    };
    return unit->ops->run(unit->conn, change->is_delete ? &drop : &put, err);
}

static bool change_rating(const struct unit *unit, void *ctx, struct ra_err *err)
{
    struct change *change = ctx;
    uint64_t n_changed = 0;
    /* The reader's row first, so that two changes of one reader queue up and cannot deadlock. */
    if (!move_revision(unit, change, 1, err) ||
        (!change->is_delete && !lock_book(unit, change->rating.book_id, err)) ||
        !write_rating(unit, change, &n_changed, err))
        return false;
    if (n_changed == 0 && change->is_delete)
        return ra_fail(err, RA_ERR_NOT_FOUND, "reader %" PRId64 " has not rated book %" PRId64,
                       change->rating.user_id, change->rating.book_id);
    /* The same rating again is no change; nobody has seen the step before the commit. */
    return n_changed > 0 || move_revision(unit, change, -1, err);
}

bool ra_store_put_rating(struct ra_store *store, const struct ra_rating *rating,
                         uint64_t *out_revision, struct ra_err *err)
{
    if (isinf(rating->rating))
        return ra_fail(err, RA_ERR_INVALID, "a rating must be a finite number");
    struct change change = {.rating = *rating};
    if (!unit_write(store, change_rating, &change, err))
        return false;
    if (out_revision)
        *out_revision = change.revision;
    return true;
}

bool ra_store_delete_rating(struct ra_store *store, int64_t user_id, int64_t book_id,
                            uint64_t *out_revision, struct ra_err *err)
{
    struct change change = {
        .rating = {.user_id = user_id, .book_id = book_id},
        .is_delete = true,
    };
    if (!unit_write(store, change_rating, &change, err))
        return false;
    if (out_revision)
        *out_revision = change.revision;
    return true;
}
