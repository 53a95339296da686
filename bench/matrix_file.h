#ifndef READALIKE_BENCH_MATRIX_FILE_H
#define READALIKE_BENCH_MATRIX_FILE_H

#include "readalike/csr.h"
#include "readalike/err.h"

/*
 * The files that both sides of a comparison read, written by bench/peers/data.py; numbers of this
 * machine's order of bytes:
 *
 *     u64 rows, u64 columns, u64 nnz, u64 start[rows + 1], u32 column[nnz], f32 value[nnz]
 *
 * Columns need not rise: a list of sequences is such a file, too.
 */
bool matrix_file_read(const char *path, struct ra_csr *out, struct ra_err *err) RA_MUST_CHECK;
bool matrix_file_write(const char *path, const struct ra_csr *csr,
                       struct ra_err *err) RA_MUST_CHECK;

/* `n` floats and no more; the caller frees. NULL on failure. */
float *floats_file_read(const char *path, size_t n, struct ra_err *err) RA_MUST_CHECK;
bool floats_file_write(const char *path, const float *floats, size_t n,
                       struct ra_err *err) RA_MUST_CHECK;

#endif
