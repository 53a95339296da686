/* How many read a book, how they liked it once few votes are told from many, and how lately. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rankers.h"

static double overall_mean(const struct ra_csr *read)
{
    double sum = 0;
    uint64_t n = 0;
    for (uint64_t i = 0; i < ra_csr_nnz(read); i++) {
        if (isnan(read->value[i]))
            continue;
        sum += (double)read->value[i];
        n++;
    }
    return n ? sum / (double)n : 0;
}

void ra_train_popularity(const struct ra_csr *read, double prior, uint32_t *count, float *mean)
{
    double overall = overall_mean(read);
    memset(count, 0, read->n_cols * sizeof *count);
    memset(mean, 0, read->n_cols * sizeof *mean);
    /* Ratings are few bits wide: their sums are exact in a float up to millions of readers, and in
     * any case the same with every run, as the order is. */
    for (uint64_t i = 0; i < ra_csr_nnz(read); i++) {
        if (!isnan(read->value[i])) {
            count[read->col[i]]++;
            mean[read->col[i]] += read->value[i];
        }
    }
    for (uint32_t item = 0; item < read->n_cols; item++)
        mean[item] =
            count[item]
                ? (float)(((double)mean[item] + prior * overall) / ((double)count[item] + prior))
                : NAN;
    memset(count, 0, read->n_cols * sizeof *count);
    for (uint64_t i = 0; i < ra_csr_nnz(read); i++)
        count[read->col[i]]++;
}

uint64_t popularity_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    uint64_t n = (uint64_t)data->weights->n_cols + 1;
    return n * (params->popularity.by == 1 ? 2 : 1) * sizeof(float);
}

static void count_readers(float *out, const struct ra_csr *weights)
{
    for (uint64_t i = 0; i < ra_csr_nnz(weights); i++)
        out[weights->col[i]]++;
}

static bool take_means(float *out, const struct ra_train_data *data, double prior,
                       struct ra_err *err)
{
    const struct ra_csr *ratings = data->ratings;
    if (!ratings)
        return ra_fail(err, RA_ERR_INVALID, "popularity.by=1 needs ratings; these data have none");
    uint32_t *count = calloc((size_t)ratings->n_cols + 1, sizeof *count);
    if (!count)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ra_train_popularity(ratings, prior, count, out);
    free(count);
    float overall = (float)overall_mean(ratings);
    for (uint32_t item = 0; item < ratings->n_cols; item++)
        out[item] = isnan(out[item]) ? overall : out[item];
    return true;
}

static bool sum_decayed(float *out, const struct ra_train_data *data, double half_life_days,
                        struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    int64_t newest = 0;
    for (uint64_t i = 0; data->when && i < ra_csr_nnz(weights); i++)
        newest = data->when[i] > newest ? data->when[i] : newest;
    if (newest == 0 && ra_csr_nnz(weights))
        return ra_fail(err, RA_ERR_INVALID,
                       "popularity.by=2 needs the times of readings; these data have none");
    for (uint64_t i = 0; i < ra_csr_nnz(weights); i++) {
        double days = (double)(newest - data->when[i]) / 86400;
        if (data->when[i] > 0)
            out[weights->col[i]] += (float)exp2(-days / half_life_days);
    }
    return true;
}

bool popularity_train(struct ra_ranker *out, const struct ra_train_data *data,
                      const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_popularity_params *popularity = &params->popularity;
    out->popularity = calloc((size_t)data->weights->n_cols + 1, sizeof *out->popularity);
    if (!out->popularity)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (popularity->by == 1)
        return take_means(out->popularity, data, popularity->prior, err);
    if (popularity->by == 2)
        return sum_decayed(out->popularity, data, popularity->half_life_days, err);
    count_readers(out->popularity, data->weights);
    return true;
}
