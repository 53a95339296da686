#ifndef READALIKE_FACTORS_H
#define READALIKE_FACTORS_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"
#include "readalike/ridge.h"

/*
 * Vectors of items in a space of factors. A reader's score of an item is the product of their
 * vectors, plus biases; the vector of a reader whom the training never saw is solved from what they
 * read, the items' being fixed (fold-in). With S what the reader told, n of the N items,
 *
 *     implicit:  min_x  sum_S c_i (1 - x.h_i)^2 + alpha0 sum_i (x.h_i)^2
 *                       + lambda (n + alpha0 N)^nu |x|^2                       score = b_i + x.h_i
 *     ratings:   min_x,b  sum_S (r_i - mu - b_i - b - x.h_i)^2 + lambda n^nu (|x|^2 + b^2)
 *                                                                  score = mu + b_i + b + x.h_i
 *
 * The first is Hu, Koren and Volinsky 2008 as Rendle et al. 2022 scale it; the second, with lambda
 * what a step of gradient descent shrinks by and nu = 1, is where that descent would come to rest
 * (Koren, Bell and Volinsky 2009).
 */
struct ra_factors {
    uint32_t n_items, n_factors;
    float *item; /* (n_items, n_factors) */
    float *bias; /* (n_items); NULL: none */
    float *gram; /* (n_factors, n_factors) alpha0 G of ridge.h; NULL when alpha0 is 0 */
    double alpha0, lambda, nu; /* of the fold-in, as in ridge.h */
    bool from_ratings;         /* the second form above, else the first */
    bool reader_bias;          /* with ratings: b is solved for, else 0 */
    bool nonnegative;          /* no part of x is below 0, as in NMF */
    double mu;                 /* with ratings */
};
#define RA_FACTORS_MAX 4096 /* n_factors */
/* Zeroed is fine. */
void ra_factors_finish(struct ra_factors *factors);
/* Makes `gram` for the alpha0 that is set. */
bool ra_factors_make_gram(struct ra_factors *factors, unsigned threads,
                          struct ra_err *err) RA_MUST_CHECK;

/* Floats that one thread folds in with. */
size_t ra_factors_scratch_n(const struct ra_factors *factors);
/* Numbers that are solved for: x, then b when there is a reader's bias. */
size_t ra_factors_solved_n(const struct ra_factors *factors);

/*
 * Solves the vector (n_factors) of who read `items` (n) with `values` (n): the weights c, or with
 * `from_ratings` the ratings, of which NaN tells nothing. Zero where there is nothing to solve it
 * from. Any thread, each with its own scratch, behind ra_dense_single_thread().
 */
void ra_factors_fold_in(const struct ra_factors *factors, const uint32_t *items,
                        const float *values, size_t n, float *scratch, float *vector);
/*
 * The same for weights and targets as they are (targets: 1 where NULL; with ratings
 * r - mu - b_i) into `solved` (ra_factors_solved_n). False, and zeros, where there is nothing to
 * solve it from.
 */
bool ra_factors_solve(const struct ra_factors *factors, const struct ra_ridge_row *row,
                      float *scratch, float *solved);
/*
 * What each entry of the row that was solved brings to the score of `item`: with A the matrix of
 * the system, x = A^-1 sum_S c t h, so that  x.h_j = sum_S c t (h' A^-1 h_j)  (Hu et al. 2008,
 * section 5). `part` (row->n) sums to x.h_item + b. `scratch` as ra_factors_solve left it.
 */
void ra_factors_parts(const struct ra_factors *factors, const struct ra_ridge_row *row,
                      const float *solved, float *scratch, uint32_t item, float *part);
/* Scores of all items for `n` vectors (n, n_factors) into (n, n_items), b and mu left out. */
void ra_factors_score(const struct ra_factors *factors, const float *vectors, size_t n,
                      float *scores);

#endif
