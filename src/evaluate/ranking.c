/* Full-ranking metrics: what part of the withheld items comes back among the first k. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/evaluate.h"
#include "readalike/threads.h"
#include "readalike/topk.h"

enum { RECALL, NDCG, HIT, MRR, N_FIGURES };

struct reader_result {
    float figures[N_FIGURES];
    uint32_t n_relevant; /* 0: the reader does not count */
};

struct evaluation {
    const struct ra_csr *train, *test;
    const struct ra_scorer *scorer;
    unsigned k;
    double *discount;              /* (k + 1) sum of the first i terms 1 / log2(place + 1) */
    struct reader_result *results; /* (n_readers) */
    float *scores;                 /* (threads, n_items) */
    struct ra_scored *kept;        /* (threads, k) */
};

static bool is_in_row(const struct ra_csr *csr, uint32_t row, uint32_t col)
{
    uint64_t low = csr->start[row], high = csr->start[row + 1];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (csr->col[middle] < col)
            low = middle + 1;
        else
            high = middle;
    }
    return low < csr->start[row + 1] && csr->col[low] == col;
}

static uint32_t count_relevant(const struct evaluation *evaluation, uint32_t reader)
{
    uint32_t n = 0;
    const struct ra_csr *test = evaluation->test;
    for (uint64_t i = test->start[reader]; i < test->start[reader + 1]; i++)
        n += !is_in_row(evaluation->train, reader, test->col[i]);
    return n;
}

/* The first k for one reader into `topk`, best first. */
static void rank(const struct evaluation *evaluation, uint32_t reader, float *scores,
                 struct ra_topk *topk)
{
    const struct ra_csr *train = evaluation->train;
    uint64_t start = train->start[reader], end = train->start[reader + 1];
    const struct ra_scorer *scorer = evaluation->scorer;
    scorer->score(scorer->ctx, train->col + start, train->value + start, end - start, scores);
    for (uint64_t i = start; i < end; i++)
        scores[train->col[i]] = -INFINITY;
    for (uint32_t item = 0; item < train->n_cols; item++)
        ra_topk_push(topk, item, scores[item]);
    ra_topk_sort(topk);
}

static struct reader_result judge(const struct evaluation *evaluation, uint32_t reader,
                                  const struct ra_topk *topk, uint32_t n_relevant)
{
    unsigned hits = 0, first = 0;
    double gain = 0;
    for (size_t i = 0; i < topk->n; i++) {
        if (!is_in_row(evaluation->test, reader, topk->kept[i].ix))
            continue;
        if (hits++ == 0)
            first = (unsigned)i + 1;
        gain += evaluation->discount[i + 1] - evaluation->discount[i];
    }
    unsigned ideal = n_relevant < evaluation->k ? n_relevant : evaluation->k;
    return (struct reader_result){
        .n_relevant = n_relevant,
        .figures =
            {
                [RECALL] = (float)hits / (float)n_relevant,
                [NDCG] = (float)(gain / evaluation->discount[ideal]),
                [HIT] = hits > 0,
                [MRR] = first ? 1 / (float)first : 0,
            },
    };
}

static void evaluate_reader(const struct evaluation *evaluation, uint32_t reader, unsigned thread)
{
    uint32_t n_relevant = count_relevant(evaluation, reader);
    if (n_relevant == 0)
        return;
    struct ra_topk topk;
    ra_topk_init(&topk, evaluation->kept + (size_t)thread * evaluation->k, evaluation->k);
    rank(evaluation, reader, evaluation->scores + (size_t)thread * evaluation->train->n_cols,
         &topk);
    evaluation->results[reader] = judge(evaluation, reader, &topk, n_relevant);
}

/* Summed in the order of readers, so that the number of threads does not show. */
static struct ra_figure mean_of(const struct reader_result *results, uint32_t n_rows, int figure,
                                uint64_t n)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n_rows; i++) {
        double value = results[i].n_relevant ? (double)results[i].figures[figure] : 0;
        sum += value;
        squares += value * value;
    }
    double mean = n ? sum / (double)n : 0;
    double variance = n > 1 ? (squares - sum * mean) / (double)(n - 1) : 0;
    return (struct ra_figure){mean, n > 1 ? 1.96 * sqrt(fmax(variance, 0) / (double)n) : 0};
}

static void summarise(const struct evaluation *evaluation, struct ra_metrics *out)
{
    const struct reader_result *results = evaluation->results;
    uint32_t n_rows = evaluation->train->n_rows;
    *out = (struct ra_metrics){.k = evaluation->k};
    for (uint32_t i = 0; i < n_rows; i++) {
        out->n_readers += results[i].n_relevant > 0;
        out->n_relevant += results[i].n_relevant;
    }
    out->recall = mean_of(results, n_rows, RECALL, out->n_readers);
    out->ndcg = mean_of(results, n_rows, NDCG, out->n_readers);
    out->hit_rate = mean_of(results, n_rows, HIT, out->n_readers);
    out->mrr = mean_of(results, n_rows, MRR, out->n_readers);
}

static bool allocate(struct evaluation *evaluation, unsigned threads)
{
    size_t n_cols = evaluation->train->n_cols, n_rows = evaluation->train->n_rows;
    size_t n_scores, n_kept;
    if (__builtin_mul_overflow(n_cols + 1, (size_t)threads, &n_scores) ||
        __builtin_mul_overflow((size_t)evaluation->k, (size_t)threads, &n_kept))
        return false;
    evaluation->discount = calloc((size_t)evaluation->k + 1, sizeof *evaluation->discount);
    evaluation->results = calloc(n_rows + 1, sizeof *evaluation->results);
    evaluation->scores = calloc(n_scores, sizeof *evaluation->scores);
    evaluation->kept = calloc(n_kept, sizeof *evaluation->kept);
    if (!evaluation->discount || !evaluation->results || !evaluation->scores || !evaluation->kept)
        return false;
    for (unsigned i = 1; i <= evaluation->k; i++)
        evaluation->discount[i] = evaluation->discount[i - 1] + 1 / log2((double)i + 1);
    return true;
}

bool ra_evaluate(const struct ra_csr *train, const struct ra_csr *test,
                 const struct ra_scorer *scorer, unsigned k, unsigned threads,
                 struct ra_metrics *out, struct ra_err *err)
{
    if (train->n_rows != test->n_rows || train->n_cols != test->n_cols)
        return ra_fail(err, RA_ERR_INVALID, "train and test are of different shapes");
    if (k == 0 || k > RA_EVALUATE_K_MAX)
        return ra_fail(err, RA_ERR_INVALID, "k is not between 1 and %d", RA_EVALUATE_K_MAX);
    struct evaluation evaluation = {.train = train, .test = test, .scorer = scorer, .k = k};
    threads = ra_threads(threads);
    bool ok = allocate(&evaluation, threads);
    if (ok) {
        /* Readers differ much in how long they take. */
#pragma omp parallel for num_threads((int)threads) schedule(dynamic, 64)
        for (uint32_t reader = 0; reader < train->n_rows; reader++)
            evaluate_reader(&evaluation, reader, (unsigned)omp_get_thread_num());
        summarise(&evaluation, out);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the evaluation");
    }
    free(evaluation.discount);
    free(evaluation.results);
    free(evaluation.scores);
    free(evaluation.kept);
    return ok;
}
