/* SLIM: sparse linear methods, an elastic net from items to items. */
#include "elastic.h"
#include "rankers.h"

static struct elastic elastic_of(const struct ra_slim_params *slim)
{
    return (struct elastic){
        .l1 = slim->l1,
        .l2 = slim->l2,
        .reader_damping = slim->reader_damping,
        .item_damping = slim->item_damping,
        .item_return = slim->item_return,
        .candidates = slim->candidates,
        .sweeps = slim->sweeps,
        .nonnegative = slim->nonnegative,
    };
}

uint64_t slim_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct elastic elastic = elastic_of(&params->slim);
    return elastic_bytes(data->weights, &elastic, params);
}

bool slim_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err)
{
    const struct elastic elastic = elastic_of(&params->slim);
    return elastic_train(&out->neighbours, data->weights, &elastic, params, err);
}
