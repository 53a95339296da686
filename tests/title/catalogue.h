#ifndef READALIKE_TESTS_TITLE_CATALOGUE_H
#define READALIKE_TESTS_TITLE_CATALOGUE_H

#include "readalike/title.h"

/* Real catalogues, most rated book first, for the tests and the benchmark of titles. */
struct catalogue {
    struct ra_title_doc *docs;
    size_t n;
    char *text;   /* what the documents' strings point into */
    char *counts; /* the file with the ratings, if it is another one */
};

/* `name` is "goodbooks" or "book-crossing", looked for in READALIKE_DATA. False: not there. */
bool catalogue_load(struct catalogue *catalogue, const char *name);
void catalogue_free(struct catalogue *catalogue);

#endif
