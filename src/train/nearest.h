#ifndef READALIKE_TRAIN_NEAREST_H
#define READALIKE_TRAIN_NEAREST_H

#include "readalike/train.h"

/*
 * The items whose vectors point the same way: rows of the highest cosines above 0. `vectors`
 * (n_items, n_factors) are brought to length 1; a vector of zeros has no neighbours.
 */
bool nearest_rows(struct ra_neighbours *out, float *vectors, uint32_t n_items, uint32_t n_factors,
                  const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
/* What that takes beside the vectors, the result included. */
uint64_t nearest_bytes(uint32_t n_items, const struct ra_train_params *params);

#endif
