#ifndef READALIKE_TITLE_LOOKUP_H
#define READALIKE_TITLE_LOOKUP_H

#include "codec.h"

/*
 * A sorted table from a number of at most 48 bits to a document, in about five bytes a row. The
 * upper bits of a key choose a bucket, the others and the document are packed beside each other.
 * Section: struct lookup_head, u32 starts (2^bucket_bits + 1), packed rows, CODEC_SLACK bytes.
 */

#define LOOKUP_KEY_BITS_MAX 48

struct lookup_head {
    uint32_t n;
    uint8_t key_bits;
    uint8_t bucket_bits;
    uint8_t doc_bits;
    uint8_t reserved;
};

/* A key with its document, to be sorted. */
struct lookup_row {
    uint64_t key;
    uint32_t doc;
    uint32_t unused;
};

struct lookup {
    struct lookup_head head;
    const uint32_t *starts;
    const uint8_t *rows;
};

/* Bits of a hash that make a mistaken key rarer than one in four million look-ups. */
unsigned lookup_key_bits(size_t n);

/* Sorts the rows; of several with one key that with the lowest document stays. */
void lookup_sort(struct ra_buf *rows);
/* Appends the section of sorted rows. */
void lookup_put(struct ra_buf *out, const struct ra_buf *rows, unsigned key_bits, uint32_t n_docs);
/* Reads and checks a section; false when it is broken. */
bool lookup_open(struct lookup *lookup, const void *bytes, size_t n, uint32_t n_docs);
bool lookup_find(const struct lookup *lookup, uint64_t key, uint32_t *out_doc);

#endif
