/* The weights of a blend's parts, by coordinate ascent on the NDCG of withheld readings. */
#include <math.h>
#include <stdlib.h>

#include "blend.h"

#define PLACES 20u
#define ROUNDS 4u

static float fused(const float *cell, unsigned n_parts, const double *weight)
{
    double sum = 0;
    for (unsigned part = 0; part < n_parts; part++) {
        float score = cell[part * BLEND_OF_PART + BLEND_SCORE];
        sum += isfinite(score) ? weight[part] * (double)score : 0;
    }
    return (float)sum;
}

/* Of one reader: the gain of what was read, by how many candidates stand before it. */
static double gain_of(const struct blend_table *table, size_t first, unsigned n, unsigned n_parts,
                      const double *weight)
{
    double gain = 0;
    for (size_t row = first; row < first + n; row++) {
        if (table->label[row] == 0)
            continue;
        float score = fused(table->cell + row * table->width, n_parts, weight);
        unsigned before = 0;
        /* Of equal ones the others stand before it: weights that tell nothing apart gain nothing.
         */
        for (size_t other = first; other < first + n; other++)
            before +=
                other != row && fused(table->cell + other * table->width, n_parts, weight) >= score;
        gain += before < PLACES ? 1 / log2((double)before + 2) : 0;
    }
    return gain;
}

static double ideal_of(unsigned relevant)
{
    double ideal = 0;
    for (unsigned i = 0; i < relevant && i < PLACES; i++)
        ideal += 1 / log2((double)i + 2);
    return ideal;
}

/* What the search goes through again and again. */
struct search {
    const struct blend_table *table;
    unsigned n_parts, threads;
    size_t *start; /* (n_groups) first row */
    double *value; /* (n_groups) of the weights at hand */
};

static double ndcg_of(const struct search *search, const double *weight)
{
    const struct blend_table *table = search->table;
#pragma omp parallel for num_threads((int)search->threads) schedule(dynamic, 64)
    for (size_t group = 0; group < table->n_groups; group++) {
        double ideal = ideal_of(table->relevant[group]);
        search->value[group] = ideal > 0 ? gain_of(table, search->start[group], table->group[group],
                                                   search->n_parts, weight) /
                                               ideal
                                         : 0;
    }
    double sum = 0;
    for (size_t group = 0; group < table->n_groups; group++)
        sum += search->value[group];
    return sum;
}

/* Tries other weights of one part. */
static void improve(const struct search *search, unsigned part, double step, double *weight,
                    double *best)
{
    const double before = weight[part];
    const double tried[] = {0, before / step, before * step, before > 0 ? before : 0.1};
    double kept = before;
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        weight[part] = tried[i];
        double ndcg = tried[i] == before ? 0 : ndcg_of(search, weight);
        if (ndcg > *best) {
            *best = ndcg;
            kept = tried[i];
        }
    }
    weight[part] = kept;
}

/* From the best part alone, and the others a tenth of it. */
static void begin_at_best(const struct search *search, double *weight)
{
    double best = -1;
    unsigned chosen = 0;
    for (unsigned part = 0; part < search->n_parts; part++) {
        double alone[BLEND_PARTS_MAX] = {0};
        alone[part] = 1;
        double ndcg = ndcg_of(search, alone);
        if (ndcg > best) {
            best = ndcg;
            chosen = part;
        }
    }
    for (unsigned part = 0; part < search->n_parts; part++)
        weight[part] = part == chosen ? 1 : 0.1;
}

bool blend_linear_fit(const struct blend_table *table, unsigned n_parts, unsigned threads,
                      double *weight, struct ra_err *err)
{
    struct search search = {
        .table = table,
        .n_parts = n_parts,
        .threads = threads,
        .start = calloc(table->n_groups + 1, sizeof(size_t)),
        .value = calloc(table->n_groups + 1, sizeof(double)),
    };
    bool ok = (search.start && search.value) ||
              ra_fail(err, RA_ERR_NOMEM, "out of memory for the weights of a blend");
    if (ok) {
        for (size_t group = 0; group < table->n_groups; group++)
            search.start[group + 1] = search.start[group] + table->group[group];
        begin_at_best(&search, weight);
        double best = ndcg_of(&search, weight), step = 3;
        for (unsigned round = 0; round < ROUNDS; round++, step = sqrt(step)) {
            for (unsigned part = 0; part < n_parts; part++)
                improve(&search, part, step, weight, &best);
        }
    }
    free(search.start);
    free(search.value);
    return ok;
}
