#ifndef READALIKE_TITLE_FILE_H
#define READALIKE_TITLE_FILE_H

#include <stdint.h>

/*
 * The index bytes: a header, then sections, each on a 64-byte boundary of the index, zero between.
 * Numbers are little-endian. Documents are numbered by popularity, tokens by their text.
 */

#define TITLE_MAGIC "RATITLE"
#define TITLE_FILE_VERSION 1
#define TITLE_BYTE_ORDER UINT32_C(0x01020304)
#define TITLE_ALIGN 64

enum title_section {
    SECTION_DOCS,         /* struct title_doc_row (n_docs + 1); the last one only ends the others */
    SECTION_FORWARD,      /* u32 token numbers of each document, field after field */
    SECTION_NODES,        /* struct title_node (n_nodes + 1); the last one only ends the others */
    SECTION_TOKENS,       /* struct title_token (n_tokens + 1); likewise */
    SECTION_POSTINGS,     /* u32 document numbers of each token, rising */
    SECTION_TOPS,         /* struct title_top (n_tops + 1); likewise */
    SECTION_TOP_DOCS,     /* u32 document numbers of each top list, rising */
    SECTION_KEY_HASHES,   /* u64 rising: title_key() of exact titles */
    SECTION_KEY_DOCS,     /* u32 the document of each */
    SECTION_ISBN_NUMBERS, /* u64 rising: isbn_number() */
    SECTION_ISBN_DOCS,    /* u32 the document of each */
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
    uint32_t reserved;
    struct title_extent sections[SECTION_COUNT];
};

enum title_field { FIELD_MAIN, FIELD_SUBTITLE, FIELD_NUMBER, FIELD_AUTHOR, FIELD_COUNT };

#define DOC_TOKENS_MAX 128 /* of all fields together */

struct title_doc_row {
    uint32_t forward;              /* its first token in SECTION_FORWARD */
    uint8_t n_tokens[FIELD_COUNT]; /* of each field */
    uint16_t prior;                /* popularity, 65535 is 1 */
    uint16_t reserved;
};

#define NODE_CHAR_MASK UINT32_C(0x001FFFFF)
#define NODE_IS_TOKEN UINT32_C(0x80000000)

/*
 * The trie of all tokens in level order: the children of a node lie together, from its first_child
 * to that of the next node. The tokens below a node are a range that begins at first_token.
 */
struct title_node {
    uint32_t first_child;
    uint32_t label; /* the character that leads here; NODE_IS_TOKEN when a token ends here */
    uint32_t first_token;
};

struct title_token {
    uint32_t postings; /* its first in SECTION_POSTINGS */
    uint32_t weight;   /* how telling it is: ln(1 + n_docs / (1 + df)) * TOKEN_WEIGHT_ONE */
};

#define TOKEN_WEIGHT_ONE 4096.0F
#define TOKEN_WEIGHT_MIN 0.3F
#define TOKEN_WEIGHT_MAX 9.0F

/* The most popular documents below a node with more than TOP_WORTHWHILE postings. */
struct title_top {
    uint32_t node;
    uint32_t docs; /* its first in SECTION_TOP_DOCS */
};

#define TOP_WORTHWHILE 1024
#define TOP_DOCS_MAX 256

_Static_assert(sizeof(struct title_header) == 32 + 16 * SECTION_COUNT, "no padding");
_Static_assert(sizeof(struct title_doc_row) == 12, "no padding");
_Static_assert(sizeof(struct title_node) == 12, "no padding");

#endif
