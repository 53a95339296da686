#ifndef READALIKE_EVALUATE_H
#define READALIKE_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"
#include "readalike/score.h"

#define RA_EVALUATE_K_MAX 1000

/*
 * One figure over readers. `low` and `high` bound its 95 % interval by the percentile bootstrap
 * (Efron and Tibshirani 1993): readers drawn again with replacement, ratings of one reader being
 * no independent draws. `interval` is half the width of the interval of the normal approximation.
 * Without bootstrap rounds, low and high are those of the approximation.
 */
struct ra_figure {
    double mean, interval, low, high;
};

#define RA_BOOTSTRAP_ROUNDS 1000
#define RA_BOOTSTRAP_ROUNDS_MAX 100000

/*
 * What each round of the bootstrap gives for one figure. Models judged on the same folds with the
 * same seed draw the same readers: their differences, round by round, are a paired bootstrap.
 */
struct ra_draws {
    size_t figure_at; /* offset in the metrics */
    double *values;   /* (rounds) of the caller; NULL: not wanted */
};

/* Of two models' draws (n): low, high and interval of a - b; reorders `a`. The mean stays as it is,
 * being that of the data and not of the draws. */
void ra_draws_compare(double *a, const double *b, size_t n, struct ra_figure *out);

#define RA_DIVERSITY_READERS 5000

struct ra_metrics {
    unsigned k;
    uint64_t n_readers; /* with something to find; the others are left out of all figures */
    uint64_t n_relevant;
    struct ra_figure recall;    /* share of the relevant items that is in the first k */
    struct ra_figure precision; /* share of the k places that holds a relevant item */
    struct ra_figure map;       /* precision at each hit, summed, over min(k, relevant) */
    struct ra_figure ndcg;      /* against the best order of min(k, relevant) hits */
    struct ra_figure ndcg_kgat; /* against the best order of the hits made, as KGAT's code does */
    struct ra_figure hit_rate;  /* readers with a hit in the first k */
    struct ra_figure mrr;       /* 1 / place of the first hit, 0 when it is not in the first k */
    struct ra_figure reader_coverage; /* readers who get k items */
    struct ra_figure novelty;    /* mean -log2(share of readers who have it) of what is given */
    struct ra_figure popularity; /* mean share of readers who have it, of what is given */
    struct ra_figure popularity_bias; /* that, over the same of what the readers had, less 1 */
    /*
     * Mean over the pairs of a list of 1 less the cosine of the sets of readers trained on who have
     * the two items (Ziegler et al. 2005 on lists, with that likeness), of lists of two or more.
     * With more than RA_DIVERSITY_READERS readers in the test, of so many of them, drawn by the
     * seed, in each fold; its interval speaks of those.
     */
    struct ra_figure diversity;
    double item_coverage; /* share of all items given to anyone; grows with readers: no interval */
};

#define RA_EVALUATE_CUTS 8

struct ra_ranking_params {
    unsigned k;
    unsigned cuts[RA_EVALUATE_CUTS]; /* shorter lists to judge, too; each below the one before; ends
                                        at a 0 */
    unsigned threads;                /* 0: one per core; does not show in the figures */
    unsigned sampled;                /* rank among so many items only; 0: among all */
    unsigned rounds;                 /* of the bootstrap; 0: none */
    uint64_t seed;                   /* of the bootstrap and of who is sampled */
    struct ra_draws draws;
};

/*
 * Ranks all items for each reader of a fold, without those of their `seen` row, and compares the
 * first `k` with their test row (what was seen too does not count as relevant). Every item is
 * ranked, unless `sampled` asks for what is relevant among so many others only, drawn for each
 * reader by the seed: figures that are higher, may order models otherwise, and compare with other
 * such figures only (Krichene and Rendle 2020). The scorer is asked with
 * `seen`; readers who have an item are counted in `train`. Folds add up: a reader judged in three
 * of them counts three times in each mean and is drawn as one by the bootstrap.
 */
struct ra_ranking;
struct ra_ranking *ra_ranking_create(uint32_t n_readers, uint32_t n_items,
                                     const struct ra_ranking_params *params,
                                     struct ra_err *err) RA_MUST_CHECK;
void ra_ranking_destroy(struct ra_ranking *ranking); /* NULL is fine */
bool ra_ranking_add(struct ra_ranking *ranking, const struct ra_csr *train,
                    const struct ra_csr *seen, const struct ra_csr *test,
                    const struct ra_scorer *scorer, struct ra_err *err) RA_MUST_CHECK;
bool ra_ranking_summarise(const struct ra_ranking *ranking, struct ra_metrics *out,
                          struct ra_err *err) RA_MUST_CHECK;

/* The same of the first `k`, one of the cuts: as if ranked with that k, but for the draws. */
bool ra_ranking_summarise_cut(const struct ra_ranking *ranking, unsigned k, struct ra_metrics *out,
                              struct ra_err *err) RA_MUST_CHECK;

/* The same of these readers (n) only, with intervals of the normal approximation. */
bool ra_ranking_summarise_some(const struct ra_ranking *ranking, const uint32_t *readers,
                               uint32_t n, struct ra_metrics *out,
                               struct ra_err *err) RA_MUST_CHECK;

/* The same for one fold whose readers are all trained on: 1,000 rounds, seed 1. */
bool ra_evaluate(const struct ra_csr *train, const struct ra_csr *test,
                 const struct ra_scorer *scorer, unsigned k, unsigned threads,
                 struct ra_metrics *out, struct ra_err *err) RA_MUST_CHECK;

/*
 * Precision and recall are those of Surprise's FAQ: of a reader's withheld ratings, the k with the
 * highest estimates are looked at; recommended is what is estimated, relevant what is rated, at
 * `threshold` or above; a reader without any has 0.
 */
struct ra_rating_params {
    float lowest, highest; /* estimates are clipped to it */
    double threshold;
    unsigned k;
    unsigned rounds;
    uint64_t seed;
    unsigned threads; /* 0: one per core */
    struct ra_draws draws;
};

struct ra_rating_metrics {
    unsigned k;
    double threshold;
    uint64_t n_readers, n_ratings; /* judged */
    struct ra_figure rmse, mae;    /* over ratings */
    struct ra_figure precision,
        recall; /* means over readers, over readers and folds with several */
};

/* Ratings of one fold after the other; what was read but not rated is passed over. */
struct ra_rating_tally;
struct ra_rating_tally *ra_rating_tally_create(uint32_t n_readers,
                                               const struct ra_rating_params *params,
                                               struct ra_err *err) RA_MUST_CHECK;
void ra_rating_tally_destroy(struct ra_rating_tally *tally); /* NULL is fine */
/* `estimates` (nnz of test) are what a model says of them, in their order; one that is not a number
 * is RA_ERR_INVALID. `out_rmse` gets that of this fold, NaN without ratings, and may be NULL. */
bool ra_rating_tally_add(struct ra_rating_tally *tally, const struct ra_csr *test,
                         const float *estimates, double *out_rmse,
                         struct ra_err *err) RA_MUST_CHECK;
bool ra_rating_tally_summarise(const struct ra_rating_tally *tally, struct ra_rating_metrics *out,
                               struct ra_err *err) RA_MUST_CHECK;
/* The same of these readers (n) only, with intervals of the normal approximation. */
bool ra_rating_tally_summarise_some(const struct ra_rating_tally *tally, const uint32_t *readers,
                                    uint32_t n, struct ra_rating_metrics *out,
                                    struct ra_err *err) RA_MUST_CHECK;

#endif
