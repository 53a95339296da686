/* Refuses what cannot be answered, before anything is computed. */
#include <math.h>

#include "inside.h"

static bool check_liked(const struct ra_ask *ask, size_t n_items, struct ra_err *err)
{
    for (size_t i = 0; i < ask->n_liked; i++) {
        if (ask->liked[i].item_ix >= n_items)
            return ra_fail(err, RA_ERR_NOT_FOUND, "the model does not know book number %u",
                           ask->liked[i].item_ix);
        if (isinf(ask->liked[i].rating))
            return ra_fail(err, RA_ERR_INVALID, "a rating must be a finite number");
    }
    return true;
}

bool ask_check(const struct ra_engine *engine, const struct ra_ask *ask, struct ra_err *err)
{
    size_t n_items = ra_model_n_items(engine->model);
    if (ask->k < 1 || ask->k > RA_K_MAX)
        return ra_fail(err, RA_ERR_INVALID, "k must be between 1 and %d, not %u", RA_K_MAX, ask->k);
    for (size_t i = 0; i < ask->n_exclude; i++) {
        if (ask->exclude[i] >= n_items)
            return ra_fail(err, RA_ERR_NOT_FOUND, "the model does not know book number %u",
                           ask->exclude[i]);
    }
    double diversity = ask->variety.diversity;
    if (!(diversity >= 0 && diversity <= 1))
        return ra_fail(err, RA_ERR_INVALID, "diversity must be a number from 0 to 1");
    if (!(ask->half_life >= 0))
        return ra_fail(err, RA_ERR_INVALID, "a half-life must be a number from 0 on");
    return check_liked(ask, n_items, err);
}
