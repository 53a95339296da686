/* Intervals of figures: readers drawn again with replacement, percentiles of what comes out. */
#include "bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/random.h"
#include "readalike/threads.h"

/* Nothing to divide by is nothing found: 0, as a mean over no reader is. */
static double value_of(const struct ratio *ratio, const double *sums)
{
    double value = sums[ratio->under] > 0 ? sums[ratio->over] / sums[ratio->under] : 0;
    if (ratio->form == RATIO_ROOT)
        return sqrt(value);
    return ratio->form == RATIO_LESS_ONE && sums[ratio->under] > 0 ? value - 1 : value;
}

/* How steep the form is at the ratio, to carry an error through it. */
static double slope_of(enum ratio_form form, double ratio)
{
    return form == RATIO_ROOT ? (ratio > 0 ? 0.5 / sqrt(ratio) : 0) : 1;
}

static void add_row(const struct bootstrap *bootstrap, size_t row, double *sums)
{
    const double *values = bootstrap->rows + row * bootstrap->width;
    for (unsigned i = 0; i < bootstrap->width; i++)
        sums[i] += values[i];
}

/* Half a 95 % interval by the delta method; for a mean, 1.96 s / sqrt(n). */
static double normal_interval(const struct bootstrap *bootstrap, const struct ratio *ratio,
                              const double *sums)
{
    double squares = 0, n = 0, total = sums[ratio->under];
    if (!(total > 0))
        return 0;
    double r = sums[ratio->over] / total;
    for (size_t i = 0; i < bootstrap->n_rows; i++) {
        const double *row = bootstrap->rows + i * bootstrap->width;
        double rest = row[ratio->over] - r * row[ratio->under];
        squares += rest * rest;
        n += row[ratio->under] > 0;
    }
    if (n < 2)
        return 0;
    return 1.96 * sqrt(squares * n / (n - 1)) / total * slope_of(ratio->form, r);
}

/* The rows that count, or NULL. */
static uint32_t *list_rows(const struct bootstrap *bootstrap, uint32_t *out_n)
{
    uint32_t *list = calloc(bootstrap->n_rows + 1, sizeof *list), n = 0;
    for (size_t i = 0; list && i < bootstrap->n_rows; i++) {
        if (bootstrap->rows[i * bootstrap->width] > 0)
            list[n++] = (uint32_t)i;
    }
    *out_n = n;
    return list;
}

/* One round draws from its own stream, so that it does not matter which thread does it. */
static void draw(const struct bootstrap *bootstrap, const uint32_t *list, uint32_t n,
                 unsigned round, double *values)
{
    double sums[BOOTSTRAP_WIDTH_MAX] = {0};
    struct ra_random random = ra_random_stream(bootstrap->seed, round);
    for (uint32_t i = 0; i < n; i++)
        add_row(bootstrap, list[ra_random_below(&random, n)], sums);
    for (size_t i = 0; i < bootstrap->n_ratios; i++)
        values[i * bootstrap->rounds + round] = value_of(&bootstrap->ratios[i], sums);
}

static int rising(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Between the two nearest, as numpy's percentile does. */
static double percentile(const double *sorted, unsigned n, double share)
{
    double at = share * (double)(n - 1);
    unsigned low = (unsigned)at, high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

void ra_draws_compare(double *a, const double *b, size_t n, struct ra_figure *out)
{
    if (n == 0 || n > UINT32_MAX)
        return;
    for (size_t i = 0; i < n; i++)
        a[i] -= b[i];
    qsort(a, n, sizeof *a, rising);
    out->low = percentile(a, (unsigned)n, 0.025);
    out->high = percentile(a, (unsigned)n, 0.975);
    out->interval = (out->high - out->low) / 2;
}

static struct ra_figure *figure_of(const struct ratio *ratio, void *out)
{
    return (struct ra_figure *)(void *)((char *)out + ratio->figure_at);
}

static void take_percentiles(const struct bootstrap *bootstrap, double *values, void *out)
{
    unsigned rounds = bootstrap->rounds;
    for (size_t i = 0; i < bootstrap->n_ratios; i++) {
        double *sorted = values + i * rounds;
        if (bootstrap->draws.values && bootstrap->draws.figure_at == bootstrap->ratios[i].figure_at)
            memcpy(bootstrap->draws.values, sorted, rounds * sizeof *sorted);
        qsort(sorted, rounds, sizeof *sorted, rising);
        struct ra_figure *figure = figure_of(&bootstrap->ratios[i], out);
        figure->low = percentile(sorted, rounds, 0.025);
        figure->high = percentile(sorted, rounds, 0.975);
    }
}

static bool draw_all(const struct bootstrap *bootstrap, void *out, struct ra_err *err)
{
    uint32_t n;
    uint32_t *list = list_rows(bootstrap, &n);
    double *values = calloc(bootstrap->n_ratios * bootstrap->rounds + 1, sizeof *values);
    bool ok = list && values;
    if (ok) {
#pragma omp parallel for num_threads((int)ra_threads(bootstrap->threads)) schedule(static)
        for (unsigned round = 0; round < bootstrap->rounds; round++)
            draw(bootstrap, list, n, round, values);
        take_percentiles(bootstrap, values, out);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the intervals");
    }
    free(list);
    free(values);
    return ok;
}

bool bootstrap_figures(const struct bootstrap *bootstrap, void *out, struct ra_err *err)
{
    double sums[BOOTSTRAP_WIDTH_MAX] = {0};
    for (size_t i = 0; i < bootstrap->n_rows; i++)
        add_row(bootstrap, i, sums);
    for (size_t i = 0; i < bootstrap->n_ratios; i++) {
        const struct ratio *ratio = &bootstrap->ratios[i];
        double mean = value_of(ratio, sums);
        double interval = normal_interval(bootstrap, ratio, sums);
        *figure_of(ratio, out) =
            (struct ra_figure){mean, interval, mean - interval, mean + interval};
    }
    return bootstrap->rounds == 0 || draw_all(bootstrap, out, err);
}

bool bootstrap_figures_of(const struct bootstrap *bootstrap, const uint32_t *picked, uint32_t n,
                          void *out, struct ra_err *err)
{
    size_t width = bootstrap->width;
    double *rows = calloc((size_t)n + 1, width * sizeof *rows);
    if (!rows)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the figures");
    for (uint32_t i = 0; i < n; i++)
        memcpy(rows + i * width, bootstrap->rows + picked[i] * width, width * sizeof *rows);
    struct bootstrap some = *bootstrap;
    some.rows = rows;
    some.n_rows = n;
    some.rounds = 0;
    bool ok = bootstrap_figures(&some, out, err);
    free(rows);
    return ok;
}
