/* Reads the two book catalogues of the real data with a CSV reader of forty lines. */
#include "catalogue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/file.h"
#include "readalike/map.h"

#define COLUMNS_MAX 32

/* Cuts the next record into terminated fields, in place; 0 at the end. */
static size_t next_record(char **at, char **fields)
{
    char *read = *at, *write = read;
    size_t n = 0;
    if (!*read)
        return 0;
    for (bool quoted = false, field = true;; read++) {
        if (field && n < COLUMNS_MAX)
            fields[n++] = write;
        field = false;
        char c = *read;
        if (c == '\0' || (!quoted && (c == ',' || c == '\n'))) {
            *write++ = '\0';
            field = true;
            if (c == ',')
                continue;
            *at = c ? read + 1 : read;
            return n;
        }
        if (c == '"' && quoted && read[1] == '"')
            *write++ = *read++;
        else if (c == '"')
            quoted = !quoted;
        else if (c != '\r')
            *write++ = c;
    }
}

static char *read_all(const char *folder, const char *file)
{
    const char *data = getenv("READALIKE_DATA");
    struct ra_buf path, out;
    struct ra_err err = {0};
    ra_buf_init(&path);
    ra_buf_init(&out);
    ra_buf_putf(&path, "%s/%s/%s", data ? data : "../shared/data", folder, file);
    bool ok = ra_file_read(ra_buf_cstr(&path), 0, &out, &err);
    ra_buf_finish(&path);
    if (ok)
        return ra_buf_take(&out);
    ra_buf_finish(&out);
    return NULL;
}

static int by_popularity(const void *a, const void *b)
{
    const struct ra_title_doc *left = a, *right = b;
    if (left->popularity != right->popularity)
        return left->popularity > right->popularity ? -1 : 1;
    return (left->title > right->title) - (left->title < right->title); /* order of the file */
}

/* From counts to 0 to 1 on a logarithmic scale, then the most popular first. */
static void rank(struct catalogue *catalogue)
{
    float most = 1;
    for (size_t i = 0; i < catalogue->n; i++)
        most = fmaxf(most, catalogue->docs[i].popularity);
    for (size_t i = 0; i < catalogue->n; i++)
        catalogue->docs[i].popularity = log1pf(catalogue->docs[i].popularity) / log1pf(most);
    qsort(catalogue->docs, catalogue->n, sizeof *catalogue->docs, by_popularity);
}

static bool add(struct catalogue *catalogue, struct ra_title_doc doc)
{
    if ((catalogue->n & (catalogue->n - 1)) == 0) { /* at each power of two */
        size_t room = catalogue->n ? catalogue->n * 2 : 1;
        void *docs = realloc(catalogue->docs, room * sizeof *catalogue->docs);
        if (!docs)
            return false;
        catalogue->docs = docs;
    }
    catalogue->docs[catalogue->n++] = doc;
    return true;
}

static bool load_goodbooks(struct catalogue *catalogue)
{
    char *fields[COLUMNS_MAX];
    catalogue->text = read_all("goodbooks", "books.csv");
    char *at = catalogue->text;
    if (!at)
        return false;
    next_record(&at, fields);
    while (next_record(&at, fields) > 13) {
        struct ra_title_doc doc = {
            .title = fields[10],
            .author = fields[7],
            .isbn = fields[5],
            .popularity = strtof(fields[13], NULL),
        };
        if (!add(catalogue, doc))
            return false;
    }
    return catalogue->n > 0;
}

static bool count_ratings(struct ra_strmap *counts, char *at)
{
    char *fields[COLUMNS_MAX];
    next_record(&at, fields);
    while (next_record(&at, fields) > 1) {
        uint64_t count = 0;
        size_t n = strlen(fields[1]);
        ra_strmap_get(counts, fields[1], n, &count);
        if (!ra_strmap_set(counts, fields[1], n, count + 1))
            return false;
    }
    return true;
}

static bool load_book_crossing(struct catalogue *catalogue)
{
    char *fields[COLUMNS_MAX];
    struct ra_strmap *counts = ra_strmap_create();
    catalogue->text = read_all("book-crossing", "Books.csv");
    catalogue->counts = read_all("book-crossing", "Ratings.csv");
    char *at = catalogue->text;
    bool ok = at && catalogue->counts && counts && count_ratings(counts, catalogue->counts);
    if (ok)
        next_record(&at, fields);
    while (ok && next_record(&at, fields) > 2) {
        uint64_t count = 0;
        ra_strmap_get(counts, fields[0], strlen(fields[0]), &count);
        struct ra_title_doc doc = {
            .title = fields[1],
            .author = fields[2],
            .isbn = fields[0],
            .popularity = (float)count,
        };
        ok = add(catalogue, doc);
    }
    ra_strmap_destroy(counts);
    return ok && catalogue->n > 0;
}

bool catalogue_load(struct catalogue *catalogue, const char *name)
{
    *catalogue = (struct catalogue){0};
    bool ok =
        strcmp(name, "goodbooks") == 0 ? load_goodbooks(catalogue) : load_book_crossing(catalogue);
    if (ok)
        rank(catalogue);
    else
        catalogue_free(catalogue);
    return ok;
}

void catalogue_free(struct catalogue *catalogue)
{
    free(catalogue->docs);
    free(catalogue->text);
    free(catalogue->counts);
    *catalogue = (struct catalogue){0};
}
