/* `readalike evaluate` with an algorithm that predicts ratings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "readalike/clock.h"
#include "readalike/progress.h"
#include "readalike/threads.h"
#include "train_params.h"

/* One fold, from its training to its estimates. */
struct fold_run {
    const struct ra_fold *fold; /* `own`, or one that was ready */
    struct ra_fold own;
    float *estimates; /* of the rows that are judged */
    double rmse, train_s, estimate_s;
    bool ok;
    struct ra_err err;
};

struct rating_run {
    struct evaluate_job *job;
    struct ra_train_params params;
    unsigned n_folds, at_once; /* folds, and how many of them run side by side */
    unsigned done;             /* epochs, of all folds */
    double memory_mb;          /* at most, of all that runs at once */
    struct ra_progress progress;
    struct ra_watch watch;
    struct ra_rating_tally *tally;
    struct fold_run *folds; /* (n_folds) */
};

static void on_epoch(void *ctx, unsigned epoch, double loss)
{
    (void)epoch, (void)loss;
    struct rating_run *run = ctx;
#pragma omp critical(evaluate_progress)
    ra_progress_set(&run->progress, ++run->done);
}

static const struct ra_csr *judged(const struct rating_run *run, const struct fold_run *fold)
{
    return run->job->on_train ? &fold->fold->train : &fold->fold->test;
}

static bool train_fold(struct rating_run *run, struct fold_run *fold)
{
    const struct evaluate_job *job = run->job;
    const struct ra_csr *asked = judged(run, fold);
    struct ra_train_params params = run->params;
    struct ra_rate_model model;
    if (job->watch)
        params.watch = fold == run->folds ? job->watch : NULL;
    double start = ra_clock_seconds();
    if (!ra_rate_train(job->rate, &model, &fold->fold->train, &params, &fold->err))
        return false;
    double trained = ra_clock_seconds();
    fold->estimates = calloc(ra_csr_nnz(asked) + 1, sizeof *fold->estimates);
    bool ok = fold->estimates || ra_fail(&fold->err, RA_ERR_NOMEM, "out of memory");
    ok = ok && ra_rate_estimate(&model, asked, fold->estimates, &fold->err);
    fold->train_s = trained - start;
    fold->estimate_s = ra_clock_seconds() - trained;
    ra_rate_model_finish(&model);
    return ok;
}

/* Models do not depend on threads: as many folds at once as there are threads for. */
static void train_folds(struct rating_run *run)
{
#pragma omp parallel for num_threads((int)run->at_once) schedule(dynamic, 1)
    for (unsigned i = 0; i < run->n_folds; i++) {
        struct fold_run *fold = &run->folds[i];
        const struct ra_fold *ready = run->job->folds;
        fold->fold = ready ? &ready[i] : &fold->own;
        fold->ok =
            (ready || ra_fold_make(&fold->own, &run->job->events, run->job->part, i, &fold->err)) &&
            train_fold(run, fold);
    }
}

/* One after the other, for the sums to be the same each time. */
static bool tally_folds(struct rating_run *run, struct ra_rating_metrics *out, struct ra_err *err)
{
    double start = ra_clock_seconds();
    for (unsigned i = 0; i < run->n_folds; i++) {
        struct fold_run *fold = &run->folds[i];
        if (!fold->ok)
            return ra_fail(err, fold->err.code, "%s", fold->err.text);
        if (!ra_rating_tally_add(run->tally, judged(run, fold), fold->estimates, &fold->rmse, err))
            return false;
        run->job->train_s += fold->train_s;
        run->job->evaluate_s += fold->estimate_s;
    }
    bool ok = ra_rating_tally_summarise(run->tally, out, err);
    run->job->evaluate_s += ra_clock_seconds() - start;
    return ok;
}

static void print_json(const struct rating_run *run, const struct ra_rating_metrics *metrics)
{
    const struct evaluate_job *job = run->job;
    printf("{\"algorithm\":\"%s\",", job->rate->name);
    evaluate_put_split_json(job);
    printf("\"on_train\":%s,\"k\":%u,\"threshold\":%g,\"readers\":%llu,\"ratings\":%llu,",
           job->on_train ? "true" : "false", metrics->k, metrics->threshold,
           (unsigned long long)metrics->n_readers, (unsigned long long)metrics->n_ratings);
    evaluate_put_json("rmse", &metrics->rmse);
    evaluate_put_json("mae", &metrics->mae);
    evaluate_put_json("precision", &metrics->precision);
    evaluate_put_json("recall", &metrics->recall);
    printf("\"fold_rmse\":[");
    for (unsigned i = 0; i < run->n_folds; i++) {
        if (isnan(run->folds[i].rmse))
            printf("%snull", i ? "," : "");
        else
            printf("%s%.6f", i ? "," : "", run->folds[i].rmse);
    }
    printf("],\"memory_mb\":%.1f,\"train_s\":%.3f,\"evaluate_s\":%.3f,\"wall_s\":%.3f}\n",
           run->memory_mb, job->train_s, job->evaluate_s, job->wall_s);
}

static void print_table(const struct rating_run *run, const struct ra_rating_metrics *metrics)
{
    const struct evaluate_job *job = run->job;
    char label[48];
    printf("%s: %llu %s ratings of %llu readers, split %s", job->rate->name,
           (unsigned long long)metrics->n_ratings,
           job->on_train ? "TRAINING (not withheld)" : "withheld",
           (unsigned long long)metrics->n_readers, ra_split_kind_name(job->params.kind));
    if (run->n_folds > 1)
        printf(" of %u", run->n_folds);
    printf(", seed %u\n", job->seed);
    evaluate_put_line("RMSE", &metrics->rmse);
    evaluate_put_line("MAE", &metrics->mae);
    snprintf(label, sizeof label, "precision@%u", metrics->k);
    evaluate_put_line(label, &metrics->precision);
    snprintf(label, sizeof label, "recall@%u", metrics->k);
    evaluate_put_line(label, &metrics->recall);
    printf("  (rated and estimated at %g or above)\n", metrics->threshold);
    printf("  trained in %.2f s, evaluated in %.2f s, %u at once: %.2f s in all; %.1f MB at most\n",
           job->train_s, job->evaluate_s, run->at_once, job->wall_s, run->memory_mb);
}

static bool begin(struct rating_run *run, struct ra_err *err)
{
    struct evaluate_job *job = run->job;
    unsigned threads = ra_threads(job->app->settings.train.threads);
    const struct ra_rating_params params = {
        .lowest = job->events.lowest,
        .highest = job->events.highest,
        .threshold = job->threshold,
        .k = job->k,
        .rounds = job->rounds,
        .seed = job->seed,
        .threads = job->app->settings.train.threads,
        .draws = job->draws,
    };
    run->n_folds = ra_split_folds(&job->params);
    run->at_once = run->n_folds < threads ? run->n_folds : threads;
    run->params = app_train_params(job->app, NULL);
    run->params.threads = threads / run->at_once;
    run->params.memory_limit /= run->at_once;
    run->watch = (struct ra_watch){on_epoch, run};
    /* Watching an algorithm costs a pass per epoch where it has no error at hand. */
    run->params.watch = job->app->quiet ? NULL : &run->watch;
    ra_progress_start(&run->progress, "epochs",
                      (uint64_t)run->n_folds * ra_rate_epochs(job->rate, &run->params),
                      job->app->quiet);
    run->tally = ra_rating_tally_create(job->events.n_readers, &params, err);
    run->folds = calloc(run->n_folds, sizeof *run->folds);
    return run->tally && (run->folds || ra_fail(err, RA_ERR_NOMEM, "out of memory"));
}

static void finish(struct rating_run *run)
{
    ra_progress_end(&run->progress);
    ra_rating_tally_destroy(run->tally);
    for (unsigned i = 0; run->folds && i < run->n_folds; i++) {
        ra_fold_finish(&run->folds[i].own);
        free(run->folds[i].estimates);
    }
    free(run->folds);
}

static bool judge_folds(struct rating_run *run, struct ra_rating_metrics *out, struct ra_err *err)
{
    double start = ra_clock_seconds();
    bool ok = begin(run, err);
    if (ok)
        train_folds(run);
    ok = ok && tally_folds(run, out, err);
    run->job->wall_s = ra_clock_seconds() - start;
    for (unsigned i = 0; ok && run->job->fold_rmse && i < run->n_folds; i++)
        run->job->fold_rmse[i] = run->folds[i].rmse;
    if (ok)
        run->memory_mb =
            (double)run->at_once / 1e6 *
            (double)ra_rate_bytes(run->job->rate, &run->folds[0].fold->train, &run->params);
    return ok;
}

bool evaluate_rate_folds(struct evaluate_job *job, struct ra_rating_metrics *out,
                         struct ra_err *err)
{
    struct rating_run run = {.job = job};
    bool ok = judge_folds(&run, out, err);
    if (ok && job->activity)
        ok = evaluate_activity_fill(job->activity, &job->folds[0].train, NULL, run.tally, err);
    finish(&run);
    return ok;
}

bool evaluate_ratings(struct evaluate_job *job, struct ra_err *err)
{
    struct rating_run run = {.job = job};
    struct ra_rating_metrics metrics;
    bool ok = judge_folds(&run, &metrics, err);
    if (ok)
        job->app->json ? print_json(&run, &metrics) : print_table(&run, &metrics);
    finish(&run);
    return ok;
}
