/* The data: how much there is, how it is spread over books and readers, what ratings are given. */
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "readalike/power_law.h"
#include "report.h"

#define POINTS_MOST 400 /* dots of one plot */
#define RATINGS_MOST 40 /* different ratings that get a bar of their own */

/* How many have so many or more, as dots on two logarithmic axes. */
struct tail {
    double x[POINTS_MOST], y[POINTS_MOST];
    size_t n;
};

static int falling(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Of the falling counts; dots nearer to each other than can be seen are left out. */
static void make_tail(struct tail *tail, const uint32_t *count, size_t n)
{
    tail->n = 0;
    for (size_t i = 0; i < n && count[i] && tail->n < POINTS_MOST; i++) {
        if (i + 1 < n && count[i + 1] == count[i])
            continue;
        double x = (double)count[i], y = (double)(i + 1);
        if (tail->n && x > tail->x[tail->n - 1] * 0.985 && y < tail->y[tail->n - 1] * 1.015)
            continue;
        tail->x[tail->n] = x;
        tail->y[tail->n++] = y;
    }
}

static void plot_tail(struct ra_buf *out, const struct tail *tail, const struct ra_power_law *fit,
                      const char *title, const char *of)
{
    struct plot plot;
    const struct plot_axis x = {1, fmax(10, tail->n ? tail->x[0] : 10), true, "ratings"};
    const struct plot_axis y = {1, fmax(10, tail->n ? tail->y[tail->n - 1] : 10), true, of};
    plot_begin(&plot, out, title, x, y);
    plot_dots(&plot, "a", tail->x, tail->y, tail->n);
    if (!isnan(fit->alpha) && tail->n) {
        /* Through the start of the tail, down to one. */
        double from = fit->x_min, n = (double)fit->n_tail;
        double end = fmin(tail->x[0], from * pow(n, 1 / (fit->alpha - 1)));
        const double line_x[] = {from, end};
        const double line_y[] = {n, fmax(1, n * pow(end / from, 1 - fit->alpha))};
        plot_line(&plot, "b", line_x, line_y, 2);
    }
    plot_end(&plot);
}

static void say_fit(struct ra_buf *out, const struct ra_power_law *fit)
{
    if (isnan(fit->alpha)) {
        ra_buf_puts(out, "Too few for a power law.");
        return;
    }
    ra_buf_putf(out,
                "From %u ratings on, a power law with the exponent <b>%.2f</b> (%zu in the tail, "
                "largest distance %.3f).",
                fit->x_min, fit->alpha, fit->n_tail, fit->distance);
}

/* `count` is sorted here. */
static bool put_tail(struct ra_buf *out, uint32_t *count, size_t n, const char *title,
                     const char *of, struct ra_err *err)
{
    static struct tail tail;
    struct ra_power_law fit;
    if (!ra_power_law_fit(&fit, count, n, err))
        return false;
    qsort(count, n, sizeof *count, falling);
    make_tail(&tail, count, n);
    ra_buf_puts(out, "<figure>");
    plot_tail(out, &tail, &fit, title, of);
    ra_buf_putf(out, "<figcaption><b>%s.</b> ", title);
    say_fit(out, &fit);
    ra_buf_puts(out, "</figcaption></figure>\n");
    return true;
}

static bool put_tails(const struct report *report, struct ra_err *err)
{
    const struct ra_dataset *dataset = report->dataset;
    size_t most = dataset->n_items > dataset->n_readers ? dataset->n_items : dataset->n_readers;
    uint32_t *count = calloc(most + 1, sizeof *count);
    if (!count)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (uint32_t i = 0; i < dataset->n_items; i++)
        count[i] = dataset->items[i].n_read;
    bool ok = put_tail(report->out, count, dataset->n_items, "Ratings of a book",
                       "books with so many or more", err);
    for (uint32_t u = 0; u < dataset->n_readers; u++)
        count[u] = (uint32_t)ra_csr_row_n(&dataset->read, u);
    ok = ok && put_tail(report->out, count, dataset->n_readers, "Ratings of a reader",
                        "readers with so many or more", err);
    free(count);
    return ok;
}

/* The ratings given and how often each. */
struct histogram {
    double value[RATINGS_MOST], count[RATINGS_MOST];
    size_t n;
    double highest;
};

/* More values than that share bars. */
static double bar_of(const struct ra_dataset *dataset, float rating)
{
    double range = (double)(dataset->highest - dataset->lowest), step = 0.5;
    while (range / step >= RATINGS_MOST)
        step *= 2;
    return round((double)rating / step) * step;
}

static void add_rating(struct histogram *histogram, double value)
{
    size_t at = 0;
    while (at < histogram->n && histogram->value[at] < value)
        at++;
    if (at == histogram->n || histogram->value[at] > value) {
        if (histogram->n == RATINGS_MOST)
            return;
        for (size_t i = histogram->n++; i > at; i--) {
            histogram->value[i] = histogram->value[i - 1];
            histogram->count[i] = histogram->count[i - 1];
        }
        histogram->value[at] = value;
        histogram->count[at] = 0;
    }
    histogram->count[at]++;
    histogram->highest = fmax(histogram->highest, histogram->count[at]);
}

static void put_histogram(const struct report *report)
{
    const struct ra_dataset *dataset = report->dataset;
    struct ra_buf *out = report->out;
    struct histogram histogram = {.n = 0};
    for (uint64_t i = 0; i < ra_csr_nnz(&dataset->read); i++) {
        if (!isnan(dataset->read.value[i]))
            add_rating(&histogram, bar_of(dataset, dataset->read.value[i]));
    }
    if (histogram.n == 0)
        return;
    struct plot plot;
    double low = histogram.value[0], high = histogram.value[histogram.n - 1];
    plot_begin(&plot, out, "Ratings given",
               (struct plot_axis){low - 0.7, high + 0.7, false, "rating"},
               (struct plot_axis){0, histogram.highest * 1.05, false, "how often"});
    plot_bars(&plot, "a", histogram.value, histogram.count, histogram.n);
    plot_end(&plot);
}

static void put_figure(struct ra_buf *out, const char *label, uint64_t number)
{
    ra_buf_puts(out, "<div><dt>");
    report_text(out, label);
    ra_buf_puts(out, "</dt><dd>");
    report_count(out, number);
    ra_buf_puts(out, "</dd></div>");
}

static void put_figures(const struct report *report)
{
    const struct ra_dataset *dataset = report->dataset;
    struct ra_buf *out = report->out;
    uint64_t ratings = ra_csr_nnz(&dataset->read);
    ra_buf_puts(out, "<dl class=\"figures\">");
    put_figure(out, "books", dataset->n_items);
    put_figure(out, "readers", dataset->n_readers);
    put_figure(out, "books read", ratings);
    put_figure(out, "of them rated", dataset->n_rated);
    double cells = (double)dataset->n_items * (double)dataset->n_readers;
    ra_buf_putf(out, "<div><dt>of all pairs known</dt><dd>%.3g&#8239;%%</dd></div>",
                cells > 0 ? 100 * (double)ratings / cells : 0);
    if (dataset->n_rated)
        ra_buf_putf(out, "<div><dt>mean rating</dt><dd>%.2f</dd></div>", dataset->mean_rating);
    ra_buf_puts(out, "</dl>\n");
}

bool report_data(const struct report *report, struct ra_err *err)
{
    struct ra_buf *out = report->out;
    ra_buf_puts(out, "<section id=\"data\"><h2>The data</h2>");
    put_figures(report);
    ra_buf_puts(out, "<div class=\"plots\">");
    if (!put_tails(report, err))
        return false;
    if (report->dataset->n_rated) {
        ra_buf_puts(out, "<figure>");
        put_histogram(report);
        ra_buf_puts(out, "<figcaption><b>Ratings given.</b> Books read and not rated are not "
                         "among them.</figcaption></figure>\n");
    }
    ra_buf_puts(out, "</div></section>\n");
    return true;
}
