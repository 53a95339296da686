#ifndef READALIKE_IMPORT_H
#define READALIKE_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/book.h"
#include "readalike/err.h"

/*
 * Files of other people's making, read as books, readers, ratings and shelves. What comes out goes
 * to a sink of callbacks; where it is kept is not known here. Rows come in the files' order:
 * all books first, then readers, ratings, shelves. One thread at a time.
 */

/* Where a row was read. */
struct ra_place {
    const char *file;
    uint64_t line;
};

/* A rating or a place on a shelf, by the keys that the files use. */
struct ra_import_rating {
    const char *user_key, *book_key;
    float rating;     /* NaN: read, not rated */
    int64_t rated_at; /* seconds since 1970; 0 unknown */
};
struct ra_import_shelf_book {
    const char *user_key, *book_key;
    const char *shelf;
    uint32_t position; /* from 0 */
};

/* Why a row was left out. */
enum ra_reject_kind {
    RA_REJECT_BAD_QUOTES,
    RA_REJECT_TOO_LONG,
    RA_REJECT_FIELD_COUNT,
    RA_REJECT_BAD_BYTES,
    RA_REJECT_MISSING_VALUE,
    RA_REJECT_BAD_VALUE,
    RA_REJECT_DUPLICATE,
    RA_REJECT_UNKNOWN_BOOK, /* for the sink's own use: the readers do not look books up */
    RA_REJECT_KINDS
};
/* "bad_quotes" and so on; static. */
const char *ra_reject_name(enum ra_reject_kind kind);

/*
 * Every string is borrowed for the call. A callback that returns false stops the import, with
 * `err` set by it.
 */
struct ra_import_sink {
    void *ctx;
    bool (*book)(void *ctx, const struct ra_place *at, const struct ra_book *book,
                 struct ra_err *err);
    bool (*user)(void *ctx, const struct ra_place *at, const struct ra_user *user,
                 struct ra_err *err);
    bool (*rating)(void *ctx, const struct ra_place *at, const struct ra_import_rating *rating,
                   struct ra_err *err);
    bool (*shelf_book)(void *ctx, const struct ra_place *at, const struct ra_import_shelf_book *row,
                       struct ra_err *err);
    bool (*reject)(void *ctx, const struct ra_place *at, enum ra_reject_kind kind,
                   const char *reason, struct ra_err *err);
    /* Bytes of the files, read so far and in all; may be NULL. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
};

/* What a caller may say about the files; zeroed, the format decides. */
struct ra_import_options {
    const char *books, *users, *ratings; /* files of the format `csv` */
    const char *const *map;              /* "book.title=Title" and the like, for `csv` */
    size_t n_map;
    const char *delimiter; /* for `csv`; "\t" or "tab" is a tab */
    const char *encoding;  /* "utf-8", "latin-1", "windows-1252" or "guess" */
};

/*
 * Reads `paths` as `format` says. RA_ERR_INVALID for an unknown format or option,
 * RA_ERR_NOT_FOUND when a file that the format needs is not there.
 */
bool ra_import_read(const char *format, const char *const *paths, size_t n_paths,
                    const struct ra_import_options *options, const struct ra_import_sink *sink,
                    struct ra_err *err) RA_MUST_CHECK;

/* The name and a line about format `i`; NULL behind the last. Static. */
const char *ra_import_format(size_t i, const char **out_summary);

#endif
