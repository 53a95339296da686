#ifndef READALIKE_FACTORS_H
#define READALIKE_FACTORS_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * Vectors of items in a space of factors. A reader's score of an item is the product of their
 * vectors, plus the item's bias; the vector of a reader whom the training never saw is solved from
 * what they read, the items' being fixed (fold-in).
 */
struct ra_factors {
    uint32_t n_items, n_factors;
    float *item; /* (n_items, n_factors) */
    float *bias; /* (n_items); NULL: none */
    float *gram; /* (n_factors, n_factors) alpha0 G of ridge.h; NULL when alpha0 is 0 */
    double alpha0, lambda, nu; /* of the fold-in, as in ridge.h */
};
/* Zeroed is fine. */
void ra_factors_finish(struct ra_factors *factors);
/* Makes `gram` for the alpha0 that is set. */
bool ra_factors_make_gram(struct ra_factors *factors, unsigned threads,
                          struct ra_err *err) RA_MUST_CHECK;

/* Floats that one thread folds in with. */
size_t ra_factors_scratch_n(const struct ra_factors *factors);
/*
 * Solves the vector (n_factors) of who read `items` (n) with `weights` (n). Zero where there is
 * nothing to solve it from. Any thread, each with its own scratch, behind
 * ra_dense_single_thread().
 */
void ra_factors_fold_in(const struct ra_factors *factors, const uint32_t *items,
                        const float *weights, size_t n, float *scratch, float *vector);
/* Scores of all items for `n` vectors (n, n_factors) into (n, n_items). */
void ra_factors_score(const struct ra_factors *factors, const float *vectors, size_t n,
                      float *scores);

#endif
