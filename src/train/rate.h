#ifndef READALIKE_TRAIN_RATE_H
#define READALIKE_TRAIN_RATE_H

#include <math.h>

#include "readalike/rate.h"
#include "readalike/train.h"

/* What the rating algorithms share. */

#define RATE_ROW(name)                                                                             \
    uint64_t rate_##name##_bytes(const struct ra_rate_job *job);                                   \
    bool rate_##name##_train(struct ra_rate_model *out, const struct ra_rate_job *job,             \
                             struct ra_err *err) RA_MUST_CHECK
RATE_ROW(baseline);
RATE_ROW(blend);
RATE_ROW(gd_mf);
RATE_ROW(item_knn);
RATE_ROW(nmf);
RATE_ROW(svd);
RATE_ROW(svdpp);
RATE_ROW(user_knn);
#undef RATE_ROW

/*
 * A model with zero biases, and for `factors` above 0 zero factors in rows of whole lanes:
 * n_factors is padded until rate_model_trim(). mu is the mean if `biased`.
 */
bool rate_model_init(struct ra_rate_model *model, const struct ra_csr *ratings, unsigned factors,
                     bool biased, struct ra_err *err) RA_MUST_CHECK;
/* What that takes. */
uint64_t rate_model_bytes(const struct ra_csr *ratings, unsigned factors);
/* Random factors for `n_rows`; the padding stays zero. */
struct ra_random;
void rate_draw(float *rows, uint32_t n_rows, uint32_t padded, const struct ra_rate_params *params,
               struct ra_random *random);
/*
 * The end of training: zeroes what belongs to readers and items that no rating taught anything, and
 * takes the padding away.
 */
bool rate_model_trim(struct ra_rate_model *model, const struct ra_csr *ratings, unsigned factors,
                     struct ra_err *err) RA_MUST_CHECK;
/* By the equation of all models. */
bool rate_estimate_factors(const struct ra_rate_model *model, const struct ra_csr *pairs,
                           float *out, struct ra_err *err) RA_MUST_CHECK;

/* How wide parallel loops are. */
unsigned rate_threads(const struct ra_rate_job *job);

double rate_mean(const struct ra_csr *ratings); /* NaN without any */

/* `epoch` counts from 0. */
static inline void rate_tell(const struct ra_rate_job *job, unsigned epoch, double squares)
{
    const struct ra_watch *watch = job->all->watch;
    if (watch)
        watch->sweep(watch->ctx, epoch + 1, sqrt(squares / (double)ra_csr_nnz(job->ratings)));
}

#endif
