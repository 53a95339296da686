#ifndef READALIKE_TRAIN_LANES_H
#define READALIKE_TRAIN_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Eight floats at a time, for inner loops over factors. Rows of factors are padded with zeros to
 * whole lanes, so the loops have no rest. A loop is written once as a RA_BODY function and compiled
 * twice: as it is, and within an RA_WIDE function for processors with AVX2 and FMA.
 */
typedef float lane __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANE = 8 };

#define RA_BODY static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define RA_WIDE __attribute__((target("avx2,fma")))
static inline bool lanes_are_wide(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
#define RA_WIDE
static inline bool lanes_are_wide(void)
{
    return false;
}
#endif

static inline uint32_t lanes_of(uint32_t n)
{
    return n / LANE + (n % LANE != 0);
}

RA_BODY const lane *lanes_at(const float *x)
{
    return (const lane *)(const void *)x;
}

RA_BODY lane *lanes_to(float *x)
{
    return (lane *)(void *)x;
}

/* Two sums, for the additions to overlap. */
RA_BODY float lanes_dot(const float *restrict a, const float *restrict b, uint32_t n_lanes)
{
    lane even = {0}, odd = {0};
    const lane *x = lanes_at(a), *y = lanes_at(b);
    uint32_t f = 0;
    for (; f + 2 <= n_lanes; f += 2) {
        even += x[f] * y[f];
        odd += x[f + 1] * y[f + 1];
    }
    if (f < n_lanes)
        even += x[f] * y[f];
    even += odd;
    return ((even[0] + even[4]) + (even[1] + even[5])) +
           ((even[2] + even[6]) + (even[3] + even[7]));
}

#endif
