/* item2vec: vectors of items from what is read next to each other. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "lanes.h"
#include "nearest.h"
#include "rankers.h"
#include "readalike/progress.h"
#include "readalike/random.h"
#include "readalike/threads.h"
#include "sequence.h"
#include "sgns.h"

#define CHUNK_ITEMS 4096u /* readings that are learned from at one rate, by one thread */

/* One draw of Walker's alias method (1974): a place, and who else stands there. */
struct alias {
    float share; /* of the place that is its own */
    uint32_t other;
};

/* What a thread works with. */
struct worker {
    uint32_t *line;  /* (longest) items of a reader that are kept this time */
    uint32_t *order; /* (longest) */
    float *nothing;  /* (stride) stands for the inputs that are missing */
};

struct learning {
    const struct ra_item2vec_params *params;
    const struct ra_csr *read;
    uint32_t n_items, stride; /* stride: floats of a row, whole lanes */
    uint32_t *items;          /* (nnz) oldest first */
    uint64_t *count;          /* (n_items) */
    float *keep;              /* (n_items) chance to be kept; 0 below min_count */
    uint32_t *word;           /* (n_words) the items that are frequent enough */
    struct alias *negatives;  /* (n_words) */
    uint32_t n_words;
    uint32_t *chunk; /* (n_chunks + 1) first readers */
    uint32_t n_chunks;
    size_t longest;
    bool ordered;
    float *input, *output; /* (n_items, stride) */
    struct worker *workers;
    unsigned n_threads;
    float sigmoid[SGNS_TABLE];
};

static uint32_t stride_of(const struct ra_train_params *params)
{
    return lanes_of(params->item2vec.vector_size) * LANE;
}

static size_t longest_row(const struct ra_csr *read)
{
    size_t longest = 0;
    for (uint32_t row = 0; row < read->n_rows; row++)
        longest = ra_csr_row_n(read, row) > longest ? ra_csr_row_n(read, row) : longest;
    return longest;
}

uint64_t item2vec_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    uint64_t n_items = data->weights->n_cols, nnz = ra_csr_nnz(data->weights), bytes;
    uint64_t row = 2 * stride_of(params) * sizeof(float) + sizeof(struct alias) + sizeof(uint64_t) +
                   sizeof(float) + sizeof(uint32_t);
    uint64_t beside = nnz * sizeof(uint32_t) + n_items * row +
                      ((uint64_t)data->weights->n_rows + 1) * sizeof(uint32_t);
    beside += ra_threads(params->threads) *
              (2 * longest_row(data->weights) * sizeof(uint32_t) + stride_of(params) * 4);
    bytes = nearest_bytes(data->weights->n_cols, params);
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

static bool allocate_workers(struct learning *learning)
{
    learning->workers = calloc(learning->n_threads, sizeof *learning->workers);
    bool ok = learning->workers != NULL;
    for (unsigned i = 0; ok && i < learning->n_threads; i++) {
        struct worker *worker = &learning->workers[i];
        worker->line = calloc(learning->longest + 1, sizeof *worker->line);
        worker->order = calloc(learning->longest + 1, sizeof *worker->order);
        worker->nothing = calloc(learning->stride, sizeof *worker->nothing);
        ok = worker->line && worker->order && worker->nothing;
    }
    return ok;
}

static bool allocate(struct learning *learning)
{
    size_t n = (size_t)learning->n_items + 1;
    learning->count = calloc(n, sizeof *learning->count);
    learning->keep = calloc(n, sizeof *learning->keep);
    learning->word = calloc(n, sizeof *learning->word);
    learning->negatives = calloc(n, sizeof *learning->negatives);
    learning->chunk = calloc((size_t)learning->read->n_rows + 2, sizeof *learning->chunk);
    learning->input = calloc(n, learning->stride * sizeof *learning->input);
    learning->output = calloc(n, learning->stride * sizeof *learning->output);
    return learning->count && learning->keep && learning->word && learning->negatives &&
           learning->chunk && learning->input && learning->output && allocate_workers(learning);
}

static void finish(struct learning *learning)
{
    for (unsigned i = 0; learning->workers && i < learning->n_threads; i++) {
        free(learning->workers[i].line);
        free(learning->workers[i].order);
        free(learning->workers[i].nothing);
    }
    free(learning->workers);
    free(learning->items);
    free(learning->count);
    free(learning->keep);
    free(learning->word);
    free(learning->negatives);
    free(learning->chunk);
    free(learning->input);
    free(learning->output);
}

/* Frequent items are passed over now and then, as word2vec's code does: less than the paper. */
static float chance_to_keep(double count, double total, double sample)
{
    if (!(sample > 0))
        return 1;
    double threshold = sample * total;
    double chance = (sqrt(count / threshold) + 1) * threshold / count;
    return chance < 1 ? (float)chance : 1;
}

static void count_items(struct learning *learning)
{
    const struct ra_csr *read = learning->read;
    const struct ra_item2vec_params *params = learning->params;
    for (uint64_t i = 0; i < ra_csr_nnz(read); i++)
        learning->count[read->col[i]]++;
    double total = 0;
    for (uint32_t item = 0; item < learning->n_items; item++) {
        uint64_t count = learning->count[item];
        if (count == 0 || count < params->min_count)
            continue;
        learning->word[learning->n_words++] = item;
        total += (double)count;
    }
    for (uint32_t i = 0; i < learning->n_words; i++) {
        uint32_t item = learning->word[i];
        learning->keep[item] = chance_to_keep((double)learning->count[item], total, params->sample);
    }
}

/* Vose's way (1991) of filling places of one size, the short ones from the tall ones. */
static bool fill_negatives(struct learning *learning)
{
    uint32_t n = learning->n_words, n_short = 0, n_tall = 0;
    double *height = calloc((size_t)n + 1, sizeof *height), sum = 0;
    uint32_t *list = calloc((size_t)n + 1, sizeof *list); /* short in front, tall from behind */
    for (uint32_t i = 0; height && list && i < n; i++) {
        height[i] = pow((double)learning->count[learning->word[i]], learning->params->ns_exponent);
        sum += height[i];
    }
    for (uint32_t i = 0; height && list && i < n; i++) {
        height[i] *= (double)n / sum;
        learning->negatives[i] = (struct alias){1, i};
        list[height[i] < 1 ? n_short++ : n - ++n_tall] = i;
    }
    while (n_short && n_tall) {
        uint32_t small = list[--n_short], tall = list[n - n_tall];
        learning->negatives[small] = (struct alias){(float)height[small], tall};
        height[tall] -= 1 - height[small];
        if (height[tall] < 1) {
            n_tall--;
            list[n_short++] = tall;
        }
    }
    bool ok = height && list;
    free(height);
    free(list);
    return ok;
}

static void cut_chunks(struct learning *learning)
{
    const struct ra_csr *read = learning->read;
    for (uint32_t row = 0; row < read->n_rows; row++) {
        uint64_t first = read->start[learning->chunk[learning->n_chunks]];
        if (read->start[row + 1] - first >= CHUNK_ITEMS || row + 1 == read->n_rows)
            learning->chunk[++learning->n_chunks] = row + 1;
    }
}

static void start_vectors(struct learning *learning)
{
    unsigned size = learning->params->vector_size;
    struct ra_random random = ra_random_stream(learning->params->seed, UINT64_MAX);
    for (uint32_t i = 0; i < learning->n_words; i++) {
        float *row = learning->input + (size_t)learning->word[i] * learning->stride;
        for (unsigned f = 0; f < size; f++)
            row[f] = (float)((2 * ra_random_unit(&random) - 1) / size);
    }
}

/* What is left of a reader this time, in order of time, or shuffled when there is none. */
static size_t pick_line(const struct learning *learning, uint32_t reader, struct worker *worker,
                        struct ra_random *random)
{
    const struct ra_csr *read = learning->read;
    size_t n = 0;
    for (uint64_t i = read->start[reader]; i < read->start[reader + 1]; i++) {
        uint32_t item = learning->items[i];
        float keep = learning->keep[item];
        if (keep >= 1 || (float)ra_random_unit(random) < keep)
            worker->line[n++] = item;
    }
    for (size_t i = n; !learning->ordered && i > 1; i--) {
        uint32_t other = ra_random_below(random, (uint32_t)i), kept = worker->line[i - 1];
        worker->line[i - 1] = worker->line[other];
        worker->line[other] = kept;
    }
    return n;
}

static uint32_t draw_negative(const struct learning *learning, struct ra_random *random)
{
    uint64_t bits = ra_random_next(random);
    uint32_t place = (uint32_t)(((bits >> 32) * learning->n_words) >> 32);
    const struct alias *alias = &learning->negatives[place];
    bool own = (float)(bits & 0xffffff) * 0x1p-24f < alias->share;
    return learning->word[own ? place : alias->other];
}

/* The item that is to be told, and items that are not it. */
static void draw_outputs(const struct learning *learning, uint32_t item, struct ra_random *random,
                         struct sgns_step *step)
{
    step->output[0] = learning->output + (size_t)item * learning->stride;
    step->n_outputs = 1;
    for (unsigned i = 0; i < learning->params->negative; i++) {
        uint32_t other = draw_negative(learning, random);
        if (other != item)
            step->output[step->n_outputs++] = learning->output + (size_t)other * learning->stride;
    }
}

/* Learns item `at` of the line from those around it, a few at a time. */
static void learn_place(const struct learning *learning, const struct worker *worker, size_t n,
                        size_t at, struct ra_random *random, struct sgns_step *step)
{
    const struct ra_item2vec_params *params = learning->params;
    size_t reach = params->window;
    if (params->shrink_windows)
        reach -= ra_random_below(random, params->window);
    size_t first = at > reach ? at - reach : 0, end = n - at > reach ? at + reach + 1 : n;
    for (size_t from = first; from < end;) {
        step->n_inputs = 0;
        for (; from < end && step->n_inputs < SGNS_INPUTS; from++) {
            if (from != at)
                step->input[step->n_inputs++] =
                    learning->input + (size_t)worker->line[from] * learning->stride;
        }
        for (unsigned i = step->n_inputs; i < SGNS_INPUTS; i++)
            step->input[i] = worker->nothing;
        if (step->n_inputs == 0)
            return;
        draw_outputs(learning, worker->line[at], random, step);
        sgns_step(step);
    }
}

static void learn_chunk(const struct learning *learning, unsigned epoch, uint32_t chunk)
{
    const struct ra_item2vec_params *params = learning->params;
    struct worker *worker = &learning->workers[omp_get_thread_num()];
    uint64_t number = (uint64_t)epoch * learning->n_chunks + chunk;
    double done = (double)number / ((double)params->epochs * learning->n_chunks);
    struct ra_random random = ra_random_stream(params->seed, number);
    struct sgns_step step = {
        .rate = (float)(params->alpha - (params->alpha - params->min_alpha) * done),
        .n_lanes = learning->stride / LANE,
        .sigmoid = learning->sigmoid,
    };
    for (uint32_t reader = learning->chunk[chunk]; reader < learning->chunk[chunk + 1]; reader++) {
        size_t n = pick_line(learning, reader, worker, &random);
        for (size_t at = 0; at < n; at++)
            learn_place(learning, worker, n, at, &random, &step);
    }
}

static void learn(const struct learning *learning)
{
    for (unsigned epoch = 0; epoch < learning->params->epochs; epoch++) {
#pragma omp parallel for num_threads((int)learning->n_threads) schedule(dynamic, 1)
        for (uint32_t chunk = 0; chunk < learning->n_chunks; chunk++)
            learn_chunk(learning, epoch, chunk);
    }
}

bool item2vec_train(struct ra_ranker *out, const struct ra_train_data *data,
                    const struct ra_train_params *params, struct ra_err *err)
{
    struct learning learning = {
        .params = &params->item2vec,
        .read = data->weights,
        .n_items = data->weights->n_cols,
        .stride = stride_of(params),
        .longest = longest_row(data->weights),
        .ordered = sequence_is_ordered(data->weights, data->when),
        .n_threads = ra_threads(params->threads),
    };
    learning.items = sequence_items(data->weights, data->when);
    bool ok = learning.items && allocate(&learning);
    if (ok) {
        sgns_fill_table(learning.sigmoid);
        count_items(&learning);
        cut_chunks(&learning);
        start_vectors(&learning);
        ok = fill_negatives(&learning);
    }
    if (ok)
        learn(&learning);
    ok = ok ? nearest_rows(&out->neighbours, learning.input, learning.n_items, learning.stride,
                           params, err)
            : ra_fail(err, RA_ERR_NOMEM, "out of memory for the vectors");
    out->recency = params->item2vec.recency;
    finish(&learning);
    return ok;
}
