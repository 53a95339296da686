#ifndef READALIKE_TRAIN_LANES_H
#define READALIKE_TRAIN_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/lanes.h"

/* Eight floats at a time in loops over factors: rows are padded with zeros to whole lanes, so that
 * the loops have no rest. */
typedef ra_lane lane;
enum { LANE = RA_LANE };

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

static inline uint32_t lanes_of(uint32_t n)
{
    return n / LANE + (n % LANE != 0);
}

/* Two sums, for the additions to overlap. */
RA_BODY float lanes_dot(const float *restrict a, const float *restrict b, uint32_t n_lanes)
{
    lane even = {0}, odd = {0};
    const lane *x = ra_lanes_at(a), *y = ra_lanes_at(b);
    uint32_t f = 0;
    for (; f + 2 <= n_lanes; f += 2) {
        even += x[f] * y[f];
        odd += x[f + 1] * y[f + 1];
    }
    if (f < n_lanes)
        even += x[f] * y[f];
    even += odd;
    return ra_lanes_sum(&even);
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
