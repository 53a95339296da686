/* Ranking among some items that a reader has not seen, drawn by chance. */
#include "sampled.h"

#include "readalike/random.h"

/* Streams of the seed that nothing else draws from. */
#define STREAMS 0x73616d706c650000u

static bool take(uint32_t *stamp, uint32_t item, uint32_t mark)
{
    bool is_free = stamp[item] != mark;
    stamp[item] = mark;
    return is_free;
}

/* Marks what the reader has seen, pushes what is relevant; returns how many are left. */
static uint32_t push_relevant(const struct sampled *sampled, struct ra_select *best,
                              uint32_t reader, const float *scores, uint32_t *stamp)
{
    const struct ra_csr *seen = sampled->seen, *test = sampled->test;
    uint32_t left = seen->n_cols - (uint32_t)ra_csr_row_n(seen, reader);
    for (uint64_t at = seen->start[reader]; at < seen->start[reader + 1]; at++)
        stamp[seen->col[at]] = reader + 1;
    for (uint64_t at = test->start[reader]; at < test->start[reader + 1]; at++) {
        uint32_t item = test->col[at];
        if (!take(stamp, item, reader + 1))
            continue;
        ra_select_push(best, item, scores[item]);
        left--;
    }
    return left;
}

void sampled_push(const struct sampled *sampled, struct ra_select *best, uint32_t reader,
                  const float *scores, unsigned thread)
{
    uint32_t n_items = sampled->seen->n_cols;
    uint32_t *stamp = sampled->stamp + (size_t)thread * n_items;
    uint32_t left = push_relevant(sampled, best, reader, scores, stamp);
    struct ra_random random = ra_random_stream(sampled->seed, STREAMS + reader);
    if (left <= sampled->most) {
        for (uint32_t item = 0; item < n_items; item++) {
            if (take(stamp, item, reader + 1))
                ra_select_push(best, item, scores[item]);
        }
        return;
    }
    for (uint32_t n = 0; n < sampled->most;) {
        uint32_t item = ra_random_below(&random, n_items);
        if (!take(stamp, item, reader + 1))
            continue;
        ra_select_push(best, item, scores[item]);
        n++;
    }
}
