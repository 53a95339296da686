#ifndef READALIKE_REPORT_RUNS_H
#define READALIKE_REPORT_RUNS_H

#include <jansson.h>

#include "report.h"

/* Records of evaluations that can be compared: same data, split, seeds, k and metric. The best is
 * in front. */
struct run_group {
    const char *metric;
    json_t **runs; /* (n) docs/registry.md says what is in one */
    size_t n;
};
struct run_groups {
    struct run_group *groups;
    size_t n;
    json_t **records; /* all that were read, (n_records) */
    size_t n_records;
};

/* The evaluations of the report's data that the registry keeps, newest kind of comparison last. */
bool runs_read(struct run_groups *out, const struct report *report,
               struct ra_err *err) RA_MUST_CHECK;
void runs_finish(struct run_groups *groups);

/* Mean of a metric of a run, NaN where it has none; `part` is "mean", "low" or "high". */
double run_metric(const json_t *run, const char *metric, const char *part);
/* Whether less of it is better. */
bool run_metric_falls(const char *metric);
const char *run_label(const json_t *run);

#endif
