/* Judging given factors over all items, and the folds of a data set, for bench_ours. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_work.h"
#include "matrix_file.h"
#include "readalike/dense.h"
#include "readalike/evaluate.h"
#include "readalike/events.h"
#include "readalike/factors.h"
#include "readalike/split.h"
#include "readalike/str.h"

struct judging {
    struct ra_csr train, test;
    struct ra_factors factors;
    float *reader; /* (n_readers, n_factors) */
    unsigned k, threads;
    struct ra_metrics metrics;
};

static void score(const void *ctx, const struct ra_csr *seen, const uint32_t *readers, uint32_t n,
                  float *scores)
{
    (void)seen;
    const struct judging *judging = ctx;
    size_t f = judging->factors.n_factors;
    float vectors[RA_SCORE_BLOCK * 512];
    for (uint32_t i = 0; i < n; i++)
        memcpy(vectors + i * f, judging->reader + readers[i] * f, f * sizeof *vectors);
    ra_factors_score(&judging->factors, vectors, n, scores);
}

static bool run(void *ctx, struct ra_err *err)
{
    struct judging *judging = ctx;
    const struct ra_scorer scorer = {score, judging};
    return ra_evaluate(&judging->train, &judging->test, &scorer, judging->k, judging->threads,
                       &judging->metrics, err);
}

static void forget(void *ctx)
{
    (void)ctx;
}

static void describe(const void *ctx, char *out, size_t size)
{
    const struct judging *judging = ctx;
    snprintf(out, size, ",\"recall\":%.6f,\"ndcg\":%.6f", judging->metrics.recall.mean,
             judging->metrics.ndcg.mean);
}

static bool dump(const void *ctx, const char *prefix, struct ra_err *err)
{
    (void)ctx, (void)prefix;
    return ra_fail(err, RA_ERR_INVALID, "judging leaves nothing to dump");
}

static void close_work(void *ctx)
{
    struct judging *judging = ctx;
    ra_csr_finish(&judging->train);
    ra_csr_finish(&judging->test);
    ra_factors_finish(&judging->factors);
    free(judging->reader);
    free(judging);
}

/* rank FACTORS THREADS TRAIN TEST READERS ITEMS K */
static bool open_judging(struct judging *judging, char **args, struct ra_err *err)
{
    double f, threads, k;
    if (!ra_parse_double(args[1], &f) || !ra_parse_double(args[2], &threads) ||
        !ra_parse_double(args[7], &k) || f < 1 || f > 512 ||
        !matrix_file_read(args[3], &judging->train, err) ||
        !matrix_file_read(args[4], &judging->test, err))
        return false;
    size_t n_factors = (size_t)f;
    judging->reader = floats_file_read(args[5], judging->train.n_rows * n_factors, err);
    judging->factors = (struct ra_factors){
        .n_items = judging->train.n_cols,
        .n_factors = (uint32_t)f,
        .item = floats_file_read(args[6], judging->train.n_cols * n_factors, err),
    };
    judging->k = (unsigned)k;
    judging->threads = (unsigned)threads;
    ra_dense_single_thread();
    return judging->reader && judging->factors.item;
}

bool bench_rank_open(struct bench_work *out, int n_args, char **args, struct ra_err *err)
{
    struct judging *judging = n_args == 8 ? calloc(1, sizeof *judging) : NULL;
    *out = (struct bench_work){judging, run, forget, describe, dump, close_work};
    if (!judging || open_judging(judging, args, err))
        return judging != NULL;
    close_work(judging);
    return false;
}

bool bench_work_open(struct bench_work *out, int n_args, char **args, struct ra_err *err)
{
    if (n_args < 1)
        return false;
    return strcmp(args[0], "rank") == 0 ? bench_rank_open(out, n_args, args, err)
                                        : bench_train_open(out, n_args, args, err);
}

static bool write_rows(FILE *file, const struct ra_events *events, const uint16_t *part)
{
    uint64_t n = events->n;
    bool ok = fwrite(&n, sizeof n, 1, file) == 1;
    for (int column = 0; ok && column < 4; column++) {
        for (uint64_t i = 0; ok && i < n; i++) {
            const struct ra_event *row = &events->rows[i];
            const uint32_t fold = part[i];
            const void *cells[] = {&row->reader, &row->item, &row->rating, &fold};
            ok = fwrite(cells[column], sizeof(uint32_t), 1, file) == 1;
        }
    }
    return ok;
}

static bool split_and_write(const struct ra_events *events, const struct ra_split_params *params,
                            const char *path, struct ra_err *err)
{
    uint16_t *part = calloc(events->n + 1, sizeof *part);
    FILE *file = fopen(path, "wb");
    bool ok =
        part && file && ra_split_parts(events, params, part, err) && write_rows(file, events, part);
    if (file)
        ok = fclose(file) == 0 && ok;
    free(part);
    return ok || ra_fail_errno(err, RA_ERR_IO, "cannot write %s", path);
}

/* As a grid that is judged by ratings does before it splits. */
static void drop_unrated(struct ra_events *events)
{
    size_t kept = 0;
    for (size_t i = 0; i < events->n; i++) {
        if (!isnan(events->rows[i].rating))
            events->rows[kept++] = events->rows[i];
    }
    events->n = kept;
}

bool bench_rows(int n_args, char **args, struct ra_err *err)
{
    double numbers[4] = {0}; /* FOLDS SEED MIN_READER MIN_ITEM */
    struct ra_events events;
    for (int i = 3; i < n_args; i++) {
        if (i < 7 && !ra_parse_double(args[i], &numbers[i - 3]))
            return ra_fail(err, RA_ERR_INVALID, "%s is not a number", args[i]);
    }
    const struct ra_split_params params = {
        .kind = RA_SPLIT_KFOLD,
        .folds = (unsigned)numbers[0],
        .seed = (uint64_t)numbers[1],
    };
    const struct ra_events_filter filter = {
        .min_reader = (unsigned)numbers[2],
        .min_item = (unsigned)numbers[3],
        .unrated = NAN,
    };
    if (!ra_events_read(&events, args[1], args[2], err))
        return false;
    bool ok = n_args < 7 || ra_events_filter(&events, &filter, err);
    if (ok && n_args > 7)
        drop_unrated(&events);
    ok = ok && split_and_write(&events, &params, args[0], err);
    ra_events_finish(&events);
    return ok;
}
