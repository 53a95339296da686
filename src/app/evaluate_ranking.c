/* `readalike evaluate` with an algorithm that ranks all books. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "evaluate.h"
#include "readalike/clock.h"
#include "readalike/interactions.h"
#include "train_params.h"

/* What a reader is asked with; `when` (nnz) NULL: in no order, and `weights` stay as they are. */
struct asking {
    struct ra_csr *weights;
    const int64_t *when;
    const struct ra_csr *ratings; /* for who solves for the reader by them */
};

/* Trains on `data` and judges, asking with `seen`. */
static bool judge(struct evaluate_job *job, struct ra_ranking *ranking,
                  const struct ra_train_data *data, const struct asking *seen,
                  const struct ra_csr *test, struct ra_err *err)
{
    struct ra_ranker ranker = {0};
    struct ra_train_params params = app_train_params(job->app, NULL);
    params.watch = job->watch;
    job->watch = NULL;
    double start = ra_clock_seconds();
    bool ok = ra_train(job->ranker, &ranker, data, &params, err);
    double trained = ra_clock_seconds();
    const struct ra_scorer scorer = {ra_ranker_score, &ranker};
    double recency = isnan(job->recency) ? ranker.recency : job->recency;
    ok = ok && ra_train_recency(seen->weights, seen->when, recency, err) &&
         ra_ranking_add(ranking, data->weights,
                        ranker.factors.from_ratings ? seen->ratings : seen->weights, test, &scorer,
                        err);
    job->train_s += trained - start;
    job->evaluate_s += ra_clock_seconds() - trained;
    ra_ranker_finish(&ranker);
    return ok;
}

/* Ratings become weights as `train` makes them. */
static bool judge_fold(struct evaluate_job *job, struct ra_ranking *ranking,
                       const struct ra_fold *fold, struct ra_err *err)
{
    struct ra_csr weights = {0}, seen = {0};
    double rating_weight = job->app->settings.train.rating_weight;
    const struct ra_train_data data = {
        .weights = &weights,
        .ratings = &fold->train,
        .when = fold->train_when,
        .features = &job->events.features,
    };
    bool ok = ra_train_weights(&weights, &fold->train, rating_weight, err) &&
              ra_train_weights(&seen, &fold->seen, rating_weight, err) &&
              judge(job, ranking, &data, &(struct asking){&seen, fold->seen_when, &fold->seen},
                    &fold->test, err);
    ra_csr_finish(&weights);
    ra_csr_finish(&seen);
    return ok;
}

static bool make_and_judge(struct evaluate_job *job, struct ra_ranking *ranking, unsigned number,
                           struct ra_err *err)
{
    struct ra_fold fold;
    if (!ra_fold_make(&fold, &job->events, job->part, number, err))
        return false;
    bool ok = judge_fold(job, ranking, &fold, err);
    ra_fold_finish(&fold);
    return ok;
}

static void print_json(const struct evaluate_job *job, const struct ra_metrics *m, uint32_t n_items)
{
    size_t n_rows;
    const struct evaluate_row *rows = evaluate_ranking_rows(&n_rows);
    printf("{\"algorithm\":\"%s\",", job->ranker->name);
    evaluate_put_split_json(job);
    printf("\"k\":%u,\"readers\":%llu,\"relevant\":%llu,\"items\":%u,", m->k,
           (unsigned long long)m->n_readers, (unsigned long long)m->n_relevant, n_items);
    if (job->sampled)
        printf("\"sampled\":%u,", job->sampled);
    for (size_t i = 0; i < n_rows; i++)
        evaluate_put_json(rows[i].name, evaluate_figure(m, &rows[i]));
    printf("\"item_coverage\":%.6f,\"train_s\":%.3f,\"evaluate_s\":%.3f}", m->item_coverage,
           job->train_s, job->evaluate_s);
}

/* Figures of a sample never go without saying so. */
static void put_label(char label[64], const struct evaluate_job *job, const char *name, unsigned k)
{
    char at[48];
    if (job->sampled)
        snprintf(at, sizeof at, "%s@%u, sampled %u", name, k, job->sampled);
    else
        snprintf(at, sizeof at, "%s@%u", name, k);
    snprintf(label, 64, "%-*s", job->sampled ? 36 : 0, at);
}

static void print_heading(const struct evaluate_job *job, const struct ra_metrics *m,
                          uint32_t n_items)
{
    printf("%s: %llu readers with %llu withheld of %u items, ", job->ranker->name,
           (unsigned long long)m->n_readers, (unsigned long long)m->n_relevant, n_items);
    if (job->sampled)
        printf("ranked among sampled %u unseen\n", job->sampled);
    else
        puts("all items ranked");
}

static void print_table(const struct evaluate_job *job, const struct ra_metrics *m)
{
    char label[64];
    size_t n_rows;
    const struct evaluate_row *rows = evaluate_ranking_rows(&n_rows);
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i].offset == offsetof(struct ra_metrics, ndcg_kgat) && !job->kgat)
            continue;
        put_label(label, job, rows[i].label, m->k);
        evaluate_put_line(label, evaluate_figure(m, &rows[i]));
    }
    put_label(label, job, "item coverage", m->k);
    printf("  %-19s %8.4f\n", label, m->item_coverage);
}

static unsigned count_cuts(const struct evaluate_job *job)
{
    unsigned n = 0;
    while (n < RA_EVALUATE_CUTS && job->cuts[n])
        n++;
    return n;
}

/* The shortest lists first. */
static void print_all(const struct evaluate_job *job, const struct ra_metrics *m, uint32_t n_items)
{
    print_heading(job, m, n_items);
    for (unsigned i = count_cuts(job); i-- > 0; puts(""))
        print_table(job, &job->cut_metrics[i]);
    print_table(job, m);
    printf("  trained in %.2f s, evaluated in %.2f s\n", job->train_s, job->evaluate_s);
}

/* One object, or of lists of several lengths an array of them. */
static void print_all_json(const struct evaluate_job *job, const struct ra_metrics *m,
                           uint32_t n_items)
{
    unsigned n = count_cuts(job);
    if (n)
        putchar('[');
    for (unsigned i = n; i-- > 0; puts(","))
        print_json(job, &job->cut_metrics[i], n_items);
    print_json(job, m, n_items);
    puts(n ? "]" : "");
}

/* The readers and items of either kind of data. */
static struct ra_ranking *create(const struct evaluate_job *job, uint32_t n_readers,
                                 uint32_t n_items, struct ra_err *err)
{
    struct ra_ranking_params params = {
        .k = job->k,
        .threads = job->app->settings.train.threads,
        .sampled = job->sampled,
        .rounds = job->rounds,
        .seed = job->seed,
        .draws = job->draws,
    };
    memcpy(params.cuts, job->cuts, sizeof params.cuts);
    return ra_ranking_create(n_readers, n_items, &params, err);
}

static bool summarise(struct evaluate_job *job, const struct ra_ranking *ranking,
                      struct ra_metrics *out, struct ra_err *err)
{
    double start = ra_clock_seconds();
    bool ok = ra_ranking_summarise(ranking, out, err);
    for (unsigned i = 0; ok && i < RA_EVALUATE_CUTS && job->cuts[i]; i++)
        ok = ra_ranking_summarise_cut(ranking, job->cuts[i], &job->cut_metrics[i], err);
    job->evaluate_s += ra_clock_seconds() - start;
    return ok;
}

static bool rank_files(struct evaluate_job *job, struct ra_metrics *out, uint32_t *out_n_items,
                       struct ra_err *err)
{
    struct ra_split split;
    if (!ra_split_read(&split, job->train_path, job->test_path, err))
        return false;
    struct ra_csr *train = &split.train;
    const struct ra_train_data data = {.weights = train};
    struct ra_ranking *ranking = create(job, train->n_rows, train->n_cols, err);
    *out_n_items = train->n_cols;
    bool ok = ranking &&
              judge(job, ranking, &data, &(struct asking){train, NULL, NULL}, &split.test, err) &&
              summarise(job, ranking, out, err);
    ra_ranking_destroy(ranking);
    ra_split_finish(&split);
    return ok;
}

bool evaluate_rank_folds(struct evaluate_job *job, struct ra_metrics *out, struct ra_err *err)
{
    struct ra_ranking *ranking = create(job, job->events.n_readers, job->events.n_items, err);
    bool ok = ranking != NULL;
    for (unsigned fold = 0; ok && fold < ra_split_folds(&job->params); fold++)
        ok = job->folds ? judge_fold(job, ranking, &job->folds[fold], err)
                        : make_and_judge(job, ranking, fold, err);
    ok = ok && summarise(job, ranking, out, err) &&
         (!job->activity ||
          evaluate_activity_fill(job->activity, &job->folds[0].seen, ranking, NULL, err));
    ra_ranking_destroy(ranking);
    return ok;
}

bool evaluate_ranking(struct evaluate_job *job, struct ra_err *err)
{
    struct ra_metrics metrics, cuts[RA_EVALUATE_CUTS];
    job->cut_metrics = cuts;
    uint32_t n_items = job->events.n_items;
    bool ok = job->data ? evaluate_rank_folds(job, &metrics, err)
                        : rank_files(job, &metrics, &n_items, err);
    if (ok && job->app->json)
        print_all_json(job, &metrics, n_items);
    else if (ok)
        print_all(job, &metrics, n_items);
    return ok;
}
