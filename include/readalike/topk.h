#ifndef READALIKE_TOPK_H
#define READALIKE_TOPK_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "readalike/err.h"

struct ra_scored {
    float score;
    uint32_t ix;
};

/* Higher score first; of equal ones, the lower index: so results are reproducible. */
static inline bool ra_scored_before(struct ra_scored a, struct ra_scored b)
{
    return a.score > b.score || (a.score == b.score && a.ix < b.ix);
}

/*
 * The best `max` of what is pushed, in the caller's memory. It may hold fewer: there is no filler.
 * NaN and -INFINITY (filtered) are never kept. One thread at a time.
 */
struct ra_topk {
    struct ra_scored *kept; /* (max) a heap, the worst in front */
    size_t n, max;
};

static inline void ra_topk_init(struct ra_topk *topk, struct ra_scored *memory, size_t max)
{
    *topk = (struct ra_topk){.kept = memory, .max = max};
}

/* The slow half of ra_topk_push. */
void ra_topk_insert(struct ra_topk *topk, struct ra_scored item);

static inline void ra_topk_push(struct ra_topk *topk, uint32_t ix, float score)
{
    struct ra_scored item = {score, ix};
    if (!(score > -INFINITY) ||
        (topk->n == topk->max && (topk->max == 0 || !ra_scored_before(item, topk->kept[0]))))
        return;
    ra_topk_insert(topk, item);
}

/* Puts `kept` in order, best first, and returns how many there are. */
size_t ra_topk_sort(struct ra_topk *topk);

/*
 * The same choice out of very many: a buffer of somewhat more than `max`, thinned out when it is
 * full, so that most of what is pushed costs one comparison, and a run of scores a few
 * comparisons of whole vectors. Scores and indices travel as keys that sort like
 * ra_scored_before(). One thread at a time.
 */
struct ra_select {
    uint64_t *keys; /* (ra_select_room(max)) */
    size_t n, max;
    uint64_t bar; /* what is not above it is not among the best */
    float floor;  /* the score of `bar` */
};

static inline size_t ra_select_room(size_t max)
{
    return 2 * max + 32;
}

/* Zero is one number, whatever its sign; the lower index makes the higher key. */
static inline uint64_t ra_select_key(float score, uint32_t ix)
{
    uint32_t bits;
    memcpy(&bits, &score, sizeof bits);
    bits = bits == 0x80000000u ? 0 : bits;
    bits ^= bits >> 31 ? 0xffffffffu : 0x80000000u;
    return (uint64_t)bits << 32 | (0xffffffffu - ix);
}

static inline struct ra_scored ra_select_scored(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    bits ^= bits >> 31 ? 0x80000000u : 0xffffffffu;
    struct ra_scored scored = {.ix = 0xffffffffu - (uint32_t)key};
    memcpy(&scored.score, &bits, sizeof bits);
    return scored;
}

/* `memory` has room for ra_select_room(max). */
static inline void ra_select_init(struct ra_select *select, uint64_t *memory, size_t max)
{
    /* Whatever is above the key of -INFINITY is a score; a NaN is stopped at the floor. */
    *select = (struct ra_select){
        .keys = memory,
        .max = max,
        .bar = max ? ra_select_key(-INFINITY, 0) : UINT64_MAX,
        .floor = max ? -FLT_MAX : INFINITY,
    };
}

/* Before anything is pushed: nothing of 0 or less is to be kept. */
static inline void ra_select_above_zero(struct ra_select *select)
{
    if (select->max) {
        select->bar = ra_select_key(0, 0);
        select->floor = FLT_TRUE_MIN;
    }
}

/* Keeps the best `max` of what is there, and raises the bar. */
void ra_select_thin(struct ra_select *select);

static inline void ra_select_push(struct ra_select *select, uint32_t ix, float score)
{
    if (!(score >= select->floor))
        return;
    uint64_t key = ra_select_key(score, ix);
    if (key <= select->bar)
        return;
    select->keys[select->n++] = key;
    if (select->n == ra_select_room(select->max))
        ra_select_thin(select);
}

/* Pushes `scores` (n), the first of index 0. */
void ra_select_push_all(struct ra_select *select, const float *scores, uint32_t n);

/* Writes the best, best first, to `out` (max) and returns how many there are. */
size_t ra_select_take(struct ra_select *select, struct ra_scored *out);

#endif
