#ifndef READALIKE_DEMO_READERS_H
#define READALIKE_DEMO_READERS_H

#include "catalogue.h"

#define DEMO_READINGS_MAX 60

/* A book that a simulated reader read. */
struct demo_reading {
    uint32_t book; /* in the catalogue */
    float rating;  /* 1 to 10; NaN: read, not rated */
    int64_t at;    /* seconds since 1970 */
};

/*
 * Makes up readers from tastes; docs/demo.md has the formulas. No reader is or stands for a person.
 * One thread at a time.
 */
struct demo_readers;

/* `catalogue` is borrowed and must outlive the result. */
struct demo_readers *demo_readers_create(const struct demo_catalogue *catalogue,
                                         struct ra_err *err) RA_MUST_CHECK;
void demo_readers_destroy(struct demo_readers *readers); /* NULL is fine */

/* What reader `number` read, oldest first: the same for the same number, whoever else there is. */
size_t demo_readers_simulate(struct demo_readers *readers, uint64_t number,
                             struct demo_reading out[DEMO_READINGS_MAX]);

#endif
