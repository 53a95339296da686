#ifndef READALIKE_SCAN_H
#define READALIKE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * Exact search for the largest of many products  s_i = scale_i (q . x_i + b_i).  All rows are kept
 * once more in 8 bits a number, in blocks of 32; a row is looked at exactly only where
 *
 *     q . x  <=  q^ . x^ + |q - q^| |x| + |q^| |x - x^|         (Cauchy-Schwarz, twice)
 *
 * leaves room for it above the caller's floor, and a block is skipped whole where |q| |x| does not
 * (Teflioudi et al., LEMP, SIGMOD 2015; Li et al., FEXIPRO, SIGMOD 2017, bound products alike).
 * Immutable once made: any thread may search it.
 */
struct ra_scan_rows {
    uint32_t n, n_factors;
    const float *row;   /* (n, n_factors) */
    const float *bias;  /* (n); NULL: 0 */
    const float *scale; /* (n) from 0 on; NULL: 1 */
};

/* Borrows what `rows` points at. Takes about n * (n_factors + 1) bytes. NULL: out of memory. */
struct ra_scan;
struct ra_scan *ra_scan_create(const struct ra_scan_rows *rows, struct ra_err *err) RA_MUST_CHECK;
void ra_scan_destroy(struct ra_scan *scan); /* NULL is fine */

/* The score as a search finds it, to the last bit. */
float ra_scan_score(const struct ra_scan *scan, const float *query, uint32_t item);

/* Told of an item above the floor; returns the floor from now on, which must not fall. */
typedef float (*ra_scan_visit)(void *ctx, uint32_t item, float score);

struct ra_scan_search {
    const float *query;      /* (n_factors) finite */
    const uint64_t *allowed; /* (n bits) NULL: all */
    float floor;             /* -INFINITY: none */
    ra_scan_visit visit;
    void *ctx;
    bool portable; /* leave the processor's own instructions aside; for tests */
};
/* Bytes of scratch that a search needs, 64-byte aligned. */
size_t ra_scan_scratch_bytes(const struct ra_scan *scan);
/*
 * Visits, in rising order, all allowed items with a score above the floor, which rises on the way.
 */
void ra_scan_run(const struct ra_scan *scan, const struct ra_scan_search *search, void *scratch);

#endif
