#ifndef READALIKE_CLOCK_H
#define READALIKE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic, for durations and deadlines; never goes back. */
uint64_t ra_clock_ns(void);
double ra_clock_seconds(void);

/* Wall time, seconds since 1970. */
int64_t ra_clock_unix(void);

#define RA_CLOCK_TEXT 32
/* "2026-11-21T09:30:00Z" in `out`. */
void ra_clock_format(int64_t unix_s, char out[RA_CLOCK_TEXT]);

#endif
