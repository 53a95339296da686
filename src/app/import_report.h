#ifndef READALIKE_APP_IMPORT_REPORT_H
#define READALIKE_APP_IMPORT_REPORT_H

#include <stdio.h>

#include "readalike/import.h"
#include "readalike/store.h"

/* What an import says: each rejected row while it runs, the figures at its end. */
struct import_report {
    uint64_t rejected[RA_REJECT_KINDS];
    uint64_t n_rejected;
    const char *rejects_path;
    FILE *rejects; /* every rejected row as CSV; NULL: not wanted */
};

/* `rejects_path` may be NULL. */
bool import_report_open(struct import_report *report, const char *rejects_path,
                        struct ra_err *err) RA_MUST_CHECK;
/* Says the first few of each kind on stderr, writes all to the file. */
void import_report_reject(struct import_report *report, const struct ra_place *at,
                          enum ra_reject_kind kind, const char *reason);
/* Fails when the file of rejects could not be written whole. */
bool import_report_close(struct import_report *report, struct ra_err *err) RA_MUST_CHECK;

void import_report_print_json(const struct import_report *report,
                              const struct ra_load_counts *counts, double seconds);
void import_report_print(const struct import_report *report, const char *source,
                         const struct ra_load_counts *counts, double seconds);

#endif
