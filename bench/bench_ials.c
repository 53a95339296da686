/*
 * A sweep of ials on its own: seconds, operations and loss.
 *
 *     bench_ials TRAIN FACTORS SWEEPS [KEY=VALUE...]      TRAIN: lines of `reader item item ...`
 *     bench_ials made:READERS:ITEMS:ENTRIES FACTORS ...   makes data of a power law
 *
 * KEY is threads or a setting of ials without its "ials.". Prints one line of JSON. The seconds are
 * of a sweep: those of all sweeps less those of one, so that the preparation does not count.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/clock.h"
#include "readalike/interactions.h"
#include "readalike/random.h"
#include "readalike/str.h"
#include "readalike/threads.h"
#include "readalike/train.h"

static bool set(struct ra_train_params *params, const char *key, const char *value)
{
    size_t n;
    const struct ra_param *table = ra_train_param_table(&n);
    double number;
    if (!ra_parse_double(value, &number))
        return false;
    if (strcmp(key, "threads") == 0) {
        params->threads = (unsigned)number;
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        void *at = (char *)params + table[i].offset;
        if (strncmp(table[i].key, "ials.", 5) != 0 || strcmp(table[i].key + 5, key) != 0)
            continue;
        if (table[i].whole)
            *(unsigned *)at = (unsigned)number;
        else
            *(double *)at = number;
        return true;
    }
    return false;
}

static bool set_text(struct ra_train_params *params, const char *text)
{
    char key[32];
    const char *equals = strchr(text, '=');
    if (!equals || (size_t)(equals - text) >= sizeof key)
        return false;
    memcpy(key, text, (size_t)(equals - text));
    key[equals - text] = '\0';
    return set(params, key, equals + 1);
}

static void set_defaults(struct ra_train_params *params)
{
    size_t n;
    const struct ra_param *table = ra_train_param_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(table[i].key, "ials.", 5) == 0)
            set(params, table[i].key + 5, table[i].fallback);
    }
}

/* A number below n, small ones likelier: n^u - 1 for a uniform u, as of a power law of exponent 1,
 * mixed with uniform ones for the long tail. */
static uint32_t draw(struct ra_random *random, uint32_t n)
{
    if (ra_random_chance(random, 0.3))
        return ra_random_below(random, n);
    double x = pow((double)n, ra_random_unit(random)) - 1;
    return x < n ? (uint32_t)x : n - 1;
}

static bool make(struct ra_csr *out, const char *what, struct ra_err *err)
{
    unsigned n_readers, n_items;
    unsigned long long n;
    /* NOLINTNEXTLINE(cert-err34-c): a bench of our own */
    if (sscanf(what, "made:%u:%u:%llu", &n_readers, &n_items, &n) != 3)
        return ra_fail(err, RA_ERR_INVALID, "%s is not made:READERS:ITEMS:ENTRIES", what);
    struct ra_triplet *triplets = calloc(n, sizeof *triplets);
    struct ra_random random = ra_random_stream(1, 1);
    if (!triplets)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (unsigned long long i = 0; i < n; i++)
        triplets[i] =
            (struct ra_triplet){ra_random_below(&random, n_readers), draw(&random, n_items), 1};
    bool ok = ra_csr_from_triplets(out, n_readers, n_items, triplets, n, err);
    free(triplets);
    return ok;
}

static bool load(struct ra_csr *out, const char *what, struct ra_err *err)
{
    if (strncmp(what, "made:", 5) == 0)
        return make(out, what, err);
    struct ra_split split;
    if (!ra_split_read(&split, what, what, err))
        return false;
    *out = split.train;
    split.train = (struct ra_csr){0};
    ra_split_finish(&split);
    return true;
}

static bool run(const struct ra_csr *weights, struct ra_train_params params, unsigned sweeps,
                double *seconds, double *loss, struct ra_err *err)
{
    struct ra_ials model;
    params.ials.sweeps = sweeps;
    double start = ra_clock_seconds();
    bool ok = ra_train_ials(&model, weights, &params, loss, err);
    *seconds = ra_clock_seconds() - start;
    ra_ials_finish(&model);
    return ok;
}

/*
 * Operations of a sweep by the method of Hu et al. with conjugate gradients: what a plain sweep has
 * to do, whatever is done in its place.
 */
static double plain_operations(const struct ra_csr *weights, const struct ra_ials_params *params)
{
    double f = params->factors, steps = params->cg_steps + 1.0;
    double rows = (double)weights->n_rows + weights->n_cols;
    return rows * (f * f + 2 * f * f * steps) + 2 * (double)ra_csr_nnz(weights) * 4 * f * steps;
}

int main(int argc, char **argv)
{
    struct ra_err err = {0};
    struct ra_csr weights = {0};
    struct ra_train_params params = {0};
    set_defaults(&params);
    bool ok = argc >= 4 && set(&params, "factors", argv[2]) && set(&params, "sweeps", argv[3]);
    for (int i = 4; ok && i < argc; i++)
        ok = set_text(&params, argv[i]);
    if (!ok || params.ials.sweeps < 2) {
        fprintf(stderr, "bench_ials: see the first lines of bench/bench_ials.c\n");
        return 2;
    }
    double one, all, none, *loss = calloc(params.ials.sweeps, sizeof *loss);
    unsigned sweeps = params.ials.sweeps;
    ok = loss && load(&weights, argv[1], &err) && run(&weights, params, 1, &one, NULL, &err) &&
         run(&weights, params, sweeps, &all, NULL, &err) &&
         run(&weights, params, sweeps, &none, loss, &err);
    if (ok) {
        double sweep = (all - one) / (sweeps - 1);
        printf("{\"readers\":%u,\"items\":%u,\"entries\":%llu,\"threads\":%u,\"factors\":%u,"
               "\"sweep_s\":%.5f,\"first_s\":%.5f,\"plain_gflops\":%.2f,\"loss\":%.8g}\n",
               weights.n_rows, weights.n_cols, (unsigned long long)ra_csr_nnz(&weights),
               ra_threads(params.threads), params.ials.factors, sweep, one,
               plain_operations(&weights, &params.ials) / sweep / 1e9, loss[sweeps - 1]);
    } else {
        fprintf(stderr, "%s\n", err.text);
    }
    ra_csr_finish(&weights);
    free(loss);
    return ok ? 0 : 1;
}
