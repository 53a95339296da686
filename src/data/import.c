/* The table of formats, and what an import of any of them begins and ends with. */
#include "readalike/import.h"

#include <stdio.h>
#include <string.h>

#include "readalike/map.h"
#include "readalike/str.h"
#include "reader.h"

static const struct format {
    const char *name;
    const char *summary;
    bool (*read)(struct reader *reader, struct ra_err *err);
} formats[] = {
    {"book-crossing", "folder with Books.csv, Users.csv, Ratings.csv, or BX-*.csv",
     read_book_crossing},
    {"csv", "any tables: --books FILE --users FILE --ratings FILE --map book.title=Column",
     read_csv_mapped},
    {"goodbooks", "goodbooks-10k: books.csv, or a folder that has it", read_goodbooks},
    {"lastfm", "folder with artists.dat and user_artists.dat", read_lastfm},
    {"movielens", "folder with u.data and u.item, or ratings and movies (.csv, .dat)",
     read_movielens},
    {"sequences", "file of lines `reader item item ...`, the items in order", read_sequences},
};

const char *ra_import_format(size_t i, const char **out_summary)
{
    if (i >= RA_COUNT(formats))
        return NULL;
    *out_summary = formats[i].summary;
    return formats[i].name;
}

const char *ra_reject_name(enum ra_reject_kind kind)
{
    static const char *const names[] = {
        [RA_REJECT_BAD_QUOTES] = "bad_quotes",       [RA_REJECT_TOO_LONG] = "too_long",
        [RA_REJECT_FIELD_COUNT] = "field_count",     [RA_REJECT_BAD_BYTES] = "bad_bytes",
        [RA_REJECT_MISSING_VALUE] = "missing_value", [RA_REJECT_BAD_VALUE] = "bad_value",
        [RA_REJECT_DUPLICATE] = "duplicate",         [RA_REJECT_UNKNOWN_BOOK] = "unknown_book",
    };
    return kind < RA_COUNT(names) ? names[kind] : "unknown";
}

static const struct format *find_format(const char *name, struct ra_err *err)
{
    for (size_t i = 0; i < RA_COUNT(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    char known[128] = "";
    for (size_t i = 0; i < RA_COUNT(formats); i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", formats[i].name);
    }
    const char *near = ra_str_nearest(name, &formats[0].name, RA_COUNT(formats), sizeof formats[0]);
    if (near)
        ra_fail(err, RA_ERR_INVALID, "unknown format \"%.64s\"; did you mean %s? (known: %s)", name,
                near, known);
    else
        ra_fail(err, RA_ERR_INVALID, "unknown format \"%.64s\"; known are %s", name, known);
    return NULL;
}

bool ra_import_read(const char *format_name, const char *const *paths, size_t n_paths,
                    const struct ra_import_options *options, const struct ra_import_sink *sink,
                    struct ra_err *err)
{
    const struct format *format = find_format(format_name, err);
    if (!format)
        return false;
    struct reader reader = {
        .sink = sink,
        .options = options,
        .paths = paths,
        .n_paths = n_paths,
        .books = ra_strmap_create(),
        .users = ra_strmap_create(),
    };
    ra_buf_init(&reader.scratch);
    bool ok = reader.books && reader.users ? format->read(&reader, err)
                                           : ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ra_buf_finish(&reader.scratch);
    ra_strmap_destroy(reader.books);
    ra_strmap_destroy(reader.users);
    return ok;
}
