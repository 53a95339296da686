/* Sorts the pairs of a bulk load, in memory while they fit, by merging runs on disk beyond. */
#include "sorter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ROWS 4096
#define WINDOW_ROWS 4096

/* A sorted run in the temporary file, and the window of it that is in memory. */
struct sorter_run {
    int64_t next, end; /* in rows, from the start of the file */
    struct link *window;
    size_t n, at;
};

void sorter_init(struct sorter *sorter, size_t run_rows)
{
    *sorter = (struct sorter){.run_rows = run_rows, .is_sorted = true};
}

void sorter_finish(struct sorter *sorter)
{
    for (size_t i = 0; i < sorter->n_runs; i++)
        free(sorter->runs[i].window);
    free(sorter->runs);
    free(sorter->rows);
    if (sorter->spill)
        fclose(sorter->spill);
    *sorter = (struct sorter){0};
}

static int compare_pairs(const struct link *a, const struct link *b)
{
    if (a->owner != b->owner)
        return a->owner < b->owner ? -1 : 1;
    return (a->book_id > b->book_id) - (a->book_id < b->book_id);
}

static int compare_rows(const void *left, const void *right)
{
    const struct link *a = left, *b = right;
    int order = compare_pairs(a, b);
    return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

/* Sorts what is in memory and keeps the last of each pair. */
static void settle(struct sorter *sorter)
{
    if (sorter->is_sorted)
        return;
    qsort(sorter->rows, sorter->n_rows, sizeof *sorter->rows, compare_rows);
    size_t kept = 0;
    for (size_t i = 0; i < sorter->n_rows; i++) {
        if (kept && compare_pairs(&sorter->rows[kept - 1], &sorter->rows[i]) == 0)
            kept--;
        sorter->rows[kept++] = sorter->rows[i];
    }
    sorter->n_rows = kept;
    sorter->is_sorted = true;
}

static bool spill(struct sorter *sorter, struct ra_err *err)
{
    settle(sorter);
    if (!sorter->spill && !(sorter->spill = tmpfile()))
        return ra_fail_errno(err, RA_ERR_IO, "cannot make a temporary file for the load");
    struct sorter_run *runs = realloc(sorter->runs, (sorter->n_runs + 1) * sizeof *runs);
    if (!runs)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    sorter->runs = runs;
    if (fwrite(sorter->rows, sizeof *sorter->rows, sorter->n_rows, sorter->spill) != sorter->n_rows)
        return ra_fail_errno(err, RA_ERR_IO, "cannot write the load's temporary file");
    int64_t end = sorter->spilled_rows + (int64_t)sorter->n_rows;
    runs[sorter->n_runs++] = (struct sorter_run){.next = sorter->spilled_rows, .end = end};
    sorter->spilled_rows = end;
    sorter->n_rows = 0;
    return true;
}

static bool make_room(struct sorter *sorter, struct ra_err *err)
{
    if (sorter->n_rows < sorter->cap_rows)
        return true;
    if (sorter->n_rows == sorter->run_rows)
        return spill(sorter, err);
    size_t cap = sorter->cap_rows ? sorter->cap_rows * 2 : FIRST_ROWS;
    if (cap > sorter->run_rows)
        cap = sorter->run_rows;
    struct link *rows = realloc(sorter->rows, cap * sizeof *rows);
    if (!rows)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    sorter->rows = rows;
    sorter->cap_rows = cap;
    return true;
}

bool sorter_put(struct sorter *sorter, const struct link *row, struct ra_err *err)
{
    if (!make_room(sorter, err))
        return false;
    size_t n = sorter->n_rows;
    sorter->rows[n] = *row;
    sorter->rows[n].seq = (uint32_t)n;
    /* Files are often in order already; then there is nothing to sort. */
    if (n && sorter->is_sorted && compare_pairs(&sorter->rows[n - 1], row) >= 0)
        sorter->is_sorted = false;
    sorter->n_rows = n + 1;
    return true;
}

static bool refill(struct sorter *sorter, struct sorter_run *run, struct ra_err *err)
{
    if (run->at < run->n || run->next == run->end)
        return true;
    if (!run->window && !(run->window = calloc(WINDOW_ROWS, sizeof *run->window)))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    int64_t left = run->end - run->next;
    size_t n = left < WINDOW_ROWS ? (size_t)left : WINDOW_ROWS;
    size_t bytes = n * sizeof *run->window, have = 0;
    while (have < bytes) {
        ssize_t got = pread(fileno(sorter->spill), (char *)run->window + have, bytes - have,
                            run->next * (int64_t)sizeof *run->window + (int64_t)have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ra_fail_errno(err, RA_ERR_IO, "cannot read the load's temporary file");
        have += (size_t)got;
    }
    run->next += (int64_t)n;
    run->n = n;
    run->at = 0;
    return true;
}

bool sorter_start(struct sorter *sorter, struct ra_err *err)
{
    if (sorter->n_runs == 0) {
        settle(sorter);
        return true;
    }
    if (sorter->n_rows && !spill(sorter, err))
        return false;
    free(sorter->rows);
    sorter->rows = NULL;
    sorter->cap_rows = 0;
    if (fflush(sorter->spill) != 0)
        return ra_fail_errno(err, RA_ERR_IO, "cannot write the load's temporary file");
    for (size_t i = 0; i < sorter->n_runs; i++) {
        if (!refill(sorter, &sorter->runs[i], err))
            return false;
    }
    return true;
}

static const struct link *head(const struct sorter_run *run)
{
    return run->at < run->n ? &run->window[run->at] : NULL;
}

/* The run with the lowest pair; of several, the last, which was put last. */
static struct sorter_run *lowest(struct sorter *sorter)
{
    struct sorter_run *best = NULL;
    for (size_t i = 0; i < sorter->n_runs; i++) {
        struct sorter_run *run = &sorter->runs[i];
        if (head(run) && (!best || compare_pairs(head(run), head(best)) <= 0))
            best = run;
    }
    return best;
}

static bool merge_one(struct sorter *sorter, struct link *out, bool *out_more, struct ra_err *err)
{
    struct sorter_run *best = lowest(sorter);
    *out_more = best != NULL;
    if (!best)
        return true;
    *out = *head(best);
    for (size_t i = 0; i < sorter->n_runs; i++) {
        struct sorter_run *run = &sorter->runs[i];
        if (head(run) && compare_pairs(head(run), out) == 0) {
            run->at++;
            if (!refill(sorter, run, err))
                return false;
        }
    }
    return true;
}

bool sorter_take(struct sorter *sorter, struct link *out, bool *out_more, struct ra_err *err)
{
    if (sorter->n_runs)
        return merge_one(sorter, out, out_more, err);
    *out_more = sorter->at < sorter->n_rows;
    if (*out_more)
        *out = sorter->rows[sorter->at++];
    return true;
}
