#ifndef READALIKE_TESTS_LIBRARY_H
#define READALIKE_TESTS_LIBRARY_H

#include <stdint.h>

#include "readalike/recommend.h"

/* Small models for the engine's tests: books as rows, neighbours as triples, written to a file. */
struct lib_book {
    const char *title, *author, *language;
    int year;
};
struct lib_pair {
    uint32_t from, to;
    float score;
};
struct library {
    const struct lib_book *books; /* most read first; book number i has id 1000 - i */
    size_t n_books;
    const struct lib_pair *pairs; /* in any order; sorted into rows here */
    size_t n_pairs;
    const struct ra_factors *factors; /* NULL: a model of similarities */
    const char *scale;                /* with factors, of fold_in: ",\"lowest\":1,..." */
    const char *version;
};

/* Fails the test when anything fails. The caller unrefs. */
struct ra_engine *library_open(const struct library *library);

#endif
