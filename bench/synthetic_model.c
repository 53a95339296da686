/* Draws a model of factors and writes it, section by section. */
#include "synthetic_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "readalike/buf.h"
#include "readalike/factors.h"
#include "readalike/model.h"
#include "readalike/random.h"
#include "readalike/str.h"

struct columns {
    int64_t *ids;
    uint32_t *order, *count, *language, *author;
    uint64_t *card_offsets, *title_offsets;
    int32_t *years;
    float *mean;
    struct ra_buf meta, cards, titles, authors;
    struct ra_factors factors;
};

static bool allocate(struct columns *to, const struct synthetic *what)
{
    size_t n = (size_t)what->books + 1;
    to->ids = calloc(n, sizeof *to->ids);
    to->order = calloc(n, sizeof *to->order);
    to->count = calloc(n, sizeof *to->count);
    to->language = calloc(n, sizeof *to->language);
    to->author = calloc(n, sizeof *to->author);
    to->card_offsets = calloc(n, sizeof *to->card_offsets);
    to->title_offsets = calloc(n, sizeof *to->title_offsets);
    to->years = calloc(n, sizeof *to->years);
    to->mean = calloc(n, sizeof *to->mean);
    to->factors = (struct ra_factors){
        .n_items = what->books,
        .n_factors = what->factors,
        .item = calloc(n, what->factors * sizeof *to->factors.item),
        .alpha0 = 0.1,
        .lambda = 0.01,
        .nu = 1,
    };
    return to->ids && to->order && to->count && to->language && to->author && to->card_offsets &&
           to->title_offsets && to->years && to->mean && to->factors.item;
}

static void finish(struct columns *columns)
{
    void *const all[] = {columns->ids,           columns->order,  columns->count,
                         columns->language,      columns->author, columns->card_offsets,
                         columns->title_offsets, columns->years,  columns->mean};
    for (size_t i = 0; i < RA_COUNT(all); i++)
        free(all[i]);
    ra_buf_finish(&columns->meta);
    ra_buf_finish(&columns->cards);
    ra_buf_finish(&columns->titles);
    ra_buf_finish(&columns->authors);
    ra_factors_finish(&columns->factors);
}

static uint32_t author_of(struct ra_random *random, uint32_t i)
{
    uint32_t place = ra_random_below(random, 1000);
    if (place < 111)
        return place == 0 ? 3 : place <= 10 ? 2 : 1;
    return 4 + i / 3;
}

static void fill(struct columns *to, const struct synthetic *what)
{
    struct ra_random random = ra_random_stream(1, 0);
    ra_buf_putf(
        &to->meta,
        "{\"version\":\"synthetic\",\"algorithm\":\"ials\",\"kind\":\"factors\",\"fold_in\":"
        "{\"how\":\"implicit\",\"alpha0\":%g,\"lambda\":%g,\"nu\":%g}}",
        to->factors.alpha0, to->factors.lambda, to->factors.nu);
    ra_buf_put(&to->authors, "\0great person\0known person\0rare person\0", 40);
    for (uint32_t i = 0; i < what->books; i++) {
        double length = pow(i + 1.0, -what->decay) / sqrt(what->factors);
        for (uint32_t k = 0; k < what->factors; k++)
            to->factors.item[(size_t)i * what->factors + k] =
                (float)(length * ra_random_normal(&random));
        to->ids[i] = i + 1;
        to->order[i] = i;
        to->count[i] = 1 + 50000 / (i + 1);
        to->author[i] = author_of(&random, i);
        to->years[i] = 1000 + (int32_t)ra_random_below(&random, 1000);
        to->mean[i] = NAN;
        ra_buf_putf(&to->cards, "{\"id\":%u,\"title\":\"Title %u\",\"author\":null", i + 1, i);
        to->card_offsets[i + 1] = to->cards.len;
        to->title_offsets[i] = to->titles.len;
        ra_buf_putf(&to->titles, "Title %u", i);
        ra_buf_putc(&to->titles, '\0');
        if (i % 3 == 0) {
            ra_buf_putf(&to->authors, "person number%u", i);
            ra_buf_putc(&to->authors, '\0');
        }
    }
}

static bool put_all(struct columns *from, uint32_t n, const char *path, struct ra_err *err)
{
    const struct ra_factors *factors = &from->factors;
    const struct {
        const char *name;
        enum ra_dtype dtype;
        uint64_t rows, cols;
        const void *data;
    } sections[] = {
        {"meta", RA_BYTES, from->meta.len, 1, from->meta.data},
        {"item_ids", RA_I64, n, 1, from->ids},
        {"id_order", RA_U32, n, 1, from->order},
        {"cards", RA_BYTES, from->cards.len, 1, from->cards.data},
        {"card_offsets", RA_U64, (uint64_t)n + 1, 1, from->card_offsets},
        {"titles", RA_BYTES, from->titles.len, 1, from->titles.data},
        {"title_offsets", RA_U64, n, 1, from->title_offsets},
        {"rating_count", RA_U32, n, 1, from->count},
        {"rating_mean", RA_F32, n, 1, from->mean},
        {"years", RA_I32, n, 1, from->years},
        {"language", RA_U32, n, 1, from->language},
        {"author", RA_U32, n, 1, from->author},
        {"language_names", RA_BYTES, 1, 1, ""},
        {"author_names", RA_BYTES, from->authors.len, 1, from->authors.data},
        {"item_factors", RA_F32, n, factors->n_factors, factors->item},
        {"gram", RA_F32, factors->n_factors, factors->n_factors, factors->gram},
    };
    struct ra_model_writer *writer = ra_model_writer_create(path, err);
    bool ok = writer != NULL;
    for (size_t i = 0; ok && i < RA_COUNT(sections); i++)
        ok = ra_model_writer_add(writer, sections[i].name, sections[i].dtype, sections[i].rows,
                                 sections[i].cols, sections[i].data, err);
    if (ok)
        return ra_model_writer_commit(writer, err);
    ra_model_writer_abort(writer);
    return false;
}

bool synthetic_write(const struct synthetic *what, const char *path, struct ra_err *err)
{
    struct columns columns = {0};
    ra_buf_init(&columns.meta);
    ra_buf_init(&columns.cards);
    ra_buf_init(&columns.titles);
    ra_buf_init(&columns.authors);
    bool ok = allocate(&columns, what) || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (ok) {
        fill(&columns, what);
        ok = ra_factors_make_gram(&columns.factors, 1, err) &&
             put_all(&columns, what->books, path, err);
    }
    finish(&columns);
    return ok;
}
