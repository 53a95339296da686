/* Several models as one: trained on a part of the data to learn how to blend, then on all of it. */
#include "blend.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "rankers.h"
#include "readalike/random.h"
#include "readalike/threads.h"
#include "rows.h"

enum fusion { LINEAR, RRF, XGBOOST };

struct ra_blend {
    enum fusion fusion;
    struct blend_parts parts;
    struct blend_boost *boost;
    float *readers, *rating;             /* (n_items) */
    struct blend_candidates *candidates; /* (n_threads) */
    unsigned n_threads;
};

#define DEFAULT_PARTS "slim,rp3beta,item-knn"
#define WITHHELD 0.2
#define LEAST_READ 4u /* of a reader some of whose books are withheld */
#define RRF_K 60      /* Cormack, Clarke and Buettcher 2009 */

bool blend_parts_find(struct blend_parts *parts, const char *list, struct ra_err *err)
{
    *parts = (struct blend_parts){0};
    for (const char *at = list && *list ? list : DEFAULT_PARTS; *at;) {
        char name[32];
        size_t n = strcspn(at, ",");
        if (parts->n == BLEND_PARTS_MAX || n >= sizeof name)
            return ra_fail(err, RA_ERR_INVALID, "blend.parts has more than %d names, or a long one",
                           BLEND_PARTS_MAX);
        memcpy(name, at, n);
        name[n] = '\0';
        if (strcmp(name, "blend") == 0)
            return ra_fail(err, RA_ERR_INVALID, "blend.parts: a blend cannot be a part of itself");
        const struct ra_algorithm *algorithm = ra_algorithm_find(name, err);
        if (!algorithm)
            return ra_err_wrap(err, "blend.parts");
        parts->algorithm[parts->n++] = algorithm;
        at += n + (at[n] == ',');
    }
    return true;
}

bool blend_parts_train(struct blend_parts *parts, const struct ra_train_data *data,
                       const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_train_params alone = *params;
    alone.progress = NULL;
    for (unsigned i = 0; i < parts->n; i++) {
        if (!ra_train(parts->algorithm[i], &parts->ranker[i], data, &alone, err))
            return ra_err_wrap(err, "%s", parts->algorithm[i]->name);
    }
    return true;
}

void blend_parts_finish(struct blend_parts *parts)
{
    for (unsigned i = 0; i < parts->n; i++)
        ra_ranker_finish(&parts->ranker[i]);
}

void blend_table_finish(struct blend_table *table)
{
    free(table->cell);
    free(table->label);
    free(table->group);
    free(table->relevant);
    *table = (struct blend_table){0};
}

void blend_destroy(struct ra_blend *blend)
{
    if (!blend)
        return;
    for (unsigned i = 0; blend->candidates && i < blend->n_threads; i++)
        blend_candidates_finish(&blend->candidates[i]);
    free(blend->candidates);
    blend_parts_finish(&blend->parts);
    blend_boost_destroy(blend->boost);
    free(blend->readers);
    free(blend->rating);
    free(blend);
}

static uint64_t table_rows(const struct ra_csr *weights, const struct ra_train_params *params,
                           unsigned n_parts)
{
    uint64_t readers =
        params->blend.readers < weights->n_rows ? params->blend.readers : weights->n_rows;
    return readers * n_parts * params->blend.candidates;
}

uint64_t blend_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    struct blend_parts parts;
    struct ra_err err = {0};
    uint64_t nnz = ra_csr_nnz(weights), bytes = 0;
    if (!blend_parts_find(&parts, params->blend.parts, &err))
        return 0; /* training says what is wrong */
    for (unsigned i = 0; i < parts.n; i++) {
        if (__builtin_add_overflow(bytes, parts.algorithm[i]->bytes(data, params), &bytes))
            return UINT64_MAX;
    }
    /* XGBoost's own copy, binned, is smaller than the table. */
    uint64_t cells = table_rows(weights, params, parts.n) * 2 * (blend_width(&parts) + 1);
    return bytes + cells * sizeof(float) + 2 * ra_csr_bytes(weights->n_rows, nnz) + nnz +
           2 * (uint64_t)weights->n_cols * sizeof(float) +
           ra_threads(params->threads) *
               blend_candidates_bytes(weights->n_cols, parts.n, params->blend.candidates);
}

/* Which readings are withheld: a share of each reader who has enough. */
static void withhold(const struct ra_csr *weights, uint64_t seed, unsigned char *withheld)
{
    for (uint32_t u = 0; u < weights->n_rows; u++) {
        struct ra_random random = ra_random_stream(seed, u);
        size_t n = ra_csr_row_n(weights, u), left = n;
        size_t wanted = n < LEAST_READ ? 0 : (size_t)((double)n * WITHHELD + 0.5);
        wanted = n >= LEAST_READ && wanted == 0 ? 1 : wanted;
        for (uint64_t i = weights->start[u]; i < weights->start[u + 1]; i++, left--) {
            bool taken = ra_random_below(&random, (uint32_t)left) < wanted;
            withheld[i] = taken;
            wanted -= taken;
        }
    }
}

/* The readings of which `withheld` is `which`. */
static bool filter(struct ra_csr *out, const struct ra_csr *csr, const unsigned char *withheld,
                   bool which, struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(csr), n = 0;
    *out = (struct ra_csr){
        .n_rows = csr->n_rows,
        .n_cols = csr->n_cols,
        .start = calloc((size_t)csr->n_rows + 1, sizeof *out->start),
        .col = calloc(nnz + 1, sizeof *out->col),
        .value = calloc(nnz + 1, sizeof *out->value),
    };
    if (!out->start || !out->col || !out->value)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for a part of the readings");
    for (uint32_t row = 0; row < csr->n_rows; row++) {
        for (uint64_t i = csr->start[row]; i < csr->start[row + 1]; i++) {
            if (withheld[i] != which)
                continue;
            out->col[n] = csr->col[i];
            out->value[n++] = csr->value[i];
        }
        out->start[row + 1] = n;
    }
    return true;
}

/* Who read each item, and how they rated it. */
static bool describe_items(struct ra_blend *blend, const struct ra_train_data *data,
                           struct ra_err *err)
{
    size_t n = (size_t)data->weights->n_cols + 1;
    blend->readers = calloc(n, sizeof *blend->readers);
    blend->rating = calloc(n, sizeof *blend->rating);
    float *rated = calloc(n, sizeof *rated);
    bool ok = blend->readers && blend->rating && rated;
    for (uint64_t i = 0; ok && i < ra_csr_nnz(data->weights); i++) {
        uint32_t item = data->weights->col[i];
        float rating = data->ratings ? data->ratings->value[i] : NAN;
        blend->readers[item]++;
        rated[item] += isnan(rating) ? 0 : 1;
        blend->rating[item] += isnan(rating) ? 0 : rating;
    }
    for (size_t i = 0; ok && i + 1 < n; i++)
        blend->rating[i] = rated[i] > 0 ? blend->rating[i] / rated[i] : NAN;
    free(rated);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for a blend");
}

static bool make_room(struct ra_blend *blend, uint32_t n_items, unsigned first, struct ra_err *err)
{
    blend->candidates = calloc(blend->n_threads, sizeof *blend->candidates);
    bool ok = blend->candidates || ra_fail(err, RA_ERR_NOMEM, "out of memory for a blend");
    for (unsigned i = 0; ok && i < blend->n_threads; i++) {
        ok = blend_candidates_begin(&blend->candidates[i], &blend->parts, n_items, first, err);
        blend->candidates[i].readers = blend->readers;
        blend->candidates[i].rating = blend->rating;
    }
    return ok;
}

static void append(struct blend_table *table, const struct blend_candidates *candidates,
                   const struct ra_csr *withheld, uint32_t reader)
{
    memcpy(table->cell + table->n_rows * table->width, candidates->cell,
           (size_t)candidates->n * table->width * sizeof(float));
    for (uint32_t c = 0; c < candidates->n; c++) {
        uint64_t at;
        table->label[table->n_rows + c] = ra_csr_find(withheld, reader, candidates->item[c], &at);
    }
    table->n_rows += candidates->n;
    table->group[table->n_groups] = candidates->n;
    table->relevant[table->n_groups++] = (unsigned)ra_csr_row_n(withheld, reader);
}

/* The candidates of up to params->blend.readers readers, evenly chosen of those who have something
 * withheld. One thread: scoring is a small part of it all. */
static bool fill_table(struct ra_blend *blend, const struct ra_csr *seen,
                       const struct ra_csr *withheld, const struct ra_train_params *params,
                       struct blend_table *table, struct ra_err *err)
{
    struct blend_candidates *candidates = &blend->candidates[0];
    size_t readers = params->blend.readers < seen->n_rows ? params->blend.readers : seen->n_rows;
    size_t rows = table_rows(seen, params, blend->parts.n) + 1;
    table->width = blend_width(&blend->parts);
    table->cell = calloc(rows, table->width * sizeof *table->cell);
    table->label = calloc(rows, sizeof *table->label);
    table->group = calloc(readers + 1, sizeof *table->group);
    table->relevant = calloc(readers + 1, sizeof *table->relevant);
    if (!table->cell || !table->label || !table->group || !table->relevant)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the candidates of a blend");
    uint32_t able = 0;
    for (uint32_t u = 0; u < seen->n_rows; u++)
        able += ra_csr_row_n(withheld, u) > 0;
    uint64_t due = 0;
    for (uint32_t u = 0; u < seen->n_rows && table->n_groups < readers; u++) {
        if (ra_csr_row_n(withheld, u) == 0 || (due += readers) < able)
            continue;
        due -= able;
        blend_candidates_score(candidates, seen, &u, 1);
        blend_candidates_list(candidates, seen, &u, 0);
        if (candidates->n)
            append(table, candidates, withheld, u);
    }
    return true;
}

/* The mean of the best similarity of a row: rows of different models are of different scales, and
 * those of the same on other data too. */
static double scale_of(const struct ra_neighbours *rows)
{
    double sum = 0, n = 0;
    for (uint32_t i = 0; i < rows->n_items; i++) {
        if (rows->start[i] < rows->start[i + 1]) {
            sum += (double)rows->score[rows->start[i]];
            n++;
        }
    }
    return sum > 0 ? sum / n : 1;
}

struct merge {
    const struct blend_parts *parts;
    double weight[BLEND_PARTS_MAX];
    float *sum; /* (n_threads, n_items) zero between rows */
};

static void merge_row(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    const struct merge *merge = ctx;
    uint32_t n_items = merge->parts->ranker[0].n_items;
    float *sum = merge->sum + (size_t)thread * n_items;
    for (unsigned part = 0; part < merge->parts->n; part++) {
        const struct ra_neighbours *rows = &merge->parts->ranker[part].neighbours;
        float weight = (float)merge->weight[part];
        for (uint64_t at = rows->start[item]; at < rows->start[item + 1]; at++)
            sum[rows->item[at]] += weight * rows->score[at];
    }
    ra_select_push_all(best, sum, n_items);
    memset(sum, 0, n_items * sizeof *sum);
}

/* A sum of similarities is a similarity: the rows of all parts become one's. */
static bool merge_rows(const struct ra_blend *blend, const double *weight,
                       const struct ra_train_params *params, struct ra_neighbours *out,
                       struct ra_err *err)
{
    uint32_t n_items = blend->parts.ranker[0].n_items;
    size_t kept = rows_kept(n_items, params->neighbours);
    struct merge merge = {.parts = &blend->parts};
    uint64_t most = 0;
    for (unsigned part = 0; part < blend->parts.n; part++) {
        const struct ra_neighbours *rows = &blend->parts.ranker[part].neighbours;
        merge.weight[part] = weight[part] / scale_of(rows);
        most += rows->start[n_items];
    }
    merge.sum = calloc((size_t)blend->n_threads + 1, ((size_t)n_items + 1) * sizeof *merge.sum);
    const struct rows_job job = {
        .n_items = n_items,
        .kept = kept,
        .most = most,
        .threads = blend->n_threads,
        .progress = params->progress,
        .row = merge_row,
        .ctx = &merge,
    };
    bool ok = merge.sum ? rows_build(out, &job, err)
                        : ra_fail(err, RA_ERR_NOMEM, "out of memory for a blend");
    free(merge.sum);
    return ok;
}

/* What is learned where the parts know a share of the readings only; the parts go again. */
static bool fit(struct ra_blend *blend, const struct ra_csr *seen, const struct ra_csr *withheld,
                const struct ra_train_params *params, double *weight, struct ra_err *err)
{
    const struct ra_train_data data = {.weights = seen};
    struct blend_table table = {0};
    bool ok = blend_parts_train(&blend->parts, &data, params, err) &&
              fill_table(blend, seen, withheld, params, &table, err);
    if (ok && table.n_groups && blend->fusion == XGBOOST)
        ok = (blend->boost = blend_boost_fit(&table, params, err)) != NULL;
    if (ok && blend->fusion == LINEAR) {
        ok = blend_linear_fit(&table, blend->parts.n, blend->n_threads, weight, err);
        for (unsigned part = 0; ok && part < blend->parts.n; part++)
            weight[part] *= scale_of(&blend->parts.ranker[part].neighbours);
    }
    blend_table_finish(&table);
    blend_parts_finish(&blend->parts);
    return ok;
}

static bool learn(struct ra_blend *blend, const struct ra_csr *weights,
                  const struct ra_train_params *params, double *weight, struct ra_err *err)
{
    struct ra_csr seen = {0}, withheld = {0};
    unsigned char *marks = calloc(ra_csr_nnz(weights) + 1, 1);
    bool ok = marks || ra_fail(err, RA_ERR_NOMEM, "out of memory for a blend");
    if (ok) {
        withhold(weights, params->blend.seed, marks);
        ok = filter(&seen, weights, marks, false, err) &&
             filter(&withheld, weights, marks, true, err) &&
             fit(blend, &seen, &withheld, params, weight, err);
    }
    ra_csr_finish(&seen);
    ra_csr_finish(&withheld);
    free(marks);
    return ok;
}

static bool check(const struct ra_blend *blend, struct ra_err *err)
{
    for (unsigned part = 0; part < blend->parts.n && blend->fusion == LINEAR; part++) {
        if (blend->parts.algorithm[part]->kind != RA_RANKER_SIMILARITY)
            return ra_fail(err, RA_ERR_INVALID,
                           "blend.fusion=linear is a sum of similarities, which %s has none of; "
                           "rrf and xgboost take any part",
                           blend->parts.algorithm[part]->name);
    }
    return true;
}

static bool train(struct ra_blend *blend, struct ra_ranker *out, const struct ra_train_data *data,
                  const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_train_params all = *params;
    double weight[BLEND_PARTS_MAX] = {0};
    all.ease.dense = 0;
    if (!blend_parts_find(&blend->parts, params->blend.parts, err) || !check(blend, err) ||
        !describe_items(blend, data, err) ||
        !make_room(blend, data->weights->n_cols, params->blend.candidates, err))
        return false;
    bool ok = (blend->fusion == RRF || learn(blend, data->weights, &all, weight, err)) &&
              blend_parts_train(&blend->parts, data, &all, err);
    return ok &&
           (blend->fusion != LINEAR || merge_rows(blend, weight, params, &out->neighbours, err));
}

bool blend_train(struct ra_ranker *out, const struct ra_train_data *data,
                 const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_blend *blend = calloc(1, sizeof *blend);
    if (!blend)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for a blend");
    blend->fusion = (enum fusion)params->blend.fusion;
    blend->n_threads = ra_threads(params->threads);
    bool ok = train(blend, out, data, params, err);
    if (ok && blend->fusion != LINEAR) {
        out->blend = blend;
        return true;
    }
    blend_destroy(blend);
    return ok;
}

/* sum over the parts of 1 / (60 + place) */
static void fuse_ranks(const struct blend_candidates *candidates, float *out)
{
    unsigned width = blend_width(candidates->parts);
    for (uint32_t c = 0; c < candidates->n; c++) {
        float sum = 0;
        for (unsigned part = 0; part < candidates->parts->n; part++) {
            float rank = candidates->cell[(size_t)c * width + part * BLEND_OF_PART + BLEND_RANK];
            sum += isnan(rank) ? 0 : 1 / (RRF_K + rank);
        }
        out[c] = sum;
    }
}

/* What no part has among its first cannot be recommended. */
static void score_one(const struct ra_blend *blend, struct blend_candidates *candidates,
                      float *scores)
{
    /* The scores of the first part have done their work. */
    float *fused = candidates->scores;
    uint32_t n = candidates->n < candidates->n_items ? candidates->n : candidates->n_items;
    bool ok = blend->boost && blend_boost_predict(blend->boost, candidates->cell, n,
                                                  blend_width(&blend->parts), fused);
    if (!ok)
        fuse_ranks(candidates, fused);
    for (uint32_t item = 0; item < candidates->n_items; item++)
        scores[item] = -INFINITY;
    for (uint32_t c = 0; c < n; c++)
        scores[candidates->item[c]] = fused[c];
}

void blend_score(const struct ra_blend *blend, const struct ra_csr *seen, const uint32_t *readers,
                 uint32_t n, float *scores)
{
    struct blend_candidates *candidates = &blend->candidates[omp_get_thread_num()];
    for (uint32_t i = 0; i < n; i++) {
        blend_candidates_score(candidates, seen, readers + i, 1);
        blend_candidates_list(candidates, seen, readers + i, 0);
        score_one(blend, candidates, scores + (size_t)i * candidates->n_items);
    }
}
