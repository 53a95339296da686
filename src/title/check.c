/* Whether the sections of an index are sound: every place, number and order, read once. */
#include <math.h>
#include <stdlib.h>

#include "forward.h"
#include "open.h"
#include "readalike/title.h"
#include "tokens.h"

/* In level order a level begins where the one before ends, and ends where its children begin. */
static bool is_shallow(const struct ra_title_index *index)
{
    uint32_t start = 0, end = 1;
    for (size_t depth = 0; start < end; depth++) {
        if (depth > TOKEN_CHARS)
            return false;
        start = end;
        end = first_child(index, end);
    }
    return true;
}

static bool check_children(const struct ra_title_index *index, struct ra_err *err)
{
    size_t n_nodes = index->n_nodes;
    if (first_child(index, 0) != 1 || first_child(index, (uint32_t)n_nodes) != n_nodes)
        return title_corrupt(err, "the trie has no proper root or end");
    for (uint32_t node = 0; node < n_nodes; node++) {
        uint32_t first = first_child(index, node), end = first_child(index, node + 1);
        if (first <= node || first > end || end > n_nodes)
            return title_corrupt(err, "a trie node's children are out of place");
        if (is_leaf(index, node) != (first == end))
            return title_corrupt(err, "a trie node is marked wrongly");
        for (uint32_t child = first + 1; child < end; child++) {
            if (index->labels[child] <= index->labels[child - 1])
                return title_corrupt(err, "a trie node's children are out of order");
        }
    }
    return is_shallow(index) || title_corrupt(err, "the trie is too deep");
}

static bool check_leaves(const struct ra_title_index *index, struct ra_err *err)
{
    size_t words = (index->n_nodes + 63) / 64, n = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t bits = index->leaves[i];
        if (i + 1 == words && index->n_nodes % 64)
            bits &= (UINT64_C(1) << index->n_nodes % 64) - 1;
        if (index->leaf_ranks[i] != n || bits != index->leaves[i])
            return title_corrupt(err, "the leaves of the trie are counted wrongly");
        n += (size_t)__builtin_popcountll(bits);
    }
    if (n != index->n_leaves)
        return title_corrupt(err, "the leaves of the trie have too few or too many words");
    for (size_t i = 0; i < n; i++) {
        if (index->leaf_tokens[i] >= index->n_tokens && index->n_tokens > 0)
            return title_corrupt(err, "a leaf has a word that does not exist");
    }
    return true;
}

/* The tokens [first, end) below a node, from those of its children, which come behind it. */
struct token_range {
    uint32_t first, end;
};

static bool range_of(const struct ra_title_index *index, const struct token_range *ranges,
                     uint32_t node, struct token_range *out)
{
    uint32_t child = first_child(index, node), end = first_child(index, node + 1);
    uint32_t own = is_word_end(index, node);
    if (child == end) {
        uint32_t token = leaf_token(index, node);
        *out = (struct token_range){token, token + 1};
        return own;
    }
    for (uint32_t next = child + 1; next < end; next++) {
        if (ranges[next].first != ranges[next - 1].end)
            return false;
    }
    if (ranges[child].first < own)
        return false;
    *out = (struct token_range){ranges[child].first - own, ranges[end - 1].end};
    return true;
}

static bool check_tokens(const struct ra_title_index *index, struct ra_err *err)
{
    if (index->n_nodes == 1)
        return (index->n_tokens == 0 && index->n_leaves == 1) ||
               title_corrupt(err, "the trie has no words");
    struct token_range *ranges = malloc(index->n_nodes * sizeof *ranges);
    if (!ranges)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the title index");
    bool ok = true;
    for (uint32_t node = (uint32_t)index->n_nodes; ok && node-- > 0;)
        ok = range_of(index, ranges, node, &ranges[node]);
    ok = ok && ranges[0].first == 0 && ranges[0].end == index->n_tokens && !is_word_end(index, 0);
    free(ranges);
    return ok || title_corrupt(err, "the words below a trie node are out of order");
}

bool check_trie(const struct ra_title_index *index, struct ra_err *err)
{
    return check_children(index, err) && check_leaves(index, err) && check_tokens(index, err);
}

static bool check_codes(const struct ra_title_index *index, const uint8_t **at, const uint8_t *end,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t code;
        if (!varint_check(at, end, &code) || code >= index->n_frequent + index->n_tokens)
            return false;
    }
    return *at == end;
}

/* Five bytes of counts at most, which CODEC_SLACK lets a reader take. */
static bool check_record(const struct ra_title_index *index, const uint8_t **at, const uint8_t *end)
{
    uint32_t bytes;
    size_t n = 0;
    if (!varint_check(at, end, &bytes) || (size_t)(end - *at) < bytes)
        return false;
    const uint8_t *record_end = *at + bytes;
    struct doc_words words = forward_counts(*at);
    for (size_t field = 0; field < FIELD_COUNT; field++)
        n += words.n[field];
    *at = words.codes;
    return *at <= record_end && n <= DOC_TOKENS_MAX && check_codes(index, at, record_end, n);
}

bool check_forward(const struct ra_title_index *index, size_t bytes, struct ra_err *err)
{
    const uint8_t *at = index->forward, *end = at + bytes;
    for (size_t i = 0; i < index->n_frequent; i++) {
        if (index->frequent[i] >= index->n_tokens)
            return title_corrupt(err, "a frequent word does not exist");
    }
    for (size_t doc = 0; doc < index->n_docs; doc++) {
        if (doc % FORWARD_GROUP == 0 &&
            index->forward_starts[doc / FORWARD_GROUP] != (size_t)(at - index->forward))
            return title_corrupt(err, "a document's words are out of place");
        if (!check_record(index, &at, end))
            return title_corrupt(err, "a document's words are broken or do not exist");
    }
    size_t groups = (index->n_docs + FORWARD_GROUP - 1) / FORWARD_GROUP;
    if (at != end || index->forward_starts[groups] != bytes)
        return title_corrupt(err, "the documents' words do not end where they should");
    return true;
}

bool check_postings(const struct ra_title_index *index, size_t bytes, struct ra_err *err)
{
    const uint8_t *at = index->postings, *end = at + bytes;
    if (index->posting_counts[0] != 0)
        return title_corrupt(err, "the postings do not begin where they should");
    for (size_t token = 0; token < index->n_tokens; token++) {
        uint32_t first = index->posting_counts[token], next = index->posting_counts[token + 1];
        if (first > next || index->posting_starts[token] != (size_t)(at - index->postings))
            return title_corrupt(err, "a word's postings are out of place");
        if (!list_check(&at, end, next - first, (uint32_t)index->n_docs))
            return title_corrupt(err, "a posting is out of order or names no document");
    }
    if (at != end || index->posting_starts[index->n_tokens] != bytes)
        return title_corrupt(err, "the postings do not end where they should");
    return true;
}

bool check_tops(const struct ra_title_index *index, size_t bytes, struct ra_err *err)
{
    const uint8_t *at = index->top_docs, *end = at + bytes;
    for (size_t i = 0; i < index->n_tops; i++) {
        const struct title_top *top = &index->tops[i];
        uint32_t n;
        if (top->node >= top[1].node || top->start != (size_t)(at - index->top_docs))
            return title_corrupt(err, "a top list is out of place");
        if (!varint_check(&at, end, &n) || n > TOP_DOCS_MAX ||
            !list_check(&at, end, n, (uint32_t)index->n_docs))
            return title_corrupt(err, "a top list names no document");
    }
    if (at != end || index->tops[index->n_tops].start != bytes)
        return title_corrupt(err, "the top lists do not end where they should");
    return true;
}

bool check_ready(const struct ra_title_index *index, size_t n_hits, struct ra_err *err)
{
    const struct title_ready *ready = index->ready;
    if (ready[0].hits != 0 || ready[index->n_ready].hits != n_hits)
        return title_corrupt(err, "the ready answers do not end where they should");
    for (size_t i = 0; i < index->n_ready; i++) {
        if (ready[i].node >= ready[i + 1].node || ready[i].hits > ready[i + 1].hits ||
            ready[i + 1].hits - ready[i].hits > READY_HITS_MAX)
            return title_corrupt(err, "a ready answer is out of place");
    }
    for (size_t i = 0; i < n_hits; i++) {
        const struct title_ready_hit *hit = &index->ready_hits[i];
        if (hit->doc >= index->n_docs || hit->matched > RA_TITLE_TYPO || !isfinite(hit->score))
            return title_corrupt(err, "a ready answer names no document");
    }
    return true;
}
