/* How much each liked book counts. */
#include <math.h>

#include "inside.h"

/*
 * A rating counts by its distance from a neutral one, which lies half-way between the asker's own
 * mean m and the middle of the scale (S + 1) / 2, so that a mild judge's 7 counts less than a
 * strict one's:  w = (r - neutral) / (S - neutral), at least -1, at most 1;  S = 10 when any rating
 * is above 5, else 5. Without a number w = 1.
 */
struct liking liking_of(const struct ra_ask *ask, size_t n, const struct ra_rating_scale *scale)
{
    const struct ra_liked *liked = ask->liked;
    bool has_scale = ask->store_scale && scale->highest > scale->lowest;
    double sum = 0, top = has_scale ? scale->highest : 5, lowest = has_scale ? scale->lowest : 1;
    size_t rated = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(liked[i].rating))
            continue;
        rated++;
        sum += (double)liked[i].rating;
        if (!has_scale && liked[i].rating > 5)
            top = 10;
    }
    double middle = (top + lowest) / 2;
    double mean = rated ? fmin(sum / (double)rated, top) : middle;
    return (struct liking){
        .lowest = lowest,
        .top = top,
        .neutral = (mean + middle) / 2,
        .half_life = ask->half_life,
        .n_rated = rated,
    };
}

float liking_fade(const struct liking *liking, size_t i)
{
    return liking->half_life > 0 ? (float)exp2(-(double)i / liking->half_life) : 1;
}

float liking_weight(const struct liking *liking, float rating)
{
    if (isnan(rating))
        return 1;
    double weight = ((double)rating - liking->neutral) / (liking->top - liking->neutral);
    return (float)fmax(-1, fmin(1, weight));
}

size_t weigh_liked(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct ra_ask *ask)
{
    size_t n = ask->n_liked < RA_LIKED_MAX ? ask->n_liked : RA_LIKED_MAX;
    const struct ra_rating_scale scale = ra_model_scale(engine->model);
    const struct liking liking = liking_of(ask, n, &scale);
    for (size_t i = 0; i < n; i++) {
        uint32_t work = engine->work[ask->liked[i].item_ix];
        bool again = scratch->counted[work] == scratch->round;
        scratch->counted[work] = scratch->round;
        float weight = liking_weight(&liking, ask->liked[i].rating) * liking_fade(&liking, i);
        scratch->weight[i] = again ? 0 : weight;
    }
    return n;
}
