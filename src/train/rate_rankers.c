/* Algorithms that predict ratings, as rows of the table of those that rank: what they have learnt
 * of items becomes factors, into which a reader is folded by their ratings. */
#include <stdlib.h>
#include <string.h>

#include "rankers.h"
#include "rate.h"
#include "readalike/progress.h"

/* How a reader is solved for, the items being as they are: factors.h. */
struct fold {
    double lambda, nu;
    bool reader_bias, nonnegative;
};

/* Passes on what is told, and counts it. */
struct relay {
    const struct ra_watch *watch;
    struct ra_progress *progress;
};

static void on_epoch(void *ctx, unsigned epoch, double loss)
{
    const struct relay *relay = ctx;
    if (relay->watch)
        relay->watch->sweep(relay->watch->ctx, epoch, loss);
    if (relay->progress)
        ra_progress_set(relay->progress, epoch);
}

static bool train_model(struct ra_rate_model *model, const char *name,
                        const struct ra_train_data *data, const struct ra_train_params *params,
                        struct ra_err *err)
{
    const struct ra_rate_algorithm *algorithm = ra_rate_algorithm_find(name);
    struct relay relay = {params->watch, params->progress};
    struct ra_watch watch = {on_epoch, &relay};
    struct ra_train_params told = *params;
    if (!data->ratings)
        return ra_fail(err, RA_ERR_INVALID, "%s learns from ratings, and there are none", name);
    if (relay.watch || relay.progress)
        told.watch = &watch;
    ra_progress_count(relay.progress, "epochs", ra_rate_epochs(algorithm, params));
    return ra_rate_train(algorithm, model, data->ratings, &told, err);
}

/* Takes the parts of the model over. Without factors of its own it gets one that is 0. */
static bool take_parts(struct ra_ranker *out, struct ra_rate_model *model, const struct fold *fold,
                       struct ra_err *err)
{
    out->factors = (struct ra_factors){
        .n_items = model->n_items,
        .n_factors = model->n_factors ? model->n_factors : 1,
        .item = model->q ? model->q : calloc((size_t)model->n_items + 1, sizeof(float)),
        .bias = model->b_i,
        .lambda = fold->lambda,
        .nu = fold->nu,
        .from_ratings = true,
        .reader_bias = fold->reader_bias,
        .nonnegative = fold->nonnegative,
        .mu = model->mu,
    };
    out->reader = model->p;
    out->n_readers = model->p ? model->n_readers : 0;
    model->q = model->p = model->b_i = NULL;
    return out->factors.item || ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
}

static bool train_factors(struct ra_ranker *out, const char *name, const struct fold *fold,
                          const struct ra_train_data *data, const struct ra_train_params *params,
                          struct ra_err *err)
{
    struct ra_rate_model model = {0};
    bool ok = train_model(&model, name, data, params, err) && take_parts(out, &model, fold, err);
    ra_rate_model_finish(&model);
    return ok;
}

static uint64_t bytes_of(const char *name, const struct ra_train_data *data,
                         const struct ra_train_params *params)
{
    /* Without ratings it is refused for that. */
    return data->ratings ? ra_rate_bytes(ra_rate_algorithm_find(name), data->ratings, params) : 0;
}

/* By ALS a bias is the sum of deviations over (reg_u + n). */
bool baseline_train(struct ra_ranker *out, const struct ra_train_data *data,
                    const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_rate_params *own = &params->baseline;
    bool als = own->method == RA_RATE_ALS;
    const struct fold fold = {als ? own->reg_u : own->reg, als ? 0 : 1, true, false};
    return train_factors(out, "baseline", &fold, data, params, err);
}

bool gd_mf_train(struct ra_ranker *out, const struct ra_train_data *data,
                 const struct ra_train_params *params, struct ra_err *err)
{
    const struct fold fold = {params->gd_mf.reg, 0, false, false};
    return train_factors(out, "gd-mf", &fold, data, params, err);
}

/* Steps that shrink once for each rating have lambda n in the place of lambda: nu = 1. */
bool nmf_train(struct ra_ranker *out, const struct ra_train_data *data,
               const struct ra_train_params *params, struct ra_err *err)
{
    const struct fold fold = {params->nmf.reg, 1, params->nmf.biased, true};
    return train_factors(out, "nmf", &fold, data, params, err);
}

bool svd_train(struct ra_ranker *out, const struct ra_train_data *data,
               const struct ra_train_params *params, struct ra_err *err)
{
    const struct fold fold = {params->svd.reg, 1, params->svd.biased, false};
    return train_factors(out, "svd", &fold, data, params, err);
}

/* Who is folded in has no y_j: their vector is solved whole. */
bool svdpp_train(struct ra_ranker *out, const struct ra_train_data *data,
                 const struct ra_train_params *params, struct ra_err *err)
{
    const struct fold fold = {params->svdpp.reg, 1, true, false};
    return train_factors(out, "svdpp", &fold, data, params, err);
}

uint64_t baseline_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    return bytes_of("baseline", data, params) +
           ((uint64_t)data->weights->n_cols + 1) * sizeof(float);
}

uint64_t gd_mf_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    return bytes_of("gd-mf", data, params);
}

uint64_t nmf_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    return bytes_of("nmf", data, params);
}

uint64_t svd_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    return bytes_of("svd", data, params);
}

uint64_t svdpp_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    return bytes_of("svdpp", data, params);
}
