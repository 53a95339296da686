#ifndef READALIKE_APP_EVALUATE_H
#define READALIKE_APP_EVALUATE_H

#include "app.h"
#include "readalike/evaluate.h"
#include "readalike/events.h"
#include "readalike/rate.h"
#include "readalike/split.h"
#include "readalike/train.h"

/* Figures of readers who had about as many books to train on. */
#define EVALUATE_GROUPS 9
struct evaluate_group {
    uint32_t from, to;           /* books; UINT32_MAX: no bound */
    uint64_t n_readers;          /* judged */
    struct ra_figure figures[2]; /* recall and ndcg, or of ratings rmse and mae */
};
struct evaluate_activity {
    struct evaluate_group groups[EVALUATE_GROUPS];
    size_t n; /* groups with readers */
};
/* One of `ranking` and `tally` is NULL; `known` is what readers had. */
bool evaluate_activity_fill(struct evaluate_activity *activity, const struct ra_csr *known,
                            const struct ra_ranking *ranking, const struct ra_rating_tally *tally,
                            struct ra_err *err) RA_MUST_CHECK;

/* One run of `readalike evaluate`: what was asked for, the data, the times. */
struct evaluate_job {
    const struct app *app;
    const char *algorithm;
    const char *train_path, *test_path; /* given files, or */
    const char *data, *format, *split;  /* a data set to split */
    struct ra_split_params params;
    unsigned k, rounds, seed;
    unsigned cuts[RA_EVALUATE_CUTS]; /* shorter lists, falling; ends at a 0 */
    struct ra_metrics *cut_metrics;  /* (RA_EVALUATE_CUTS) of theirs; NULL: no cuts */
    unsigned sampled;                /* rank among so many books only; 0: all */
    double threshold;
    double recency; /* NaN: the algorithm's own */
    bool kgat, on_train;
    const char *judge; /* NULL: as is usual for the algorithm */
    struct ra_events_filter filter;

    const struct ra_algorithm *ranker; /* one of these two; the other is NULL */
    const struct ra_rate_algorithm *rate;

    struct ra_events events;
    uint16_t *part;              /* (events.n) */
    const struct ra_fold *folds; /* ready made, borrowed; NULL: each is made when it is its turn */
    struct ra_draws draws;       /* of one figure, for who wants them */
    double *fold_rmse;           /* (folds) of ratings, the caller's; NULL: not wanted */
    struct evaluate_activity *activity; /* NULL: not wanted; with ready made folds only */
    struct ra_watch *watch;             /* of the first fold's training; NULL: none */
    double train_s, evaluate_s;         /* of all folds, added up */
    double wall_s;
};

/* Train and judge on all folds of the data set. */
bool evaluate_rank_folds(struct evaluate_job *job, struct ra_metrics *out,
                         struct ra_err *err) RA_MUST_CHECK;
bool evaluate_rate_folds(struct evaluate_job *job, struct ra_rating_metrics *out,
                         struct ra_err *err) RA_MUST_CHECK;

/* Each judges all folds and prints what came out. */
bool evaluate_ranking(struct evaluate_job *job, struct ra_err *err) RA_MUST_CHECK;
bool evaluate_ratings(struct evaluate_job *job, struct ra_err *err) RA_MUST_CHECK;

/* A figure by its name. */
struct evaluate_row {
    const char *label, *name;
    size_t offset; /* in struct ra_metrics or ra_rating_metrics */
    bool more_is_better;
};
const struct evaluate_row *evaluate_ranking_rows(size_t *n);
const struct evaluate_row *evaluate_rating_rows(size_t *n);
const struct ra_figure *evaluate_figure(const void *metrics, const struct evaluate_row *row);

/* `"name":mean,"name_interval":...,"name_low":...,"name_high":...,` */
void evaluate_put_json(const char *name, const struct ra_figure *figure);
/* "  label   mean   95 %: low to high" */
void evaluate_put_line(const char *label, const struct ra_figure *figure);
/* `"data":...,"split":...,` of a data set; nothing for given files. */
void evaluate_put_split_json(const struct evaluate_job *job);

#endif
