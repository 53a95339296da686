/* Intervals of figures: readers drawn again with replacement, percentiles of what comes out. */
#include "bootstrap.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/random.h"
#include "readalike/threads.h"

#define GROUP 4u       /* rounds that share a pass over the rows */
#define POISSON_MOST 8 /* more draws of one row are rarer than 2^-16 */

typedef double quad __attribute__((vector_size(32), aligned(8), may_alias));

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

/* The rows that count, next to each other. */
struct sample {
    quad *rows; /* (n, n_quads) padded with zeros */
    size_t n_quads;
    uint32_t n;
    uint32_t bound[POISSON_MOST]; /* 2^16 P(fewer draws) of 1 and more */
};

static bool gather(const struct bootstrap *bootstrap, struct sample *out)
{
    size_t width = bootstrap->width;
    out->n_quads = (width + 3) / 4;
    out->rows = calloc(bootstrap->n_rows + 1, out->n_quads * sizeof *out->rows);
    for (size_t i = 0; out->rows && i < bootstrap->n_rows; i++) {
        const double *row = bootstrap->rows + i * width;
        if (row[0] > 0)
            memcpy(out->rows + out->n_quads * out->n++, row, width * sizeof *row);
    }
    double below = 0, just = exp(-1);
    for (unsigned i = 0; i < POISSON_MOST; i++) {
        below += just;
        just /= (double)i + 1;
        out->bound[i] = (uint32_t)lround(below * 65536);
    }
    return out->rows;
}

/*
 * How often each row is drawn when n of n are, with replacement: as many Poisson numbers of mean 1,
 * and then, as they hardly ever add up to n, rows drawn more, or draws taken back, at random. Given
 * their sum, Poisson numbers are such counts, so that these are, too; and four take one random
 * number where n draws would take n, each to a place of its own in memory.
 */
static void draw_counts(const struct sample *sample, struct ra_random *random, uint8_t *count)
{
    uint64_t total = 0, bits = 0;
    uint32_t n = sample->n;
    for (uint32_t i = 0; i < n; i++) {
        bits = i % 4 ? bits >> 16 : ra_random_next(random);
        uint32_t draw = (uint32_t)(bits & 0xffff), found = 0;
        for (unsigned j = 0; j < POISSON_MOST; j++)
            found += draw >= sample->bound[j];
        count[i] = (uint8_t)found;
        total += found;
    }
    for (; total < n; total++) {
        uint32_t more = ra_random_below(random, n);
        while (count[more] == UINT8_MAX)
            more = ra_random_below(random, n);
        count[more]++;
    }
    while (total > n) {
        uint32_t less = ra_random_below(random, n);
        /* A draw, not a row, is chosen: rows drawn twice are twice as likely. */
        if (ra_random_below(random, POISSON_MOST) >= count[less])
            continue;
        count[less]--;
        total--;
    }
}

/* Adds the rows up, each as often as it was drawn, for the rounds of a group in one pass. */
static void add_drawn(const struct sample *sample, const uint8_t *count, quad *sums)
{
    size_t n_quads = sample->n_quads;
    for (uint32_t i = 0; i < sample->n; i++) {
        const quad *row = sample->rows + i * n_quads;
        for (unsigned r = 0; r < GROUP; r++) {
            double times = count[(size_t)r * sample->n + i];
            for (size_t c = 0; c < n_quads; c++)
                sums[r * n_quads + c] += times * row[c];
        }
    }
}

/* A round draws from its own stream, so that it does not matter which thread does it. */
static void draw_group(const struct bootstrap *bootstrap, const struct sample *sample,
                       unsigned first, uint8_t *count, double *values)
{
    quad sums[GROUP * BOOTSTRAP_WIDTH_MAX / 4] = {{0}};
    for (unsigned r = 0; r < GROUP; r++) {
        struct ra_random random = ra_random_stream(bootstrap->seed, first + r);
        draw_counts(sample, &random, count + (size_t)r * sample->n);
    }
    add_drawn(sample, count, sums);
    for (unsigned r = 0; r < GROUP && first + r < bootstrap->rounds; r++) {
        const double *sum = (const double *)(const void *)(sums + r * sample->n_quads);
        for (size_t i = 0; i < bootstrap->n_ratios; i++)
            values[i * bootstrap->rounds + first + r] = value_of(&bootstrap->ratios[i], sum);
    }
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
    struct sample sample = {.n = 0};
    unsigned threads = ra_threads(bootstrap->threads);
    double *values = calloc(bootstrap->n_ratios * bootstrap->rounds + 1, sizeof *values);
    uint8_t *count = calloc((size_t)threads * GROUP, bootstrap->n_rows + 1);
    bool ok = gather(bootstrap, &sample) && values && count;
    if (ok) {
#pragma omp parallel for num_threads((int)threads) schedule(static)
        for (unsigned first = 0; first < bootstrap->rounds; first += GROUP)
            draw_group(bootstrap, &sample, first,
                       count + (size_t)omp_get_thread_num() * GROUP * sample.n, values);
        take_percentiles(bootstrap, values, out);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the intervals");
    }
    free(sample.rows);
    free(values);
    free(count);
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
