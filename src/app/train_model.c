/* Trains one algorithm on the whole dataset, and hands the model to the registry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "interrupt.h"
#include "readalike/clock.h"
#include "readalike/progress.h"
#include "readalike/threads.h"
#include "run_record.h"
#include "train_job.h"
#include "train_params.h"

/* What is needed only until the model is there. */
struct training {
    struct train_job *job;
    const struct app *app; /* with the settings to train by */
    struct train_result *result;
    struct trained trained;
    struct run_curve curve;
    uint64_t base_rss;
};

/* Seconds since `*since`, which becomes now. */
static double lap(double *since)
{
    double now = ra_clock_seconds(), seconds = now - *since;
    *since = now;
    return seconds;
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
static bool take_ranker(struct training *training, struct ra_ranker *ranker, struct ra_err *err)
{
    struct trained *out = &training->trained;
    struct train_result *result = training->result;
    bool ok = true;
    out->neighbours = ranker->neighbours;
    out->factors = ranker->factors;
    out->popularity = ranker->popularity;
    ranker->popularity = NULL;
    ranker->neighbours = (struct ra_neighbours){0};
    ranker->factors = (struct ra_factors){0};
    if (out->neighbours.start)
        result->similar_pairs = out->neighbours.start[out->neighbours.n_items];
    result->factors = out->factors.n_factors;
    if (out->factors.item && ranker->reader && training->app->settings.train.user_factors)
        ok = take_users(training->job->dataset, ranker->reader, out, err);
    ra_ranker_finish(ranker);
    return ok;
}

static void say_memory(const struct training *training)
{
    if (training->app->quiet)
        return;
    printf("%s takes %.0f MB at most, beside the ratings\n", training->result->algorithm,
           (double)training->result->memory / 1e6);
    fflush(stdout);
}

static struct ra_rating_scale scale_of(const struct training *training)
{
    const struct ra_dataset *dataset = training->job->dataset;
    return (struct ra_rating_scale){
        .weight = training->app->settings.train.rating_weight,
        .mean = dataset->mean_rating,
        .lowest = (double)dataset->lowest,
        .highest = (double)dataset->highest,
    };
}

static bool train_ranker(struct training *training, const struct ra_algorithm *algorithm,
                         struct ra_err *err)
{
    const struct ra_dataset *dataset = training->job->dataset;
    struct trained *out = &training->trained;
    struct ra_progress progress;
    struct ra_csr weights;
    struct ra_ranker ranker;
    out->scale = scale_of(training);
    if (!ra_train_weights(&weights, &dataset->read, out->scale.weight, err))
        return false;
    ra_progress_start(&progress, "steps", 0, training->app->quiet);
    out->params = app_train_params(training->app, &progress);
    /* Telling the loss takes time, which only who compares asks for. */
    out->params.watch = training->job->winner ? &training->curve.watch : NULL;
    const struct ra_train_data data = {
        .weights = &weights,
        .ratings = &dataset->read,
        .when = dataset->when,
        .features = &dataset->features,
    };
    training->result->memory = algorithm->bytes(&data, &out->params);
    say_memory(training);
    bool ok = ra_train(algorithm, &ranker, &data, &out->params, err) &&
              take_ranker(training, &ranker, err);
    ra_progress_end(&progress);
    out->params.progress = NULL;
    out->params.watch = NULL;
    ra_csr_finish(&weights);
    return ok;
}

static bool orders_anew(const struct training *training)
{
    return training->app->settings.algorithms.popularity.by &&
           ra_csr_nnz(&training->job->dataset->read);
}

static uint64_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

static json_t *record_of(const struct training *training, const char *name)
{
    const struct train_job *job = training->job;
    const struct train_result *result = training->result;
    const struct ra_dataset *dataset = job->dataset;
    const struct grid_candidate *winner = job->winner;
    json_t *record =
        run_record_create("training", name, result->algorithm,
                          winner ? winner->label : result->algorithm, &training->app->settings);
    run_record_set_data(record, "store", dataset->n_items, dataset->n_readers,
                        ra_csr_nnz(&dataset->read), dataset->n_rated, dataset->fingerprint);
    json_object_set_new(record, "version", json_string(result->model.version));
    json_object_set_new(record, "bytes", json_integer((json_int_t)size_of(result->model.path)));
    json_object_set_new(record, "evaluation", winner ? json_string(winner->name) : json_null());
    json_object_set_new(record, "curve", run_curve_to_json(&training->curve, "loss"));
    json_object_set_new(record, "train_s", json_real(result->train_s));
    json_object_set_new(record, "evaluate_s", json_real(0));
    json_object_set_new(record, "write_s",
                        json_real(result->model.write_s + result->model.register_s));
    json_object_set_new(record, "threads",
                        json_integer(ra_threads(training->app->settings.train.threads)));
    json_object_set_new(record, "memory_bytes", json_integer((json_int_t)result->memory));
    json_object_set_new(record, "base_rss_bytes", json_integer((json_int_t)training->base_rss));
    json_object_set_new(record, "peak_rss_bytes", json_integer((json_int_t)run_rss_peak()));
    return record;
}

static bool keep_record(const struct training *training, const char *started,
                        struct ra_registry *registry, struct ra_err *err)
{
    char name[RA_RUN_NAME_MAX + 1];
    snprintf(name, sizeof name, "training-%s", training->result->model.version);
    json_t *record = record_of(training, name);
    json_object_set_new(record, "started", json_string(started));
    run_record_set_time(record, "finished");
    bool ok = run_record_put(registry, name, record, err);
    json_decref(record);
    return ok;
}

bool train_check_algorithm(const struct settings *settings, const char *name, struct ra_err *err)
{
    if (!ra_algorithm_find(name, err))
        return false;
    if (strcmp(name, "ease") == 0 && settings->algorithms.ease.dense)
        return ra_fail(err, RA_ERR_INVALID,
                       "ease.dense is only for `readalike evaluate`: a model file holds the best "
                       "train.neighbours of each row");
    if (strcmp(name, "blend") == 0 && settings->algorithms.blend.fusion != 0)
        return ra_fail(
            err, RA_ERR_INVALID,
            "blend.fusion=linear alone makes a model file; the others are for `readalike "
            "evaluate`");
    return true;
}

bool train_model(struct train_job *job, const struct app *app, size_t at,
                 struct ra_registry *registry, struct ra_err *err)
{
    struct train_result *result = &job->results[at];
    const struct ra_algorithm *algorithm = ra_algorithm_find(result->algorithm, err);
    if (!algorithm)
        return false;
    struct training training = {
        .job = job,
        .app = app,
        .result = result,
        .trained = {.algorithm = result->algorithm},
        .base_rss = run_rss_now(),
    };
    const struct model_parts parts = {app, job->dataset, job->catalogue};
    char started[RA_CLOCK_TEXT];
    ra_clock_format(ra_clock_unix(), started);
    run_curve_init(&training.curve);
    double since = ra_clock_seconds();
    bool ok = register_count_readers(&parts, &training.trained, err);
    /* The order by readers is that of item_ix: there is nothing to train or store. */
    if (ok && (algorithm->kind != RA_RANKER_POPULARITY || orders_anew(&training)))
        ok = train_ranker(&training, algorithm, err);
    result->train_s = lap(&since);
    /* A stop before this leaves nothing, one after it all; between, it waits. */
    interrupt_hold();
    ok = ok && register_model(&parts, &training.trained, registry, &result->model, err) &&
         keep_record(&training, started, registry, err);
    interrupt_release();
    trained_finish(&training.trained);
    run_curve_finish(&training.curve);
    return ok;
}
