#ifndef READALIKE_REPLY_H
#define READALIKE_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/recommend.h"
#include "readalike/title.h"

/*
 * The JSON of the service's answers, copied together from the model's ready cards: one complete
 * value, appended to `out`, which keeps its sticky failure. The command line prints the same bytes.
 */

/* The card of one book: {"id":1,"title":...} */
void ra_reply_book(const struct ra_engine *engine, uint32_t item_ix, struct ra_buf *out);

/*
 * {"book":{...},"recommendations":[{...,"score":0.5,"source":"model","because":[...]}...],
 * "model":{"version":...,"algorithm":...},"fallback":null,"exhausted":false}
 * "book" when one was asked for, "books":[...] when several, neither when none; at most
 * RA_REPLY_ASKED_MAX are listed. "because" only with `explain`.
 */
#define RA_REPLY_ASKED_MAX 100
void ra_reply_recommend(const struct ra_engine *engine, const struct ra_liked *asked,
                        size_t n_asked, const struct ra_answer *answer, bool explain,
                        struct ra_buf *out);

/* {"KEY":[{...,"score":...,"source":...}...],"model":{...},"exhausted":false}: "popular", "similar"
 */
void ra_reply_list(const struct ra_engine *engine, const char *key, const struct ra_answer *answer,
                   struct ra_buf *out);

/*
 * {"suggestions":[{...,"matched":"typo","edits":1,"score":...,"match":[[start,length]...]}...]}
 * `match` counts bytes of the title's UTF-8.
 */
void ra_reply_suggest(const struct ra_engine *engine, struct ra_title_scratch *scratch,
                      const char *query, size_t query_n, const struct ra_title_hit *hits,
                      size_t n_hits, struct ra_buf *out);

/* What a title stands for: one book, or the books that come near it. */
#define RA_NEAR_MAX 7
struct ra_resolved {
    bool found;
    uint32_t item_ix; /* when found */
    struct ra_title_hit near[RA_NEAR_MAX];
    size_t n_near; /* when not found; 0: nothing comes near */
};
void ra_resolve_title(const struct ra_engine *engine, struct ra_scratch *scratch, const char *title,
                      size_t title_n, struct ra_resolved *out);

#endif
