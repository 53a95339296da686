#ifndef READALIKE_DATA_READER_H
#define READALIKE_DATA_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/csv.h"
#include "readalike/import.h"

/*
 * What the formats share: finding files, walking a table with named columns, checking values and
 * handing rows to the sink.
 */
struct reader {
    const struct ra_import_sink *sink;
    const struct ra_import_options *options;
    const char *const *paths;
    size_t n_paths;
    uint64_t done_bytes, total_bytes; /* of the files read, of all files */
    struct ra_strmap *books, *users;  /* key to the line it was first seen on */
    struct ra_buf scratch;
};

/* Half a screen of columns is the most any of these formats has. */
#define MOST_COLUMNS 24

/* Its names as ra_csv_is_column takes them. The index in the table's array is its number. */
struct column {
    const char *names;
    bool required;
};

struct row {
    struct reader *reader;
    struct ra_place at;
    char **fields;
    size_t n;
    const size_t *places; /* of each column among the fields; RA_CSV_NONE: not in this file */
    size_t n_columns;
};

/* False stops the import. */
typedef bool (*row_fn)(const struct row *row, void *ctx, struct ra_err *err);

struct table {
    const char *path;
    const struct column *columns; /* without a header, they stand in this order */
    size_t n_columns;
    bool headerless;
    struct ra_csv_options csv;
    row_fn row;
    void *ctx;
};

/* Hands each row that can be read to `table->row`, rejects the others. */
bool reader_table(struct reader *reader, const struct table *table,
                  struct ra_err *err) RA_MUST_CHECK;

/*
 * The first of `names` ("Books.csv|BX-Books.csv") that lies in `dir`, as it is or gzipped, in any
 * case; counted into `total_bytes`. The caller frees; NULL when there is none.
 */
char *reader_find(struct reader *reader, const char *dir, const char *names);
/* Counts the file; fails when it is not there. */
bool reader_add_file(struct reader *reader, const char *path, struct ra_err *err) RA_MUST_CHECK;
/* The only path that was given, which must be a folder (or, when `or_file`, a file). */
bool reader_only_path(const struct reader *reader, bool or_file, const char **out,
                      struct ra_err *err) RA_MUST_CHECK;
/* The one of , ; tab | that is most often in the first line. */
const char *reader_sniff_delimiter(const char *path);

/* The field, trimmed in place; NULL when it is empty, NULL or \N, or the column is not there. */
char *row_text(const struct row *row, size_t column);
/* The same, cleaned of entities and the like (text.h). */
char *row_clean(const struct row *row, size_t column);
bool row_number(const struct row *row, size_t column, double *out);
/* A year between 3000 BC and the year after next; 0 for anything else. */
int row_year(const struct row *row, size_t column);
int row_age(const struct row *row, size_t column);
/* Whole seconds since 1970; 0 for anything else. */
int64_t row_time(const struct row *row, size_t column);
/* `url` with https in place of http, in the scratch buffer; NULL when it is no web address. */
const char *row_https(const struct row *row, const char *url);

/*
 * 10 or 13 characters without dashes, an X upper case, zeros in front put back where a
 * spreadsheet dropped them; false when the text is no ISBN.
 */
#define ISBN_TEXT 14
bool isbn_normalise(const char *text, char out[ISBN_TEXT]);

/* Reports a row as left out; true unless the sink wants to stop. */
bool row_reject(const struct row *row, enum ra_reject_kind kind, struct ra_err *err,
                const char *fmt, ...) RA_PRINTF(4, 5);

/* To the sink; a second book or reader of the same key, or a row without its key, is rejected. */
bool row_book(const struct row *row, const struct ra_book *book, struct ra_err *err);
bool row_user(const struct row *row, const struct ra_user *user, struct ra_err *err);
/* `value` outside `low` to `high` is rejected; NaN is not. */
struct scale {
    double low, high;
};
bool row_rating(const struct row *row, const struct ra_import_rating *rating,
                const struct scale *scale, struct ra_err *err);
bool row_shelf_book(const struct row *row, const struct ra_import_shelf_book *shelf_book,
                    struct ra_err *err);

bool read_book_crossing(struct reader *reader, struct ra_err *err);
bool read_goodbooks(struct reader *reader, struct ra_err *err);
bool read_movielens(struct reader *reader, struct ra_err *err);
bool read_lastfm(struct reader *reader, struct ra_err *err);
bool read_sequences(struct reader *reader, struct ra_err *err);
bool read_csv_mapped(struct reader *reader, struct ra_err *err);

#endif
