#ifndef READALIKE_TRAIN_ELASTIC_H
#define READALIKE_TRAIN_ELASTIC_H

#include "pairs.h"

/*
 * Items explained by other items, one column of the similarities at a time: the elastic net
 *
 *     min_w 1/2 |x_j - X w|^2 + l1 |w|_1 + l2/2 |w|^2        w_j = 0
 *
 * over the `candidates` items that go with j most (the largest x_i · x_j), by coordinate descent
 * (Friedman, Hastie and Tibshirani 2010). X is who read what, normalised as train.h says at EASE.
 * Only sparse rows are held; the columns are independent of one another.
 */
struct elastic {
    double l1, l2;
    double reader_damping, item_damping, item_return; /* a, b, e */
    unsigned candidates, sweeps;
    bool nonnegative;
};

/* The best params->neighbours of each row, above 0, into `out`. */
bool elastic_train(struct ra_neighbours *out, const struct ra_csr *weights,
                   const struct elastic *elastic, const struct ra_train_params *params,
                   struct ra_err *err) RA_MUST_CHECK;
uint64_t elastic_bytes(const struct ra_csr *weights, const struct elastic *elastic,
                       const struct ra_train_params *params);

/* c n_u^-a and n_i^-b, c so that the sum of squares is that of the weights; `readers` (n_readers),
 * `items` (n_items). */
void elastic_scales(const struct ra_csr *weights, const struct elastic *elastic, float *readers,
                    float *items);

#endif
