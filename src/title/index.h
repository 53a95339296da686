#ifndef READALIKE_TITLE_INDEX_H
#define READALIKE_TITLE_INDEX_H

#include <stddef.h>

#include "file.h"

/* An opened index: pointers into the bytes, and how many of each there are. */
struct ra_title_index {
    const struct title_doc_row *docs;
    const uint32_t *forward;
    const struct title_node *nodes;
    const struct title_token *tokens;
    const uint32_t *postings;
    const struct title_top *tops;
    const uint32_t *top_docs;
    const uint64_t *key_hashes;
    const uint32_t *key_docs;
    const uint64_t *isbn_numbers;
    const uint32_t *isbn_docs;
    size_t n_docs, n_nodes, n_tokens, n_tops, n_keys, n_isbns;
    size_t n_forward, n_postings, n_top_docs;
};

static inline float token_weight(const struct ra_title_index *index, uint32_t token)
{
    return (float)index->tokens[token].weight * (1.0F / TOKEN_WEIGHT_ONE);
}

/* How telling a word is that `df` documents have. */
float weight_of_df(size_t n_docs, size_t df);

/* How many postings the tokens [first, end) have together. */
static inline size_t range_postings(const struct ra_title_index *index, uint32_t first,
                                    uint32_t end)
{
    return index->tokens[end].postings - index->tokens[first].postings;
}

#endif
