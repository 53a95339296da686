#ifndef READALIKE_REPORT_PLOT_H
#define READALIKE_REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "readalike/buf.h"

/* Plots as inline SVG, coloured by the page's style sheet: light, dark and on paper. */

struct plot_axis {
    double low, high; /* of the values shown */
    bool log;         /* powers of ten; low above 0 */
    const char *label;
};

struct plot {
    struct ra_buf *out;
    struct plot_axis x, y;
};

/* `title` is what a reader who cannot see the plot is told. */
void plot_begin(struct plot *plot, struct ra_buf *out, const char *title, struct plot_axis x,
                struct plot_axis y);
/* `style` is a class of the style sheet: "a", "b", ... for series. */
void plot_dots(const struct plot *plot, const char *style, const double *x, const double *y,
               size_t n);
void plot_line(const struct plot *plot, const char *style, const double *x, const double *y,
               size_t n);
/* Bars from the axis up to y, as wide as the distance of their x. */
void plot_bars(const struct plot *plot, const char *style, const double *x, const double *y,
               size_t n);
/* A bar from low to high at x: an interval. */
void plot_span(const struct plot *plot, const char *style, double x, double low, double high);
void plot_end(const struct plot *plot);

#endif
