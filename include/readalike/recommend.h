#ifndef READALIKE_RECOMMEND_H
#define READALIKE_RECOMMEND_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"
#include "readalike/title.h"

/*
 * The engine: an open model with its title index, ready to answer. Immutable once open: any thread
 * may ask, each with its own scratch.
 */
struct ra_model;
struct ra_engine;
struct ra_engine *ra_engine_open(const char *model_path, struct ra_err *err) RA_MUST_CHECK;
struct ra_engine *ra_engine_ref(struct ra_engine *engine);
void ra_engine_unref(struct ra_engine *engine); /* NULL is fine; the last one closes the model */
const struct ra_model *ra_engine_model(const struct ra_engine *engine);

/* The live engine: one pointer under a mutex, swapped whole. Any thread. */
struct ra_live;
struct ra_live *ra_live_create(void);
void ra_live_destroy(struct ra_live *live);
struct ra_engine *
ra_live_get(struct ra_live *live); /* a reference; NULL when there is no model yet */
void ra_live_set(struct ra_live *live, struct ra_engine *engine_taken);

/* Per-thread memory for asking; grows to the largest model it met. One thread at a time. */
struct ra_scratch;
struct ra_scratch *ra_scratch_create(void);
void ra_scratch_destroy(struct ra_scratch *scratch);
struct ra_title_scratch *ra_scratch_title(struct ra_scratch *scratch);

#define RA_K_MAX 100      /* picks of one answer */
#define RA_LIKED_MAX 1000 /* books of one ask; of more, the first count */

/* A book the asker named or has read. */
struct ra_liked {
    uint32_t item_ix;
    float rating; /* NaN: liked, no number */
};

/* All that is set must hold. Zeroed: everything passes. */
struct ra_filter {
    const char *author;     /* every word of it is in the author, folded; NULL any */
    const char *language;   /* equal, folded ("en" also takes "eng" and "en-us"); NULL any */
    int year_from, year_to; /* 0: open; a book of unknown year fails a bounded range */
};

/* What keeps a list from being all of a kind. Zeroed: the best come first, whatever they are. */
struct ra_variety {
    double diversity; /* 0 to 1: how much likeness to what is on the list already counts against a
                         book (maximal marginal relevance, by the model's own similarity) */
    unsigned per_author; /* books of an author at most; 0: any number */
    unsigned per_series; /* likewise of a series, as far as titles tell */
    uint32_t rotation;   /* not 0: the number of a turn; each gives another list of nearly as good
                            books, the same number the same list */
};

struct ra_ask {
    const struct ra_liked *liked; /* (n_liked); none asks for what is popular */
    size_t n_liked;
    double half_life; /* 0: all count alike; else liked[0] is what was read last, and each counts
                         half for so many that came later */
    const uint32_t *exclude; /* (n_exclude) item_ix never to come back */
    size_t n_exclude;
    struct ra_filter filter;
    struct ra_variety variety;
    unsigned k;        /* 1 to RA_K_MAX */
    bool include_read; /* may return the liked books themselves */
    bool explain;      /* fill `because` */
    bool store_scale;  /* the ratings are on the scale that the model was trained on */
    bool by_likeness;  /* of a model of factors: by cosine to what is liked; no reader is solved */
};

enum ra_source { RA_SOURCE_MODEL, RA_SOURCE_POPULAR };
#define RA_BECAUSE_MAX 3

struct ra_because {
    uint32_t item_ix;
    float weight; /* its part of the score */
};
struct ra_pick {
    uint32_t item_ix;
    float score;
    float base; /* with `explain`: of the score, what the model gives this book to all */
    enum ra_source source;
    struct ra_because because[RA_BECAUSE_MAX]; /* largest first */
    unsigned n_because;
};
struct ra_answer {
    struct ra_pick picks[RA_K_MAX]; /* best first, no book twice */
    size_t n;
    bool fell_back; /* some picks are popular books, not the model's */
    bool exhausted; /* no further book matches the filter */
};

/*
 * From a model of similarities: item-to-item scores summed over what was liked (Sarwar et al.
 * 2001), filtered before the top k is taken. From one of factors: the asker is folded in
 * (factors.h), and the best scores are found exactly, the filter inside. What is missing is filled
 * with popular books that match and `source` says so. The weights of all reasons (of which the
 * largest are given) and `base` add up to the score.
 */
bool ra_recommend(const struct ra_engine *engine, struct ra_scratch *scratch,
                  const struct ra_ask *ask, struct ra_answer *out,
                  struct ra_err *err) RA_MUST_CHECK;

/* The half-life that the model was trained to be asked with about a sequence, or else a usual one.
 */
double ra_engine_half_life(const struct ra_engine *engine);

/* What is read most, after the filter; same answer shape. */
bool ra_recommend_popular(const struct ra_engine *engine, struct ra_scratch *scratch,
                          const struct ra_ask *ask, struct ra_answer *out,
                          struct ra_err *err) RA_MUST_CHECK;

/* What was typed so far. */
struct ra_typed {
    const char *text; /* (n) any bytes */
    size_t n;
    const struct ra_filter *filter; /* NULL: everything passes */
    size_t max;                     /* suggestions at most */
};
/* Suggestions under a filter, one edition of a work; `out` has room for `max`. */
bool ra_recommend_suggest(const struct ra_engine *engine, struct ra_scratch *scratch,
                          const struct ra_typed *typed, struct ra_title_hit *out, size_t *out_n,
                          struct ra_err *err) RA_MUST_CHECK;

/*
 * About how many microseconds of one core an answer takes: to this ask; and beside it, to a list or
 * suggestions under this filter (NULL: none). Above 0.
 */
double ra_recommend_cost_us(const struct ra_engine *engine, const struct ra_ask *ask);
double ra_recommend_filter_cost_us(const struct ra_engine *engine, const struct ra_filter *filter);

const char *ra_source_name(enum ra_source source); /* "model", "popular" */

#endif
