/* `readalike evaluate`: trains on one file of interactions, measures on another; needs no store. */
#include <math.h>
#include <stdio.h>

#include "app.h"
#include "readalike/clock.h"
#include "readalike/evaluate.h"
#include "readalike/interactions.h"
#include "readalike/str.h"
#include "train_params.h"

struct evaluate_job {
    const char *train_path, *test_path, *name;
    const struct ra_algorithm *algorithm;
    unsigned k;
    struct ra_split split;
    struct ra_ranker ranker;
    double train_s, evaluate_s;
    struct ra_metrics metrics;
};

static bool evaluate(struct evaluate_job *job, const struct app *app, struct ra_err *err)
{
    if (!ra_split_read(&job->split, job->train_path, job->test_path, err))
        return false;
    double start = ra_clock_seconds();
    struct ra_train_params params = app_train_params(app, NULL);
    if (!ra_train(job->algorithm, &job->ranker, &job->split.train, &params, err))
        return false;
    const struct ra_scorer scorer = {ra_ranker_score, &job->ranker};
    job->train_s = ra_clock_seconds() - start;
    start = ra_clock_seconds();
    bool ok = ra_evaluate(&job->split.train, &job->split.test, &scorer, job->k,
                          app->settings.train.threads, &job->metrics, err);
    job->evaluate_s = ra_clock_seconds() - start;
    return ok;
}

static void print_json(const struct evaluate_job *job)
{
    const struct ra_metrics *m = &job->metrics;
    printf("{\"algorithm\":\"%s\",\"k\":%u,\"readers\":%llu,\"relevant\":%llu,\"items\":%u,"
           "\"recall\":%.6f,\"recall_interval\":%.6f,\"ndcg\":%.6f,\"ndcg_interval\":%.6f,"
           "\"hit_rate\":%.6f,\"mrr\":%.6f,\"train_s\":%.3f,\"evaluate_s\":%.3f}\n",
           job->algorithm->name, m->k, (unsigned long long)m->n_readers,
           (unsigned long long)m->n_relevant, job->split.train.n_cols, m->recall.mean,
           m->recall.interval, m->ndcg.mean, m->ndcg.interval, m->hit_rate.mean, m->mrr.mean,
           job->train_s, job->evaluate_s);
}

static void print_table(const struct evaluate_job *job)
{
    const struct ra_metrics *m = &job->metrics;
    printf("%s: %llu readers with %llu withheld of %u items, all items ranked\n",
           job->algorithm->name, (unsigned long long)m->n_readers,
           (unsigned long long)m->n_relevant, job->split.train.n_cols);
    printf("  Recall@%-5u %.4f  +- %.4f\n", m->k, m->recall.mean, m->recall.interval);
    printf("  NDCG@%-7u %.4f  +- %.4f\n", m->k, m->ndcg.mean, m->ndcg.interval);
    printf("  hit rate@%-3u %.4f  +- %.4f\n", m->k, m->hit_rate.mean, m->hit_rate.interval);
    printf("  MRR@%-8u %.4f  +- %.4f\n", m->k, m->mrr.mean, m->mrr.interval);
    printf("  trained in %.2f s, evaluated in %.2f s\n", job->train_s, job->evaluate_s);
}

static void finish(struct evaluate_job *job)
{
    ra_split_finish(&job->split);
    ra_ranker_finish(&job->ranker);
}

int cmd_evaluate(struct app *app, const struct command *command, int argc, char **argv)
{
    struct evaluate_job job = {.k = 20};
    const struct opt opts[] = {
        {"train", OPT_STRING, &job.train_path, "FILE", "lines of `reader item item ...`"},
        {"test", OPT_STRING, &job.test_path, "FILE", "the withheld part, likewise"},
        {"algorithm", OPT_STRING, &job.name, "NAME", "instead of train.algorithm"},
        {"k", OPT_UINT, &job.k, "N", "length of the lists that are judged (20)"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    if (!job.train_path || !job.test_path)
        return app_usage(command, "--train FILE and --test FILE are needed");
    if (job.k < 1 || job.k > RA_EVALUATE_K_MAX)
        return app_usage(command, "--k is not between 1 and %d", RA_EVALUATE_K_MAX);
    struct ra_err err = {0};
    if (!job.name)
        job.name = app->settings.train.algorithm;
    job.algorithm = ra_algorithm_find(job.name, &err);
    if (!job.algorithm)
        return app_fail(app, &err, EXIT_USAGE);
    bool ok = evaluate(&job, app, &err);
    if (ok)
        app->json ? print_json(&job) : print_table(&job);
    finish(&job);
    return ok ? EXIT_DONE : app_fail(app, &err, EXIT_FAILED);
}
