/* Training as a piece of work for bench_ours: any algorithm of the table, settings as KEY=VALUE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_work.h"
#include "matrix_file.h"
#include "readalike/str.h"
#include "readalike/train.h"

struct training {
    const struct ra_algorithm *algorithm;
    struct ra_train_params params;
    struct ra_csr weights;
    int64_t *when; /* (nnz) places in the sequences; NULL: not known */
    struct ra_train_data data;
    struct ra_ranker ranker;
};

static bool set_number(struct ra_train_params *params, size_t offset, bool whole, double value)
{
    char *at = (char *)params + offset;
    if (whole)
        *(unsigned *)(void *)at = (unsigned)value;
    else
        *(double *)(void *)at = value;
    return true;
}

/* The settings train.*, which are no one algorithm's own. */
static bool set_shared(struct ra_train_params *params, const char *key, double value)
{
    static const struct {
        const char *key;
        size_t offset;
        bool whole;
    } shared[] = {
        {"train.min_support", offsetof(struct ra_train_params, item_knn.min_support), true},
        {"train.neighbours", offsetof(struct ra_train_params, neighbours), true},
        {"train.reader_damping", offsetof(struct ra_train_params, item_knn.reader_damping), false},
        {"train.shrinkage", offsetof(struct ra_train_params, item_knn.shrinkage), false},
    };
    for (size_t i = 0; i < RA_COUNT(shared); i++) {
        if (strcmp(shared[i].key, key) == 0)
            return set_number(params, shared[i].offset, shared[i].whole, value);
    }
    return false;
}

/* A number, or the place of a word among those that the setting knows. */
static bool value_of(const char *key, const char *text, double *out)
{
    const char *const *words = ra_train_param_words(key);
    for (unsigned i = 0; words && words[i]; i++) {
        *out = i;
        if (strcmp(words[i], text) == 0)
            return true;
    }
    return !words && ra_parse_double(text, out);
}

static bool set(struct ra_train_params *params, const char *key, const char *text)
{
    size_t n;
    double value;
    const struct ra_param *table = ra_train_param_table(&n);
    if (!value_of(key, text, &value))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(table[i].key, key) == 0)
            return set_number(params, table[i].offset, table[i].whole, value);
    }
    return set_shared(params, key, value);
}

static bool set_defaults(struct ra_train_params *params, struct ra_err *err)
{
    size_t n;
    const struct ra_param *table = ra_train_param_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (!set(params, table[i].key, table[i].fallback))
            return ra_fail(err, RA_ERR_INVALID, "%s has no default", table[i].key);
    }
    params->neighbours = 100;
    params->item_knn.min_support = 1;
    return true;
}

static bool set_text(struct ra_train_params *params, const char *text, struct ra_err *err)
{
    char key[128];
    const char *equals = strchr(text, '=');
    if (!equals || (size_t)(equals - text) >= sizeof key)
        return ra_fail(err, RA_ERR_INVALID, "%s is not KEY=VALUE", text);
    memcpy(key, text, (size_t)(equals - text));
    key[equals - text] = '\0';
    return set(params, key, equals + 1) ||
           ra_fail(err, RA_ERR_INVALID, "%s: no such setting, or no value of it", text);
}

static void forget(void *ctx)
{
    struct training *training = ctx;
    ra_ranker_finish(&training->ranker);
}

static bool run(void *ctx, struct ra_err *err)
{
    struct training *training = ctx;
    return ra_train(training->algorithm, &training->ranker, &training->data, &training->params,
                    err);
}

/* What training may take by the project's rule: twice the matrix both ways and the factors. */
static void describe(const void *ctx, char *out, size_t size)
{
    const struct training *training = ctx;
    const struct ra_csr *weights = &training->weights;
    uint64_t nnz = ra_csr_nnz(weights), f = training->ranker.factors.n_factors;
    uint64_t matrix = ra_csr_bytes(weights->n_rows, nnz) + ra_csr_bytes(weights->n_cols, nnz);
    uint64_t factors = ((uint64_t)weights->n_rows + weights->n_cols) * f * sizeof(float);
    snprintf(out, size, ",\"factors\":%llu,\"readers\":%u,\"limit_kb\":%llu,\"input_kb\":%llu",
             (unsigned long long)f, training->ranker.reader ? training->ranker.n_readers : 0,
             (unsigned long long)(2 * (matrix + factors) / 1024),
             (unsigned long long)(ra_csr_bytes(weights->n_rows, nnz) / 1024));
}

/* A name of a file of what a run left. */
static const char *name_of(char out[4200], const char *prefix, const char *what)
{
    snprintf(out, 4200, "%s.%s", prefix, what);
    return out;
}

static bool dump_floats(const char *prefix, const char *what, const float *floats, size_t n,
                        struct ra_err *err)
{
    char path[4200];
    return !floats || floats_file_write(name_of(path, prefix, what), floats, n, err);
}

static bool dump_neighbours(const char *prefix, const struct ra_neighbours *neighbours,
                            struct ra_err *err)
{
    char path[4200];
    const struct ra_csr rows = {neighbours->n_items, neighbours->n_items, neighbours->start,
                                neighbours->item, neighbours->score};
    return !rows.start || matrix_file_write(name_of(path, prefix, "neighbours"), &rows, err);
}

static bool dump(const void *ctx, const char *prefix, struct ra_err *err)
{
    const struct training *training = ctx;
    const struct ra_ranker *ranker = &training->ranker;
    size_t f = ranker->factors.n_factors, n_items = ranker->n_items;
    return dump_floats(prefix, "reader", ranker->reader, ranker->n_readers * f, err) &&
           dump_floats(prefix, "item", ranker->factors.item, n_items * f, err) &&
           dump_floats(prefix, "bias", ranker->factors.bias, n_items, err) &&
           dump_floats(prefix, "similarity", ranker->similarity, n_items * n_items, err) &&
           dump_neighbours(prefix, &ranker->neighbours, err);
}

static void close_work(void *ctx)
{
    struct training *training = ctx;
    ra_ranker_finish(&training->ranker);
    ra_csr_finish(&training->weights);
    free(training->when);
    free(training);
}

/* The values of a file of sequences are places: they become `when`, and all weights 1. */
static bool take_places(struct training *training, struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(&training->weights);
    training->when = calloc(nnz + 1, sizeof *training->when);
    if (!training->when)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the sequences");
    for (uint64_t i = 0; i < nnz; i++) {
        training->when[i] = (int64_t)training->weights.value[i];
        training->weights.value[i] = 1;
    }
    training->data.when = training->when;
    return true;
}

/* train|sequences ALGORITHM THREADS MATRIX [KEY=VALUE...] */
static bool open_training(struct training *training, int n_args, char **args, struct ra_err *err)
{
    double threads;
    if (n_args < 4 || !ra_parse_double(args[2], &threads))
        return false;
    training->algorithm = ra_algorithm_find(args[1], err);
    if (!training->algorithm || !set_defaults(&training->params, err))
        return false;
    training->params.threads = (unsigned)threads;
    for (int i = 4; i < n_args; i++) {
        if (!set_text(&training->params, args[i], err))
            return false;
    }
    training->data.weights = &training->weights;
    return matrix_file_read(args[3], &training->weights, err) &&
           (strcmp(args[0], "train") == 0 || take_places(training, err));
}

bool bench_train_open(struct bench_work *out, int n_args, char **args, struct ra_err *err)
{
    struct training *training = calloc(1, sizeof *training);
    *out = (struct bench_work){training, run, forget, describe, dump, close_work};
    if (!training || !open_training(training, n_args, args, err)) {
        free(training);
        return false;
    }
    return true;
}
