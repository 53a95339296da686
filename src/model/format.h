#ifndef READALIKE_MODEL_FORMAT_H
#define READALIKE_MODEL_FORMAT_H

#include <stdint.h>

#include "readalike/model.h"

/*
 * The layout of a model file, as docs/model-file.md describes it: one page of header and section
 * table, then the sections in the order of the table, each on the next multiple of 64 bytes, the
 * gaps zeroed. Nothing else is in the file, so that its whole length follows from the table.
 */
#define MODEL_MAGIC "\x89RAMODL\n"
#define MODEL_VERSION 1u
#define MODEL_ENDIAN 0x01020304u
#define MODEL_ALIGN 64u
#define MODEL_HEAD_BYTES 4096u /* header and table */
#define MODEL_MAX_SECTIONS 56u

struct model_header {
    char magic[8];
    uint32_t version;
    uint32_t endian;
    uint64_t file_bytes;
    uint32_t n_sections;
    uint32_t zero;
    uint64_t checksum; /* xxh64 of the whole head, this field taken as 0 */
    uint8_t zeros[24];
};

struct model_entry {
    char name[RA_SECTION_NAME]; /* NUL up to the end */
    uint32_t dtype;
    uint32_t zero;
    uint64_t rows, cols;
    uint64_t offset, bytes;
    uint64_t checksum; /* xxh64 of the section */
};

struct model_head {
    struct model_header header;
    struct model_entry table[MODEL_MAX_SECTIONS]; /* unused rows are zeroed */
};

_Static_assert(sizeof(struct model_header) == 64, "the header is 64 bytes");
_Static_assert(sizeof(struct model_entry) == 72, "a table row is 72 bytes");
_Static_assert(sizeof(struct model_head) == MODEL_HEAD_BYTES, "header and table fill the head");

/* Bytes of one element; 0 for a number that is no dtype. */
uint64_t model_dtype_bytes(uint32_t dtype);
/* Lower-case letters, digits and underscores, terminated and zero-filled. */
bool model_section_name_ok(const char name[RA_SECTION_NAME]);
/* The checksum that belongs in `head`. */
uint64_t model_head_checksum(const struct model_head *head);
/* `offset` rounded up to MODEL_ALIGN; false on overflow. */
bool model_align(uint64_t offset, uint64_t *out) RA_MUST_CHECK;

#endif
