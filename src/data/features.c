/* The terms that describe books, numbered as they come, and the matrix of which book has which. */
#include "readalike/features.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/map.h"

#define LONGEST_TERM 256
#define YEARS_TOGETHER 5

struct ra_features {
    struct ra_strmap *terms; /* "author:name" to number */
    struct ra_triplet *cells;
    size_t n, cap;
    uint32_t n_terms;
};

struct ra_features *ra_features_create(struct ra_err *err)
{
    struct ra_features *features = calloc(1, sizeof *features);
    if (features)
        features->terms = ra_strmap_create();
    if (features && features->terms)
        return features;
    ra_features_destroy(features);
    ra_fail(err, RA_ERR_NOMEM, "out of memory for the features of books");
    return NULL;
}

void ra_features_destroy(struct ra_features *features)
{
    if (!features)
        return;
    ra_strmap_destroy(features->terms);
    free(features->cells);
    free(features);
}

static bool add_cell(struct ra_features *features, uint32_t item, uint32_t term)
{
    if (features->n == features->cap) {
        size_t cap = features->cap ? features->cap * 2 : 4096;
        struct ra_triplet *more = reallocarray(features->cells, cap, sizeof *more);
        if (!more)
            return false;
        features->cells = more;
        features->cap = cap;
    }
    features->cells[features->n++] = (struct ra_triplet){item, term, 1};
    return true;
}

/* `text` (n) in lower case behind the kind of term it is; what is too long is cut. */
static bool add_term(struct ra_features *features, uint32_t item, const char *kind,
                     const char *text, size_t n)
{
    char term[LONGEST_TERM];
    size_t used = (size_t)snprintf(term, sizeof term, "%s:", kind);
    for (size_t i = 0; i < n && used < sizeof term; i++)
        term[used++] = (char)tolower((unsigned char)text[i]);
    uint64_t number;
    if (!ra_strmap_get(features->terms, term, used, &number)) {
        number = features->n_terms++;
        if (!ra_strmap_set(features->terms, term, used, number))
            return false;
    }
    return add_cell(features, item, (uint32_t)number);
}

/* The parts of `text` between any of `separators`, without blanks around them. */
static bool add_parts(struct ra_features *features, uint32_t item, const char *kind,
                      const char *text, const char *separators)
{
    while (text && *text) {
        size_t n = strcspn(text, separators), first = strspn(text, " "), end = n;
        while (end > first && text[end - 1] == ' ')
            end--;
        if (end > first && !add_term(features, item, kind, text + first, end - first))
            return false;
        text += n;
        text += *text != '\0';
    }
    return true;
}

/* Words of two letters and more; whatever is not ASCII is a letter. */
static bool add_words(struct ra_features *features, uint32_t item, const char *text)
{
    while (text && *text) {
        size_t n = 0;
        while (isalnum((unsigned char)text[n]) || (unsigned char)text[n] >= 0x80)
            n++;
        if (n >= 2 && !add_term(features, item, "title", text, n))
            return false;
        text += n;
        text += *text != '\0';
    }
    return true;
}

bool ra_features_add(struct ra_features *features, uint32_t item, const struct ra_book *book,
                     struct ra_err *err)
{
    char years[32] = "";
    if (book->year)
        snprintf(years, sizeof years, "%d", book->year / YEARS_TOGETHER * YEARS_TOGETHER);
    bool ok = add_parts(features, item, "author", book->author, ",;") &&
              add_parts(features, item, "publisher", book->publisher, "") &&
              add_parts(features, item, "years", years, "") &&
              add_parts(features, item, "language", book->language, "") &&
              add_parts(features, item, "tag", book->tags, "|") &&
              add_words(features, item, book->title);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the features of books");
}

bool ra_features_build(struct ra_features *features, uint32_t n_items, const uint32_t *item_ix,
                       struct ra_csr *out, struct ra_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < features->n; i++) {
        struct ra_triplet cell = features->cells[i];
        cell.row = item_ix[cell.row];
        if (cell.row != RA_FEATURES_NONE)
            features->cells[n++] = cell;
    }
    features->n = n;
    return ra_csr_from_triplets(out, n_items, features->n_terms, features->cells, n, err);
}
