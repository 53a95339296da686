#ifndef READALIKE_TRAIN_RATE_SIMILAR_H
#define READALIKE_TRAIN_RATE_SIMILAR_H

#include "rate.h"

/*
 * Similarities of rows (readers, or items) by what both have rated. Sparse rows: of each, those
 * above 0, at most params->neighbours, the best ones, by rising number.
 */
struct similar {
    uint32_t n_rows;
    uint64_t *start; /* (n_rows + 1) */
    uint32_t *row;   /* (start[n_rows]) */
    float *score;    /* (start[n_rows]) */
};

/*
 * `by_row` and `by_col` are the same values x, transposed: the ratings, or what is left of them
 * when means or baselines are taken off. With the sums over the columns that a and b share, n of
 * them,
 *
 *     cosine, adjusted cosine, Pearson baseline   sum x_a x_b / sqrt(sum x_a^2 sum x_b^2)
 *     Pearson    sum (x_a - m_a)(x_b - m_b) / sqrt(sum (x_a - m_a)^2 sum (x_b - m_b)^2)
 *                m: means over the shared columns
 *     MSD        1 / (sum (x_a - x_b)^2 / n + 1)
 *     Jaccard    n / (n_a + n_b - n)
 *
 * which x makes the difference of the first three; all times (n - 1) / (n - 1 + shrinkage).
 * Sarwar et al., "Item-Based Collaborative Filtering" (WWW 2001); Koren, "Factor in the Neighbors"
 * (TKDD 2010), section 2.2; Shardanand and Maes (CHI 1995) for MSD.
 */
bool similar_make(struct similar *out, const struct ra_csr *by_row, const struct ra_csr *by_col,
                  const struct ra_rate_params *params, unsigned threads,
                  struct ra_err *err) RA_MUST_CHECK;
void similar_finish(struct similar *similar);
/* What it takes at most. */
uint64_t similar_bytes(const struct ra_csr *by_row, const struct ra_csr *by_col,
                       const struct ra_rate_params *params, unsigned threads);

#endif
