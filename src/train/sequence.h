#ifndef READALIKE_TRAIN_SEQUENCE_H
#define READALIKE_TRAIN_SEQUENCE_H

#include "readalike/csr.h"

/*
 * The items (nnz) of each reader, in the bounds of the matrix's rows, oldest first; what came at
 * one time, or all when `when` is NULL, stays in the order of the matrix. NULL when out of memory;
 * the caller frees.
 */
uint32_t *sequence_items(const struct ra_csr *read, const int64_t *when);

/* Whether the times put any reader's items in an order; `when` may be NULL. */
bool sequence_is_ordered(const struct ra_csr *read, const int64_t *when);

#endif
