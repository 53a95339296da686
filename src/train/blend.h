#ifndef READALIKE_TRAIN_BLEND_H
#define READALIKE_TRAIN_BLEND_H

#include "readalike/train.h"

/* What the files of the blend share. */

#define BLEND_PARTS_MAX 8
#define BLEND_TOGETHER 1u /* readers scored at once by a part */

/* The models that are blended, trained on the same data. */
struct blend_parts {
    unsigned n;
    const struct ra_algorithm *algorithm[BLEND_PARTS_MAX];
    struct ra_ranker ranker[BLEND_PARTS_MAX];
};
/* The names in `list`, "ease,rp3beta"; NULL is the default. */
bool blend_parts_find(struct blend_parts *parts, const char *list,
                      struct ra_err *err) RA_MUST_CHECK;
bool blend_parts_train(struct blend_parts *parts, const struct ra_train_data *data,
                       const struct ra_train_params *params, struct ra_err *err) RA_MUST_CHECK;
void blend_parts_finish(struct blend_parts *parts);

/* Columns of a candidate: three of each part, then those of the reader and the item. */
enum { BLEND_SCORE, BLEND_RANK, BLEND_SHARE, BLEND_OF_PART };
enum { BLEND_N_READ, BLEND_READ_POPULARITY, BLEND_READERS, BLEND_RATING, BLEND_OF_PAIR };
static inline unsigned blend_width(const struct blend_parts *parts)
{
    return parts->n * BLEND_OF_PART + BLEND_OF_PAIR;
}

/* The books that any part has among its first `first`, for one reader after the other. */
struct blend_candidates {
    const struct blend_parts *parts;
    const float *readers; /* (n_items) who read it */
    const float *rating;  /* (n_items) means, NaN: nobody rated; NULL: unknown */
    uint32_t n_items, first;
    float *scores;          /* (parts, BLEND_TOGETHER, n_items) */
    uint32_t *place;        /* (n_items) 1 + row of a candidate, zero between readers */
    uint64_t *keys;         /* (ra_select_room(first)) */
    struct ra_scored *best; /* (first) */
    uint32_t *item;         /* (parts * first) */
    float *cell;            /* (parts * first, width) NaN: unknown */
    uint32_t n;
};
bool blend_candidates_begin(struct blend_candidates *candidates, const struct blend_parts *parts,
                            uint32_t n_items, uint32_t first, struct ra_err *err) RA_MUST_CHECK;
void blend_candidates_finish(struct blend_candidates *candidates);
uint64_t blend_candidates_bytes(uint64_t n_items, unsigned n_parts, uint32_t first);
/* Scores up to BLEND_TOGETHER readers by all parts; `list` then takes the i-th of them. */
void blend_candidates_score(struct blend_candidates *candidates, const struct ra_csr *seen,
                            const uint32_t *readers, uint32_t n);
void blend_candidates_list(struct blend_candidates *candidates, const struct ra_csr *seen,
                           const uint32_t *readers, uint32_t i);

/* Candidates of several readers, and which of them were read. */
struct blend_table {
    unsigned width;
    size_t n_rows, n_groups;
    float *cell;        /* (n_rows, width) */
    float *label;       /* (n_rows) 1: read */
    unsigned *group;    /* (n_groups) rows of a reader */
    unsigned *relevant; /* (n_groups) what was read, candidate or not */
};
void blend_table_finish(struct blend_table *table);

/* The weight of each part that makes the NDCG@20 of the table's readers largest. */
bool blend_linear_fit(const struct blend_table *table, unsigned n_parts, unsigned threads,
                      double *weight, struct ra_err *err) RA_MUST_CHECK;
/* Trees that rank the candidates of a reader. */
struct blend_boost;
struct blend_boost *blend_boost_fit(const struct blend_table *table,
                                    const struct ra_train_params *params,
                                    struct ra_err *err) RA_MUST_CHECK;
void blend_boost_destroy(struct blend_boost *boost); /* NULL is fine */
/* False when the library fails. Any thread. */
bool blend_boost_predict(const struct blend_boost *boost, const float *cell, size_t n,
                         unsigned width, float *out) RA_MUST_CHECK;

void blend_destroy(struct ra_blend *blend); /* NULL is fine */
/* Scores as ra_ranker_score. */
void blend_score(const struct ra_blend *blend, const struct ra_csr *seen, const uint32_t *readers,
                 uint32_t n, float *scores);

#endif
