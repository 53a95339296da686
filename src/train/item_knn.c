/* Item to item similarities over the sparse matrix of who read what. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/progress.h"
#include "readalike/threads.h"
#include "readalike/topk.h"
#include "readalike/train.h"

#define BLOCK_ITEMS 4096u

/* What one thread knows of the pairs of the item at hand. */
struct pair {
    float sum;          /* of b_u w_ui w_uj */
    uint32_t n_readers; /* n_ij */
};
struct accumulator {
    struct pair *pairs;     /* (n_items) zero between items */
    uint32_t *touched;      /* (n_items) items whose pair is not zero */
    struct ra_scored *best; /* (neighbours) */
};

struct training {
    const struct ra_csr *by_reader;
    struct ra_csr by_item;
    const struct ra_item_knn_params *params;
    size_t neighbours;           /* kept for an item, at most */
    double *damping;             /* (n_readers) b_u */
    double *norm;                /* (n_items) sqrt(sum_u b_u w_ui^2) */
    struct accumulator *threads; /* (n_threads) */
    unsigned n_threads;
    struct ra_scored *block; /* (BLOCK_ITEMS, neighbours) */
    uint32_t *block_n;       /* (BLOCK_ITEMS) */
};

void ra_neighbours_finish(struct ra_neighbours *neighbours)
{
    free(neighbours->start);
    free(neighbours->item);
    free(neighbours->score);
    *neighbours = (struct ra_neighbours){0};
}

static size_t kept_per_item(const struct ra_csr *weights, const struct ra_item_knn_params *params)
{
    size_t others = weights->n_cols ? weights->n_cols - 1 : 0;
    return params->neighbours < others ? params->neighbours : others;
}

/* No item can have more neighbours than are kept, nor all items more than there are pairs. */
static uint64_t most_neighbours(const struct ra_csr *weights,
                                const struct ra_item_knn_params *params)
{
    uint64_t pairs = 0, kept;
    if (__builtin_mul_overflow((uint64_t)weights->n_cols, kept_per_item(weights, params), &kept))
        kept = UINT64_MAX;
    for (uint32_t reader = 0; reader < weights->n_rows && pairs < kept; reader++) {
        uint64_t n = ra_csr_row_n(weights, reader);
        if (n && __builtin_add_overflow(pairs, n * (n - 1), &pairs))
            return kept;
    }
    return pairs < kept ? pairs : kept;
}

uint64_t ra_item_knn_bytes(const struct ra_csr *weights, const struct ra_item_knn_params *params)
{
    uint64_t n_items = weights->n_cols, n_readers = weights->n_rows;
    uint64_t threads = ra_threads(params->threads), kept = kept_per_item(weights, params);
    uint64_t out = most_neighbours(weights, params), bytes;
    if (__builtin_mul_overflow(out, sizeof(uint32_t) + sizeof(float), &bytes))
        return UINT64_MAX;
    bytes += ra_csr_bytes(n_items, ra_csr_nnz(weights));
    bytes += n_readers * sizeof(double) + n_items * sizeof(double);
    bytes += threads *
             (n_items * (sizeof(struct pair) + sizeof(uint32_t)) + kept * sizeof(struct ra_scored));
    bytes += BLOCK_ITEMS * (kept * sizeof(struct ra_scored) + sizeof(uint32_t));
    return bytes + (n_items + 1) * sizeof(uint64_t);
}

static void finish_training(struct training *training)
{
    ra_csr_finish(&training->by_item);
    for (unsigned i = 0; training->threads && i < training->n_threads; i++) {
        free(training->threads[i].pairs);
        free(training->threads[i].touched);
        free(training->threads[i].best);
    }
    free(training->threads);
    free(training->damping);
    free(training->norm);
    free(training->block);
    free(training->block_n);
}

static bool allocate(struct training *training)
{
    size_t n_items = (size_t)training->by_reader->n_cols + 1, kept = training->neighbours + 1;
    training->damping = calloc((size_t)training->by_reader->n_rows + 1, sizeof(double));
    training->norm = calloc(n_items, sizeof(double));
    training->threads = calloc(training->n_threads, sizeof *training->threads);
    training->block = calloc(BLOCK_ITEMS * kept, sizeof *training->block);
    training->block_n = calloc(BLOCK_ITEMS, sizeof *training->block_n);
    bool ok = training->damping && training->norm && training->threads && training->block &&
              training->block_n;
    for (unsigned i = 0; ok && i < training->n_threads; i++) {
        struct accumulator *thread = &training->threads[i];
        thread->pairs = calloc(n_items, sizeof *thread->pairs);
        thread->touched = calloc(n_items, sizeof *thread->touched);
        thread->best = calloc(kept, sizeof *thread->best);
        ok = thread->pairs && thread->touched && thread->best;
    }
    return ok;
}

static void compute_norms(struct training *training)
{
    const struct ra_csr *by_reader = training->by_reader;
    for (uint32_t reader = 0; reader < by_reader->n_rows; reader++) {
        size_t n = ra_csr_row_n(by_reader, reader);
        double damping = n ? pow((double)n, -training->params->reader_damping) : 0;
        training->damping[reader] = damping;
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++) {
            double w = (double)by_reader->value[i];
            training->norm[by_reader->col[i]] += damping * w * w;
        }
    }
    for (uint32_t item = 0; item < by_reader->n_cols; item++)
        training->norm[item] = sqrt(training->norm[item]);
}

static bool prepare(struct training *training, struct ra_err *err)
{
    if (!ra_csr_transpose(&training->by_item, training->by_reader, err))
        return false;
    if (!allocate(training))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
    compute_norms(training);
    return true;
}

/*
 * Adds up all pairs of `item`, reader by reader; most of the running time is spent in the inner
 * loop. Returns how many items were touched.
 */
static size_t add_pairs(const struct training *training, uint32_t item, struct accumulator *thread)
{
    const struct ra_csr *by_item = &training->by_item, *by_reader = training->by_reader;
    size_t n_touched = 0;
    for (uint64_t r = by_item->start[item]; r < by_item->start[item + 1]; r++) {
        uint32_t reader = by_item->col[r];
        float weight = (float)(training->damping[reader] * (double)by_item->value[r]);
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++) {
            struct pair *pair = &thread->pairs[by_reader->col[i]];
            if (pair->n_readers++ == 0)
                thread->touched[n_touched++] = by_reader->col[i];
            pair->sum += weight * by_reader->value[i];
        }
    }
    return n_touched;
}

static float similarity(const struct training *training, uint32_t a, uint32_t b,
                        const struct pair *pair)
{
    double n = (double)pair->n_readers;
    double cosine = (double)pair->sum / (training->norm[a] * training->norm[b]);
    return (float)(cosine * (n / (n + training->params->shrinkage)));
}

/* The neighbours of one item, into its row of the block. */
static void train_item(const struct training *training, uint32_t item, uint32_t block_row)
{
    struct accumulator *thread = &training->threads[omp_get_thread_num()];
    size_t n_touched = add_pairs(training, item, thread);
    struct ra_topk topk;
    ra_topk_init(&topk, thread->best, training->neighbours);
    for (size_t i = 0; i < n_touched; i++) {
        uint32_t other = thread->touched[i];
        struct pair pair = thread->pairs[other];
        thread->pairs[other] = (struct pair){0};
        if (other == item || pair.n_readers < training->params->min_support)
            continue;
        float score = similarity(training, item, other, &pair);
        if (score > 0)
            ra_topk_push(&topk, other, score);
    }
    training->block_n[block_row] = (uint32_t)ra_topk_sort(&topk);
    memcpy(training->block + block_row * training->neighbours, topk.kept,
           topk.n * sizeof *topk.kept);
}

static void append_block(const struct training *training, uint32_t first, uint32_t n,
                         struct ra_neighbours *out)
{
    for (uint32_t row = 0; row < n; row++) {
        const struct ra_scored *best = training->block + row * training->neighbours;
        uint64_t at = out->start[first + row];
        for (uint32_t i = 0; i < training->block_n[row]; i++, at++) {
            out->item[at] = best[i].ix;
            out->score[at] = best[i].score;
        }
        out->start[first + row + 1] = at;
    }
}

static void train_blocks(const struct training *training, struct ra_neighbours *out)
{
    struct ra_progress *progress = training->params->progress;
    for (uint32_t first = 0; first < out->n_items; first += BLOCK_ITEMS) {
        uint32_t left = out->n_items - first;
        uint32_t n = left < BLOCK_ITEMS ? left : BLOCK_ITEMS;
        /* Popular items stand in front and take longest: small chunks, handed out as threads come
         * free. Each row is computed by one thread in a fixed order, so the bytes are the same. */
#pragma omp parallel for num_threads((int)training->n_threads) schedule(dynamic, 8)
        for (uint32_t row = 0; row < n; row++)
            train_item(training, first + row, row);
        append_block(training, first, n, out);
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

static bool make_room(struct ra_neighbours *out, const struct ra_csr *weights,
                      const struct ra_item_knn_params *params, struct ra_err *err)
{
    uint64_t most = most_neighbours(weights, params);
    *out = (struct ra_neighbours){
        .n_items = weights->n_cols,
        .start = calloc((size_t)weights->n_cols + 1, sizeof *out->start),
        .item = calloc(most + 1, sizeof *out->item),
        .score = calloc(most + 1, sizeof *out->score),
    };
    return (out->start && out->item && out->score) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
}

bool ra_train_item_knn(struct ra_neighbours *out, const struct ra_csr *weights,
                       const struct ra_item_knn_params *params, struct ra_err *err)
{
    *out = (struct ra_neighbours){0};
    uint64_t bytes = ra_item_knn_bytes(weights, params);
    if (params->memory_limit && bytes > params->memory_limit)
        return ra_fail(err, RA_ERR_INVALID,
                       "item-knn would take %.0f MB, the limit is %.0f MB; fewer neighbours or "
                       "threads take less",
                       (double)bytes / 1e6, (double)params->memory_limit / 1e6);
    struct training training = {
        .by_reader = weights,
        .params = params,
        .neighbours = kept_per_item(weights, params),
        .n_threads = ra_threads(params->threads),
    };
    bool ok = prepare(&training, err) && make_room(out, weights, params, err);
    if (ok) {
        train_blocks(&training, out);
        trim(out);
    } else {
        ra_neighbours_finish(out);
    }
    finish_training(&training);
    return ok;
}

void ra_item_knn_score(const void *ctx, const uint32_t *items, const float *weights, size_t n,
                       float *scores)
{
    const struct ra_neighbours *neighbours = ctx;
    memset(scores, 0, neighbours->n_items * sizeof *scores);
    for (size_t i = 0; i < n; i++) {
        for (uint64_t at = neighbours->start[items[i]]; at < neighbours->start[items[i] + 1]; at++)
            scores[neighbours->item[at]] += weights[i] * neighbours->score[at];
    }
    for (uint32_t item = 0; item < neighbours->n_items; item++)
        scores[item] = scores[item] > 0 ? scores[item] : -INFINITY;
}
