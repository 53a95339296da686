#ifndef READALIKE_LANES_H
#define READALIKE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Eight floats at a time. An inner loop is written once as a RA_BODY function and compiled twice:
 * as it is, and within an RA_WIDE function for processors with AVX2 and FMA, which
 * ra_lanes_are_wide() finds when the program runs. Rows need not be aligned, nor their length be
 * a multiple of eight.
 */
typedef float ra_lane __attribute__((vector_size(32), aligned(4), may_alias));
enum { RA_LANE = 8 };

#define RA_BODY static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define RA_WIDE __attribute__((target("avx2,fma")))
static inline bool ra_lanes_are_wide(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
#define RA_WIDE
static inline bool ra_lanes_are_wide(void)
{
    return false;
}
#endif

RA_BODY const ra_lane *ra_lanes_at(const float *x)
{
    return (const ra_lane *)(const void *)x;
}

RA_BODY ra_lane *ra_lanes_to(float *x)
{
    return (ra_lane *)(void *)x;
}

/* The sums of eight lanes, side by side. */
RA_BODY void ra_lanes_sum8(const ra_lane v[8], ra_lane *out)
{
    ra_lane pair[4], quad[2];
    for (int i = 0; i < 4; i++)
        pair[i] = __builtin_shufflevector(v[2 * i], v[2 * i + 1], 0, 8, 2, 10, 4, 12, 6, 14) +
                  __builtin_shufflevector(v[2 * i], v[2 * i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    for (int i = 0; i < 2; i++)
        quad[i] = __builtin_shufflevector(pair[2 * i], pair[2 * i + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
                  __builtin_shufflevector(pair[2 * i], pair[2 * i + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    *out = __builtin_shufflevector(quad[0], quad[1], 0, 1, 2, 3, 8, 9, 10, 11) +
           __builtin_shufflevector(quad[0], quad[1], 4, 5, 6, 7, 12, 13, 14, 15);
}

typedef float ra_half_lane __attribute__((vector_size(16)));

/* The eight floats of `v` together. */
RA_BODY float ra_lanes_sum(const ra_lane *v)
{
    ra_half_lane half =
        __builtin_shufflevector(*v, *v, 0, 1, 2, 3) + __builtin_shufflevector(*v, *v, 4, 5, 6, 7);
    half += __builtin_shufflevector(half, half, 2, 3, 0, 1);
    return half[0] + half[1];
}

#endif
