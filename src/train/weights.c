/* From ratings to weights of liking. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/train.h"

#define LEAST_WEIGHT 0.1

struct scale {
    double mean, range;
};

static struct scale scale_of(const struct ra_csr *read)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    uint64_t n = 0;
    for (uint64_t i = 0; i < ra_csr_nnz(read); i++) {
        double rating = (double)read->value[i];
        if (isnan(rating))
            continue;
        sum += rating;
        low = fmin(low, rating);
        high = fmax(high, rating);
        n++;
    }
    return (struct scale){.mean = n ? sum / (double)n : 0, .range = n ? high - low : 0};
}

static float weight_of(float rating, const struct scale *scale, double rating_weight)
{
    if (isnan(rating) || !(scale->range > 0))
        return 1;
    double weight = 1 + rating_weight * ((double)rating - scale->mean) / scale->range;
    return (float)fmax(LEAST_WEIGHT, weight);
}

bool ra_train_weights(struct ra_csr *out, const struct ra_csr *read, double rating_weight,
                      struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(read);
    *out = (struct ra_csr){
        .n_rows = read->n_rows,
        .n_cols = read->n_cols,
        .start = calloc((size_t)read->n_rows + 1, sizeof *out->start),
        .col = calloc(nnz + 1, sizeof *out->col),
        .value = calloc(nnz + 1, sizeof *out->value),
    };
    if (!out->start || !out->col || !out->value) {
        ra_csr_finish(out);
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the weights");
    }
    memcpy(out->start, read->start, ((size_t)read->n_rows + 1) * sizeof *out->start);
    memcpy(out->col, read->col, nnz * sizeof *out->col);
    struct scale scale = scale_of(read);
    for (uint64_t i = 0; i < nnz; i++)
        out->value[i] = weight_of(read->value[i], &scale, rating_weight);
    return true;
}
