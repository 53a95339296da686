#ifndef READALIKE_DEMO_RANDOM_H
#define READALIKE_DEMO_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers that look random and are the same every time: SplitMix64 (Steele, Lea and Flood 2014).
 * Not for secrets. One thread at a time.
 */
struct demo_random {
    uint64_t state;
};

static inline uint64_t demo_random_next(struct demo_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A stream of its own for each `number`. */
static inline struct demo_random demo_random_stream(uint64_t seed, uint64_t number)
{
    struct demo_random random = {seed};
    random.state = demo_random_next(&random) ^ number;
    random.state = demo_random_next(&random);
    return random;
}

/* In [0, 1). */
static inline double demo_random_unit(struct demo_random *random)
{
    return (double)(demo_random_next(random) >> 11) * 0x1p-53;
}

static inline bool demo_random_chance(struct demo_random *random, double probability)
{
    return demo_random_unit(random) < probability;
}

/* Mean 0, deviation 1 (Box and Muller 1958). */
static inline double demo_random_normal(struct demo_random *random)
{
    double radius = sqrt(-2 * log(1 - demo_random_unit(random)));
    double angle = 6.283185307179586 * demo_random_unit(random);
    return radius * cos(angle);
}

#endif
