#ifndef READALIKE_INTERACTIONS_H
#define READALIKE_INTERACTIONS_H

#include "readalike/csr.h"
#include "readalike/err.h"

/*
 * A train and a test file of the recommender field's plainest format: one reader a line,
 * `reader item item ...`, names without blanks. Readers and items are numbered as they first come,
 * train first, alike in both matrices. Values are 1.
 */
struct ra_split {
    struct ra_csr train, test; /* (n_readers, n_items) both */
};
bool ra_split_read(struct ra_split *out, const char *train_path, const char *test_path,
                   struct ra_err *err) RA_MUST_CHECK;
void ra_split_finish(struct ra_split *split);

#endif
