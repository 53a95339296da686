#ifndef READALIKE_REPORT_REPORT_H
#define READALIKE_REPORT_REPORT_H

#include "readalike/buf.h"
#include "readalike/dataset.h"
#include "readalike/recommend.h"

struct ra_registry;

/* What the sections of the page are made from, and where they go. */
struct report {
    const struct ra_dataset *dataset;
    struct ra_engine *winner;
    struct ra_engine *beside; /* NULL: there is no other model */
    struct ra_scratch *scratch;
    struct ra_registry *registry; /* has the records of evaluations */
    bool quiet;
    struct ra_buf *out;
};

/* The whole page into report->out. */
bool report_page(const struct report *report, struct ra_err *err) RA_MUST_CHECK;

/* Its sections, in their order. */
bool report_data(const struct report *report, struct ra_err *err) RA_MUST_CHECK;
bool report_runs(const struct report *report, struct ra_err *err) RA_MUST_CHECK;
bool report_books(const struct report *report, struct ra_err *err) RA_MUST_CHECK;
bool report_map(const struct report *report, struct ra_err *err) RA_MUST_CHECK;

/* Text between tags or in an attribute; NULL puts nothing. */
void report_text(struct ra_buf *out, const char *text);
/* A number with a thin space between thousands. */
void report_count(struct ra_buf *out, uint64_t number);

#endif
