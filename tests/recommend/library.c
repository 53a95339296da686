/* Writes a small model and opens it. */
#include "library.h"

#include <unistd.h>

#include "../check.h"
#include "readalike/buf.h"
#include "readalike/factors.h"
#include "readalike/model.h"
#include "readalike/str.h"

struct rows {
    int64_t *ids;
    uint32_t *id_order, *count, *language, *author;
    uint64_t *card_offsets, *title_offsets, *start;
    float *mean;
    int32_t *years;
    uint32_t *ix;
    float *score;
    struct ra_buf meta, cards, titles, languages, authors, index;
};

static void *column(size_t n, size_t size)
{
    void *memory = calloc(n + 1, size);
    assert_non_null(memory);
    return memory;
}

/* The row of a name, added when it is new. */
static uint32_t name_row(struct ra_buf *names, const char *text)
{
    struct ra_buf folded;
    ra_buf_init(&folded);
    if (text)
        ra_title_fold(text, strlen(text), &folded);
    ra_buf_putc(&folded, '\0');
    uint32_t row = 0;
    for (size_t at = 0; at < names->len; at += strlen(names->data + at) + 1, row++) {
        if (strcmp(names->data + at, folded.data) == 0) {
            ra_buf_finish(&folded);
            return row;
        }
    }
    ra_buf_put(names, folded.data, folded.len);
    ra_buf_finish(&folded);
    return row;
}

static void add_book(struct rows *rows, const struct library *library, uint32_t i)
{
    const struct lib_book *book = &library->books[i];
    uint32_t n = (uint32_t)library->n_books;
    rows->ids[i] = 1000 - (int64_t)i;
    rows->id_order[i] = n - 1 - i;
    rows->count[i] = 10 * (n - i);
    rows->mean[i] = 7;
    rows->years[i] = book->year;
    rows->language[i] = name_row(&rows->languages, book->language);
    rows->author[i] = name_row(&rows->authors, book->author);
    rows->title_offsets[i] = rows->titles.len;
    ra_buf_put(&rows->titles, book->title, strlen(book->title) + 1);
    ra_buf_putf(&rows->cards, "{\"id\":%d,\"title\":", 1000 - (int)i);
    ra_buf_put_json(&rows->cards, book->title);
    ra_buf_puts(&rows->cards, ",\"author\":");
    ra_buf_put_json(&rows->cards, book->author);
    rows->card_offsets[i + 1] = rows->cards.len;
}

static int by_row_and_score(const void *a, const void *b)
{
    const struct lib_pair *left = a, *right = b;
    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    return left->to < right->to ? -1 : 1;
}

static void add_pairs(struct rows *rows, const struct library *library)
{
    struct lib_pair *pairs = column(library->n_pairs, sizeof *pairs);
    if (library->n_pairs)
        memcpy(pairs, library->pairs, library->n_pairs * sizeof *pairs);
    qsort(pairs, library->n_pairs, sizeof *pairs, by_row_and_score);
    for (size_t i = 0; i < library->n_pairs; i++) {
        rows->ix[i] = pairs[i].to;
        rows->score[i] = pairs[i].score;
        rows->start[pairs[i].from + 1]++;
    }
    for (size_t i = 0; i < library->n_books; i++)
        rows->start[i + 1] += rows->start[i];
    free(pairs);
}

static void add_index(struct rows *rows, const struct library *library)
{
    struct ra_err err = {0};
    struct ra_title_doc *docs = column(library->n_books, sizeof *docs);
    for (size_t i = 0; i < library->n_books; i++)
        docs[i] = (struct ra_title_doc){
            .title = library->books[i].title,
            .author = library->books[i].author,
            .popularity = 1.0f / (float)(i + 1),
        };
    CHECK_OK(ra_title_build(docs, library->n_books, &rows->index, &err), err);
    free(docs);
}

static void write_factors(const struct ra_factors *factors, struct ra_model_writer *writer)
{
    struct ra_err err = {0};
    uint64_t n = factors->n_items, f = factors->n_factors;
    CHECK_OK(ra_model_writer_add(writer, "item_factors", RA_F32, n, f, factors->item, &err), err);
    if (factors->bias)
        CHECK_OK(ra_model_writer_add(writer, "item_bias", RA_F32, n, 1, factors->bias, &err), err);
    if (factors->gram)
        CHECK_OK(ra_model_writer_add(writer, "gram", RA_F32, f, f, factors->gram, &err), err);
}

static void put_meta(const struct library *library, struct ra_buf *out)
{
    const struct ra_factors *factors = library->factors;
    ra_buf_putf(out, "{\"version\":\"%s\",\"algorithm\":\"%s\"",
                library->version ? library->version : "test-1", factors ? "ials" : "item-knn");
    if (factors)
        ra_buf_putf(out,
                    ",\"kind\":\"factors\",\"fold_in\":{\"how\":\"%s\",\"alpha0\":%.17g,"
                    "\"lambda\":%.17g,\"nu\":%.17g,\"mu\":%.17g,\"reader_bias\":%s%s}",
                    factors->from_ratings ? "ratings" : "implicit", factors->alpha0,
                    factors->lambda, factors->nu, factors->mu,
                    factors->reader_bias ? "true" : "false", library->scale ? library->scale : "");
    ra_buf_putc(out, '}');
}

static void write_rows(const struct rows *rows, const struct library *library, const char *path)
{
    size_t n = library->n_books;
    const struct {
        const char *name;
        enum ra_dtype dtype;
        size_t rows;
        const void *data;
    } sections[] = {
        {"meta", RA_BYTES, rows->meta.len, rows->meta.data},
        {"item_ids", RA_I64, n, rows->ids},
        {"id_order", RA_U32, n, rows->id_order},
        {"cards", RA_BYTES, rows->cards.len, rows->cards.data},
        {"card_offsets", RA_U64, n + 1, rows->card_offsets},
        {"titles", RA_BYTES, rows->titles.len, rows->titles.data},
        {"title_offsets", RA_U64, n, rows->title_offsets},
        {"rating_count", RA_U32, n, rows->count},
        {"rating_mean", RA_F32, n, rows->mean},
        {"years", RA_I32, n, rows->years},
        {"language", RA_U32, n, rows->language},
        {"author", RA_U32, n, rows->author},
        {"language_names", RA_BYTES, rows->languages.len, rows->languages.data},
        {"author_names", RA_BYTES, rows->authors.len, rows->authors.data},
        {"similar_start", RA_U64, n + 1, rows->start},
        {"similar_ix", RA_U32, library->n_pairs, rows->ix},
        {"similar_score", RA_F32, library->n_pairs, rows->score},
        {"title_index", RA_BYTES, rows->index.len, rows->index.data},
    };
    struct ra_err err = {0};
    struct ra_model_writer *writer = ra_model_writer_create(path, &err);
    CHECK_OK(writer, err);
    for (size_t i = 0; i < RA_COUNT(sections); i++)
        CHECK_OK(ra_model_writer_add(writer, sections[i].name, sections[i].dtype, sections[i].rows,
                                     1, sections[i].data, &err),
                 err);
    if (library->factors)
        write_factors(library->factors, writer);
    CHECK_OK(ra_model_writer_commit(writer, &err), err);
}

static void rows_finish(struct rows *rows)
{
    void *const columns[] = {rows->ids,           rows->id_order, rows->count,
                             rows->language,      rows->author,   rows->card_offsets,
                             rows->title_offsets, rows->start,    rows->mean,
                             rows->years,         rows->ix,       rows->score};
    for (size_t i = 0; i < RA_COUNT(columns); i++)
        free(columns[i]);
    ra_buf_finish(&rows->meta);
    ra_buf_finish(&rows->cards);
    ra_buf_finish(&rows->titles);
    ra_buf_finish(&rows->languages);
    ra_buf_finish(&rows->authors);
    ra_buf_finish(&rows->index);
}

static void write_library(const struct library *library, const char *path)
{
    size_t n = library->n_books;
    struct rows rows = {
        .ids = column(n, sizeof *rows.ids),
        .id_order = column(n, sizeof *rows.id_order),
        .count = column(n, sizeof *rows.count),
        .language = column(n, sizeof *rows.language),
        .author = column(n, sizeof *rows.author),
        .card_offsets = column(n, sizeof *rows.card_offsets),
        .title_offsets = column(n, sizeof *rows.title_offsets),
        .start = column(n, sizeof *rows.start),
        .mean = column(n, sizeof *rows.mean),
        .years = column(n, sizeof *rows.years),
        .ix = column(library->n_pairs, sizeof *rows.ix),
        .score = column(library->n_pairs, sizeof *rows.score),
    };
    put_meta(library, &rows.meta);
    name_row(&rows.languages, NULL);
    name_row(&rows.authors, NULL);
    for (uint32_t i = 0; i < n; i++)
        add_book(&rows, library, i);
    add_pairs(&rows, library);
    add_index(&rows, library);
    write_rows(&rows, library, path);
    rows_finish(&rows);
}

struct ra_engine *library_open(const struct library *library)
{
    char path[] = "/tmp/readalike-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_library(library, path);
    struct ra_err err = {0};
    struct ra_engine *engine = ra_engine_open(path, &err);
    unlink(path);
    CHECK_OK(engine, err);
    return engine;
}
