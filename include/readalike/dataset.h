#ifndef READALIKE_DATASET_H
#define READALIKE_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/book.h"
#include "readalike/csr.h"
#include "readalike/err.h"

/* A book of a dataset; the strings live as long as the dataset, NULL where unknown. */
struct ra_item {
    int64_t id; /* of the store */
    const char *isbn, *title, *author, *language, *image_url;
    int year;                 /* 0 unknown */
    double source_average;    /* NaN unknown */
    uint64_t source_count;    /* 0 unknown */
    uint32_t n_read, n_rated; /* readers who have it here, and those who gave a rating */
    double rating_sum;        /* of n_rated */
};

/*
 * A snapshot of the store in memory: books by item_ix (most readers here first, then the source's
 * count, then book id) and who read what. Immutable once built: any thread may read it.
 */
struct ra_dataset {
    uint32_t n_items, n_readers;
    struct ra_item *items;  /* (n_items) */
    struct ra_csr features; /* (n_items, terms) of features.h */
    struct ra_csr read;     /* (n_readers, n_items); the rating, NaN for read but not rated */
    int64_t *reader_ids;    /* (n_readers) of the store */
    int64_t *when;          /* (nnz of read) rated_at, seconds since 1970; 0 unknown */
    uint64_t n_rated;
    float lowest, highest; /* rating given; 0 without any */
    double mean_rating;    /* of all that were given; 0 without any */
    int64_t newest;        /* rated_at, 0 without any */
    uint64_t fingerprint;  /* of all rows as they came */
    struct ra_arena *strings;
};
void ra_dataset_destroy(struct ra_dataset *dataset); /* NULL is fine */

/*
 * Collects the rows of ra_store_snapshot: all books, then the ratings. The callbacks fit its sink.
 * One thread at a time.
 */
struct ra_dataset_builder;
struct ra_dataset_builder *ra_dataset_builder_create(struct ra_err *err) RA_MUST_CHECK;
void ra_dataset_builder_destroy(struct ra_dataset_builder *builder); /* NULL is fine */
/* `ctx` is the builder. A book id that came before is RA_ERR_CORRUPT. */
bool ra_dataset_add_book(void *ctx, const struct ra_book *book, struct ra_err *err) RA_MUST_CHECK;
/* A rating of a book that did not come is RA_ERR_CORRUPT. */
bool ra_dataset_add_rating(void *ctx, const struct ra_rating *rating,
                           struct ra_err *err) RA_MUST_CHECK;
/* Takes the rows out of the builder, which is then good for destroy only. */
struct ra_dataset *ra_dataset_build(struct ra_dataset_builder *builder,
                                    struct ra_err *err) RA_MUST_CHECK;

#endif
