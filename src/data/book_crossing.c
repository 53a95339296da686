/* Book-Crossing: the layout of the Kaggle copy, and the dump of 2004 with its own quoting. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/str.h"
#include "reader.h"

enum { ISBN, TITLE, AUTHOR, YEAR, PUBLISHER, IMAGE_M, IMAGE_L, N_BOOK_COLUMNS };
static const struct column book_columns[N_BOOK_COLUMNS] = {
    [ISBN] = {"isbn", true},
    [TITLE] = {"book_title|title", true},
    [AUTHOR] = {"book_author|author", false},
    [YEAR] = {"year_of_publication|year", false},
    [PUBLISHER] = {"publisher", false},
    [IMAGE_M] = {"image_url_m", false},
    [IMAGE_L] = {"image_url_l", false},
};

enum { USER_ID, LOCATION, AGE, N_USER_COLUMNS };
static const struct column user_columns[N_USER_COLUMNS] = {
    [USER_ID] = {"user_id", true},
    [LOCATION] = {"location", false},
    [AGE] = {"age", false},
};

enum { RATING_USER, RATING_ISBN, RATING, N_RATING_COLUMNS };
static const struct column rating_columns[N_RATING_COLUMNS] = {
    [RATING_USER] = {"user_id", true},
    [RATING_ISBN] = {"isbn", true},
    [RATING] = {"book_rating|rating", true},
};

/*
 * The Kaggle copy lost the quote of every \" and kept the backslash ("\O\ Is for Outlaw"); both
 * become the quote that was meant. A last one without a partner is a slip of the dump itself.
 */
static char *restore_quotes(char *text)
{
    if (!text || !strchr(text, '\\'))
        return text;
    char *out = text;
    size_t n = 0;
    for (const char *at = text; *at; at++) {
        n += *at == '\\';
        *out++ = *at == '\\' ? '"' : *at;
        at += *at == '\\' && at[1] == '"';
    }
    if (n % 2 && out[-1] == '"')
        out--;
    *out = '\0';
    return text;
}

/*
 * A title that ended in a backslash swallowed the author in the Kaggle copy: `...Readers)\";
 * Michael Teitelbaum"`, and every column behind it moved one to the left.
 */
static void unshift_columns(struct ra_book *book, const struct row *row, char *title)
{
    char *seam = title ? strstr(title, "\\\";") : NULL;
    if (!seam || row_year(row, YEAR) || !row_year(row, AUTHOR))
        return;
    *seam = '\0';
    char *author = seam + 3;
    author[strcspn(author, "\"")] = '\0';
    book->author = author;
    book->publisher = row_clean(row, YEAR);
    book->year = row_year(row, AUTHOR);
}

static bool on_book(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    char isbn[ISBN_TEXT];
    const char *key = row_text(row, ISBN);
    char *title = row_clean(row, TITLE);
    struct ra_book book = {
        .source_key = key,
        .isbn = key && isbn_normalise(key, isbn) ? isbn : NULL,
        .author = restore_quotes(row_clean(row, AUTHOR)),
        .publisher = row_clean(row, PUBLISHER),
        .year = row_year(row, YEAR),
        .average_rating = NAN,
    };
    unshift_columns(&book, row, title);
    book.title = restore_quotes(title);
    const char *image = row_text(row, IMAGE_L);
    book.image_url = row_https(row, image ? image : row_text(row, IMAGE_M));
    return row_book(row, &book, err);
}

static bool on_user(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    const struct ra_user user = {
        .source_key = row_text(row, USER_ID),
        .location = row_clean(row, LOCATION),
        .age = row_age(row, AGE),
    };
    return row_user(row, &user, err);
}

static bool on_rating(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    static const struct scale scale = {1, 10};
    double value;
    if (!row_number(row, RATING, &value))
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "the rating is not a number");
    const struct ra_import_rating rating = {
        .user_key = row_text(row, RATING_USER),
        .book_key = row_text(row, RATING_ISBN),
        .rating = value == 0 ? NAN : (float)value, /* 0: read, not rated */
    };
    return row_rating(row, &rating, &scale, err);
}

/* The dump of 2004 is known by its semicolons; it is Latin-1 but for copies that were converted. */
static bool read_table(struct reader *reader, struct table *table, struct ra_err *err)
{
    if (!table->path)
        return true;
    const char *delimiter = reader_sniff_delimiter(table->path);
    bool dump = *delimiter == ';';
    table->csv.delimiter = delimiter;
    table->csv.encoding = dump ? RA_CSV_GUESS : RA_CSV_UTF8;
    table->csv.backslash_quotes = dump;
    return reader_table(reader, table, err);
}

static bool read_files(struct reader *reader, const char *const files[3], struct ra_err *err)
{
    struct table books = {
        .path = files[0], .columns = book_columns, .n_columns = N_BOOK_COLUMNS, .row = on_book};
    struct table users = {
        .path = files[1], .columns = user_columns, .n_columns = N_USER_COLUMNS, .row = on_user};
    /* No field of a rating holds a line end, so an open quote shows on its own line. */
    struct table ratings = {.path = files[2],
                            .columns = rating_columns,
                            .n_columns = N_RATING_COLUMNS,
                            .csv.max_row_lines = 1,
                            .row = on_rating};
    return read_table(reader, &books, err) && read_table(reader, &users, err) &&
           read_table(reader, &ratings, err);
}

bool read_book_crossing(struct reader *reader, struct ra_err *err)
{
    const char *dir;
    if (!reader_only_path(reader, false, &dir, err))
        return false;
    char *books = reader_find(reader, dir, "Books.csv|BX-Books.csv|BX_Books.csv");
    char *users = reader_find(reader, dir, "Users.csv|BX-Users.csv");
    char *ratings = reader_find(reader, dir, "Ratings.csv|BX-Book-Ratings.csv");
    const char *const files[3] = {books, users, ratings};
    bool ok = books && ratings
                  ? read_files(reader, files, err)
                  : ra_fail(err, RA_ERR_NOT_FOUND,
                            "%s holds no %s: Books.csv and Ratings.csv (or BX-Books.csv and "
                            "BX-Book-Ratings.csv) are wanted, Users.csv is used when there",
                            dir, books ? "ratings" : "books");
    free(books);
    free(users);
    free(ratings);
    return ok;
}
