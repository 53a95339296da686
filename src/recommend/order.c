/* The best k works, each shown as one edition; ties to the book that is read more. */
#include "inside.h"

void join_editions(const struct ra_engine *engine, struct ra_scratch *scratch)
{
    struct candidate *all = scratch->candidate;
    size_t n_works = 0;
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        struct candidate edition = all[i];
        uint32_t work = engine->work[edition.item_ix];
        if (scratch->placed[work] != scratch->round) {
            scratch->placed[work] = scratch->round;
            scratch->place[work] = (uint32_t)n_works;
            all[n_works++] = edition;
            continue;
        }
        struct candidate *joined = &all[scratch->place[work]];
        struct candidate shown = {joined->item_ix, scratch->score[joined->item_ix]};
        joined->score += edition.score;
        if (is_better(edition, shown))
            joined->item_ix = edition.item_ix;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n_works; i++) {
        if (all[i].score > SCORE_NOISE)
            all[kept++] = all[i];
    }
    scratch->n_candidates = kept;
}

/* A heap with the worst on top: `heap[at]` sinks to where it belongs. */
static void sink(struct candidate *heap, size_t n, size_t at)
{
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++) {
            if (is_better(heap[worst], heap[child]))
                worst = child;
        }
        if (worst == at)
            return;
        struct candidate swap = heap[at];
        heap[at] = heap[worst];
        heap[worst] = swap;
        at = worst;
    }
}

/* Moves the best `k` of `n` to the front of `all`, best first. */
static void select_best(struct candidate *all, size_t n, size_t k)
{
    for (size_t i = k / 2; i-- > 0;)
        sink(all, k, i);
    for (size_t i = k; i < n; i++) {
        if (is_better(all[i], all[0])) {
            all[0] = all[i];
            sink(all, k, 0);
        }
    }
    for (size_t left = k; left > 1; left--) {
        struct candidate worst = all[0];
        all[0] = all[left - 1];
        all[left - 1] = worst;
        sink(all, left - 1, 0);
    }
}

bool keep_best(struct ra_scratch *scratch, size_t n)
{
    bool more = scratch->n_candidates > n;
    n = more ? n : scratch->n_candidates;
    select_best(scratch->candidate, scratch->n_candidates, n);
    scratch->n_candidates = n;
    return more;
}
