/* `readalike evaluate`: withholds a part of the data, trains on the rest, measures; needs no store.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "readalike/str.h"
#include "train_params.h"

static bool read_data(struct evaluate_job *job, struct ra_err *err)
{
    if (!ra_events_read(&job->events, job->format, job->data, err) ||
        !ra_events_filter(&job->events, &job->filter, err))
        return false;
    job->part = calloc(job->events.n + 1, sizeof *job->part);
    if (!job->part)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu rows", job->events.n);
    job->params.seed = job->seed;
    return ra_split_parts(&job->events, &job->params, job->part, err) &&
           ra_split_sort(&job->events, job->part, err);
}

static const char *nearest_rate_name(const char *name)
{
    size_t n = 0;
    while (ra_rate_algorithm_at(n))
        n++;
    return ra_str_nearest(name, &ra_rate_algorithm_at(0)->name, n,
                          sizeof(struct ra_rate_algorithm));
}

static void list_rate_names(char out[128])
{
    const struct ra_rate_algorithm *algorithm;
    out[0] = '\0';
    for (size_t i = 0; (algorithm = ra_rate_algorithm_at(i)); i++) {
        size_t used = strlen(out);
        snprintf(out + used, 128 - used, "%s%s", i ? ", " : "", algorithm->name);
    }
}

/* Of those that can do both, what they are judged by unless it is said. */
static bool judge_ratings(const struct evaluate_job *job, bool *out, struct ra_err *err)
{
    if (!job->judge) {
        bool can_choose = job->rate && job->ranker;
        *out = can_choose ? job->data && !job->rate->usually_ranks : job->rate != NULL;
        return true;
    }
    *out = strcmp(job->judge, "ratings") == 0;
    return *out || strcmp(job->judge, "ranking") == 0 ||
           ra_fail(err, RA_ERR_INVALID, "--judge is ratings or ranking");
}

static bool unknown_algorithm(const struct evaluate_job *job, const struct ra_err *unknown,
                              struct ra_err *err)
{
    const char *near = nearest_rate_name(job->algorithm);
    char known[128];
    list_rate_names(known);
    return near ? ra_fail(err, RA_ERR_INVALID, "unknown algorithm \"%.64s\"; did you mean \"%s\"?",
                          job->algorithm, near)
                : ra_fail(err, unknown->code, "%s; for ratings %s", unknown->text, known);
}

static bool find_algorithm(struct evaluate_job *job, struct ra_err *err)
{
    struct ra_err unknown = {0};
    bool ratings;
    if (!job->algorithm)
        job->algorithm = job->app->settings.train.algorithm;
    job->rate = ra_rate_algorithm_find(job->algorithm);
    job->ranker = ra_algorithm_find(job->algorithm, &unknown);
    if (!job->rate && !job->ranker)
        return unknown_algorithm(job, &unknown, err);
    if (!judge_ratings(job, &ratings, err))
        return false;
    if (ratings ? !job->rate : !job->ranker)
        return ra_fail(err, RA_ERR_INVALID, "%s does not %s", job->algorithm,
                       ratings ? "predict ratings" : "rank books");
    if (ratings)
        job->ranker = NULL;
    else
        job->rate = NULL;
    return true;
}

/* Falling, and a length said twice is judged once. */
static void insert_length(unsigned *lengths, unsigned n, unsigned k)
{
    unsigned at = 0;
    while (at < n && lengths[at] > k)
        at++;
    if (at < n && lengths[at] == k)
        return;
    memmove(lengths + at + 1, lengths + at, (n - at) * sizeof *lengths);
    lengths[at] = k;
}

/* The longest is k, the others are cut from it. */
static bool read_lengths(struct evaluate_job *job, const char *text, struct ra_err *err)
{
    unsigned lengths[RA_EVALUATE_CUTS + 2] = {0}, n = 0;
    while (text) {
        char word[16];
        uint64_t k;
        size_t size = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", (int)(size < 15 ? size : 15), text);
        if (!ra_parse_u64(word, &k) || k < 1 || k > RA_EVALUATE_K_MAX)
            return ra_fail(err, RA_ERR_INVALID, "--k is not between 1 and %d", RA_EVALUATE_K_MAX);
        if (n > RA_EVALUATE_CUTS)
            return ra_fail(err, RA_ERR_INVALID, "--k is more than %d lengths",
                           RA_EVALUATE_CUTS + 1);
        insert_length(lengths, n, (unsigned)k);
        n += lengths[n] > 0;
        text = text[size] ? text + size + 1 : NULL;
    }
    if (n)
        job->k = lengths[0];
    memcpy(job->cuts, lengths + 1, sizeof job->cuts);
    return true;
}

static bool check(const struct evaluate_job *job, struct ra_err *err)
{
    if (job->rounds > RA_BOOTSTRAP_ROUNDS_MAX)
        return ra_fail(err, RA_ERR_INVALID, "--bootstrap is more than %d", RA_BOOTSTRAP_ROUNDS_MAX);
    if (isinf(job->recency) || job->recency < 0)
        return ra_fail(err, RA_ERR_INVALID, "--recency is not 0 or a number above");
    if (!isfinite(job->threshold))
        return ra_fail(err, RA_ERR_INVALID, "--threshold is not a finite number");
    if (job->rate && !job->data)
        return ra_fail(err, RA_ERR_INVALID, "%s predicts ratings and wants --data with ratings",
                       job->algorithm);
    if (job->rate && job->params.kind == RA_SPLIT_READERS)
        return ra_fail(err, RA_ERR_INVALID, "%s knows no reader that it was not trained on",
                       job->algorithm);
    if (!job->rate && job->on_train)
        return ra_fail(err, RA_ERR_INVALID, "--on-train is for algorithms that predict ratings");
    if (job->rate && job->cuts[0])
        return ra_fail(err, RA_ERR_INVALID, "--k is one number when ratings are judged");
    if (job->rate && job->sampled)
        return ra_fail(err, RA_ERR_INVALID, "--sampled is for algorithms that rank books");
    if (!job->data && (job->filter.min_reader || job->filter.min_item))
        return ra_fail(err, RA_ERR_INVALID, "filters want --data");
    return true;
}

static bool resolve(struct evaluate_job *job, struct ra_err *err)
{
    return ra_split_kind_find(job->split, &job->params.kind, err) && find_algorithm(job, err) &&
           check(job, err);
}

static bool evaluate(struct evaluate_job *job, struct ra_err *err)
{
    if (job->data && !read_data(job, err))
        return false;
    return job->rate ? evaluate_ratings(job, err) : evaluate_ranking(job, err);
}

int cmd_evaluate(struct app *app, const struct command *command, int argc, char **argv)
{
    struct evaluate_job job = {
        .app = app,
        .format = "movielens",
        .split = "holdout",
        .params = {.folds = 5, .last = 1, .share = 0.2},
        .k = 20,
        .rounds = RA_BOOTSTRAP_ROUNDS,
        .seed = 1,
        .threshold = 4,
        .recency = (double)NAN,
    };
    double unrated = (double)NAN;
    const char *lengths = NULL;
    const struct opt opts[] = {
        {"train", OPT_STRING, &job.train_path, "FILE", "lines of `reader item item ...`"},
        {"test", OPT_STRING, &job.test_path, "FILE", "the withheld part, likewise"},
        {"data", OPT_STRING, &job.data, "PATH", "instead: a data set, to be split"},
        {"format", OPT_STRING, &job.format, "NAME", "of the data, as import knows it (movielens)"},
        {"split", OPT_STRING, &job.split, "KIND",
         "holdout, kfold, leave-one-out, last, readers (holdout)"},
        {"folds", OPT_UINT, &job.params.folds, "N", "of kfold (5)"},
        {"share", OPT_DOUBLE, &job.params.share, "X", "withheld by holdout and readers (0.2)"},
        {"last", OPT_UINT, &job.params.last, "N", "newest of a reader that last withholds (1)"},
        {"seed", OPT_UINT, &job.seed, "N", "of the split, the training, the intervals (1)"},
        {"algorithm", OPT_STRING, &job.algorithm, "NAME", "instead of train.algorithm"},
        {"k", OPT_STRING, &lengths, "N",
         "length of the lists that are judged, or several: 5,10 (20)"},
        {"sampled", OPT_UINT, &job.sampled, "N",
         "rank what is withheld among N random unseen books only, not all (0: all)"},
        {"recency", OPT_DOUBLE, &job.recency, "N",
         "readings after which an earlier one counts half, 0: none (the algorithm's own)"},
        {"threshold", OPT_DOUBLE, &job.threshold, "X", "rating from which a book is liked (4)"},
        {"judge", OPT_STRING, &job.judge, "WHAT", "ratings or ranking, of one that can do both"},
        {"min-reader-ratings", OPT_UINT, &job.filter.min_reader, "N", "leave out readers of fewer"},
        {"min-item-ratings", OPT_UINT, &job.filter.min_item, "N", "leave out books of fewer"},
        {"unrated-as", OPT_DOUBLE, &unrated, "X", "take \"read, not rated\" as this rating"},
        {"on-train", OPT_FLAG, &job.on_train, NULL, "judge the ratings trained on (not honest)"},
        {"kgat", OPT_FLAG, &job.kgat, NULL, "print KGAT's NDCG too"},
        {"bootstrap", OPT_UINT, &job.rounds, "N", "draws of readers for the intervals (1000)"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    if (job.data ? job.train_path || job.test_path : !job.train_path || !job.test_path)
        return app_usage(command, "--data PATH, or --train FILE and --test FILE, are needed");
    job.filter.unrated = (float)unrated;
    struct ra_err err = {0};
    if (!read_lengths(&job, lengths, &err) || !resolve(&job, &err))
        return app_fail(app, &err, EXIT_USAGE);
    bool ok = evaluate(&job, &err);
    ra_events_finish(&job.events);
    free(job.part);
    return ok ? EXIT_DONE : app_fail(app, &err, EXIT_FAILED);
}
