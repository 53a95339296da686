/* MovieLens in its three layouts: u.data (100K), .dat with "::" (1M, 10M), and .csv (20M on). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/buf.h"
#include "readalike/str.h"
#include "reader.h"
#include "tags.h"

/* u.item has a column of 0 or 1 for each genre, from here on. */
#define FIRST_GENRE 5
#define MOST_GENRES (MOST_COLUMNS - FIRST_GENRE)

enum { FILM_ID, FILM_TITLE, FILM_GENRES, N_FILM_COLUMNS };
static const struct column film_columns[N_FILM_COLUMNS] = {
    [FILM_ID] = {"movieid|movie_id|item_id", true},
    [FILM_TITLE] = {"title", true},
    [FILM_GENRES] = {"genres", false},
};

/* u.item: id, title, date, video date, address, then the genres. */
static const struct column item_columns[MOST_COLUMNS] = {
    [FILM_ID] = {"movie_id", true},
    [FILM_TITLE] = {"title", true},
};

enum { RATING_USER, RATING_FILM, RATING, RATING_TIME, N_RATING_COLUMNS };
static const struct column rating_columns[N_RATING_COLUMNS] = {
    [RATING_USER] = {"userid|user_id", true},
    [RATING_FILM] = {"movieid|movie_id|item_id", true},
    [RATING] = {"rating", true},
    [RATING_TIME] = {"timestamp", false},
};

/* u.user is id, age, gender, ...; users.dat has no ages but their classes. */
static const struct column user_columns[] = {{"user_id", true}, {"", false}, {"", false}};

struct films {
    char *films, *ratings, *users, *genre_names;
    const char *delimiter; /* of the films' and users' files; NULL: CSV */
    size_t age_column;
    char *genres[MOST_GENRES];
    struct ra_buf title, tags;
};

static void put_genre(struct films *files, const char *name)
{
    if (strcmp(name, "unknown") != 0 && name[0] != '(')
        tags_add_list(&files->tags, name, "|");
}

static bool on_genre(const struct row *row, void *ctx, struct ra_err *err)
{
    struct films *files = ctx;
    const char *name = row_text(row, 0);
    double place;
    if (!name || !row_number(row, 1, &place) || place < 0 || place >= MOST_GENRES)
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "expected NAME|NUMBER");
    char **genre = &files->genres[(size_t)place];
    free(*genre);
    *genre = strdup(name);
    return *genre || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

/* Cuts "(1995)", and a "(V)" or "(TV)" behind it, off the end; 0 when there is no year. */
static int cut_year(char *title)
{
    for (char *open; (open = strrchr(title, '('));) {
        char digits[5] = {0};
        memcpy(digits, open + 1, strnlen(open + 1, 4));
        int64_t year = 0;
        bool is_year = strlen(open) >= 6 && open[5] == ')' && ra_parse_i64(digits, &year);
        bool is_note = strcmp(open, "(V)") == 0 || strcmp(open, "(TV)") == 0;
        if (!is_year && !is_note)
            return 0;
        *open = '\0';
        ra_str_trim(title);
        if (is_year)
            return (int)year;
    }
    return 0;
}

static bool is_article(const char *word, size_t n)
{
    static const char *const articles[] = {"The", "A",   "An", "La",  "Le",  "Les", "L'",
                                           "Il",  "Lo",  "El", "Los", "Las", "Das", "Der",
                                           "Die", "Ein", "Un", "Une", "Una", "Det", "Den"};
    for (size_t i = 0; i < RA_COUNT(articles); i++) {
        if (strlen(articles[i]) == n && strncmp(articles[i], word, n) == 0)
            return true;
    }
    return false;
}

/* "Matrix, The" to "The Matrix", also in front of " (A Single Girl)"; in `out`, or as it was. */
static const char *article_first(const char *title, struct ra_buf *out)
{
    const char *note = strstr(title, " (");
    size_t n = note ? (size_t)(note - title) : strlen(title);
    const char *comma = memrchr(title, ',', n);
    size_t before = comma ? (size_t)(comma - title) : 0;
    if (!before || n - before < 3 || comma[1] != ' ' || !is_article(comma + 2, n - before - 2))
        return title;
    ra_buf_reset(out);
    ra_buf_put(out, comma + 2, n - before - 2);
    if (out->data && out->data[out->len - 1] != '\'')
        ra_buf_putc(out, ' ');
    ra_buf_put(out, title, before);
    ra_buf_puts(out, title + n);
    return ra_buf_cstr(out);
}

static bool put_film(const struct row *row, struct films *files, struct ra_err *err)
{
    char *title = row_clean(row, FILM_TITLE);
    int year = title ? cut_year(title) : 0;
    const struct ra_book film = {
        .source_key = row_text(row, FILM_ID),
        .title = title && *title ? article_first(title, &files->title) : NULL,
        .tags = files->tags.len ? ra_buf_cstr(&files->tags) : NULL,
        .year = year,
        .average_rating = NAN,
    };
    return row_book(row, &film, err);
}

static bool on_film(const struct row *row, void *ctx, struct ra_err *err)
{
    struct films *files = ctx;
    const char *genres = row_text(row, FILM_GENRES);
    ra_buf_reset(&files->tags);
    if (genres)
        put_genre(files, genres);
    return put_film(row, files, err);
}

static bool on_item(const struct row *row, void *ctx, struct ra_err *err)
{
    struct films *files = ctx;
    ra_buf_reset(&files->tags);
    for (size_t i = 0; i < MOST_GENRES && FIRST_GENRE + i < row->n; i++) {
        if (files->genres[i] && strcmp(row->fields[FIRST_GENRE + i], "1") == 0)
            put_genre(files, files->genres[i]);
    }
    return put_film(row, files, err);
}

static bool on_user(const struct row *row, void *ctx, struct ra_err *err)
{
    const struct films *files = ctx;
    const struct ra_user user = {
        .source_key = row_text(row, 0),
        .age = row_age(row, files->age_column),
    };
    return row_user(row, &user, err);
}

static bool on_rating(const struct row *row, void *ctx, struct ra_err *err)
{
    (void)ctx;
    static const struct scale scale = {0.5, 5};
    double value;
    if (!row_number(row, RATING, &value))
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "the rating is not a number");
    const struct ra_import_rating rating = {
        .user_key = row_text(row, RATING_USER),
        .book_key = row_text(row, RATING_FILM),
        .rating = (float)value,
        .rated_at = row_time(row, RATING_TIME),
    };
    return row_rating(row, &rating, &scale, err);
}

static bool read_films(struct reader *reader, struct films *files, struct ra_err *err)
{
    bool items = files->delimiter && *files->delimiter == '|';
    const struct table genres = {.path = files->genre_names,
                                 .columns = user_columns,
                                 .n_columns = 2,
                                 .headerless = true,
                                 .csv = {.delimiter = "|", .no_quotes = true},
                                 .row = on_genre,
                                 .ctx = files};
    const struct table films = {.path = files->films,
                                .columns = items ? item_columns : film_columns,
                                .n_columns = items ? MOST_COLUMNS : N_FILM_COLUMNS,
                                .headerless = files->delimiter != NULL,
                                .csv = {.delimiter = files->delimiter,
                                        .no_quotes = files->delimiter != NULL,
                                        .encoding = RA_CSV_GUESS},
                                .row = items ? on_item : on_film,
                                .ctx = files};
    return (!genres.path || reader_table(reader, &genres, err)) &&
           reader_table(reader, &films, err);
}

static bool read_ratings(struct reader *reader, struct films *files, struct ra_err *err)
{
    bool items = files->delimiter && *files->delimiter == '|';
    const struct table users = {.path = files->users,
                                .columns = user_columns,
                                .n_columns = RA_COUNT(user_columns),
                                .headerless = true,
                                .csv = {.delimiter = files->delimiter, .no_quotes = true},
                                .row = on_user,
                                .ctx = files};
    const struct table ratings = {.path = files->ratings,
                                  .columns = rating_columns,
                                  .n_columns = N_RATING_COLUMNS,
                                  .headerless = files->delimiter != NULL,
                                  .csv = {.delimiter = items ? "\t" : files->delimiter,
                                          .no_quotes = files->delimiter != NULL,
                                          .max_row_lines = 1},
                                  .row = on_rating,
                                  .ctx = files};
    return (!users.path || reader_table(reader, &users, err)) &&
           reader_table(reader, &ratings, err);
}

/* Tries one layout: both its files must be there. */
static bool find_layout(struct reader *reader, const char *dir, const char *films,
                        const char *ratings, struct films *out)
{
    uint64_t total = reader->total_bytes;
    out->films = reader_find(reader, dir, films);
    out->ratings = reader_find(reader, dir, ratings);
    if (out->films && out->ratings)
        return true;
    free(out->films);
    free(out->ratings);
    out->films = out->ratings = NULL;
    reader->total_bytes = total;
    return false;
}

static bool find_files(struct reader *reader, struct films *files, struct ra_err *err)
{
    const char *dir;
    if (!reader_only_path(reader, false, &dir, err))
        return false;
    if (find_layout(reader, dir, "u.item", "u.data", files)) {
        files->delimiter = "|";
        files->age_column = 1;
        files->users = reader_find(reader, dir, "u.user");
        files->genre_names = reader_find(reader, dir, "u.genre");
        return true;
    }
    if (find_layout(reader, dir, "movies.dat", "ratings.dat", files)) {
        files->delimiter = "::";
        files->age_column = RA_CSV_NONE;
        files->users = reader_find(reader, dir, "users.dat");
        return true;
    }
    return find_layout(reader, dir, "movies.csv", "ratings.csv", files) ||
           ra_fail(err, RA_ERR_NOT_FOUND,
                   "%s holds neither u.item and u.data, nor movies and ratings (both .csv or both "
                   ".dat)",
                   dir);
}

bool read_movielens(struct reader *reader, struct ra_err *err)
{
    struct films files = {0};
    ra_buf_init(&files.title);
    ra_buf_init(&files.tags);
    bool ok = find_files(reader, &files, err) && read_films(reader, &files, err) &&
              read_ratings(reader, &files, err);
    free(files.films);
    free(files.ratings);
    free(files.users);
    free(files.genre_names);
    for (size_t i = 0; i < MOST_GENRES; i++)
        free(files.genres[i]);
    ra_buf_finish(&files.title);
    ra_buf_finish(&files.tags);
    return ok;
}
