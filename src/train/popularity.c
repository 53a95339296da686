/* How many read a book, and how they liked it once few votes are told from many. */
#include <math.h>
#include <string.h>

#include "readalike/train.h"

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
