#ifndef READALIKE_TRAIN_RATE_H
#define READALIKE_TRAIN_RATE_H

#include <math.h>

#include "readalike/rate.h"

/* What the rating algorithms share. */

bool rate_train_baseline_als(struct ra_rate_model *out, const struct ra_csr *ratings,
                             const struct ra_rate_params *params, struct ra_err *err);
bool rate_train_baseline_sgd(struct ra_rate_model *out, const struct ra_csr *ratings,
                             const struct ra_rate_params *params, struct ra_err *err);
bool rate_train_svd(struct ra_rate_model *out, const struct ra_csr *ratings,
                    const struct ra_rate_params *params, struct ra_err *err);
bool rate_train_svdpp(struct ra_rate_model *out, const struct ra_csr *ratings,
                      const struct ra_rate_params *params, struct ra_err *err);

/* A model with zero biases and, for n_factors above 0, zero factors. mu is the mean if `biased`. */
bool rate_model_init(struct ra_rate_model *model, const struct ra_csr *ratings, unsigned n_factors,
                     bool biased, struct ra_err *err) RA_MUST_CHECK;
/*
 * Normal factors for readers and items, in that order, from params->seed; then for `y`
 * (n_items, n_factors), unless it is NULL.
 */
void rate_model_draw(struct ra_rate_model *model, const struct ra_rate_params *params, float *y);
/* Zeroes what belongs to readers and items that no rating taught anything. */
bool rate_model_forget_unrated(struct ra_rate_model *model, const struct ra_csr *ratings,
                               struct ra_err *err) RA_MUST_CHECK;

static inline void rate_watch(const struct ra_rate_params *params, unsigned epoch, double squares,
                              uint64_t n)
{
    if (params->watch)
        params->watch->epoch(params->watch->ctx, epoch, sqrt(squares / (double)n));
}

static inline float rate_dot(const float *a, const float *b, uint32_t n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (uint32_t f = 0; f < n; f++)
        sum += a[f] * b[f];
    return sum;
}

#endif
