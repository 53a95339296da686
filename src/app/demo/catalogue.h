#ifndef READALIKE_DEMO_CATALOGUE_H
#define READALIKE_DEMO_CATALOGUE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/arena.h"
#include "readalike/err.h"

#define DEMO_NONE UINT32_MAX
#define DEMO_BOOK_GENRES 5

/* A row of books.csv. Strings live in the catalogue's arena. */
struct demo_book {
    const char *key; /* "J. R. R. Tolkien: The Hobbit": a title may be several authors' */
    const char *title, *author, *language, *genres;
    int year;
    unsigned fame;           /* 1 to 10: how widely read */
    unsigned series_index;   /* 0: in no series */
    uint32_t author_ix;      /* equal for equal authors */
    uint32_t series_ix;      /* DEMO_NONE: in no series */
    uint32_t previous, next; /* books before and after it in its series, or DEMO_NONE */
    unsigned n_genres;
    uint8_t genre_ix[DEMO_BOOK_GENRES];
};

/* The embedded sample catalogue. Immutable once open: any thread may read it. */
struct demo_catalogue {
    struct ra_arena arena;
    struct demo_book *books;
    size_t n_books, n_authors, n_series, n_genres;
};

bool demo_catalogue_open(struct demo_catalogue *catalogue, struct ra_err *err) RA_MUST_CHECK;
void demo_catalogue_close(struct demo_catalogue *catalogue);

#endif
