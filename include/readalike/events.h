#ifndef READALIKE_EVENTS_H
#define READALIKE_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/csr.h"
#include "readalike/err.h"

/* One reader, one book, once. */
struct ra_event {
    uint32_t reader, item;
    float rating; /* NaN: read, not rated */
    int64_t at;   /* seconds since 1970; 0 unknown */
};

/*
 * The ratings of a data set as rows, for experiments that need no store. Readers and items are
 * numbered as they first come in the files. A pair that comes again replaces the first.
 */
struct ra_events {
    uint32_t n_readers, n_items;
    struct ra_event *rows; /* (n) */
    size_t n;
    uint64_t n_rated, n_rejected; /* rated ones; rows of the files that could not be read */
    float lowest, highest;        /* rating given; 0 without any */
    struct ra_csr features;       /* (n_items, terms) of features.h */
};

/*
 * Reads `path` as the import format `format` says (import.h). Files without a reading are
 * RA_ERR_INVALID. `out` is the caller's, to finish.
 */
bool ra_events_read(struct ra_events *out, const char *format, const char *path,
                    struct ra_err *err) RA_MUST_CHECK;
void ra_events_finish(struct ra_events *events);

struct ra_events_filter {
    unsigned min_reader, min_item; /* ratings that a reader, or an item, has at least; 0: any */
    float unrated;                 /* what "read, not rated" is taken as; NaN: not rated */
};
/*
 * Takes "read, not rated" as a rating of `unrated`, then leaves out the rows of readers and of
 * items with fewer ratings. Both are counted before either is left out, and who is left is numbered
 * anew in the old order. RA_ERR_INVALID when no row is left.
 */
bool ra_events_filter(struct ra_events *events, const struct ra_events_filter *filter,
                      struct ra_err *err) RA_MUST_CHECK;
/* Fills n_rated and the scale from the rows. */
void ra_events_measure(struct ra_events *events);

#endif
