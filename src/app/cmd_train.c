/* `readalike train`: a snapshot of the store becomes a registered, live model. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "build_model.h"
#include "readalike/clock.h"
#include "readalike/file.h"
#include "readalike/progress.h"
#include "readalike/registry.h"
#include "readalike/str.h"
#include "snapshot.h"
#include "train_params.h"

/* One algorithm's way from the dataset to the registry. */
struct result {
    const char *algorithm;
    char version[RA_VERSION_MAX + 1];
    char *path;
    uint64_t similar_pairs, memory;
    unsigned factors;
    bool added, promoted;
    double train_s, write_s, register_s;
};

struct train_job {
    const struct app *app;
    struct opt_list algorithms;
    bool no_promote;
    struct ra_dataset *dataset;
    struct catalogue *catalogue;
    struct result results[OPT_LIST_MAX];
    double start, snapshot_s, catalogue_s;
    bool fell_back; /* to popularity, as nobody read anything */
};

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
    if (job->algorithms.n == 0)
        job->algorithms.items[job->algorithms.n++] = job->app->settings.train.algorithm;
    if (ra_csr_nnz(&job->dataset->read))
        return;
    job->fell_back = strcmp(job->algorithms.items[0], "popularity") != 0;
    job->algorithms = (struct opt_list){.items = {"popularity"}, .n = 1};
}

static bool train_popularity(const struct train_job *job, struct trained *out, struct ra_err *err)
{
    size_t n = (size_t)job->dataset->n_items + 1;
    out->prior = job->app->settings.train.prior;
    out->count = calloc(n, sizeof *out->count);
    out->mean = calloc(n, sizeof *out->mean);
    if (!out->count || !out->mean)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ra_train_popularity(&job->dataset->read, out->prior, out->count, out->mean);
    return true;
}

struct user {
    int64_t id;
    uint32_t row;
};

static int by_id(const void *a, const void *b)
{
    const struct user *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The readers' vectors by rising ids. */
static bool take_users(const struct ra_dataset *dataset, const float *reader, struct trained *out,
                       struct ra_err *err)
{
    size_t n = dataset->n_readers, f = out->factors.n_factors;
    struct user *users = calloc(n + 1, sizeof *users);
    out->user_ids = calloc(n + 1, sizeof *out->user_ids);
    out->user_factors = calloc(n + 1, (f + 1) * sizeof *out->user_factors);
    bool ok = users && out->user_ids && out->user_factors;
    for (uint32_t u = 0; ok && u < n; u++)
        users[u] = (struct user){dataset->reader_ids[u], u};
    if (ok)
        qsort(users, n, sizeof *users, by_id);
    for (size_t u = 0; ok && u < n; u++) {
        out->user_ids[u] = users[u].id;
        memcpy(out->user_factors + u * f, reader + users[u].row * f, f * sizeof *reader);
    }
    out->n_users = dataset->n_readers;
    free(users);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the readers' factors");
}

/* What a model file holds goes over to `out`; the rest of the ranker goes. */
static bool take_ranker(const struct train_job *job, struct ra_ranker *ranker, struct trained *out,
                        struct result *result, struct ra_err *err)
{
    bool ok = true;
    out->neighbours = ranker->neighbours;
    out->factors = ranker->factors;
    ranker->neighbours = (struct ra_neighbours){0};
    ranker->factors = (struct ra_factors){0};
    if (out->neighbours.start)
        result->similar_pairs = out->neighbours.start[out->neighbours.n_items];
    result->factors = out->factors.n_factors;
    if (out->factors.item && ranker->reader && job->app->settings.train.user_factors)
        ok = take_users(job->dataset, ranker->reader, out, err);
    ra_ranker_finish(ranker);
    return ok;
}

static bool train_ranker(const struct train_job *job, const struct ra_algorithm *algorithm,
                         struct trained *out, struct result *result, struct ra_err *err)
{
    struct ra_progress progress;
    struct ra_csr weights;
    struct ra_ranker ranker;
    out->scale = (struct ra_rating_scale){
        .weight = job->app->settings.train.rating_weight,
        .mean = job->dataset->mean_rating,
        .lowest = (double)job->dataset->lowest,
        .highest = (double)job->dataset->highest,
    };
    if (!ra_train_weights(&weights, &job->dataset->read, out->scale.weight, err))
        return false;
    ra_progress_start(&progress, "steps", 0, job->app->quiet);
    out->params = app_train_params(job->app, &progress);
    const struct ra_train_data data = {
        .weights = &weights,
        .ratings = &job->dataset->read,
        .when = job->dataset->when,
    };
    result->memory = algorithm->bytes(&data, &out->params);
    if (!job->app->json) {
        printf("%s takes %.0f MB at most, beside the ratings\n", algorithm->name,
               (double)result->memory / 1e6);
        fflush(stdout);
    }
    bool ok = ra_train(algorithm, &ranker, &data, &out->params, err);
    if (ok)
        ok = take_ranker(job, &ranker, out, result, err);
    ra_progress_end(&progress);
    ra_csr_finish(&weights);
    return ok;
}

/* Writes the file under a name that no listing shows, and hands it to the registry. */
static bool write_and_register(const struct train_job *job, const struct trained *trained,
                               struct ra_registry *registry, struct result *result,
                               struct ra_err *err)
{
    char name[64];
    snprintf(name, sizeof name, ".incoming-%ld", (long)getpid());
    char *path = ra_file_join(job->app->settings.models.dir, name);
    if (!path)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    double since = ra_clock_seconds();
    bool ok = build_model(job->dataset, job->catalogue, trained, path, result->version, err);
    result->write_s = lap(&since);
    if (ok && !ra_registry_add(registry, path, &result->added, err)) {
        unlink(path);
        ok = false;
    }
    free(path);
    if (ok)
        result->path = ra_registry_path(registry, result->version, err);
    result->register_s = lap(&since);
    return ok && result->path;
}

/* A stage is told when it is done, so that a long training shows where it is. */
static void say_snapshot(const struct train_job *job)
{
    const struct ra_dataset *dataset = job->dataset;
    if (job->app->json)
        return;
    printf("%u books, %u readers, %llu ratings (%llu explicit) read in %.2f s\n", dataset->n_items,
           dataset->n_readers, (unsigned long long)ra_csr_nnz(&dataset->read),
           (unsigned long long)dataset->n_rated, job->snapshot_s);
    if (job->fell_back)
        puts("Nobody has read anything yet: a popularity model from the source's own counts.");
    fflush(stdout);
}

static void say_catalogue(const struct train_job *job)
{
    if (!job->app->json)
        printf("catalogue and title index made in %.2f s\n", job->catalogue_s);
    fflush(stdout);
}

static void say_result(const struct train_job *job, const struct result *result)
{
    if (job->app->json)
        return;
    printf("%s: trained in %.2f s", result->algorithm, result->train_s);
    if (result->similar_pairs)
        printf(" (%llu neighbours)", (unsigned long long)result->similar_pairs);
    if (result->factors)
        printf(" (%u factors)", result->factors);
    printf(", written in %.2f s, registered in %.2f s\n", result->write_s, result->register_s);
    printf("version %s %s\n  %s\n", result->version,
           result->added ? "added" : "was there already, unchanged", result->path);
    fflush(stdout);
}

static bool train_one(struct train_job *job, size_t at, struct ra_registry *registry,
                      struct ra_err *err)
{
    struct result *result = &job->results[at];
    result->algorithm = job->algorithms.items[at];
    const struct ra_algorithm *algorithm = ra_algorithm_find(result->algorithm, err);
    if (!algorithm)
        return false;
    struct trained trained = {.algorithm = result->algorithm};
    double since = ra_clock_seconds();
    bool ok = train_popularity(job, &trained, err);
    if (ok && algorithm->kind != RA_RANKER_POPULARITY)
        ok = train_ranker(job, algorithm, &trained, result, err);
    result->train_s = lap(&since);
    ok = ok && write_and_register(job, &trained, registry, result, err);
    trained_finish(&trained);
    return ok;
}

static bool train_all(struct train_job *job, struct ra_registry *registry, struct ra_err *err)
{
    double since = ra_clock_seconds();
    job->start = since;
    job->dataset = app_snapshot(job->app, err);
    if (!job->dataset)
        return false;
    choose_algorithms(job);
    job->snapshot_s = lap(&since);
    say_snapshot(job);
    job->catalogue = catalogue_create(job->dataset, err);
    if (!job->catalogue)
        return false;
    job->catalogue_s = lap(&since);
    say_catalogue(job);
    for (size_t i = 0; i < job->algorithms.n; i++) {
        if (!train_one(job, i, registry, err))
            return ra_err_wrap(err, "%s", job->algorithms.items[i]);
        say_result(job, &job->results[i]);
    }
    if (job->no_promote)
        return true;
    since = ra_clock_seconds();
    job->results[0].promoted = ra_registry_promote(registry, job->results[0].version, err);
    job->results[0].register_s += lap(&since);
    return job->results[0].promoted;
}

static void print_end(const struct train_job *job)
{
    if (job->results[0].promoted)
        printf("%s is live.\n", job->results[0].version);
    printf("done in %.2f s\n", ra_clock_seconds() - job->start);
}

static void put_result(struct ra_buf *out, const struct result *result)
{
    ra_buf_putf(out, "{\"version\":\"%s\",\"algorithm\":\"%s\",\"path\":", result->version,
                result->algorithm);
    ra_buf_put_json(out, result->path);
    ra_buf_putf(out,
                ",\"added\":%s,\"promoted\":%s,\"similar_pairs\":%llu,\"factors\":%u,"
                "\"memory_bytes\":%llu,"
                "\"train_s\":%.3f,\"write_s\":%.3f,\"register_s\":%.3f}",
                result->added ? "true" : "false", result->promoted ? "true" : "false",
                (unsigned long long)result->similar_pairs, result->factors,
                (unsigned long long)result->memory, result->train_s, result->write_s,
                result->register_s);
}

static void print_json(const struct train_job *job)
{
    const struct ra_dataset *dataset = job->dataset;
    struct ra_buf out;
    ra_buf_init(&out);
    ra_buf_putf(&out,
                "{\"books\":%u,\"readers\":%u,\"ratings\":%llu,\"explicit_ratings\":%llu,"
                "\"fingerprint\":\"%016llx\",\"fell_back\":%s,\"snapshot_s\":%.3f,"
                "\"catalogue_s\":%.3f,\"total_s\":%.3f,\"models\":[",
                dataset->n_items, dataset->n_readers,
                (unsigned long long)ra_csr_nnz(&dataset->read),
                (unsigned long long)dataset->n_rated, (unsigned long long)dataset->fingerprint,
                job->fell_back ? "true" : "false", job->snapshot_s, job->catalogue_s,
                ra_clock_seconds() - job->start);
    for (size_t i = 0; i < job->algorithms.n; i++) {
        if (i)
            ra_buf_putc(&out, ',');
        put_result(&out, &job->results[i]);
    }
    ra_buf_puts(&out, "]}");
    const char *text = ra_buf_cstr(&out);
    puts(text ? text : "{}");
    ra_buf_finish(&out);
}

static void finish(struct train_job *job)
{
    for (size_t i = 0; i < OPT_LIST_MAX; i++)
        free(job->results[i].path);
    catalogue_destroy(job->catalogue);
    ra_dataset_destroy(job->dataset);
}

static bool check_algorithm(const struct train_job *job, const char *name, struct ra_err *err)
{
    const struct ra_algorithm *algorithm = ra_algorithm_find(name, err);
    if (!algorithm)
        return false;
    if (strcmp(name, "ease") == 0 && job->app->settings.algorithms.ease.dense)
        return ra_fail(err, RA_ERR_INVALID,
                       "ease.dense is only for `readalike evaluate`: a model file holds the best "
                       "train.neighbours of each row");
    return true;
}

static bool check_algorithms(const struct train_job *job, struct ra_err *err)
{
    for (size_t i = 0; i < job->algorithms.n; i++) {
        if (!check_algorithm(job, job->algorithms.items[i], err))
            return false;
    }
    return job->algorithms.n || check_algorithm(job, job->app->settings.train.algorithm, err);
}

int cmd_train(struct app *app, const struct command *command, int argc, char **argv)
{
    struct train_job job = {.app = app};
    const struct opt opts[] = {
        {"algorithm", OPT_LIST, &job.algorithms, "NAME",
         "instead of train.algorithm; of several the first goes live"},
        {"no-promote", OPT_FLAG, &job.no_promote, NULL, "register only, do not go live"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    struct ra_err err = {0};
    if (!check_algorithms(&job, &err))
        return app_fail(app, &err, EXIT_USAGE);
    struct ra_registry *registry = app_open_registry(app, &err);
    bool ok = registry && train_all(&job, registry, &err);
    if (ok)
        app->json ? print_json(&job) : print_end(&job);
    finish(&job);
    ra_registry_close(registry);
    return ok ? EXIT_DONE : app_fail(app, &err, EXIT_FAILED);
}
