/* One candidate of a grid: what it is called, what it takes, how good it is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "readalike/hash.h"
#include "readalike/str.h"
#include "readalike/threads.h"
#include "run_record.h"
#include "train_params.h"

static void put_split(const struct grid *grid, struct ra_buf *out)
{
    const struct grid_rules *rules = &grid->rules;
    ra_buf_putf(out, "%016llx %s %s %u %u %.10g %u %u %u %.10g\n",
                (unsigned long long)grid->fingerprint,
                rules->judges_ratings ? "ratings" : "ranking", rules->split, rules->params.folds,
                rules->params.last, rules->params.share, rules->seed, rules->min_reader_ratings,
                rules->min_item_ratings, rules->unrated_as);
    ra_buf_putf(out, "%s %u %u %.10g\n", rules->metric, rules->k, rules->rounds, rules->threshold);
}

static bool name_record(const struct grid *grid, struct grid_candidate *candidate,
                        struct ra_err *err)
{
    struct ra_buf text;
    ra_buf_init(&text);
    put_split(grid, &text);
    ra_buf_putf(&text, "%s\n", candidate->algorithm);
    run_record_put_all(&candidate->settings, &text);
    bool ok = !text.failed || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (ok)
        snprintf(candidate->name, sizeof candidate->name, "evaluation-%016llx",
                 (unsigned long long)ra_hash64(text.data, text.len, 0));
    ra_buf_finish(&text);
    return ok;
}

/* The candidate's own settings in place of the program's, one thread or few, nothing on the
 * terminal. */
static struct app app_of(const struct grid *grid, const struct grid_candidate *candidate)
{
    struct app app = *grid->app;
    app.settings = candidate->settings;
    app.settings.train.threads = grid->rules.threads;
    app.quiet = true;
    return app;
}

static uint64_t largest_nnz(const struct grid *grid)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < grid->n_folds; i++) {
        uint64_t nnz = ra_csr_nnz(&grid->folds[i].seen);
        most = nnz > most ? nnz : most;
    }
    return most;
}

/* What judging takes beside the algorithm: the weights of train and seen, the rows of sums, the
 * scores of a block of readers for each thread. */
static uint64_t judging_bytes(const struct grid *grid)
{
    uint64_t n_readers = grid->events.n_readers, n_items = grid->events.n_items;
    uint64_t sums = n_readers * 16 * sizeof(double);
    if (grid->rules.judges_ratings)
        return sums + largest_nnz(grid) * sizeof(float);
    return sums + 2 * ra_csr_bytes(n_readers, largest_nnz(grid)) +
           n_items * RA_SCORE_BLOCK * sizeof(float) * ra_threads(grid->rules.threads);
}

static uint64_t algorithm_bytes(const struct grid *grid, const struct grid_candidate *candidate)
{
    const struct app app = app_of(grid, candidate);
    const struct ra_train_params params = app_train_params(&app, NULL);
    const struct ra_csr *train = &grid->folds[0].train;
    const struct ra_train_data data = {
        .weights = train,
        .ratings = train,
        .when = grid->folds[0].train_when,
        .features = &grid->events.features,
    };
    if (grid->rules.judges_ratings)
        return ra_rate_bytes(ra_rate_algorithm_find(candidate->algorithm), train, &params);
    struct ra_err unknown = {0};
    const struct ra_algorithm *ranker = ra_algorithm_find(candidate->algorithm, &unknown);
    return ranker ? ranker->bytes(&data, &params) : 0;
}

bool grid_prepare(const struct grid *grid, struct grid_candidate *candidate, struct ra_err *err)
{
    if (!name_record(grid, candidate, err))
        return false;
    uint64_t own = algorithm_bytes(grid, candidate);
    if (__builtin_add_overflow(own, judging_bytes(grid), &candidate->bytes))
        candidate->bytes = UINT64_MAX;
    return true;
}

static json_t *figure_to_json(const struct ra_figure *figure)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "mean", run_record_number(figure->mean), "low",
                     run_record_number(figure->low), "high", run_record_number(figure->high),
                     "interval", run_record_number(figure->interval));
}

static json_t *figures_to_json(const void *metrics, const struct evaluate_row *rows, size_t n)
{
    json_t *out = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(out, rows[i].name, figure_to_json(evaluate_figure(metrics, &rows[i])));
    return out;
}

static json_t *activity_to_json(const struct evaluate_activity *activity, bool ratings)
{
    json_t *out = json_array();
    for (size_t i = 0; i < activity->n; i++) {
        const struct evaluate_group *group = &activity->groups[i];
        json_t *to = group->to == UINT32_MAX ? json_null() : json_integer((json_int_t)group->to);
        json_array_append_new(
            out, json_pack("{s:I, s:o, s:I, s:o, s:o}", "from", (json_int_t)group->from, "to", to,
                           "readers", (json_int_t)group->n_readers, ratings ? "rmse" : "recall",
                           figure_to_json(&group->figures[0]), ratings ? "mae" : "ndcg",
                           figure_to_json(&group->figures[1])));
    }
    return out;
}

static json_t *numbers_to_json(const double *values, size_t n)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, run_record_number(values[i]));
    return out;
}

/* What was measured, while it becomes a record. */
struct judged {
    struct evaluate_job job;
    struct evaluate_activity activity;
    struct run_curve curve;
    struct ra_metrics ranking;
    struct ra_rating_metrics rating;
    double *draws;     /* (rounds) */
    double *fold_rmse; /* (folds) */
};

static void put_rules(json_t *record, const struct grid *grid)
{
    const struct grid_rules *rules = &grid->rules;
    json_object_set_new(record, "judges",
                        json_string(rules->judges_ratings ? "ratings" : "ranking"));
    json_object_set_new(record, "split",
                        json_pack("{s:s, s:i, s:f, s:i, s:i, s:i, s:i, s:o}", "kind", rules->split,
                                  "folds", (int)grid->n_folds, "share", rules->params.share, "last",
                                  (int)rules->params.last, "seed", (int)rules->seed,
                                  "min_item_ratings", (int)rules->min_item_ratings,
                                  "min_reader_ratings", (int)rules->min_reader_ratings,
                                  "unrated_as", run_record_number(rules->unrated_as)));
    json_object_set_new(record, "k", json_integer(rules->k));
    json_object_set_new(record, "threshold", json_real(rules->threshold));
    json_object_set_new(record, "metric", json_string(rules->metric));
}

static void put_ranking(json_t *record, const struct judged *judged)
{
    size_t n;
    const struct evaluate_row *rows = evaluate_ranking_rows(&n);
    json_t *metrics = figures_to_json(&judged->ranking, rows, n);
    json_object_set_new(
        metrics, "item_coverage",
        json_pack("{s:o}", "mean", run_record_number(judged->ranking.item_coverage)));
    json_object_set_new(record, "metrics", metrics);
    json_object_set_new(record, "judged",
                        json_pack("{s:I, s:I}", "readers", (json_int_t)judged->ranking.n_readers,
                                  "relevant", (json_int_t)judged->ranking.n_relevant));
}

static void put_ratings(json_t *record, const struct grid *grid, const struct judged *judged)
{
    size_t n;
    const struct evaluate_row *rows = evaluate_rating_rows(&n);
    json_object_set_new(record, "metrics", figures_to_json(&judged->rating, rows, n));
    json_object_set_new(record, "judged",
                        json_pack("{s:I, s:I}", "readers", (json_int_t)judged->rating.n_readers,
                                  "ratings", (json_int_t)judged->rating.n_ratings));
    json_object_set_new(record, "fold_rmse", numbers_to_json(judged->fold_rmse, grid->n_folds));
}

static json_t *to_record(const struct grid *grid, const struct grid_candidate *candidate,
                         const struct judged *judged)
{
    const struct grid_rules *rules = &grid->rules;
    json_t *record = run_record_create("evaluation", candidate->name, candidate->algorithm,
                                       candidate->label, &candidate->settings);
    run_record_set_data(record, grid->source, grid->events.n_items, grid->events.n_readers,
                        grid->events.n, grid->events.n_rated, grid->fingerprint);
    put_rules(record, grid);
    if (rules->judges_ratings)
        put_ratings(record, grid, judged);
    else
        put_ranking(record, judged);
    json_object_set_new(record, "draws",
                        json_pack("{s:i, s:i, s:o}", "rounds", (int)rules->rounds, "seed",
                                  (int)rules->seed, "values",
                                  numbers_to_json(judged->draws, rules->rounds)));
    json_object_set_new(record, "activity",
                        activity_to_json(&judged->activity, rules->judges_ratings));
    json_object_set_new(record, "curve",
                        run_curve_to_json(&judged->curve, rules->judges_ratings ? "rmse" : "loss"));
    json_object_set_new(record, "train_s", json_real(judged->job.train_s));
    json_object_set_new(record, "evaluate_s", json_real(judged->job.evaluate_s));
    json_object_set_new(record, "threads", json_integer(ra_threads(rules->threads)));
    json_object_set_new(record, "memory_bytes", json_integer((json_int_t)candidate->bytes));
    return record;
}

static bool fill_job(const struct grid *grid, const struct grid_candidate *candidate,
                     const struct app *app, struct judged *judged, struct ra_err *err)
{
    const struct grid_rules *rules = &grid->rules;
    judged->draws = calloc((size_t)rules->rounds + 1, sizeof *judged->draws);
    judged->fold_rmse = calloc((size_t)grid->n_folds + 1, sizeof *judged->fold_rmse);
    if (!judged->draws || !judged->fold_rmse)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    judged->job = (struct evaluate_job){
        .app = app,
        .algorithm = candidate->algorithm,
        .data = grid->source,
        .params = rules->params,
        .k = rules->k,
        .rounds = rules->rounds,
        .seed = rules->seed,
        .threshold = rules->threshold,
        .events = grid->events,
        .part = grid->part,
        .folds = grid->folds,
        .draws = {grid->row->offset, judged->draws},
        .fold_rmse = judged->fold_rmse,
        .activity = &judged->activity,
        .watch = &judged->curve.watch,
    };
    return true;
}

static bool measure(const struct grid *grid, struct judged *judged, struct ra_err *err)
{
    struct evaluate_job *job = &judged->job;
    if (grid->rules.judges_ratings) {
        job->rate = ra_rate_algorithm_find(job->algorithm);
        return evaluate_rate_folds(job, &judged->rating, err);
    }
    job->ranker = ra_algorithm_find(job->algorithm, err);
    return job->ranker && evaluate_rank_folds(job, &judged->ranking, err);
}

json_t *grid_judge(const struct grid *grid, const struct grid_candidate *candidate,
                   struct ra_err *err)
{
    const struct app app = app_of(grid, candidate);
    struct judged judged = {0};
    run_curve_init(&judged.curve);
    json_t *record = NULL;
    uint64_t base = run_rss_now();
    if (fill_job(grid, candidate, &app, &judged, err) && measure(grid, &judged, err)) {
        record = to_record(grid, candidate, &judged);
        json_object_set_new(record, "base_rss_bytes", json_integer((json_int_t)base));
    }
    free(judged.draws);
    free(judged.fold_rmse);
    run_curve_finish(&judged.curve);
    return record;
}
