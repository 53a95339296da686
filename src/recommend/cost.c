/* About what an answer costs, before it is made: for choosing the thread that makes it. */
#include "inside.h"
#include "readalike/factors.h"

/*
 * Microseconds on one core, as bench_recommend shows them, rounded up: of a number of 8 bits in a
 * search, of a multiplication in a fold-in, of a book tested against a filter, and of a neighbour.
 */
#define SEARCHED 4e-5
#define SOLVED 1.5e-4
#define TESTED 2e-3
#define SUMMED 1e-2

static bool is_filtered(const struct ra_filter *filter)
{
    return filter && (filter->author || filter->language || filter->year_from || filter->year_to);
}

static double filter_cost(const struct ra_engine *engine, const struct ra_filter *filter)
{
    return is_filtered(filter) ? TESTED * (double)ra_model_n_items(engine->model) : 0;
}

double ra_recommend_filter_cost_us(const struct ra_engine *engine, const struct ra_filter *filter)
{
    return 1 + filter_cost(engine, filter);
}

static double neighbours_cost(const struct ra_engine *engine, const struct ra_ask *ask)
{
    double n = 0;
    for (size_t i = 0; i < ask->n_liked && i < RA_LIKED_MAX; i++) {
        if (ask->liked[i].item_ix < ra_model_n_items(engine->model))
            n += (double)ra_model_similar(engine->model, ask->liked[i].item_ix).n;
    }
    return SUMMED * n;
}

double ra_recommend_cost_us(const struct ra_engine *engine, const struct ra_ask *ask)
{
    double cost = 1 + filter_cost(engine, &ask->filter);
    if (!engine->factors)
        return cost + neighbours_cost(engine, ask);
    double f = engine->factors->n_factors, n = (double)ra_model_n_items(engine->model);
    double liked = ask->n_liked < RA_LIKED_MAX ? (double)ask->n_liked : RA_LIKED_MAX;
    double parts = ask->explain ? (double)ask->k * (liked + f) * f : 0;
    return cost + SEARCHED * n * f + SOLVED * (f * f * f + liked * f * f + parts);
}
