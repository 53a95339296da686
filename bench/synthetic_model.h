#ifndef READALIKE_BENCH_SYNTHETIC_MODEL_H
#define READALIKE_BENCH_SYNTHETIC_MODEL_H

#include <stdint.h>

#include "readalike/err.h"

/*
 * A model of factors with drawn numbers, to time the engine on sizes that no data at hand has. Of
 * `books`, a share of 1/10 is by "Great Person", 1/100 by "Known Person", 1/1000 by "Rare Person",
 * the others by an author of three books; the year is 1000 plus a number below 1000.
 */
struct synthetic {
    uint32_t books, factors;
    /* Vectors grow shorter with rank, as those of ials do: length (rank + 1)^-decay. 0 is hardest:
     * no bound by length can leave anything out. */
    double decay;
};
bool synthetic_write(const struct synthetic *what, const char *path,
                     struct ra_err *err) RA_MUST_CHECK;

#endif
