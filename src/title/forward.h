#ifndef READALIKE_TITLE_FORWARD_H
#define READALIKE_TITLE_FORWARD_H

#include "index.h"

/*
 * The words of a document, field after field: the number of bytes that follow (varint), how many
 * words the title has, how many the other fields have (one byte for all, or what does not fit in
 * bytes of its own), then a varint for each word: its place among the frequent ones, or its token
 * number and that of the frequent ones.
 */

struct doc_words {
    uint32_t n[FIELD_COUNT];
    const uint8_t *codes;
};

#define SUBTITLE_BITS 3
#define NUMBER_BITS 2
#define AUTHOR_BITS 3

static inline uint32_t field_count(unsigned small, unsigned bits, const uint8_t **at)
{
    unsigned most = (1U << bits) - 1;
    return small < most ? small : *(*at)++;
}

/* Moves `at` from the counts to the words. */
static inline struct doc_words forward_counts(const uint8_t *at)
{
    struct doc_words words;
    words.n[FIELD_MAIN] = *at++;
    unsigned packed = *at++;
    words.n[FIELD_SUBTITLE] = field_count(packed & 7, SUBTITLE_BITS, &at);
    words.n[FIELD_NUMBER] = field_count(packed >> 3 & 3, NUMBER_BITS, &at);
    words.n[FIELD_AUTHOR] = field_count(packed >> 5, AUTHOR_BITS, &at);
    words.codes = at;
    return words;
}

static inline struct doc_words forward_open(const struct ra_title_index *index, uint32_t doc)
{
    const uint8_t *at = index->forward + index->forward_starts[doc / FORWARD_GROUP];
    for (uint32_t skip = doc % FORWARD_GROUP; skip > 0; skip--) {
        uint32_t bytes = varint_read(&at);
        at += bytes;
    }
    varint_read(&at);
    return forward_counts(at);
}

static inline uint32_t forward_token(const struct ra_title_index *index, const uint8_t **at)
{
    uint32_t code = varint_read(at);
    return code < index->n_frequent ? index->frequent[code] : code - (uint32_t)index->n_frequent;
}

#endif
