#ifndef READALIKE_TITLE_CODEC_H
#define READALIKE_TITLE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "readalike/buf.h"

/*
 * Rising document numbers in few bytes. A varint has 7 bits a byte, the lowest first. A list
 * shorter than CODEC_BLOCK is the gaps less one as varints. A longer one begins with a struct
 * codec_skip for each full block; a block is its width in bits and then the gaps less one, each
 * that wide.
 */

#define CODEC_BLOCK 128
#define CODEC_SLACK 8 /* bytes behind packed ones, so that whole words may be read */
#define VARINT_BYTES_MAX 5

struct codec_skip {
    uint32_t last; /* document of the block */
    uint32_t end;  /* byte behind the block, from the first block's first */
};

/* Reads what was checked before. */
static inline uint32_t varint_read(const uint8_t **at)
{
    const uint8_t *p = *at;
    uint32_t value = *p & 0x7F;
    for (unsigned shift = 7; *p++ & 0x80; shift += 7)
        value |= (uint32_t)(*p & 0x7F) << shift;
    *at = p;
    return value;
}

void varint_put(struct ra_buf *out, uint32_t value);
/* Moves `at` behind a number; false when it does not end before `end` or is too large. */
bool varint_check(const uint8_t **at, const uint8_t *end, uint32_t *out);

void list_put(struct ra_buf *out, const uint32_t *docs, size_t n);
/* Moves `at` behind a list of `n` rising numbers below `n_docs`; false when it is none. */
bool list_check(const uint8_t **at, const uint8_t *end, size_t n, uint32_t n_docs);

/* Reads a list block by block. */
struct list_reader {
    const uint8_t *skips; /* of the blocks left */
    const uint8_t *base;  /* the first block */
    const uint8_t *at;
    uint32_t next; /* the least that the next number can be */
    size_t left;   /* numbers not read yet */
};
void list_open(struct list_reader *reader, const uint8_t *list, size_t n);
/* Reads at most CODEC_BLOCK numbers; 0 at the end. */
size_t list_next(struct list_reader *reader, uint32_t *out);
/* Jumps over blocks that end before `doc`. */
void list_seek(struct list_reader *reader, uint32_t doc);

/* `width` bits from bit `at` on; the bytes go on for CODEC_SLACK. At most 56 bits. */
static inline uint64_t bits_read(const uint8_t *bytes, size_t at, unsigned width)
{
    uint64_t word;
    memcpy(&word, bytes + at / 8, sizeof word);
    return word >> at % 8 & ((UINT64_C(1) << width) - 1);
}

/* Puts `n` numbers of `width` bits (at most 56) one after the other, and fills up the last byte. */
void bits_put(struct ra_buf *out, const uint64_t *values, size_t n, unsigned width);

#endif
