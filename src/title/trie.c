/* Lays the sorted tokens out as a trie in level order. */
#include <string.h>

#include <utf8proc.h>

#include "build.h"

/* A node whose children are still to come: tokens [first, end) share their first `depth` bytes. */
struct span {
    uint32_t first, end;
    uint32_t depth;
};

struct layout {
    const struct vocabulary *vocabulary;
    struct sections *out;
    struct ra_buf spans;
    uint64_t ends, leaves; /* bits of the nodes of one word */
    uint32_t base;
    uint32_t n_nodes;
    bool is_too_wide;
};

static uint32_t char_at(struct word word, uint32_t depth, uint32_t *out_bytes)
{
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t step = utf8proc_iterate((const utf8proc_uint8_t *)word.text + depth,
                                             (utf8proc_ssize_t)(word.n - depth), &code);
    *out_bytes = step > 0 ? (uint32_t)step : 1;
    return (uint32_t)code;
}

static void put_node(struct layout *layout, uint32_t code, const struct span *span)
{
    uint16_t label = (uint16_t)code;
    ra_buf_put(&layout->out->buf[SECTION_LABELS], &label, sizeof label);
    ra_buf_put(&layout->spans, span, sizeof *span);
    layout->n_nodes++;
}

static void put_children(struct layout *layout, struct span parent)
{
    const struct vocabulary *vocabulary = layout->vocabulary;
    for (uint32_t token = parent.first; token < parent.end;) {
        uint32_t bytes;
        uint32_t code = char_at(vocabulary_word(vocabulary, token), parent.depth, &bytes);
        struct span child = {.first = token, .depth = parent.depth + bytes};
        for (uint32_t same; token < parent.end; token++) {
            if (char_at(vocabulary_word(vocabulary, token), parent.depth, &same) != code)
                break;
        }
        child.end = token;
        put_node(layout, code, &child);
    }
}

/* Notes where the children of node `node` begin. */
static void put_child_place(struct layout *layout, uint32_t node)
{
    struct sections *out = layout->out;
    if (node % NODE_GROUP == 0) {
        layout->base = layout->n_nodes;
        ra_buf_put(&out->buf[SECTION_CHILD_BASES], &layout->base, sizeof layout->base);
    }
    uint32_t far = layout->n_nodes - layout->base;
    uint16_t step = (uint16_t)far;
    layout->is_too_wide = layout->is_too_wide || far > UINT16_MAX;
    ra_buf_put(&out->buf[SECTION_CHILD_STEPS], &step, sizeof step);
}

static void put_bits(struct layout *layout)
{
    struct ra_buf *buf = layout->out->buf;
    uint32_t rank = (uint32_t)rows_of(&buf[SECTION_LEAF_TOKENS], sizeof(uint32_t)) -
                    (uint32_t)__builtin_popcountll(layout->leaves);
    ra_buf_put(&buf[SECTION_WORD_ENDS], &layout->ends, sizeof layout->ends);
    ra_buf_put(&buf[SECTION_LEAVES], &layout->leaves, sizeof layout->leaves);
    ra_buf_put(&buf[SECTION_LEAF_RANKS], &rank, sizeof rank);
    layout->ends = layout->leaves = 0;
}

static void put_span(struct layout *layout, uint32_t node, struct span span)
{
    uint32_t before = layout->n_nodes;
    put_child_place(layout, node);
    if (span.first < span.end && node > 0 &&
        vocabulary_word(layout->vocabulary, span.first).n == span.depth) {
        layout->ends |= UINT64_C(1) << node % 64;
        span.first++;
    }
    put_children(layout, span);
    if (layout->n_nodes == before) {
        uint32_t token = span.first - (span.first > 0);
        layout->leaves |= UINT64_C(1) << node % 64;
        ra_buf_put(&layout->out->buf[SECTION_LEAF_TOKENS], &token, sizeof token);
    }
    if (node % 64 == 63)
        put_bits(layout);
}

bool build_trie(const struct vocabulary *vocabulary, struct sections *out)
{
    struct layout layout = {.vocabulary = vocabulary, .out = out};
    struct span root = {.end = (uint32_t)vocabulary->n};
    put_node(&layout, 0, &root);
    uint32_t node = 0;
    while (node < layout.n_nodes && !layout.spans.failed && layout.n_nodes < UINT32_MAX / 2) {
        put_span(&layout, node, ((const struct span *)(const void *)layout.spans.data)[node]);
        node++;
    }
    put_child_place(&layout, node);
    if (node % 64)
        put_bits(&layout);
    out->n_nodes = node;
    bool ok = !layout.spans.failed && !layout.is_too_wide && node == layout.n_nodes;
    ra_buf_finish(&layout.spans);
    return ok;
}
