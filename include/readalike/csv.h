#ifndef READALIKE_CSV_H
#define READALIKE_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * Tables of text (CSV, TSV, "::"), read row by row from a plain or gzip file. Quoting is RFC
 * 4180's: quotes, doubled quotes, delimiters and line ends inside quotes; line ends are LF, CRLF or
 * CR; a byte order mark is skipped. A row that cannot be read is handed over as a problem with its
 * line number, and reading goes on behind the line that holds the fault, so that a quote which is
 * never closed costs one line. One thread at a time.
 */
struct ra_csv;

enum ra_csv_encoding {
    RA_CSV_UTF8,         /* a row that is not UTF-8 is a problem */
    RA_CSV_WINDOWS_1252, /* Latin-1 and what Windows put into its gap */
    RA_CSV_GUESS,        /* row by row: UTF-8 where it is valid, else Windows-1252 */
};

struct ra_csv_options {
    const char *delimiter; /* 1 to 8 bytes; NULL "," */
    enum ra_csv_encoding encoding;
    bool no_quotes;         /* a quote is a character like any other */
    bool backslash_quotes;  /* inside quotes, \" is a quote as well */
    size_t max_row_bytes;   /* 0: 1 MiB */
    unsigned max_row_lines; /* lines that one row may span; 0: 200 */
};

enum ra_csv_problem {
    RA_CSV_FINE,
    RA_CSV_BAD_QUOTES, /* never closed, or text behind the closing quote */
    RA_CSV_TOO_LONG,
    RA_CSV_FIELD_COUNT,
    RA_CSV_BAD_BYTES, /* NUL, or not in the encoding */
};

/* Borrowed until the next call; the texts are terminated UTF-8 and may be edited in place. */
struct ra_csv_row {
    char **fields;
    size_t n;
    uint64_t line; /* where the row (or what is wrong with it) begins, from 1 */
    enum ra_csv_problem problem;
    const char *problem_text; /* "a quote is never closed"; NULL when fine */
};

enum ra_csv_step { RA_CSV_ROW, RA_CSV_END, RA_CSV_FAILED };

/* RA_ERR_NOT_FOUND or RA_ERR_IO. `options` may be NULL; its delimiter is copied. */
struct ra_csv *ra_csv_open(const char *path, const struct ra_csv_options *options,
                           struct ra_err *err) RA_MUST_CHECK;
/* The same over bytes, borrowed until close. */
struct ra_csv *ra_csv_open_bytes(const void *bytes, size_t n, const struct ra_csv_options *options,
                                 struct ra_err *err) RA_MUST_CHECK;
void ra_csv_close(struct ra_csv *csv); /* NULL is fine */

/* Empty lines are passed over. RA_CSV_FAILED is for the file (RA_ERR_IO), not for a row. */
enum ra_csv_step ra_csv_next(struct ra_csv *csv, struct ra_csv_row *out,
                             struct ra_err *err) RA_MUST_CHECK;

/* Rows of another number of fields are problems from now on; 0: any. */
void ra_csv_expect(struct ra_csv *csv, size_t n_fields);

/* Bytes of the file that were read so far (of the compressed file, when it is one). */
uint64_t ra_csv_bytes_read(const struct ra_csv *csv);

#define RA_CSV_NONE SIZE_MAX

/*
 * Whether a heading is one of the names ("isbn|isbn-10"): without regard to case and to which of
 * blank, '-' and '_' stands between its words.
 */
bool ra_csv_is_column(const char *heading, const char *names);

#endif
