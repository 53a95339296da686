#ifndef READALIKE_DATA_TAGS_H
#define READALIKE_DATA_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "readalike/buf.h"

#define TAGS_MOST 10

/*
 * The genre that readers mean when they shelve a book under `shelf` ("sci-fi", "ya-books"):
 * "science-fiction", "young-adult"; NULL for a shelf that says nothing about the book ("to-read",
 * "owned"). `out_rank` (may be NULL) is small for what tells books apart ("dystopia") and large
 * for what most books are ("fiction"). Static.
 */
const char *tags_genre(const char *shelf, size_t n, unsigned *out_rank);

/*
 * Adds the words of `list`, separated by any byte of `separators`, to "a|b|c" in `out`: lower
 * case, blanks to '-', each once, at most TAGS_MOST in all.
 */
void tags_add_list(struct ra_buf *out, const char *list, const char *separators);
/* Adds one tag as it is; the same limits. */
void tags_add(struct ra_buf *out, const char *tag, size_t n);

#endif
