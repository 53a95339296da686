/* A snapshot of the store as a catalogue by popularity and a sparse matrix of who read what. */
#include "readalike/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/arena.h"
#include "readalike/features.h"
#include "readalike/hash.h"
#include "readalike/map.h"

#define STRINGS_BLOCK (1u << 20)

struct ra_dataset_builder {
    struct ra_dataset *dataset;
    size_t items_cap, readers_cap;
    struct ra_features *features;
    struct ra_u64map *books, *readers; /* id to the order they came in */
    struct ra_triplet *triplets;       /* (n_triplets) columns as books came */
    int64_t *when;                     /* (n_triplets) */
    size_t n_triplets, triplets_cap, when_cap;
    int64_t last_reader; /* ratings come reader by reader: most need no look-up */
    uint32_t last_reader_ix;
    struct ra_hash_state hash;
};

void ra_dataset_destroy(struct ra_dataset *dataset)
{
    if (!dataset)
        return;
    if (dataset->strings)
        ra_arena_finish(dataset->strings);
    free(dataset->strings);
    free(dataset->items);
    free(dataset->reader_ids);
    ra_csr_finish(&dataset->read);
    ra_csr_finish(&dataset->features);
    free(dataset->when);
    free(dataset);
}

void ra_dataset_builder_destroy(struct ra_dataset_builder *builder)
{
    if (!builder)
        return;
    ra_dataset_destroy(builder->dataset);
    ra_u64map_destroy(builder->books);
    ra_u64map_destroy(builder->readers);
    ra_features_destroy(builder->features);
    free(builder->triplets);
    free(builder->when);
    free(builder);
}

struct ra_dataset_builder *ra_dataset_builder_create(struct ra_err *err)
{
    struct ra_dataset_builder *builder = calloc(1, sizeof *builder);
    struct ra_dataset *dataset = calloc(1, sizeof *dataset);
    if (builder && dataset) {
        builder->dataset = dataset;
        builder->books = ra_u64map_create();
        builder->readers = ra_u64map_create();
        builder->features = ra_features_create(err);
        dataset->strings = calloc(1, sizeof *dataset->strings);
        ra_hash_init(&builder->hash, 0);
        if (builder->books && builder->readers && builder->features && dataset->strings) {
            ra_arena_init(dataset->strings, STRINGS_BLOCK, 0);
            return builder;
        }
        ra_dataset_builder_destroy(builder);
    } else {
        free(builder);
        free(dataset);
    }
    ra_fail(err, RA_ERR_NOMEM, "out of memory");
    return NULL;
}

/* Doubles `*array` when it is full. */
static bool grow(void **array, size_t *cap, size_t n, size_t size, struct ra_err *err)
{
    if (n < *cap)
        return true;
    size_t more = *cap ? *cap * 2 : 1024, bytes;
    void *grown = __builtin_mul_overflow(more, size, &bytes) ? NULL : realloc(*array, bytes);
    if (!grown)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu rows", more);
    *array = grown;
    *cap = more;
    return true;
}

/* With its length, so that no two rows of strings hash alike by moving a boundary. */
static void hash_text(struct ra_hash_state *hash, const char *text)
{
    uint64_t n = text ? strlen(text) : UINT64_MAX;
    ra_hash_update(hash, &n, sizeof n);
    if (text)
        ra_hash_update(hash, text, n);
}

static void hash_book(struct ra_hash_state *hash, const struct ra_book *book)
{
    /* All NaNs are one: unknown. */
    double average = isnan(book->average_rating) ? -1 : book->average_rating;
    int64_t numbers[] = {book->id, book->year, book->rating_count};
    ra_hash_update(hash, numbers, sizeof numbers);
    ra_hash_update(hash, &average, sizeof average);
    const char *const texts[] = {book->isbn, book->title, book->author, book->language,
                                 book->image_url};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hash_text(hash, texts[i]);
}

static const char *keep(struct ra_arena *arena, const char *text, bool *ok)
{
    if (!text || !*text)
        return NULL;
    const char *copy = ra_arena_strdup(arena, text);
    *ok &= copy != NULL;
    return copy;
}

bool ra_dataset_add_book(void *ctx, const struct ra_book *book, struct ra_err *err)
{
    struct ra_dataset_builder *builder = ctx;
    struct ra_dataset *dataset = builder->dataset;
    uint64_t before;
    if (ra_u64map_get(builder->books, (uint64_t)book->id, &before))
        return ra_fail(err, RA_ERR_CORRUPT, "book %lld came twice", (long long)book->id);
    if (dataset->n_items == UINT32_MAX - 1)
        return ra_fail(err, RA_ERR_INVALID, "more than %u books", UINT32_MAX - 1);
    void *items = dataset->items;
    if (!grow(&items, &builder->items_cap, dataset->n_items, sizeof *dataset->items, err))
        return false;
    dataset->items = items;
    bool ok = ra_u64map_set(builder->books, (uint64_t)book->id, dataset->n_items);
    struct ra_arena *strings = dataset->strings;
    dataset->items[dataset->n_items] = (struct ra_item){
        .id = book->id,
        .isbn = keep(strings, book->isbn, &ok),
        .title = keep(strings, book->title, &ok),
        .author = keep(strings, book->author, &ok),
        .language = keep(strings, book->language, &ok),
        .image_url = keep(strings, book->image_url, &ok),
        .year = book->year,
        .source_average = book->average_rating,
        .source_count = book->rating_count > 0 ? (uint64_t)book->rating_count : 0,
    };
    if (!ok)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the catalogue");
    if (!dataset->items[dataset->n_items].title)
        dataset->items[dataset->n_items].title = "";
    hash_book(&builder->hash, book);
    return ra_features_add(builder->features, dataset->n_items++, book, err);
}

static bool add_reader(struct ra_dataset_builder *builder, int64_t user_id, struct ra_err *err)
{
    struct ra_dataset *dataset = builder->dataset;
    if (dataset->n_readers == UINT32_MAX - 1)
        return ra_fail(err, RA_ERR_INVALID, "more than %u readers", UINT32_MAX - 1);
    void *ids = dataset->reader_ids;
    if (!grow(&ids, &builder->readers_cap, dataset->n_readers, sizeof user_id, err))
        return false;
    dataset->reader_ids = ids;
    dataset->reader_ids[dataset->n_readers] = user_id;
    return ra_u64map_set(builder->readers, (uint64_t)user_id, dataset->n_readers) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory for the readers");
}

/* The reader's number, a new one when the id is new. */
static bool reader_ix(struct ra_dataset_builder *builder, int64_t user_id, uint32_t *out,
                      struct ra_err *err)
{
    struct ra_dataset *dataset = builder->dataset;
    uint64_t found;
    if (dataset->n_readers && builder->last_reader == user_id) {
        *out = builder->last_reader_ix;
        return true;
    }
    if (!ra_u64map_get(builder->readers, (uint64_t)user_id, &found)) {
        if (!add_reader(builder, user_id, err))
            return false;
        found = dataset->n_readers++;
    }
    builder->last_reader = user_id;
    builder->last_reader_ix = *out = (uint32_t)found;
    return true;
}

/* For one more rating. */
static bool make_room(struct ra_dataset_builder *builder, struct ra_err *err)
{
    void *triplets = builder->triplets, *when = builder->when;
    size_t n = builder->n_triplets;
    bool ok = grow(&triplets, &builder->triplets_cap, n, sizeof *builder->triplets, err);
    builder->triplets = triplets;
    ok = ok && grow(&when, &builder->when_cap, n, sizeof *builder->when, err);
    builder->when = when;
    return ok;
}

bool ra_dataset_add_rating(void *ctx, const struct ra_rating *rating, struct ra_err *err)
{
    struct ra_dataset_builder *builder = ctx;
    uint64_t book;
    if (!ra_u64map_get(builder->books, (uint64_t)rating->book_id, &book))
        return ra_fail(err, RA_ERR_CORRUPT, "a rating of book %lld, which is not there",
                       (long long)rating->book_id);
    if (isinf(rating->rating))
        return ra_fail(err, RA_ERR_CORRUPT, "an infinite rating of book %lld",
                       (long long)rating->book_id);
    uint32_t reader;
    if (!reader_ix(builder, rating->user_id, &reader, err) || !make_room(builder, err))
        return false;
    builder->when[builder->n_triplets] = rating->rated_at;
    builder->triplets[builder->n_triplets++] =
        (struct ra_triplet){reader, (uint32_t)book, rating->rating};
    if (rating->rated_at > builder->dataset->newest)
        builder->dataset->newest = rating->rated_at;

    float value = ra_rating_is_explicit(rating) ? rating->rating : -1e30f;
    int64_t numbers[] = {rating->user_id, rating->book_id, rating->rated_at};
    ra_hash_update(&builder->hash, numbers, sizeof numbers);
    ra_hash_update(&builder->hash, &value, sizeof value);
    return true;
}

/* Per book and over all: how many, how high. */
static void tally(struct ra_dataset *dataset)
{
    const struct ra_csr *read = &dataset->read;
    double sum = 0;
    for (uint64_t i = 0; i < ra_csr_nnz(read); i++) {
        struct ra_item *item = &dataset->items[read->col[i]];
        float rating = read->value[i];
        item->n_read++;
        if (isnan(rating))
            continue;
        item->n_rated++;
        item->rating_sum += (double)rating;
        if (dataset->n_rated == 0 || rating < dataset->lowest)
            dataset->lowest = rating;
        if (dataset->n_rated == 0 || rating > dataset->highest)
            dataset->highest = rating;
        dataset->n_rated++;
        sum += (double)rating;
    }
    dataset->mean_rating = dataset->n_rated ? sum / (double)dataset->n_rated : 0;
}

static int by_popularity(const void *a, const void *b)
{
    const struct ra_item *x = a, *y = b;
    if (x->n_read != y->n_read)
        return x->n_read < y->n_read ? 1 : -1;
    if (x->source_count != y->source_count)
        return x->source_count < y->source_count ? 1 : -1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Puts the books in order of popularity and renumbers the triplets' columns to match. */
static bool rank_items(struct ra_dataset_builder *builder, struct ra_err *err)
{
    struct ra_dataset *dataset = builder->dataset;
    uint32_t *item_ix = calloc(dataset->n_items ? dataset->n_items : 1, sizeof *item_ix);
    if (!item_ix)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (dataset->n_items)
        qsort(dataset->items, dataset->n_items, sizeof *dataset->items, by_popularity);
    for (uint32_t i = 0; i < dataset->n_items; i++) {
        uint64_t came = 0;
        bool known = ra_u64map_get(builder->books, (uint64_t)dataset->items[i].id, &came);
        if (known)
            item_ix[came] = i;
    }
    for (size_t i = 0; i < builder->n_triplets; i++)
        builder->triplets[i].col = item_ix[builder->triplets[i].col];
    bool ok =
        ra_features_build(builder->features, dataset->n_items, item_ix, &dataset->features, err);
    free(item_ix);
    return ok;
}

static bool build_matrix(struct ra_dataset_builder *builder, struct ra_err *err)
{
    struct ra_dataset *dataset = builder->dataset;
    return ra_csr_from_triplets(&dataset->read, dataset->n_readers, dataset->n_items,
                                builder->triplets, builder->n_triplets, err);
}

/* The times, in the order of the matrix. */
static bool place_times(const struct ra_dataset_builder *builder, struct ra_err *err)
{
    struct ra_dataset *dataset = builder->dataset;
    dataset->when = calloc((size_t)ra_csr_nnz(&dataset->read) + 1, sizeof *dataset->when);
    if (!dataset->when)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the times");
    for (size_t i = 0; i < builder->n_triplets; i++) {
        uint64_t at;
        if (ra_csr_find(&dataset->read, builder->triplets[i].row, builder->triplets[i].col, &at))
            dataset->when[at] = builder->when[i];
    }
    return true;
}

struct ra_dataset *ra_dataset_build(struct ra_dataset_builder *builder, struct ra_err *err)
{
    struct ra_dataset *dataset = builder->dataset;
    /* The ranking needs the tally, and the tally a matrix: built once as the books came, to count
     * each (reader, book) once, and again in the order of the ranking. */
    if (!build_matrix(builder, err))
        return NULL;
    tally(dataset);
    ra_csr_finish(&dataset->read);
    if (!rank_items(builder, err) || !build_matrix(builder, err) || !place_times(builder, err))
        return NULL;
    dataset->fingerprint = ra_hash_digest(&builder->hash);
    builder->dataset = NULL;
    return dataset;
}
