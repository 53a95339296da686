/* Matrices in files, for the benchmarks that hand the same data to ours and to a peer. */
#include "matrix_file.h"

#include <stdio.h>
#include <stdlib.h>

#define ENTRIES_MAX (UINT64_C(1) << 32)

static bool take(FILE *file, void *out, size_t size, size_t n)
{
    return fread(out, size, n, file) == n;
}

static bool read_body(FILE *file, struct ra_csr *out)
{
    uint64_t head[3];
    if (!take(file, head, sizeof *head, 3) || head[0] >= UINT32_MAX || head[1] >= UINT32_MAX ||
        head[2] > ENTRIES_MAX)
        return false;
    *out = (struct ra_csr){
        .n_rows = (uint32_t)head[0],
        .n_cols = (uint32_t)head[1],
        .start = calloc(head[0] + 1, sizeof *out->start),
        .col = calloc(head[2] + 1, sizeof *out->col),
        .value = calloc(head[2] + 1, sizeof *out->value),
    };
    return out->start && out->col && out->value &&
           take(file, out->start, sizeof *out->start, head[0] + 1) &&
           take(file, out->col, sizeof *out->col, head[2]) &&
           take(file, out->value, sizeof *out->value, head[2]) && out->start[head[0]] == head[2];
}

bool matrix_file_read(const char *path, struct ra_csr *out, struct ra_err *err)
{
    *out = (struct ra_csr){0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return ra_fail_errno(err, RA_ERR_IO, "cannot open %s", path);
    bool ok = read_body(file, out);
    fclose(file);
    if (ok)
        return true;
    ra_csr_finish(out);
    return ra_fail(err, RA_ERR_CORRUPT, "%s is not a matrix, or is too large", path);
}

static bool put(FILE *file, const void *bytes, size_t size, size_t n)
{
    return fwrite(bytes, size, n, file) == n;
}

static bool close_written(FILE *file, bool ok, const char *path, struct ra_err *err)
{
    ok = fclose(file) == 0 && ok;
    return ok || ra_fail_errno(err, RA_ERR_IO, "cannot write %s", path);
}

bool matrix_file_write(const char *path, const struct ra_csr *csr, struct ra_err *err)
{
    uint64_t nnz = ra_csr_nnz(csr);
    const uint64_t head[3] = {csr->n_rows, csr->n_cols, nnz};
    FILE *file = fopen(path, "wb");
    if (!file)
        return ra_fail_errno(err, RA_ERR_IO, "cannot write %s", path);
    bool ok = put(file, head, sizeof *head, 3) &&
              put(file, csr->start, sizeof *csr->start, (size_t)csr->n_rows + 1) &&
              put(file, csr->col, sizeof *csr->col, nnz) &&
              put(file, csr->value, sizeof *csr->value, nnz);
    return close_written(file, ok, path, err);
}

float *floats_file_read(const char *path, size_t n, struct ra_err *err)
{
    float *out = calloc(n + 1, sizeof *out);
    FILE *file = out ? fopen(path, "rb") : NULL;
    if (file && fread(out, sizeof *out, n + 1, file) == n) {
        fclose(file);
        return out;
    }
    if (file)
        fclose(file);
    free(out);
    ra_fail(err, RA_ERR_CORRUPT, "%s does not hold %zu floats", path, n);
    return NULL;
}

bool floats_file_write(const char *path, const float *floats, size_t n, struct ra_err *err)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return ra_fail_errno(err, RA_ERR_IO, "cannot write %s", path);
    return close_written(file, put(file, floats, sizeof *floats, n), path, err);
}
