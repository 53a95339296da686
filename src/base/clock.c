/* Time: monotonic for durations, wall for dates. */
#include "readalike/clock.h"

#include <stdio.h>
#include <time.h>

uint64_t ra_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double ra_clock_seconds(void)
{
    return (double)ra_clock_ns() / 1e9;
}

int64_t ra_clock_unix(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

void ra_clock_format(int64_t unix_s, char out[RA_CLOCK_TEXT])
{
    time_t when = unix_s;
    struct tm parts;
    if (!gmtime_r(&when, &parts) || !strftime(out, RA_CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts))
        snprintf(out, RA_CLOCK_TEXT, "?");
}
