/* Reads the files of an import that are lines of text: CSV, and the part files of Spark. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "readalike/file.h"
#include "readalike/json.h"
#include "readalike/map.h"
#include "readalike/str.h"

/* A table while its rows come. */
struct growing {
    struct exchange_table *table;
    size_t cap; /* floats there is room for */
    int bias;   /* number of the column of biases; -1: none */
    const char *path;
    uint64_t line;
};

static bool bad_line(const struct growing *growing, const char *what, struct ra_err *err)
{
    return ra_fail(err, RA_ERR_INVALID, "%s:%llu: %s", growing->path,
                   (unsigned long long)growing->line, what);
}

static bool make_room(struct growing *growing, uint64_t n_cols, struct ra_err *err)
{
    struct exchange_table *table = growing->table;
    if (table->n_rows == 0)
        table->n_cols = n_cols;
    if (n_cols == 0 || n_cols != table->n_cols)
        return bad_line(growing, "not as many numbers as in the first line", err);
    size_t wanted = (size_t)(table->n_rows + 1) * (size_t)n_cols;
    if (wanted <= growing->cap)
        return true;
    size_t cap = growing->cap ? growing->cap * 2 : 64 * (size_t)n_cols;
    cap = cap < wanted ? wanted : cap;
    float *more = reallocarray(table->values, cap, sizeof *more);
    if (!more)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %s", growing->path);
    table->values = more;
    growing->cap = cap;
    return true;
}

/* One more row of `n` numbers. */
static bool add_row(struct growing *growing, const double *numbers, size_t n, struct ra_err *err)
{
    if (!make_room(growing, n, err))
        return false;
    float *row = growing->table->values + growing->table->n_rows * n;
    for (size_t i = 0; i < n; i++) {
        row[i] = (float)numbers[i];
        if (!isfinite(row[i]))
            return bad_line(growing, "a number is not finite", err);
    }
    growing->table->n_rows++;
    return true;
}

#define COLUMNS_MAX 4097

/* The fields of "5,0.1,0.2" or "5,\"[0.1, 0.2]\"" behind the first; false when one is no number. */
static bool parse_numbers(char *at, double *out, size_t *out_n)
{
    static const char between[] = ",; \t\"[]\r";
    *out_n = 0;
    for (at += strspn(at, between); *at; at += strspn(at, between)) {
        size_t n = strcspn(at, between);
        bool is_last = at[n] == '\0';
        at[n] = '\0';
        if (*out_n == COLUMNS_MAX || !ra_parse_double(at, &out[(*out_n)++]))
            return false;
        at += n + !is_last;
    }
    return true;
}

/* Cuts the first field off; returns the rest. */
static char *cut_id(char *line, char **out_id)
{
    bool is_quoted = *line == '"';
    *out_id = line + is_quoted;
    char *end = *out_id + strcspn(*out_id, is_quoted ? "\"" : ",;\t\r");
    if (*end == '\0')
        return end;
    *end++ = '\0';
    return end + (is_quoted && *end == ',');
}

static bool is_header(const struct growing *growing, const char *rest)
{
    double first;
    char field[64];
    snprintf(field, sizeof field, "%.*s", (int)strcspn(rest + strspn(rest, " \"["), ",;\t\r\"]"),
             rest + strspn(rest, " \"["));
    return growing->table->n_rows == 0 && growing->line == 1 && !ra_parse_double(field, &first);
}

/* Which of the names behind the first is "bias". */
static int find_bias(const char *rest)
{
    for (int column = 0; *rest; column++) {
        size_t n = strcspn(rest, ",;\t\r");
        if (n == 4 && strncmp(rest, "bias", 4) == 0)
            return column;
        rest += n + (rest[n] != '\0');
    }
    return -1;
}

static bool take_csv_line(struct growing *growing, char *line, double *numbers, struct ra_err *err)
{
    char *id, *rest = cut_id(line, &id);
    size_t n;
    if (is_header(growing, rest)) {
        growing->bias = find_bias(rest);
        return true;
    }
    if (!*id || !parse_numbers(rest, numbers, &n))
        return bad_line(growing, "expected an id and numbers", err);
    return add_row(growing, numbers, n, err) &&
           exchange_add_key(&growing->table->keys, id, strlen(id), err);
}

static bool take_json_line(struct growing *growing, const char *line, double *numbers,
                           struct ra_err *err)
{
    json_t *row = ra_json_parse(line, strlen(line), NULL);
    const json_t *id = json_object_get(row, "id"), *list = json_object_get(row, "features");
    size_t n = json_array_size(list);
    char text[32] = "";
    bool ok = row && (json_is_integer(id) || json_is_string(id)) && n && n < COLUMNS_MAX;
    for (size_t i = 0; ok && i < n; i++) {
        const json_t *number = json_array_get(list, i);
        ok = json_is_number(number);
        numbers[i] = json_number_value(number);
    }
    if (json_is_integer(id))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(id));
    const char *key = json_is_string(id) ? json_string_value(id) : text;
    ok = ok ? add_row(growing, numbers, n, err) &&
                  exchange_add_key(&growing->table->keys, key, strlen(key), err)
            : bad_line(growing, "expected {\"id\": 1, \"features\": [0.5, ...]}", err);
    json_decref(row);
    return ok;
}

/* Hands each line to the reader of its kind. The text is changed. */
static bool take_lines(struct growing *growing, char *text, size_t length, struct ra_err *err)
{
    double *numbers = calloc(COLUMNS_MAX, sizeof *numbers);
    bool ok = numbers || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (ok && memchr(text, '\0', length))
        ok = ra_fail(err, RA_ERR_INVALID, "%s is no text", growing->path);
    growing->line = 0;
    for (char *at = text, *end = text + length; ok && at < end;) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *line = at;
        at = newline ? newline + 1 : end;
        *(newline ? newline : end) = '\0';
        growing->line++;
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        ok = *line == '{' ? take_json_line(growing, line, numbers, err)
                          : take_csv_line(growing, line, numbers, err);
    }
    free(numbers);
    return ok;
}

static bool read_file(struct growing *growing, uint64_t limit, struct ra_err *err)
{
    struct ra_buf text;
    ra_buf_init(&text);
    bool ok = ra_file_read(growing->path, limit, &text, err);
    if (ok && text.len >= 4 && memcmp(text.data, "PAR1", 4) == 0)
        ok = ra_fail(err, RA_ERR_INVALID,
                     "%s is a Parquet file, which is not read; write JSON: "
                     "model.itemFactors.write.json(path)",
                     growing->path);
    else if (ok)
        ok = ra_buf_cstr(&text) ? take_lines(growing, text.data, text.len, err)
                                : ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ra_buf_finish(&text);
    return ok;
}

/* The column of biases out of the values. */
static bool split_bias(struct growing *growing, struct ra_err *err)
{
    struct exchange_table *table = growing->table;
    size_t n = (size_t)table->n_rows, f = (size_t)table->n_cols, column = (size_t)growing->bias;
    if (growing->bias < 0 || n == 0)
        return true;
    if (column >= f || f < 2)
        return ra_fail(err, RA_ERR_INVALID, "%s has a bias and no factors", growing->path);
    table->bias = calloc(n, sizeof *table->bias);
    if (!table->bias)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    float *to = table->values;
    for (size_t row = 0; row < n; row++) {
        for (size_t i = 0; i < f; i++) {
            if (i == column)
                table->bias[row] = table->values[row * f + i];
            else
                *to++ = table->values[row * f + i];
        }
    }
    table->n_cols--;
    return true;
}

bool exchange_read_csv(struct exchange_table *out, const char *path, uint64_t limit,
                       struct ra_err *err)
{
    struct growing growing = {.table = out, .bias = -1, .path = path};
    return read_file(&growing, limit, err) && split_bias(&growing, err);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && entry->d_name[0] != '_';
}

bool exchange_read_parts(struct exchange_table *out, const char *folder, uint64_t limit,
                         struct ra_err *err)
{
    struct dirent **parts = NULL;
    struct growing growing = {.table = out, .bias = -1};
    int n = scandir(folder, &parts, not_hidden, alphasort);
    bool ok = n >= 0 || ra_fail_errno(err, RA_ERR_IO, "cannot read the folder %s", folder);
    for (int i = 0; i < n; i++) {
        char *path = ok ? ra_file_join(folder, parts[i]->d_name) : NULL;
        growing.path = path;
        ok = path && read_file(&growing, limit, err);
        free(path);
        free(parts[i]);
    }
    free(parts);
    return ok;
}

/* The row of a key, a new one when it is new. */
static bool row_of(struct exchange_keys *keys, struct ra_strmap *known, const char *key,
                   uint32_t *out, struct ra_err *err)
{
    uint64_t row;
    if (!ra_strmap_get(known, key, strlen(key), &row)) {
        row = keys->n;
        if (row >= UINT32_MAX || !ra_strmap_set(known, key, strlen(key), row) ||
            !exchange_add_key(keys, key, strlen(key), err))
            return ra_fail(err, RA_ERR_NOMEM, "out of memory for the ids");
    }
    *out = (uint32_t)row;
    return true;
}

static bool take_pair(struct exchange *exchange, struct growing *growing, struct ra_strmap *known,
                      char *line, struct ra_err *err)
{
    struct exchange_pair pair;
    char *id, *other, *rest = cut_id(line, &id);
    double score;
    rest = cut_id(rest, &other);
    char *end = rest + strcspn(rest, ",;\t\r");
    *end = '\0';
    if (!ra_parse_double(rest, &score))
        return growing->line == 1 || bad_line(growing, "expected id,neighbour,score", err);
    pair.score = (float)score;
    return row_of(&exchange->items.keys, known, id, &pair.row, err) &&
           row_of(&exchange->items.keys, known, other, &pair.other, err) &&
           exchange_add_pair(exchange, pair, err);
}

bool exchange_read_pairs(struct exchange *exchange, const char *path, struct ra_err *err)
{
    struct growing growing = {.path = path};
    struct ra_strmap *known = ra_strmap_create();
    struct ra_buf text;
    ra_buf_init(&text);
    bool ok = (known || ra_fail(err, RA_ERR_NOMEM, "out of memory")) &&
              ra_file_read(path, exchange->limit, &text, err) &&
              (ra_buf_cstr(&text) || ra_fail(err, RA_ERR_NOMEM, "out of memory"));
    for (char *at = text.data, *end = text.data + text.len; ok && at < end;) {
        char *newline = memchr(at, '\n', (size_t)(end - at)), *line = at;
        at = newline ? newline + 1 : end;
        *(newline ? newline : end) = '\0';
        growing.line++;
        if (line[strspn(line, " \t\r")] != '\0')
            ok = take_pair(exchange, &growing, known, line, err);
    }
    exchange->items.n_rows = exchange->items.keys.n;
    ra_strmap_destroy(known);
    ra_buf_finish(&text);
    return ok;
}
