/* Sequences: one reader a line, `reader item item ...`, the items in the order they were read. */
#include <math.h>
#include <string.h>

#include "readalike/map.h"
#include "reader.h"

#define LONGEST_LINE (64u << 20)
#define BLANKS " \t"

struct sequences {
    struct ra_strmap *lengths; /* of each reader, as far as read */
};

static bool on_item(const struct row *row, const char *key, struct ra_err *err)
{
    uint64_t line;
    if (ra_strmap_get(row->reader->books, key, strlen(key), &line))
        return true;
    const struct ra_book book = {.source_key = key, .title = key, .average_rating = NAN};
    return row_book(row, &book, err);
}

static bool find_items(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    char *rest = NULL;
    if (!strtok_r(row->fields[0], BLANKS, &rest))
        return true;
    for (const char *key; (key = strtok_r(NULL, BLANKS, &rest));) {
        if (!on_item(row, key, err))
            return false;
    }
    return true;
}

/* The place in the line, from 1, stands for the time: only the order of times matters. */
static bool follow(const struct row *row, void *ctx, struct ra_err *err)
{
    const struct sequences *sequences = ctx;
    static const struct scale any = {-HUGE_VAL, HUGE_VAL};
    char *rest = NULL;
    const char *reader = strtok_r(row->fields[0], BLANKS, &rest);
    if (!reader)
        return true;
    uint64_t length = 0;
    ra_strmap_get(sequences->lengths, reader, strlen(reader), &length);
    for (const char *key; (key = strtok_r(NULL, BLANKS, &rest));) {
        const struct ra_import_rating rating = {
            .user_key = reader,
            .book_key = key,
            .rating = NAN,
            .rated_at = (int64_t)++length,
        };
        if (!row_rating(row, &rating, &any, err))
            return false;
    }
    return ra_strmap_set(sequences->lengths, reader, strlen(reader), length) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

static bool walk(struct reader *reader, const char *path, row_fn row, void *ctx, struct ra_err *err)
{
    static const struct column line = {"line", true};
    const struct table table = {
        .path = path,
        .columns = &line,
        .n_columns = 1,
        .headerless = true,
        /* No line has this byte, so that a line is one field. */
        .csv = {.delimiter = "\x1f",
                .no_quotes = true,
                .encoding = RA_CSV_GUESS,
                .max_row_bytes = LONGEST_LINE,
                .max_row_lines = 1},
        .row = row,
        .ctx = ctx,
    };
    return reader_add_file(reader, path, err) && reader_table(reader, &table, err);
}

static bool pass_over(void *ctx, const struct ra_place *at, enum ra_reject_kind kind,
                      const char *reason, struct ra_err *err)
{
    (void)ctx, (void)at, (void)kind, (void)reason, (void)err;
    return true;
}

bool read_sequences(struct reader *reader, struct ra_err *err)
{
    const char *path;
    if (!reader_only_path(reader, true, &path, err))
        return false;
    struct sequences sequences = {ra_strmap_create()};
    if (!sequences.lengths)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    /* What is wrong is told once, the second time. */
    const struct ra_import_sink *sink = reader->sink;
    struct ra_import_sink quiet = *sink;
    quiet.reject = pass_over;
    reader->sink = &quiet;
    bool ok = walk(reader, path, find_items, NULL, err);
    reader->sink = sink;
    ok = ok && walk(reader, path, follow, &sequences, err);
    ra_strmap_destroy(sequences.lengths);
    return ok;
}
