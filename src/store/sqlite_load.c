/* Bulk load into SQLite: one transaction of prepared statements, pairs in the order of their key.
 */
#include "sorter.h"
#include "sqlite.h"

bool sqlite_load_book(struct conn *conn, const char *source, const struct ra_book *book,
                      bool is_new, struct ra_err *err)
{
    (void)is_new; /* an upsert costs the same */
    const struct param params[] = {
        p_i64(book->id),
        p_text(source),
        p_text(book->source_key),
        p_text(book->isbn),
        p_text(book->title),
        p_text(book->author),
        p_text(book->publisher),
        p_text(book->language),
        p_text(book->image_url),
        p_text(book->tags),
        p_i64_or_null(book->year),
        p_f64_or_null(book->average_rating),
        p_i64_or_null(book->rating_count),
    };
    const struct query query = {
        .sql = "INSERT INTO books (id, source, source_key, isbn, title, author, publisher, "
               "language, image_url, tags, year, average_rating, rating_count) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
               "ON CONFLICT (id) DO UPDATE SET isbn = excluded.isbn, title = excluded.title, "
               "author = excluded.author, publisher = excluded.publisher, "
               "language = excluded.language, image_url = excluded.image_url, "
               "tags = excluded.tags, year = excluded.year, "
               "average_rating = excluded.average_rating, rating_count = excluded.rating_count",
        .params = params,
        .n_params = sizeof params / sizeof params[0],
    };
    return sqlite_run(conn, &query, err);
}

bool sqlite_load_user(struct conn *conn, const char *source, const struct ra_user *user,
                      bool is_new, struct ra_err *err)
{
    (void)is_new;
    const struct param params[] = {
        p_i64(user->id),    p_text(source),         p_text(user->source_key),
        p_text(user->name), p_text(user->location), p_i64_or_null(user->age),
    };
    const struct query query = {
        .sql = "INSERT INTO users (id, source, source_key, name, location, age) "
               "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET "
               "name = excluded.name, location = excluded.location, age = excluded.age",
        .params = params,
        .n_params = sizeof params / sizeof params[0],
    };
    return sqlite_run(conn, &query, err);
}

bool sqlite_load_shelf(struct conn *conn, int64_t shelf_id, int64_t user_id, const char *name,
                       struct ra_err *err)
{
    const struct param params[] = {p_i64(shelf_id), p_i64(user_id), p_text(name)};
    const struct query query = {
        .sql = "INSERT INTO shelves (id, user_id, name) VALUES ($1, $2, $3)",
        .params = params,
        .n_params = 3,
    };
    return sqlite_run(conn, &query, err);
}

bool sqlite_load_flush(struct conn *conn, struct ra_err *err)
{
    (void)conn;
    (void)err;
    return true;
}

static const struct {
    const char *insert, *update;
} statements[] = {
    [LINK_RATINGS] =
        {
            .insert = "INSERT INTO ratings (user_id, book_id, rated_at, rating) "
                      "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            .update = "UPDATE ratings SET rated_at = $1, rating = $2, revision = revision + 1 "
                      "WHERE user_id = $3 AND book_id = $4 "
                      "AND (rated_at IS DISTINCT FROM $1 OR rating IS DISTINCT FROM $2)",
        },
    [LINK_SHELF_BOOKS] =
        {
            .insert = "INSERT INTO shelf_books (shelf_id, book_id, position) "
                      "VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            .update = "UPDATE shelf_books SET position = $1 "
                      "WHERE shelf_id = $2 AND book_id = $3 AND position <> $1",
        },
};

/* The work on one table. */
struct writing {
    struct sqlite_conn *conn;
    const struct link_job *job;
    sqlite3_stmt *insert, *update;
    struct link_counts counts;
    int64_t owner;   /* whose pairs are being written */
    bool is_touched; /* and whether any was new or other */
};

static bool step(struct writing *writing, sqlite3_stmt *stmt, bool *out_changed, struct ra_err *err)
{
    int rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    if (rc != SQLITE_DONE)
        return sqlite_failed(writing->conn, rc, err);
    *out_changed = sqlite3_changes(writing->conn->db) > 0;
    return true;
}

/* `rating` NaN and `rated_at` 0 are NULL; a shelf's row has a position and no rating. */
static void bind_values(const struct writing *writing, sqlite3_stmt *stmt, int at,
                        const struct link *link)
{
    if (writing->job->table == LINK_SHELF_BOOKS || link->at)
        sqlite3_bind_int64(stmt, at, link->at);
    else
        sqlite3_bind_null(stmt, at);
    if (writing->job->table == LINK_SHELF_BOOKS)
        return;
    if (isnan(link->value))
        sqlite3_bind_null(stmt, at + 1);
    else
        sqlite3_bind_double(stmt, at + 1, (double)link->value);
}

static bool write_link(struct writing *writing, const struct link *link, struct ra_err *err)
{
    bool changed = false;
    sqlite3_bind_int64(writing->insert, 1, link->owner);
    sqlite3_bind_int64(writing->insert, 2, link->book_id);
    bind_values(writing, writing->insert, 3, link);
    if (!step(writing, writing->insert, &changed, err))
        return false;
    writing->counts.rows++;
    writing->counts.added += changed;
    writing->is_touched = writing->is_touched || changed;
    if (changed)
        return true;
    int owner_at = writing->job->table == LINK_RATINGS ? 3 : 2;
    bind_values(writing, writing->update, 1, link);
    sqlite3_bind_int64(writing->update, owner_at, link->owner);
    sqlite3_bind_int64(writing->update, owner_at + 1, link->book_id);
    if (!step(writing, writing->update, &changed, err))
        return false;
    writing->counts.changed += changed;
    writing->is_touched = writing->is_touched || changed;
    return true;
}

/* A reader whose ratings changed gets a new revision; one who is new begins with their first. */
static bool leave_owner(struct writing *writing, struct ra_err *err)
{
    bool is_due = writing->is_touched && writing->job->table == LINK_RATINGS &&
                  writing->owner <= writing->job->last_old_owner;
    writing->is_touched = false;
    const struct param params[] = {p_i64(writing->owner)};
    return !is_due || sqlite_run(&writing->conn->base,
                                 &(struct query){
                                     .sql = "UPDATE users SET revision = revision + 1 "
                                            "WHERE id = $1",
                                     .params = params,
                                     .n_params = 1,
                                 },
                                 err);
}

static bool write_links(struct writing *writing, struct ra_err *err)
{
    for (;;) {
        struct link link;
        bool more;
        if (!sorter_take(writing->job->rows, &link, &more, err))
            return false;
        if ((!more || link.owner != writing->owner) && !leave_owner(writing, err))
            return false;
        if (!more)
            return true;
        writing->owner = link.owner;
        if (!write_link(writing, &link, err))
            return false;
    }
}

bool sqlite_load_links(struct conn *conn, const struct link_job *job, struct link_counts *out,
                       struct ra_err *err)
{
    struct writing writing = {
        .conn = sqlite_of(conn),
        .job = job,
        .insert = sqlite_prepared(sqlite_of(conn), statements[job->table].insert, err),
        .update = sqlite_prepared(sqlite_of(conn), statements[job->table].update, err),
    };
    if (!writing.insert || !writing.update || !write_links(&writing, err))
        return false;
    *out = writing.counts;
    return true;
}
