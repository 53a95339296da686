#ifndef READALIKE_TRAIN_H
#define READALIKE_TRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"
#include "readalike/factors.h"
#include "readalike/rate.h"
#include "readalike/score.h"

/*
 * The algorithms. Each takes a sparse matrix and parameters and knows no store and no file. The
 * same input gives the same bytes with one thread, and with any number of threads where nothing
 * else is said.
 */
struct ra_progress;

/*
 * What a rating says about liking, as a weight around 1. `read` is (readers, items) with ratings,
 * NaN for "read, not rated"; `out` gets the same pattern with
 *
 *     w = 1                                          read, not rated
 *     w = max(0.1, 1 + c (r - mean) / (high - low))  rated r, c = `rating_weight`
 *
 * so that two readers who loved both books bind them more than two who shrugged. c = 0 takes all
 * readings alike.
 */
bool ra_train_weights(struct ra_csr *out, const struct ra_csr *read, double rating_weight,
                      struct ra_err *err) RA_MUST_CHECK;

/*
 * Lets what was read last count more when asking: a weight halves with every `half_life` readings
 * of the same reader that came later. With 0, or without times (nnz; NULL), nothing changes.
 */
bool ra_train_recency(struct ra_csr *weights, const int64_t *when, double half_life,
                      struct ra_err *err) RA_MUST_CHECK;

/*
 * Bayesian means: (sum of ratings + prior * overall mean) / (number of ratings + prior), NaN for
 * what nobody rated. `count` (n_items) gets the readers, `mean` (n_items) the means.
 */
void ra_train_popularity(const struct ra_csr *read, double prior, uint32_t *count, float *mean);

struct ra_item_knn_params {
    unsigned neighbours;          /* kept for an item */
    unsigned min_support;         /* readers that two items must share */
    double shrinkage;             /* beta below */
    double reader_damping;        /* gamma below */
    unsigned threads;             /* 0: one per core */
    uint64_t memory_limit;        /* bytes; more is refused with RA_ERR_INVALID; 0: no limit */
    struct ra_progress *progress; /* counts items; NULL: none */
};

/* Neighbours by item, best first, scores falling and above 0. */
struct ra_neighbours {
    uint32_t n_items;
    uint64_t *start; /* (n_items + 1) bounds in the next two */
    uint32_t *item;  /* (start[n_items]) */
    float *score;    /* (start[n_items]) */
};
void ra_neighbours_finish(struct ra_neighbours *neighbours);

/*
 * Item to item similarities from `weights` (readers, items), all above 0:
 *
 *               sum_u b_u w_ui w_uj                     n_ij
 *     s_ij = --------------------------------------  * -----------    b_u = n_u ^ -gamma
 *            sqrt(sum_u b_u w_ui^2 sum_u b_u w_uj^2)   n_ij + beta
 *
 * The cosine of Sarwar et al. 2001, each reader u of n_u items damped (gamma = 1 is the row
 * normalisation of Deshpande and Karypis 2004), shrunk by the number n_ij of readers of both as in
 * Bell and Koren 2007. Pairs with n_ij below min_support do not count. One accumulator of n_items
 * per thread; no matrix of items by items.
 */
bool ra_train_item_knn(struct ra_neighbours *out, const struct ra_csr *weights,
                       const struct ra_item_knn_params *params, struct ra_err *err) RA_MUST_CHECK;
/* Bytes that ra_train_item_knn takes at most beside its input. */
uint64_t ra_item_knn_bytes(const struct ra_csr *weights, const struct ra_item_knn_params *params);

/*
 * EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): the item to item
 * weights B that give X back from X with a diagonal of zero,
 *
 *     min_B |X - X B|^2 + lambda |B|^2,  diag(B) = 0
 *     P = (X' X + lambda I)^-1           B_ij = -P_ij / P_jj,  B_jj = 0
 *
 * in closed form, with one dense matrix of items by items. X is first normalised by the number n_u
 * of items of a reader and the number n_i of readers of an item, and B goes back to the scale of
 * what is read,
 *
 *     x_ui = c w_ui n_u^-a n_i^-b        c: so that |X| is that of the w
 *     S_ij = n_i^-b B_ij n_j^e
 *
 * a = b = e = 0 being the paper's. Where that matrix is over the memory limit, or with `sparse`,
 * each column of B is solved by coordinate descent over the `candidates` items that go with its
 * item most; then any number of threads gives the same bytes. Kept are the best `neighbours` of
 * each row of S that are above 0, or with `dense` all of S. BLAS divides the work by threads:
 * another number of them gives other last digits.
 */
struct ra_ease_params {
    unsigned sparse, candidates;
    double lambda;
    double reader_damping, item_damping, item_return; /* a, b, e */
    unsigned dense; /* 1: all of B, for evaluation; 0: the best neighbours */
};

/*
 * SLIM (Ning and Karypis, "SLIM: Sparse Linear Methods for Top-N Recommender Systems", ICDM 2011),
 * an elastic net for each item j over the candidates that go with it most (their fsSLIM),
 *
 *     min_w 1/2 |x_j - X w|^2 + l1 |w|_1 + l2/2 |w|^2        w_j = 0, w >= 0 if `nonnegative`
 *
 * by coordinate descent. X is normalised as for EASE. Kept are the best `neighbours` of each row.
 */
struct ra_slim_params {
    double l1, l2;
    double reader_damping, item_damping, item_return; /* a, b, e of EASE */
    unsigned candidates, sweeps, nonnegative;
};

/*
 * A blend of the models `parts`: each is trained on the data without a fifth of each reader's
 * readings, the fusion is learned from what became of these, and the parts are trained on all.
 *
 *   linear   sum_p w_p S_p of the parts' similarities, w by coordinate ascent on the NDCG@20: again
 *            similarities, which a model file holds
 *   rrf      sum_p 1 / (60 + place in p) (Cormack, Clarke and Buettcher, SIGIR 2009)
 *   xgboost  gradient-boosted trees (Chen and Guestrin, KDD 2016; LambdaMART by pairs) over what
 * any part has among its first `candidates`: score, place and share of the highest score of each
 * part, the reader's number of books and their mean popularity, the item's readers and mean rating;
 * what is not known is missing, not 0
 */
struct ra_blend_params {
    const char *parts; /* "ease,rp3beta"; NULL: a default */
    unsigned fusion;   /* 0 linear, 1 rrf, 2 xgboost */
    unsigned candidates, readers, seed;
    unsigned objective; /* 0 rank:pairwise, 1 rank:ndcg */
    unsigned trees, depth;
    double rate;
};

/*
 * GF-CF (Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021): a linear
 * filter on the graph of readers and items beside an ideal low pass, V being the leading right
 * singular vectors of the normalised matrix,
 *
 *     R~ = D_u^-1/2 R D_i^-1/2            D: sums of the weights of a row, of a column
 *     S  = R~' R~ + alpha D_i^-1/2 V V' D_i^1/2
 *
 * a reader's scores being r S. Kept are the best `neighbours` of each row that are above 0. As with
 * EASE, another number of threads gives other last digits.
 */
struct ra_gfcf_params {
    double alpha;
    unsigned factors, sweeps, seed; /* as in lowrank.h */
};

/*
 * RP3beta (Paudel et al., "Updatable, Accurate, Diverse, and Scalable Recommendations for
 * Interactive Applications", TiiS 2017): the chance of a random walk from item i over a reader v to
 * item j, its transitions to the power of alpha, popular j taken back,
 *
 *     p_iv = w_vi / d_i    p_vj = w_vj / d_v    d: sums of the weights of a row
 *     s_ij = sum_v p_iv^alpha p_vj^alpha / d_j^beta
 */
struct ra_rp3beta_params {
    double alpha, beta;
};

/*
 * Implicit ALS (Hu, Koren and Volinsky, ICDM 2008) as Rendle et al. write it ("Revisiting the
 * Performance of iALS on Item Recommendation Benchmarks", RecSys 2022): factors w_u of readers and
 * h_i of items, S who read what with the weights c, alpha0 the weight of all pairs as unread, the
 * regularisation scaled by how often a reader or an item is seen:
 *
 *     L = sum_S c_ui (w_u h_i - 1)^2 + alpha0 sum_u sum_i (w_u h_i)^2
 *         + sum_u lambda (|I_u| + alpha0 |I|)^nu |w_u|^2
 *         + sum_i lambda (|U_i| + alpha0 |U|)^nu |h_i|^2
 *
 * A sweep minimises L over the readers, then over the items; nu = 0 is the regularisation of 2008.
 */
struct ra_ials_params {
    unsigned factors, sweeps;
    unsigned cg_steps; /* of conjugate gradients from the last sweep's factors; 0: Cholesky */
    unsigned block;    /* unknowns that iALS++ solves together, in place of both; 0: not */
    unsigned seed;
    double unobserved, lambda, nu; /* alpha0, lambda, nu */
};

/* Told after each sweep or epoch what is left to minimise, by algorithms that can tell. */
struct ra_watch {
    void (*sweep)(void *ctx, unsigned number, double loss); /* numbers from 1 on */
    void *ctx;
};

/*
 * What books are like, whoever read them: `features` of ra_train_data, terms weighed by TF-IDF
 * (ln((1 + items) / (1 + items with the term)) + 1) and each item brought to length 1, in the space
 * of the leading `factors` directions (latent semantic analysis, Deerwester et al. 1990); the
 * similarity of two items is the cosine there.
 */
struct ra_content_params {
    unsigned factors, sweeps, seed;
};

/*
 * item2vec (Barkan and Koenigstein, MLSP 2016): skip-gram with negative sampling over each reader's
 * items in order of time, or without times over the shuffled set. Names and meaning are those of
 * gensim's Word2Vec; the similarity of two items is the cosine of their vectors. Threads write
 * without locks (hogwild), so only one thread gives the same bytes each time.
 */
struct ra_item2vec_params {
    unsigned vector_size, window, negative, epochs, min_count, shrink_windows, seed;
    double ns_exponent, sample, alpha, min_alpha;
    double recency; /* as in ra_ranker */
};

/*
 * First-order Markov chain over each reader's items in order of time: s_ij is the shrunk chance
 * that j comes right after i, of n_ij such pairs,
 *
 *     s_ij = n_ij / (sum_j n_ij + shrinkage)
 */
struct ra_markov_params {
    double shrinkage;
    double recency; /* as in ra_ranker */
};

/*
 * BPR (Rendle, Freudenthaler, Gantner and Schmidt-Thieme, "BPR: Bayesian Personalized Ranking from
 * Implicit Feedback", UAI 2009): gradient descent on
 *
 *     sum over (u, i) read, j not read:  -ln sigma(x_ui - x_uj) + lambda / 2 (|w_u|^2 + |h|^2 +
 * b^2) x_ui = b_i + w_u h_i
 *
 * with one j drawn for each reading of an epoch: by popularity with chance `popular`, else
 * uniformly. One thread gives the same bytes each time; several write the items without waiting for
 * each other (Hogwild) and do not.
 */
struct ra_bpr_params {
    unsigned factors, epochs, seed;
    double lr, lr_end; /* gamma of the first epoch; that of the last, as a share of it */
    double reg;        /* lambda */
    double popular;
    double init_std; /* deviation of a score to start from, times sqrt(factors) of a factor */
};

/*
 * Popularity, one order for all readers, `by`
 *     0  how many read a book
 *     1  the Bayesian mean of its ratings, as ra_train_popularity() makes it; what nobody rated has
 *        the overall mean
 *     2  who read it of late:  sum over its readings of 2 ^ -(age / half-life), ages counted from
 *        the newest reading of all; a reading of unknown time counts nothing
 */
struct ra_popularity_params {
    unsigned by;
    double half_life_days, prior;
};

/* What the algorithms of the table below are trained with. */
struct ra_train_params {
    unsigned neighbours;          /* kept for an item */
    unsigned threads;             /* 0: one per core */
    uint64_t memory_limit;        /* bytes; more is refused with RA_ERR_INVALID; 0: no limit */
    struct ra_progress *progress; /* NULL: none */
    struct ra_watch *watch;       /* NULL: none; telling the loss may take time */
    struct ra_item_knn_params item_knn; /* the four above count, not its own of those names */
    struct ra_bpr_params bpr;
    struct ra_blend_params blend;
    struct ra_ease_params ease;
    struct ra_gfcf_params gfcf;
    struct ra_ials_params ials;
    struct ra_content_params content;
    struct ra_item2vec_params item2vec;
    struct ra_markov_params markov;
    struct ra_popularity_params popularity;
    struct ra_rp3beta_params rp3beta;
    struct ra_slim_params slim;
    /* of those that predict ratings */
    struct ra_rate_params baseline, gd_mf, knn, nmf, rate_blend, svd, svdpp;
};

struct ra_ials {
    uint32_t n_readers, n_items, n_factors;
    float *reader; /* (n_readers, n_factors) */
    float *item;   /* (n_items, n_factors) */
};
void ra_ials_finish(struct ra_ials *model);
/* Of `params`, ials, threads and progress (in sweeps) count. `loss` (sweeps) gets L after each
 * sweep; NULL: it is not computed. */
bool ra_train_ials(struct ra_ials *out, const struct ra_csr *weights,
                   const struct ra_train_params *params, double *loss,
                   struct ra_err *err) RA_MUST_CHECK;

/* A parameter that only one algorithm has, as a setting. */
struct ra_param {
    const char *key; /* "ease.lambda" */
    size_t offset;   /* in ra_train_params: of an unsigned when `whole`, else of a double */
    bool whole;
    const char *fallback; /* of a choice, a word */
    double min, max;
    const char *help;
};
/* All of them, in alphabetical order. */
const struct ra_param *ra_train_param_table(size_t *n);
/* The words of a parameter that is a choice, up to NULL: the unsigned is the place in the list.
 * NULL for a number. */
const char *const *ra_train_param_words(const char *key);

/*
 * What algorithms learn from. `weights` is always there; what is NULL is not known. Borrowed: only
 * `weights` may be needed once training is over.
 */
struct ra_train_data {
    const struct ra_csr *weights;  /* (readers, items) how much a reading says; all above 0 */
    const struct ra_csr *ratings;  /* (readers, items) of the same pattern; NaN: read, not rated */
    const int64_t *when;           /* (nnz) of the same pattern: seconds, or places in a sequence */
    const struct ra_csr *features; /* (items, features) of the books themselves, all above 0 */
};

/* Several models and what ranks their candidates. */
struct ra_blend;

/* What training leaves: `blend` or one of the first four is not NULL (or not empty). */
struct ra_ranker {
    uint32_t n_items;
    float *popularity;               /* (n_items) the same for all readers */
    struct ra_neighbours neighbours; /* sparse rows of similarities */
    float *similarity;               /* (n_items, n_items) a dense matrix of them */
    struct ra_factors factors;       /* of the items; readers are folded in */
    float *reader;      /* (n_readers, n_factors) of those trained on, used as they are; or NULL */
    uint32_t n_readers; /* of `reader` */
    double recency;     /* half-life, in readings, that ra_train_recency is to be asked with */
    unsigned n_threads; /* that may score at once */
    float *scratch;     /* of the threads that score */
    struct ra_blend *blend;
};
void ra_ranker_finish(struct ra_ranker *ranker);
/* As ra_score_fn; `ctx` is the ranker. Not for more threads at once than it was trained with. */
void ra_ranker_score(const void *ctx, const struct ra_csr *seen, const uint32_t *readers,
                     uint32_t n, float *scores);

/* What an algorithm makes of the readings, hence whether a model file can hold it. */
enum ra_ranker_kind { RA_RANKER_POPULARITY, RA_RANKER_SIMILARITY, RA_RANKER_FACTORS };

struct ra_algorithm {
    const char *name;
    enum ra_ranker_kind kind;
    /* Bytes taken at most beside the input, the result included. */
    uint64_t (*bytes)(const struct ra_train_data *data, const struct ra_train_params *params);
    bool (*train)(struct ra_ranker *out, const struct ra_train_data *data,
                  const struct ra_train_params *params, struct ra_err *err);
    const char *takes_less; /* what to do when it would take too much memory */
};
/* All of them, in alphabetical order. */
const struct ra_algorithm *ra_algorithm_table(size_t *n);
/* NULL: there is none of that name; `err` names the nearest. */
const struct ra_algorithm *ra_algorithm_find(const char *name, struct ra_err *err) RA_MUST_CHECK;

/* Trains; refuses what is over the memory limit before it starts. `out` is the caller's, to finish.
 */
bool ra_train(const struct ra_algorithm *algorithm, struct ra_ranker *out,
              const struct ra_train_data *data, const struct ra_train_params *params,
              struct ra_err *err) RA_MUST_CHECK;

/* The scores (n_items) of one who read `items` (n) with `weights` (n): the sum over their rows. */
void ra_item_knn_score(const struct ra_neighbours *neighbours, const uint32_t *items,
                       const float *weights, size_t n, float *scores);

#endif
