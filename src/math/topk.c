/* The best k of many, in a heap of k. */
#include "readalike/topk.h"

#include <stdlib.h>

/* Lets the item at `at` sink until nothing below it is worse. */
static void sink(struct ra_scored *heap, size_t n, size_t at)
{
    struct ra_scored item = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && ra_scored_before(heap[child], heap[child + 1]))
            child++;
        if (!ra_scored_before(item, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = item;
}

void ra_topk_insert(struct ra_topk *topk, struct ra_scored item)
{
    struct ra_scored *heap = topk->kept;
    if (topk->n == topk->max) {
        heap[0] = item;
        sink(heap, topk->n, 0);
        return;
    }
    size_t at = topk->n++;
    for (; at && ra_scored_before(heap[(at - 1) / 2], item); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = item;
}

size_t ra_topk_sort(struct ra_topk *topk)
{
    /* The second half of heap sort: the worst goes to the end, again and again. */
    for (size_t n = topk->n; n > 1; n--) {
        struct ra_scored worst = topk->kept[0];
        topk->kept[0] = topk->kept[n - 1];
        topk->kept[n - 1] = worst;
        sink(topk->kept, n - 1, 0);
    }
    return topk->n;
}
