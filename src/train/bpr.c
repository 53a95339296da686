/*
 * Bayesian personalised ranking (Rendle et al., UAI 2009): for each reading (u, i) of an epoch an
 * item j that u has not read, and a step of gradient descent that puts i before j,
 *
 *     z = 1 / (1 + exp(x_ui - x_uj))       x_ui = b_i + w_u · h_i
 *     w_u += gamma (z (h_i - h_j) - lambda w_u)
 *     h_i += gamma (z w_u - lambda h_i)    h_j += gamma (-z w_u - lambda h_j)
 *     b_i += gamma (z - lambda b_i)        b_j += gamma (-z - lambda b_j)
 */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "rankers.h"
#include "readalike/dense.h"
#include "readalike/lanes.h"
#include "readalike/progress.h"
#include "readalike/random.h"
#include "readalike/threads.h"

#define READERS_AT_ONCE 64u
#define PAIRS 16u       /* learnt together */
#define TRIES 8         /* to find an item that is not read */
#define LARGEST 20.0f   /* of a difference of scores: beyond, nothing is left to learn */
#define FOLD_SHRINK 0.1 /* lambda of folding in, by the mean square of an item's vector */

/*
 * Threads take readers each for themselves but share the items, and write them without waiting for
 * each other: a lost step is one of many (Recht et al., "Hogwild!", NIPS 2011).
 */
#define RACES_ON_PURPOSE __attribute__((no_sanitize("thread")))

struct fit {
    const struct ra_bpr_params *params;
    const struct ra_csr *weights;
    struct ra_ranker *out;
    size_t f;
    unsigned n_threads;
    uint32_t *order;  /* (n_readers) of an epoch */
    uint64_t *marked; /* (n_threads, words) bits of the items that the reader has read */
    size_t words;
    bool wide;
};

uint64_t bpr_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    uint64_t rows = (uint64_t)weights->n_rows + weights->n_cols, f = params->bpr.factors;
    uint64_t words = weights->n_cols / 64 + 1, threads = ra_threads(params->threads);
    return (rows * f + weights->n_cols) * sizeof(float) + 2 * RA_DENSE_ROWS_EXTRA +
           (weights->n_rows + 1) * sizeof(uint32_t) + threads * words * sizeof(uint64_t) +
           (RA_GRAM_PARTS + 1) * f * f * sizeof(float);
}

/* A step of gradient descent on one triple; `z` and `rate` are gamma z and gamma lambda. */
#define STEP_BODY                                                                                  \
    for (; k + RA_LANE <= f; k += RA_LANE) {                                                       \
        ra_lane x = *(ra_lane *)(void *)(w + k), y = *(ra_lane *)(void *)(i + k);                  \
        ra_lane v = *(ra_lane *)(void *)(j + k);                                                   \
        *(ra_lane *)(void *)(w + k) = x + z * (y - v) - rate * x;                                  \
        *(ra_lane *)(void *)(i + k) = y + z * x - rate * y;                                        \
        *(ra_lane *)(void *)(j + k) = v - z * x - rate * v;                                        \
    }                                                                                              \
    for (; k < f; k++) {                                                                           \
        float x = w[k], y = i[k], v = j[k];                                                        \
        w[k] = x + z * (y - v) - rate * x;                                                         \
        i[k] = y + z * x - rate * y;                                                               \
        j[k] = v - z * x - rate * v;                                                               \
    }

/* w · (i - j) */
#define MARGIN_BODY                                                                                \
    ra_lane sum[2] = {{0}};                                                                        \
    size_t k = 0;                                                                                  \
    for (; k + 2 * RA_LANE <= f; k += 2 * RA_LANE) {                                               \
        sum[0] +=                                                                                  \
            *(const ra_lane *)(const void *)(w + k) *                                              \
            (*(const ra_lane *)(const void *)(i + k) - *(const ra_lane *)(const void *)(j + k));   \
        sum[1] += *(const ra_lane *)(const void *)(w + k + RA_LANE) *                              \
                  (*(const ra_lane *)(const void *)(i + k + RA_LANE) -                             \
                   *(const ra_lane *)(const void *)(j + k + RA_LANE));                             \
    }                                                                                              \
    sum[0] += sum[1];                                                                              \
    float out = ((sum[0][0] + sum[0][4]) + (sum[0][1] + sum[0][5])) +                              \
                ((sum[0][2] + sum[0][6]) + (sum[0][3] + sum[0][7]));                               \
    for (; k < f; k++)                                                                             \
        out += w[k] * (i[k] - j[k]);                                                               \
    return out;

RACES_ON_PURPOSE RA_WIDE static void step_wide(float *w, float *i, float *j, size_t f, float z,
                                               float rate)
{
    size_t k = 0;
    STEP_BODY
}

RACES_ON_PURPOSE static void step_plain(float *w, float *i, float *j, size_t f, float z, float rate)
{
    size_t k = 0;
    STEP_BODY
}

RACES_ON_PURPOSE RA_WIDE static float margin_wide(const float *w, const float *i, const float *j,
                                                  size_t f){MARGIN_BODY}

RACES_ON_PURPOSE
    static float margin_plain(const float *w, const float *i, const float *j, size_t f){MARGIN_BODY}

/* One triple: u likes i more than j. */
RACES_ON_PURPOSE
    static void learn(const struct fit *fit, float *w, uint32_t i, uint32_t j, float gamma)
{
    size_t f = fit->f;
    float *h_i = fit->out->factors.item + i * f, *h_j = fit->out->factors.item + j * f;
    float *bias = fit->out->factors.bias, rate = gamma * (float)fit->params->reg;
    float x = fit->wide ? margin_wide(w, h_i, h_j, f) : margin_plain(w, h_i, h_j, f);
    x += bias[i] - bias[j];
    if (!(x < LARGEST))
        return;
    float z = gamma / (1 + expf(x));
    fit->wide ? step_wide(w, h_i, h_j, f, z, rate) : step_plain(w, h_i, h_j, f, z, rate);
    bias[i] += z - rate * bias[i];
    bias[j] -= z + rate * bias[j];
}

static bool is_marked(const uint64_t *marked, uint32_t item)
{
    return marked[item / 64] >> (item % 64) & 1;
}

/* Where an unread item is looked for: an entry of `col`, or an item of itself. */
struct draw {
    uint64_t place;
    bool popular;
};

static struct draw draw_place(const struct fit *fit, struct ra_random *random)
{
    const struct ra_csr *weights = fit->weights;
    struct draw draw = {.popular = ra_random_chance(random, fit->params->popular)};
    if (!draw.popular) {
        draw.place = ra_random_below(random, weights->n_cols);
        return draw;
    }
    draw.place = (uint64_t)(ra_random_unit(random) * (double)ra_csr_nnz(weights));
    __builtin_prefetch(weights->col + draw.place);
    return draw;
}

static void fetch(const struct fit *fit, uint32_t item)
{
    const float *row = fit->out->factors.item + item * fit->f;
    for (size_t k = 0; k < fit->f; k += 16)
        __builtin_prefetch(row + k, 1);
}

/* The item there, or another one until it is not marked; n_items when none was met. */
static uint32_t find_unread(const struct fit *fit, const uint64_t *marked, struct draw draw,
                            struct ra_random *random)
{
    const struct ra_csr *weights = fit->weights;
    for (int try = 0; try < TRIES; try++) {
        uint32_t item = draw.popular ? weights->col[draw.place] : (uint32_t)draw.place;
        if (!is_marked(marked, item))
            return item;
        draw = draw_place(fit, random);
    }
    return weights->n_cols;
}

/* A reader who is learnt. */
struct learner {
    float *w;
    const uint64_t *marked; /* bits of what they have read */
    float gamma;
};

/* `n` readings, PAIRS at most: all is on its way from memory before it is used. */
static void learn_pairs(const struct fit *fit, const struct learner *u, const uint32_t *col,
                        size_t n, struct ra_random *random)
{
    struct draw draws[PAIRS];
    uint32_t unread[PAIRS];
    for (size_t at = 0; at < n; at++)
        draws[at] = draw_place(fit, random);
    for (size_t at = 0; at < n; at++) {
        unread[at] = find_unread(fit, u->marked, draws[at], random);
        fetch(fit, unread[at]);
        fetch(fit, col[at]);
    }
    for (size_t at = 0; at < n; at++) {
        if (unread[at] < fit->weights->n_cols)
            learn(fit, u->w, col[at], unread[at], u->gamma);
    }
}

/* All readings of a reader. */
static void learn_reader(const struct fit *fit, uint32_t u, uint64_t *marked, float gamma,
                         struct ra_random random)
{
    const struct ra_csr *weights = fit->weights;
    const uint32_t *col = weights->col + weights->start[u];
    size_t n = ra_csr_row_n(weights, u);
    for (size_t at = 0; at < n; at++)
        marked[col[at] / 64] |= (uint64_t)1 << (col[at] % 64);
    const struct learner learner = {fit->out->reader + u * fit->f, marked, gamma};
    for (size_t at = 0; at < n; at += PAIRS)
        learn_pairs(fit, &learner, col + at, n - at < PAIRS ? n - at : PAIRS, &random);
    for (size_t at = 0; at < n; at++)
        marked[col[at] / 64] = 0;
}

/* Fisher and Yates. */
static void shuffle(uint32_t *order, uint32_t n, struct ra_random random)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t other = ra_random_below(&random, i), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

static void run_epoch(const struct fit *fit, unsigned epoch)
{
    const struct ra_bpr_params *params = fit->params;
    uint32_t n = fit->weights->n_rows;
    uint64_t seed = ((uint64_t)params->seed << 32) + epoch + 1;
    double done = params->epochs > 1 ? (double)epoch / (params->epochs - 1) : 0;
    float gamma = (float)(params->lr * (1 - done * (1 - params->lr_end)));
    shuffle(fit->order, n, ra_random_stream(seed, UINT64_MAX));
#pragma omp parallel for num_threads((int)fit->n_threads) schedule(dynamic, READERS_AT_ONCE)
    for (uint32_t at = 0; at < n; at++) {
        uint32_t u = fit->order[at];
        learn_reader(fit, u, fit->marked + (size_t)omp_get_thread_num() * fit->words, gamma,
                     ra_random_stream(seed, u));
    }
}

static bool allocate(struct fit *fit)
{
    struct ra_ranker *out = fit->out;
    const struct ra_csr *weights = fit->weights;
    fit->words = weights->n_cols / 64 + 1;
    out->reader = ra_dense_rows((size_t)weights->n_rows + 1, fit->f);
    out->factors.item = ra_dense_rows((size_t)weights->n_cols + 1, fit->f);
    out->factors.bias = calloc((size_t)weights->n_cols + 1, sizeof(float));
    fit->order = calloc((size_t)weights->n_rows + 1, sizeof *fit->order);
    fit->marked = calloc(fit->n_threads, fit->words * sizeof *fit->marked);
    return out->reader && out->factors.item && out->factors.bias && fit->order && fit->marked;
}

static void start(const struct fit *fit)
{
    const struct ra_csr *weights = fit->weights;
    struct ra_random random = ra_random_stream(fit->params->seed, 0);
    float deviation = (float)(fit->params->init_std / sqrt((double)fit->f));
    for (uint32_t u = 0; u < weights->n_rows; u++) {
        fit->order[u] = u;
        for (size_t k = 0; k < fit->f && ra_csr_row_n(weights, u); k++)
            fit->out->reader[u * fit->f + k] = deviation * (float)ra_random_normal(&random);
    }
    for (size_t k = 0; k < weights->n_cols * fit->f; k++)
        fit->out->factors.item[k] = deviation * (float)ra_random_normal(&random);
}

/* The mean of w · h over what was read, a sample of it. */
static double mean_score(const struct fit *fit)
{
    const struct ra_csr *weights = fit->weights;
    double sum = 0;
    uint64_t n = 0;
    for (uint32_t u = 0; u < weights->n_rows; u++) {
        if (ra_csr_row_n(weights, u) == 0)
            continue;
        const float *w = fit->out->reader + u * fit->f;
        const float *h = fit->out->factors.item + (size_t)weights->col[weights->start[u]] * fit->f;
        for (size_t k = 0; k < fit->f; k++)
            sum += (double)w[k] * (double)h[k];
        n++;
    }
    return n ? sum / (double)n : 0;
}

/*
 * Makes folding in possible: it solves for scores of 1, so that readers' vectors and biases are
 * scaled until that is the mean score of what was read. No order changes by it.
 */
static void scale(const struct fit *fit)
{
    struct ra_factors *factors = &fit->out->factors;
    uint32_t n_readers = fit->weights->n_rows, n_items = factors->n_items;
    double mean = mean_score(fit), squares = 0;
    float by = mean > 1e-6 ? (float)(1 / mean) : 1;
    for (size_t k = 0; k < n_readers * fit->f; k++)
        fit->out->reader[k] *= by;
    for (uint32_t i = 0; i < n_items; i++)
        factors->bias[i] *= by;
    for (size_t k = 0; k < n_items * fit->f; k++)
        squares += (double)factors->item[k] * (double)factors->item[k];
    double pairs = (double)n_readers * n_items;
    factors->nu = 1;
    factors->alpha0 = pairs > 0 ? (double)ra_csr_nnz(fit->weights) / pairs : 0;
    factors->lambda = n_items ? FOLD_SHRINK * squares / n_items + 1e-6 : 1;
}

static bool is_finite(const struct fit *fit)
{
    double sum = 0;
    for (size_t k = 0; k < fit->weights->n_cols * fit->f; k++)
        sum += (double)fit->out->factors.item[k];
    for (size_t k = 0; k < fit->weights->n_rows * fit->f; k++)
        sum += (double)fit->out->reader[k];
    return isfinite(sum);
}

bool bpr_train(struct ra_ranker *out, const struct ra_train_data *data,
               const struct ra_train_params *params, struct ra_err *err)
{
    struct fit fit = {
        .params = &params->bpr,
        .weights = data->weights,
        .out = out,
        .f = params->bpr.factors,
        .n_threads = ra_threads(params->threads),
        .wide = ra_lanes_are_wide(),
    };
    out->n_readers = data->weights->n_rows;
    out->factors.n_items = data->weights->n_cols;
    out->factors.n_factors = params->bpr.factors;
    bool ok = allocate(&fit) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
    if (ok)
        start(&fit);
    for (unsigned epoch = 0; ok && epoch < params->bpr.epochs; epoch++) {
        run_epoch(&fit, epoch);
        if (params->progress)
            ra_progress_set(params->progress, epoch + 1);
    }
    free(fit.order);
    free(fit.marked);
    if (ok && !is_finite(&fit))
        ok = ra_fail(err, RA_ERR_INVALID, "bpr ran off to infinity; a lower bpr.lr helps");
    if (!ok)
        return false;
    scale(&fit);
    return ra_factors_make_gram(&out->factors, fit.n_threads, err);
}
