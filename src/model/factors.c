/* Checks and reads what a model of kind "factors" has: vectors, biases, and how to fold in. */
#include <math.h>
#include <string.h>

#include "inside.h"

/* Larger numbers could sum to infinity; no training that converged has them. */
#define FACTOR_MOST 1e9f
#define GRAM_MOST 1e30f

static bool bad(struct ra_err *err, const char *section, const char *what)
{
    return ra_fail(err, RA_ERR_CORRUPT, "section %s %s", section, what);
}

static bool all_within(const float *values, uint64_t n, float most)
{
    for (uint64_t i = 0; i < n; i++) {
        if (!(fabsf(values[i]) <= most))
            return false;
    }
    return true;
}

/* The mapping is read-only; struct ra_factors is also what training writes into. */
static float *floats(const struct ra_section *section)
{
    return (float *)(uintptr_t)section->data;
}

struct wanted {
    const char *name;
    uint64_t rows, cols;
    float most;
};

/* Sets `*out` where the section is there; it must then be right. */
static bool attach(const struct ra_model *model, const struct wanted *wanted, float **out,
                   struct ra_err *err)
{
    struct ra_section section = ra_model_section(model, wanted->name);
    *out = floats(&section);
    if (!section.data)
        return true;
    if (section.dtype != RA_F32 || section.rows != wanted->rows || section.cols != wanted->cols)
        return bad(err, wanted->name, "has the wrong type or shape");
    return all_within(section.data, section.rows * section.cols, wanted->most) ||
           bad(err, wanted->name, "has a number that is no finite factor");
}

/* From `low` on; an absent member is 0. */
static bool read_number(const json_t *object, const char *name, double low, double *out,
                        struct ra_err *err)
{
    const json_t *value = json_object_get(object, name);
    double number = value ? json_number_value(value) : 0;
    if ((value && !json_is_number(value)) || !(number >= low && number <= 1e30))
        return ra_fail(err, RA_ERR_CORRUPT, "section meta: fold_in.%s is not a number that fits",
                       name);
    *out = number;
    return true;
}

static bool read_scale(const json_t *object, struct ra_rating_scale *out, struct ra_err *err)
{
    if (!read_number(object, "rating_weight", 0, &out->weight, err) ||
        !read_number(object, "mean", -1e30, &out->mean, err) ||
        !read_number(object, "lowest", -1e30, &out->lowest, err) ||
        !read_number(object, "highest", -1e30, &out->highest, err))
        return false;
    return (out->lowest <= out->mean && out->mean <= out->highest) ||
           ra_fail(err, RA_ERR_CORRUPT,
                   "section meta: the scale of ratings is the wrong way round");
}

static bool read_fold_in(struct ra_model *model, struct ra_err *err)
{
    const json_t *fold_in = json_object_get(model->meta, "fold_in");
    const char *how = json_string_value(json_object_get(fold_in, "how"));
    struct ra_factors *factors = &model->factors;
    if (!how || (strcmp(how, "implicit") != 0 && strcmp(how, "ratings") != 0))
        return ra_fail(err, RA_ERR_CORRUPT,
                       "section meta: fold_in.how is neither implicit nor ratings");
    factors->from_ratings = strcmp(how, "ratings") == 0;
    factors->reader_bias = json_is_true(json_object_get(fold_in, "reader_bias"));
    factors->nonnegative = json_is_true(json_object_get(fold_in, "nonnegative"));
    if (!read_number(fold_in, "alpha0", 0, &factors->alpha0, err) ||
        !read_number(fold_in, "lambda", 0, &factors->lambda, err) ||
        !read_number(fold_in, "nu", 0, &factors->nu, err) ||
        !read_number(fold_in, "mu", -1e30, &factors->mu, err) ||
        !read_scale(fold_in, &model->scale, err))
        return false;
    if (factors->nu > 1 || (factors->from_ratings && factors->alpha0 > 0) ||
        (!factors->from_ratings && factors->reader_bias))
        return ra_fail(err, RA_ERR_CORRUPT, "section meta: fold_in contradicts itself");
    return (factors->gram != NULL) == (factors->alpha0 > 0) ||
           bad(err, "gram", "is there without alpha0, or alpha0 without it");
}

/* Both or none; the ids rise, so that one is found by halves. */
static bool check_users(struct ra_model *model, struct ra_err *err)
{
    struct ra_section ids = ra_model_section(model, "user_ids");
    struct ra_section vectors = ra_model_section(model, "user_factors");
    if (!ids.data && !vectors.data)
        return true;
    if (!ids.data || !vectors.data)
        return bad(err, ids.data ? "user_factors" : "user_ids", "is missing");
    if (ids.dtype != RA_I64 || ids.cols != 1 || ids.rows >= UINT32_MAX)
        return bad(err, "user_ids", "has the wrong type or shape");
    const int64_t *id = ids.data;
    for (uint64_t i = 1; i < ids.rows; i++) {
        if (id[i - 1] >= id[i])
            return bad(err, "user_ids", "does not rise");
    }
    const struct wanted wanted = {"user_factors", ids.rows, model->factors.n_factors, FACTOR_MOST};
    float *unused;
    return attach(model, &wanted, &unused, err);
}

bool model_check_factors(struct ra_model *model, struct ra_err *err)
{
    struct ra_factors *factors = &model->factors;
    struct ra_section items = ra_model_section(model, "item_factors");
    const char *kind = json_string_value(json_object_get(model->meta, "kind"));
    model->has_factors = items.data != NULL;
    if (kind && (strcmp(kind, "factors") == 0) != model->has_factors)
        return ra_fail(err, RA_ERR_CORRUPT,
                       "section meta: the kind is \"%.32s\", but item_factors "
                       "%s there",
                       kind, model->has_factors ? "is" : "is not");
    if (!items.data)
        return true;
    if (items.cols > RA_FACTORS_MAX)
        return bad(err, "item_factors", "has too many columns");
    factors->n_items = model->n_items;
    factors->n_factors = (uint32_t)items.cols;
    const struct wanted vectors = {"item_factors", model->n_items, items.cols, FACTOR_MOST};
    const struct wanted bias = {"item_bias", model->n_items, 1, FACTOR_MOST};
    const struct wanted gram = {"gram", items.cols, items.cols, GRAM_MOST};
    return attach(model, &vectors, &factors->item, err) &&
           attach(model, &bias, &factors->bias, err) && attach(model, &gram, &factors->gram, err) &&
           read_fold_in(model, err) && check_users(model, err);
}

const struct ra_factors *ra_model_factors(const struct ra_model *model)
{
    return model->has_factors ? &model->factors : NULL;
}

struct ra_rating_scale ra_model_scale(const struct ra_model *model)
{
    return model->scale;
}
