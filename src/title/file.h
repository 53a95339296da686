#ifndef READALIKE_TITLE_FILE_H
#define READALIKE_TITLE_FILE_H

#include <stdint.h>

/*
 * The index bytes: a header, then sections, each on a 64-byte boundary of the index, zero between.
 * Numbers are little-endian. Documents are numbered by popularity, tokens by their text. Sections
 * of packed bytes end with CODEC_SLACK zero bytes, so that a decoder may read whole words.
 */

#define TITLE_MAGIC "RATITLE"
#define TITLE_FILE_VERSION 2
#define TITLE_BYTE_ORDER UINT32_C(0x01020304)
#define TITLE_ALIGN 64

enum title_section {
    SECTION_PRIORS,         /* u16 popularity of each document, 65535 is 1 */
    SECTION_TITLE_WEIGHTS,  /* u8 the weight of each document's main title * TITLE_WEIGHT_ONE */
    SECTION_FORWARD_STARTS, /* u32 where each FORWARD_GROUP documents begin in FORWARD, and its end
                             */
    SECTION_FORWARD,        /* packed bytes: the words of each document, see forward.h */
    SECTION_FREQUENT,       /* u32 the tokens with a short code */
    SECTION_LABELS,         /* u16 for each node: the letter that leads there */
    SECTION_CHILD_BASES,    /* u32 for each NODE_GROUP nodes: the first child of the first */
    SECTION_CHILD_STEPS,    /* u16 for each node and the end: its first child, less the base */
    SECTION_WORD_ENDS,      /* u64 bits: a token ends at this node */
    SECTION_LEAVES,         /* u64 bits: a node without children */
    SECTION_LEAF_RANKS,     /* u32 for each 64 nodes: how many leaves come before */
    SECTION_LEAF_TOKENS,    /* u32 for each leaf: its token */
    SECTION_POSTING_COUNTS, /* u32 for each token and the end: how many postings come before */
    SECTION_POSTING_STARTS, /* u32 for each token and the end: its place in POSTINGS */
    SECTION_POSTINGS,       /* packed bytes: documents of each token, see codec.h */
    SECTION_TOPS,           /* struct title_top, by node; the last one only ends the others */
    SECTION_TOP_DOCS,       /* packed bytes: documents of each top list */
    SECTION_TITLE_KEYS,     /* lookup.h: title_key() of exact titles */
    SECTION_ISBNS,          /* lookup.h: isbn_number() */
    SECTION_READY,          /* struct title_ready, by node; the last one only ends the others */
    SECTION_READY_HITS,     /* struct title_ready_hit */
    SECTION_COUNT
};

struct title_extent {
    uint64_t offset; /* from the start of the index */
    uint64_t bytes;
};

struct title_header {
    char magic[8];
    uint32_t version;
    uint32_t byte_order;
    uint64_t bytes; /* of the whole index */
    uint32_t n_docs;
    uint32_t n_nodes;
    struct title_extent sections[SECTION_COUNT];
};

enum title_field { FIELD_MAIN, FIELD_SUBTITLE, FIELD_NUMBER, FIELD_AUTHOR, FIELD_COUNT };

#define DOC_TOKENS_MAX 128 /* of all fields together */

#define TITLE_WEIGHT_ONE 4.0F

#define FORWARD_GROUP 8
#define NODE_GROUP 8

/* The most popular documents below a node with more than TOP_WORTHWHILE postings. */
struct title_top {
    uint32_t node;
    uint32_t start; /* in SECTION_TOP_DOCS: their number, then the documents */
};
#define TOP_WORTHWHILE 6000
#define TOP_DOCS_MAX 256

/* The whole answer to a short beginning that very many documents have. */
struct title_ready {
    uint32_t node;
    uint32_t hits; /* its first in SECTION_READY_HITS */
};
struct title_ready_hit {
    uint32_t doc;
    float score;
    uint8_t matched;
    uint8_t edits;
    uint16_t reserved;
};
#define READY_CHARS 3
#define READY_WORTHWHILE 2048
#define READY_SHARE 1000 /* and more than one document of so many */
#define READY_HITS_MAX 28

#define TOKEN_WEIGHT_MIN 0.3F
#define TOKEN_WEIGHT_MAX 9.0F

_Static_assert(sizeof(struct title_header) == 32 + 16 * SECTION_COUNT, "no padding");
_Static_assert(sizeof(struct title_ready_hit) == 12, "no padding");

#endif
