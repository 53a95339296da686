#ifndef READALIKE_TESTS_MODEL_SAMPLE_H
#define READALIKE_TESTS_MODEL_SAMPLE_H

/* A small model with every section, written section by section so that a test can spoil one. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "readalike/model.h"

#define SAMPLE_ITEMS 4

struct sample_part {
    const char *name;
    enum ra_dtype dtype;
    uint64_t rows, cols;
    const void *data;
};

#define SAMPLE_MORE 5 /* sections behind the others */

/* The sections' contents; a test changes a copy and writes it. */
struct sample {
    const char *meta;
    int64_t item_ids[SAMPLE_ITEMS];
    uint32_t id_order[SAMPLE_ITEMS];
    char cards[64];
    uint64_t card_offsets[SAMPLE_ITEMS + 1];
    char titles[32];
    uint64_t title_offsets[SAMPLE_ITEMS];
    uint32_t rating_count[SAMPLE_ITEMS];
    float rating_mean[SAMPLE_ITEMS];
    int32_t years[SAMPLE_ITEMS];
    uint32_t language[SAMPLE_ITEMS], author[SAMPLE_ITEMS];
    char language_names[8], author_names[16];
    size_t n_language_names, n_author_names;
    uint64_t similar_start[SAMPLE_ITEMS + 1];
    uint32_t similar_ix[5];
    float similar_score[5];
    struct sample_part more[SAMPLE_MORE];
    size_t n_more;
    const char *leave_out; /* a section not to write; NULL none */
};

static inline struct sample sample_model(void)
{
    return (struct sample){
        .meta = "{\"version\":\"sample-1\",\"algorithm\":\"item-knn\"}",
        .item_ids = {70, 10, 40, 20},
        .id_order = {1, 3, 2, 0},
        .cards = "{\"id\":70{\"id\":10{\"id\":40{\"id\":20,\"x\":1",
        .card_offsets = {0, 8, 16, 24, 38},
        .titles = "Emma\0Ulysses\0\0Die Räuber",
        .title_offsets = {0, 5, 13, 14},
        .rating_count = {9, 5, 5, 0},
        .rating_mean = {7.5f, 8, 6.25f, NAN},
        .years = {1815, 1922, 0, -20},
        .language = {1, 1, 0, 2},
        .author = {1, 2, 0, 0},
        .language_names = "\0en\0de",
        .author_names = "\0jane austen\0jj",
        .n_language_names = 7,
        .n_author_names = 16,
        .similar_start = {0, 3, 4, 4, 5},
        .similar_ix = {1, 2, 3, 0, 0},
        .similar_score = {0.9f, 0.5f, 0.5f, 0.9f, 0.5f},
    };
}

static inline bool sample_add(const struct sample *s, struct ra_model_writer *writer,
                              const struct sample_part *part, struct ra_err *err)
{
    if (s->leave_out && strcmp(s->leave_out, part->name) == 0)
        return true;
    return ra_model_writer_add(writer, part->name, part->dtype, part->rows, part->cols, part->data,
                               err);
}

static inline bool sample_write(const struct sample *s, const char *path, struct ra_err *err)
{
    const struct sample_part parts[] = {
        {"meta", RA_BYTES, strlen(s->meta), 1, s->meta},
        {"item_ids", RA_I64, SAMPLE_ITEMS, 1, s->item_ids},
        {"id_order", RA_U32, SAMPLE_ITEMS, 1, s->id_order},
        {"cards", RA_BYTES, strlen(s->cards), 1, s->cards},
        {"card_offsets", RA_U64, SAMPLE_ITEMS + 1, 1, s->card_offsets},
        {"titles", RA_BYTES, 26, 1, s->titles},
        {"title_offsets", RA_U64, SAMPLE_ITEMS, 1, s->title_offsets},
        {"rating_count", RA_U32, SAMPLE_ITEMS, 1, s->rating_count},
        {"rating_mean", RA_F32, SAMPLE_ITEMS, 1, s->rating_mean},
        {"years", RA_I32, SAMPLE_ITEMS, 1, s->years},
        {"language", RA_U32, SAMPLE_ITEMS, 1, s->language},
        {"author", RA_U32, SAMPLE_ITEMS, 1, s->author},
        {"language_names", RA_BYTES, s->n_language_names, 1, s->language_names},
        {"author_names", RA_BYTES, s->n_author_names, 1, s->author_names},
        {"similar_start", RA_U64, SAMPLE_ITEMS + 1, 1, s->similar_start},
        {"similar_ix", RA_U32, 5, 1, s->similar_ix},
        {"similar_score", RA_F32, 5, 1, s->similar_score},
    };
    struct ra_model_writer *writer = ra_model_writer_create(path, err);
    if (!writer)
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof parts / sizeof *parts; i++)
        ok = sample_add(s, writer, &parts[i], err);
    for (size_t i = 0; ok && i < s->n_more; i++)
        ok = sample_add(s, writer, &s->more[i], err);
    if (ok)
        return ra_model_writer_commit(writer, err);
    ra_model_writer_abort(writer);
    return false;
}

#endif
