/* From a dataset's books to the sections of a model file: cards, titles, attributes, title index.
 */
#include "catalogue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/map.h"
#include "readalike/title.h"

/* Our own count once a book was read here, else the source's. */
static uint64_t shown_count(const struct ra_item *item)
{
    return item->n_read ? item->n_read : item->source_count;
}

static double shown_average(const struct ra_item *item)
{
    return item->n_rated ? item->rating_sum / item->n_rated : item->source_average;
}

static void put_card(struct ra_buf *out, const struct ra_item *item)
{
    double average = shown_average(item);
    ra_buf_puts(out, "{\"id\":");
    ra_buf_put_i64(out, item->id);
    ra_buf_puts(out, ",\"isbn\":");
    ra_buf_put_json(out, item->isbn);
    ra_buf_puts(out, ",\"title\":");
    ra_buf_put_json(out, item->title);
    ra_buf_puts(out, ",\"author\":");
    ra_buf_put_json(out, item->author);
    ra_buf_puts(out, ",\"year\":");
    if (item->year)
        ra_buf_put_i64(out, item->year);
    else
        ra_buf_puts(out, "null");
    ra_buf_puts(out, ",\"image_url\":");
    ra_buf_put_json(out, item->image_url);
    ra_buf_puts(out, ",\"average_rating\":");
    ra_buf_put_json_double(out, isfinite(average) ? round(average * 100) / 100 : NAN, 15);
    ra_buf_puts(out, ",\"rating_count\":");
    ra_buf_put_u64(out, shown_count(item));
}

static void put_rows(struct catalogue *catalogue, const struct ra_dataset *dataset)
{
    for (uint32_t i = 0; i < dataset->n_items; i++) {
        const struct ra_item *item = &dataset->items[i];
        uint64_t count = shown_count(item);
        catalogue->item_ids[i] = item->id;
        catalogue->years[i] = item->year;
        catalogue->rating_count[i] = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
        catalogue->card_offsets[i] = catalogue->cards.len;
        put_card(&catalogue->cards, item);
        catalogue->title_offsets[i] = catalogue->titles.len;
        ra_buf_put(&catalogue->titles, item->title, strlen(item->title) + 1);
    }
    catalogue->card_offsets[dataset->n_items] = catalogue->cards.len;
}

struct by_id {
    int64_t id;
    uint32_t item_ix;
};

static int rising_id(const void *a, const void *b)
{
    const struct by_id *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static bool order_ids(struct catalogue *catalogue, const struct ra_dataset *dataset,
                      struct ra_err *err)
{
    struct by_id *order = calloc((size_t)dataset->n_items + 1, sizeof *order);
    if (!order)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the catalogue");
    for (uint32_t i = 0; i < dataset->n_items; i++)
        order[i] = (struct by_id){dataset->items[i].id, i};
    qsort(order, dataset->n_items, sizeof *order, rising_id);
    for (uint32_t i = 0; i < dataset->n_items; i++)
        catalogue->id_order[i] = order[i].item_ix;
    free(order);
    return true;
}

/* The row of a folded name, a new one when it is new; 0 for "". False when out of memory. */
static bool intern(struct names *names, struct ra_strmap *known, const struct ra_buf *folded,
                   uint32_t *out)
{
    uint64_t row = 0;
    if (folded->len && !ra_strmap_get(known, folded->data, folded->len, &row)) {
        row = ra_strmap_count(known) + 1;
        if (!ra_strmap_set(known, folded->data, folded->len, row))
            return false;
        ra_buf_put(&names->text, folded->data, folded->len);
        ra_buf_putc(&names->text, '\0');
    }
    *out = (uint32_t)row;
    return true;
}

static bool fold_names(struct names *names, const struct ra_dataset *dataset, size_t field,
                       struct ra_err *err)
{
    struct ra_strmap *known = ra_strmap_create();
    struct ra_buf folded;
    ra_buf_init(&folded);
    ra_buf_putc(&names->text, '\0');
    bool ok = known != NULL;
    for (uint32_t i = 0; ok && i < dataset->n_items; i++) {
        const char *text;
        memcpy(&text, (const char *)&dataset->items[i] + field, sizeof text);
        ra_buf_reset(&folded);
        if (text)
            ra_title_fold(text, strlen(text), &folded);
        ok = !folded.failed && intern(names, known, &folded, &names->row[i]);
    }
    ok = ok && !names->text.failed;
    ra_buf_finish(&folded);
    ra_strmap_destroy(known);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the catalogue");
}

/* The highest counts, which popularity is relative to. */
struct most {
    double read, source;
    bool mixed; /* some books have readers here and some only the source's count */
};

static struct most most_of(const struct ra_dataset *dataset)
{
    struct most most = {0};
    for (uint32_t i = 0; i < dataset->n_items; i++) {
        most.read = fmax(most.read, log1p((double)dataset->items[i].n_read));
        if (!dataset->items[i].n_read)
            most.source = fmax(most.source, log1p((double)dataset->items[i].source_count));
    }
    most.mixed = most.read > 0 && most.source > 0;
    return most;
}

/*
 * 0 to 1 on a logarithmic scale, falling with item_ix: books read here first, then those of which
 * only the source's count is known.
 */
static float popularity(const struct ra_item *item, const struct most *most)
{
    double half = most->mixed ? 0.5 : 1;
    if (item->n_read)
        return (float)(1 - half + half * log1p((double)item->n_read) / most->read);
    return most->source > 0 ? (float)(half * log1p((double)item->source_count) / most->source) : 0;
}

static bool index_titles(struct catalogue *catalogue, const struct ra_dataset *dataset,
                         struct ra_err *err)
{
    struct ra_title_doc *docs = calloc((size_t)dataset->n_items + 1, sizeof *docs);
    if (!docs)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the title index");
    struct most most = most_of(dataset);
    for (uint32_t i = 0; i < dataset->n_items; i++) {
        const struct ra_item *item = &dataset->items[i];
        docs[i] =
            (struct ra_title_doc){item->title, item->author, item->isbn, popularity(item, &most)};
    }
    bool ok = ra_title_build(docs, dataset->n_items, &catalogue->title_index, err);
    free(docs);
    return ok;
}

static bool allocate(struct catalogue *catalogue, size_t n_items)
{
    size_t n = n_items + 1;
    catalogue->card_offsets = calloc(n, sizeof *catalogue->card_offsets);
    catalogue->title_offsets = calloc(n, sizeof *catalogue->title_offsets);
    catalogue->item_ids = calloc(n, sizeof *catalogue->item_ids);
    catalogue->id_order = calloc(n, sizeof *catalogue->id_order);
    catalogue->rating_count = calloc(n, sizeof *catalogue->rating_count);
    catalogue->years = calloc(n, sizeof *catalogue->years);
    catalogue->authors.row = calloc(n, sizeof *catalogue->authors.row);
    catalogue->languages.row = calloc(n, sizeof *catalogue->languages.row);
    return catalogue->card_offsets && catalogue->title_offsets && catalogue->item_ids &&
           catalogue->id_order && catalogue->rating_count && catalogue->years &&
           catalogue->authors.row && catalogue->languages.row;
}

struct catalogue *catalogue_create(const struct ra_dataset *dataset, struct ra_err *err)
{
    struct catalogue *catalogue = calloc(1, sizeof *catalogue);
    bool ok = catalogue && allocate(catalogue, dataset->n_items);
    if (ok)
        put_rows(catalogue, dataset);
    if (!ok || catalogue->cards.failed || catalogue->titles.failed)
        ok = ra_fail(err, RA_ERR_NOMEM, "out of memory for the catalogue");
    ok = ok && order_ids(catalogue, dataset, err) &&
         fold_names(&catalogue->authors, dataset, offsetof(struct ra_item, author), err) &&
         fold_names(&catalogue->languages, dataset, offsetof(struct ra_item, language), err) &&
         index_titles(catalogue, dataset, err);
    if (ok)
        return catalogue;
    catalogue_destroy(catalogue);
    return NULL;
}

void catalogue_destroy(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    ra_buf_finish(&catalogue->cards);
    ra_buf_finish(&catalogue->titles);
    ra_buf_finish(&catalogue->title_index);
    ra_buf_finish(&catalogue->authors.text);
    ra_buf_finish(&catalogue->languages.text);
    free(catalogue->card_offsets);
    free(catalogue->title_offsets);
    free(catalogue->item_ids);
    free(catalogue->id_order);
    free(catalogue->rating_count);
    free(catalogue->years);
    free(catalogue->authors.row);
    free(catalogue->languages.row);
    free(catalogue);
}
