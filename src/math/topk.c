/* The best k of many: in a heap of k, or in a buffer that is thinned out now and then. */
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

static inline void swap_keys(uint64_t *a, uint64_t *b)
{
    uint64_t key = *a;
    *a = *b;
    *b = key;
}

static inline uint64_t middle_of(uint64_t a, uint64_t b, uint64_t c)
{
    if (a > b)
        return b > c ? b : (a > c ? c : a);
    return a > c ? a : (b > c ? c : b);
}

static void insertion_sort(uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i];
        size_t at = i;
        for (; at && keys[at - 1] < key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* Higher keys in front of lower ones; returns where the second part begins, neither being empty
 * (Hoare's partition; n is 3 or more). */
static size_t part(uint64_t *keys, size_t n)
{
    uint64_t pivot = middle_of(keys[0], keys[n / 2], keys[n - 2]);
    size_t i = 0, j = n - 1;
    for (;;) {
        while (keys[i] > pivot)
            i++;
        while (keys[j] < pivot)
            j--;
        if (i >= j)
            return j + 1;
        swap_keys(&keys[i++], &keys[j--]);
    }
}

#define FEW 24u

/* The best `max` to the front, in any order, by quickselect (Hoare 1961). */
static void split_off(uint64_t *keys, size_t n, size_t max)
{
    while (n > FEW) {
        size_t front = part(keys, n);
        if (max < front) {
            n = front;
        } else {
            keys += front;
            n -= front;
            max -= front;
        }
    }
    insertion_sort(keys, n);
}

void ra_select_thin(struct ra_select *select)
{
    if (select->n <= select->max)
        return;
    split_off(select->keys, select->n, select->max);
    select->n = select->max;
    uint64_t worst = UINT64_MAX;
    for (size_t i = 0; i < select->n; i++)
        worst = select->keys[i] < worst ? select->keys[i] : worst;
    select->bar = worst;
    select->floor = ra_select_scored(worst).score;
}

#define LANES 32u
#define FEW_LANES 8u

/* Whether one of `n` scores, a constant, is at the floor or above it. */
static inline bool reaches(const float *scores, uint32_t n, float floor)
{
    int reach = 0;
#pragma omp simd reduction(| : reach)
    for (uint32_t i = 0; i < n; i++)
        reach |= scores[i] >= floor;
    return reach;
}

void ra_select_push_all(struct ra_select *select, const float *scores, uint32_t n)
{
    uint32_t ix = 0;
    while (ix < n) {
        if (n - ix >= LANES && !reaches(scores + ix, LANES, select->floor)) {
            ix += LANES;
            continue;
        }
        uint32_t end = n - ix >= LANES ? ix + LANES : n;
        while (ix < end) {
            uint32_t few = end - ix >= FEW_LANES ? FEW_LANES : end - ix;
            if (few < FEW_LANES || reaches(scores + ix, FEW_LANES, select->floor)) {
                for (uint32_t i = 0; i < few; i++)
                    ra_select_push(select, ix + i, scores[ix + i]);
            }
            ix += few;
        }
    }
}

/* Quicksort; the deeper call gets the smaller part, so that its depth is a logarithm. */
static void sort_keys(uint64_t *keys, size_t n)
{
    while (n > FEW) {
        size_t front = part(keys, n), rest = n - front;
        if (front < rest) {
            sort_keys(keys, front);
            keys += front;
            n = rest;
        } else {
            sort_keys(keys + front, rest);
            n = front;
        }
    }
    insertion_sort(keys, n);
}

size_t ra_select_take(struct ra_select *select, struct ra_scored *out)
{
    ra_select_thin(select);
    sort_keys(select->keys, select->n);
    for (size_t i = 0; i < select->n; i++)
        out[i] = ra_select_scored(select->keys[i]);
    return select->n;
}
