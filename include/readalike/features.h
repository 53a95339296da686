#ifndef READALIKE_FEATURES_H
#define READALIKE_FEATURES_H

#include "readalike/book.h"
#include "readalike/csr.h"
#include "readalike/err.h"

/*
 * What books are like, as a sparse matrix (books, terms): each author, publisher, five years of
 * publication, language, tag and word of the title is a term. Values are 1. One thread at a time.
 */
struct ra_features;
struct ra_features *ra_features_create(struct ra_err *err) RA_MUST_CHECK;
void ra_features_destroy(struct ra_features *features); /* NULL is fine */
/* Adds the terms of the book in row `item`. */
bool ra_features_add(struct ra_features *features, uint32_t item, const struct ra_book *book,
                     struct ra_err *err) RA_MUST_CHECK;
#define RA_FEATURES_NONE UINT32_MAX
/* `item_ix` says the row of each item that was added, NONE to leave it out; `features` is good for
 * destroy only afterwards. `out` (n_items, terms) is the caller's, to finish. */
bool ra_features_build(struct ra_features *features, uint32_t n_items, const uint32_t *item_ix,
                       struct ra_csr *out, struct ra_err *err) RA_MUST_CHECK;

#endif
