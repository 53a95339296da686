#ifndef READALIKE_CSR_H
#define READALIKE_CSR_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * A sparse matrix by rows. Columns rise strictly within a row. Immutable once made: any thread may
 * read it.
 */
struct ra_csr {
    uint32_t n_rows, n_cols;
    uint64_t *start; /* (n_rows + 1) bounds of the rows in the next two */
    uint32_t *col;   /* (nnz) */
    float *value;    /* (nnz) */
};

struct ra_triplet {
    uint32_t row, col;
    float value;
};

/* Zeroed is an empty matrix; finish accepts it. */
void ra_csr_finish(struct ra_csr *csr);

static inline uint64_t ra_csr_nnz(const struct ra_csr *csr)
{
    return csr->start ? csr->start[csr->n_rows] : 0;
}
static inline size_t ra_csr_row_n(const struct ra_csr *csr, uint32_t row)
{
    return (size_t)(csr->start[row + 1] - csr->start[row]);
}

/* The place of (row, col) in `col` and `value`; false when nothing is there. */
static inline bool ra_csr_find(const struct ra_csr *csr, uint32_t row, uint32_t col, uint64_t *out)
{
    uint64_t low = csr->start[row], high = csr->start[row + 1];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (csr->col[middle] < col)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return low < csr->start[row + 1] && csr->col[low] == col;
}

/*
 * Makes a matrix of `n` triplets in any order; of several at one place the last counts. A row or
 * column out of bounds is RA_ERR_INVALID. `out` is the caller's, to finish.
 */
bool ra_csr_from_triplets(struct ra_csr *out, uint32_t n_rows, uint32_t n_cols,
                          const struct ra_triplet *triplets, size_t n,
                          struct ra_err *err) RA_MUST_CHECK;
bool ra_csr_transpose(struct ra_csr *out, const struct ra_csr *csr,
                      struct ra_err *err) RA_MUST_CHECK;
/* What a matrix of this shape takes, for budgets. */
uint64_t ra_csr_bytes(uint64_t n_rows, uint64_t nnz);

#endif
