#ifndef READALIKE_RANDOM_H
#define READALIKE_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers that look random and are the same for the same seed on every machine: SplitMix64
 * (Steele, Lea and Flood 2014). Not for secrets. One thread at a time.
 */
struct ra_random {
    uint64_t state;
};

static inline uint64_t ra_random_next(struct ra_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A stream of its own for each `number`. */
static inline struct ra_random ra_random_stream(uint64_t seed, uint64_t number)
{
    struct ra_random random = {seed};
    random.state = ra_random_next(&random) ^ number;
    random.state = ra_random_next(&random);
    return random;
}

/* In [0, n), n above 0; off from uniform by less than n / 2^32. */
static inline uint32_t ra_random_below(struct ra_random *random, uint32_t n)
{
    return (uint32_t)(((ra_random_next(random) >> 32) * n) >> 32);
}

/* In [0, 1). */
static inline double ra_random_unit(struct ra_random *random)
{
    return (double)(ra_random_next(random) >> 11) * 0x1p-53;
}

static inline bool ra_random_chance(struct ra_random *random, double probability)
{
    return ra_random_unit(random) < probability;
}

/* Mean 0, deviation 1 (Box and Muller 1958). */
static inline double ra_random_normal(struct ra_random *random)
{
    double radius = sqrt(-2 * log(1 - ra_random_unit(random)));
    return radius * cos(6.283185307179586 * ra_random_unit(random));
}

#endif
