/* Full-ranking metrics: what part of the withheld items comes back among the first k. */
#include <math.h>
#include <omp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bootstrap.h"
#include "diversity.h"
#include "readalike/threads.h"
#include "readalike/topk.h"
#include "sampled.h"

/* The columns of a reader's row of sums; those down to FULL are per time judged. */
enum {
    N_JUDGED,
    RECALL,
    PRECISION,
    AVERAGE_PRECISION,
    NDCG,
    NDCG_KGAT,
    HIT,
    MRR,
    FULL,
    N_GIVEN,
    INFORMATION,
    POPULARITY,
    GIVEN_MEAN,
    SEEN_MEAN,
    N_LISTS,
    DIVERSITY,
    WIDTH
};

#define FIGURE(form, over, under, name)                                                            \
    {                                                                                              \
        form, over, under, offsetof(struct ra_metrics, name)                                       \
    }
static const struct ratio ratios[] = {
    FIGURE(RATIO_PLAIN, RECALL, N_JUDGED, recall),
    FIGURE(RATIO_PLAIN, PRECISION, N_JUDGED, precision),
    FIGURE(RATIO_PLAIN, AVERAGE_PRECISION, N_JUDGED, map),
    FIGURE(RATIO_PLAIN, NDCG, N_JUDGED, ndcg),
    FIGURE(RATIO_PLAIN, NDCG_KGAT, N_JUDGED, ndcg_kgat),
    FIGURE(RATIO_PLAIN, HIT, N_JUDGED, hit_rate),
    FIGURE(RATIO_PLAIN, MRR, N_JUDGED, mrr),
    FIGURE(RATIO_PLAIN, FULL, N_JUDGED, reader_coverage),
    FIGURE(RATIO_PLAIN, INFORMATION, N_GIVEN, novelty),
    FIGURE(RATIO_PLAIN, POPULARITY, N_GIVEN, popularity),
    FIGURE(RATIO_LESS_ONE, GIVEN_MEAN, SEEN_MEAN, popularity_bias),
    FIGURE(RATIO_PLAIN, DIVERSITY, N_LISTS, diversity),
};

/* Lists of one length. */
struct level {
    unsigned k;
    double *rows;         /* (n_readers, WIDTH) */
    unsigned char *given; /* (n_items) whether anyone was given it */
};

struct ra_ranking {
    struct ra_ranking_params params;
    uint32_t n_readers, n_items;
    uint64_t n_relevant;
    double *discount; /* (k + 1) sum of the first i terms 1 / log2(place + 1) */
    struct level levels[1 + RA_EVALUATE_CUTS]; /* the longest in front */
    unsigned n_levels;
};

/* One fold while it is judged. */
struct judging {
    struct ra_ranking *ranking;
    const struct ra_csr *seen, *test;
    const struct ra_scorer *scorer;
    float *share;           /* (n_items) of the readers trained on who have it */
    float *scores;          /* (threads, RA_SCORE_BLOCK, n_items) */
    uint64_t *kept;         /* (threads, ra_select_room(k)) */
    struct ra_scored *best; /* (threads, k) */
    struct diversity diversity;
    struct sampled sampled;
};

static bool is_in_row(const struct ra_csr *csr, uint32_t row, uint32_t col)
{
    uint64_t at;
    return ra_csr_find(csr, row, col, &at);
}

static uint32_t count_relevant(const struct judging *judging, uint32_t reader)
{
    uint32_t n = 0;
    const struct ra_csr *test = judging->test;
    for (uint64_t i = test->start[reader]; i < test->start[reader + 1]; i++)
        n += !is_in_row(judging->seen, reader, test->col[i]);
    return n;
}

/* The items given to a reader, best first. */
struct given {
    struct ra_scored *kept; /* (k) */
    size_t n;
    const struct level *level;
};

/* The first k of `scores`, or of some of them, without what the reader has seen. */
static struct given rank(const struct judging *judging, uint32_t reader, float *scores,
                         unsigned thread)
{
    size_t k = judging->ranking->params.k;
    struct given given = {.kept = judging->best + thread * k};
    struct ra_select best;
    const struct ra_csr *seen = judging->seen;
    ra_select_init(&best, judging->kept + thread * ra_select_room(k), k);
    if (judging->sampled.most) {
        sampled_push(&judging->sampled, &best, reader, scores, thread);
    } else {
        for (uint64_t i = seen->start[reader]; i < seen->start[reader + 1]; i++)
            scores[seen->col[i]] = -INFINITY;
        ra_select_push_all(&best, scores, seen->n_cols);
    }
    given.n = ra_select_take(&best, given.kept);
    return given;
}

/* What the places of the hits say. */
static void judge_hits(const struct judging *judging, uint32_t reader, const struct given *given,
                       uint32_t n_relevant, double *row)
{
    const double *discount = judging->ranking->discount;
    unsigned k = given->level->k, hits = 0, first = 0;
    double gain = 0, precisions = 0;
    for (unsigned i = 0; i < given->n; i++) {
        if (!is_in_row(judging->test, reader, given->kept[i].ix))
            continue;
        if (hits++ == 0)
            first = i + 1;
        gain += discount[i + 1] - discount[i];
        precisions += (double)hits / (double)(i + 1);
    }
    unsigned ideal = n_relevant < k ? n_relevant : k;
    row[N_JUDGED]++;
    row[RECALL] += (double)hits / (double)n_relevant;
    row[PRECISION] += (double)hits / (double)k;
    row[AVERAGE_PRECISION] += precisions / (double)ideal;
    row[NDCG] += gain / discount[ideal];
    row[NDCG_KGAT] += hits ? gain / discount[hits] : 0;
    row[HIT] += hits > 0;
    row[MRR] += first ? 1 / (double)first : 0;
    row[FULL] += given->n == k;
}

static double mean_share_seen(const struct judging *judging, uint32_t reader)
{
    const struct ra_csr *seen = judging->seen;
    double sum = 0;
    for (uint64_t i = seen->start[reader]; i < seen->start[reader + 1]; i++)
        sum += (double)judging->share[seen->col[i]];
    size_t n = ra_csr_row_n(seen, reader);
    return n ? sum / (double)n : 0;
}

/* What the given items are like, hits or not. */
static void judge_items(const struct judging *judging, uint32_t reader, const struct given *given,
                        double *row)
{
    double popularity = 0;
    for (size_t i = 0; i < given->n; i++) {
        double share = (double)judging->share[given->kept[i].ix];
        popularity += share;
        row[INFORMATION] -= log2(share);
        /* Several threads may set it, all to the same. */
        __atomic_store_n(&given->level->given[given->kept[i].ix], 1, __ATOMIC_RELAXED);
    }
    row[N_GIVEN] += (double)given->n;
    row[POPULARITY] += popularity;
    double seen = mean_share_seen(judging, reader);
    if (given->n && seen > 0) {
        row[GIVEN_MEAN] += popularity / (double)given->n;
        row[SEEN_MEAN] += seen;
    }
}

static void judge_list(const struct judging *judging, uint32_t reader, const struct given *given,
                       unsigned thread, double *row)
{
    if (given->n < 2 || !judging->diversity.sampled[reader])
        return;
    row[N_LISTS]++;
    row[DIVERSITY] += diversity_of(&judging->diversity, given->kept, given->n, thread);
}

static void judge_given(const struct judging *judging, uint32_t reader, const struct given *given,
                        uint32_t n_relevant, unsigned thread)
{
    double *row = given->level->rows + (size_t)reader * WIDTH;
    judge_hits(judging, reader, given, n_relevant, row);
    judge_items(judging, reader, given, row);
    judge_list(judging, reader, given, thread, row);
}

/* Readers with something to find, and how much. */
struct block {
    uint32_t reader[RA_SCORE_BLOCK], n_relevant[RA_SCORE_BLOCK], n;
};

static void judge_block(const struct judging *judging, const struct block *block, unsigned thread)
{
    struct ra_ranking *ranking = judging->ranking;
    size_t n_items = ranking->n_items;
    float *scores = judging->scores + thread * RA_SCORE_BLOCK * n_items;
    const struct ra_scorer *scorer = judging->scorer;
    scorer->score(scorer->ctx, judging->seen, block->reader, block->n, scores);
    for (uint32_t i = 0; i < block->n; i++) {
        struct given given = rank(judging, block->reader[i], scores + i * n_items, thread);
        for (unsigned j = 0; j < ranking->n_levels; j++) {
            /* The longest comes first: what is cut off is not looked at again. */
            given.level = &ranking->levels[j];
            given.n = given.n < given.level->k ? given.n : given.level->k;
            judge_given(judging, block->reader[i], &given, block->n_relevant[i], thread);
        }
    }
}

/* Readers from `first` on, below `end`; without relevant items a reader is not judged. Returns how
 * many relevant items there are. */
static uint64_t judge_readers(const struct judging *judging, uint32_t first, uint32_t end,
                              unsigned thread)
{
    struct block block = {.n = 0};
    uint64_t n_relevant = 0;
    for (uint32_t reader = first; reader < end; reader++) {
        uint32_t n = count_relevant(judging, reader);
        if (n == 0)
            continue;
        block.reader[block.n] = reader;
        block.n_relevant[block.n++] = n;
        n_relevant += n;
    }
    if (block.n)
        judge_block(judging, &block, thread);
    return n_relevant;
}

/* Of the readers trained on. What nobody has counts as if one had it: log2 wants more than 0. */
static void count_shares(const struct ra_csr *train, float *share)
{
    double n_readers = 0;
    for (uint32_t reader = 0; reader < train->n_rows; reader++)
        n_readers += ra_csr_row_n(train, reader) > 0;
    for (uint64_t i = 0; i < ra_csr_nnz(train); i++)
        share[train->col[i]]++;
    for (uint32_t item = 0; item < train->n_cols; item++)
        share[item] = (float)(fmax((double)share[item], 1) / fmax(n_readers, 1));
}

static bool allocate(struct judging *judging, unsigned threads, struct ra_err *err)
{
    size_t n_items = judging->ranking->n_items, k = judging->ranking->params.k;
    size_t n_scores, n_kept;
    if (!__builtin_mul_overflow(n_items + 1, (size_t)threads * RA_SCORE_BLOCK, &n_scores) &&
        !__builtin_mul_overflow(ra_select_room(k), (size_t)threads, &n_kept)) {
        judging->share = calloc(n_items + 1, sizeof *judging->share);
        judging->scores = calloc(n_scores, sizeof *judging->scores);
        judging->kept = calloc(n_kept, sizeof *judging->kept);
        judging->best = calloc(k * threads, sizeof *judging->best);
        judging->sampled.stamp = calloc(n_scores / RA_SCORE_BLOCK, sizeof *judging->sampled.stamp);
    }
    return (judging->share && judging->scores && judging->kept && judging->best &&
            judging->sampled.stamp) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory for the evaluation");
}

static void judge_all(const struct judging *judging, unsigned threads)
{
    uint64_t n_relevant = 0, n_readers = judging->seen->n_rows;
    /* Readers differ much in how long they take. */
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 1) reduction(+ : n_relevant)
    for (uint64_t first = 0; first < n_readers; first += RA_SCORE_BLOCK) {
        uint64_t left = n_readers - first;
        uint64_t end = first + (left < RA_SCORE_BLOCK ? left : RA_SCORE_BLOCK);
        n_relevant +=
            judge_readers(judging, (uint32_t)first, (uint32_t)end, (unsigned)omp_get_thread_num());
    }
    judging->ranking->n_relevant += n_relevant;
}

static bool has_shape(const struct ra_csr *csr, const struct ra_ranking *ranking)
{
    return csr->n_rows == ranking->n_readers && csr->n_cols == ranking->n_items;
}

bool ra_ranking_add(struct ra_ranking *ranking, const struct ra_csr *train,
                    const struct ra_csr *seen, const struct ra_csr *test,
                    const struct ra_scorer *scorer, struct ra_err *err)
{
    if (!has_shape(train, ranking) || !has_shape(seen, ranking) || !has_shape(test, ranking))
        return ra_fail(err, RA_ERR_INVALID, "train and test are of different shapes");
    struct judging judging = {
        .ranking = ranking,
        .seen = seen,
        .test = test,
        .scorer = scorer,
        .sampled = {ranking->params.sampled, ranking->params.seed, seen, test, NULL}};
    unsigned threads = ra_threads(ranking->params.threads);
    bool ok = allocate(&judging, threads, err) &&
              diversity_init(&judging.diversity, train, test, threads, ranking->params.seed, err);
    if (ok) {
        count_shares(train, judging.share);
        judge_all(&judging, threads);
    }
    diversity_finish(&judging.diversity);
    free(judging.share);
    free(judging.scores);
    free(judging.kept);
    free(judging.best);
    free(judging.sampled.stamp);
    return ok;
}

static struct bootstrap bootstrap_of(const struct ra_ranking *ranking, const struct level *level)
{
    struct bootstrap bootstrap = {
        .rows = level->rows,
        .n_rows = ranking->n_readers,
        .width = WIDTH,
        .ratios = ratios,
        .n_ratios = sizeof ratios / sizeof *ratios,
        .rounds = ranking->params.rounds,
        .threads = ranking->params.threads,
        .seed = ranking->params.seed,
    };
    if (level == ranking->levels)
        bootstrap.draws = ranking->params.draws;
    return bootstrap;
}

static bool summarise(const struct ra_ranking *ranking, const struct level *level,
                      struct ra_metrics *out, struct ra_err *err)
{
    *out = (struct ra_metrics){.k = level->k, .n_relevant = ranking->n_relevant};
    for (uint32_t reader = 0; reader < ranking->n_readers; reader++)
        out->n_readers += level->rows[(size_t)reader * WIDTH + N_JUDGED] > 0;
    uint64_t given = 0;
    for (uint32_t item = 0; item < ranking->n_items; item++)
        given += level->given[item];
    out->item_coverage = ranking->n_items ? (double)given / (double)ranking->n_items : 0;
    const struct bootstrap bootstrap = bootstrap_of(ranking, level);
    return bootstrap_figures(&bootstrap, out, err);
}

bool ra_ranking_summarise(const struct ra_ranking *ranking, struct ra_metrics *out,
                          struct ra_err *err)
{
    return summarise(ranking, ranking->levels, out, err);
}

bool ra_ranking_summarise_cut(const struct ra_ranking *ranking, unsigned k, struct ra_metrics *out,
                              struct ra_err *err)
{
    for (unsigned i = 0; i < ranking->n_levels; i++) {
        if (ranking->levels[i].k == k)
            return summarise(ranking, &ranking->levels[i], out, err);
    }
    return ra_fail(err, RA_ERR_INVALID, "lists of %u were not judged", k);
}

bool ra_ranking_summarise_some(const struct ra_ranking *ranking, const uint32_t *readers,
                               uint32_t n, struct ra_metrics *out, struct ra_err *err)
{
    const struct level *level = ranking->levels;
    *out = (struct ra_metrics){.k = level->k};
    for (uint32_t i = 0; i < n; i++)
        out->n_readers += level->rows[(size_t)readers[i] * WIDTH + N_JUDGED] > 0;
    const struct bootstrap bootstrap = bootstrap_of(ranking, level);
    return bootstrap_figures_of(&bootstrap, readers, n, out, err);
}

void ra_ranking_destroy(struct ra_ranking *ranking)
{
    if (!ranking)
        return;
    for (unsigned i = 0; i < ranking->n_levels; i++) {
        free(ranking->levels[i].rows);
        free(ranking->levels[i].given);
    }
    free(ranking->discount);
    free(ranking);
}

static bool check_params(const struct ra_ranking_params *params, struct ra_err *err)
{
    if (params->k == 0 || params->k > RA_EVALUATE_K_MAX)
        return ra_fail(err, RA_ERR_INVALID, "k is not between 1 and %d", RA_EVALUATE_K_MAX);
    unsigned longer = params->k;
    for (unsigned i = 0; i < RA_EVALUATE_CUTS && params->cuts[i]; i++) {
        if (params->cuts[i] >= longer)
            return ra_fail(err, RA_ERR_INVALID, "a list is not cut to one as long or longer");
        longer = params->cuts[i];
    }
    return params->rounds <= RA_BOOTSTRAP_ROUNDS_MAX ||
           ra_fail(err, RA_ERR_INVALID, "more than %d bootstrap rounds", RA_BOOTSTRAP_ROUNDS_MAX);
}

static bool add_level(struct ra_ranking *ranking, unsigned k)
{
    struct level *level = &ranking->levels[ranking->n_levels++];
    *level = (struct level){
        .k = k,
        .rows = calloc((size_t)ranking->n_readers + 1, WIDTH * sizeof *level->rows),
        .given = calloc((size_t)ranking->n_items + 1, 1),
    };
    return level->rows && level->given;
}

static bool add_levels(struct ra_ranking *ranking)
{
    const struct ra_ranking_params *params = &ranking->params;
    bool ok = add_level(ranking, params->k);
    for (unsigned i = 0; ok && i < RA_EVALUATE_CUTS && params->cuts[i]; i++)
        ok = add_level(ranking, params->cuts[i]);
    return ok;
}

struct ra_ranking *ra_ranking_create(uint32_t n_readers, uint32_t n_items,
                                     const struct ra_ranking_params *params, struct ra_err *err)
{
    if (!check_params(params, err))
        return NULL;
    struct ra_ranking *ranking = calloc(1, sizeof *ranking);
    if (ranking) {
        *ranking = (struct ra_ranking){
            .params = *params,
            .n_readers = n_readers,
            .n_items = n_items,
            .discount = calloc((size_t)params->k + 1, sizeof *ranking->discount),
        };
    }
    if (!ranking || !ranking->discount || !add_levels(ranking)) {
        ra_ranking_destroy(ranking);
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the evaluation");
        return NULL;
    }
    for (unsigned i = 1; i <= params->k; i++)
        ranking->discount[i] = ranking->discount[i - 1] + 1 / log2((double)i + 1);
    return ranking;
}

bool ra_evaluate(const struct ra_csr *train, const struct ra_csr *test,
                 const struct ra_scorer *scorer, unsigned k, unsigned threads,
                 struct ra_metrics *out, struct ra_err *err)
{
    const struct ra_ranking_params params = {
        .k = k, .threads = threads, .rounds = RA_BOOTSTRAP_ROUNDS, .seed = 1};
    struct ra_ranking *ranking = ra_ranking_create(train->n_rows, train->n_cols, &params, err);
    bool ok = ranking && ra_ranking_add(ranking, train, train, test, scorer, err) &&
              ra_ranking_summarise(ranking, out, err);
    ra_ranking_destroy(ranking);
    return ok;
}
