#ifndef READALIKE_TRAIN_RATE_KNN_H
#define READALIKE_TRAIN_RATE_KNN_H

#include "rate_similar.h"

/* What a model of neighbours keeps. A row is a reader, or with `by_item` an item; a column is of
 * the other kind. */
struct knn {
    bool by_item;
    struct ra_rate_params params;
    struct similar similar; /* of the rows */
    struct ra_csr by_col;   /* (columns, rows) z of rate_knn.c */
    float *spread;          /* (rows) d; NULL: 1 */
};

/* As `estimate` of ra_rate_model. */
bool knn_estimate(const struct ra_rate_model *model, const struct ra_csr *pairs, float *out,
                  struct ra_err *err) RA_MUST_CHECK;

#endif
