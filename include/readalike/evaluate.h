#ifndef READALIKE_EVALUATE_H
#define READALIKE_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"

#define RA_EVALUATE_K_MAX 1000

/*
 * Scores every item for one reader who has read `items` (n, rising) with `weights` (n): writes all
 * of `scores` (n_items), -INFINITY for what cannot be recommended. Called by several threads at
 * once.
 */
typedef void (*ra_score_fn)(const void *ctx, const uint32_t *items, const float *weights, size_t n,
                            float *scores);

struct ra_scorer {
    ra_score_fn score;
    const void *ctx;
};

/* A mean over readers with half the width of its 95 % interval (normal approximation). */
struct ra_figure {
    double mean, interval;
};

struct ra_metrics {
    unsigned k;
    uint64_t n_readers; /* with something to find; the others are left out of the means */
    uint64_t n_relevant;
    struct ra_figure recall;   /* share of the relevant items that is in the first k */
    struct ra_figure ndcg;     /* against the best order of min(k, relevant) hits */
    struct ra_figure hit_rate; /* readers with a hit in the first k */
    struct ra_figure mrr;      /* 1 / place of the first hit, 0 when it is not in the first k */
};

/*
 * Ranks all items for each reader, without those of their train row, and compares the first `k`
 * with their test row (what is also in train does not count as relevant). Every item is ranked; no
 * negatives are sampled (Krichene and Rendle 2020 on why). The result does not depend on `threads`
 * (0: one per core). The scorer sees train rows only.
 */
bool ra_evaluate(const struct ra_csr *train, const struct ra_csr *test,
                 const struct ra_scorer *scorer, unsigned k, unsigned threads,
                 struct ra_metrics *out, struct ra_err *err) RA_MUST_CHECK;

#endif
