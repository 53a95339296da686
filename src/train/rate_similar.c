/* Similarities of readers or items by their ratings: rate_similar.h says how. */
#include "rate_similar.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Sums over the columns that the row at hand shares with another one. */
struct sums {
    float n, ab, aa, bb;
};
struct more_sums {
    float a, b;
};

struct scratch {
    struct sums *sums;       /* (n_rows) zero between rows */
    struct more_sums *more;  /* (n_rows) for Pearson alone */
    uint32_t *met;           /* (n_rows) rows that share a column */
    float *score, *selected; /* (n_rows) */
};

struct making {
    const struct ra_csr *by_row, *by_col;
    const struct ra_rate_params *params;
    struct scratch *scratch; /* (threads) */
    uint64_t *bound;         /* (n_rows + 1) where a row's neighbours go before they move up */
    uint32_t *found;         /* (n_rows) */
    struct similar *out;
};

static uint64_t row_bound(const struct making *making, uint32_t a)
{
    const struct ra_csr *by_row = making->by_row, *by_col = making->by_col;
    uint64_t most = by_row->n_rows ? by_row->n_rows - 1 : 0, met = 0;
    if (making->params->neighbours < most)
        most = making->params->neighbours;
    for (uint64_t at = by_row->start[a]; at < by_row->start[a + 1] && met < most; at++)
        met += ra_csr_row_n(by_col, by_row->col[at]) - 1;
    return met < most ? met : most;
}

uint64_t similar_bytes(const struct ra_csr *by_row, const struct ra_csr *by_col,
                       const struct ra_rate_params *params, unsigned threads)
{
    const struct making making = {.by_row = by_row, .by_col = by_col, .params = params};
    uint64_t n = (uint64_t)by_row->n_rows + 1, most = 0;
    for (uint32_t a = 0; a < by_row->n_rows; a++)
        most += row_bound(&making, a);
    size_t a_row = sizeof(struct sums) + sizeof(struct more_sums) + 3 * sizeof(uint32_t);
    return most * (sizeof(uint32_t) + sizeof(float)) + n * threads * a_row +
           n * (2 * sizeof(uint64_t) + sizeof(uint32_t));
}

/* Adds a's share of one column to all who have it; returns how many are met by now. */
static uint32_t add_column(const struct ra_csr *by_col, uint32_t col, float x_a,
                           const struct scratch *scratch, uint32_t n_met)
{
    for (uint64_t at = by_col->start[col]; at < by_col->start[col + 1]; at++) {
        uint32_t b = by_col->col[at];
        float x_b = by_col->value[at];
        struct sums *sums = &scratch->sums[b];
        scratch->met[n_met] = b;
        n_met += sums->n == 0;
        sums->n += 1;
        sums->ab += x_a * x_b;
        sums->aa += x_a * x_a;
        sums->bb += x_b * x_b;
    }
    return n_met;
}

static uint32_t add_column_means(const struct ra_csr *by_col, uint32_t col, float x_a,
                                 const struct scratch *scratch, uint32_t n_met)
{
    for (uint64_t at = by_col->start[col]; at < by_col->start[col + 1]; at++) {
        struct more_sums *more = &scratch->more[by_col->col[at]];
        more->a += x_a;
        more->b += by_col->value[at];
    }
    return add_column(by_col, col, x_a, scratch, n_met);
}

static double ratio(double ab, double aa, double bb)
{
    double under = sqrt(aa * bb);
    return under > 0 ? ab / under : 0;
}

/* n sum x^2 - (sum x)^2; 0 where it is no more than what floats cannot tell: equal ratings. */
static double variation(double squares, double sum)
{
    double found = squares - sum * sum;
    return found > 1e-6 * squares ? found : 0;
}

/* What the sums of rows a and b say. */
static double score(const struct making *making, uint32_t a, uint32_t b,
                    const struct scratch *scratch)
{
    const struct ra_csr *by_row = making->by_row;
    const struct sums sums = scratch->sums[b];
    double n = (double)sums.n, ab = (double)sums.ab, aa = (double)sums.aa, bb = (double)sums.bb;
    double a_n, b_n;
    switch ((enum ra_rate_similarity)making->params->similarity) {
    case RA_RATE_PEARSON:
        a_n = (double)scratch->more[b].a;
        b_n = (double)scratch->more[b].b;
        return ratio(n * ab - a_n * b_n, variation(n * aa, a_n), variation(n * bb, b_n));
    case RA_RATE_MSD:
        return 1 / (fmax(aa + bb - 2 * ab, 0) / n + 1);
    case RA_RATE_JACCARD:
        return n / ((double)ra_csr_row_n(by_row, a) + (double)ra_csr_row_n(by_row, b) - n);
    case RA_RATE_COSINE:
    case RA_RATE_ADJUSTED_COSINE:
    case RA_RATE_PEARSON_BASELINE:
        break;
    }
    return ratio(ab, aa, bb);
}

/* The same for 1 shared column, where (n - 1) / (n - 1 + 0) says nothing: not shrunk. */
static double shrunk(double score, float n, double shrinkage)
{
    return shrinkage > 0 ? score * ((double)n - 1) / ((double)n - 1 + shrinkage) : score;
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* Looking through all rows is cheaper than sorting, once many of them are met. */
static void sort_met(const struct making *making, const struct scratch *scratch, uint32_t n_met)
{
    uint32_t n = 0;
    if (n_met < making->by_row->n_rows / 16) {
        qsort(scratch->met, n_met, sizeof *scratch->met, by_number);
        return;
    }
    for (uint32_t b = 0; n < n_met; b++) {
        scratch->met[n] = b;
        n += scratch->sums[b].n > 0;
    }
}

static int higher_score(const void *a, const void *b)
{
    float left = *(const float *)a, right = *(const float *)b;
    return left > right ? -1 : left < right;
}

/* Keeps the `most` best of `n`, of equal ones those of lower number; they stay in order. */
static uint32_t keep_best(const struct scratch *scratch, uint32_t n, uint32_t most)
{
    memcpy(scratch->selected, scratch->score, n * sizeof *scratch->selected);
    qsort(scratch->selected, n, sizeof *scratch->selected, higher_score);
    float least = scratch->selected[most - 1];
    uint32_t kept = 0, equal = 0;
    for (uint32_t i = 0; i < most; i++)
        equal += scratch->selected[i] == least;
    for (uint32_t i = 0; i < n; i++) {
        float score_i = scratch->score[i];
        if (score_i < least || (score_i == least && equal == 0))
            continue;
        equal -= score_i == least;
        scratch->met[kept] = scratch->met[i];
        scratch->score[kept++] = score_i;
    }
    return kept;
}

/* Turns the sums into scores above 0, and the sums back to zero. */
static uint32_t score_met(const struct making *making, uint32_t a, const struct scratch *scratch,
                          uint32_t n_met)
{
    const struct ra_rate_params *params = making->params;
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_met; i++) {
        uint32_t b = scratch->met[i];
        float shared = scratch->sums[b].n;
        double s = 0;
        if (b != a && shared >= (float)params->min_support)
            s = shrunk(score(making, a, b, scratch), shared, params->shrinkage);
        scratch->met[n] = b;
        scratch->score[n] = (float)s;
        n += scratch->score[n] > 0;
        scratch->sums[b] = (struct sums){0};
        if (scratch->more)
            scratch->more[b] = (struct more_sums){0};
    }
    return n;
}

static void make_row(const struct making *making, uint32_t a)
{
    const struct ra_csr *by_row = making->by_row;
    const struct scratch *scratch = &making->scratch[omp_get_thread_num()];
    uint32_t n_met = 0;
    for (uint64_t at = by_row->start[a]; at < by_row->start[a + 1]; at++) {
        uint32_t col = by_row->col[at];
        n_met = scratch->more
                    ? add_column_means(making->by_col, col, by_row->value[at], scratch, n_met)
                    : add_column(making->by_col, col, by_row->value[at], scratch, n_met);
    }
    sort_met(making, scratch, n_met);
    uint32_t n = score_met(making, a, scratch, n_met);
    if (n > making->params->neighbours)
        n = keep_best(scratch, n, making->params->neighbours);
    memcpy(making->out->row + making->bound[a], scratch->met, n * sizeof *scratch->met);
    memcpy(making->out->score + making->bound[a], scratch->score, n * sizeof *scratch->score);
    making->found[a] = n;
}

/* Moves the rows together, and gives back what the bounds were too high by. */
static void close_gaps(const struct making *making)
{
    struct similar *out = making->out;
    for (uint32_t a = 0; a < out->n_rows; a++) {
        uint64_t from = making->bound[a], to = out->start[a];
        memmove(out->row + to, out->row + from, making->found[a] * sizeof *out->row);
        memmove(out->score + to, out->score + from, making->found[a] * sizeof *out->score);
        out->start[a + 1] = to + making->found[a];
    }
    size_t n = out->start[out->n_rows] + 1;
    uint32_t *row = reallocarray(out->row, n, sizeof *row);
    float *less = reallocarray(out->score, n, sizeof *less);
    out->row = row ? row : out->row;
    out->score = less ? less : out->score;
}

static bool allocate_scratch(struct scratch *scratch, size_t n, bool pearson)
{
    scratch->sums = calloc(n, sizeof *scratch->sums);
    scratch->more = pearson ? calloc(n, sizeof *scratch->more) : NULL;
    scratch->met = calloc(n, sizeof *scratch->met);
    scratch->score = calloc(n, sizeof *scratch->score);
    scratch->selected = calloc(n, sizeof *scratch->selected);
    return scratch->sums && scratch->met && scratch->score && scratch->selected &&
           (scratch->more || !pearson);
}

static bool allocate(struct making *making, unsigned threads)
{
    size_t n = (size_t)making->by_row->n_rows + 1;
    making->scratch = calloc(threads, sizeof *making->scratch);
    making->bound = calloc(n, sizeof *making->bound);
    making->found = calloc(n, sizeof *making->found);
    *making->out = (struct similar){.n_rows = making->by_row->n_rows};
    making->out->start = calloc(n, sizeof(uint64_t));
    bool ok = making->scratch && making->bound && making->found && making->out->start;
    for (uint32_t a = 0; ok && a < making->by_row->n_rows; a++)
        making->bound[a + 1] = making->bound[a] + row_bound(making, a);
    for (unsigned i = 0; ok && i < threads; i++)
        ok =
            allocate_scratch(&making->scratch[i], n, making->params->similarity == RA_RATE_PEARSON);
    if (ok) {
        making->out->row = calloc(making->bound[n - 1] + 1, sizeof(uint32_t));
        making->out->score = calloc(making->bound[n - 1] + 1, sizeof(float));
    }
    return ok && making->out->row && making->out->score;
}

static void release(struct making *making, unsigned threads)
{
    for (unsigned i = 0; making->scratch && i < threads; i++) {
        free(making->scratch[i].sums);
        free(making->scratch[i].more);
        free(making->scratch[i].met);
        free(making->scratch[i].score);
        free(making->scratch[i].selected);
    }
    free(making->scratch);
    free(making->bound);
    free(making->found);
}

bool similar_make(struct similar *out, const struct ra_csr *by_row, const struct ra_csr *by_col,
                  const struct ra_rate_params *params, unsigned threads, struct ra_err *err)
{
    struct making making = {.by_row = by_row, .by_col = by_col, .params = params, .out = out};
    bool ok = allocate(&making, threads);
    if (ok) {
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 8)
        for (uint32_t a = 0; a < by_row->n_rows; a++)
            make_row(&making, a);
        close_gaps(&making);
    } else {
        similar_finish(out);
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the similarities");
    }
    release(&making, threads);
    return ok;
}

void similar_finish(struct similar *similar)
{
    free(similar->start);
    free(similar->row);
    free(similar->score);
    *similar = (struct similar){0};
}
