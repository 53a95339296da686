/* How near estimated ratings are to the withheld ones. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "bootstrap.h"

/* The columns of a reader's row of sums. */
enum { N_RATINGS, SQUARES, ABSOLUTES, N_JUDGED, PRECISION, RECALL, WIDTH };

static const struct ratio ratios[] = {
    {RATIO_ROOT, SQUARES, N_RATINGS, offsetof(struct ra_rating_metrics, rmse)},
    {RATIO_PLAIN, ABSOLUTES, N_RATINGS, offsetof(struct ra_rating_metrics, mae)},
    {RATIO_PLAIN, PRECISION, N_JUDGED, offsetof(struct ra_rating_metrics, precision)},
    {RATIO_PLAIN, RECALL, N_JUDGED, offsetof(struct ra_rating_metrics, recall)},
};

struct ra_rating_tally {
    struct ra_rating_params params;
    uint32_t n_readers;
    double *rows; /* (n_readers, WIDTH) */
};

struct pair {
    double rating, estimate;
    uint64_t place; /* of equal estimates, the earlier first, as Python's stable sort has it */
};

struct ra_rating_tally *ra_rating_tally_create(uint32_t n_readers,
                                               const struct ra_rating_params *params,
                                               struct ra_err *err)
{
    if (params->k == 0 || params->k > RA_EVALUATE_K_MAX) {
        ra_fail(err, RA_ERR_INVALID, "k is not between 1 and %d", RA_EVALUATE_K_MAX);
        return NULL;
    }
    if (params->rounds > RA_BOOTSTRAP_ROUNDS_MAX) {
        ra_fail(err, RA_ERR_INVALID, "more than %d bootstrap rounds", RA_BOOTSTRAP_ROUNDS_MAX);
        return NULL;
    }
    struct ra_rating_tally *tally = calloc(1, sizeof *tally);
    double *rows = calloc((size_t)n_readers + 1, WIDTH * sizeof *rows);
    if (!tally || !rows) {
        free(tally);
        free(rows);
        ra_fail(err, RA_ERR_NOMEM, "out of memory for %u readers", n_readers);
        return NULL;
    }
    *tally = (struct ra_rating_tally){*params, n_readers, rows};
    return tally;
}

void ra_rating_tally_destroy(struct ra_rating_tally *tally)
{
    if (!tally)
        return;
    free(tally->rows);
    free(tally);
}

static int higher_estimate(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;
    if (left->estimate != right->estimate)
        return left->estimate > right->estimate ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

#define FEW 40 /* pairs that are sorted sooner by insertion than by a call for each comparison */

static void sort_pairs(struct pair *pairs, size_t n)
{
    if (n > FEW) {
        qsort(pairs, n, sizeof *pairs, higher_estimate);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct pair pair = pairs[i];
        size_t to = i;
        for (; to > 0 && pairs[to - 1].estimate < pair.estimate; to--)
            pairs[to] = pairs[to - 1];
        pairs[to] = pair;
    }
}

static void judge_order(const struct ra_rating_params *params, struct pair *pairs, size_t n,
                        double *row)
{
    size_t relevant = 0, recommended = 0, both = 0;
    for (size_t i = 0; i < n; i++)
        relevant += pairs[i].rating >= params->threshold;
    sort_pairs(pairs, n);
    for (size_t i = 0; i < n && i < params->k; i++) {
        bool is_recommended = pairs[i].estimate >= params->threshold;
        recommended += is_recommended;
        both += is_recommended && pairs[i].rating >= params->threshold;
    }
    row[N_JUDGED]++;
    row[PRECISION] += recommended ? (double)both / (double)recommended : 0;
    row[RECALL] += relevant ? (double)both / (double)relevant : 0;
}

static void judge_errors(const struct pair *pairs, size_t n, double *row)
{
    for (size_t i = 0; i < n; i++) {
        double error = pairs[i].rating - pairs[i].estimate;
        row[SQUARES] += error * error;
        row[ABSOLUTES] += fabs(error);
    }
    row[N_RATINGS] += (double)n;
}

/* The rated items of a reader with their estimates; false when one is not a number. */
static bool estimate_row(const struct ra_rating_params *params, const struct ra_csr *test,
                         uint32_t reader, const float *estimates, struct pair *pairs, size_t *out_n)
{
    size_t n = 0;
    for (uint64_t i = test->start[reader]; i < test->start[reader + 1]; i++) {
        if (isnan(test->value[i]))
            continue;
        float estimate = estimates[i];
        if (isnan(estimate))
            return false;
        estimate = fminf(fmaxf(estimate, params->lowest), params->highest);
        pairs[n] = (struct pair){(double)test->value[i], (double)estimate, n};
        n++;
    }
    *out_n = n;
    return true;
}

static size_t longest_row(const struct ra_csr *csr)
{
    size_t longest = 0;
    for (uint32_t row = 0; row < csr->n_rows; row++) {
        size_t n = ra_csr_row_n(csr, row);
        longest = n > longest ? n : longest;
    }
    return longest;
}

static void sum_rows(const struct ra_rating_tally *tally, double *sums)
{
    for (size_t i = 0; i < (size_t)tally->n_readers * WIDTH; i++)
        sums[i % WIDTH] += tally->rows[i];
}

static bool add_readers(struct ra_rating_tally *tally, const struct ra_csr *test,
                        const float *estimates, struct pair *pairs, struct ra_err *err)
{
    for (uint32_t reader = 0; reader < test->n_rows; reader++) {
        size_t n;
        if (!estimate_row(&tally->params, test, reader, estimates, pairs, &n))
            return ra_fail(err, RA_ERR_INVALID, "the model's estimate is not a number");
        if (n == 0)
            continue;
        double *row = tally->rows + (size_t)reader * WIDTH;
        judge_errors(pairs, n, row);
        judge_order(&tally->params, pairs, n, row);
    }
    return true;
}

bool ra_rating_tally_add(struct ra_rating_tally *tally, const struct ra_csr *test,
                         const float *estimates, double *out_rmse, struct ra_err *err)
{
    if (test->n_rows != tally->n_readers)
        return ra_fail(err, RA_ERR_INVALID, "the fold has %u readers instead of %u", test->n_rows,
                       tally->n_readers);
    struct pair *pairs = calloc(longest_row(test) + 1, sizeof *pairs);
    if (!pairs)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for a reader's ratings");
    double before[WIDTH] = {0}, after[WIDTH] = {0};
    sum_rows(tally, before);
    bool ok = add_readers(tally, test, estimates, pairs, err);
    sum_rows(tally, after);
    double n = after[N_RATINGS] - before[N_RATINGS];
    if (ok && out_rmse)
        *out_rmse = n > 0 ? sqrt((after[SQUARES] - before[SQUARES]) / n) : NAN;
    free(pairs);
    return ok;
}

static struct bootstrap bootstrap_of(const struct ra_rating_tally *tally)
{
    return (struct bootstrap){
        .rows = tally->rows,
        .n_rows = tally->n_readers,
        .width = WIDTH,
        .ratios = ratios,
        .n_ratios = sizeof ratios / sizeof *ratios,
        .rounds = tally->params.rounds,
        .threads = tally->params.threads,
        .seed = tally->params.seed,
        .draws = tally->params.draws,
    };
}

bool ra_rating_tally_summarise(const struct ra_rating_tally *tally, struct ra_rating_metrics *out,
                               struct ra_err *err)
{
    *out = (struct ra_rating_metrics){.k = tally->params.k, .threshold = tally->params.threshold};
    for (uint32_t reader = 0; reader < tally->n_readers; reader++) {
        double n = tally->rows[(size_t)reader * WIDTH + N_RATINGS];
        out->n_readers += n > 0;
        out->n_ratings += (uint64_t)n;
    }
    const struct bootstrap bootstrap = bootstrap_of(tally);
    return bootstrap_figures(&bootstrap, out, err);
}

bool ra_rating_tally_summarise_some(const struct ra_rating_tally *tally, const uint32_t *readers,
                                    uint32_t n, struct ra_rating_metrics *out, struct ra_err *err)
{
    *out = (struct ra_rating_metrics){.k = tally->params.k};
    for (uint32_t i = 0; i < n; i++)
        out->n_readers += tally->rows[(size_t)readers[i] * WIDTH + N_RATINGS] > 0;
    const struct bootstrap bootstrap = bootstrap_of(tally);
    return bootstrap_figures_of(&bootstrap, readers, n, out, err);
}
