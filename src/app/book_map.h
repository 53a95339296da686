#ifndef READALIKE_APP_BOOK_MAP_H
#define READALIKE_APP_BOOK_MAP_H

#include "readalike/recommend.h"

/* Books on a map, at most: the most read ones; what fewer than so many read says too little. */
#define BOOK_MAP_MOST 20000
#define BOOK_MAP_READERS 3
uint32_t book_map_size(const struct ra_engine *engine);

/*
 * Places the first `n` books of the model, whatever its kind, by what it recommends for each of
 * them: `xy` (n, 2), NaN for a book that it knows nothing near to.
 */
bool book_map(const struct ra_engine *engine, uint32_t n, bool quiet, float *xy,
              struct ra_err *err) RA_MUST_CHECK;

#endif
