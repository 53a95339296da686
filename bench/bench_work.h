#ifndef READALIKE_BENCH_WORK_H
#define READALIKE_BENCH_WORK_H

#include <stddef.h>

#include "readalike/err.h"

/* A piece of work that can be done again and again. */
struct bench_work {
    void *ctx;
    bool (*run)(void *ctx, struct ra_err *err);
    void (*forget)(void *ctx); /* what the last run left */
    /* More members of the answer's JSON object, each with a comma in front. */
    void (*describe)(const void *ctx, char *out, size_t size);
    bool (*dump)(const void *ctx, const char *prefix, struct ra_err *err);
    void (*close)(void *ctx);
};

/* The work that `args` name, as the head of bench_ours.c says. */
bool bench_work_open(struct bench_work *out, int n_args, char **args,
                     struct ra_err *err) RA_MUST_CHECK;
bool bench_train_open(struct bench_work *out, int n_args, char **args,
                      struct ra_err *err) RA_MUST_CHECK;
bool bench_rank_open(struct bench_work *out, int n_args, char **args,
                     struct ra_err *err) RA_MUST_CHECK;
/* OUT FORMAT PATH FOLDS SEED [MIN_READER MIN_ITEM [rated]] */
bool bench_rows(int n_args, char **args, struct ra_err *err) RA_MUST_CHECK;

#endif
