#ifndef READALIKE_LAYOUT_H
#define READALIKE_LAYOUT_H

#include <stdint.h>

#include "readalike/err.h"
#include "readalike/train.h"

/*
 * A map: points in the plane, near each other when they are neighbours, after UMAP (McInnes, Healy
 * and Melville 2018) with the kernel 1 / (1 + d^2) of LargeVis (Tang et al. 2016).
 */
struct ra_layout_params {
    unsigned neighbours; /* of a point that count, the best first; the rest is left out */
    unsigned epochs;
    unsigned negatives; /* points pushed away for each neighbour drawn near */
    uint64_t seed;
    struct ra_progress *progress; /* counts epochs; NULL: none */
};
/* Good for some ten thousand points. */
struct ra_layout_params ra_layout_defaults(void);

/*
 * Places the first `n_points` items of `neighbours` into `xy` (n_points, 2), centred; neighbours
 * beyond n_points are passed over. A point without any gets NaN. One thread, so the same input
 * gives the same bytes.
 */
bool ra_layout(const struct ra_neighbours *neighbours, uint32_t n_points,
               const struct ra_layout_params *params, float *xy, struct ra_err *err) RA_MUST_CHECK;

#endif
