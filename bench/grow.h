#ifndef READALIKE_BENCH_GROW_H
#define READALIKE_BENCH_GROW_H

#include "catalogue.h"
#include "readalike/buf.h"

/*
 * A large catalogue grown from a real one, like what real ones look like when they are large. The
 * real books stay, spread evenly over the logarithm of the rank of popularity. A made-up one has
 * the shape of a real title (series, number, the small words: the, of, and) and of an author. Its
 * other words come from a Simon process ("On a class of skew distribution functions", Biometrika
 * 1955): a word met before, as often as it was met, or a new one, so often that n words have
 * n^0.65 different ones. New words are spelt by a model of letter triples. Every made-up book has
 * a valid ISBN.
 */
struct grown {
    struct ra_title_doc *docs;
    size_t n;
    uint32_t *real; /* the place of each real book */
    char *text;
    char (*isbns)[11];
};

bool grow(const struct catalogue *from, size_t n, uint64_t seed, struct grown *out);
void grown_free(struct grown *grown);

#endif
