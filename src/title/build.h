#ifndef READALIKE_TITLE_BUILD_H
#define READALIKE_TITLE_BUILD_H

#include "file.h"
#include "index.h"
#include "readalike/buf.h"
#include "readalike/title.h"

/* The steps of building an index that have a file of their own. */

/* Rows of a section being built. */
static inline size_t rows_of(const struct ra_buf *buf, size_t row_bytes)
{
    return buf->len / row_bytes;
}

struct word {
    const char *text;
    size_t n;
};

/* The distinct tokens, in order of text. */
struct vocabulary {
    struct ra_buf text; /* of all tokens, one after the other */
    struct ra_buf ends; /* u64: where each one's text ends */
    size_t n;
};

static inline struct word vocabulary_word(const struct vocabulary *vocabulary, size_t token)
{
    const uint64_t *ends = (const void *)vocabulary->ends.data;
    uint64_t start = token ? ends[token - 1] : 0;
    return (struct word){vocabulary->text.data + start, (size_t)(ends[token] - start)};
}

/* What one thread reads of the documents [first, end). */
struct reading {
    size_t first, end;
    struct ra_buf counts; /* u8[FIELD_COUNT] words of each document */
    struct ra_buf tokens; /* u32 token of each word */
    struct ra_buf keys;   /* struct lookup_row, the key a whole hash */
    struct ra_buf isbns;  /* struct lookup_row */
    struct vocabulary vocabulary;
    struct ra_strmap *numbers; /* a token's text to its number in `vocabulary` */
    uint32_t *order;           /* numbers in order of text */
    uint32_t *global;          /* number to token */
    bool failed;               /* out of memory */
};

#define READINGS_MAX 16
struct catalogue_words {
    struct reading readings[READINGS_MAX];
    size_t n;
    size_t n_docs;
    struct vocabulary vocabulary;
};

/* Cuts all documents into words, on several threads, and numbers the words by their text. */
bool read_words(const struct ra_title_doc *docs, size_t n_docs, struct catalogue_words *out);
void words_finish(struct catalogue_words *words);

/* One section each, as they come to be in the file. */
struct sections {
    struct ra_buf buf[SECTION_COUNT];
    uint32_t n_docs, n_nodes;
};

bool build_trie(const struct vocabulary *vocabulary, struct sections *out);
bool build_postings(const struct catalogue_words *words, struct sections *out);
bool build_forward(const struct catalogue_words *words, struct sections *out);
/* From the sections of an index that is complete otherwise. */
bool build_tops(const struct ra_title_index *index, struct sections *out);
bool build_ready(const struct ra_title_index *index, struct sections *out);

/* Calls `run` with each number below `n`, on a thread each. */
void run_parallel(size_t n, void (*run)(void *ctx, size_t number), void *ctx);
/* How many threads this process has cores for, at most READINGS_MAX. */
size_t parallel_width(void);

#endif
