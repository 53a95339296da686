#ifndef READALIKE_TRAIN_H
#define READALIKE_TRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"

/*
 * The algorithms. Each takes a sparse matrix and parameters and knows no store and no file. The
 * same input gives the same bytes with any number of threads.
 */
struct ra_progress;

/*
 * What a rating says about liking, as a weight around 1. `read` is (readers, items) with ratings,
 * NaN for "read, not rated"; `out` gets the same pattern with
 *
 *     w = 1                                          read, not rated
 *     w = max(0.1, 1 + c (r - mean) / (high - low))  rated r, c = `rating_weight`
 *
 * so that two readers who loved both books bind them more than two who shrugged. c = 0 takes all
 * readings alike.
 */
bool ra_train_weights(struct ra_csr *out, const struct ra_csr *read, double rating_weight,
                      struct ra_err *err) RA_MUST_CHECK;

/*
 * Bayesian means: (sum of ratings + prior * overall mean) / (number of ratings + prior), NaN for
 * what nobody rated. `count` (n_items) gets the readers, `mean` (n_items) the means.
 */
void ra_train_popularity(const struct ra_csr *read, double prior, uint32_t *count, float *mean);

struct ra_item_knn_params {
    unsigned neighbours;          /* kept for an item */
    unsigned min_support;         /* readers that two items must share */
    double shrinkage;             /* beta below */
    double reader_damping;        /* gamma below */
    unsigned threads;             /* 0: one per core */
    uint64_t memory_limit;        /* bytes; more is refused with RA_ERR_INVALID; 0: no limit */
    struct ra_progress *progress; /* counts items; NULL: none */
};

/* Neighbours by item, best first, scores falling and above 0. */
struct ra_neighbours {
    uint32_t n_items;
    uint64_t *start; /* (n_items + 1) bounds in the next two */
    uint32_t *item;  /* (start[n_items]) */
    float *score;    /* (start[n_items]) */
};
void ra_neighbours_finish(struct ra_neighbours *neighbours);

/*
 * Item to item similarities from `weights` (readers, items), all above 0:
 *
 *               sum_u b_u w_ui w_uj                     n_ij
 *     s_ij = --------------------------------------  * -----------    b_u = n_u ^ -gamma
 *            sqrt(sum_u b_u w_ui^2 sum_u b_u w_uj^2)   n_ij + beta
 *
 * The cosine of Sarwar et al. 2001, each reader u of n_u items damped (gamma = 1 is the row
 * normalisation of Deshpande and Karypis 2004), shrunk by the number n_ij of readers of both as in
 * Bell and Koren 2007. Pairs with n_ij below min_support do not count. One accumulator of n_items
 * per thread; no matrix of items by items.
 */
bool ra_train_item_knn(struct ra_neighbours *out, const struct ra_csr *weights,
                       const struct ra_item_knn_params *params, struct ra_err *err) RA_MUST_CHECK;
/* Bytes that ra_train_item_knn takes at most beside its input. */
uint64_t ra_item_knn_bytes(const struct ra_csr *weights, const struct ra_item_knn_params *params);

/* A reader's scores, as ra_score_fn of evaluate.h: the sum over what they read; `ctx` is the
 * neighbours. */
void ra_item_knn_score(const void *ctx, const uint32_t *items, const float *weights, size_t n,
                       float *scores);

#endif
