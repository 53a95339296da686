/* A part of the rows: what "read, not rated" counts as, and who has enough ratings. */
#include <math.h>
#include <stdlib.h>

#include "readalike/events.h"

static void rate_unrated(struct ra_events *events, float rating)
{
    for (size_t i = 0; i < events->n; i++) {
        if (isnan(events->rows[i].rating))
            events->rows[i].rating = rating;
    }
}

/* New numbers, counted up over those with `least` ratings or more, in the place of the counts;
 * UINT32_MAX for the others. Returns how many stay. */
static uint32_t number_anew(uint32_t *counts, uint32_t n, unsigned least)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < n; i++)
        counts[i] = counts[i] >= least ? next++ : UINT32_MAX;
    return next;
}

static void keep_rows(struct ra_events *events, const uint32_t *reader, const uint32_t *item)
{
    size_t n = 0;
    for (size_t i = 0; i < events->n; i++) {
        struct ra_event row = events->rows[i];
        row.reader = reader[row.reader];
        row.item = item[row.item];
        if (row.reader != UINT32_MAX && row.item != UINT32_MAX)
            events->rows[n++] = row;
    }
    events->n = n;
}

/* The rows of the items that stay, moved up. */
static void keep_features(struct ra_csr *features, const uint32_t *item)
{
    uint32_t n_rows = 0;
    uint64_t n = 0;
    for (uint32_t row = 0; row < features->n_rows; row++) {
        uint64_t from = features->start[row], end = features->start[row + 1];
        if (item[row] == UINT32_MAX)
            continue;
        for (; from < end; from++, n++) {
            features->col[n] = features->col[from];
            features->value[n] = features->value[from];
        }
        features->start[++n_rows] = n;
    }
    features->n_rows = n_rows;
}

bool ra_events_filter(struct ra_events *events, const struct ra_events_filter *filter,
                      struct ra_err *err)
{
    if (!isnan(filter->unrated))
        rate_unrated(events, filter->unrated);
    uint32_t *reader = calloc((size_t)events->n_readers + 1, sizeof *reader);
    uint32_t *item = calloc((size_t)events->n_items + 1, sizeof *item);
    bool ok = reader && item;
    for (size_t i = 0; ok && i < events->n; i++) {
        bool rated = !isnan(events->rows[i].rating);
        reader[events->rows[i].reader] += rated;
        item[events->rows[i].item] += rated;
    }
    if (ok) {
        events->n_readers = number_anew(reader, events->n_readers, filter->min_reader);
        events->n_items = number_anew(item, events->n_items, filter->min_item);
        keep_rows(events, reader, item);
        keep_features(&events->features, item);
        ra_events_measure(events);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the counts");
    }
    free(reader);
    free(item);
    if (ok && events->n == 0)
        return ra_fail(err, RA_ERR_INVALID, "no reader and book have that many ratings");
    return ok;
}
