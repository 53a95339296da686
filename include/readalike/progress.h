#ifndef READALIKE_PROGRESS_H
#define READALIKE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How far a long job is, on stderr: a bar with rate and remaining time on a terminal, a plain line
 * every few seconds elsewhere, nothing when quiet. One thread at a time.
 */
struct ra_progress {
    const char *what; /* "ratings" */
    uint64_t total;   /* 0: unknown */
    uint64_t done;
    uint64_t start_ns, last_ns;
    bool terminal, quiet, drawn;
};

void ra_progress_start(struct ra_progress *progress, const char *what, uint64_t total, bool quiet);
/*
 * Counts something else from here on, from 0: an algorithm names its sweeps or epochs. NULL is
 * fine.
 */
void ra_progress_count(struct ra_progress *progress, const char *what, uint64_t total);
/* Cheap: of many, looks at the clock every 1,024 calls or when `done` jumps. */
void ra_progress_set(struct ra_progress *progress, uint64_t done);
void ra_progress_end(struct ra_progress *progress);

#endif
