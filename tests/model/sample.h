#ifndef READALIKE_TESTS_MODEL_SAMPLE_H
#define READALIKE_TESTS_MODEL_SAMPLE_H

/* A small model with every section, written section by section so that a test can spoil one. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "readalike/model.h"

#define SAMPLE_ITEMS 4

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

struct sample_part {
    const char *name;
    enum ra_dtype dtype;
    uint64_t rows;
    const void *data;
};

static inline bool sample_write(const struct sample *s, const char *path, struct ra_err *err)
{
    const struct sample_part parts[] = {
        {"meta", RA_BYTES, strlen(s->meta), s->meta},
        {"item_ids", RA_I64, SAMPLE_ITEMS, s->item_ids},
        {"id_order", RA_U32, SAMPLE_ITEMS, s->id_order},
        {"cards", RA_BYTES, strlen(s->cards), s->cards},
        {"card_offsets", RA_U64, SAMPLE_ITEMS + 1, s->card_offsets},
        {"titles", RA_BYTES, 26, s->titles},
        {"title_offsets", RA_U64, SAMPLE_ITEMS, s->title_offsets},
        {"rating_count", RA_U32, SAMPLE_ITEMS, s->rating_count},
        {"rating_mean", RA_F32, SAMPLE_ITEMS, s->rating_mean},
        {"years", RA_I32, SAMPLE_ITEMS, s->years},
        {"language", RA_U32, SAMPLE_ITEMS, s->language},
        {"author", RA_U32, SAMPLE_ITEMS, s->author},
        {"language_names", RA_BYTES, s->n_language_names, s->language_names},
        {"author_names", RA_BYTES, s->n_author_names, s->author_names},
        {"similar_start", RA_U64, SAMPLE_ITEMS + 1, s->similar_start},
        {"similar_ix", RA_U32, 5, s->similar_ix},
        {"similar_score", RA_F32, 5, s->similar_score},
    };
    struct ra_model_writer *writer = ra_model_writer_create(path, err);
    if (!writer)
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (s->leave_out && strcmp(s->leave_out, parts[i].name) == 0)
            continue;
        if (!ra_model_writer_add(writer, parts[i].name, parts[i].dtype, parts[i].rows, 1,
                                 parts[i].data, err)) {
            ra_model_writer_abort(writer);
            return false;
        }
    }
    return ra_model_writer_commit(writer, err);
}

#endif
