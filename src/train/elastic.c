/* Elastic nets from items to items, by coordinate descent on sparse columns. */
#include "elastic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/threads.h"

/* What one thread solves a column in. */
struct solver {
    float *residual;          /* (n_readers) zero between columns */
    float *weight;            /* (candidates) */
    struct ra_scored *chosen; /* (candidates) */
    uint64_t *keys;           /* (ra_select_room(candidates)) */
};

struct net {
    const struct elastic *elastic;
    struct pairs pairs;
    float *readers, *items; /* scales; (n_readers), (n_items) */
    float *values;          /* (2, nnz) X in the order of by_item, of by_reader */
    float *squares;         /* (n_items) x_i · x_i */
    struct solver *solvers; /* (n_threads) */
    size_t candidates;      /* of a column, at most */
};

void elastic_scales(const struct ra_csr *weights, const struct elastic *elastic, float *readers,
                    float *items)
{
    double plain = 0, damped = 0;
    memset(items, 0, weights->n_cols * sizeof *items);
    for (uint64_t i = 0; i < ra_csr_nnz(weights); i++)
        items[weights->col[i]]++;
    for (uint32_t item = 0; item < weights->n_cols; item++)
        items[item] = (float)pow(fmax((double)items[item], 1), -elastic->item_damping);
    for (uint32_t u = 0; u < weights->n_rows; u++) {
        double n = (double)ra_csr_row_n(weights, u);
        readers[u] = (float)pow(fmax(n, 1), -elastic->reader_damping);
        for (uint64_t i = weights->start[u]; i < weights->start[u + 1]; i++) {
            double w = (double)weights->value[i];
            double x = w * (double)readers[u] * (double)items[weights->col[i]];
            plain += w * w;
            damped += x * x;
        }
    }
    float scale = damped > 0 ? (float)sqrt(plain / damped) : 1;
    for (uint32_t u = 0; u < weights->n_rows; u++)
        readers[u] *= scale;
}

static size_t candidates_of(const struct ra_csr *weights, const struct elastic *elastic)
{
    return rows_kept(weights->n_cols, elastic->candidates);
}

uint64_t elastic_bytes(const struct ra_csr *weights, const struct elastic *elastic,
                       const struct ra_train_params *params)
{
    uint64_t threads = ra_threads(params->threads), nnz = ra_csr_nnz(weights), columns, rows;
    size_t kept = candidates_of(weights, elastic);
    uint64_t most = rows_most(weights, kept);
    uint64_t solver = weights->n_rows * sizeof(float) +
                      kept * (sizeof(float) + sizeof(struct ra_scored)) +
                      ra_select_room(kept) * sizeof(uint64_t);
    uint64_t bytes = pairs_bytes(weights, (unsigned)threads, false) + threads * solver +
                     (2 * nnz + weights->n_rows + 2 * (uint64_t)weights->n_cols) * sizeof(float);
    columns = rows_bytes(weights->n_cols, kept, most, (unsigned)threads);
    /* The columns, turned into rows, and the best of these. */
    rows = ra_csr_bytes(weights->n_cols, 2 * most) +
           rows_bytes(weights->n_cols, rows_kept(weights->n_cols, params->neighbours), most,
                      (unsigned)threads);
    if (columns == UINT64_MAX || rows == UINT64_MAX ||
        __builtin_add_overflow(bytes, columns, &bytes) ||
        __builtin_add_overflow(bytes, rows, &bytes))
        return UINT64_MAX;
    return bytes;
}

static bool begin_solvers(struct net *net)
{
    size_t kept = net->candidates + 1;
    net->solvers = calloc(net->pairs.n_threads, sizeof *net->solvers);
    bool ok = net->solvers;
    for (unsigned i = 0; ok && i < net->pairs.n_threads; i++) {
        struct solver *solver = &net->solvers[i];
        solver->residual = calloc((size_t)net->pairs.by_reader->n_rows + 1, sizeof(float));
        solver->weight = calloc(kept, sizeof *solver->weight);
        solver->chosen = calloc(kept, sizeof *solver->chosen);
        solver->keys = calloc(ra_select_room(net->candidates), sizeof *solver->keys);
        ok = solver->residual && solver->weight && solver->chosen && solver->keys;
    }
    return ok;
}

static bool begin(struct net *net, const struct ra_csr *weights,
                  const struct ra_train_params *params, struct ra_err *err)
{
    if (!pairs_begin(&net->pairs, weights, ra_threads(params->threads), false, err))
        return false;
    net->readers = calloc((size_t)weights->n_rows + 1, sizeof *net->readers);
    net->items = calloc((size_t)weights->n_cols + 1, sizeof *net->items);
    net->values = calloc(ra_csr_nnz(weights) + 1, 2 * sizeof *net->values);
    net->squares = calloc((size_t)weights->n_cols + 1, sizeof *net->squares);
    bool ok = net->readers && net->items && net->values && net->squares && begin_solvers(net);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
}

static void finish(struct net *net)
{
    for (unsigned i = 0; net->solvers && i < net->pairs.n_threads; i++) {
        free(net->solvers[i].residual);
        free(net->solvers[i].weight);
        free(net->solvers[i].chosen);
        free(net->solvers[i].keys);
    }
    free(net->solvers);
    pairs_finish(&net->pairs);
    free(net->readers);
    free(net->items);
    free(net->values);
    free(net->squares);
}

static void normalise(struct net *net)
{
    const struct ra_csr *by_reader = net->pairs.by_reader, *by_item = &net->pairs.by_item;
    float *left = net->values, *right = left + ra_csr_nnz(by_reader);
    elastic_scales(by_reader, net->elastic, net->readers, net->items);
    for (uint32_t item = 0; item < by_item->n_rows; item++) {
        double squares = 0;
        for (uint64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++) {
            left[i] = by_item->value[i] * net->items[item] * net->readers[by_item->col[i]];
            squares += (double)left[i] * (double)left[i];
        }
        net->squares[item] = (float)squares;
    }
    for (uint32_t u = 0; u < by_reader->n_rows; u++) {
        for (uint64_t i = by_reader->start[u]; i < by_reader->start[u + 1]; i++)
            right[i] = by_reader->value[i] * net->readers[u] * net->items[by_reader->col[i]];
    }
    net->pairs.left = left;
    net->pairs.right = right;
}

/* The items that go with `item` most, into solver->chosen. */
static size_t choose(const struct net *net, uint32_t item, unsigned thread, struct solver *solver)
{
    struct ra_select best;
    ra_select_init(&best, solver->keys, net->candidates);
    ra_select_above_zero(&best);
    pairs_best(&net->pairs, item, thread, &best);
    return ra_select_take(&best, solver->chosen);
}

static float dot(const struct net *net, uint32_t item, const float *residual)
{
    const struct ra_csr *by_item = &net->pairs.by_item;
    float sum = 0;
    for (uint64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
        sum += net->values[i] * residual[by_item->col[i]];
    return sum;
}

static void add(const struct net *net, uint32_t item, float times, float *residual)
{
    const struct ra_csr *by_item = &net->pairs.by_item;
    for (uint64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
        residual[by_item->col[i]] += times * net->values[i];
}

static void forget(const struct net *net, uint32_t item, float *residual)
{
    const struct ra_csr *by_item = &net->pairs.by_item;
    for (uint64_t i = by_item->start[item]; i < by_item->start[item + 1]; i++)
        residual[by_item->col[i]] = 0;
}

/* The best weight of one item, all others standing: the soft threshold. */
static float solve_one(const struct net *net, uint32_t item, float weight, const float *residual)
{
    const struct elastic *elastic = net->elastic;
    float squares = net->squares[item], l1 = (float)elastic->l1;
    float pull = dot(net, item, residual) + weight * squares;
    float rest = fabsf(pull) - l1;
    if (rest <= 0 || (elastic->nonnegative && pull < 0))
        return 0;
    return copysignf(rest, pull) / (squares + (float)elastic->l2);
}

/* A sweep that moves no weight by more than this share of the largest one is the last. */
#define SMALL_MOVE 1e-3f

static void descend(const struct net *net, size_t n, struct solver *solver)
{
    memset(solver->weight, 0, n * sizeof *solver->weight);
    for (unsigned sweep = 0; sweep < net->elastic->sweeps; sweep++) {
        float largest = 0, move = 0;
        for (size_t c = 0; c < n; c++) {
            uint32_t item = solver->chosen[c].ix;
            float before = solver->weight[c];
            float after = solve_one(net, item, before, solver->residual);
            if (after != before)
                add(net, item, before - after, solver->residual);
            solver->weight[c] = after;
            largest = fmaxf(largest, fabsf(after));
            move = fmaxf(move, fabsf(after - before));
        }
        if (move <= SMALL_MOVE * largest)
            return;
    }
}

/* As rows_fn, but it is column `item` of S: how much each candidate speaks for it. */
static void solve_column(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    const struct net *net = ctx;
    struct solver *solver = &net->solvers[thread];
    size_t n = choose(net, item, thread, solver);
    add(net, item, 1, solver->residual);
    descend(net, n, solver);
    float to =
        powf((float)ra_csr_row_n(&net->pairs.by_item, item), (float)net->elastic->item_return);
    forget(net, item, solver->residual);
    for (size_t c = 0; c < n; c++) {
        uint32_t other = solver->chosen[c].ix;
        ra_select_push(best, other, solver->weight[c] * net->items[other] * to);
        forget(net, other, solver->residual);
    }
}

/* Rows of S as `turn` has them. */
static void best_of_row(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    (void)thread;
    const struct ra_csr *rows = ctx;
    for (uint64_t i = rows->start[item]; i < rows->start[item + 1]; i++)
        ra_select_push(best, rows->col[i], rows->value[i]);
}

/* From columns to rows, of which the best stay. */
static bool turn(const struct ra_neighbours *columns, struct rows_job job,
                 struct ra_neighbours *out, struct ra_err *err)
{
    const struct ra_csr by_column = {
        .n_rows = columns->n_items,
        .n_cols = columns->n_items,
        .start = columns->start,
        .col = columns->item,
        .value = columns->score,
    };
    struct ra_csr rows;
    if (!ra_csr_transpose(&rows, &by_column, err))
        return false;
    job.row = best_of_row;
    job.ctx = &rows;
    job.progress = NULL;
    bool ok = rows_build(out, &job, err);
    ra_csr_finish(&rows);
    return ok;
}

bool elastic_train(struct ra_neighbours *out, const struct ra_csr *weights,
                   const struct elastic *elastic, const struct ra_train_params *params,
                   struct ra_err *err)
{
    struct net net = {.elastic = elastic, .candidates = candidates_of(weights, elastic)};
    struct ra_neighbours columns = {0};
    bool ok = begin(&net, weights, params, err);
    if (ok) {
        normalise(&net);
        struct rows_job job = pairs_job(&net.pairs, params, solve_column, &net);
        size_t kept = job.kept;
        job.kept = net.candidates;
        job.most = rows_most(weights, net.candidates);
        ok = rows_build(&columns, &job, err);
        job.kept = kept;
        ok = ok && turn(&columns, job, out, err);
    }
    ra_neighbours_finish(&columns);
    finish(&net);
    return ok;
}
