#ifndef READALIKE_TOPK_H
#define READALIKE_TOPK_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
