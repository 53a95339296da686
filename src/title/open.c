/* Opens index bytes: header, sections, and every check once, so that queries need none. */
#include "open.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/title.h"

bool title_corrupt(struct ra_err *err, const char *what)
{
    return ra_fail(err, RA_ERR_CORRUPT, "title index: %s", what);
}

static const uint8_t row_bytes[SECTION_COUNT] = {
    [SECTION_PRIORS] = sizeof(uint16_t),
    [SECTION_TITLE_WEIGHTS] = 1,
    [SECTION_FORWARD_STARTS] = sizeof(uint32_t),
    [SECTION_FORWARD] = 1,
    [SECTION_FREQUENT] = sizeof(uint32_t),
    [SECTION_LABELS] = sizeof(uint16_t),
    [SECTION_CHILD_BASES] = sizeof(uint32_t),
    [SECTION_CHILD_STEPS] = sizeof(uint16_t),
    [SECTION_WORD_ENDS] = sizeof(uint64_t),
    [SECTION_LEAVES] = sizeof(uint64_t),
    [SECTION_LEAF_RANKS] = sizeof(uint32_t),
    [SECTION_LEAF_TOKENS] = sizeof(uint32_t),
    [SECTION_POSTING_COUNTS] = sizeof(uint32_t),
    [SECTION_POSTING_STARTS] = sizeof(uint32_t),
    [SECTION_POSTINGS] = 1,
    [SECTION_TOPS] = sizeof(struct title_top),
    [SECTION_TOP_DOCS] = 1,
    [SECTION_TITLE_KEYS] = 1,
    [SECTION_ISBNS] = 1,
    [SECTION_READY] = sizeof(struct title_ready),
    [SECTION_READY_HITS] = sizeof(struct title_ready_hit),
};

static bool check_header(const struct title_header *header, size_t n, struct ra_err *err)
{
    if (n < sizeof *header)
        return title_corrupt(err, "shorter than its header");
    if (memcmp(header->magic, TITLE_MAGIC, sizeof header->magic) != 0)
        return title_corrupt(err, "not a title index");
    if (header->byte_order != TITLE_BYTE_ORDER)
        return title_corrupt(err, "written on a machine of another byte order");
    if (header->version != TITLE_FILE_VERSION)
        return ra_fail(err, RA_ERR_CORRUPT, "title index: version %u, this program reads %d",
                       header->version, TITLE_FILE_VERSION);
    if (header->bytes != n)
        return title_corrupt(err, "not as long as its header says");
    return true;
}

static bool read_extents(const struct title_header *header, struct section_bytes *out,
                         struct ra_err *err)
{
    uint64_t at = sizeof *header;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const struct title_extent *extent = &header->sections[i];
        if (extent->offset % TITLE_ALIGN || extent->offset < at || extent->offset > header->bytes ||
            extent->bytes > header->bytes - extent->offset)
            return title_corrupt(err, "a section lies outside");
        out[i] =
            (struct section_bytes){(const char *)header + extent->offset, (size_t)extent->bytes};
        at = extent->offset + extent->bytes;
    }
    return true;
}

static size_t rows(const struct section_bytes *sections, enum title_section section)
{
    return sections[section].n / row_bytes[section];
}

static bool have_rows(const struct section_bytes *sections, enum title_section section, size_t n)
{
    return rows(sections, section) == n;
}

static void point(struct ra_title_index *index, const struct section_bytes *sections)
{
    *index = (struct ra_title_index){
        .priors = sections[SECTION_PRIORS].data,
        .title_weights = sections[SECTION_TITLE_WEIGHTS].data,
        .forward_starts = sections[SECTION_FORWARD_STARTS].data,
        .forward = sections[SECTION_FORWARD].data,
        .frequent = sections[SECTION_FREQUENT].data,
        .labels = sections[SECTION_LABELS].data,
        .child_bases = sections[SECTION_CHILD_BASES].data,
        .child_steps = sections[SECTION_CHILD_STEPS].data,
        .word_ends = sections[SECTION_WORD_ENDS].data,
        .leaves = sections[SECTION_LEAVES].data,
        .leaf_ranks = sections[SECTION_LEAF_RANKS].data,
        .leaf_tokens = sections[SECTION_LEAF_TOKENS].data,
        .posting_counts = sections[SECTION_POSTING_COUNTS].data,
        .posting_starts = sections[SECTION_POSTING_STARTS].data,
        .postings = sections[SECTION_POSTINGS].data,
        .tops = sections[SECTION_TOPS].data,
        .top_docs = sections[SECTION_TOP_DOCS].data,
        .ready = sections[SECTION_READY].data,
        .ready_hits = sections[SECTION_READY_HITS].data,
        .n_frequent = rows(sections, SECTION_FREQUENT),
        .n_leaves = rows(sections, SECTION_LEAF_TOKENS),
        .n_tokens = rows(sections, SECTION_POSTING_COUNTS) - 1,
        .n_tops = rows(sections, SECTION_TOPS) - 1,
        .n_ready = rows(sections, SECTION_READY) - 1,
    };
}

bool index_point(struct ra_title_index *index, const struct section_bytes *sections, size_t n_docs,
                 size_t n_nodes, struct ra_err *err)
{
    static const enum title_section ended[] = {SECTION_POSTING_COUNTS, SECTION_TOPS, SECTION_READY};
    static const enum title_section packed[] = {SECTION_FORWARD, SECTION_POSTINGS,
                                                SECTION_TOP_DOCS};
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (sections[i].n % row_bytes[i] || sections[i].n / row_bytes[i] > UINT32_MAX)
            return title_corrupt(err, "a section has a broken length");
    }
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        if (rows(sections, ended[i]) == 0 || sections[packed[i]].n < CODEC_SLACK)
            return title_corrupt(err, "a section has no end");
    }
    point(index, sections);
    index->n_docs = n_docs;
    index->n_nodes = n_nodes;
    for (size_t df = 0; df < WEIGHTS; df++)
        index->weights[df] = weight_of_df(n_docs, df);
    size_t groups = (n_docs + FORWARD_GROUP - 1) / FORWARD_GROUP, words = (n_nodes + 63) / 64;
    if (!have_rows(sections, SECTION_PRIORS, n_docs) ||
        !have_rows(sections, SECTION_TITLE_WEIGHTS, n_docs) ||
        !have_rows(sections, SECTION_FORWARD_STARTS, groups + 1) ||
        !have_rows(sections, SECTION_LABELS, n_nodes) ||
        !have_rows(sections, SECTION_CHILD_BASES, n_nodes / NODE_GROUP + 1) ||
        !have_rows(sections, SECTION_CHILD_STEPS, n_nodes + 1) ||
        !have_rows(sections, SECTION_WORD_ENDS, words) ||
        !have_rows(sections, SECTION_LEAVES, words) ||
        !have_rows(sections, SECTION_LEAF_RANKS, words) ||
        !have_rows(sections, SECTION_POSTING_STARTS, index->n_tokens + 1) || n_nodes == 0)
        return title_corrupt(err, "its sections do not fit together");
    return true;
}

static bool open_lookups(struct ra_title_index *index, const struct section_bytes *sections,
                         struct ra_err *err)
{
    const struct section_bytes *keys = &sections[SECTION_TITLE_KEYS];
    const struct section_bytes *isbns = &sections[SECTION_ISBNS];
    return (lookup_open(&index->title_keys, keys->data, keys->n, (uint32_t)index->n_docs) &&
            lookup_open(&index->isbns, isbns->data, isbns->n, (uint32_t)index->n_docs)) ||
           title_corrupt(err, "an exact key is out of order or names no document");
}

static bool check(struct ra_title_index *index, const void *bytes, size_t n, struct ra_err *err)
{
    const struct title_header *header = bytes;
    struct section_bytes sections[SECTION_COUNT];
    if ((uintptr_t)bytes % sizeof(uint64_t))
        return ra_fail(err, RA_ERR_INVALID, "title index: its bytes are not aligned");
    return check_header(header, n, err) && read_extents(header, sections, err) &&
           index_point(index, sections, header->n_docs, header->n_nodes, err) &&
           open_lookups(index, sections, err) && check_trie(index, err) &&
           check_forward(index, sections[SECTION_FORWARD].n - CODEC_SLACK, err) &&
           check_postings(index, sections[SECTION_POSTINGS].n - CODEC_SLACK, err) &&
           check_tops(index, sections[SECTION_TOP_DOCS].n - CODEC_SLACK, err) &&
           check_ready(index, rows(sections, SECTION_READY_HITS), err);
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
