/* What the parts of a blend say of the books that any of them would recommend. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blend.h"
#include "readalike/topk.h"

uint64_t blend_candidates_bytes(uint64_t n_items, unsigned n_parts, uint32_t first)
{
    uint64_t rows = (uint64_t)n_parts * first;
    uint64_t width = n_parts * BLEND_OF_PART + BLEND_OF_PAIR;
    return n_items * (n_parts * BLEND_TOGETHER * sizeof(float) + sizeof(uint32_t)) +
           rows * (width * sizeof(float) + sizeof(uint32_t)) +
           ra_select_room(first) * sizeof(uint64_t) + first * sizeof(struct ra_scored);
}

bool blend_candidates_begin(struct blend_candidates *candidates, const struct blend_parts *parts,
                            uint32_t n_items, uint32_t first, struct ra_err *err)
{
    size_t rows = (size_t)parts->n * first + 1;
    *candidates = (struct blend_candidates){
        .parts = parts,
        .n_items = n_items,
        .first = first,
        .scores = calloc((size_t)n_items + 1, parts->n * BLEND_TOGETHER * sizeof(float)),
        .place = calloc((size_t)n_items + 1, sizeof(uint32_t)),
        .keys = calloc(ra_select_room(first), sizeof(uint64_t)),
        .best = calloc(first, sizeof(struct ra_scored)),
        .item = calloc(rows, sizeof(uint32_t)),
        .cell = calloc(rows, blend_width(parts) * sizeof(float)),
    };
    bool ok = candidates->scores && candidates->place && candidates->keys && candidates->best &&
              candidates->item && candidates->cell;
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the candidates of a blend");
}

void blend_candidates_finish(struct blend_candidates *candidates)
{
    free(candidates->scores);
    free(candidates->place);
    free(candidates->keys);
    free(candidates->best);
    free(candidates->item);
    free(candidates->cell);
    *candidates = (struct blend_candidates){0};
}

static float *scores_at(const struct blend_candidates *candidates, unsigned part, uint32_t i)
{
    return candidates->scores + ((size_t)part * BLEND_TOGETHER + i) * candidates->n_items;
}

void blend_candidates_score(struct blend_candidates *candidates, const struct ra_csr *seen,
                            const uint32_t *readers, uint32_t n)
{
    const struct blend_parts *parts = candidates->parts;
    for (unsigned part = 0; part < parts->n; part++)
        ra_ranker_score(&parts->ranker[part], seen, readers, n, scores_at(candidates, part, 0));
}

/* The row of `item`, added when it is new. */
static float *row_of(struct blend_candidates *candidates, uint32_t item)
{
    unsigned width = blend_width(candidates->parts);
    if (candidates->place[item] == 0) {
        candidates->item[candidates->n] = item;
        candidates->place[item] = ++candidates->n;
        float *cell = candidates->cell + (size_t)(candidates->n - 1) * width;
        for (unsigned i = 0; i < width; i++)
            cell[i] = NAN;
    }
    return candidates->cell + (size_t)(candidates->place[item] - 1) * width;
}

/* The first of one part become candidates, with their places; returns the highest score. */
static float take_part(struct blend_candidates *candidates, unsigned part, const float *scores)
{
    struct ra_select select;
    ra_select_init(&select, candidates->keys, candidates->first);
    ra_select_push_all(&select, scores, candidates->n_items);
    size_t n = ra_select_take(&select, candidates->best);
    for (size_t i = 0; i < n; i++) {
        float *row = row_of(candidates, candidates->best[i].ix);
        row[part * BLEND_OF_PART + BLEND_RANK] = (float)(i + 1);
    }
    return n ? candidates->best[0].score : NAN;
}

static void fill_scores(struct blend_candidates *candidates, unsigned part, const float *scores,
                        float highest)
{
    unsigned width = blend_width(candidates->parts);
    for (uint32_t c = 0; c < candidates->n; c++) {
        float score = scores[candidates->item[c]];
        float *cell = candidates->cell + (size_t)c * width + part * BLEND_OF_PART;
        if (!isfinite(score))
            continue;
        cell[BLEND_SCORE] = score;
        cell[BLEND_SHARE] = highest > 0 ? score / highest : NAN;
    }
}

static void fill_pair(struct blend_candidates *candidates, const struct ra_csr *seen,
                      uint32_t reader)
{
    unsigned width = blend_width(candidates->parts);
    size_t n_read = ra_csr_row_n(seen, reader);
    double popularity = 0;
    for (uint64_t i = seen->start[reader]; i < seen->start[reader + 1]; i++)
        popularity += log1p((double)candidates->readers[seen->col[i]]);
    float mean = n_read ? (float)(popularity / (double)n_read) : NAN;
    for (uint32_t c = 0; c < candidates->n; c++) {
        float *cell = candidates->cell + (size_t)(c + 1) * width - BLEND_OF_PAIR;
        cell[BLEND_N_READ] = (float)n_read;
        cell[BLEND_READ_POPULARITY] = mean;
        cell[BLEND_READERS] = candidates->readers[candidates->item[c]];
        cell[BLEND_RATING] = candidates->rating ? candidates->rating[candidates->item[c]] : NAN;
    }
}

void blend_candidates_list(struct blend_candidates *candidates, const struct ra_csr *seen,
                           const uint32_t *readers, uint32_t i)
{
    float highest[BLEND_PARTS_MAX];
    const struct blend_parts *parts = candidates->parts;
    candidates->n = 0;
    for (unsigned part = 0; part < parts->n; part++) {
        float *scores = scores_at(candidates, part, i);
        for (uint64_t at = seen->start[readers[i]]; at < seen->start[readers[i] + 1]; at++)
            scores[seen->col[at]] = -INFINITY;
        highest[part] = take_part(candidates, part, scores);
    }
    for (unsigned part = 0; part < parts->n; part++)
        fill_scores(candidates, part, scores_at(candidates, part, i), highest[part]);
    fill_pair(candidates, seen, readers[i]);
    for (uint32_t c = 0; c < candidates->n; c++)
        candidates->place[candidates->item[c]] = 0;
}
