/* `readalike train`: a snapshot of the store becomes a registered, live model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "readalike/clock.h"
#include "readalike/str.h"
#include "snapshot.h"
#include "train_job.h"

/* Seconds since `*since`, which becomes now. */
static double lap(double *since)
{
    double now = ra_clock_seconds(), seconds = now - *since;
    *since = now;
    return seconds;
}

/* With no reading at all there are no neighbours to find: popularity from the source's counts. */
static void choose_algorithms(struct train_job *job)
{
    const char *wanted =
        job->grid.n ? job->grid.candidates[0].algorithm : job->app->settings.train.algorithm;
    if (job->algorithms.n == 0)
        job->algorithms.items[job->algorithms.n++] = wanted;
    /* What books are like needs no reader. */
    if (ra_csr_nnz(&job->dataset->read) || strcmp(job->algorithms.items[0], "content") == 0)
        return;
    job->fell_back = strcmp(job->algorithms.items[0], "popularity") != 0;
    job->algorithms = (struct opt_list){.items = {"popularity"}, .n = 1};
}

static bool prepare(struct train_job *job, struct ra_err *err)
{
    double since = ra_clock_seconds();
    job->start = since;
    job->dataset = app_snapshot(job->app, err);
    if (!job->dataset)
        return false;
    choose_algorithms(job);
    job->snapshot_s = lap(&since);
    train_say_snapshot(job);
    return true;
}

static bool make_catalogue(struct train_job *job, struct ra_err *err)
{
    double since = ra_clock_seconds();
    job->catalogue = catalogue_create(job->dataset, err);
    job->catalogue_s = lap(&since);
    if (job->catalogue)
        train_say_catalogue(job);
    return job->catalogue != NULL;
}

static bool train_all(struct train_job *job, struct ra_registry *registry, struct ra_err *err)
{
    struct app app = *job->app;
    if (job->winner) {
        job->algorithms = (struct opt_list){.items = {job->winner->algorithm}, .n = 1};
        app.settings = job->winner->settings;
    }
    for (size_t i = 0; i < job->algorithms.n; i++) {
        job->results[i].algorithm = job->algorithms.items[i];
        if (!train_model(job, &app, i, registry, err))
            return ra_err_wrap(err, "%s", job->algorithms.items[i]);
        train_say_result(job, &job->results[i]);
    }
    return true;
}

/* False without `err`: refused, which was no failure of the training. */
static bool promote(struct train_job *job, struct ra_registry *registry, struct ra_err *err)
{
    struct train_result *first = &job->results[0];
    job->is_refused = job->is_refused && !job->is_forced && !job->no_promote;
    if (job->is_refused || job->no_promote)
        return !job->is_refused;
    double since = ra_clock_seconds();
    interrupt_hold();
    first->promoted = ra_registry_promote(registry, first->model.version, err);
    interrupt_release();
    first->model.register_s += lap(&since);
    return first->promoted;
}

static bool run(struct train_job *job, struct ra_registry *registry, struct ra_err *err)
{
    bool judges = job->grid_path || job->checks;
    return prepare(job, err) && (!judges || job->fell_back || train_choose(job, registry, err)) &&
           make_catalogue(job, err) && train_all(job, registry, err) && promote(job, registry, err);
}

static void finish(struct train_job *job)
{
    for (size_t i = 0; i < OPT_LIST_MAX; i++)
        free(job->results[i].model.path);
    catalogue_destroy(job->catalogue);
    grid_finish(&job->grid);
    ra_dataset_destroy(job->dataset);
}

static bool check_algorithms(const struct train_job *job, struct ra_err *err)
{
    const struct settings *settings = &job->app->settings;
    for (size_t i = 0; i < job->algorithms.n; i++) {
        if (!train_check_algorithm(settings, job->algorithms.items[i], err))
            return false;
    }
    return job->algorithms.n || job->grid_path ||
           train_check_algorithm(settings, settings->train.algorithm, err);
}

/* What was wanted was more than registering: not done, and how to do it. */
static int say_refused(const struct train_job *job)
{
    if (job->app->json)
        train_print_json(job);
    fprintf(
        stderr,
        "readalike: not promoted: %s; `readalike models promote %s` or --force does it anyway\n",
        job->verdict, job->results[0].model.version);
    return EXIT_FAILED;
}

static int train(struct train_job *job, const struct command *command)
{
    struct ra_err err = {0};
    if (job->grid_path && (job->algorithms.n || job->checks))
        return app_usage(command,
                         "--grid names the algorithms and checks: no --algorithm or --check "
                         "beside it");
    if (job->checks && job->algorithms.n > 1)
        return app_usage(command, "--check takes one --algorithm; a grid takes several");
    if (!check_algorithms(job, &err) ||
        ((job->grid_path || job->checks) && !train_read_grid(job, &err)))
        return app_fail(job->app, &err, EXIT_USAGE);
    interrupt_install();
    struct ra_registry *registry = app_open_registry(job->app, &err);
    bool ok = registry && run(job, registry, &err);
    ra_registry_close(registry);
    if (job->is_refused && err.code == RA_OK)
        return say_refused(job);
    if (ok)
        job->app->json ? train_print_json(job) : train_print_end(job);
    return ok ? EXIT_DONE : app_fail(job->app, &err, EXIT_FAILED);
}

int cmd_train(struct app *app, const struct command *command, int argc, char **argv)
{
    struct train_job job = {.app = app};
    const struct opt opts[] = {
        {"algorithm", OPT_LIST, &job.algorithms, "NAME",
         "instead of train.algorithm; of several the first goes live"},
        {"grid", OPT_STRING, &job.grid_path, "FILE",
         "judge its candidates first, train the best (config/grid.conf)"},
        {"check", OPT_FLAG, &job.checks, NULL,
         "judge it beside the live model first; a worse one does not go live"},
        {"force", OPT_FLAG, &job.is_forced, NULL, "go live even if it is worse"},
        {"no-promote", OPT_FLAG, &job.no_promote, NULL, "register only, do not go live"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    status = train(&job, command);
    finish(&job);
    return status;
}
