#ifndef READALIKE_RATE_H
#define READALIKE_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"

/*
 * Algorithms that predict ratings. Each takes (readers, items) of ratings, NaN for "read, not
 * rated" (no information here), and makes a model of this one form, after Koren, Bell and Volinsky
 * 2009:
 *
 *     r^_ui = mu + b_u + b_i + q_i . p_u
 *
 * A reader or item without ratings has zero bias and factors. The same input, parameters and seed
 * give the same bytes: training runs on one thread, as the steps depend on each other.
 */
struct ra_rate_model {
    uint32_t n_readers, n_items, n_factors;
    double mu;
    float *b_u, *b_i; /* (n_readers), (n_items) */
    float *p, *q;     /* (n_readers, n_factors), (n_items, n_factors); NULL without factors */
};
void ra_rate_model_finish(struct ra_rate_model *model);
/* As `predict` of evaluate.h; `ctx` is the model. Not clipped to the scale. */
float ra_rate_predict(const void *ctx, uint32_t reader, uint32_t item);

/* Told after each epoch the root mean square error made on the way through it. */
struct ra_rate_watch {
    void (*epoch)(void *ctx, unsigned epoch, double rmse);
    void *ctx;
};

/*
 * The parameters of Surprise (Hug 2020) by its names, with its defaults from
 * ra_rate_params_of(). An algorithm reads those that it has.
 */
struct ra_rate_params {
    unsigned n_factors, n_epochs;
    double lr_all, reg_all;      /* SGD: step gamma and regularisation lambda, for all parts */
    double reg_u, reg_i;         /* baseline by ALS */
    double init_mean, init_std;  /* of the factors, normal */
    bool biased;                 /* svd; false: mu and biases stay 0 */
    uint64_t seed;               /* of the factors */
    uint64_t memory_limit;       /* bytes; more is refused with RA_ERR_INVALID; 0: no limit */
    struct ra_rate_watch *watch; /* NULL: none */
};

/* One algorithm: "baseline-als", "baseline-sgd", "svd" and so on. */
struct ra_rate_algorithm {
    const char *name, *summary;
    struct ra_rate_params defaults;
    bool (*train)(struct ra_rate_model *out, const struct ra_csr *ratings,
                  const struct ra_rate_params *params, struct ra_err *err);
};
/* Algorithm `i`, NULL behind the last; by name, NULL for none ("baseline" is "baseline-als"). */
const struct ra_rate_algorithm *ra_rate_algorithm_at(size_t i);
const struct ra_rate_algorithm *ra_rate_algorithm_find(const char *name);

/*
 * Checks the parameters and the memory, then trains. `out` is the caller's, to finish. No rating
 * at all is RA_ERR_INVALID; steps so long that the model runs off to infinity are, too.
 */
bool ra_rate_train(const struct ra_rate_algorithm *algorithm, struct ra_rate_model *out,
                   const struct ra_csr *ratings, const struct ra_rate_params *params,
                   struct ra_err *err) RA_MUST_CHECK;

#endif
