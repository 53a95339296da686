#ifndef READALIKE_NPY_H
#define READALIKE_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"
#include "readalike/file.h"

/*
 * Arrays as numpy keeps them: .npy (format versions 1 to 3) and .npz, a zip of those. Read are one
 * and two dimensions, in C and Fortran order, of little-endian floats of 4 and 8 bytes, of integers
 * and of booleans. Everything is checked: a file of any content gives an array or a sentence. Any
 * thread may read.
 */
struct ra_npy {
    char kind;          /* 'f', 'i', 'u' or 'b' */
    unsigned size;      /* bytes of an element */
    bool is_fortran;    /* columns one after the other */
    unsigned n_dims;    /* 1 or 2 */
    uint64_t shape[2];  /* shape[1] is 1 with one dimension */
    const void *values; /* (shape) inside the bytes that were given */
};

/* `bytes` (n) stay the caller's and must outlive `out`. RA_ERR_INVALID says what is wrong. */
bool ra_npy_read(struct ra_npy *out, const void *bytes, size_t n, struct ra_err *err) RA_MUST_CHECK;
/* The values in C order, the caller's to free; NULL on failure. Of integers floats can be made,
 * not the other way round; a float that is not finite is RA_ERR_INVALID with its place. */
float *ra_npy_floats(const struct ra_npy *npy, struct ra_err *err) RA_MUST_CHECK;
int64_t *ra_npy_integers(const struct ra_npy *npy, struct ra_err *err) RA_MUST_CHECK;

/* What stands in front of the values of an array in C order: "<f4", "<i8"...; returns its length.
 */
#define RA_NPY_HEADER 128
size_t ra_npy_header(char out[RA_NPY_HEADER], const char *type, unsigned n_dims, uint64_t rows,
                     uint64_t cols);

/* A zip file in memory. Not read are encrypted members and methods other than 0 and deflate. */
struct ra_zip {
    const unsigned char *bytes;
    size_t n;
    uint64_t directory, end; /* of its entries */
};
struct ra_zip_member {
    char name[256];
    unsigned method;
    uint32_t crc;
    uint64_t packed, size, offset; /* bytes of both kinds; where its own header begins */
};
bool ra_zip_open(struct ra_zip *out, const void *bytes, size_t n, struct ra_err *err) RA_MUST_CHECK;
/* RA_ERR_NOT_FOUND when there is none of that name. */
bool ra_zip_find(const struct ra_zip *zip, const char *name, struct ra_zip_member *out,
                 struct ra_err *err) RA_MUST_CHECK;
/* Appends the member's bytes, checked against its length and checksum; `limit` bytes at most. */
bool ra_zip_read(const struct ra_zip *zip, const struct ra_zip_member *member, uint64_t limit,
                 struct ra_buf *out, struct ra_err *err) RA_MUST_CHECK;

/* Writes a zip of members as they are, each below 4 GB. One thread at a time. */
struct ra_zip_writer {
    struct ra_file_writer *file; /* borrowed; committed by the caller */
    struct ra_buf directory;
    uint64_t offset;
    unsigned n_members;
};
void ra_zip_writer_init(struct ra_zip_writer *writer, struct ra_file_writer *file);
/* A member of two pieces, the header of an array and its values. */
bool ra_zip_writer_add(struct ra_zip_writer *writer, const char *name, const void *head,
                       size_t n_head, const void *body, size_t n_body,
                       struct ra_err *err) RA_MUST_CHECK;
/* Writes the directory; ends the writer, whether it could or not. */
bool ra_zip_writer_finish(struct ra_zip_writer *writer, struct ra_err *err) RA_MUST_CHECK;

#endif
