#ifndef READALIKE_TITLE_BUILD_H
#define READALIKE_TITLE_BUILD_H

#include "file.h"
#include "readalike/buf.h"

/* The steps of building an index that have a file of their own. */

/* The distinct tokens, by number; numbered in order of text once sorted. */
struct vocabulary {
    struct ra_buf text; /* of all tokens, one after the other */
    struct ra_buf ends; /* u64: where each one's text ends */
    size_t n;
};

struct word {
    const char *text;
    size_t n;
};
struct word vocabulary_word(const struct vocabulary *vocabulary, size_t token);

/* Appends struct title_node rows for tokens in order of text (`order`: their old numbers). */
bool build_trie(const struct vocabulary *vocabulary, const uint32_t *order, struct ra_buf *nodes);

/* Rows of a section being built. */
static inline size_t rows_of(const struct ra_buf *buf, size_t row_bytes)
{
    return buf->len / row_bytes;
}

/* The postings of rows that are built so far, and what is derived from them. */
struct posting_lists {
    struct ra_buf tokens;   /* struct title_token */
    struct ra_buf postings; /* u32 */
    struct ra_buf tops;     /* struct title_top */
    struct ra_buf top_docs; /* u32 */
};
bool build_postings(const struct ra_buf *docs, const struct ra_buf *forward, size_t n_tokens,
                    struct posting_lists *out);
bool build_tops(const struct ra_buf *nodes, size_t n_docs, struct posting_lists *lists);

#endif
