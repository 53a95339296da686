/* `readalike evaluate` with an algorithm that predicts ratings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "readalike/clock.h"
#include "readalike/progress.h"

struct rating_run {
    struct evaluate_job *job;
    unsigned folds, fold, done; /* `done` counts epochs of all folds */
    struct ra_progress progress;
    struct ra_rate_watch watch;
    struct ra_rating_tally *tally;
    double *fold_rmse; /* (folds) */
};

static void on_epoch(void *ctx, unsigned epoch, double rmse)
{
    (void)epoch, (void)rmse;
    struct rating_run *run = ctx;
    ra_progress_set(&run->progress, ++run->done);
}

static bool judge_fold(struct rating_run *run, const struct ra_fold *fold, struct ra_err *err)
{
    struct evaluate_job *job = run->job;
    struct ra_rate_model model = {0};
    double start = ra_clock_seconds();
    bool ok = ra_rate_train(job->rate, &model, &fold->train, &job->rate_params, err);
    double trained = ra_clock_seconds();
    const struct ra_predictor predictor = {ra_rate_predict, &model};
    ok = ok && ra_rating_tally_add(run->tally, job->on_train ? &fold->train : &fold->test,
                                   &predictor, &run->fold_rmse[run->fold], err);
    job->train_s += trained - start;
    job->evaluate_s += ra_clock_seconds() - trained;
    ra_rate_model_finish(&model);
    return ok;
}

static bool make_and_judge(struct rating_run *run, struct ra_err *err)
{
    struct ra_fold fold;
    if (!ra_fold_make(&fold, &run->job->events, run->job->part, run->fold, err))
        return false;
    bool ok = judge_fold(run, &fold, err);
    ra_fold_finish(&fold);
    return ok;
}

static bool judge_folds(struct rating_run *run, struct ra_rating_metrics *out, struct ra_err *err)
{
    const struct ra_fold *folds = run->job->folds;
    for (run->fold = 0; run->fold < run->folds; run->fold++) {
        bool ok = folds ? judge_fold(run, &folds[run->fold], err) : make_and_judge(run, err);
        if (!ok)
            return false;
    }
    double start = ra_clock_seconds();
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
    for (unsigned i = 0; i < run->folds; i++) {
        if (isnan(run->fold_rmse[i]))
            printf("%snull", i ? "," : "");
        else
            printf("%s%.6f", i ? "," : "", run->fold_rmse[i]);
    }
    printf("],\"train_s\":%.3f,\"evaluate_s\":%.3f}\n", job->train_s, job->evaluate_s);
}

static void print_table(const struct rating_run *run, const struct ra_rating_metrics *metrics)
{
    const struct evaluate_job *job = run->job;
    char label[48];
    printf("%s: %llu %s ratings of %llu readers, split %s", job->rate->name,
           (unsigned long long)metrics->n_ratings,
           job->on_train ? "TRAINING (not withheld)" : "withheld",
           (unsigned long long)metrics->n_readers, ra_split_kind_name(job->params.kind));
    if (run->folds > 1)
        printf(" of %u", run->folds);
    printf(", seed %u\n", job->seed);
    evaluate_put_line("RMSE", &metrics->rmse);
    evaluate_put_line("MAE", &metrics->mae);
    snprintf(label, sizeof label, "precision@%u", metrics->k);
    evaluate_put_line(label, &metrics->precision);
    snprintf(label, sizeof label, "recall@%u", metrics->k);
    evaluate_put_line(label, &metrics->recall);
    printf("  (rated and estimated at %g or above)\n", metrics->threshold);
    printf("  trained in %.2f s, evaluated in %.2f s\n", job->train_s, job->evaluate_s);
}

static bool begin(struct rating_run *run, struct ra_err *err)
{
    struct evaluate_job *job = run->job;
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
    run->watch = (struct ra_rate_watch){on_epoch, run};
    /* Watching an algorithm costs a pass per epoch where it has no error at hand. */
    job->rate_params.watch = job->app->quiet ? NULL : &run->watch;
    ra_progress_start(&run->progress, "epochs", (uint64_t)run->folds * job->rate_params.n_epochs,
                      job->app->quiet);
    run->tally = ra_rating_tally_create(job->events.n_readers, &params, err);
    run->fold_rmse = calloc(run->folds, sizeof *run->fold_rmse);
    return run->tally && (run->fold_rmse || ra_fail(err, RA_ERR_NOMEM, "out of memory"));
}

static void finish(struct rating_run *run)
{
    ra_progress_end(&run->progress);
    ra_rating_tally_destroy(run->tally);
    free(run->fold_rmse);
}

bool evaluate_rate_folds(struct evaluate_job *job, struct ra_rating_metrics *out,
                         struct ra_err *err)
{
    struct rating_run run = {.job = job, .folds = ra_split_folds(&job->params)};
    bool ok = begin(&run, err) && judge_folds(&run, out, err);
    if (ok && job->fold_rmse)
        memcpy(job->fold_rmse, run.fold_rmse, run.folds * sizeof *run.fold_rmse);
    finish(&run);
    return ok;
}

bool evaluate_ratings(struct evaluate_job *job, struct ra_err *err)
{
    struct rating_run run = {.job = job, .folds = ra_split_folds(&job->params)};
    struct ra_rating_metrics metrics;
    bool ok = begin(&run, err) && judge_folds(&run, &metrics, err);
    if (ok)
        job->app->json ? print_json(&run, &metrics) : print_table(&run, &metrics);
    finish(&run);
    return ok;
}
