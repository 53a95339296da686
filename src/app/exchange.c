/* Reads the files of an import: arrays of numpy, lists of ids. */
#include "exchange.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/file.h"
#include "readalike/json.h"
#include "readalike/npy.h"
#include "readalike/str.h"

static void finish_table(struct exchange_table *table)
{
    for (size_t i = 0; i < table->keys.n; i++)
        free(table->keys.text[i]);
    free(table->keys.text);
    free(table->values);
    free(table->bias);
    *table = (struct exchange_table){0};
}

void exchange_finish(struct exchange *exchange)
{
    finish_table(&exchange->items);
    finish_table(&exchange->users);
    free(exchange->pairs);
    json_decref(exchange->meta);
    *exchange = (struct exchange){0};
}

bool exchange_add_key(struct exchange_keys *keys, const char *text, size_t n, struct ra_err *err)
{
    if (keys->n == keys->cap) {
        size_t cap = keys->cap ? keys->cap * 2 : 1024;
        char **more = reallocarray(keys->text, cap, sizeof *more);
        if (!more)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory for the ids");
        keys->text = more;
        keys->cap = cap;
    }
    char *copy = strndup(text, n);
    if (!copy)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the ids");
    keys->text[keys->n++] = copy;
    return true;
}

bool exchange_add_pair(struct exchange *exchange, struct exchange_pair pair, struct ra_err *err)
{
    if (!isfinite(pair.score))
        return ra_fail(err, RA_ERR_INVALID, "a score is not a finite number");
    if (exchange->n_pairs == exchange->pairs_cap) {
        size_t cap = exchange->pairs_cap ? exchange->pairs_cap * 2 : 4096;
        struct exchange_pair *more = reallocarray(exchange->pairs, cap, sizeof *more);
        if (!more)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory for the neighbours");
        exchange->pairs = more;
        exchange->pairs_cap = cap;
    }
    exchange->pairs[exchange->n_pairs++] = pair;
    return true;
}

/* Where arrays come from: a folder of .npy files, or the bytes of an .npz. */
struct source {
    const char *folder; /* NULL: the zip */
    struct ra_zip zip;
    uint64_t limit;
};

/* The bytes of NAME.npy. False without `err` when there is none. */
static bool fetch(const struct source *source, const char *name, struct ra_buf *out,
                  struct ra_err *err)
{
    char file[128];
    struct ra_zip_member member;
    struct ra_err why = {0};
    snprintf(file, sizeof file, "%s.npy", name);
    bool ok = false;
    if (source->folder) {
        char *path = ra_file_join(source->folder, file);
        ok = path && ra_file_read(path, source->limit, out, &why);
        free(path);
    } else {
        ok = ra_zip_find(&source->zip, file, &member, &why) &&
             ra_zip_read(&source->zip, &member, source->limit, out, &why);
    }
    if (!ok && why.code != RA_ERR_NOT_FOUND)
        ra_fail(err, why.code ? why.code : RA_ERR_NOMEM, "%s", why.text);
    return ok;
}

/* The first of `names` (up to NULL) that there is. */
static bool fetch_any(const struct source *source, const char *const *names, struct ra_buf *bytes,
                      struct ra_npy *out, struct ra_err *err)
{
    for (; *names && err->code == RA_OK; names++) {
        ra_buf_reset(bytes);
        if (fetch(source, *names, bytes, err))
            return ra_npy_read(out, bytes->data, bytes->len, err) || ra_err_wrap(err, "%s", *names);
    }
    return false;
}

/* A matrix of floats into `table`; nothing where there is none. */
static bool take_matrix(const struct source *source, const char *const *names,
                        struct exchange_table *table, struct ra_err *err)
{
    struct ra_buf bytes;
    struct ra_npy npy;
    ra_buf_init(&bytes);
    if (fetch_any(source, names, &bytes, &npy, err)) {
        if (npy.n_dims != 2 || npy.shape[1] == 0)
            ra_fail(err, RA_ERR_INVALID, "%s is no matrix of rows and factors", names[0]);
        else if ((table->values = ra_npy_floats(&npy, err)))
            table->n_rows = npy.shape[0];
        else
            ra_err_wrap(err, "%s", names[0]);
        table->n_cols = npy.shape[1];
    }
    ra_buf_finish(&bytes);
    return err->code == RA_OK;
}

static bool take_bias(const struct source *source, struct exchange_table *table, struct ra_err *err)
{
    static const char *const names[] = {"item_bias", "item_biases", NULL};
    struct ra_buf bytes;
    struct ra_npy npy;
    ra_buf_init(&bytes);
    if (fetch_any(source, names, &bytes, &npy, err)) {
        if (npy.shape[0] * npy.shape[1] != table->n_rows || npy.shape[0] > table->n_rows)
            ra_fail(err, RA_ERR_INVALID, "item_bias has not one value for each item");
        else if (!(table->bias = ra_npy_floats(&npy, err)))
            ra_err_wrap(err, "item_bias");
    }
    ra_buf_finish(&bytes);
    return err->code == RA_OK;
}

/* Integers of one dimension; NULL with `err`. */
static int64_t *take_integers(const struct source *source, const char *name, uint64_t *out_n,
                              struct ra_err *err)
{
    const char *const names[] = {name, NULL};
    struct ra_buf bytes;
    struct ra_npy npy;
    int64_t *out = NULL;
    ra_buf_init(&bytes);
    if (fetch_any(source, names, &bytes, &npy, err)) {
        out = ra_npy_integers(&npy, err);
        *out_n = npy.shape[0] * npy.shape[1];
    } else {
        ra_fail(err, RA_ERR_INVALID, "there is no %s", name);
    }
    ra_buf_finish(&bytes);
    return out;
}

/* A sparse matrix of scipy, by rows. */
struct csr_arrays {
    int64_t *start, *col;
    uint64_t n_start, n_col;
    struct exchange_table data; /* (nnz, 1) */
};

static bool add_csr_row(struct exchange *exchange, const struct csr_arrays *csr, uint64_t row,
                        struct ra_err *err)
{
    uint64_t n_items = csr->n_start - 1;
    for (int64_t at = csr->start[row]; at < csr->start[row + 1]; at++) {
        int64_t col = csr->col[at];
        if (col < 0 || (uint64_t)col >= n_items)
            return ra_fail(err, RA_ERR_INVALID, "row %llu of the matrix has column %lld of %llu",
                           (unsigned long long)row, (long long)col, (unsigned long long)n_items);
        const struct exchange_pair pair = {(uint32_t)row, (uint32_t)col, csr->data.values[at]};
        if (!exchange_add_pair(exchange, pair, err))
            return false;
    }
    return true;
}

static bool add_csr(struct exchange *exchange, const struct csr_arrays *csr, struct ra_err *err)
{
    if (csr->n_start == 0 || csr->n_start - 1 > UINT32_MAX || csr->n_col != csr->data.n_rows)
        return ra_fail(err, RA_ERR_INVALID, "the parts of the sparse matrix do not fit together");
    uint64_t n_items = csr->n_start - 1;
    if (csr->start[0] != 0 || (uint64_t)csr->start[n_items] != csr->n_col)
        return ra_fail(err, RA_ERR_INVALID, "indptr does not lead through the whole matrix");
    for (uint64_t row = 0; row < n_items; row++) {
        if (csr->start[row] > csr->start[row + 1])
            return ra_fail(err, RA_ERR_INVALID, "indptr falls at row %llu",
                           (unsigned long long)row);
    }
    for (uint64_t row = 0; row < n_items; row++) {
        if (!add_csr_row(exchange, csr, row, err))
            return false;
    }
    exchange->items.n_rows = n_items;
    return true;
}

/* The values are one-dimensional: a matrix of one column to take_vector. */
static bool take_vector(const struct source *source, const char *name, struct exchange_table *out,
                        struct ra_err *err)
{
    const char *const names[] = {name, NULL};
    struct ra_buf bytes;
    struct ra_npy npy;
    ra_buf_init(&bytes);
    if (!fetch_any(source, names, &bytes, &npy, err))
        ra_fail(err, RA_ERR_INVALID, "there is no %s", name);
    else if ((out->values = ra_npy_floats(&npy, err)))
        out->n_rows = npy.shape[0] * npy.shape[1];
    ra_buf_finish(&bytes);
    return err->code == RA_OK;
}

static bool take_csr(struct exchange *exchange, const struct source *source, struct ra_err *err)
{
    struct csr_arrays csr = {0};
    csr.start = take_integers(source, "indptr", &csr.n_start, err);
    csr.col = csr.start ? take_integers(source, "indices", &csr.n_col, err) : NULL;
    bool ok =
        csr.col && take_vector(source, "data", &csr.data, err) && add_csr(exchange, &csr, err);
    free(csr.start);
    free(csr.col);
    finish_table(&csr.data);
    return ok;
}

/* A table of k neighbours a row, padded with ids below 0, and their scores. */
static bool take_padded(struct exchange *exchange, const struct source *source, struct ra_err *err)
{
    static const char *const names[] = {"neighbours", NULL}, *const others[] = {"neighbour_scores",
                                                                                NULL};
    struct ra_buf bytes;
    struct ra_npy npy;
    struct exchange_table scores = {0};
    int64_t *rows = NULL;
    ra_buf_init(&bytes);
    if (fetch_any(source, names, &bytes, &npy, err) && (rows = ra_npy_integers(&npy, err)) &&
        take_matrix(source, others, &scores, err) &&
        (scores.n_rows != npy.shape[0] || scores.n_cols != npy.shape[1]))
        ra_fail(err, RA_ERR_INVALID, "neighbours and neighbour_scores are not of one shape");
    exchange->items.n_rows = rows ? npy.shape[0] : 0;
    for (uint64_t i = 0; rows && err->code == RA_OK && i < npy.shape[0] * npy.shape[1]; i++) {
        if (rows[i] >= (int64_t)npy.shape[0])
            ra_fail(err, RA_ERR_INVALID, "row %llu of neighbours names row %lld of %llu",
                    (unsigned long long)(i / npy.shape[1]), (long long)rows[i],
                    (unsigned long long)npy.shape[0]);
        else if (rows[i] >= 0 &&
                 !exchange_add_pair(exchange,
                                    (struct exchange_pair){(uint32_t)(i / npy.shape[1]),
                                                           (uint32_t)rows[i], scores.values[i]},
                                    err))
            break;
    }
    free(rows);
    finish_table(&scores);
    ra_buf_finish(&bytes);
    return err->code == RA_OK;
}

static bool take_factors(struct exchange *exchange, const struct source *source, struct ra_err *err)
{
    static const char *const items[] = {"item_factors", "item_embeddings", "item_embedding", NULL};
    static const char *const users[] = {"user_factors", "user_embeddings", "user_embedding", NULL};
    if (!take_matrix(source, items, &exchange->items, err))
        return false;
    return !exchange->items.values || (take_bias(source, &exchange->items, err) &&
                                       take_matrix(source, users, &exchange->users, err));
}

static bool has_array(const struct source *source, const char *name)
{
    char file[128];
    struct ra_zip_member member;
    snprintf(file, sizeof file, "%s.npy", name);
    if (!source->folder)
        return ra_zip_find(&source->zip, file, &member, NULL);
    char *path = ra_file_join(source->folder, file);
    bool has = path && ra_file_exists(path);
    free(path);
    return has;
}

static bool take_arrays(struct exchange *exchange, const struct source *source, struct ra_err *err)
{
    if (has_array(source, "indptr"))
        return take_csr(exchange, source, err);
    if (has_array(source, "neighbours"))
        return take_padded(exchange, source, err);
    return take_factors(exchange, source, err);
}

static bool take_zip(struct exchange *exchange, const char *path, struct ra_err *err)
{
    struct source source = {.limit = exchange->limit};
    struct ra_buf bytes;
    ra_buf_init(&bytes);
    bool ok = ra_file_read(path, exchange->limit, &bytes, err) &&
              (ra_zip_open(&source.zip, bytes.data, bytes.len, err) &&
               take_arrays(exchange, &source, err));
    ra_buf_finish(&bytes);
    return ok || ra_err_wrap(err, "%s", path);
}

/* One id a line. */
static bool read_lines(struct exchange_keys *keys, const char *path, uint64_t limit,
                       struct ra_err *err)
{
    struct ra_buf text;
    ra_buf_init(&text);
    bool ok = ra_file_read(path, limit, &text, err);
    for (size_t at = 0; ok && at < text.len;) {
        const char *line = text.data + at, *newline = memchr(line, '\n', text.len - at);
        size_t n = newline ? (size_t)(newline - line) : text.len - at;
        at += n + 1;
        n -= n && line[n - 1] == '\r';
        ok = exchange_add_key(keys, line, n, err);
    }
    ra_buf_finish(&text);
    return ok;
}

static bool read_integers(struct exchange_keys *keys, const char *path, uint64_t limit,
                          struct ra_err *err)
{
    struct ra_buf bytes;
    struct ra_npy npy;
    char text[32];
    ra_buf_init(&bytes);
    int64_t *ids =
        ra_file_read(path, limit, &bytes, err) && ra_npy_read(&npy, bytes.data, bytes.len, err)
            ? ra_npy_integers(&npy, err)
            : NULL;
    for (uint64_t i = 0; ids && i < npy.shape[0] * npy.shape[1] && err->code == RA_OK; i++) {
        int n = snprintf(text, sizeof text, "%lld", (long long)ids[i]);
        if (!exchange_add_key(keys, text, (size_t)n, err))
            break;
    }
    free(ids);
    ra_buf_finish(&bytes);
    return err->code == RA_OK || ra_err_wrap(err, "%s", path);
}

/* The given file, or NAME.txt or NAME.npy of the folder. */
static bool read_ids(const struct exchange *exchange, const char *given, const char *name,
                     struct exchange_table *table, struct ra_err *err)
{
    char file[64], *path = NULL;
    static const char *const endings[] = {"txt", "npy"};
    for (size_t i = 0; !given && !path && i < RA_COUNT(endings); i++) {
        snprintf(file, sizeof file, "%s.%s", name, endings[i]);
        path = ra_file_join(exchange->path, file);
        if (path && !ra_file_exists(path)) {
            free(path);
            path = NULL;
        }
    }
    const char *from = given ? given : path;
    if (!from)
        ra_fail(err, RA_ERR_INVALID, "there is no %s.txt or %s.npy with the id of each row", name,
                name);
    else if (ra_str_ends(from, ".npy"))
        (void)!read_integers(&table->keys, from, exchange->limit, err);
    else
        (void)!read_lines(&table->keys, from, exchange->limit, err);
    free(path);
    if (err->code == RA_OK && table->keys.n != table->n_rows)
        ra_fail(err, RA_ERR_INVALID, "%s has %zu ids for %llu rows", name, table->keys.n,
                (unsigned long long)table->n_rows);
    return err->code == RA_OK;
}

/* The file or folder of that name, if it is there; the caller frees. */
static char *there(const struct exchange *exchange, const char *name)
{
    char *path = ra_file_join(exchange->path, name);
    if (path && ra_file_exists(path))
        return path;
    free(path);
    return NULL;
}

static bool read_meta(struct exchange *exchange, struct ra_err *err)
{
    struct ra_buf text;
    char *path = there(exchange, "model.json");
    ra_buf_init(&text);
    bool ok = !path || ra_file_read(path, 1 << 20, &text, err);
    if (ok && path) {
        exchange->meta = ra_json_parse(text.data, text.len, err);
        ok = exchange->meta || ra_err_wrap(err, "%s", path);
    }
    ra_buf_finish(&text);
    free(path);
    return ok;
}

/* Files of text, which name their rows themselves. */
static bool read_named(struct exchange *exchange, struct ra_err *err)
{
    static const struct {
        const char *name;
        bool of_users, is_folder;
    } known[] = {
        {"itemFactors", false, true},
        {"userFactors", true, true},
        {"item_factors.csv", false, false},
        {"user_factors.csv", true, false},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < RA_COUNT(known); i++) {
        struct exchange_table *table = known[i].of_users ? &exchange->users : &exchange->items;
        char *path = table->values ? NULL : there(exchange, known[i].name);
        if (path)
            ok = known[i].is_folder ? exchange_read_parts(table, path, exchange->limit, err)
                                    : exchange_read_csv(table, path, exchange->limit, err);
        free(path);
    }
    char *path = exchange->items.values ? NULL : there(exchange, "neighbours.csv");
    ok = ok && (!path || exchange_read_pairs(exchange, path, err));
    free(path);
    return ok;
}

static bool read_folder(struct exchange *exchange, struct ra_err *err)
{
    const struct source source = {.folder = exchange->path, .limit = exchange->limit};
    char *zip = there(exchange, "similarity.npz");
    bool ok = read_meta(exchange, err) && read_named(exchange, err);
    if (ok && !exchange->items.values && !exchange->pairs)
        ok = zip ? take_zip(exchange, zip, err) : take_arrays(exchange, &source, err);
    free(zip);
    return ok;
}

bool exchange_read(struct exchange *exchange, struct ra_err *err)
{
    bool is_folder = ra_file_is_dir(exchange->path);
    if (!is_folder && !ra_str_ends(exchange->path, ".npz"))
        return ra_fail(err, RA_ERR_INVALID, "%s is no folder and no .npz file", exchange->path);
    if (!(is_folder ? read_folder(exchange, err) : take_zip(exchange, exchange->path, err)))
        return false;
    if (!exchange->items.values && !exchange->pairs)
        return ra_fail(err, RA_ERR_INVALID,
                       "%s has no item_factors, similarity.npz, neighbours or itemFactors",
                       exchange->path);
    if (exchange->items.n_rows == 0 || exchange->items.n_rows > UINT32_MAX)
        return ra_fail(err, RA_ERR_INVALID, "%s has %llu items", exchange->path,
                       (unsigned long long)exchange->items.n_rows);
    if (!exchange->items.keys.n &&
        !read_ids(exchange, exchange->item_ids, "item_ids", &exchange->items, err))
        return false;
    return !exchange->users.values || exchange->users.keys.n ||
           read_ids(exchange, exchange->user_ids, "user_ids", &exchange->users, err);
}
