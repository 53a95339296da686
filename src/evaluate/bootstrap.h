#ifndef READALIKE_EVALUATE_BOOTSTRAP_H
#define READALIKE_EVALUATE_BOOTSTRAP_H

#include "readalike/evaluate.h"

/* What becomes of a ratio of two sums. */
enum ratio_form { RATIO_PLAIN, RATIO_ROOT, RATIO_LESS_ONE };

/* A figure of rows of sums, one row a reader: form(sum of column `over` / sum of `under`). */
struct ratio {
    enum ratio_form form;
    unsigned over, under;
    size_t figure_at; /* offset of its struct ra_figure in the result */
};

#define BOOTSTRAP_WIDTH_MAX 24

struct bootstrap {
    const double *rows; /* (n_rows, width); column 0 is above 0 in rows that count */
    size_t n_rows;
    unsigned width;
    const struct ratio *ratios;
    size_t n_ratios;
    unsigned rounds, threads;
    uint64_t seed;
    struct ra_draws draws;
};

/* Fills the figures of `out`. The same rows and seed give the same with any number of threads. */
bool bootstrap_figures(const struct bootstrap *bootstrap, void *out,
                       struct ra_err *err) RA_MUST_CHECK;

/* The same of the rows `picked` (n) only, without rounds. */
bool bootstrap_figures_of(const struct bootstrap *bootstrap, const uint32_t *picked, uint32_t n,
                          void *out, struct ra_err *err) RA_MUST_CHECK;

#endif
