#ifndef READALIKE_TESTS_TITLE_SHELF_H
#define READALIKE_TESTS_TITLE_SHELF_H

/* An index over a handful of books, opened from bytes that were just built. */
#include "../check.h"
#include "readalike/title.h"

struct shelf {
    struct ra_buf bytes;
    struct ra_title_index *index;
    struct ra_title_scratch *scratch;
};

static inline void shelf_open(struct shelf *shelf, const struct ra_title_doc *docs, size_t n)
{
    struct ra_err err = {0};
    ra_buf_init(&shelf->bytes);
    CHECK_OK(ra_title_build(docs, n, &shelf->bytes, &err), err);
    shelf->index = ra_title_open(shelf->bytes.data, shelf->bytes.len, &err);
    CHECK_OK(shelf->index != NULL, err);
    shelf->scratch = ra_title_scratch_create();
    assert_non_null(shelf->scratch);
    assert_int_equal(ra_title_count(shelf->index), n);
}

static inline void shelf_close(struct shelf *shelf)
{
    ra_title_close(shelf->index);
    ra_title_scratch_destroy(shelf->scratch);
    ra_buf_finish(&shelf->bytes);
}

/* The best suggestion's document, or -1. */
static inline long shelf_first(struct shelf *shelf, const char *query)
{
    struct ra_title_hit hit;
    size_t n = ra_title_suggest(shelf->index, shelf->scratch, query, strlen(query), NULL, &hit, 1);
    return n ? (long)hit.doc : -1;
}

/* The document found exactly, or -1. */
static inline long shelf_find(struct shelf *shelf, const char *query)
{
    uint32_t doc;
    bool found = ra_title_find(shelf->index, shelf->scratch, query, strlen(query), &doc);
    return found ? (long)doc : -1;
}

/* A query and the document that a look-up must give for it; -1 none. */
struct wanted {
    const char *query;
    long doc;
};

static inline void check_wanted(struct shelf *shelf, const struct wanted *rows, size_t n,
                                long (*look_up)(struct shelf *shelf, const char *query))
{
    for (size_t i = 0; i < n; i++) {
        long doc = look_up(shelf, rows[i].query);
        if (doc != rows[i].doc)
            fail_msg("\"%s\" brings %ld, not %ld", rows[i].query, doc, rows[i].doc);
    }
}

#endif
