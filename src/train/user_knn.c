/*
 * Readers like this one, as similarities of items. With all readers v as neighbours, weighted by
 * their cosine with u,
 *
 *     score_ui = sum_v cos(u, v) w_vi    cos(u, v) = sum_j w_uj w_vj / (|w_u| |w_v|)
 *              ~ sum_j w_uj s_ji         s_ji = sum_v w_vj w_vi / |w_v|
 *
 * so that a model file needs no reader, and answers for those it has never seen. Kept are the best
 * of each row. Shardanand and Maes, "Social Information Filtering" (CHI 1995).
 */
#include <math.h>
#include <stdlib.h>

#include "pairs.h"
#include "rankers.h"
#include "readalike/threads.h"

uint64_t user_knn_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    uint64_t bytes = pairs_job_bytes(data->weights, params, false), beside;
    beside = ra_csr_nnz(data->weights) * sizeof(float) +
             ((uint64_t)data->weights->n_rows + 1) * sizeof(float);
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

static void invert_lengths(float *shorter, const struct ra_csr *weights)
{
    for (uint32_t reader = 0; reader < weights->n_rows; reader++) {
        double squares = 0;
        for (uint64_t at = weights->start[reader]; at < weights->start[reader + 1]; at++)
            squares += (double)weights->value[at] * (double)weights->value[at];
        shorter[reader] = squares > 0 ? (float)(1 / sqrt(squares)) : 0;
    }
}

bool user_knn_train(struct ra_ranker *out, const struct ra_train_data *data,
                    const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    uint64_t nnz = ra_csr_nnz(weights);
    float *left = calloc(nnz + 1, sizeof *left);
    float *shorter = calloc((size_t)weights->n_rows + 1, sizeof *shorter);
    struct pairs pairs = {0};
    bool ok = (left && shorter) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the weights");
    ok = ok && pairs_begin(&pairs, weights, ra_threads(params->threads), false, err);
    if (ok) {
        invert_lengths(shorter, weights);
        for (uint64_t at = 0; at < nnz; at++)
            left[at] = pairs.by_item.value[at] * shorter[pairs.by_item.col[at]];
        pairs.left = left;
        const struct rows_job job = pairs_job(&pairs, params, pairs_best, &pairs);
        ok = rows_build(&out->neighbours, &job, err);
    }
    pairs_finish(&pairs);
    free(left);
    free(shorter);
    return ok;
}
