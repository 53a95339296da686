#ifndef READALIKE_MODEL_INSIDE_H
#define READALIKE_MODEL_INSIDE_H

#include <jansson.h>
#include <stdatomic.h>

#include "format.h"
#include "readalike/factors.h"

/* Names of a table of strings, cut at their NULs. */
struct model_names {
    const char *text;
    uint64_t *offsets; /* (n) into text; owned */
    size_t n;
};

/* The pointers below lead into the mapping, except where owned. */
struct ra_model {
    atomic_uint refs;
    const unsigned char *bytes; /* the whole file */
    size_t size;
    bool mapped; /* unmap at the end */
    const struct model_entry *table;
    uint32_t n_sections;

    json_t *meta; /* owned; version and algorithm lead into it */
    const char *version, *algorithm;

    uint32_t n_items;
    const int64_t *item_ids;      /* (n_items) */
    const uint32_t *id_order;     /* (n_items) */
    const char *cards;            /* (card_offsets[n_items]) */
    const uint64_t *card_offsets; /* (n_items + 1) */
    const char *titles;
    const uint64_t *title_offsets; /* (n_items) */
    const uint32_t *rating_count;  /* (n_items) */
    const float *rating_mean;      /* (n_items) */
    const int32_t *years;          /* (n_items) */
    const uint32_t *language;      /* (n_items) */
    const uint32_t *author;        /* (n_items) */
    struct model_names languages, authors;
    const uint64_t *similar_start; /* (n_items + 1); NULL when the model has no neighbours */
    const uint32_t *similar_ix;    /* (n_similar) */
    const float *similar_score;    /* (n_similar) */
    const float *popularity;       /* (n_items); NULL: as they are numbered */
    bool has_factors;              /* the next two are set */
    struct ra_factors factors;
    struct ra_rating_scale scale;
};

/*
 * Reads `n` bytes that stay in place, 64-byte aligned, until the last unref: all the checks of
 * ra_model_open. For it, and for tests and fuzzing without a file.
 */
struct ra_model *model_read(const void *bytes, size_t n, struct ra_err *err) RA_MUST_CHECK;

/* Checks what is in the sections and fills the pointers above. */
bool model_check_contents(struct ra_model *model, struct ra_err *err) RA_MUST_CHECK;
/* Likewise the sections and the meta of kind "factors". */
bool model_check_factors(struct ra_model *model, struct ra_err *err) RA_MUST_CHECK;

#endif
