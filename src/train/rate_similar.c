/* Similarities of readers or items by their ratings: rate_similar.h says how. */
#include "rate_similar.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

/*
 * Sums over the columns that the row at hand shares with another one, {n, ab, bb, aa}: what one
 * column adds is {1, x_b, x_b^2, 1} times {1, x_a, 1, x_a^2}, one multiplication of four.
 */
typedef float four __attribute__((vector_size(16), aligned(16), may_alias));
enum { SUM_N, SUM_AB, SUM_BB, SUM_AA, N_SUMS };

struct more_sums {
    float a, b;
};

struct scratch {
    float *sums;            /* (n_rows, N_SUMS) zero between rows */
    struct more_sums *more; /* (n_rows) for Pearson alone */
    uint32_t *met;          /* (n_rows + 1) rows that share a column */
    float *score;           /* (n_rows) */
    float *selected;        /* (n_rows) */
};

struct making {
    const struct ra_csr *by_row, *by_col;
    const float *powers; /* (nnz, N_SUMS) what the values of by_col add */
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
    size_t a_row = sizeof(four) + sizeof(struct more_sums) + 3 * sizeof(uint32_t);
    return most * (sizeof(uint32_t) + sizeof(float)) + n * threads * a_row +
           ra_csr_nnz(by_row) * sizeof(four) + n * (2 * sizeof(uint64_t) + sizeof(uint32_t));
}

/* Adds a's share of one column to all who have it. */
RA_BODY void add_column(const struct making *making, uint32_t col, float x_a,
                        const struct scratch *scratch)
{
    const struct ra_csr *by_col = making->by_col;
    const four mine = {1, x_a, 1, x_a * x_a};
    uint64_t start = by_col->start[col], end = by_col->start[col + 1];
    four *restrict sums = (four *)(void *)scratch->sums;
    const four *restrict powers = (const four *)(const void *)making->powers;
    const uint32_t *restrict who = by_col->col;
    for (uint64_t at = start; at < end; at++)
        sums[who[at]] += mine * powers[at];
    for (uint64_t at = start; scratch->more && at < end; at++) {
        struct more_sums *more = &scratch->more[by_col->col[at]];
        more->a += x_a;
        more->b += by_col->value[at];
    }
}

/* Lists those that have not been met; returns how many have by now. */
static uint32_t list_column(const struct making *making, uint32_t col,
                            const struct scratch *scratch, uint32_t n_met)
{
    const struct ra_csr *by_col = making->by_col;
    for (uint64_t at = by_col->start[col]; at < by_col->start[col + 1]; at++) {
        uint32_t b = by_col->col[at];
        scratch->met[n_met] = b;
        n_met += scratch->sums[(size_t)b * N_SUMS + SUM_N] == 0;
    }
    return n_met;
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

/* What the sums of rows a and b say, by the similarity of `kind`. */
RA_BODY double score(const struct making *making, uint32_t a, uint32_t b,
                     const struct scratch *scratch, enum ra_rate_similarity kind)
{
    const struct ra_csr *by_row = making->by_row;
    const float *sums = scratch->sums + (size_t)b * N_SUMS;
    double n = (double)sums[SUM_N], ab = (double)sums[SUM_AB];
    double aa = (double)sums[SUM_AA], bb = (double)sums[SUM_BB], all_a, all_b;
    switch (kind) {
    case RA_RATE_PEARSON:
        all_a = (double)scratch->more[b].a;
        all_b = (double)scratch->more[b].b;
        return ratio(n * ab - all_a * all_b, variation(n * aa, all_a), variation(n * bb, all_b));
    case RA_RATE_MSD:
        return n / (fmax(aa + bb - 2 * ab, 0) + n);
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

/* Row b, if it is similar enough, behind the n that are; returns how many then are. */
RA_BODY uint32_t score_one(const struct making *making, uint32_t a, uint32_t b,
                           const struct scratch *scratch, uint32_t n, enum ra_rate_similarity kind)
{
    const struct ra_rate_params *params = making->params;
    float shared = scratch->sums[(size_t)b * N_SUMS + SUM_N];
    double s = shrunk(score(making, a, b, scratch, kind), shared, params->shrinkage);
    scratch->met[n] = b;
    scratch->score[n] = (float)s;
    return n + (b != a && shared >= (float)params->min_support && (float)s > 0);
}

/* Turns the sums of those who were met, or with NULL of all rows, into scores above 0, and the sums
 * back to zero. */
RA_BODY uint32_t score_all(const struct making *making, uint32_t a, const struct scratch *scratch,
                           uint32_t n_met, enum ra_rate_similarity kind)
{
    uint32_t n = 0, n_rows = making->by_row->n_rows;
    bool all = n_met == UINT32_MAX;
    for (uint32_t i = 0; i < (all ? n_rows : n_met); i++) {
        uint32_t b = all ? i : scratch->met[i];
        if (scratch->sums[(size_t)b * N_SUMS] == 0)
            continue;
        n = score_one(making, a, b, scratch, n, kind);
        ((four *)(void *)scratch->sums)[b] = (four){0};
        if (scratch->more)
            scratch->more[b] = (struct more_sums){0};
    }
    return n;
}

/* The switch stands around the loop, not in it. */
RA_BODY uint32_t score_by_kind(const struct making *making, uint32_t a,
                               const struct scratch *scratch, uint32_t n_met)
{
    switch ((enum ra_rate_similarity)making->params->similarity) {
    case RA_RATE_PEARSON:
        return score_all(making, a, scratch, n_met, RA_RATE_PEARSON);
    case RA_RATE_MSD:
        return score_all(making, a, scratch, n_met, RA_RATE_MSD);
    case RA_RATE_JACCARD:
        return score_all(making, a, scratch, n_met, RA_RATE_JACCARD);
    case RA_RATE_COSINE:
    case RA_RATE_ADJUSTED_COSINE:
    case RA_RATE_PEARSON_BASELINE:
        break;
    }
    return score_all(making, a, scratch, n_met, RA_RATE_COSINE);
}

/* Pairs that row a makes with others at most. */
static uint64_t count_pairs(const struct making *making, uint32_t a)
{
    uint64_t pairs = 0;
    for (uint64_t at = making->by_row->start[a]; at < making->by_row->start[a + 1]; at++)
        pairs += ra_csr_row_n(making->by_col, making->by_row->col[at]);
    return pairs;
}

RA_BODY uint32_t find_row(const struct making *making, uint32_t a, const struct scratch *scratch)
{
    const struct ra_csr *by_row = making->by_row;
    /* Looking through all rows is cheaper than a list of those met, once they may be many. */
    bool listed = count_pairs(making, a) < by_row->n_rows / 4;
    uint32_t n_met = 0;
    for (uint64_t at = by_row->start[a]; at < by_row->start[a + 1]; at++) {
        if (listed)
            n_met = list_column(making, by_row->col[at], scratch, n_met);
        add_column(making, by_row->col[at], by_row->value[at], scratch);
    }
    if (listed)
        qsort(scratch->met, n_met, sizeof *scratch->met, by_number);
    return score_by_kind(making, a, scratch, listed ? n_met : UINT32_MAX);
}

RA_WIDE static uint32_t find_row_wide(const struct making *making, uint32_t a,
                                      const struct scratch *scratch)
{
    return find_row(making, a, scratch);
}

static uint32_t find_row_plain(const struct making *making, uint32_t a,
                               const struct scratch *scratch)
{
    return find_row(making, a, scratch);
}

static void make_row(const struct making *making, uint32_t a)
{
    const struct scratch *scratch = &making->scratch[omp_get_thread_num()];
    uint32_t n = (ra_lanes_are_wide() ? find_row_wide : find_row_plain)(making, a, scratch);
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
    scratch->sums = aligned_alloc(sizeof(four), n * sizeof(four));
    if (scratch->sums)
        memset(scratch->sums, 0, n * sizeof(four));
    scratch->more = pearson ? calloc(n, sizeof *scratch->more) : NULL;
    scratch->met = calloc(n, sizeof *scratch->met);
    scratch->score = calloc(n, sizeof *scratch->score);
    scratch->selected = calloc(n, sizeof *scratch->selected);
    return scratch->sums && scratch->met && scratch->score && scratch->selected &&
           (scratch->more || !pearson);
}

static float *make_powers(const struct ra_csr *by_col)
{
    uint64_t nnz = ra_csr_nnz(by_col);
    four *powers = aligned_alloc(sizeof(four), (nnz + 1) * sizeof(four));
    for (uint64_t at = 0; powers && at < nnz; at++) {
        float x_b = by_col->value[at];
        powers[at] = (four){1, x_b, x_b * x_b, 1};
    }
    return (float *)powers;
}

static bool allocate(struct making *making, float *powers, unsigned threads)
{
    size_t n = (size_t)making->by_row->n_rows + 1;
    making->scratch = calloc(threads, sizeof *making->scratch);
    making->bound = calloc(n, sizeof *making->bound);
    making->found = calloc(n, sizeof *making->found);
    *making->out = (struct similar){.n_rows = making->by_row->n_rows};
    making->out->start = calloc(n, sizeof(uint64_t));
    making->powers = powers;
    bool ok = powers && making->scratch && making->bound && making->found && making->out->start;
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
    float *powers = make_powers(by_col);
    bool ok = allocate(&making, powers, threads);
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
    free(powers);
    return ok;
}

void similar_finish(struct similar *similar)
{
    free(similar->start);
    free(similar->row);
    free(similar->score);
    *similar = (struct similar){0};
}
