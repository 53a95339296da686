#ifndef READALIKE_RECOMMEND_INSIDE_H
#define READALIKE_RECOMMEND_INSIDE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/model.h"
#include "readalike/recommend.h"
#include "readalike/topk.h"

/* What the stages of the engine share. A request runs through them in this order:
 * ask (valid?) -> filter -> score -> candidates -> order -> explain -> fallback. */

/* The words of the authors' names, and the authors' books: authors.c. */
struct authors {
    const struct ra_model *model;
    struct ra_strmap *words;
    uint32_t *start, *author;    /* (n_words + 1), the authors of each word */
    uint32_t *book_start, *book; /* (n_authors + 1), the books of each author */
};

struct ra_engine {
    struct ra_model *model;
    struct ra_title_index *titles; /* NULL: the model has none */
    uint32_t *work;                /* (n_items) the first edition of the same work: works.c */
    uint32_t *next_edition;        /* (n_items) a ring through the editions of a work */
    double half_life;              /* of what is asked about a sequence */
    uint32_t *series;              /* (n_items) series.c; 0: none */
    float *share;                  /* (n_items) root of its part of the work's readers */
    const int32_t *years;          /* (n_items) of the model, as the next */
    const uint32_t *languages;     /* (n_items) */
    struct authors *authors;
    uint32_t most_ratings;            /* of any book; at least 1 */
    struct ra_scored *by_popularity;  /* (n_items) best first; NULL: as they are numbered */
    const struct ra_factors *factors; /* of the model; NULL: it is not of that kind, nor the next */
    float *likeness;                  /* (n_items) 1 / length of a book's vector, shrunk */
    struct ra_scan *by_score, *by_likeness;
    unsigned refs; /* atomic */
};

/* Candidates that a varied list is chosen from, at most. */
#define POOL_MAX 1000

/* A book that the model proposes and the filter lets through. */
struct candidate {
    uint32_t item_ix;
    float score;
};

/* What the asker told of books, as the fold-in takes it. */
struct told {
    uint32_t liked[RA_LIKED_MAX]; /* (n) place in the ask */
    uint32_t item[RA_LIKED_MAX];
    float weight[RA_LIKED_MAX], target[RA_LIKED_MAX];
    size_t n;
};

/* Marks carry the number of the request that set them, so that nothing is cleared in between. */
struct ra_scratch {
    size_t n_items, n_authors, n_languages; /* room below */
    uint32_t round;
    uint32_t *blocked;           /* (n_items) by work: no edition of it may come (again) */
    uint32_t *counted;           /* (n_items) by work: liked and already looked at */
    uint32_t *scored;            /* (n_items) `score` is of this request */
    float *score;                /* (n_items) */
    uint32_t *place;             /* (n_items) by work: candidate, later pick */
    uint32_t *placed;            /* (n_items) by work: `place` is of this request */
    struct candidate *candidate; /* (n_items) */
    size_t n_candidates;
    uint64_t *allowed;        /* (n_items bits) what the filter lets through */
    uint32_t marked;          /* the request that `allowed` is of */
    uint32_t *author_seen;    /* (n_authors) named by this request's filter */
    uint32_t *author_matched; /* (n_authors) those */
    size_t n_matched;
    unsigned char *language_ok;          /* (n_languages) */
    float weight[RA_LIKED_MAX];          /* of the liked books that count */
    size_t n_solving, n_vector, n_codes; /* room below */
    float *solving;                      /* the asker's equations */
    float *vector;                       /* and their solution */
    void *codes;                         /* of the search */
    struct told told;
    float part[RA_LIKED_MAX]; /* of one score */
    float relevance[POOL_MAX],
        alike[POOL_MAX];        /* of candidates that a varied list is chosen from */
    struct ra_buf author_words; /* the author filter, folded and terminated */
    struct ra_title_scratch *title;
};

/* Makes room for this model and starts a new round. */
bool scratch_begin(struct ra_scratch *scratch, const struct ra_engine *engine, struct ra_err *err);

/* Same title and author: editions of one work. (n_items) new memory; NULL when out of it. */
uint32_t *works_create(const struct ra_model *model);

/* (n_items) new memory; NULL when out of it. */
uint32_t *series_create(const struct ra_model *model, const uint32_t *work);

bool ask_check(const struct ra_engine *engine, const struct ra_ask *ask, struct ra_err *err);

/* A filter made ready for one request. */
struct sieve {
    const struct ra_engine *engine;
    const struct ra_model *model;
    struct ra_scratch *scratch;
    bool by_author, by_language;
    int year_from, year_to; /* 0: open */
};
bool sieve_init(struct sieve *sieve, const struct ra_engine *engine, struct ra_scratch *scratch,
                const struct ra_filter *filter, struct ra_err *err);
bool sieve_is_open(const struct sieve *sieve);
bool sieve_passes(const struct sieve *sieve, uint32_t item_ix);
/* What passes, as bits (n_items) of the scratch. */
const uint64_t *sieve_mark(const struct sieve *sieve);

#define FILTER_TEXT_MAX 256 /* bytes */
/* Writes `text` with runs of single letters made one word: "j r r tolkien" -> "jrr tolkien". */
void join_initials(const char *text, char *out, size_t room);
struct authors *authors_create(const struct ra_model *model); /* NULL: out of memory */
void authors_destroy(struct authors *authors);
/* Marks the authors whose names have all words of `wanted`, folded, initials joined. */
void authors_match(const struct authors *authors, struct ra_scratch *scratch, const char *wanted);

/* Whether a language as a source spells it is what was asked for; both folded. */
bool language_matches(const char *wanted, const char *spelt);

/* How an asker's ratings are to be read; see score.c. */
struct liking {
    double lowest, top, neutral, half_life;
    size_t n_rated;
};
struct liking liking_of(const struct ra_ask *ask, size_t n, const struct ra_rating_scale *scale);
/* 0 to 1: what is left of the weight of liked[i], `i` books having been read since. */
float liking_fade(const struct liking *liking, size_t i);
/* -1 to 1; 1 without a number. */
float liking_weight(const struct liking *liking, float rating);
/* Weights of the liked books into scratch->weight; returns how many count (the first ones). */
size_t weigh_liked(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct ra_ask *ask);
/* No edition of these may come back. */
void block_known(const struct ra_engine *engine, struct ra_scratch *scratch,
                 const struct ra_ask *ask);
/* Sums the neighbours of what was liked, book by book. */
void gather_candidates(const struct ra_engine *engine, struct ra_scratch *scratch,
                       const struct ra_ask *ask, size_t n_weights);
/* Keeps what may be shown. */
void drop_unwanted(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct sieve *sieve);
/* Sums the editions of a work; the one that brought most stands for it. Keeps what is above 0. */
void join_editions(const struct ra_engine *engine, struct ra_scratch *scratch);
/* Keeps the best `n`, best first. Returns whether there were more. */
bool keep_best(struct ra_scratch *scratch, size_t n);

/* How many candidates a list is chosen from. */
size_t pool_size(const struct ra_ask *ask);
bool wants_variety(const struct ra_variety *variety);
/* Puts the first k candidates on the list, or chooses among them; choose_picks does what is asked.
 */
void pick_first(const struct ra_engine *engine, struct ra_scratch *scratch, unsigned k,
                struct ra_answer *out);
void choose_picks(const struct ra_engine *engine, struct ra_scratch *scratch,
                  const struct ra_ask *ask, struct ra_answer *out);
void pick_varied(const struct ra_engine *engine, struct ra_scratch *scratch,
                 const struct ra_ask *ask, struct ra_answer *out);
/* Whether the list has enough of this author or series. */
bool is_too_much(const struct ra_engine *engine, const struct ra_variety *variety,
                 const struct ra_answer *answer, uint32_t item_ix);
void explain_picks(const struct ra_engine *engine, struct ra_scratch *scratch,
                   const struct sieve *sieve, const struct ra_ask *ask, size_t n_weights,
                   struct ra_answer *out);
/* Fills up to k with what is read most; sets `exhausted`. Returns how many it added. */
size_t fill_with_popular(const struct ra_engine *engine, struct ra_scratch *scratch,
                         const struct sieve *sieve, const struct ra_ask *ask,
                         struct ra_answer *out);

/* One more reason, if it is among the largest. */
void because_add(struct ra_pick *pick, struct ra_because part);

/* The tables that searching factors takes; of models of other kinds nothing. */
bool factors_open(struct ra_engine *engine, struct ra_err *err) RA_MUST_CHECK;
void factors_close(struct ra_engine *engine);
/* Picks the best k, with reasons. Returns whether more were left. */
bool factors_answer(const struct ra_engine *engine, struct ra_scratch *scratch,
                    const struct sieve *sieve, const struct ra_ask *ask, struct ra_answer *out);
/* Cosine of two books' vectors, held back where few have read them. */
float factors_likeness(const struct ra_engine *engine, uint32_t a, uint32_t b);

/* What likes and dislikes leave of each other when they cancel out is rounding, not a score. */
#define SCORE_NOISE 1e-6f

/* A lower item_ix is a more popular book. */
static inline bool is_better(struct candidate a, struct candidate b)
{
    return a.score > b.score || (a.score == b.score && a.item_ix < b.item_ix);
}

static inline bool is_blocked(const struct ra_engine *engine, const struct ra_scratch *scratch,
                              uint32_t item_ix)
{
    return scratch->blocked[engine->work[item_ix]] == scratch->round;
}

static inline void block(const struct ra_engine *engine, struct ra_scratch *scratch,
                         uint32_t item_ix)
{
    scratch->blocked[engine->work[item_ix]] = scratch->round;
}

#endif
