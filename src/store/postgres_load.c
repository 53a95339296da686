/*
 * Bulk load into PostgreSQL by COPY. Rows that cannot be there yet go straight into their table;
 * others into a temporary one, from which it takes what is other and what is new.
 */
#include <stdio.h>
#include <stdlib.h>

#include "postgres_copy.h"
#include "sorter.h"

/* Rows that are new, and rows whose id is known: of several with one id the last counts. */
struct table_load {
    struct copy added, changed;
};

struct pg_load {
    struct table_load books, users;
    struct copy shelves; /* only ever added */
    int64_t arrival;     /* numbers the changed rows */
};

#define BOOK_FIELDS                                                                                \
    "id, source, source_key, isbn, title, author, publisher, language, image_url, tags, year, "    \
    "average_rating, rating_count"
#define USER_FIELDS "id, source, source_key, name, location, age"

static const char stage_tables[] =
    "SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '128MB'; "
    "CREATE TEMP TABLE stage_books ON COMMIT DROP AS "
    "SELECT 0::bigint AS arrival, " BOOK_FIELDS " FROM books WITH NO DATA; "
    "CREATE TEMP TABLE stage_users ON COMMIT DROP AS "
    "SELECT 0::bigint AS arrival, " USER_FIELDS " FROM users WITH NO DATA; "
    "CREATE TEMP TABLE stage_ratings ON COMMIT DROP AS "
    "SELECT user_id, book_id, rated_at, rating FROM ratings WITH NO DATA; "
    "CREATE TEMP TABLE stage_shelf_books ON COMMIT DROP AS "
    "SELECT shelf_id, book_id, position FROM shelf_books WITH NO DATA";

static bool take_lock(struct conn *conn, struct ra_err *err)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; "
             "SET LOCAL lock_timeout = %u",
             pg_of(conn)->target->lease_timeout_ms);
    struct ra_err own = {0};
    if (pg_script(conn, sql, &own) &&
        pg_script(conn, "SELECT value FROM store_state WHERE name = 'load' FOR UPDATE", &own) &&
        pg_script(conn, "SET LOCAL lock_timeout = 0", &own))
        return true;
    if (own.code == RA_ERR_TIMEOUT)
        return ra_fail(err, RA_ERR_CONFLICT,
                       "another import is writing %s; try again when it is done",
                       pg_of(conn)->target->name);
    return ra_fail(err, own.code, "%s", own.text);
}

bool pg_begin_load(struct conn *conn, struct ra_err *err)
{
    struct pg_load *load = calloc(1, sizeof *load);
    if (!load)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    pg_of(conn)->load = load;
    pg_of(conn)->deadline_ns = 0;
    copy_init(&load->books.added, "COPY books (" BOOK_FIELDS ") FROM STDIN (FORMAT binary)");
    copy_init(&load->books.changed, "COPY stage_books FROM STDIN (FORMAT binary)");
    copy_init(&load->users.added, "COPY users (" USER_FIELDS ") FROM STDIN (FORMAT binary)");
    copy_init(&load->users.changed, "COPY stage_users FROM STDIN (FORMAT binary)");
    copy_init(&load->shelves, "COPY shelves (id, user_id, name) FROM STDIN (FORMAT binary)");
    return take_lock(conn, err) && pg_script(conn, stage_tables, err);
}

void pg_load_end(struct conn *conn)
{
    struct pg_load *load = pg_of(conn)->load;
    pg_of(conn)->load = NULL;
    if (!load)
        return;
    copy_finish(&load->books.added);
    copy_finish(&load->books.changed);
    copy_finish(&load->users.added);
    copy_finish(&load->users.changed);
    copy_finish(&load->shelves);
    free(load);
}

/* Begins a row of `n` fields where it belongs. */
static struct copy *begin_row(struct pg_load *load, struct table_load *table, bool is_new,
                              uint16_t n)
{
    struct copy *copy = is_new ? &table->added : &table->changed;
    copy_row(copy, is_new ? n : (uint16_t)(n + 1));
    if (!is_new)
        copy_i64(copy, ++load->arrival);
    return copy;
}

/* Sends what has been collected once it is worth a round trip. */
static bool send_if_large(struct copy *copy, struct pg_conn *conn, struct ra_err *err)
{
    return copy->rows.len < COPY_PIECE_BYTES || copy_send(copy, conn, err);
}

bool pg_load_book(struct conn *conn, const char *source, const struct ra_book *book, bool is_new,
                  struct ra_err *err)
{
    struct pg_load *load = pg_of(conn)->load;
    struct copy *copy = begin_row(load, &load->books, is_new, 13);
    copy_i64(copy, book->id);
    copy_text(copy, source);
    copy_text(copy, book->source_key);
    copy_text(copy, book->isbn);
    copy_text(copy, book->title);
    copy_text(copy, book->author);
    copy_text(copy, book->publisher);
    copy_text(copy, book->language);
    copy_text(copy, book->image_url);
    copy_text(copy, book->tags);
    copy_i32_or_null(copy, book->year);
    copy_f64_or_null(copy, book->average_rating);
    copy_i64_or_null(copy, book->rating_count);
    return send_if_large(copy, pg_of(conn), err);
}

bool pg_load_user(struct conn *conn, const char *source, const struct ra_user *user, bool is_new,
                  struct ra_err *err)
{
    struct pg_load *load = pg_of(conn)->load;
    struct copy *copy = begin_row(load, &load->users, is_new, 6);
    copy_i64(copy, user->id);
    copy_text(copy, source);
    copy_text(copy, user->source_key);
    copy_text(copy, user->name);
    copy_text(copy, user->location);
    copy_i32_or_null(copy, user->age);
    return send_if_large(copy, pg_of(conn), err);
}

bool pg_load_shelf(struct conn *conn, int64_t shelf_id, int64_t user_id, const char *name,
                   struct ra_err *err)
{
    struct copy *copy = &pg_of(conn)->load->shelves;
    copy_row(copy, 3);
    copy_i64(copy, shelf_id);
    copy_i64(copy, user_id);
    copy_text(copy, name);
    return send_if_large(copy, pg_of(conn), err);
}

/* Never lowers a sequence: an insert beside us may have taken a number already. */
#define KEEP_SEQUENCE(table)                                                                       \
    "SELECT setval('" table "_id_seq', greatest((SELECT max(id) FROM " table                       \
    "), (SELECT last_value FROM " table "_id_seq)))"

/* The last row of each id; new ids among them are in the table by then. */
#define LAST_OF(stage) "(SELECT DISTINCT ON (id) * FROM " stage " ORDER BY id, arrival DESC) s "

static const char change_books[] =
    "UPDATE books b SET isbn = s.isbn, title = s.title, author = s.author, "
    "publisher = s.publisher, language = s.language, image_url = s.image_url, tags = s.tags, "
    "year = s.year, average_rating = s.average_rating, rating_count = s.rating_count "
    "FROM " LAST_OF("stage_books") "WHERE b.id = s.id";

static const char change_users[] =
    "UPDATE users u SET name = s.name, location = s.location, age = s.age "
    "FROM " LAST_OF("stage_users") "WHERE u.id = s.id";

static bool flush_table(struct conn *base, struct table_load *table, const char *change,
                        const char *keep_sequence, struct ra_err *err)
{
    struct pg_conn *conn = pg_of(base);
    return copy_send(&table->added, conn, err) && copy_send(&table->changed, conn, err) &&
           (table->added.n_rows == 0 || pg_script(base, keep_sequence, err)) &&
           (table->changed.n_rows == 0 || pg_script(base, change, err));
}

bool pg_load_flush(struct conn *base, struct ra_err *err)
{
    struct pg_load *load = pg_of(base)->load;
    return flush_table(base, &load->books, change_books, KEEP_SEQUENCE("books"), err) &&
           flush_table(base, &load->users, change_users, KEEP_SEQUENCE("users"), err) &&
           copy_send(&load->shelves, pg_of(base), err) &&
           (load->shelves.n_rows == 0 || pg_script(base, KEEP_SEQUENCE("shelves"), err));
}

/*
 * How the pairs of a table are merged: `compare` leaves in `difference` what is other or new;
 * `change` and `add` yield one row, how many pairs they touched.
 */
static const struct {
    const char *direct, *stage, *compare, *change, *add;
    const char *is_empty, *drop_key, *make_key;
} statements[] = {
    [LINK_RATINGS] =
        {
            .direct = "COPY ratings (user_id, book_id, rated_at, rating) "
                      "FROM STDIN (FORMAT binary)",
            .stage = "COPY stage_ratings FROM STDIN (FORMAT binary)",
            .compare = "ANALYZE stage_ratings; CREATE TEMP TABLE difference ON COMMIT DROP AS "
                       "SELECT s.*, r.user_id IS NULL AS is_new FROM stage_ratings s "
                       "LEFT JOIN ratings r ON r.user_id = s.user_id AND r.book_id = s.book_id "
                       "WHERE r.user_id IS NULL OR r.rating IS DISTINCT FROM s.rating "
                       "OR r.rated_at IS DISTINCT FROM s.rated_at; ANALYZE difference",
            .change = "WITH changed AS (UPDATE ratings r SET rating = s.rating, "
                      "rated_at = s.rated_at, revision = r.revision + 1 FROM difference s "
                      "WHERE NOT s.is_new AND r.user_id = s.user_id AND r.book_id = s.book_id "
                      "RETURNING r.user_id), "
                      "moved AS (UPDATE users SET revision = revision + 1 "
                      "WHERE id IN (SELECT user_id FROM changed)) SELECT count(*) FROM changed",
            .add = "WITH added AS (INSERT INTO ratings (user_id, book_id, rating, rated_at) "
                   "SELECT user_id, book_id, rating, rated_at FROM difference WHERE is_new "
                   "ON CONFLICT DO NOTHING RETURNING user_id), "
                   "moved AS (UPDATE users SET revision = revision + 1 "
                   "WHERE id IN (SELECT user_id FROM added)) SELECT count(*) FROM added",
            .is_empty = "SELECT 1 WHERE NOT EXISTS (SELECT FROM ratings)",
            .drop_key = "ALTER TABLE ratings DROP CONSTRAINT ratings_pkey",
            .make_key = "ALTER TABLE ratings ADD CONSTRAINT ratings_pkey "
                        "PRIMARY KEY (user_id, book_id)",
        },
    [LINK_SHELF_BOOKS] =
        {
            .direct = "COPY shelf_books (shelf_id, book_id, position) FROM STDIN (FORMAT binary)",
            .stage = "COPY stage_shelf_books FROM STDIN (FORMAT binary)",
            .compare = "ANALYZE stage_shelf_books; "
                       "CREATE TEMP TABLE shelf_difference ON COMMIT DROP AS "
                       "SELECT s.*, b.shelf_id IS NULL AS is_new FROM stage_shelf_books s "
                       "LEFT JOIN shelf_books b "
                       "ON b.shelf_id = s.shelf_id AND b.book_id = s.book_id "
                       "WHERE b.shelf_id IS NULL OR b.position <> s.position",
            .change = "WITH changed AS (UPDATE shelf_books b SET position = s.position "
                      "FROM shelf_difference s WHERE NOT s.is_new "
                      "AND b.shelf_id = s.shelf_id AND b.book_id = s.book_id "
                      "RETURNING 1) SELECT count(*) FROM changed",
            .add = "WITH added AS (INSERT INTO shelf_books (shelf_id, book_id, position) "
                   "SELECT shelf_id, book_id, position FROM shelf_difference WHERE is_new "
                   "ON CONFLICT DO NOTHING RETURNING 1) SELECT count(*) FROM added",
            .is_empty = "SELECT 1 WHERE NOT EXISTS (SELECT FROM shelf_books)",
            .drop_key = "ALTER TABLE shelf_books DROP CONSTRAINT shelf_books_pkey",
            .make_key = "ALTER TABLE shelf_books ADD CONSTRAINT shelf_books_pkey "
                        "PRIMARY KEY (shelf_id, book_id)",
        },
};

static void put_link(struct copy *copy, enum links table, const struct link *link)
{
    copy_row(copy, table == LINK_RATINGS ? 4 : 3);
    copy_i64(copy, link->owner);
    copy_i64(copy, link->book_id);
    if (table == LINK_SHELF_BOOKS) {
        copy_i64(copy, link->at);
        return;
    }
    copy_i64_or_null(copy, link->at);
    copy_f32_or_null(copy, link->value);
}

/* Rows come by owner, and new owners have the higher ids: first all for `stage`, then the rest. */
static bool copy_links(struct pg_conn *conn, const struct link_job *job, struct copy *stage,
                       struct copy *direct, struct ra_err *err)
{
    for (;;) {
        struct link link;
        bool more;
        if (!sorter_take(job->rows, &link, &more, err))
            return false;
        if (!more)
            return copy_send(stage, conn, err) && copy_send(direct, conn, err);
        bool is_old = link.owner <= job->last_old_owner;
        struct copy *copy = is_old ? stage : direct;
        put_link(copy, job->table, &link);
        if (copy->rows.len < COPY_PIECE_BYTES)
            continue;
        if ((!is_old && !copy_send(stage, conn, err)) || !copy_push(copy, conn, err))
            return false;
    }
}

static bool take_count(void *ctx, const struct row *row, struct ra_err *err)
{
    (void)err;
    *(uint64_t *)ctx = (uint64_t)row->ops->col_i64(row, 0);
    return true;
}

static bool count(struct conn *conn, const char *sql, uint64_t *out, struct ra_err *err)
{
    return pg_run(conn, &(struct query){.sql = sql, .fn = take_count, .ctx = out}, err);
}

static bool merge_staged(struct conn *conn, enum links table, struct link_counts *counts,
                         struct ra_err *err)
{
    uint64_t added = 0;
    if (!pg_script(conn, statements[table].compare, err) ||
        !count(conn, statements[table].change, &counts->changed, err) ||
        !count(conn, statements[table].add, &added, err))
        return false;
    counts->added += added;
    return true;
}

static bool copy_and_merge(struct conn *conn, const struct link_job *job, struct link_counts *out,
                           struct ra_err *err)
{
    struct copy stage, direct;
    copy_init(&stage, statements[job->table].stage);
    copy_init(&direct, statements[job->table].direct);
    bool ok = copy_links(pg_of(conn), job, &stage, &direct, err);
    struct link_counts counts = {
        .rows = stage.n_rows + direct.n_rows,
        .added = direct.n_rows,
    };
    bool has_staged = stage.n_rows > 0;
    copy_finish(&stage);
    copy_finish(&direct);
    if (!ok || (has_staged && !merge_staged(conn, job->table, &counts, err)))
        return false;
    *out = counts;
    return true;
}

/* From so many pairs on, an empty table is filled without its key, which is made at the end. */
#define REKEY_ROWS 50000

bool pg_load_links(struct conn *conn, const struct link_job *job, struct link_counts *out,
                   struct ra_err *err)
{
    uint64_t is_empty = 0;
    if (sorter_rows(job->rows) >= REKEY_ROWS &&
        !count(conn, statements[job->table].is_empty, &is_empty, err))
        return false;
    return (!is_empty || pg_script(conn, statements[job->table].drop_key, err)) &&
           copy_and_merge(conn, job, out, err) &&
           (!is_empty || pg_script(conn, statements[job->table].make_key, err));
}
