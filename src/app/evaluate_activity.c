/* Figures by how much readers had read: what is good for the many may be bad for the new. */
#include <math.h>
#include <stdlib.h>

#include "evaluate.h"

/* The least that readers of a group have. */
static const uint32_t bounds[EVALUATE_GROUPS] = {0, 1, 5, 10, 20, 50, 100, 200, 500};

static unsigned group_of(uint64_t n)
{
    unsigned group = 0;
    while (group + 1 < EVALUATE_GROUPS && n >= bounds[group + 1])
        group++;
    return group;
}

static uint32_t pick_readers(const struct ra_csr *known, unsigned group, uint32_t *out)
{
    uint32_t n = 0;
    for (uint32_t reader = 0; reader < known->n_rows; reader++) {
        if (group_of(ra_csr_row_n(known, reader)) == group)
            out[n++] = reader;
    }
    return n;
}

static bool measure(const struct ra_ranking *ranking, const struct ra_rating_tally *tally,
                    const uint32_t *readers, uint32_t n, struct evaluate_group *out,
                    struct ra_err *err)
{
    struct ra_metrics metrics;
    struct ra_rating_metrics rating;
    if (ranking && ra_ranking_summarise_some(ranking, readers, n, &metrics, err)) {
        out->n_readers = metrics.n_readers;
        out->figures[0] = metrics.recall;
        out->figures[1] = metrics.ndcg;
        return true;
    }
    if (tally && ra_rating_tally_summarise_some(tally, readers, n, &rating, err)) {
        out->n_readers = rating.n_readers;
        out->figures[0] = rating.rmse;
        out->figures[1] = rating.mae;
        return true;
    }
    return false;
}

bool evaluate_activity_fill(struct evaluate_activity *activity, const struct ra_csr *known,
                            const struct ra_ranking *ranking, const struct ra_rating_tally *tally,
                            struct ra_err *err)
{
    uint32_t *readers = calloc((size_t)known->n_rows + 1, sizeof *readers);
    if (!readers)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the readers");
    bool ok = true;
    activity->n = 0;
    for (unsigned group = 0; ok && group < EVALUATE_GROUPS; group++) {
        struct evaluate_group *out = &activity->groups[activity->n];
        uint32_t n = pick_readers(known, group, readers);
        *out = (struct evaluate_group){.from = bounds[group]};
        out->to = group + 1 < EVALUATE_GROUPS ? bounds[group + 1] - 1 : UINT32_MAX;
        ok = measure(ranking, tally, readers, n, out, err);
        activity->n += out->n_readers > 0;
    }
    free(readers);
    return ok;
}
