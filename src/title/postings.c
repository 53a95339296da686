/* Which documents have a token, and the most popular ones below a crowded node of the trie. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "index.h"

float weight_of_df(size_t n_docs, size_t df)
{
    float weight = logf(1.0F + (float)n_docs / (1.0F + (float)df));
    return fminf(fmaxf(weight, TOKEN_WEIGHT_MIN), TOKEN_WEIGHT_MAX);
}

/* One pass over all documents: counts, or with `postings` set, fills. */
static void walk_documents(const struct ra_buf *docs, const uint32_t *forward, uint32_t *last_doc,
                           uint32_t *cursor, uint32_t *postings)
{
    const struct title_doc_row *rows = (const void *)docs->data;
    size_t n_docs = rows_of(docs, sizeof *rows) - 1;
    for (size_t doc = 0; doc < n_docs; doc++) {
        for (uint32_t at = rows[doc].forward; at < rows[doc + 1].forward; at++) {
            uint32_t token = forward[at];
            if (last_doc[token] == (uint32_t)doc)
                continue;
            last_doc[token] = (uint32_t)doc;
            if (postings)
                postings[cursor[token]] = (uint32_t)doc;
            cursor[token]++;
        }
    }
}

static bool put_tokens(struct posting_lists *out, uint32_t *cursor, size_t n_tokens, size_t n_docs)
{
    uint32_t start = 0;
    for (size_t token = 0; token <= n_tokens; token++) {
        uint32_t df = token < n_tokens ? cursor[token] : 0;
        struct title_token row = {
            .postings = start,
            .weight = (uint32_t)lroundf(weight_of_df(n_docs, df) * TOKEN_WEIGHT_ONE),
        };
        ra_buf_put(&out->tokens, &row, sizeof row);
        if (token < n_tokens)
            cursor[token] = start;
        start += df;
    }
    size_t bytes = (size_t)start * sizeof(uint32_t);
    if (!ra_buf_reserve(&out->postings, bytes))
        return false;
    out->postings.len = bytes;
    return !out->tokens.failed;
}

bool build_postings(const struct ra_buf *docs, const struct ra_buf *forward, size_t n_tokens,
                    struct posting_lists *out)
{
    uint32_t *cursor = calloc(n_tokens + 1, sizeof *cursor);
    uint32_t *last_doc = malloc((n_tokens + 1) * sizeof *last_doc);
    const uint32_t *ids = (const void *)forward->data;
    bool ok = cursor && last_doc;
    if (ok) {
        memset(last_doc, 0xFF, (n_tokens + 1) * sizeof *last_doc);
        walk_documents(docs, ids, last_doc, cursor, NULL);
        ok = put_tokens(out, cursor, n_tokens, rows_of(docs, sizeof(struct title_doc_row)) - 1);
    }
    if (ok) {
        memset(last_doc, 0xFF, (n_tokens + 1) * sizeof *last_doc);
        walk_documents(docs, ids, last_doc, cursor, (uint32_t *)(void *)out->postings.data);
    }
    free(cursor);
    free(last_doc);
    return ok;
}

/* The tokens below a node end where its last leaf's token does. */
static uint32_t range_end(const struct title_node *nodes, uint32_t node)
{
    while (nodes[node].first_child < nodes[node + 1].first_child)
        node = nodes[node + 1].first_child - 1;
    return nodes[node].first_token + 1;
}

/* Marks the documents of a run of postings, reads the first ones off in order, unmarks all. */
static void put_top(const uint32_t *run, size_t n, uint64_t *marks, size_t n_words,
                    struct ra_buf *out)
{
    for (size_t i = 0; i < n; i++)
        marks[run[i] / 64] |= UINT64_C(1) << (run[i] % 64);
    size_t left = TOP_DOCS_MAX;
    for (size_t word = 0; word < n_words && left > 0; word++) {
        for (uint64_t bits = marks[word]; bits && left > 0; bits &= bits - 1, left--) {
            uint32_t doc = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
            ra_buf_put(out, &doc, sizeof doc);
        }
    }
    for (size_t i = 0; i < n; i++)
        marks[run[i] / 64] = 0;
}

bool build_tops(const struct ra_buf *nodes, size_t n_docs, struct posting_lists *lists)
{
    const struct title_node *rows = (const void *)nodes->data;
    const struct title_token *tokens = (const void *)lists->tokens.data;
    const uint32_t *postings = (const void *)lists->postings.data;
    size_t n_nodes = rows_of(nodes, sizeof *rows) - 1;
    size_t n_words = n_docs / 64 + 1;
    uint64_t *marks = calloc(n_words, sizeof *marks);
    if (!marks)
        return false;
    /* The root is left out: an empty query has no answer. */
    for (uint32_t node = 1; node < n_nodes; node++) {
        uint32_t first = rows[node].first_token, end = range_end(rows, node);
        size_t n = tokens[end].postings - tokens[first].postings;
        if (end - first < 2 || n <= TOP_WORTHWHILE)
            continue;
        struct title_top top = {node, (uint32_t)rows_of(&lists->top_docs, sizeof(uint32_t))};
        ra_buf_put(&lists->tops, &top, sizeof top);
        put_top(postings + tokens[first].postings, n, marks, n_words, &lists->top_docs);
    }
    struct title_top last = {UINT32_MAX, (uint32_t)rows_of(&lists->top_docs, sizeof(uint32_t))};
    ra_buf_put(&lists->tops, &last, sizeof last);
    free(marks);
    return !lists->tops.failed && !lists->top_docs.failed;
}
