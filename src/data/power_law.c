/* Fits the tail of a distribution of counts by a power law. */
#include "readalike/power_law.h"

#include <math.h>
#include <stdlib.h>

#define X_MIN_MOST 1000 /* tails that start later are not tried */

static int rising(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* One value that occurs: how many are as high or higher, and the sum of their logarithms. */
struct step {
    uint32_t x;
    size_t n;
    double log_sum;
};

/* The steps of `x` (n, rising) into `out`, rising. */
static size_t make_steps(const uint32_t *x, size_t n, struct step *out)
{
    size_t n_steps = 0;
    double log_sum = 0;
    for (size_t i = n; i-- > 0;) {
        log_sum += log((double)x[i]);
        if (i == 0 || x[i - 1] != x[i])
            out[n_steps++] = (struct step){x[i], n - i, log_sum};
    }
    for (size_t i = 0; i < n_steps / 2; i++) {
        struct step step = out[i];
        out[i] = out[n_steps - 1 - i];
        out[n_steps - 1 - i] = step;
    }
    return n_steps;
}

/* Largest distance between the share of values at x and above, and its fit, which is
 * ((x - 1/2) / (x_min - 1/2))^(1 - alpha). */
static double distance_of(const struct step *steps, size_t n_steps, double alpha)
{
    double largest = 0, from = (double)steps[0].x - 0.5;
    for (size_t i = 0; i < n_steps; i++) {
        double share = (double)steps[i].n / (double)steps[0].n;
        double fitted = pow(((double)steps[i].x - 0.5) / from, 1 - alpha);
        largest = fmax(largest, fabs(share - fitted));
    }
    return largest;
}

/* The tail that starts with the first step. */
static void try_tail(struct ra_power_law *best, const struct step *steps, size_t n_steps)
{
    double n = (double)steps[0].n;
    double sum = steps[0].log_sum - n * log((double)steps[0].x - 0.5);
    double alpha = sum > 0 ? 1 + n / sum : NAN;
    double distance = isnan(alpha) ? INFINITY : distance_of(steps, n_steps, alpha);
    if (distance < best->distance)
        *best = (struct ra_power_law){alpha, steps[0].x, steps[0].n, distance};
}

bool ra_power_law_fit(struct ra_power_law *out, const uint32_t *counts, size_t n,
                      struct ra_err *err)
{
    *out = (struct ra_power_law){.alpha = NAN, .distance = INFINITY};
    uint32_t *x = calloc(n + 1, sizeof *x);
    struct step *steps = calloc(n + 1, sizeof *steps);
    size_t n_x = 0;
    for (size_t i = 0; x && i < n; i++) {
        if (counts[i])
            x[n_x++] = counts[i];
    }
    bool ok = x && steps;
    if (ok) {
        qsort(x, n_x, sizeof *x, rising);
        size_t n_steps = make_steps(x, n_x, steps);
        for (size_t i = 0;
             i < n_steps && steps[i].n >= RA_POWER_LAW_LEAST && steps[i].x <= X_MIN_MOST; i++)
            try_tail(out, steps + i, n_steps - i);
    }
    free(x);
    free(steps);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}
