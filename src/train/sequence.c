/* Readings by time: as sequences of items, and as weights that fade. */
#include "sequence.h"

#include <math.h>
#include <stdlib.h>

#include "readalike/train.h"

struct moment {
    int64_t when;
    uint32_t place; /* in its row */
};

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static struct moment *make_moments(const struct ra_csr *read)
{
    size_t longest = 0;
    for (uint32_t row = 0; row < read->n_rows; row++) {
        size_t n = ra_csr_row_n(read, row);
        longest = n > longest ? n : longest;
    }
    return calloc(longest + 1, sizeof(struct moment));
}

/* The moments of a row, oldest first; returns how many. */
static size_t sort_row(const struct ra_csr *read, const int64_t *when, uint32_t row,
                       struct moment *moments)
{
    size_t n = ra_csr_row_n(read, row);
    for (size_t i = 0; i < n; i++)
        moments[i] = (struct moment){when ? when[read->start[row] + i] : 0, (uint32_t)i};
    qsort(moments, n, sizeof *moments, by_time);
    return n;
}

uint32_t *sequence_items(const struct ra_csr *read, const int64_t *when)
{
    struct moment *moments = make_moments(read);
    uint32_t *items = calloc(ra_csr_nnz(read) + 1, sizeof *items);
    for (uint32_t row = 0; moments && items && row < read->n_rows; row++) {
        size_t n = sort_row(read, when, row, moments);
        for (size_t i = 0; i < n; i++)
            items[read->start[row] + i] = read->col[read->start[row] + moments[i].place];
    }
    if (!moments) {
        free(items);
        items = NULL;
    }
    free(moments);
    return items;
}

bool sequence_is_ordered(const struct ra_csr *read, const int64_t *when)
{
    for (uint32_t row = 0; when && row < read->n_rows; row++) {
        for (uint64_t i = read->start[row] + 1; i < read->start[row + 1]; i++) {
            if (when[i] != when[i - 1])
                return true;
        }
    }
    return false;
}

/* Newest first: what came at one time has the same number of later ones. */
static void fade_row(struct ra_csr *weights, uint32_t row, const struct moment *moments, size_t n,
                     double half_life)
{
    double later = 0;
    for (size_t i = n; i-- > 0;) {
        if (i + 1 < n && moments[i].when != moments[i + 1].when)
            later = (double)(n - 1 - i);
        weights->value[weights->start[row] + moments[i].place] *= (float)exp2(-later / half_life);
    }
}

bool ra_train_recency(struct ra_csr *weights, const int64_t *when, double half_life,
                      struct ra_err *err)
{
    if (!when || !(half_life > 0))
        return true;
    struct moment *moments = make_moments(weights);
    if (!moments)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the times");
    for (uint32_t row = 0; row < weights->n_rows; row++) {
        size_t n = sort_row(weights, when, row, moments);
        fade_row(weights, row, moments, n, half_life);
    }
    free(moments);
    return true;
}
