#ifndef READALIKE_TITLE_H
#define READALIKE_TITLE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/err.h"

/*
 * Finding the book that is meant: exact titles and typo-tolerant, as-you-type suggestions over one
 * read-only run of bytes (a section of the model file). Documents are numbered from 0 in order of
 * popularity, most read first; the number is the model's item_ix.
 */

/* Strings are UTF-8; NULL where unknown, except the title. */
struct ra_title_doc {
    const char *title;
    const char *author;
    const char *isbn; /* 10 or 13 characters */
    float popularity; /* 0 to 1, not rising with the document number */
};

/* Appends the index bytes to `out`, 64-byte aligned inside. The same input gives the same bytes. */
bool ra_title_build(const struct ra_title_doc *docs, size_t n_docs, struct ra_buf *out,
                    struct ra_err *err) RA_MUST_CHECK;

/* Immutable once open: any thread may query it, each with its own scratch. */
struct ra_title_index;

/*
 * Reads `n` bytes that stay in place (64-byte aligned) until close. Every offset and id is checked
 * here, so that no later query can be hurt by hostile bytes. RA_ERR_CORRUPT says what is wrong.
 */
struct ra_title_index *ra_title_open(const void *bytes, size_t n, struct ra_err *err) RA_MUST_CHECK;
void ra_title_close(struct ra_title_index *index);
size_t ra_title_count(const struct ra_title_index *index);

/* All the memory a query needs, made once per thread; one thread at a time. */
struct ra_title_scratch;
struct ra_title_scratch *ra_title_scratch_create(void); /* NULL when out of memory */
void ra_title_scratch_destroy(struct ra_title_scratch *scratch);

enum ra_title_match { RA_TITLE_EXACT, RA_TITLE_PREFIX, RA_TITLE_TYPO };

struct ra_title_hit {
    uint32_t doc;
    float score; /* higher is better; comparable within one answer */
    enum ra_title_match matched;
    uint8_t edits; /* typos forgiven, over all words */
};

#define RA_TITLE_QUERY_MAX 256 /* bytes of a query that are looked at */
#define RA_TITLE_HITS_MAX 64

struct ra_title_question {
    const char *text; /* what was typed so far; the last word counts as a beginning. Any bytes */
    size_t n;
    const uint64_t *allowed; /* a bitmap over documents, or NULL: all are */
    size_t max;              /* hits wanted, at most RA_TITLE_HITS_MAX */
    uint32_t budget_us;      /* after so long no further way is tried; 0: no limit */
};

struct ra_title_answer {
    struct ra_title_hit hits[RA_TITLE_HITS_MAX]; /* best first */
    size_t n;
    bool certain; /* the first is what was meant, beyond reasonable doubt */
    bool partial; /* the time was up: there may be better ones */
};

/* The best documents for what was typed. */
void ra_title_ask(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                  const struct ra_title_question *question, struct ra_title_answer *out);

/* The same without a limit of time, and only the hits; returns how many. */
size_t ra_title_suggest(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                        const char *query, size_t n, const uint64_t *allowed,
                        struct ra_title_hit *out, size_t max);

/*
 * The most popular document whose title (whole, or without its subtitle and series) is the query,
 * case, accents, punctuation and a leading article aside; an ISBN works too.
 */
bool ra_title_find(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                   const char *query, size_t n, uint32_t *out_doc);

/* A run of bytes of a text that a query matched, for highlighting. */
struct ra_title_range {
    uint32_t start, length;
};
/* Which parts of `text` (a title as shown) the query matched, in order; at most `max`. */
size_t ra_title_highlight(struct ra_title_scratch *scratch, const char *query, size_t n,
                          const char *text, struct ra_title_range *out, size_t max);

/*
 * The fold that titles and authors are compared by: lower case, no accents, no punctuation, words
 * separated by one blank, leading articles kept. Appends to `out`.
 */
void ra_title_fold(const char *text, size_t n, struct ra_buf *out);

#endif
