#ifndef READALIKE_TITLE_QUERY_H
#define READALIKE_TITLE_QUERY_H

#include "index.h"
#include "nfa.h"
#include "readalike/title.h"
#include "tokens.h"

/* A query on its way through the engine, and the memory it needs. */

#define QUERY_TOKENS_MAX 12
#define EXPANSIONS_MAX 64

/* Words of the index that a word of the query may mean: the tokens [first, end). */
struct expansion {
    uint32_t first, end;
    uint32_t node; /* of the trie, for ranges */
    uint32_t df;   /* postings of the range */
    float sim;     /* 0 to 1 */
    uint8_t edits;
    bool prefix;
};

/* How far from what was typed a meaning may be; each effort does more than the one before. */
enum effort { EFFORT_NONE, EFFORT_AS_TYPED, EFFORT_TYPOS, EFFORT_DEEP };

struct query_token {
    uint32_t chars[TOKEN_CHARS];
    uint8_t n;
    bool open;      /* the last word, still being typed: it may be the beginning of one */
    bool known;     /* a word of the index as it stands, or, while open, the beginning of one */
    uint8_t effort; /* enum effort that its meanings were looked for with */
    uint8_t n_expansions;
    float weight; /* how telling it is */
    struct expansion expansions[EXPANSIONS_MAX];
};

struct query {
    struct query_token tokens[QUERY_TOKENS_MAX];
    size_t n;
    float weight; /* of all tokens */
};

/* What a document has gathered; the slot is free unless its stamp is that of this query. */
struct gathered {
    uint32_t doc;
    uint32_t stamp;
    uint32_t words; /* bit: this word of the query has added its gain */
    float sum;
};

#define GATHER_SLOTS 32768
#define GATHER_MAX (GATHER_SLOTS / 4 * 3)

#define PRIOR_WEIGHT 0.14F
#define TITLE_WEIGHT 0.20F

#define CANDIDATES_MAX 640
struct candidate {
    uint32_t doc;
    float rank;
    float unread; /* share of the query that it may have besides */
};

/* One meaning of an index token: the query's word, and how well it fits. */
struct meaning {
    uint32_t token;
    uint32_t stamp;
    float sim;
    uint8_t word;
    uint8_t edits;
    bool prefix;
};
#define MEANING_SLOTS 2048
#define LIKELY_BITS 4096
#define RANGES_MAX (QUERY_TOKENS_MAX * EXPANSIONS_MAX)

/* A hit, and what it is judged by besides its score. */
struct judged {
    struct ra_title_hit hit;
    float cover;   /* of the query, 0 to 1 */
    float named;   /* of the title, 0 to 1 */
    bool doubtful; /* a word is missing, or is a word itself but was taken for another */
};

/* A document being scored: its tokens, field after field. */
struct scored {
    uint32_t doc;
    uint32_t n[FIELD_COUNT];
    uint32_t tokens[DOC_TOKENS_MAX];
};

/* A place in a document that a word of the query may mean. */
struct fit {
    float worth;
    uint8_t at;
    uint8_t edits;
    bool prefix;
};

#define FIT_MAX 8 /* places of one document that one word of the query may mean */
struct fits {
    struct fit list[QUERY_TOKENS_MAX][FIT_MAX];
    uint8_t n[QUERY_TOKENS_MAX];
};

struct hits {
    struct judged list[RA_TITLE_HITS_MAX]; /* best first */
    size_t n, max;
    float best_cover; /* of any document looked at */
};

/* Words [begin, begin + words) of a query as one word, or as two when `cut` is not 0. */
struct guess {
    uint32_t promise;
    uint8_t begin, words;
    uint8_t cut;  /* letters of the first of the two */
    uint8_t lost; /* letters left out between the two */
};
#define GUESSES_MAX 6
struct guesses {
    struct guess list[GUESSES_MAX]; /* most promising first */
    size_t n;
};

#define WALK_DEPTH_MAX (TOKEN_CHARS + NFA_EDITS_MAX + 2)
struct walk_frame {
    uint32_t next, end; /* children still to visit */
    uint64_t awaited;   /* or places of the word whose letters are still to be looked up there */
    bool tries_all;
    unsigned least; /* edits of the cheapest prefix match on the way here */
    struct nfa_state state;
};

struct ra_title_scratch {
    struct query query;
    struct query variant; /* the query with its blanks elsewhere */
    struct nfa nfa;
    struct walk_frame frames[WALK_DEPTH_MAX + 1]; /* one more: the next state of the last */
    struct gathered slots[GATHER_SLOTS];
    uint16_t used[GATHER_MAX]; /* slots in order of use */
    size_t n_used;
    uint32_t stamp;
    size_t pair_postings; /* that this question may still unpack to meet words */
    bool full;            /* no more documents come in, those that are there may still rise */
    uint32_t cut_words;   /* bit: not all documents of this word were gathered */
    struct candidate candidates[CANDIDATES_MAX]; /* the highest rank first */
    size_t n_candidates;
    struct meaning meanings[MEANING_SLOTS];
    struct meaning ranges[RANGES_MAX]; /* meanings of [range_ends[0], range_ends[1]) */
    uint32_t range_ends[RANGES_MAX][2];
    size_t n_ranges;
    uint64_t
        likely[LIKELY_BITS / 64]; /* bit token >> likely_shift: some word may mean one of them */
    unsigned likely_shift;
    struct hits hits;
    /* Too large to be cleared at each call, as compilers are told to do with locals. */
    struct scored scored;
    struct fits fits;
    uint32_t block[CODEC_BLOCK];
};

/* Cuts what was typed into words. */
void read_query(struct query *query, const char *text, size_t n);

/* The trie node that the characters lead to, or UINT32_MAX. */
uint32_t trie_find(const struct ra_title_index *index, const uint32_t *chars, size_t n);

/* Finds what a word may mean. */
void expand(const struct ra_title_index *index, struct ra_title_scratch *scratch,
            struct query_token *token, enum effort effort);
/* Adds the word that ends at a node, or all words below it; of too many the dear and rare go. */
void expansion_add(const struct ra_title_index *index, struct query_token *token, uint32_t node,
                   unsigned edits, bool prefix);

/* Adds what the NFA in `scratch` accepts below the root. */
void walk_trie(const struct ra_title_index *index, struct ra_title_scratch *scratch,
               struct query_token *token, bool with_prefixes);

/* Counts a meaning of the query's word `word` for a document, once. */
void gather_add(struct ra_title_scratch *scratch, uint32_t doc, size_t word, float gain);
/* Adds documents that have two words of the query whose lists are too long to be read. */
void gather_both(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                 const struct query *query, const size_t words[2], const uint64_t *allowed);

/* Fills `candidates` with the documents that are worth scoring. */
void gather(const struct ra_title_index *index, struct ra_title_scratch *scratch,
            const struct query *query, const uint64_t *allowed);

/* Scores the candidates exactly and merges them into the hits. */
void score_candidates(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                      const struct query *query, float penalty);

/* The most promising queries of the same letters with blanks elsewhere. */
void guess_blanks(const struct ra_title_index *index, const struct query *query,
                  struct guesses *out);
/* The same for a query of known words: neighbours that are a word together. */
void guess_joins(const struct ra_title_index *index, const struct query *query,
                 struct guesses *out);
void apply_guess(const struct query *query, const struct guess *guess, struct query *out);

static inline bool is_allowed(const uint64_t *allowed, uint32_t doc)
{
    return !allowed || (allowed[doc / 64] >> (doc % 64) & 1);
}

#endif
