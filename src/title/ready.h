#ifndef READALIKE_TITLE_READY_H
#define READALIKE_TITLE_READY_H

#include "query.h"

/* Whether a query is the first letters of a word and nothing else, and the node they lead to. */
bool is_beginning(const struct ra_title_index *index, const struct query *query,
                  uint32_t *out_node);

/* The answer that the index has ready, if it has one; `out_n` is at most `max`. */
bool ready_answer(const struct ra_title_index *index, const struct query *query,
                  struct ra_title_hit *out, size_t max, size_t *out_n);

#endif
