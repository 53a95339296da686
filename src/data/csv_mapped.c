/* Any tables: the person says which column is what, or the columns have names we know. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "readalike/arena.h"
#include "readalike/str.h"
#include "reader.h"
#include "tags.h"

/* Every column that can be mapped; the order within each table is the order of its columns. */
enum {
    BOOK_KEY,
    BOOK_TITLE,
    BOOK_AUTHOR,
    BOOK_ISBN,
    BOOK_PUBLISHER,
    BOOK_LANGUAGE,
    BOOK_IMAGE,
    BOOK_TAGS,
    BOOK_YEAR,
    BOOK_AVERAGE,
    BOOK_COUNT,
    USER_KEY,
    USER_NAME,
    USER_LOCATION,
    USER_AGE,
    RATING_USER,
    RATING_BOOK,
    RATING_VALUE,
    RATING_TIME,
    N_TARGETS
};
#define FIRST_USER USER_KEY
#define FIRST_RATING RATING_USER

static const struct target {
    const char *name; /* left of '=' in --map */
    struct column column;
} targets[N_TARGETS] = {
    [BOOK_KEY] = {"book.key", {"book_id|id|item_id|isbn|key", true}},
    [BOOK_TITLE] = {"book.title", {"title|book_title|name", true}},
    [BOOK_AUTHOR] = {"book.author", {"author|authors|book_author", false}},
    [BOOK_ISBN] = {"book.isbn", {"isbn|isbn13|isbn10", false}},
    [BOOK_PUBLISHER] = {"book.publisher", {"publisher", false}},
    [BOOK_LANGUAGE] = {"book.language", {"language|language_code|lang", false}},
    [BOOK_IMAGE] = {"book.image_url", {"image_url|image|cover|cover_url", false}},
    [BOOK_TAGS] = {"book.tags", {"tags|genres|genre|categories", false}},
    [BOOK_YEAR] = {"book.year",
                   {"year|publication_year|year_of_publication|original_publication_year", false}},
    [BOOK_AVERAGE] = {"book.average_rating", {"average_rating", false}},
    [BOOK_COUNT] = {"book.rating_count", {"rating_count|ratings_count", false}},
    [USER_KEY] = {"user.key", {"user_id|id|reader_id|user|key", true}},
    [USER_NAME] = {"user.name", {"name|user_name", false}},
    [USER_LOCATION] = {"user.location", {"location|place", false}},
    [USER_AGE] = {"user.age", {"age", false}},
    [RATING_USER] = {"rating.user", {"user_id|userid|reader_id|user|reader", true}},
    [RATING_BOOK] = {"rating.book", {"book_id|bookid|item_id|isbn|book|item", true}},
    [RATING_VALUE] = {"rating.value", {"rating|book_rating|stars|score|value", false}},
    [RATING_TIME] = {"rating.time", {"timestamp|time|rated_at", false}},
};

static bool on_book(const struct row *row, void *ctx, struct ra_err *err)
{
    struct ra_buf *tags = ctx;
    char isbn[ISBN_TEXT];
    double average, count;
    const char *isbn_text = row_text(row, BOOK_ISBN);
    const char *tag_text = row_clean(row, BOOK_TAGS);
    ra_buf_reset(tags);
    if (tag_text)
        tags_add_list(tags, tag_text, "|,;");
    bool has_count = row_number(row, BOOK_COUNT, &count) && count >= 0 && count < 1e15;
    const struct ra_book book = {
        .source_key = row_text(row, BOOK_KEY),
        .isbn = isbn_text && isbn_normalise(isbn_text, isbn) ? isbn : NULL,
        .title = row_clean(row, BOOK_TITLE),
        .author = row_clean(row, BOOK_AUTHOR),
        .publisher = row_clean(row, BOOK_PUBLISHER),
        .language = row_text(row, BOOK_LANGUAGE),
        .image_url = row_https(row, row_text(row, BOOK_IMAGE)),
        .tags = tags->len ? ra_buf_cstr(tags) : NULL,
        .year = row_year(row, BOOK_YEAR),
        .average_rating = row_number(row, BOOK_AVERAGE, &average) ? average : NAN,
        .rating_count = has_count ? (int64_t)count : 0,
    };
    return row_book(row, &book, err);
}

static bool on_user(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    const struct ra_user user = {
        .source_key = row_text(row, USER_KEY - FIRST_USER),
        .name = row_clean(row, USER_NAME - FIRST_USER),
        .location = row_clean(row, USER_LOCATION - FIRST_USER),
        .age = row_age(row, USER_AGE - FIRST_USER),
    };
    return row_user(row, &user, err);
}

/* Any scale is fine; an empty rating is "read, not rated". */
static bool on_rating(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    static const struct scale scale = {-1e6, 1e6};
    size_t value_column = RATING_VALUE - FIRST_RATING;
    double value = NAN;
    if (row_text(row, value_column) && !row_number(row, value_column, &value))
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "the rating is not a number");
    const struct ra_import_rating rating = {
        .user_key = row_text(row, RATING_USER - FIRST_RATING),
        .book_key = row_text(row, RATING_BOOK - FIRST_RATING),
        .rating = (float)value,
        .rated_at = row_time(row, RATING_TIME - FIRST_RATING),
    };
    return row_rating(row, &rating, &scale, err);
}

static size_t find_target(const char *name, size_t n)
{
    size_t t = 0;
    while (t < N_TARGETS &&
           (strlen(targets[t].name) != n || strncmp(targets[t].name, name, n) != 0))
        t++;
    return t;
}

/* One "book.title=Title"; it puts "Title" in place of the names we know. */
static bool apply_one(char *piece, struct column *columns, struct ra_err *err)
{
    char *equals = strchr(piece, '=');
    if (!equals || equals == piece || !equals[1])
        return ra_fail(err, RA_ERR_INVALID, "--map wants NAME=COLUMN, not \"%.64s\"", piece);
    size_t t = find_target(piece, (size_t)(equals - piece));
    if (t < N_TARGETS) {
        columns[t] = (struct column){.names = equals + 1, .required = true};
        return true;
    }
    *equals = '\0';
    const char *near = ra_str_nearest(piece, &targets[0].name, N_TARGETS, sizeof targets[0]);
    return ra_fail(err, RA_ERR_INVALID, "--map knows no %.64s%s%s", piece,
                   near ? "; did you mean " : "", near ? near : "");
}

/* "book.title=Title,book.key=Id" is cut where a name follows the comma; `map` keeps the pieces. */
static bool apply_map(char *map, struct column *columns, struct ra_err *err)
{
    for (char *piece = map, *next; piece; piece = next) {
        next = piece;
        while ((next = strchr(next, ','))) {
            next++;
            if (ra_str_starts(next, "book.") || ra_str_starts(next, "user.") ||
                ra_str_starts(next, "rating."))
                break;
        }
        if (next)
            next[-1] = '\0';
        if (!apply_one(piece, columns, err))
            return false;
    }
    return true;
}

static bool parse_encoding(const char *name, enum ra_csv_encoding *out, struct ra_err *err)
{
    static const struct {
        const char *name;
        enum ra_csv_encoding encoding;
    } known[] = {{"guess", RA_CSV_GUESS},
                 {"utf-8", RA_CSV_UTF8},
                 {"utf8", RA_CSV_UTF8},
                 {"latin-1", RA_CSV_WINDOWS_1252},
                 {"latin1", RA_CSV_WINDOWS_1252},
                 {"iso-8859-1", RA_CSV_WINDOWS_1252},
                 {"windows-1252", RA_CSV_WINDOWS_1252}};
    for (size_t i = 0; i < RA_COUNT(known); i++) {
        if (strcasecmp(known[i].name, name ? name : "guess") == 0) {
            *out = known[i].encoding;
            return true;
        }
    }
    return ra_fail(err, RA_ERR_INVALID,
                   "unknown encoding \"%.32s\"; utf-8, latin-1, windows-1252 and guess are known",
                   name);
}

static bool read_one(struct reader *reader, const char *path, struct table table,
                     struct ra_err *err)
{
    const char *delimiter = reader->options->delimiter;
    if (!path)
        return true;
    if (delimiter && (strcmp(delimiter, "tab") == 0 || strcmp(delimiter, "\\t") == 0))
        delimiter = "\t";
    table.path = path;
    table.csv.delimiter = delimiter ? delimiter : reader_sniff_delimiter(path);
    return parse_encoding(reader->options->encoding, &table.csv.encoding, err) &&
           reader_table(reader, &table, err);
}

static bool read_all(struct reader *reader, const struct column *columns, struct ra_buf *tags,
                     struct ra_err *err)
{
    const struct ra_import_options *options = reader->options;
    const struct table books = {
        .columns = columns, .n_columns = FIRST_USER, .row = on_book, .ctx = tags};
    const struct table users = {
        .columns = columns + FIRST_USER, .n_columns = FIRST_RATING - FIRST_USER, .row = on_user};
    const struct table ratings = {.columns = columns + FIRST_RATING,
                                  .n_columns = N_TARGETS - FIRST_RATING,
                                  .csv.max_row_lines = 1,
                                  .row = on_rating};
    return read_one(reader, options->books, books, err) &&
           read_one(reader, options->users, users, err) &&
           read_one(reader, options->ratings, ratings, err);
}

static bool check_files(struct reader *reader, struct ra_err *err)
{
    const struct ra_import_options *options = reader->options;
    const char *const files[] = {options->books, options->users, options->ratings};
    bool any = false;
    if (reader->n_paths)
        return ra_fail(err, RA_ERR_INVALID,
                       "say what \"%.200s\" is: --books FILE, --users FILE or --ratings FILE",
                       reader->paths[0]);
    for (size_t i = 0; i < RA_COUNT(files); i++) {
        if (files[i] && !reader_add_file(reader, files[i], err))
            return false;
        any = any || files[i];
    }
    return any || ra_fail(err, RA_ERR_INVALID,
                          "nothing to read: give --books FILE, --users FILE or --ratings FILE");
}

static bool read_mapped(struct reader *reader, struct ra_arena *maps, struct ra_buf *tags,
                        struct ra_err *err)
{
    struct column columns[N_TARGETS];
    for (size_t i = 0; i < N_TARGETS; i++)
        columns[i] = targets[i].column;
    for (size_t i = 0; i < reader->options->n_map; i++) {
        char *map = ra_arena_strdup(maps, reader->options->map[i]);
        if (!map)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
        if (!apply_map(map, columns, err))
            return false;
    }
    return check_files(reader, err) && read_all(reader, columns, tags, err);
}

bool read_csv_mapped(struct reader *reader, struct ra_err *err)
{
    struct ra_arena maps;
    struct ra_buf tags;
    ra_arena_init(&maps, 0, 0);
    ra_buf_init(&tags);
    bool ok = read_mapped(reader, &maps, &tags, err);
    ra_buf_finish(&tags);
    ra_arena_finish(&maps);
    return ok;
}
