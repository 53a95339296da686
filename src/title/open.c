/* Opens index bytes: checks every offset and id once, so that queries need not. */
#include <stdlib.h>
#include <string.h>

#include "index.h"
#include "readalike/title.h"
#include "tokens.h"

static bool corrupt(struct ra_err *err, const char *what)
{
    return ra_fail(err, RA_ERR_CORRUPT, "title index: %s", what);
}

static const uint8_t row_bytes[SECTION_COUNT] = {
    [SECTION_DOCS] = sizeof(struct title_doc_row), [SECTION_FORWARD] = sizeof(uint32_t),
    [SECTION_NODES] = sizeof(struct title_node),   [SECTION_TOKENS] = sizeof(struct title_token),
    [SECTION_POSTINGS] = sizeof(uint32_t),         [SECTION_TOPS] = sizeof(struct title_top),
    [SECTION_TOP_DOCS] = sizeof(uint32_t),         [SECTION_KEY_HASHES] = sizeof(uint64_t),
    [SECTION_KEY_DOCS] = sizeof(uint32_t),         [SECTION_ISBN_NUMBERS] = sizeof(uint64_t),
    [SECTION_ISBN_DOCS] = sizeof(uint32_t),
};

static bool check_header(const struct title_header *header, size_t n, struct ra_err *err)
{
    if (n < sizeof *header)
        return corrupt(err, "shorter than its header");
    if (memcmp(header->magic, TITLE_MAGIC, sizeof header->magic) != 0)
        return corrupt(err, "not a title index");
    if (header->byte_order != TITLE_BYTE_ORDER)
        return corrupt(err, "written on a machine of another byte order");
    if (header->version != TITLE_FILE_VERSION)
        return ra_fail(err, RA_ERR_CORRUPT, "title index: version %u, this program reads %d",
                       header->version, TITLE_FILE_VERSION);
    if (header->bytes != n)
        return corrupt(err, "not as long as its header says");
    return true;
}

static bool check_extents(const struct title_header *header, struct ra_err *err)
{
    uint64_t at = sizeof *header;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const struct title_extent *extent = &header->sections[i];
        if (extent->offset % TITLE_ALIGN || extent->offset < at || extent->offset > header->bytes ||
            extent->bytes > header->bytes - extent->offset)
            return corrupt(err, "a section lies outside");
        if (extent->bytes % row_bytes[i] || extent->bytes / row_bytes[i] > UINT32_MAX)
            return corrupt(err, "a section has a broken length");
        at = extent->offset + extent->bytes;
    }
    return true;
}

static size_t rows(const struct title_header *header, enum title_section section)
{
    return (size_t)(header->sections[section].bytes / row_bytes[section]);
}

static const void *at(const struct title_header *header, enum title_section section)
{
    return (const char *)header + header->sections[section].offset;
}

static bool point(struct ra_title_index *index, const struct title_header *header,
                  struct ra_err *err)
{
    static const enum title_section ended[] = {SECTION_DOCS, SECTION_NODES, SECTION_TOKENS,
                                               SECTION_TOPS};
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        if (rows(header, ended[i]) == 0)
            return corrupt(err, "a section has no end");
    }
    *index = (struct ra_title_index){
        .docs = at(header, SECTION_DOCS),
        .forward = at(header, SECTION_FORWARD),
        .nodes = at(header, SECTION_NODES),
        .tokens = at(header, SECTION_TOKENS),
        .postings = at(header, SECTION_POSTINGS),
        .tops = at(header, SECTION_TOPS),
        .top_docs = at(header, SECTION_TOP_DOCS),
        .key_hashes = at(header, SECTION_KEY_HASHES),
        .key_docs = at(header, SECTION_KEY_DOCS),
        .isbn_numbers = at(header, SECTION_ISBN_NUMBERS),
        .isbn_docs = at(header, SECTION_ISBN_DOCS),
        .n_docs = rows(header, SECTION_DOCS) - 1,
        .n_nodes = rows(header, SECTION_NODES) - 1,
        .n_tokens = rows(header, SECTION_TOKENS) - 1,
        .n_tops = rows(header, SECTION_TOPS) - 1,
        .n_keys = rows(header, SECTION_KEY_HASHES),
        .n_isbns = rows(header, SECTION_ISBN_NUMBERS),
        .n_forward = rows(header, SECTION_FORWARD),
        .n_postings = rows(header, SECTION_POSTINGS),
        .n_top_docs = rows(header, SECTION_TOP_DOCS),
    };
    if (header->n_docs != index->n_docs || index->n_keys != rows(header, SECTION_KEY_DOCS) ||
        index->n_isbns != rows(header, SECTION_ISBN_DOCS) || index->n_nodes == 0)
        return corrupt(err, "its sections do not fit together");
    return true;
}

static bool check_docs(const struct ra_title_index *index, struct ra_err *err)
{
    uint64_t next = 0;
    for (size_t doc = 0; doc < index->n_docs; doc++) {
        const struct title_doc_row *row = &index->docs[doc];
        size_t n_tokens = 0;
        for (size_t field = 0; field < FIELD_COUNT; field++)
            n_tokens += row->n_tokens[field];
        if (row->forward != next || n_tokens > DOC_TOKENS_MAX)
            return corrupt(err, "a document's words are out of place");
        next += n_tokens;
    }
    if (index->docs[index->n_docs].forward != next || next != index->n_forward)
        return corrupt(err, "the documents' words do not end where they should");
    for (size_t i = 0; i < index->n_forward; i++) {
        if (index->forward[i] >= index->n_tokens)
            return corrupt(err, "a document has a word that does not exist");
    }
    return true;
}

static bool check_rising(const uint32_t *docs, size_t n, size_t n_docs)
{
    for (size_t i = 0; i < n; i++) {
        if (docs[i] >= n_docs || (i > 0 && docs[i] <= docs[i - 1]))
            return false;
    }
    return true;
}

static bool check_tokens(const struct ra_title_index *index, struct ra_err *err)
{
    const struct title_token *tokens = index->tokens;
    if (tokens[0].postings != 0 || tokens[index->n_tokens].postings != index->n_postings)
        return corrupt(err, "the postings do not end where they should");
    for (size_t i = 0; i < index->n_tokens; i++) {
        if (tokens[i].postings > tokens[i + 1].postings ||
            tokens[i + 1].postings > index->n_postings)
            return corrupt(err, "a word's postings are out of place");
        if (!check_rising(index->postings + tokens[i].postings,
                          tokens[i + 1].postings - tokens[i].postings, index->n_docs))
            return corrupt(err, "a posting is out of order or names no document");
        if (tokens[i].weight > (uint32_t)(TOKEN_WEIGHT_MAX * TOKEN_WEIGHT_ONE))
            return corrupt(err, "a word's weight is too high");
    }
    return true;
}

static bool check_children(const struct ra_title_index *index, const struct title_node *node)
{
    uint32_t least = node->first_token + (node->label & NODE_IS_TOKEN ? 1 : 0);
    for (uint32_t i = node[0].first_child; i < node[1].first_child; i++) {
        const struct title_node *child = &index->nodes[i];
        bool first = i == node[0].first_child;
        if (first ? child->first_token != least : child->first_token <= child[-1].first_token)
            return false;
        if (!first && (child->label & NODE_CHAR_MASK) <= (child[-1].label & NODE_CHAR_MASK))
            return false;
    }
    return true;
}

/* In level order a level begins where the one before ends, and ends where its children begin. */
static bool is_shallow(const struct ra_title_index *index)
{
    size_t start = 0, end = 1;
    for (size_t depth = 0; start < end; depth++) {
        if (depth > TOKEN_CHARS)
            return false;
        start = end;
        end = index->nodes[end].first_child;
    }
    return true;
}

static bool check_nodes(const struct ra_title_index *index, struct ra_err *err)
{
    const struct title_node *nodes = index->nodes;
    if (nodes[0].first_child != 1 || nodes[0].first_token != 0 || nodes[0].label != 0 ||
        nodes[index->n_nodes].first_child != index->n_nodes)
        return corrupt(err, "the trie has no proper root or end");
    for (size_t i = 0; i < index->n_nodes; i++) {
        if (nodes[i].first_child <= i || nodes[i].first_child > nodes[i + 1].first_child ||
            nodes[i + 1].first_child > index->n_nodes)
            return corrupt(err, "a trie node's children are out of place");
        if (nodes[i].first_token >= index->n_tokens && index->n_tokens > 0)
            return corrupt(err, "a trie node has a word that does not exist");
        if (!check_children(index, &nodes[i]))
            return corrupt(err, "a trie node's children are out of order");
    }
    if (index->n_tokens == 0 && index->n_nodes > 1)
        return corrupt(err, "a trie without words");
    if (!is_shallow(index))
        return corrupt(err, "the trie is too deep");
    return true;
}

static bool check_tops(const struct ra_title_index *index, struct ra_err *err)
{
    const struct title_top *tops = index->tops;
    if (tops[0].docs != 0 || tops[index->n_tops].docs != index->n_top_docs)
        return corrupt(err, "the top lists do not end where they should");
    for (size_t i = 0; i < index->n_tops; i++) {
        if (tops[i].docs > tops[i + 1].docs || tops[i + 1].docs > index->n_top_docs ||
            tops[i].node >= tops[i + 1].node)
            return corrupt(err, "a top list is out of place");
        if (!check_rising(index->top_docs + tops[i].docs, tops[i + 1].docs - tops[i].docs,
                          index->n_docs))
            return corrupt(err, "a top list names no document");
    }
    return true;
}

static bool check_keys(const struct ra_title_index *index, const uint64_t *keys,
                       const uint32_t *docs, size_t n, struct ra_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (docs[i] >= index->n_docs || (i > 0 && keys[i] <= keys[i - 1]))
            return corrupt(err, "an exact key is out of order or names no document");
    }
    return true;
}

static bool check(struct ra_title_index *index, const void *bytes, size_t n, struct ra_err *err)
{
    const struct title_header *header = bytes;
    if ((uintptr_t)bytes % sizeof(uint64_t))
        return ra_fail(err, RA_ERR_INVALID, "title index: its bytes are not aligned");
    return check_header(header, n, err) && check_extents(header, err) &&
           point(index, header, err) && check_docs(index, err) && check_tokens(index, err) &&
           check_nodes(index, err) && check_tops(index, err) &&
           check_keys(index, index->key_hashes, index->key_docs, index->n_keys, err) &&
           check_keys(index, index->isbn_numbers, index->isbn_docs, index->n_isbns, err);
}

struct ra_title_index *ra_title_open(const void *bytes, size_t n, struct ra_err *err)
{
    struct ra_title_index *index = calloc(1, sizeof *index);
    if (!index) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for the title index");
        return NULL;
    }
    if (!check(index, bytes, n, err)) {
        ra_title_close(index);
        return NULL;
    }
    return index;
}

void ra_title_close(struct ra_title_index *index)
{
    free(index);
}

size_t ra_title_count(const struct ra_title_index *index)
{
    return index->n_docs;
}
