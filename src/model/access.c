/* What readers of a model ask; all was checked when it was opened. */
#include <assert.h>
#include <string.h>

#include "inside.h"

struct ra_section ra_model_section(const struct ra_model *model, const char *name)
{
    for (uint32_t i = 0; i < model->n_sections; i++) {
        const struct model_entry *entry = &model->table[i];
        if (strcmp(entry->name, name) == 0)
            return (struct ra_section){
                .data = model->bytes + entry->offset,
                .dtype = (enum ra_dtype)entry->dtype,
                .rows = entry->rows,
                .cols = entry->cols,
                .bytes = entry->bytes,
            };
    }
    return (struct ra_section){0};
}

size_t ra_model_n_items(const struct ra_model *model)
{
    return model->n_items;
}

const char *ra_model_version(const struct ra_model *model)
{
    return model->version;
}

const char *ra_model_algorithm(const struct ra_model *model)
{
    return model->algorithm;
}

const char *ra_model_meta(const struct ra_model *model, size_t *out_n)
{
    struct ra_section section = ra_model_section(model, "meta");
    *out_n = section.bytes;
    return section.data;
}

int64_t ra_model_item_id(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    return model->item_ids[item_ix];
}

bool ra_model_find_item(const struct ra_model *model, int64_t book_id, uint32_t *out_item_ix)
{
    uint32_t low = 0, high = model->n_items;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (model->item_ids[model->id_order[middle]] < book_id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == model->n_items || model->item_ids[model->id_order[low]] != book_id)
        return false;
    *out_item_ix = model->id_order[low];
    return true;
}

const char *ra_model_card(const struct ra_model *model, uint32_t item_ix, size_t *out_n)
{
    assert(item_ix < model->n_items);
    *out_n = model->card_offsets[item_ix + 1] - model->card_offsets[item_ix];
    return model->cards + model->card_offsets[item_ix];
}

const char *ra_model_title(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    return model->titles + model->title_offsets[item_ix];
}

uint32_t ra_model_rating_count(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    return model->rating_count[item_ix];
}

float ra_model_rating_mean(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    return model->rating_mean[item_ix];
}

const float *ra_model_popularity(const struct ra_model *model)
{
    return model->popularity;
}

struct ra_similar ra_model_similar(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    if (!model->similar_start)
        return (struct ra_similar){0};
    uint64_t start = model->similar_start[item_ix];
    return (struct ra_similar){
        .item_ix = model->similar_ix + start,
        .score = model->similar_score + start,
        .n = model->similar_start[item_ix + 1] - start,
    };
}

int ra_model_year(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    return model->years[item_ix];
}

uint32_t ra_model_author(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    return model->author[item_ix];
}

uint32_t ra_model_language(const struct ra_model *model, uint32_t item_ix)
{
    assert(item_ix < model->n_items);
    return model->language[item_ix];
}

size_t ra_model_n_authors(const struct ra_model *model)
{
    return model->authors.n;
}

size_t ra_model_n_languages(const struct ra_model *model)
{
    return model->languages.n;
}

const char *ra_model_author_name(const struct ra_model *model, uint32_t author)
{
    assert(author < model->authors.n);
    return model->authors.text + model->authors.offsets[author];
}

const char *ra_model_language_name(const struct ra_model *model, uint32_t language)
{
    assert(language < model->languages.n);
    return model->languages.text + model->languages.offsets[language];
}
