/* The evaluations: a table with intervals, how training went, who is served how well. */
#include <math.h>
#include <string.h>

#include "plot.h"
#include "runs.h"

#define LINES 6 /* of one plot */
#define POINTS 512

static const char *const styles[LINES] = {"a", "b", "c", "d", "e", "f"};

struct column {
    const char *metric, *label;
};
static const struct column ranking_columns[] = {
    {"recall", "recall"},
    {"ndcg", "NDCG"},
    {"precision", "precision"},
    {"map", "MAP"},
    {"mrr", "MRR"},
    {"hit_rate", "hit rate"},
    {"item_coverage", "coverage"},
    {"novelty", "novelty"},
    {"diversity", "diversity"},
    {NULL, NULL},
};
static const struct column rating_columns[] = {
    {"rmse", "RMSE"},     {"mae", "MAE"}, {"precision", "precision"},
    {"recall", "recall"}, {NULL, NULL},
};

static const struct column *columns_of(const json_t *run)
{
    const char *judges = json_string_value(json_object_get(run, "judges"));
    return judges && strcmp(judges, "ratings") == 0 ? rating_columns : ranking_columns;
}

/* The metric that decides, as people write it. */
static const char *label_of(const struct run_group *group)
{
    for (const struct column *column = columns_of(group->runs[0]); column->metric; column++) {
        if (strcmp(column->metric, group->metric) == 0)
            return column->label;
    }
    return group->metric;
}

static void put_heading(struct ra_buf *out, const char *label, bool number)
{
    ra_buf_putf(out, "<th scope=\"col\"%s><button type=\"button\">",
                number ? " class=\"number\"" : "");
    report_text(out, label);
    ra_buf_puts(out, "</button></th>");
}

static void put_number(struct ra_buf *out, double value, int digits)
{
    if (isnan(value))
        ra_buf_puts(out, "<td class=\"number\">-</td>");
    else
        ra_buf_putf(out, "<td class=\"number\" data-value=\"%.9g\">%.*f</td>", value, digits,
                    value);
}

/* What the intervals of a group span. */
struct range {
    double low, high;
};

static struct range range_of(const struct run_group *group)
{
    struct range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < group->n; i++) {
        range.low = fmin(range.low, run_metric(group->runs[i], group->metric, "low"));
        range.high = fmax(range.high, run_metric(group->runs[i], group->metric, "high"));
    }
    return range;
}

/* The interval as a line with a dot at the mean, all of a table on one scale. */
static void put_interval(struct ra_buf *out, const json_t *run, const char *metric,
                         struct range range)
{
    double low = run_metric(run, metric, "low"), high = run_metric(run, metric, "high");
    double mean = run_metric(run, metric, "mean"), width = range.high - range.low;
    if (isnan(low) || isnan(high) || !(width > 0)) {
        ra_buf_puts(out, "<td></td>");
        return;
    }
    double scale = 132 / width;
    ra_buf_putf(out,
                "<td data-value=\"%.9g\"><svg class=\"span\" viewBox=\"0 0 140 14\" role=\"img\">"
                "<title>%.4f to %.4f</title><path class=\"line a\" d=\"M%.1f 7H%.1f\"/>"
                "<path class=\"dots a\" d=\"M%.1f 7h0\"/></svg></td>",
                mean, low, high, 4 + (low - range.low) * scale, 4 + (high - range.low) * scale,
                4 + (mean - range.low) * scale);
}

/* Not every program that wrote records knew every figure. */
static bool is_known(const struct run_group *group, const struct column *column)
{
    for (size_t i = 0; i < group->n; i++) {
        if (!isnan(run_metric(group->runs[i], column->metric, "mean")))
            return true;
    }
    return false;
}

static void put_row(struct ra_buf *out, const struct run_group *group, size_t at,
                    struct range range)
{
    const json_t *run = group->runs[at];
    ra_buf_puts(out, at == 0 ? "<tr class=\"best\"><th scope=\"row\">" : "<tr><th scope=\"row\">");
    report_text(out, run_label(run));
    ra_buf_puts(out, "</th>");
    put_interval(out, run, group->metric, range);
    for (const struct column *column = columns_of(run); column->metric; column++) {
        if (is_known(group, column))
            put_number(out, run_metric(run, column->metric, "mean"), 4);
    }
    put_number(out, json_number_value(json_object_get(run, "train_s")), 2);
    double bytes = json_number_value(json_object_get(run, "peak_rss_bytes"));
    put_number(out, bytes > 0 ? bytes / 1e6 : NAN, 0);
    ra_buf_puts(out, "</tr>\n");
}

static void put_table(struct ra_buf *out, const struct run_group *group)
{
    struct range range = range_of(group);
    ra_buf_puts(out, "<div class=\"wide\"><table class=\"sortable\"><thead><tr>");
    put_heading(out, "candidate", false);
    ra_buf_puts(out, "<th scope=\"col\">");
    report_text(out, label_of(group));
    ra_buf_puts(out, ", 95&#8239;%</th>");
    for (const struct column *column = columns_of(group->runs[0]); column->metric; column++) {
        if (is_known(group, column))
            put_heading(out, column->label, true);
    }
    put_heading(out, "trained, s", true);
    put_heading(out, "memory, MB", true);
    ra_buf_puts(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < group->n; i++)
        put_row(out, group, i, range);
    ra_buf_puts(out, "</tbody></table></div>\n");
}

/* What was withheld, in words. */
static void put_protocol(struct ra_buf *out, const json_t *run)
{
    const json_t *split = json_object_get(run, "split");
    const char *kind = json_string_value(json_object_get(split, "kind"));
    double share = 100 * json_number_value(json_object_get(split, "share"));
    long long folds = json_integer_value(json_object_get(split, "folds"));
    long long last = json_integer_value(json_object_get(split, "last"));
    ra_buf_puts(out, "<p class=\"note\">");
    if (!kind)
        ra_buf_puts(out, "Withheld by given files");
    else if (strcmp(kind, "holdout") == 0)
        ra_buf_putf(out, "A random %g&#8239;%% of the readings withheld", share);
    else if (strcmp(kind, "kfold") == 0)
        ra_buf_putf(out, "Each reading withheld once, in %lld folds", folds);
    else if (strcmp(kind, "last") == 0)
        ra_buf_putf(out, "The last %lld of each reader withheld", last);
    else if (strcmp(kind, "readers") == 0)
        ra_buf_putf(out, "A random %g&#8239;%% of the readers withheld", share);
    else
        ra_buf_puts(out, "One reading of each reader withheld");
    ra_buf_putf(out, ", seed %lld; the first %lld judged.</p>",
                (long long)json_integer_value(json_object_get(split, "seed")),
                (long long)json_integer_value(json_object_get(run, "k")));
}

/* One line of a plot. */
struct line {
    const char *label;
    double x[POINTS], y[POINTS];
    size_t n;
};
struct lines {
    struct line line[LINES];
    size_t n;
};

static void put_lines(struct ra_buf *out, const struct lines *lines, const char *title,
                      struct plot_axis x, struct plot_axis y)
{
    struct plot plot;
    ra_buf_puts(out, "<figure>");
    plot_begin(&plot, out, title, x, y);
    for (size_t i = 0; i < lines->n; i++) {
        plot_line(&plot, styles[i], lines->line[i].x, lines->line[i].y, lines->line[i].n);
        plot_dots(&plot, styles[i], lines->line[i].x, lines->line[i].y, lines->line[i].n);
    }
    plot_end(&plot);
    ra_buf_puts(out, "<ul class=\"key\">");
    for (size_t i = 0; i < lines->n; i++) {
        ra_buf_putf(out, "<li class=\"%s\">", styles[i]);
        report_text(out, lines->line[i].label);
        ra_buf_puts(out, "</li>");
    }
    ra_buf_putf(out, "</ul><figcaption><b>%s.</b></figcaption></figure>\n", title);
}

static void stretch(struct plot_axis *x, struct plot_axis *y, const struct line *line)
{
    for (size_t i = 0; i < line->n; i++) {
        x->low = fmin(x->low, line->x[i]);
        x->high = fmax(x->high, line->x[i]);
        y->low = fmin(y->low, line->y[i]);
        y->high = fmax(y->high, line->y[i]);
    }
}

/* Each loss over its first value, as they have different units. */
static void read_curve(struct line *line, const json_t *run)
{
    const json_t *values = json_object_get(json_object_get(run, "curve"), "values");
    double first = json_number_value(json_array_get(values, 0));
    line->label = run_label(run);
    line->n = 0;
    for (size_t i = 0; i < json_array_size(values) && i < POINTS && first > 0; i++) {
        line->x[line->n] = (double)(i + 1);
        line->y[line->n++] = json_number_value(json_array_get(values, i)) / first;
    }
}

static void put_curves(struct ra_buf *out, const struct run_group *group)
{
    static struct lines lines;
    struct plot_axis x = {1, 2, false, "sweep or epoch"},
                     y = {1, 1, false, "loss, the first being 1"};
    lines.n = 0;
    for (size_t i = 0; i < group->n && lines.n < LINES; i++) {
        struct line *line = &lines.line[lines.n];
        read_curve(line, group->runs[i]);
        if (line->n < 2)
            continue;
        stretch(&x, &y, line);
        lines.n++;
    }
    if (lines.n)
        put_lines(out, &lines, "How training went", x, y);
}

static void read_activity(struct line *line, const json_t *run, const char *metric)
{
    const json_t *bins = json_object_get(run, "activity");
    line->label = run_label(run);
    line->n = 0;
    for (size_t i = 0; i < json_array_size(bins) && i < POINTS; i++) {
        const json_t *bin = json_array_get(bins, i), *value = json_object_get(bin, metric);
        double from = json_number_value(json_object_get(bin, "from"));
        if (json_is_object(value))
            value = json_object_get(value, "mean");
        if (!json_is_number(value) || from < 1)
            continue;
        line->x[line->n] = from;
        line->y[line->n++] = json_number_value(value);
    }
}

static void put_activity(struct ra_buf *out, const struct run_group *group)
{
    static struct lines lines;
    bool ratings = columns_of(group->runs[0]) == rating_columns;
    const char *metric = ratings ? "rmse" : "recall";
    struct plot_axis x = {1, 10, true, "books the reader had read, from"};
    struct plot_axis y = {ratings ? INFINITY : 0, 0, false, metric};
    lines.n = 0;
    for (size_t i = 0; i < group->n && lines.n < LINES; i++) {
        struct line *line = &lines.line[lines.n];
        read_activity(line, group->runs[i], metric);
        if (line->n < 2)
            continue;
        stretch(&x, &y, line);
        lines.n++;
    }
    if (lines.n)
        put_lines(out, &lines, "By how much readers had read", x, y);
}

static void put_group(struct ra_buf *out, const struct run_group *group)
{
    put_protocol(out, group->runs[0]);
    put_table(out, group);
    ra_buf_puts(out, "<div class=\"plots\">");
    put_curves(out, group);
    put_activity(out, group);
    ra_buf_puts(out, "</div>\n");
}

bool report_runs(const struct report *report, struct ra_err *err)
{
    struct ra_buf *out = report->out;
    struct run_groups groups;
    bool ok = runs_read(&groups, report, err);
    ra_buf_puts(out, "<section id=\"runs\"><h2>How the candidates did</h2>");
    if (ok && groups.n == 0)
        ra_buf_puts(out, "<p>No evaluation of this data is on record. <code>readalike train --grid "
                         "config/grid.conf</code> judges every candidate of a grid.</p>");
    for (size_t i = 0; ok && i < groups.n; i++)
        put_group(out, &groups.groups[i]);
    ra_buf_puts(out, "</section>\n");
    runs_finish(&groups);
    return ok;
}
