/* goodbooks-10k: books.csv by itself, or with ratings, to-read shelves and readers' tags. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/file.h"
#include "readalike/map.h"
#include "readalike/str.h"
#include "reader.h"
#include "tags.h"

enum {
    BOOK_ID,
    GOODREADS_ID,
    BOOK_ISBN,
    ISBN13,
    AUTHORS,
    YEAR,
    TITLE,
    ORIGINAL_TITLE,
    LANGUAGE,
    AVERAGE,
    COUNT,
    IMAGE,
    N_BOOK_COLUMNS
};
static const struct column book_columns[N_BOOK_COLUMNS] = {
    [BOOK_ID] = {"book_id|id", true},
    [GOODREADS_ID] = {"goodreads_book_id", false},
    [BOOK_ISBN] = {"isbn", false},
    [ISBN13] = {"isbn13", false},
    [AUTHORS] = {"authors|author", false},
    [YEAR] = {"original_publication_year", false},
    [TITLE] = {"title", true},
    [ORIGINAL_TITLE] = {"original_title", false},
    [LANGUAGE] = {"language_code", false},
    [AVERAGE] = {"average_rating", false},
    [COUNT] = {"ratings_count", false},
    [IMAGE] = {"image_url", false},
};

enum { LINK_USER, LINK_BOOK, LINK_RATING, N_LINK_COLUMNS };
static const struct column rating_columns[N_LINK_COLUMNS] = {
    [LINK_USER] = {"user_id", true},
    [LINK_BOOK] = {"book_id", true},
    [LINK_RATING] = {"rating", true},
};
static const struct column to_read_columns[] = {
    [LINK_USER] = {"user_id", true},
    [LINK_BOOK] = {"book_id", true},
};

enum { TAG_ID, TAG_NAME, N_TAG_COLUMNS };
static const struct column tag_columns[N_TAG_COLUMNS] = {
    [TAG_ID] = {"tag_id", true},
    [TAG_NAME] = {"tag_name", true},
};

enum { TAGGED_BOOK, TAGGED_TAG, TAGGED_COUNT, N_TAGGED_COLUMNS };
static const struct column tagged_columns[N_TAGGED_COLUMNS] = {
    [TAGGED_BOOK] = {"goodreads_book_id", true},
    [TAGGED_TAG] = {"tag_id", true},
    [TAGGED_COUNT] = {"count", true},
};

enum { GENRES_BOOK, GENRES_LIST, N_GENRES_COLUMNS };
static const struct column genres_columns[N_GENRES_COLUMNS] = {
    [GENRES_BOOK] = {"book_id", true},
    [GENRES_LIST] = {"genres", true},
};

/* One genre of one book, and how strongly readers say so. */
struct genre_row {
    int64_t book;
    int64_t weight;
    const char *genre; /* of the static table */
};

struct genre_list {
    struct genre_row *rows;
    size_t n, cap;
};

struct goodbooks {
    char *books, *ratings, *to_read, *tags, *book_tags, *book_genres;
    struct ra_u64map *genre_of_tag;        /* tag_id to the genre's name */
    struct genre_list by_goodreads, by_id; /* sorted once they are read */
    struct ra_strmap *shelf_sizes;
    struct ra_buf tag_text;
};

static bool push_genre(struct genre_list *list, const struct genre_row *row, struct ra_err *err)
{
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 1024;
        struct genre_row *rows = reallocarray(list->rows, cap, sizeof *rows);
        if (!rows)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
        list->rows = rows;
        list->cap = cap;
    }
    list->rows[list->n++] = *row;
    return true;
}

static int compare_genres(const void *left, const void *right)
{
    const struct genre_row *a = left, *b = right;
    if (a->book != b->book)
        return a->book < b->book ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return strcmp(a->genre, b->genre);
}

static void sort_genres(struct genre_list *list)
{
    if (list->n)
        qsort(list->rows, list->n, sizeof *list->rows, compare_genres);
}

/* The first row of `book`, by bisection; `n` when there is none. */
static size_t find_genres(const struct genre_list *list, int64_t book)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->rows[middle].book < book)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool row_id(const struct row *row, size_t column, int64_t *out)
{
    const char *text = row_text(row, column);
    return text && ra_parse_i64(text, out);
}

static bool on_tag(const struct row *row, void *ctx, struct ra_err *err)
{
    struct goodbooks *files = ctx;
    const char *name = row_text(row, TAG_NAME);
    int64_t id;
    if (!row_id(row, TAG_ID, &id) || id < 0)
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "the tag id is not a number");
    const char *genre = name ? tags_genre(name, strlen(name), NULL) : NULL;
    if (!genre)
        return true;
    return ra_u64map_set(files->genre_of_tag, (uint64_t)id, (uint64_t)(uintptr_t)genre) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

static bool on_tagged(const struct row *row, void *ctx, struct ra_err *err)
{
    struct goodbooks *files = ctx;
    struct genre_row genre = {0};
    int64_t tag;
    if (!row_id(row, TAGGED_BOOK, &genre.book) || !row_id(row, TAGGED_TAG, &tag) ||
        !row_id(row, TAGGED_COUNT, &genre.weight))
        return row_reject(row, RA_REJECT_BAD_VALUE, err,
                          "book, tag and count must be whole numbers");
    uint64_t name;
    if (!ra_u64map_get(files->genre_of_tag, (uint64_t)tag, &name))
        return true;
    genre.genre = (const char *)(uintptr_t)name;
    return push_genre(&files->by_goodreads, &genre, err);
}

static bool on_genres(const struct row *row, void *ctx, struct ra_err *err)
{
    struct goodbooks *files = ctx;
    struct genre_row genre = {0};
    if (!row_id(row, GENRES_BOOK, &genre.book))
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "the book id is not a number");
    const char *at = row_text(row, GENRES_LIST);
    while (at && *at) {
        size_t n = strcspn(at, ",");
        unsigned rank;
        genre.genre = tags_genre(at, n, &rank);
        genre.weight = -(int64_t)rank;
        if (genre.genre && !push_genre(&files->by_id, &genre, err))
            return false;
        at += n;
        at += *at == ',';
    }
    return true;
}

static void put_genres(const struct genre_list *list, int64_t book, struct ra_buf *out)
{
    for (size_t i = find_genres(list, book); i < list->n && list->rows[i].book == book; i++)
        tags_add(out, list->rows[i].genre, strlen(list->rows[i].genre));
}

static const char *tags_of(struct goodbooks *files, const struct row *row)
{
    int64_t id;
    ra_buf_reset(&files->tag_text);
    if (row_id(row, GOODREADS_ID, &id))
        put_genres(&files->by_goodreads, id, &files->tag_text);
    if (!files->tag_text.len && row_id(row, BOOK_ID, &id))
        put_genres(&files->by_id, id, &files->tag_text);
    return files->tag_text.len ? ra_buf_cstr(&files->tag_text) : NULL;
}

/* isbn lost its zeros in front, and isbn13 is written as 9.78e+12: only the first can be mended. */
static const char *isbn_of(const struct row *row, char out[ISBN_TEXT])
{
    const char *isbn = row_text(row, BOOK_ISBN);
    const char *isbn13 = row_text(row, ISBN13);
    if ((isbn && isbn_normalise(isbn, out)) || (isbn13 && isbn_normalise(isbn13, out)))
        return out;
    return NULL;
}

static int64_t count_of(const struct row *row)
{
    double count;
    return row_number(row, COUNT, &count) && count >= 0 && count < 1e15 ? (int64_t)count : 0;
}

static bool on_book(const struct row *row, void *ctx, struct ra_err *err)
{
    char isbn[ISBN_TEXT];
    double average;
    const char *title = row_clean(row, TITLE);
    const char *image = row_text(row, IMAGE);
    bool has_cover = image && !strstr(image, "/nophoto/");
    const struct ra_book book = {
        .source_key = row_text(row, BOOK_ID),
        .isbn = isbn_of(row, isbn),
        .title = title ? title : row_clean(row, ORIGINAL_TITLE),
        .author = row_clean(row, AUTHORS),
        .language = row_text(row, LANGUAGE),
        .image_url = has_cover ? row_https(row, image) : NULL,
        .tags = tags_of(ctx, row),
        .year = row_year(row, YEAR),
        .average_rating = row_number(row, AVERAGE, &average) ? average : NAN,
        .rating_count = count_of(row),
    };
    return row_book(row, &book, err);
}

static bool on_rating(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    static const struct scale scale = {1, 5};
    double value;
    if (!row_number(row, LINK_RATING, &value))
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "the rating is not a number");
    const struct ra_import_rating rating = {
        .user_key = row_text(row, LINK_USER),
        .book_key = row_text(row, LINK_BOOK),
        .rating = (float)value,
    };
    return row_rating(row, &rating, &scale, err);
}

static bool on_to_read(const struct row *row, void *ctx, struct ra_err *err)
{
    struct goodbooks *files = ctx;
    const char *user = row_text(row, LINK_USER);
    uint64_t position = 0;
    if (user) {
        ra_strmap_get(files->shelf_sizes, user, strlen(user), &position);
        if (!ra_strmap_set(files->shelf_sizes, user, strlen(user), position + 1))
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    const struct ra_import_shelf_book shelf_book = {
        .user_key = user,
        .book_key = row_text(row, LINK_BOOK),
        .shelf = "to-read",
        .position = (uint32_t)position,
    };
    return row_shelf_book(row, &shelf_book, err);
}

static bool read_if_there(struct reader *reader, const struct table *table, struct ra_err *err)
{
    return !table->path || reader_table(reader, table, err);
}

/* Tags come first: a book is handed over once, with them. */
static bool read_tags(struct reader *reader, struct goodbooks *files, struct ra_err *err)
{
    const struct table tags = {.path = files->tags,
                               .columns = tag_columns,
                               .n_columns = N_TAG_COLUMNS,
                               .row = on_tag,
                               .ctx = files};
    const struct table tagged = {.path = files->tags ? files->book_tags : NULL,
                                 .columns = tagged_columns,
                                 .n_columns = N_TAGGED_COLUMNS,
                                 .row = on_tagged,
                                 .ctx = files};
    const struct table genres = {.path = files->book_genres,
                                 .columns = genres_columns,
                                 .n_columns = N_GENRES_COLUMNS,
                                 .row = on_genres,
                                 .ctx = files};
    if (!read_if_there(reader, &tags, err) || !read_if_there(reader, &tagged, err) ||
        !read_if_there(reader, &genres, err))
        return false;
    sort_genres(&files->by_goodreads);
    sort_genres(&files->by_id);
    return true;
}

static bool read_rest(struct reader *reader, struct goodbooks *files, struct ra_err *err)
{
    const struct table books = {.path = files->books,
                                .columns = book_columns,
                                .n_columns = N_BOOK_COLUMNS,
                                .row = on_book,
                                .ctx = files};
    const struct table ratings = {.path = files->ratings,
                                  .columns = rating_columns,
                                  .n_columns = N_LINK_COLUMNS,
                                  .csv.max_row_lines = 1,
                                  .row = on_rating,
                                  .ctx = files};
    const struct table to_read = {.path = files->to_read,
                                  .columns = to_read_columns,
                                  .n_columns = RA_COUNT(to_read_columns),
                                  .csv.max_row_lines = 1,
                                  .row = on_to_read,
                                  .ctx = files};
    return reader_table(reader, &books, err) && read_if_there(reader, &ratings, err) &&
           read_if_there(reader, &to_read, err);
}

static bool find_files(struct reader *reader, struct goodbooks *files, struct ra_err *err)
{
    const char *path;
    if (!reader_only_path(reader, true, &path, err))
        return false;
    if (!ra_file_is_dir(path)) {
        files->books = strdup(path);
        return files->books ? reader_add_file(reader, path, err)
                            : ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    files->books = reader_find(reader, path, "books.csv");
    files->ratings = reader_find(reader, path, "ratings.csv");
    files->to_read = reader_find(reader, path, "to_read.csv");
    files->tags = reader_find(reader, path, "tags.csv");
    files->book_tags = reader_find(reader, path, "book_tags.csv");
    files->book_genres = reader_find(reader, path, "book_genres.csv");
    return files->books ||
           ra_fail(err, RA_ERR_NOT_FOUND,
                   "%s holds no books.csv; ratings.csv, to_read.csv, tags.csv with book_tags.csv, "
                   "and book_genres.csv are used when there",
                   path);
}

static void finish_files(struct goodbooks *files)
{
    free(files->books);
    free(files->ratings);
    free(files->to_read);
    free(files->tags);
    free(files->book_tags);
    free(files->book_genres);
    free(files->by_goodreads.rows);
    free(files->by_id.rows);
    ra_u64map_destroy(files->genre_of_tag);
    ra_strmap_destroy(files->shelf_sizes);
    ra_buf_finish(&files->tag_text);
}

bool read_goodbooks(struct reader *reader, struct ra_err *err)
{
    struct goodbooks files = {.genre_of_tag = ra_u64map_create(),
                              .shelf_sizes = ra_strmap_create()};
    ra_buf_init(&files.tag_text);
    bool ok = files.genre_of_tag && files.shelf_sizes
                  ? find_files(reader, &files, err) && read_tags(reader, &files, err) &&
                        read_rest(reader, &files, err)
                  : ra_fail(err, RA_ERR_NOMEM, "out of memory");
    finish_files(&files);
    return ok;
}
