#ifndef READALIKE_TITLE_INDEX_H
#define READALIKE_TITLE_INDEX_H

#include <stddef.h>

#include "codec.h"
#include "file.h"
#include "lookup.h"

#define WEIGHTS 1024

/* An opened index: pointers into the bytes, and how many of each there are. */
struct ra_title_index {
    const uint16_t *priors;
    const uint8_t *title_weights;
    const uint32_t *forward_starts;
    const uint8_t *forward;
    const uint32_t *frequent;
    const uint16_t *labels;
    const uint32_t *child_bases;
    const uint16_t *child_steps;
    const uint64_t *word_ends;
    const uint64_t *leaves;
    const uint32_t *leaf_ranks;
    const uint32_t *leaf_tokens;
    const uint32_t *posting_counts;
    const uint32_t *posting_starts;
    const uint8_t *postings;
    const struct title_top *tops;
    const uint8_t *top_docs;
    const struct title_ready *ready;
    const struct title_ready_hit *ready_hits;
    struct lookup title_keys, isbns;
    size_t n_docs, n_nodes, n_tokens, n_frequent, n_leaves, n_tops, n_ready;
    float weights[WEIGHTS]; /* weight_of_df() of the small ones */
};

/* How telling a word is that `df` documents have. */
float weight_of_df(size_t n_docs, size_t df);

static inline uint32_t token_df(const struct ra_title_index *index, uint32_t token)
{
    return index->posting_counts[token + 1] - index->posting_counts[token];
}

static inline float token_weight(const struct ra_title_index *index, uint32_t token)
{
    uint32_t df = token_df(index, token);
    return df < WEIGHTS ? index->weights[df] : weight_of_df(index->n_docs, df);
}

static inline float prior_of(const struct ra_title_index *index, uint32_t doc)
{
    return (float)index->priors[doc] * (1.0F / 65535.0F);
}

/* How many postings the tokens [first, end) have together. */
static inline uint32_t range_postings(const struct ra_title_index *index, uint32_t first,
                                      uint32_t end)
{
    return index->posting_counts[end] - index->posting_counts[first];
}

static inline void postings_open(const struct ra_title_index *index, uint32_t token,
                                 struct list_reader *reader)
{
    list_open(reader, index->postings + index->posting_starts[token], token_df(index, token));
}

/*
 * The trie of all tokens in level order: the children of a node lie together, from its first child
 * to that of the next node. The tokens below a node are a range.
 */
static inline uint32_t first_child(const struct ra_title_index *index, uint32_t node)
{
    return index->child_bases[node / NODE_GROUP] + index->child_steps[node];
}

static inline bool is_word_end(const struct ra_title_index *index, uint32_t node)
{
    return index->word_ends[node / 64] >> node % 64 & 1;
}

static inline bool is_leaf(const struct ra_title_index *index, uint32_t node)
{
    return index->leaves[node / 64] >> node % 64 & 1;
}

/* The token that ends at a leaf. */
static inline uint32_t leaf_token(const struct ra_title_index *index, uint32_t node)
{
    uint64_t before = index->leaves[node / 64] & ((UINT64_C(1) << node % 64) - 1);
    return index
        ->leaf_tokens[index->leaf_ranks[node / 64] + (unsigned)__builtin_popcountll(before)];
}

/* The first token below a node: the one that ends there, if one does. */
static inline uint32_t first_token(const struct ra_title_index *index, uint32_t node)
{
    uint32_t before = 0;
    for (; !is_leaf(index, node); node = first_child(index, node))
        before += is_word_end(index, node);
    return leaf_token(index, node) - before;
}

/* Behind the last token below a node. */
static inline uint32_t end_token(const struct ra_title_index *index, uint32_t node)
{
    while (!is_leaf(index, node))
        node = first_child(index, node + 1) - 1;
    return leaf_token(index, node) + 1;
}

#endif
