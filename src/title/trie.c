/* Lays the sorted tokens out as a trie in level order. */
#include <string.h>

#include <utf8proc.h>

#include "build.h"

/* A node whose children are still to come: tokens [first, end) share their first `depth` bytes. */
struct span {
    uint32_t first, end;
    uint32_t depth;
};

struct word vocabulary_word(const struct vocabulary *vocabulary, size_t token)
{
    const uint64_t *ends = (const void *)vocabulary->ends.data;
    uint64_t start = token ? ends[token - 1] : 0;
    return (struct word){vocabulary->text.data + start, (size_t)(ends[token] - start)};
}

static void put_node(struct ra_buf *nodes, struct ra_buf *spans, uint32_t label,
                     const struct span *span)
{
    struct title_node node = {.label = label, .first_token = span->first};
    ra_buf_put(nodes, &node, sizeof node);
    ra_buf_put(spans, span, sizeof *span);
}

static uint32_t char_at(struct word word, uint32_t depth, uint32_t *out_bytes)
{
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t step = utf8proc_iterate((const utf8proc_uint8_t *)word.text + depth,
                                             (utf8proc_ssize_t)(word.n - depth), &code);
    *out_bytes = step > 0 ? (uint32_t)step : 1;
    return (uint32_t)code & NODE_CHAR_MASK;
}

static void put_children(const struct vocabulary *vocabulary, const uint32_t *order,
                         struct span parent, struct ra_buf *nodes, struct ra_buf *spans)
{
    for (uint32_t token = parent.first; token < parent.end;) {
        uint32_t bytes;
        uint32_t code = char_at(vocabulary_word(vocabulary, order[token]), parent.depth, &bytes);
        struct span child = {.first = token, .depth = parent.depth + bytes};
        for (uint32_t same; token < parent.end; token++) {
            if (char_at(vocabulary_word(vocabulary, order[token]), parent.depth, &same) != code)
                break;
        }
        child.end = token;
        bool ends = vocabulary_word(vocabulary, order[child.first]).n == child.depth;
        put_node(nodes, spans, code | (ends ? NODE_IS_TOKEN : 0), &child);
    }
}

bool build_trie(const struct vocabulary *vocabulary, const uint32_t *order, struct ra_buf *nodes)
{
    struct ra_buf spans;
    ra_buf_init(&spans);
    struct span root = {.end = (uint32_t)vocabulary->n};
    put_node(nodes, &spans, 0, &root);
    for (size_t i = 0; !spans.failed && i < rows_of(&spans, sizeof(struct span)); i++) {
        struct span span = ((const struct span *)(const void *)spans.data)[i];
        size_t n_nodes = rows_of(nodes, sizeof(struct title_node));
        if (nodes->failed || n_nodes > UINT32_MAX / 2)
            break;
        struct title_node *node = (struct title_node *)(void *)nodes->data + i;
        node->first_child = (uint32_t)n_nodes;
        if (node->label & NODE_IS_TOKEN)
            span.first++;
        put_children(vocabulary, order, span, nodes, &spans);
    }
    struct title_node last = {
        .first_child = (uint32_t)rows_of(nodes, sizeof(struct title_node)),
        .first_token = (uint32_t)vocabulary->n,
    };
    ra_buf_put(nodes, &last, sizeof last);
    bool ok = !spans.failed && !nodes->failed;
    ra_buf_finish(&spans);
    return ok;
}
