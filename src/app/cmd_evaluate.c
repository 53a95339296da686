/* `readalike evaluate`: trains on one file of interactions, measures on another; needs no store. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "readalike/clock.h"
#include "readalike/evaluate.h"
#include "readalike/interactions.h"
#include "readalike/str.h"
#include "train_params.h"

struct evaluate_job {
    const char *train_path, *test_path, *algorithm;
    unsigned k;
    struct ra_split split;
    struct ra_neighbours neighbours;
    float *popularity; /* (n_items) */
    double train_s, evaluate_s;
    struct ra_metrics metrics;
};

static void score_popular(const void *ctx, const uint32_t *items, const float *weights, size_t n,
                          float *scores)
{
    (void)items, (void)weights, (void)n;
    const struct evaluate_job *job = ctx;
    memcpy(scores, job->popularity, job->split.train.n_cols * sizeof *scores);
}

static bool train_popular(struct evaluate_job *job, struct ra_scorer *scorer, struct ra_err *err)
{
    const struct ra_csr *train = &job->split.train;
    job->popularity = calloc((size_t)train->n_cols + 1, sizeof *job->popularity);
    if (!job->popularity)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (uint64_t i = 0; i < ra_csr_nnz(train); i++)
        job->popularity[train->col[i]]++;
    *scorer = (struct ra_scorer){score_popular, job};
    return true;
}

static bool train(struct evaluate_job *job, const struct app *app, struct ra_scorer *scorer,
                  struct ra_err *err)
{
    if (strcmp(job->algorithm, "popularity") == 0)
        return train_popular(job, scorer, err);
    struct ra_item_knn_params params = app_item_knn_params(app, NULL);
    if (!ra_train_item_knn(&job->neighbours, &job->split.train, &params, err))
        return false;
    *scorer = (struct ra_scorer){ra_item_knn_score, &job->neighbours};
    return true;
}

static bool evaluate(struct evaluate_job *job, const struct app *app, struct ra_err *err)
{
    if (!ra_split_read(&job->split, job->train_path, job->test_path, err))
        return false;
    double start = ra_clock_seconds();
    struct ra_scorer scorer;
    if (!train(job, app, &scorer, err))
        return false;
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
           job->algorithm, m->k, (unsigned long long)m->n_readers,
           (unsigned long long)m->n_relevant, job->split.train.n_cols, m->recall.mean,
           m->recall.interval, m->ndcg.mean, m->ndcg.interval, m->hit_rate.mean, m->mrr.mean,
           job->train_s, job->evaluate_s);
}

static void print_table(const struct evaluate_job *job)
{
    const struct ra_metrics *m = &job->metrics;
    printf("%s: %llu readers with %llu withheld of %u items, all items ranked\n", job->algorithm,
           (unsigned long long)m->n_readers, (unsigned long long)m->n_relevant,
           job->split.train.n_cols);
    printf("  Recall@%-5u %.4f  +- %.4f\n", m->k, m->recall.mean, m->recall.interval);
    printf("  NDCG@%-7u %.4f  +- %.4f\n", m->k, m->ndcg.mean, m->ndcg.interval);
    printf("  hit rate@%-3u %.4f  +- %.4f\n", m->k, m->hit_rate.mean, m->hit_rate.interval);
    printf("  MRR@%-8u %.4f  +- %.4f\n", m->k, m->mrr.mean, m->mrr.interval);
    printf("  trained in %.2f s, evaluated in %.2f s\n", job->train_s, job->evaluate_s);
}

static void finish(struct evaluate_job *job)
{
    ra_split_finish(&job->split);
    ra_neighbours_finish(&job->neighbours);
    free(job->popularity);
}

int cmd_evaluate(struct app *app, const struct command *command, int argc, char **argv)
{
    struct evaluate_job job = {.k = 20};
    const struct opt opts[] = {
        {"train", OPT_STRING, &job.train_path, "FILE", "lines of `reader item item ...`"},
        {"test", OPT_STRING, &job.test_path, "FILE", "the withheld part, likewise"},
        {"algorithm", OPT_STRING, &job.algorithm, "NAME", "instead of train.algorithm"},
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
    if (!job.algorithm)
        job.algorithm = app->settings.train.algorithm;
    if (!app_check_algorithm(job.algorithm, &err))
        return app_fail(app, &err, EXIT_USAGE);
    bool ok = evaluate(&job, app, &err);
    if (ok)
        app->json ? print_json(&job) : print_table(&job);
    finish(&job);
    return ok ? EXIT_DONE : app_fail(app, &err, EXIT_FAILED);
}
