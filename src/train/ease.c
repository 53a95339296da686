/* EASE: the linear model from items to items that has a closed form. */
#include <math.h>
#include <stdlib.h>

#include "elastic.h"
#include "rankers.h"
#include "readalike/dense.h"
#include "readalike/threads.h"

struct ease {
    size_t n;
    float *p;     /* (n, n) P, or S once it is made */
    float *from;  /* (n) n_i^-b */
    float *to;    /* (n) n_j^e / -P_jj */
    double scale; /* c^2 */
};

/* Every row of B is full. */
static uint64_t most_of(uint32_t n_items, size_t kept)
{
    return (uint64_t)n_items * kept;
}

/* With l1 = 0, the net is the column of B itself. */
static struct elastic elastic_of(const struct ra_ease_params *ease)
{
    return (struct elastic){
        .l2 = ease->lambda,
        .reader_damping = ease->reader_damping,
        .item_damping = ease->item_damping,
        .item_return = ease->item_return,
        .candidates = ease->candidates,
        .sweeps = 100,
    };
}

static uint64_t dense_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct ra_csr *weights = data->weights;
    uint64_t n = weights->n_cols, bytes;
    if (__builtin_mul_overflow(n * sizeof(float), n, &bytes))
        return UINT64_MAX;
    /* Either the transpose is held beside P, or the rows. */
    uint64_t transpose =
        ra_csr_bytes(n, ra_csr_nnz(weights)) + (uint64_t)weights->n_rows * sizeof(float);
    size_t kept = rows_kept(weights->n_cols, params->neighbours);
    uint64_t rows = params->ease.dense
                        ? 0
                        : rows_bytes(weights->n_cols, kept, most_of(weights->n_cols, kept),
                                     ra_threads(params->threads));
    uint64_t beside = (transpose > rows ? transpose : rows) + 2 * n * sizeof(float);
    return __builtin_add_overflow(bytes, beside, &bytes) ? UINT64_MAX : bytes;
}

static bool is_sparse(const struct ra_train_data *data, const struct ra_train_params *params)
{
    uint64_t limit = params->memory_limit;
    return !params->ease.dense &&
           (params->ease.sparse || (limit && dense_bytes(data, params) > limit));
}

uint64_t ease_bytes(const struct ra_train_data *data, const struct ra_train_params *params)
{
    const struct elastic elastic = elastic_of(&params->ease);
    return is_sparse(data, params) ? elastic_bytes(data->weights, &elastic, params)
                                   : dense_bytes(data, params);
}

/* n_u^-2a, of both sides of X' X at once */
static void damp_readers(const struct ra_csr *by_reader, double damping, float *out)
{
    for (uint32_t reader = 0; reader < by_reader->n_rows; reader++) {
        size_t n = ra_csr_row_n(by_reader, reader);
        out[reader] = n ? (float)pow((double)n, -2 * damping) : 0;
    }
}

/* n_i^-b; an item that nobody read stays as it is: its row is empty. */
static void damp_items(const struct ra_csr *by_item, double damping, float *out)
{
    for (uint32_t item = 0; item < by_item->n_rows; item++) {
        size_t n = ra_csr_row_n(by_item, item);
        out[item] = n ? (float)pow((double)n, -damping) : 1;
    }
}

/* Row `item` of X' X, from the rows of X that have the item, but for c^2. */
static void gram_row(const struct ra_csr *by_reader, const struct ra_csr *by_item, uint32_t item,
                     const float *damping, float *row)
{
    for (uint64_t r = by_item->start[item]; r < by_item->start[item + 1]; r++) {
        uint32_t reader = by_item->col[r];
        float weight = by_item->value[r] * damping[reader];
        for (uint64_t i = by_reader->start[reader]; i < by_reader->start[reader + 1]; i++)
            row[by_reader->col[i]] += weight * by_reader->value[i];
    }
}

/* c^2: what the diagonal of X' X sums up to without damping, over what it does with it. */
static double scale_of(const struct ra_csr *weights, const float *readers, const float *items)
{
    double plain = 0, damped = 0;
    for (uint32_t reader = 0; reader < weights->n_rows; reader++) {
        for (uint64_t i = weights->start[reader]; i < weights->start[reader + 1]; i++) {
            double square = (double)weights->value[i] * (double)weights->value[i];
            double item = (double)items[weights->col[i]];
            plain += square;
            damped += square * (double)readers[reader] * item * item;
        }
    }
    return damped > 0 ? plain / damped : 1;
}

/* X' X + lambda I */
static void fill_gram(const struct ease *ease, const struct ra_csr *weights,
                      const struct ra_csr *by_item, const float *readers,
                      const struct ra_train_params *params)
{
#pragma omp parallel for num_threads((int)ra_threads(params->threads)) schedule(dynamic, 8)
    for (uint32_t item = 0; item < weights->n_cols; item++) {
        float *row = ease->p + item * ease->n;
        float scale = (float)ease->scale * ease->from[item];
        gram_row(weights, by_item, item, readers, row);
        for (size_t j = 0; j < ease->n; j++)
            row[j] *= scale * ease->from[j];
        row[item] += (float)params->ease.lambda;
    }
}

static bool make_gram(struct ease *ease, const struct ra_csr *weights,
                      const struct ra_train_params *params, struct ra_err *err)
{
    struct ra_csr by_item;
    if (!ra_csr_transpose(&by_item, weights, err))
        return false;
    float *readers = calloc((size_t)weights->n_rows + 1, sizeof *readers);
    if (readers) {
        damp_readers(weights, params->ease.reader_damping, readers);
        damp_items(&by_item, params->ease.item_damping, ease->from);
        damp_items(&by_item, -params->ease.item_return, ease->to);
        ease->scale = scale_of(weights, readers, ease->from);
        fill_gram(ease, weights, &by_item, readers, params);
    }
    bool ok = readers || ra_fail(err, RA_ERR_NOMEM, "out of memory for the item similarities");
    free(readers);
    ra_csr_finish(&by_item);
    return ok;
}

/* Of P, what a column is multiplied by on the way to S. */
static void make_columns(struct ease *ease)
{
    for (size_t j = 0; j < ease->n; j++)
        ease->to[j] /= -ease->p[j * ease->n + j];
}

/* S_ij = n_i^-b B_ij n_j^e, B_ij = -P_ij / P_jj; row i of it takes the place of P's. */
static void make_row(const struct ease *ease, size_t i)
{
    float *row = ease->p + i * ease->n, from = ease->from[i];
    for (size_t j = 0; j < ease->n; j++)
        row[j] *= from * ease->to[j];
    row[i] = 0;
}

static void best_of_row(const void *ctx, uint32_t item, unsigned thread, struct ra_select *best)
{
    (void)thread;
    const struct ease *ease = ctx;
    make_row(ease, item);
    ra_select_push_all(best, ease->p + item * ease->n, (uint32_t)ease->n);
}

static void make_dense(const struct ease *ease, unsigned threads)
{
#pragma omp parallel for num_threads((int)threads)
    for (size_t i = 0; i < ease->n; i++)
        make_row(ease, i);
}

static bool make_rows(const struct ease *ease, const struct ra_train_params *params,
                      struct ra_neighbours *out, struct ra_err *err)
{
    uint32_t n_items = (uint32_t)ease->n;
    size_t kept = rows_kept(n_items, params->neighbours);
    const struct rows_job job = {
        .n_items = n_items,
        .kept = kept,
        .most = most_of(n_items, kept),
        .threads = ra_threads(params->threads),
        .progress = params->progress,
        .row = best_of_row,
        .ctx = ease,
    };
    return rows_build(out, &job, err);
}

static bool begin(struct ease *ease, struct ra_err *err)
{
    size_t cells;
    if (!__builtin_mul_overflow(ease->n, ease->n, &cells))
        ease->p = calloc(cells + 1, sizeof *ease->p);
    ease->from = calloc(ease->n + 1, sizeof *ease->from);
    ease->to = calloc(ease->n + 1, sizeof *ease->to);
    return (ease->p && ease->from && ease->to) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory for a matrix of items by items");
}

bool ease_train(struct ra_ranker *out, const struct ra_train_data *data,
                const struct ra_train_params *params, struct ra_err *err)
{
    const struct ra_csr *weights = data->weights;
    if (is_sparse(data, params)) {
        const struct elastic elastic = elastic_of(&params->ease);
        return elastic_train(&out->neighbours, weights, &elastic, params, err);
    }
    struct ease ease = {.n = weights->n_cols};
    unsigned threads = ra_threads(params->threads);
    bool ok = begin(&ease, err) && make_gram(&ease, weights, params, err) &&
              ra_dense_invert(ease.p, weights->n_cols, threads, err);
    if (ok)
        make_columns(&ease);
    if (ok && params->ease.dense) {
        make_dense(&ease, threads);
        out->similarity = ease.p;
        ease.p = NULL;
    } else if (ok) {
        ok = make_rows(&ease, params, &out->neighbours, err);
    }
    free(ease.p);
    free(ease.from);
    free(ease.to);
    return ok;
}
