/* Reads the sample catalogue that is inside the program. */
#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/embedded.h"
#include "readalike/map.h"
#include "readalike/str.h"

extern const struct ra_embedded demo_files[];
extern const size_t demo_files_count;

enum column { TITLE, AUTHOR, YEAR, LANGUAGE, SERIES, SERIES_INDEX, GENRES, FAME, N_COLUMNS };

/* Names that became numbers, in the order they came. */
enum names { AUTHORS, ALL_SERIES, ALL_GENRES, N_NAMES };

struct reading {
    struct demo_catalogue *catalogue;
    struct ra_strmap *names[N_NAMES];
    char *at; /* cut in place: every field gets a terminator */
    size_t line;
};

/* The text of a quoted field, its doubled quotes made single; `at` is left behind it. */
static char *quoted_field(struct reading *reading)
{
    char *start = ++reading->at, *out = start;
    for (char *in = start; *in; in++) {
        if (*in == '"' && *++in != '"') {
            reading->at = in;
            *out = '\0';
            return start;
        }
        *out++ = *in;
    }
    return NULL;
}

static char *plain_field(struct reading *reading)
{
    char *start = reading->at;
    reading->at += strcspn(start, ",\n");
    return start;
}

static bool read_row(struct reading *reading, char *fields[N_COLUMNS], struct ra_err *err)
{
    reading->line++;
    for (int column = 0; column < N_COLUMNS; column++) {
        fields[column] = *reading->at == '"' ? quoted_field(reading) : plain_field(reading);
        char wanted = column == N_COLUMNS - 1 ? '\n' : ',';
        if (!fields[column] || *reading->at != wanted)
            return ra_fail(err, RA_ERR_CORRUPT, "books.csv:%zu: not %d fields", reading->line,
                           N_COLUMNS);
        *reading->at++ = '\0';
    }
    return true;
}

static bool number_of(struct reading *reading, enum names kind, const char *name, size_t n,
                      uint64_t *out, struct ra_err *err)
{
    struct ra_strmap *map = reading->names[kind];
    if (ra_strmap_get(map, name, n, out))
        return true;
    *out = ra_strmap_count(map);
    return ra_strmap_set(map, name, n, *out) || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

static bool read_genres(struct reading *reading, struct demo_book *book, struct ra_err *err)
{
    for (const char *at = book->genres; *at;) {
        size_t n = strcspn(at, "|");
        uint64_t ix;
        if (!number_of(reading, ALL_GENRES, at, n, &ix, err))
            return false;
        if (book->n_genres == DEMO_BOOK_GENRES || ix > UINT8_MAX)
            return ra_fail(err, RA_ERR_CORRUPT, "books.csv:%zu: too many genres", reading->line);
        book->genre_ix[book->n_genres++] = (uint8_t)ix;
        at += n + (at[n] == '|');
    }
    return true;
}

static bool read_series(struct reading *reading, struct demo_book *book, char *const *fields,
                        struct ra_err *err)
{
    book->series_ix = DEMO_NONE;
    if (!*fields[SERIES])
        return true;
    uint64_t ix, index;
    if (!number_of(reading, ALL_SERIES, fields[SERIES], strlen(fields[SERIES]), &ix, err))
        return false;
    if (!ra_parse_u64(fields[SERIES_INDEX], &index) || !index || index > 999)
        return ra_fail(err, RA_ERR_CORRUPT, "books.csv:%zu: bad series_index", reading->line);
    book->series_ix = (uint32_t)ix;
    book->series_index = (unsigned)index;
    return true;
}

static const char *key_of(struct ra_arena *arena, const char *author, const char *title)
{
    size_t n = strlen(author), m = strlen(title);
    char *key = ra_arena_alloc(arena, n + m + 3);
    if (!key)
        return NULL;
    memcpy(key, author, n);
    memcpy(key + n, ": ", 2);
    memcpy(key + n + 2, title, m + 1);
    return key;
}

static bool read_book(struct reading *reading, struct demo_book *book, struct ra_err *err)
{
    char *fields[N_COLUMNS];
    if (!read_row(reading, fields, err))
        return false;
    int64_t year;
    uint64_t fame, author;
    if (!ra_parse_i64(fields[YEAR], &year) || year < -9999 || year > 9999 ||
        !ra_parse_u64(fields[FAME], &fame) || fame < 1 || fame > 10)
        return ra_fail(err, RA_ERR_CORRUPT, "books.csv:%zu: bad year or fame", reading->line);
    if (!number_of(reading, AUTHORS, fields[AUTHOR], strlen(fields[AUTHOR]), &author, err))
        return false;
    *book = (struct demo_book){
        .key = key_of(&reading->catalogue->arena, fields[AUTHOR], fields[TITLE]),
        .title = fields[TITLE],
        .author = fields[AUTHOR],
        .language = fields[LANGUAGE],
        .genres = fields[GENRES],
        .year = (int)year,
        .fame = (unsigned)fame,
        .author_ix = (uint32_t)author,
        .previous = DEMO_NONE,
        .next = DEMO_NONE,
    };
    if (!book->key)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    return read_series(reading, book, fields, err) && read_genres(reading, book, err);
}

/* Ties each book to the nearest ones of its series; numbers may be missing. */
static void link_series(struct demo_catalogue *catalogue)
{
    struct demo_book *books = catalogue->books;
    for (uint32_t i = 0; i < catalogue->n_books; i++) {
        for (uint32_t j = 0; j < catalogue->n_books; j++) {
            if (books[i].series_ix == DEMO_NONE || books[i].series_ix != books[j].series_ix ||
                books[j].series_index <= books[i].series_index)
                continue;
            uint32_t next = books[i].next;
            if (next == DEMO_NONE || books[j].series_index < books[next].series_index)
                books[i].next = j;
        }
        if (books[i].next != DEMO_NONE)
            books[books[i].next].previous = i;
    }
}

static bool read_books(struct reading *reading, size_t n_max, struct ra_err *err)
{
    struct demo_catalogue *catalogue = reading->catalogue;
    char *header[N_COLUMNS];
    if (!read_row(reading, header, err))
        return false;
    while (*reading->at) {
        if (catalogue->n_books == n_max)
            return ra_fail(err, RA_ERR_CORRUPT, "books.csv has more rows than lines");
        if (!read_book(reading, &catalogue->books[catalogue->n_books], err))
            return false;
        catalogue->n_books++;
    }
    catalogue->n_authors = ra_strmap_count(reading->names[AUTHORS]);
    catalogue->n_series = ra_strmap_count(reading->names[ALL_SERIES]);
    catalogue->n_genres = ra_strmap_count(reading->names[ALL_GENRES]);
    return true;
}

/* A copy of the embedded text to cut up, and room for a book a line. */
static bool prepare(struct reading *reading, size_t *out_n_max, struct ra_err *err)
{
    struct ra_arena *arena = &reading->catalogue->arena;
    const char *text = (const char *)demo_files[0].data;
    size_t n_lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        n_lines++;
    reading->at = ra_arena_strndup(arena, text, demo_files[0].size);
    reading->catalogue->books = ra_arena_calloc(arena, n_lines, sizeof(struct demo_book));
    bool ok = reading->at && reading->catalogue->books;
    for (int i = 0; i < N_NAMES; i++) {
        reading->names[i] = ra_strmap_create();
        ok = ok && reading->names[i];
    }
    *out_n_max = n_lines;
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

bool demo_catalogue_open(struct demo_catalogue *catalogue, struct ra_err *err)
{
    *catalogue = (struct demo_catalogue){0};
    ra_arena_init(&catalogue->arena, 1 << 20, 0);
    struct reading reading = {.catalogue = catalogue};
    size_t n_max;
    bool ok = prepare(&reading, &n_max, err) && read_books(&reading, n_max, err);
    for (int i = 0; i < N_NAMES; i++)
        ra_strmap_destroy(reading.names[i]);
    if (ok)
        link_series(catalogue);
    else
        demo_catalogue_close(catalogue);
    return ok;
}

void demo_catalogue_close(struct demo_catalogue *catalogue)
{
    ra_arena_finish(&catalogue->arena);
    *catalogue = (struct demo_catalogue){0};
}
