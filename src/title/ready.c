/* Answers to the first letters, asked once when the index is built. */
#include "ready.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "build.h"
#include "query.h"

/* A crowded node near the root and the letters that lead to it. */
struct beginning {
    uint32_t node;
    uint32_t n_hits;
    char text[4 * READY_CHARS];
    size_t n;
};

struct maker {
    const struct ra_title_index *index;
    struct ra_buf beginnings;
    struct title_ready_hit *hits; /* READY_HITS_MAX for each beginning */
    size_t n_threads;
    bool failed[READINGS_MAX];
};

static void add_beginnings(struct maker *maker, uint32_t node, size_t depth, const char *text,
                           size_t n)
{
    const struct ra_title_index *index = maker->index;
    uint32_t end = first_child(index, node + 1);
    for (uint32_t child = first_child(index, node); child < end; child++) {
        uint32_t count = range_postings(index, first_token(index, child), end_token(index, child));
        struct beginning beginning = {.node = child};
        if (count <= READY_WORTHWHILE || count <= index->n_docs / READY_SHARE)
            continue;
        memcpy(beginning.text, text, n);
        utf8proc_ssize_t step =
            utf8proc_encode_char(index->labels[child], (utf8proc_uint8_t *)beginning.text + n);
        beginning.n = n + (step > 0 ? (size_t)step : 0);
        ra_buf_put(&maker->beginnings, &beginning, sizeof beginning);
        if (depth < READY_CHARS)
            add_beginnings(maker, child, depth + 1, beginning.text, beginning.n);
    }
}

static void answer(struct maker *maker, struct ra_title_scratch *scratch, size_t at)
{
    struct beginning *beginning = (struct beginning *)(void *)maker->beginnings.data + at;
    struct ra_title_hit hits[READY_HITS_MAX];
    uint32_t node;
    read_query(&scratch->query, beginning->text, beginning->n);
    if (!is_beginning(maker->index, &scratch->query, &node) || node != beginning->node)
        return;
    size_t n = ra_title_suggest(maker->index, scratch, beginning->text, beginning->n, NULL, hits,
                                READY_HITS_MAX);
    for (size_t i = 0; i < n; i++)
        maker->hits[at * READY_HITS_MAX + i] = (struct title_ready_hit){
            .doc = hits[i].doc,
            .score = hits[i].score,
            .matched = (uint8_t)hits[i].matched,
            .edits = hits[i].edits,
        };
    beginning->n_hits = (uint32_t)n;
}

static void answer_part(void *ctx, size_t number)
{
    struct maker *maker = ctx;
    struct ra_title_scratch *scratch = ra_title_scratch_create();
    maker->failed[number] = !scratch;
    size_t n = rows_of(&maker->beginnings, sizeof(struct beginning));
    for (size_t i = number; scratch && i < n; i += maker->n_threads)
        answer(maker, scratch, i);
    ra_title_scratch_destroy(scratch);
}

static int compare_beginnings(const void *a, const void *b)
{
    const struct beginning *left = a, *right = b;
    return (left->node > right->node) - (left->node < right->node);
}

static void put_ready(const struct maker *maker, struct sections *out)
{
    const struct beginning *rows = (const void *)maker->beginnings.data;
    size_t n = rows_of(&maker->beginnings, sizeof *rows);
    struct ra_buf *hits = &out->buf[SECTION_READY_HITS];
    struct title_ready ready;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].n_hits == 0)
            continue;
        ready = (struct title_ready){rows[i].node, (uint32_t)rows_of(hits, sizeof *maker->hits)};
        ra_buf_put(&out->buf[SECTION_READY], &ready, sizeof ready);
        ra_buf_put(hits, maker->hits + i * READY_HITS_MAX, rows[i].n_hits * sizeof *maker->hits);
    }
    ready = (struct title_ready){UINT32_MAX, (uint32_t)rows_of(hits, sizeof *maker->hits)};
    ra_buf_put(&out->buf[SECTION_READY], &ready, sizeof ready);
}

bool build_ready(const struct ra_title_index *index, struct sections *out)
{
    struct maker maker = {.index = index};
    if (index->n_tokens > 0)
        add_beginnings(&maker, 0, 1, "", 0);
    size_t n = rows_of(&maker.beginnings, sizeof(struct beginning));
    if (n > 0)
        qsort(maker.beginnings.data, n, sizeof(struct beginning), compare_beginnings);
    maker.hits = calloc(n * READY_HITS_MAX + 1, sizeof *maker.hits);
    maker.n_threads = n < parallel_width() ? (n ? 1 : 0) : parallel_width();
    bool ok = maker.hits && !maker.beginnings.failed;
    if (ok)
        run_parallel(maker.n_threads, answer_part, &maker);
    for (size_t i = 0; i < maker.n_threads; i++)
        ok = ok && !maker.failed[i];
    if (ok)
        put_ready(&maker, out);
    free(maker.hits);
    ra_buf_finish(&maker.beginnings);
    return ok;
}

bool is_beginning(const struct ra_title_index *index, const struct query *query, uint32_t *out_node)
{
    const struct query_token *token = &query->tokens[0];
    if (query->n != 1 || !token->open || token->n > READY_CHARS)
        return false;
    *out_node = trie_find(index, token->chars, token->n);
    return *out_node != UINT32_MAX;
}

bool ready_answer(const struct ra_title_index *index, const struct query *query,
                  struct ra_title_hit *out, size_t max, size_t *out_n)
{
    uint32_t node;
    if (index->n_ready == 0 || max > READY_HITS_MAX || !is_beginning(index, query, &node))
        return false;
    size_t low = 0, high = index->n_ready;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->ready[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == index->n_ready || index->ready[low].node != node)
        return false;
    const struct title_ready_hit *hits = index->ready_hits + index->ready[low].hits;
    size_t n = index->ready[low + 1].hits - index->ready[low].hits;
    *out_n = n < max ? n : max;
    for (size_t i = 0; i < *out_n; i++)
        out[i] = (struct ra_title_hit){
            .doc = hits[i].doc,
            .score = hits[i].score,
            .matched = (enum ra_title_match)hits[i].matched,
            .edits = hits[i].edits,
        };
    return true;
}
