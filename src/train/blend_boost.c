/* Gradient-boosted trees that rank the candidates of a blend, by XGBoost's C interface. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "blend.h"
#include "readalike/threads.h"

struct blend_boost {
    BoosterHandle booster;
};

static bool fail(struct ra_err *err)
{
    return ra_fail(err, RA_ERR_INVALID, "XGBoost: %.160s", XGBGetLastError());
}

void blend_boost_destroy(struct blend_boost *boost)
{
    if (!boost)
        return;
    if (boost->booster)
        XGBoosterFree(boost->booster);
    free(boost);
}

static bool set_parameters(BoosterHandle booster, const struct ra_train_params *params)
{
    char threads[16], seed[16], depth[16], rate[32];
    snprintf(threads, sizeof threads, "%u", ra_threads(params->threads));
    snprintf(seed, sizeof seed, "%u", params->blend.seed);
    snprintf(depth, sizeof depth, "%u", params->blend.depth);
    snprintf(rate, sizeof rate, "%.9g", params->blend.rate);
    const char *pairs[][2] = {
        {"objective", params->blend.objective ? "rank:ndcg" : "rank:pairwise"},
        {"tree_method", "hist"},
        {"max_depth", depth},
        {"eta", rate},
        {"subsample", "0.8"},
        {"colsample_bytree", "0.7"},
        {"min_child_weight", "10"},
        {"nthread", threads},
        {"seed", seed},
        {"verbosity", "0"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (XGBoosterSetParam(booster, pairs[i][0], pairs[i][1]) != 0)
            return false;
    }
    return true;
}

static bool boost_rounds(struct blend_boost *boost, const struct blend_table *table,
                         const struct ra_train_params *params, DMatrixHandle *matrix)
{
    if (XGDMatrixCreateFromMat(table->cell, table->n_rows, table->width, NAN, matrix) != 0 ||
        XGDMatrixSetFloatInfo(*matrix, "label", table->label, table->n_rows) != 0 ||
        XGDMatrixSetUIntInfo(*matrix, "group", table->group, table->n_groups) != 0 ||
        XGBoosterCreate(matrix, 1, &boost->booster) != 0 || !set_parameters(boost->booster, params))
        return false;
    for (unsigned round = 0; round < params->blend.trees; round++) {
        if (XGBoosterUpdateOneIter(boost->booster, (int)round, *matrix) != 0)
            return false;
    }
    /* The rest is asked for by threads of the caller's, one row or a few at a time. */
    return XGBoosterSetParam(boost->booster, "nthread", "1") == 0;
}

struct blend_boost *blend_boost_fit(const struct blend_table *table,
                                    const struct ra_train_params *params, struct ra_err *err)
{
    struct blend_boost *boost = calloc(1, sizeof *boost);
    DMatrixHandle matrix = NULL;
    if (!boost) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the trees");
        return NULL;
    }
    bool ok = boost_rounds(boost, table, params, &matrix) || fail(err);
    if (matrix)
        XGDMatrixFree(matrix);
    if (ok)
        return boost;
    blend_boost_destroy(boost);
    return NULL;
}

bool blend_boost_predict(const struct blend_boost *boost, const float *cell, size_t n,
                         unsigned width, float *out)
{
    char array[160];
    static const char how[] = "{\"type\":1,\"training\":false,\"iteration_begin\":0,"
                              "\"iteration_end\":0,\"strict_shape\":false,\"missing\":NaN}";
    const bst_ulong *shape;
    bst_ulong n_shape;
    const float *result;
    if (n == 0)
        return true;
    snprintf(array, sizeof array,
             "{\"data\":[%zu,true],\"shape\":[%zu,%u],\"typestr\":\"<f4\",\"version\":3}",
             (size_t)(uintptr_t)cell, n, width);
    if (XGBoosterPredictFromDense(boost->booster, array, how, NULL, &shape, &n_shape, &result) != 0)
        return false;
    memcpy(out, result, n * sizeof *out);
    return true;
}
