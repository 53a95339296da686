#ifndef READALIKE_TRAIN_LANES_H
#define READALIKE_TRAIN_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Eight floats at a time, for inner loops over factors. Rows of factors are padded with zeros to
 * whole lanes, so the loops have no rest. A loop is written once as a RA_BODY function and compiled
 * twice: as it is, and within an RA_WIDE function for processors with AVX2 and FMA.
 */
typedef float lane __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANE = 8 };

/* `n` zeros on a cache line: lanes that lie across two take twice as long. NULL when out of memory;
 * free() frees it. */
static inline float *lanes_alloc(size_t n)
{
    enum { LINE = 64 };
    size_t bytes;
    if (__builtin_mul_overflow(n, sizeof(float), &bytes) || bytes > SIZE_MAX - LINE)
        return NULL;
    bytes = (bytes / LINE + 1) * LINE;
    float *floats = aligned_alloc(LINE, bytes);
    if (floats)
        memset(floats, 0, bytes);
    return floats;
}

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

typedef float half_lane __attribute__((vector_size(16)));

/* The eight floats of `x` together. */
RA_BODY float lanes_sum(const lane *x)
{
    half_lane half =
        __builtin_shufflevector(*x, *x, 0, 1, 2, 3) + __builtin_shufflevector(*x, *x, 4, 5, 6, 7);
    half += __builtin_shufflevector(half, half, 2, 3, 0, 1);
    return half[0] + half[1];
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
    return lanes_sum(&even);
}

/*
 * Calls `body` with n_lanes as a constant for the usual numbers of factors (15, 20, 50, 100), so
 * that loops over few lanes unroll and stay in registers.
 */
#define LANES_CASES(n_lanes, call)                                                                 \
    switch (n_lanes) {                                                                             \
    case 1:                                                                                        \
        return call(1);                                                                            \
    case 2:                                                                                        \
        return call(2);                                                                            \
    case 3:                                                                                        \
        return call(3);                                                                            \
    case 7:                                                                                        \
        return call(7);                                                                            \
    case 13:                                                                                       \
        return call(13);                                                                           \
    default:                                                                                       \
        return call(n_lanes);                                                                      \
    }

#endif
