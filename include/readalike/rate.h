#ifndef READALIKE_RATE_H
#define READALIKE_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"

/*
 * Algorithms that predict ratings: what a reader would give a book. Each takes (readers, items) of
 * ratings, NaN for "read, not rated" (no information here), and makes a model that estimates. The
 * same input, parameters and seed give the same bytes, for any number of threads.
 */
struct ra_train_params;

/* The words that the parameters below choose from, in the order of their enums. */
enum ra_rate_method { RA_RATE_ALS, RA_RATE_SGD };
enum ra_rate_similarity {
    RA_RATE_COSINE,
    RA_RATE_PEARSON,
    RA_RATE_ADJUSTED_COSINE,
    RA_RATE_MSD,
    RA_RATE_JACCARD,
    RA_RATE_PEARSON_BASELINE,
};
enum ra_rate_prediction { RA_RATE_PLAIN, RA_RATE_CENTRED, RA_RATE_Z_SCORE, RA_RATE_BASELINE };

/* Of all of them; an algorithm reads those that it has rows for in ra_train_param_table(). */
struct ra_rate_params {
    unsigned factors, epochs, seed;
    unsigned biased;        /* 0: mu and biases stay 0 */
    double lr, reg;         /* step gamma and regularisation lambda */
    double lr_bias;         /* nmf: of the biases */
    double reg_bias;        /* nmf: of the biases */
    double init_std;        /* deviation of the factors to start from, around 0 */
    unsigned method;        /* baseline: enum ra_rate_method */
    double reg_u, reg_i;    /* baseline by ALS */
    unsigned k, min_k;      /* nearest that an estimate is made of, at most and at least */
    unsigned neighbours;    /* kept for a reader or an item at most */
    unsigned min_support;   /* ratings that two must share */
    unsigned similarity;    /* enum ra_rate_similarity */
    unsigned prediction;    /* enum ra_rate_prediction */
    double shrinkage;       /* beta: similarities times (n - 1) / (n - 1 + beta) */
    double withheld, ridge; /* blend: share of the ratings to learn weights from; their L2 */
};

/*
 * What training leaves. All have the part
 *
 *     r^_ui = mu + b_u + b_i + q_i . p_u
 *
 * of Koren, Bell and Volinsky 2009, where a reader or item without ratings has zero bias and
 * factors; models that are more than that keep it in `own`. Immutable once trained: any thread may
 * ask.
 */
struct ra_rate_model {
    uint32_t n_readers, n_items, n_factors;
    double mu;
    float *b_u, *b_i; /* (n_readers), (n_items) */
    float *p, *q;     /* (n_readers, n_factors), (n_items, n_factors); NULL without factors */
    void *own;        /* NULL: the equation above is all */
    bool (*estimate)(const struct ra_rate_model *model, const struct ra_csr *pairs, float *out,
                     struct ra_err *err);
    void (*finish)(void *own);
};
void ra_rate_model_finish(struct ra_rate_model *model);

/*
 * Estimates for the pairs of `pairs` (n_readers, n_items), into `out` (nnz) in their order; what is
 * NaN there is not asked for and may get anything. Not clipped to the scale. Fails when out of
 * memory.
 */
bool ra_rate_estimate(const struct ra_rate_model *model, const struct ra_csr *pairs, float *out,
                      struct ra_err *err) RA_MUST_CHECK;

/* What an algorithm is run with. `ratings` has none that is NaN. */
struct ra_rate_job {
    const struct ra_csr *ratings; /* (readers, items) */
    const struct ra_rate_params *own;
    const struct ra_train_params *all; /* of these, threads, memory_limit and watch count, too */
};

struct ra_rate_algorithm {
    const char *name, *summary;
    size_t params; /* offset of its ra_rate_params in ra_train_params */
    /* Bytes taken at most beside the ratings, the model included. */
    uint64_t (*bytes)(const struct ra_rate_job *job);
    /* On failure the caller finishes `out`. */
    bool (*train)(struct ra_rate_model *out, const struct ra_rate_job *job, struct ra_err *err);
    bool usually_ranks; /* of train.h's algorithm of that name, rankings are what one expects */
};
/* Algorithm `i` in alphabetical order, NULL behind the last; by name, NULL for none. */
const struct ra_rate_algorithm *ra_rate_algorithm_at(size_t i);
const struct ra_rate_algorithm *ra_rate_algorithm_find(const char *name);

/* Times that `watch` is told the root mean square error made on the way through an epoch; 0: the
 * algorithm has none. */
unsigned ra_rate_epochs(const struct ra_rate_algorithm *algorithm,
                        const struct ra_train_params *params);
/* Bytes that training takes at most beside the ratings, the model included. */
uint64_t ra_rate_bytes(const struct ra_rate_algorithm *algorithm, const struct ra_csr *ratings,
                       const struct ra_train_params *params);

/*
 * Checks the parameters and the memory, then trains. `out` is the caller's, to finish. No rating
 * at all is RA_ERR_INVALID; steps so long that the model runs off to infinity are, too.
 */
bool ra_rate_train(const struct ra_rate_algorithm *algorithm, struct ra_rate_model *out,
                   const struct ra_csr *ratings, const struct ra_train_params *params,
                   struct ra_err *err) RA_MUST_CHECK;

#endif
