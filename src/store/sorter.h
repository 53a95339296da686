#ifndef READALIKE_STORE_SORTER_H
#define READALIKE_STORE_SORTER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "readalike/err.h"

/*
 * Pairs put in any order come out sorted and distinct, the last put of each pair. Memory is
 * bounded: beyond `run_rows` rows, sorted runs go to an unnamed temporary file. First puts, then
 * start, then takes. One thread at a time.
 */
struct link {
    int64_t owner; /* a reader, or a shelf */
    int64_t book_id;
    int64_t at; /* when rated; on a shelf, the position */
    float value;
    uint32_t seq; /* the sorter's own: the order of arrival in a run */
};

struct sorter_run;
struct sorter {
    struct link *rows;
    size_t n_rows, cap_rows, run_rows;
    size_t at;      /* the next of `rows` to take, when nothing was spilled */
    bool is_sorted; /* `rows` are in order and distinct so far */
    FILE *spill;
    int64_t spilled_rows;
    struct sorter_run *runs;
    size_t n_runs;
};

#define SORTER_RUN_ROWS ((size_t)4 << 20) /* 128 MiB */

void sorter_init(struct sorter *sorter, size_t run_rows);
void sorter_finish(struct sorter *sorter);
bool sorter_put(struct sorter *sorter, const struct link *row, struct ra_err *err) RA_MUST_CHECK;
bool sorter_start(struct sorter *sorter, struct ra_err *err) RA_MUST_CHECK;
/* `*out_more` is false when all have been taken. */
bool sorter_take(struct sorter *sorter, struct link *out, bool *out_more,
                 struct ra_err *err) RA_MUST_CHECK;

/* How many rows were put; some may be of one pair. */
static inline uint64_t sorter_rows(const struct sorter *sorter)
{
    return (uint64_t)sorter->spilled_rows + sorter->n_rows;
}

#endif
