/* Keeps the best of similarities that are computed row by row. */
#include "rows.h"

#include <omp.h>
#include <stdlib.h>

#include "readalike/progress.h"

#define BLOCK_ITEMS 4096u

struct rows {
    const struct rows_job *job;
    uint64_t *best;          /* (threads, ra_select_room(kept)) */
    struct ra_scored *block; /* (BLOCK_ITEMS, kept) */
    uint32_t *block_n;       /* (BLOCK_ITEMS) */
};

size_t rows_kept(uint32_t n_items, unsigned neighbours)
{
    size_t others = n_items ? n_items - 1 : 0;
    return neighbours < others ? neighbours : others;
}

uint64_t rows_most(const struct ra_csr *weights, size_t kept_per_item)
{
    uint64_t pairs = 0, kept;
    if (__builtin_mul_overflow((uint64_t)weights->n_cols, kept_per_item, &kept))
        kept = UINT64_MAX;
    for (uint32_t reader = 0; reader < weights->n_rows && pairs < kept; reader++) {
        uint64_t n = ra_csr_row_n(weights, reader);
        if (n && __builtin_add_overflow(pairs, n * (n - 1), &pairs))
            return kept;
    }
    return pairs < kept ? pairs : kept;
}

uint64_t rows_bytes(uint32_t n_items, size_t kept, uint64_t most, unsigned threads)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(most, sizeof(uint32_t) + sizeof(float), &bytes))
        return UINT64_MAX;
    bytes += BLOCK_ITEMS * (kept * sizeof(struct ra_scored) + sizeof(uint32_t)) +
             threads * ra_select_room(kept) * sizeof(uint64_t);
    return bytes + ((uint64_t)n_items + 1) * sizeof(uint64_t);
}

static void build_row(const struct rows *rows, uint32_t item, uint32_t block_row)
{
    const struct rows_job *job = rows->job;
    unsigned thread = (unsigned)omp_get_thread_num();
    struct ra_select best;
    ra_select_init(&best, rows->best + thread * ra_select_room(job->kept), job->kept);
    ra_select_above_zero(&best);
    job->row(job->ctx, item, thread, &best);
    rows->block_n[block_row] = (uint32_t)ra_select_take(&best, rows->block + block_row * job->kept);
}

static void append_block(const struct rows *rows, uint32_t first, uint32_t n,
                         struct ra_neighbours *out)
{
    for (uint32_t row = 0; row < n; row++) {
        const struct ra_scored *best = rows->block + row * rows->job->kept;
        uint64_t at = out->start[first + row];
        for (uint32_t i = 0; i < rows->block_n[row]; i++, at++) {
            out->item[at] = best[i].ix;
            out->score[at] = best[i].score;
        }
        out->start[first + row + 1] = at;
    }
}

static void build_blocks(const struct rows *rows, struct ra_neighbours *out)
{
    struct ra_progress *progress = rows->job->progress;
    int together = (int)(rows->job->together ? rows->job->together : ROWS_TOGETHER);
    ra_progress_count(progress, "books", out->n_items);
    for (uint32_t first = 0; first < out->n_items; first += BLOCK_ITEMS) {
        uint32_t left = out->n_items - first;
        uint32_t n = left < BLOCK_ITEMS ? left : BLOCK_ITEMS;
        /* Popular items stand in front and take longest: small chunks, handed out as threads come
         * free. */
#pragma omp parallel for num_threads((int)rows->job->threads) schedule(dynamic, together)
        for (uint32_t row = 0; row < n; row++)
            build_row(rows, first + row, row);
        append_block(rows, first, n, out);
        if (progress)
            ra_progress_set(progress, first + n);
    }
}

/* Gives back what the worst case did not need. */
static void trim(struct ra_neighbours *out)
{
    size_t n = out->start[out->n_items] + 1;
    uint32_t *item = reallocarray(out->item, n, sizeof *item);
    float *score = reallocarray(out->score, n, sizeof *score);
    out->item = item ? item : out->item;
    out->score = score ? score : out->score;
}

static bool allocate(struct rows *rows, struct ra_neighbours *out)
{
    const struct rows_job *job = rows->job;
    size_t n_best;
    if (__builtin_mul_overflow(ra_select_room(job->kept), (size_t)job->threads, &n_best))
        return false;
    rows->best = calloc(n_best, sizeof *rows->best);
    rows->block = calloc(BLOCK_ITEMS * (job->kept + 1), sizeof *rows->block);
    rows->block_n = calloc(BLOCK_ITEMS, sizeof *rows->block_n);
    *out = (struct ra_neighbours){
        .n_items = job->n_items,
        .start = calloc((size_t)job->n_items + 1, sizeof *out->start),
        .item = calloc(job->most + 1, sizeof *out->item),
        .score = calloc(job->most + 1, sizeof *out->score),
    };
    return rows->best && rows->block && rows->block_n && out->start && out->item && out->score;
}

bool rows_build(struct ra_neighbours *out, const struct rows_job *job, struct ra_err *err)
{
    struct rows rows = {.job = job};
    bool ok = allocate(&rows, out);
    if (ok) {
        build_blocks(&rows, out);
        trim(out);
    } else {
        ra_neighbours_finish(out);
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
    }
    free(rows.best);
    free(rows.block);
    free(rows.block_n);
    return ok;
}
