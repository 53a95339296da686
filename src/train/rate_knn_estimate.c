/* What neighbours gave: the weighted mean of the k nearest who have rated. */
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "rate_knn.h"

/* Pairs by rows of the model's kind. */
struct questions {
    uint64_t *start; /* (rows + 1) */
    uint32_t *col;   /* (n) */
    uint64_t *place; /* (n) in `pairs` */
};

struct scratch {
    float *similar;   /* (rows) of the row at hand, zero where it is not near */
    float *score, *z; /* (rows + 1) of those who are near and have rated the column */
};

static void finish_questions(struct questions *questions)
{
    free(questions->start);
    free(questions->col);
    free(questions->place);
}

static bool make_questions(struct questions *questions, const struct ra_csr *pairs, bool by_item,
                           struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(pairs);
    uint32_t n_rows = by_item ? pairs->n_cols : pairs->n_rows;
    *questions = (struct questions){
        .start = calloc((size_t)n_rows + 2, sizeof *questions->start),
        .col = calloc(nnz + 1, sizeof *questions->col),
        .place = calloc(nnz + 1, sizeof *questions->place),
    };
    if (!questions->start || !questions->col || !questions->place) {
        finish_questions(questions);
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the estimates");
    }
    /* One place further on, so that filling leaves the starts where they belong. */
    uint64_t *next = questions->start + 1;
    for (uint32_t u = 0; u < pairs->n_rows; u++) {
        for (uint64_t at = pairs->start[u]; at < pairs->start[u + 1]; at++)
            questions->start[(by_item ? pairs->col[at] : u) + 1]++;
    }
    for (uint64_t row = n_rows, end = nnz; row > 0; row--) {
        end -= questions->start[row];
        questions->start[row] = end;
    }
    for (uint32_t u = 0; u < pairs->n_rows; u++) {
        for (uint64_t at = pairs->start[u]; at < pairs->start[u + 1]; at++) {
            uint64_t to = next[by_item ? pairs->col[at] : u]++;
            questions->col[to] = by_item ? u : pairs->col[at];
            questions->place[to] = at;
        }
    }
    return true;
}

RA_BODY float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

RA_BODY uint32_t count_from(const float *score, uint32_t n, float least)
{
    uint32_t count = 0;
#pragma omp simd reduction(+ : count)
    for (uint32_t j = 0; j < n; j++)
        count += score[j] >= least;
    return count;
}

/*
 * A number that exactly k of the n > k scores reach, all above 0; or, where equal scores do not
 * let that be, the kth best. Floats above 0 are in the order of their bits, so it is searched for
 * by halves; counting goes through the scores without a branch, unlike a heap.
 */
RA_BODY float kth_best(const float *score, uint32_t n, uint32_t k)
{
    uint32_t low = 0, high = 0x7f800000; /* infinity */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2, count = count_from(score, n, float_of(middle));
        if (count == k)
            return float_of(middle);
        if (count > k)
            low = middle;
        else
            high = middle;
    }
    return float_of(low);
}

/* The weighted mean of the z of the k best, 0 when they are too few; of equal ones the first. */
RA_BODY float mean_of_best(const struct scratch *scratch, uint32_t n, uint32_t k, uint32_t min_k)
{
    const float *score = scratch->score, *z = scratch->z;
    if (n == 0 || n < min_k || k < min_k)
        return 0;
    float least = n > k ? kth_best(score, n, k) : 0, sum = 0, weight = 0;
    uint32_t reach = n > k ? count_from(score, n, least) : n;
    if (reach > k) {
        uint32_t above = 0;
        for (uint32_t j = 0; j < n; j++)
            above += score[j] > least;
        for (uint32_t j = 0, equal = k - above; j < n && equal > 0; j++) {
            if (score[j] != least)
                continue;
            sum += least * z[j];
            weight += least;
            equal--;
        }
        least = nextafterf(least, INFINITY);
    }
#pragma omp simd reduction(+ : sum, weight)
    for (uint32_t j = 0; j < n; j++) {
        float s = score[j] >= least ? score[j] : 0;
        sum += s * z[j];
        weight += s;
    }
    return sum / weight;
}

/* The near ones who have rated `col`. */
RA_BODY uint32_t gather(const struct knn *knn, uint32_t col, const struct scratch *scratch)
{
    const struct ra_csr *by_col = &knn->by_col;
    uint64_t end = by_col->start[col + 1];
    const uint32_t *restrict who = by_col->col;
    const float *restrict value = by_col->value, *restrict similar = scratch->similar;
    float *restrict score = scratch->score, *restrict z = scratch->z;
    uint32_t n = 0;
    for (uint64_t at = by_col->start[col]; at < end; at++) {
        float s = similar[who[at]];
        score[n] = s;
        z[n] = value[at];
        n += s > 0;
    }
    return n;
}

RA_BODY void estimate_row(const struct ra_rate_model *model, const struct questions *questions,
                          uint32_t row, const struct scratch *scratch, float *out)
{
    const struct knn *knn = model->own;
    const struct similar *similar = &knn->similar;
    const float *row_bias = knn->by_item ? model->b_i : model->b_u;
    const float *col_bias = knn->by_item ? model->b_u : model->b_i;
    float spread = knn->spread ? knn->spread[row] : 1;
    for (uint64_t at = similar->start[row]; at < similar->start[row + 1]; at++)
        scratch->similar[similar->row[at]] = similar->score[at];
    for (uint64_t at = questions->start[row]; at < questions->start[row + 1]; at++) {
        uint32_t col = questions->col[at], n = gather(knn, col, scratch);
        float mean = mean_of_best(scratch, n, knn->params.k, knn->params.min_k);
        out[questions->place[at]] =
            (float)model->mu + row_bias[row] + col_bias[col] + spread * mean;
    }
    for (uint64_t at = similar->start[row]; at < similar->start[row + 1]; at++)
        scratch->similar[similar->row[at]] = 0;
}

RA_WIDE static void estimate_wide(const struct ra_rate_model *model,
                                  const struct questions *questions, uint32_t n_rows,
                                  const struct scratch *scratch, float *out)
{
    for (uint32_t row = 0; row < n_rows; row++)
        estimate_row(model, questions, row, scratch, out);
}

static void estimate_plain(const struct ra_rate_model *model, const struct questions *questions,
                           uint32_t n_rows, const struct scratch *scratch, float *out)
{
    for (uint32_t row = 0; row < n_rows; row++)
        estimate_row(model, questions, row, scratch, out);
}

bool knn_estimate(const struct ra_rate_model *model, const struct ra_csr *pairs, float *out,
                  struct ra_err *err)
{
    const struct knn *knn = model->own;
    size_t n_rows = (size_t)knn->similar.n_rows + 1;
    struct questions questions;
    if (!make_questions(&questions, pairs, knn->by_item, err))
        return false;
    struct scratch scratch = {
        .similar = calloc(n_rows, sizeof *scratch.similar),
        .score = calloc(n_rows, sizeof *scratch.score),
        .z = calloc(n_rows, sizeof *scratch.z),
    };
    bool ok = scratch.similar && scratch.score && scratch.z;
    if (ok)
        (ra_lanes_are_wide() ? estimate_wide : estimate_plain)(model, &questions,
                                                               knn->similar.n_rows, &scratch, out);
    else
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the estimates");
    free(scratch.similar);
    free(scratch.score);
    free(scratch.z);
    finish_questions(&questions);
    return ok;
}
