#ifndef READALIKE_APP_RUN_RECORD_H
#define READALIKE_APP_RUN_RECORD_H

#include <jansson.h>

#include "app.h"
#include "readalike/train.h"

/* The parts that all records of runs have; docs/registry.md lists the fields. */

/* Format, kind, name, algorithm, label, program, and the settings that `algorithm` looks at. */
json_t *run_record_create(const char *kind, const char *name, const char *algorithm,
                          const char *label, const struct settings *settings) RA_MUST_CHECK;

/* Every setting that can change what is trained, as "key=value\n": what a candidate is known by. */
void run_record_put_all(const struct settings *settings, struct ra_buf *out);

/* A number, null when it is not finite. */
json_t *run_record_number(double value);
void run_record_set_data(json_t *record, const char *source, uint32_t books, uint32_t readers,
                         uint64_t ratings, uint64_t rated, uint64_t fingerprint);
/* Now, as "started" or "finished". */
void run_record_set_time(json_t *record, const char *key);

/* Collects a learning curve. */
struct run_curve {
    struct ra_watch watch; /* to hand to the training */
    double *values;
    size_t n, cap;
};
void run_curve_init(struct run_curve *curve);
void run_curve_finish(struct run_curve *curve);
/* null when nothing was told */
json_t *run_curve_to_json(const struct run_curve *curve, const char *what) RA_MUST_CHECK;

/* What this process holds now, and held at most. */
uint64_t run_rss_now(void);
uint64_t run_rss_peak(void);

/* The record of that name; NULL when there is none that can be read. */
struct ra_registry;
json_t *run_record_get(struct ra_registry *registry, const char *name) RA_MUST_CHECK;
bool run_record_put(struct ra_registry *registry, const char *name, const json_t *record,
                    struct ra_err *err) RA_MUST_CHECK;

#endif
