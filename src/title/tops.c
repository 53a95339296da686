/* The most popular documents below each crowded node, merged from those of its children. */
#include <stdlib.h>

#include "build.h"

/* The lists of one level's way down: each depth has room for what its children bring. */
struct maker {
    const struct ra_title_index *index;
    struct ra_buf rows; /* struct maker_top, in the order of the walk */
    struct ra_buf docs; /* u32, their documents */
};

struct maker_top {
    uint32_t node;
    uint32_t start, n; /* in `docs` */
};

static int compare_docs(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Sorts, drops doubles, and keeps the most popular. */
static void cut_list(struct ra_buf *list)
{
    uint32_t *docs = (uint32_t *)(void *)list->data;
    size_t n = rows_of(list, sizeof *docs), kept = 0;
    if (n > 0)
        qsort(docs, n, sizeof *docs, compare_docs);
    for (size_t i = 0; i < n && kept < TOP_DOCS_MAX; i++) {
        if (kept == 0 || docs[i] != docs[kept - 1])
            docs[kept++] = docs[i];
    }
    list->len = kept * sizeof *docs;
}

static void add_tokens(const struct ra_title_index *index, uint32_t first, uint32_t end,
                       struct ra_buf *list)
{
    for (uint32_t token = first; token < end; token++) {
        struct list_reader reader;
        uint32_t docs[CODEC_BLOCK];
        postings_open(index, token, &reader);
        for (size_t n, read = 0; read < TOP_DOCS_MAX && (n = list_next(&reader, docs)); read += n)
            ra_buf_put(list, docs, n * sizeof *docs);
    }
}

/* The root is left out: an empty query has no answer. */
static void make_top(struct maker *maker, uint32_t node, struct ra_buf *list)
{
    const struct ra_title_index *index = maker->index;
    uint32_t first = first_token(index, node), end = end_token(index, node);
    uint32_t postings = range_postings(index, first, end);
    if (postings <= TOP_WORTHWHILE) {
        add_tokens(index, first, end, list);
        return;
    }
    struct ra_buf own;
    ra_buf_init(&own);
    if (is_word_end(index, node))
        add_tokens(index, first, first + 1, &own);
    for (uint32_t i = first_child(index, node), last = first_child(index, node + 1); i < last; i++)
        make_top(maker, i, &own);
    cut_list(&own);
    if (end - first > 1 && node > 0) {
        struct maker_top top = {
            .node = node,
            .start = (uint32_t)rows_of(&maker->docs, sizeof(uint32_t)),
            .n = (uint32_t)rows_of(&own, sizeof(uint32_t)),
        };
        ra_buf_put(&maker->rows, &top, sizeof top);
        ra_buf_put(&maker->docs, own.data, own.len);
    }
    if (node > 0)
        ra_buf_put(list, own.data, own.len);
    list->failed = list->failed || own.failed;
    ra_buf_finish(&own);
}

static int compare_tops(const void *a, const void *b)
{
    const struct maker_top *left = a, *right = b;
    return (left->node > right->node) - (left->node < right->node);
}

static void put_tops(struct maker *maker, struct sections *out)
{
    struct maker_top *rows = (struct maker_top *)(void *)maker->rows.data;
    const uint32_t *docs = (const void *)maker->docs.data;
    size_t n = rows_of(&maker->rows, sizeof *rows);
    struct ra_buf *bytes = &out->buf[SECTION_TOP_DOCS];
    if (n > 0)
        qsort(rows, n, sizeof *rows, compare_tops);
    for (size_t i = 0; i < n; i++) {
        struct title_top top = {rows[i].node, (uint32_t)bytes->len};
        ra_buf_put(&out->buf[SECTION_TOPS], &top, sizeof top);
        varint_put(bytes, rows[i].n);
        list_put(bytes, docs + rows[i].start, rows[i].n);
    }
    struct title_top last = {UINT32_MAX, (uint32_t)bytes->len};
    static const char slack[CODEC_SLACK];
    ra_buf_put(&out->buf[SECTION_TOPS], &last, sizeof last);
    ra_buf_put(bytes, slack, sizeof slack);
}

bool build_tops(const struct ra_title_index *index, struct sections *out)
{
    struct maker maker = {.index = index};
    struct ra_buf list;
    ra_buf_init(&list);
    if (index->n_tokens > 0)
        make_top(&maker, 0, &list);
    bool ok = !maker.rows.failed && !maker.docs.failed && !list.failed;
    if (ok)
        put_tops(&maker, out);
    ra_buf_finish(&list);
    ra_buf_finish(&maker.rows);
    ra_buf_finish(&maker.docs);
    return ok;
}
