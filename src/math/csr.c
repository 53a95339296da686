/* Sparse matrices by rows: made of triplets, transposed. */
#include "readalike/csr.h"

#include <stdlib.h>
#include <string.h>

void ra_csr_finish(struct ra_csr *csr)
{
    free(csr->start);
    free(csr->col);
    free(csr->value);
    *csr = (struct ra_csr){0};
}

uint64_t ra_csr_bytes(uint64_t n_rows, uint64_t nnz)
{
    return (n_rows + 2) * sizeof(uint64_t) + nnz * (sizeof(uint32_t) + sizeof(float));
}

static bool allocate(struct ra_csr *csr, uint32_t n_rows, uint32_t n_cols, uint64_t nnz,
                     struct ra_err *err)
{
    /* One more than n_rows + 1: the cursors of a filling pass live one place ahead. */
    *csr = (struct ra_csr){
        .n_rows = n_rows,
        .n_cols = n_cols,
        .start = calloc((size_t)n_rows + 2, sizeof *csr->start),
        .col = calloc(nnz ? nnz : 1, sizeof *csr->col),
        .value = calloc(nnz ? nnz : 1, sizeof *csr->value),
    };
    if (csr->start && csr->col && csr->value)
        return true;
    ra_csr_finish(csr);
    return ra_fail(err, RA_ERR_NOMEM, "out of memory for a matrix of %llu values",
                   (unsigned long long)nnz);
}

static void sum_up(uint64_t *counts, size_t n)
{
    for (size_t i = 1; i < n; i++)
        counts[i] += counts[i - 1];
}

/* Of equal neighbours in a row, keeps the last; closes the gaps. */
static void drop_repeated(struct ra_csr *csr)
{
    uint64_t kept = 0, from = 0;
    for (uint32_t row = 0; row < csr->n_rows; row++) {
        uint64_t end = csr->start[row + 1];
        csr->start[row] = kept;
        for (; from < end; from++) {
            if (from + 1 < end && csr->col[from] == csr->col[from + 1])
                continue;
            csr->col[kept] = csr->col[from];
            csr->value[kept++] = csr->value[from];
        }
    }
    csr->start[csr->n_rows] = kept;
}

/*
 * Two stable counting sorts, by column and then by row, so that within a row the columns rise and
 * equal ones stand in the order they came.
 */
static void sort_triplets(struct ra_csr *csr, const struct ra_triplet *triplets, size_t n,
                          uint64_t *col_at, uint64_t *by_col)
{
    for (size_t i = 0; i < n; i++) {
        csr->start[(size_t)triplets[i].row + 2]++;
        col_at[(size_t)triplets[i].col + 1]++;
    }
    sum_up(csr->start, (size_t)csr->n_rows + 2);
    sum_up(col_at, (size_t)csr->n_cols + 1);
    for (size_t i = 0; i < n; i++)
        by_col[col_at[triplets[i].col]++] = i;
    for (size_t i = 0; i < n; i++) {
        const struct ra_triplet *triplet = &triplets[by_col[i]];
        uint64_t at = csr->start[(size_t)triplet->row + 1]++;
        csr->col[at] = triplet->col;
        csr->value[at] = triplet->value;
    }
}

bool ra_csr_from_triplets(struct ra_csr *out, uint32_t n_rows, uint32_t n_cols,
                          const struct ra_triplet *triplets, size_t n, struct ra_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (triplets[i].row >= n_rows || triplets[i].col >= n_cols)
            return ra_fail(err, RA_ERR_INVALID, "value %zu is outside of the matrix", i);
    }
    if (!allocate(out, n_rows, n_cols, n, err))
        return false;
    uint64_t *col_at = calloc((size_t)n_cols + 1, sizeof *col_at);
    uint64_t *by_col = calloc(n ? n : 1, sizeof *by_col);
    bool ok = col_at && by_col;
    if (ok) {
        sort_triplets(out, triplets, n, col_at, by_col);
        drop_repeated(out);
    } else {
        ra_csr_finish(out);
        ra_fail(err, RA_ERR_NOMEM, "out of memory for a matrix of %zu values", n);
    }
    free(by_col);
    free(col_at);
    return ok;
}

bool ra_csr_transpose(struct ra_csr *out, const struct ra_csr *csr, struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(csr);
    if (!allocate(out, csr->n_cols, csr->n_rows, nnz, err))
        return false;
    for (uint64_t i = 0; i < nnz; i++)
        out->start[(size_t)csr->col[i] + 2]++;
    sum_up(out->start, (size_t)out->n_rows + 2);
    for (uint32_t row = 0; row < csr->n_rows; row++) {
        for (uint64_t i = csr->start[row]; i < csr->start[row + 1]; i++) {
            uint64_t at = out->start[(size_t)csr->col[i] + 1]++;
            out->col[at] = row;
            out->value[at] = csr->value[i];
        }
    }
    return true;
}
