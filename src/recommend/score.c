/* How much each liked book counts. */
#include <math.h>

#include "inside.h"

/*
 * A rating counts by its distance from a neutral one, which lies half-way between the asker's own
 * mean m and the middle of the scale (S + 1) / 2, so that a mild judge's 7 counts less than a
 * strict one's:  w = (r - neutral) / (S - neutral), at least -1, at most 1;  S = 10 when any rating
 * is above 5, else 5. Without a number w = 1.
 */
struct scale {
    double neutral, top;
};

static struct scale scale_of(const struct ra_liked *liked, size_t n)
{
    double sum = 0, top = 5;
    size_t rated = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(liked[i].rating))
            continue;
        rated++;
        sum += (double)liked[i].rating;
        if (liked[i].rating > 5)
            top = 10;
    }
    double middle = (top + 1) / 2;
    double mean = rated ? fmin(sum / (double)rated, top) : middle;
    return (struct scale){.neutral = (mean + middle) / 2, .top = top};
}

static float weight_of(const struct scale *scale, float rating)
{
    if (isnan(rating))
        return 1;
    double weight = ((double)rating - scale->neutral) / (scale->top - scale->neutral);
    return (float)fmax(-1, fmin(1, weight));
}

size_t weigh_liked(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct ra_ask *ask)
{
    size_t n = ask->n_liked < RA_LIKED_MAX ? ask->n_liked : RA_LIKED_MAX;
    const struct scale scale = scale_of(ask->liked, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t work = engine->work[ask->liked[i].item_ix];
        bool again = scratch->counted[work] == scratch->round;
        scratch->counted[work] = scratch->round;
        scratch->weight[i] = again ? 0 : weight_of(&scale, ask->liked[i].rating);
    }
    return n;
}
