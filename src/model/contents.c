/* Checks what stands in the sections of a model file: every index, offset and string. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/json.h"
#include "readalike/str.h"

enum shape { ANY, PER_ITEM, PER_ITEM_AND_ONE, POINTS /* two columns, of the first items */ };
enum { OPTIONAL, REQUIRED };

/* The sections of model.h and where their bytes go. Alphabetical, as in docs/model-file.md. */
static const struct known {
    const char *name;
    enum ra_dtype dtype;
    enum shape shape;
    int presence;
    size_t field; /* of struct ra_model; 0: none */
} known_sections[] = {
    {"author", RA_U32, PER_ITEM, REQUIRED, offsetof(struct ra_model, author)},
    {"author_names", RA_BYTES, ANY, REQUIRED, 0},
    {"card_offsets", RA_U64, PER_ITEM_AND_ONE, REQUIRED, offsetof(struct ra_model, card_offsets)},
    {"cards", RA_BYTES, ANY, REQUIRED, offsetof(struct ra_model, cards)},
    {"id_order", RA_U32, PER_ITEM, REQUIRED, offsetof(struct ra_model, id_order)},
    {"item_ids", RA_I64, PER_ITEM, REQUIRED, offsetof(struct ra_model, item_ids)},
    {"language", RA_U32, PER_ITEM, REQUIRED, offsetof(struct ra_model, language)},
    {"language_names", RA_BYTES, ANY, REQUIRED, 0},
    {"map", RA_F32, POINTS, OPTIONAL, 0},
    {"meta", RA_BYTES, ANY, REQUIRED, 0},
    {"popularity", RA_F32, PER_ITEM, OPTIONAL, offsetof(struct ra_model, popularity)},
    {"rating_count", RA_U32, PER_ITEM, REQUIRED, offsetof(struct ra_model, rating_count)},
    {"rating_mean", RA_F32, PER_ITEM, REQUIRED, offsetof(struct ra_model, rating_mean)},
    {"similar_ix", RA_U32, ANY, OPTIONAL, offsetof(struct ra_model, similar_ix)},
    {"similar_score", RA_F32, ANY, OPTIONAL, offsetof(struct ra_model, similar_score)},
    {"similar_start", RA_U64, PER_ITEM_AND_ONE, OPTIONAL, offsetof(struct ra_model, similar_start)},
    {"title_index", RA_BYTES, ANY, OPTIONAL, 0},
    {"title_offsets", RA_U64, PER_ITEM, REQUIRED, offsetof(struct ra_model, title_offsets)},
    {"titles", RA_BYTES, ANY, REQUIRED, offsetof(struct ra_model, titles)},
    {"years", RA_I32, PER_ITEM, REQUIRED, offsetof(struct ra_model, years)},
};

static bool bad(struct ra_err *err, const char *section, const char *what)
{
    return ra_fail(err, RA_ERR_CORRUPT, "section %s %s", section, what);
}

static bool has_shape(const struct ra_section *section, enum shape shape, uint64_t n_items)
{
    if (shape == POINTS)
        return section->cols == 2 && section->rows <= n_items;
    return section->cols == 1 &&
           (shape == ANY || section->rows == n_items + (shape == PER_ITEM_AND_ONE));
}

static bool attach(struct ra_model *model, const struct known *known, struct ra_err *err)
{
    struct ra_section section = ra_model_section(model, known->name);
    if (!section.data)
        return known->presence == OPTIONAL || bad(err, known->name, "is missing");
    if (section.dtype != known->dtype || !has_shape(&section, known->shape, model->n_items))
        return bad(err, known->name, "has the wrong type or shape");
    if (known->field)
        memcpy((char *)model + known->field, &section.data, sizeof section.data);
    return true;
}

static bool attach_all(struct ra_model *model, struct ra_err *err)
{
    struct ra_section ids = ra_model_section(model, "item_ids");
    if (!ids.data)
        return bad(err, "item_ids", "is missing");
    if (ids.rows >= UINT32_MAX)
        return bad(err, "item_ids", "has too many rows");
    model->n_items = (uint32_t)ids.rows;
    for (size_t i = 0; i < RA_COUNT(known_sections); i++) {
        if (!attach(model, &known_sections[i], err))
            return false;
    }
    return true;
}

/* A version names a file: letters, digits, '.', '_' and '-', not a dot in front. */
bool ra_model_version_ok(const char *version)
{
    size_t n = strlen(version);
    if (n == 0 || n > RA_VERSION_MAX || version[0] == '.')
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)version[i]) && !strchr("._-", version[i]))
            return false;
    }
    return true;
}

static bool read_meta(struct ra_model *model, struct ra_err *err)
{
    struct ra_section section = ra_model_section(model, "meta");
    struct ra_err why = {0};
    model->meta = ra_json_parse(section.data, section.bytes, &why);
    if (!model->meta)
        return ra_fail(err, why.code == RA_ERR_NOMEM ? RA_ERR_NOMEM : RA_ERR_CORRUPT,
                       "section meta: %s", why.text);
    model->version = json_string_value(json_object_get(model->meta, "version"));
    model->algorithm = json_string_value(json_object_get(model->meta, "algorithm"));
    if (!model->version || !ra_model_version_ok(model->version))
        return bad(err, "meta", "names no proper version");
    if (!model->algorithm || !*model->algorithm)
        return bad(err, "meta", "names no algorithm");
    return true;
}

/* Strictly rising ids along id_order: it is a permutation then, and no id comes twice. */
static bool check_ids(const struct ra_model *model, struct ra_err *err)
{
    for (uint32_t i = 0; i < model->n_items; i++) {
        if (model->id_order[i] >= model->n_items)
            return bad(err, "id_order", "points at an item that is not there");
        if (i && model->item_ids[model->id_order[i - 1]] >= model->item_ids[model->id_order[i]])
            return bad(err, "id_order", "does not rise");
    }
    return true;
}

static bool rises_to(const uint64_t *offsets, size_t n, uint64_t end)
{
    if (offsets[0] != 0 || offsets[n] != end)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (offsets[i] > offsets[i + 1])
            return false;
    }
    return true;
}

static bool check_cards(const struct ra_model *model, struct ra_err *err)
{
    const uint64_t *offsets = model->card_offsets;
    if (!rises_to(offsets, model->n_items, ra_model_section(model, "cards").bytes))
        return bad(err, "card_offsets", "does not rise to the end of the cards");
    for (uint32_t i = 0; i < model->n_items; i++) {
        if (offsets[i + 1] - offsets[i] < 2 || model->cards[offsets[i]] != '{' ||
            model->cards[offsets[i + 1] - 1] == '}')
            return bad(err, "cards", "has a card that is not an open JSON object");
    }
    return true;
}

/* Each title begins where the one before it ended, and the last one ends. */
static bool check_titles(const struct ra_model *model, struct ra_err *err)
{
    uint64_t bytes = ra_model_section(model, "titles").bytes, start = 0;
    for (uint32_t i = 0; i < model->n_items; i++) {
        if (model->title_offsets[i] != start)
            return bad(err, "title_offsets", "does not match the titles");
        const char *end = start < bytes ? memchr(model->titles + start, '\0', bytes - start) : NULL;
        if (!end)
            return bad(err, "titles", "has a title without an end");
        start = (uint64_t)(end - model->titles) + 1;
    }
    return start == bytes || bad(err, "titles", "has more than the titles");
}

static bool check_means(const struct ra_model *model, struct ra_err *err)
{
    for (uint32_t i = 0; i < model->n_items; i++) {
        if (isinf(model->rating_mean[i]))
            return bad(err, "rating_mean", "has an infinite mean");
        if (model->popularity && !isfinite(model->popularity[i]))
            return bad(err, "popularity", "has a number that is not finite");
    }
    return true;
}

/* Counts and cuts the names; row 0 is "", which stands for unknown. */
static bool read_names(const struct ra_model *model, const char *name, struct model_names *out,
                       struct ra_err *err)
{
    struct ra_section section = ra_model_section(model, name);
    const char *text = section.data;
    if (section.bytes == 0 || text[0] != '\0' || text[section.bytes - 1] != '\0')
        return bad(err, name, "does not begin with the empty name or does not end with a NUL");
    size_t n = 0;
    for (uint64_t i = 0; i < section.bytes; i++)
        n += text[i] == '\0';
    out->text = text;
    out->offsets = calloc(n, sizeof *out->offsets);
    if (!out->offsets)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (uint64_t i = 0, start = 0; i < section.bytes; i++) {
        if (text[i] == '\0') {
            out->offsets[out->n++] = start;
            start = i + 1;
        }
    }
    return true;
}

static bool all_below(const uint32_t *rows, size_t n, size_t limit)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i] >= limit)
            return false;
    }
    return true;
}

static bool check_attributes(struct ra_model *model, struct ra_err *err)
{
    if (!read_names(model, "author_names", &model->authors, err) ||
        !read_names(model, "language_names", &model->languages, err))
        return false;
    if (!all_below(model->author, model->n_items, model->authors.n))
        return bad(err, "author", "points at a name that is not there");
    if (!all_below(model->language, model->n_items, model->languages.n))
        return bad(err, "language", "points at a name that is not there");
    return true;
}

static bool check_similar_row(const struct ra_model *model, uint32_t item_ix, struct ra_err *err)
{
    for (uint64_t i = model->similar_start[item_ix]; i < model->similar_start[item_ix + 1]; i++) {
        if (model->similar_ix[i] >= model->n_items || model->similar_ix[i] == item_ix)
            return bad(err, "similar_ix", "points at the item itself or at one that is not there");
        float score = model->similar_score[i];
        if (!isfinite(score) || score <= 0)
            return bad(err, "similar_score", "has a score that is not a positive number");
        if (i > model->similar_start[item_ix] && score > model->similar_score[i - 1])
            return bad(err, "similar_score", "rises within a row");
    }
    return true;
}

static bool check_similar(const struct ra_model *model, struct ra_err *err)
{
    int present = !!model->similar_start + !!model->similar_ix + !!model->similar_score;
    if (present == 0)
        return true;
    if (present != 3)
        return ra_fail(err, RA_ERR_CORRUPT, "some of the sections similar_* are missing");
    uint64_t n = ra_model_section(model, "similar_ix").rows;
    if (ra_model_section(model, "similar_score").rows != n)
        return bad(err, "similar_score", "is not as long as similar_ix");
    if (!rises_to(model->similar_start, model->n_items, n))
        return bad(err, "similar_start", "does not rise to the end of similar_ix");
    for (uint32_t i = 0; i < model->n_items; i++) {
        if (!check_similar_row(model, i, err))
            return false;
    }
    return true;
}

bool model_check_contents(struct ra_model *model, struct ra_err *err)
{
    return attach_all(model, err) && read_meta(model, err) && check_ids(model, err) &&
           check_cards(model, err) && check_titles(model, err) && check_means(model, err) &&
           check_attributes(model, err) && check_similar(model, err) &&
           model_check_factors(model, err);
}
