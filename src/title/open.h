#ifndef READALIKE_TITLE_OPEN_H
#define READALIKE_TITLE_OPEN_H

#include "index.h"
#include "readalike/err.h"

/* One section wherever it lies. */
struct section_bytes {
    const void *data;
    size_t n;
};

/* Points an index at its sections. False, with what is wrong, when their lengths do not fit. */
bool index_point(struct ra_title_index *index, const struct section_bytes *sections, size_t n_docs,
                 size_t n_nodes, struct ra_err *err);

/* Whether what the sections hold is sound, so that queries need not look again. */
bool check_trie(const struct ra_title_index *index, struct ra_err *err);
bool check_forward(const struct ra_title_index *index, size_t bytes, struct ra_err *err);
bool check_postings(const struct ra_title_index *index, size_t bytes, struct ra_err *err);
bool check_tops(const struct ra_title_index *index, size_t bytes, struct ra_err *err);
bool check_ready(const struct ra_title_index *index, size_t n_hits, struct ra_err *err);

bool title_corrupt(struct ra_err *err, const char *what);

#endif
