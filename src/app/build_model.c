/* Puts a model file together: the catalogue, what an algorithm learned, and the meta that names it.
 */
#include "build_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "readalike/clock.h"
#include "readalike/hash.h"
#include "version.h"

#define MAX_SECTIONS 24

struct section {
    const char *name;
    enum ra_dtype dtype;
    uint64_t rows, cols;
    const void *data;
    uint64_t bytes;
};
struct sections {
    struct section items[MAX_SECTIONS];
    size_t n;
};

void trained_finish(struct trained *trained)
{
    free(trained->count);
    free(trained->mean);
    ra_neighbours_finish(&trained->neighbours);
    ra_factors_finish(&trained->factors);
    free(trained->popularity);
    free(trained->user_factors);
    free(trained->user_ids);
    free(trained->map);
}

static void add(struct sections *sections, const char *name, enum ra_dtype dtype, uint64_t rows,
                const void *data)
{
    static const uint64_t sizes[RA_DTYPE_COUNT] = {1, 4, 4, 8, 8, 4};
    sections->items[sections->n++] =
        (struct section){name, dtype, rows, 1, data, rows * sizes[dtype]};
}

static void add_floats(struct sections *sections, const char *name, uint64_t rows, uint64_t cols,
                       const float *data)
{
    sections->items[sections->n++] =
        (struct section){name, RA_F32, rows, cols, data, rows * cols * sizeof *data};
}

static void add_text(struct sections *sections, const char *name, const struct ra_buf *text)
{
    add(sections, name, RA_BYTES, text->len, text->data);
}

static void list_factors(struct sections *out, const struct trained *trained)
{
    const struct ra_factors *factors = &trained->factors;
    add_floats(out, "item_factors", factors->n_items, factors->n_factors, factors->item);
    if (factors->bias)
        add(out, "item_bias", RA_F32, factors->n_items, factors->bias);
    if (factors->gram)
        add_floats(out, "gram", factors->n_factors, factors->n_factors, factors->gram);
    if (!trained->user_factors)
        return;
    add(out, "user_ids", RA_I64, trained->n_users, trained->user_ids);
    add_floats(out, "user_factors", trained->n_users, factors->n_factors, trained->user_factors);
}

static void list_sections(struct sections *out, uint64_t n, const struct catalogue *catalogue,
                          const struct trained *trained)
{
    add(out, "item_ids", RA_I64, n, catalogue->item_ids);
    add(out, "id_order", RA_U32, n, catalogue->id_order);
    add_text(out, "cards", &catalogue->cards);
    add(out, "card_offsets", RA_U64, n + 1, catalogue->card_offsets);
    add_text(out, "titles", &catalogue->titles);
    add(out, "title_offsets", RA_U64, n, catalogue->title_offsets);
    add(out, "rating_count", RA_U32, n, catalogue->rating_count);
    add(out, "rating_mean", RA_F32, n, trained->mean);
    add(out, "years", RA_I32, n, catalogue->years);
    add(out, "language", RA_U32, n, catalogue->languages.row);
    add(out, "author", RA_U32, n, catalogue->authors.row);
    add_text(out, "language_names", &catalogue->languages.text);
    add_text(out, "author_names", &catalogue->authors.text);
    if (trained->neighbours.start) {
        uint64_t pairs = trained->neighbours.start[n];
        add(out, "similar_start", RA_U64, n + 1, trained->neighbours.start);
        add(out, "similar_ix", RA_U32, pairs, trained->neighbours.item);
        add(out, "similar_score", RA_F32, pairs, trained->neighbours.score);
    }
    if (trained->factors.item)
        list_factors(out, trained);
    if (trained->popularity)
        add(out, "popularity", RA_F32, n, trained->popularity);
    if (trained->map)
        add_floats(out, "map", trained->n_map, 2, trained->map);
    add_text(out, "title_index", &catalogue->title_index);
}

static void put_knn_parameters(struct ra_buf *out, const struct ra_item_knn_params *knn)
{
    ra_buf_putf(out, ",\"min_support\":%u,\"shrinkage\":", knn->min_support);
    ra_buf_put_json_double(out, knn->shrinkage, 15);
    ra_buf_puts(out, ",\"reader_damping\":");
    ra_buf_put_json_double(out, knn->reader_damping, 15);
}

/* "gd_mf.reg" is of gd-mf. */
static bool is_own(const char *key, const char *algorithm, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (key[i] != (algorithm[i] == '-' ? '_' : algorithm[i]))
            return false;
    }
    return key[n] == '.';
}

/* Those that only this algorithm has: "ease.lambda" is lambda of ease. */
static void put_own_parameters(struct ra_buf *out, const struct trained *trained)
{
    size_t n_params, n_name = strlen(trained->algorithm);
    const struct ra_param *params = ra_train_param_table(&n_params);
    for (size_t i = 0; i < n_params; i++) {
        const char *key = params[i].key, *at = (const char *)&trained->params + params[i].offset;
        const char *const *words = ra_train_param_words(key);
        if (!is_own(key, trained->algorithm, n_name))
            continue;
        ra_buf_putf(out, ",\"%s\":", key + n_name + 1);
        if (words)
            ra_buf_putf(out, "\"%s\"", words[*(const unsigned *)(const void *)at]);
        else if (params[i].whole)
            ra_buf_putf(out, "%u", *(const unsigned *)(const void *)at);
        else
            ra_buf_put_json_double(out, *(const double *)(const void *)at, 15);
    }
}

static void put_parameters(struct ra_buf *out, const struct trained *trained)
{
    ra_buf_puts(out, "\"parameters\":{\"prior\":");
    ra_buf_put_json_double(out, trained->prior, 15);
    if (trained->popularity)
        put_own_parameters(out, trained);
    if (trained->neighbours.start)
        ra_buf_putf(out, ",\"neighbours\":%u", trained->params.neighbours);
    if (trained->neighbours.start || trained->factors.item) {
        if (strcmp(trained->algorithm, "item-knn") == 0)
            put_knn_parameters(out, &trained->params.item_knn);
        if (strcmp(trained->algorithm, "blend") == 0 && trained->params.blend.parts) {
            ra_buf_puts(out, ",\"parts\":");
            ra_buf_put_json(out, trained->params.blend.parts);
        }
        put_own_parameters(out, trained);
        ra_buf_puts(out, ",\"rating_weight\":");
        ra_buf_put_json_double(out, trained->scale.weight, 15);
    }
    ra_buf_puts(out, "}");
}

static void put_number(struct ra_buf *out, const char *name, double value)
{
    ra_buf_putf(out, ",\"%s\":", name);
    ra_buf_put_json_double(out, value, 17);
}

/* What the engine needs to solve a reader's vector as the training would. */
static void put_fold_in(struct ra_buf *out, const struct trained *trained)
{
    const struct ra_factors *factors = &trained->factors;
    ra_buf_putf(out, ",\"fold_in\":{\"how\":\"%s\"",
                factors->from_ratings ? "ratings" : "implicit");
    put_number(out, "alpha0", factors->alpha0);
    put_number(out, "lambda", factors->lambda);
    put_number(out, "nu", factors->nu);
    put_number(out, "mu", factors->mu);
    ra_buf_putf(out, ",\"reader_bias\":%s,\"nonnegative\":%s",
                factors->reader_bias ? "true" : "false", factors->nonnegative ? "true" : "false");
    put_number(out, "rating_weight", trained->scale.weight);
    put_number(out, "mean", trained->scale.mean);
    put_number(out, "lowest", trained->scale.lowest);
    put_number(out, "highest", trained->scale.highest);
    ra_buf_putc(out, '}');
}

static const char *kind_of(const struct trained *trained)
{
    if (trained->factors.item)
        return "factors";
    return trained->neighbours.start ? "similarity" : "popularity";
}

static void put_data(struct ra_buf *out, const struct ra_dataset *dataset)
{
    ra_buf_putf(out,
                ",\"data\":{\"books\":%u,\"readers\":%u,\"ratings\":%llu,"
                "\"explicit_ratings\":%llu,\"fingerprint\":\"%016llx\"},\"data_as_of\":",
                dataset->n_items, dataset->n_readers,
                (unsigned long long)ra_csr_nnz(&dataset->read),
                (unsigned long long)dataset->n_rated, (unsigned long long)dataset->fingerprint);
    char newest[RA_CLOCK_TEXT];
    ra_clock_format(dataset->newest, newest);
    ra_buf_put_json(out, dataset->newest ? newest : NULL);
}

/* All of the meta behind the version: what the version is a hash of, beside the sections. */
static void put_meta_tail(struct ra_buf *out, const struct ra_dataset *dataset,
                          const struct trained *trained)
{
    ra_buf_putf(out, "\"algorithm\":\"%s\",\"kind\":\"%s\",", trained->algorithm, kind_of(trained));
    put_parameters(out, trained);
    put_data(out, dataset);
    if (trained->neighbours.start)
        ra_buf_putf(out, ",\"similar_pairs\":%llu",
                    (unsigned long long)trained->neighbours.start[dataset->n_items]);
    if (trained->factors.item)
        put_fold_in(out, trained);
    ra_buf_puts(out, ",\"program\":");
    ra_buf_put_json(out, "readalike " RA_VERSION " (" RA_GIT ")");
    ra_buf_putc(out, '}');
}

static void name_version(const struct sections *sections, const struct ra_buf *tail,
                         const char *algorithm, char out[RA_VERSION_MAX + 1])
{
    struct ra_hash_state state;
    ra_hash_init(&state, 0);
    ra_hash_update(&state, tail->data, tail->len);
    for (size_t i = 0; i < sections->n; i++) {
        uint64_t hash = ra_hash64(sections->items[i].data, sections->items[i].bytes, 0);
        ra_hash_update(&state, &hash, sizeof hash);
    }
    snprintf(out, RA_VERSION_MAX + 1, "%.40s-%012llx", algorithm,
             (unsigned long long)(ra_hash_digest(&state) >> 16));
}

static bool write_file(const struct sections *sections, const struct ra_buf *meta, const char *path,
                       struct ra_err *err)
{
    struct ra_model_writer *writer = ra_model_writer_create(path, err);
    if (!writer)
        return false;
    bool ok = ra_model_writer_add(writer, "meta", RA_BYTES, meta->len, 1, meta->data, err);
    for (size_t i = 0; ok && i < sections->n; i++) {
        const struct section *section = &sections->items[i];
        ok = ra_model_writer_add(writer, section->name, section->dtype, section->rows,
                                 section->cols, section->data, err);
    }
    if (ok)
        return ra_model_writer_commit(writer, err);
    ra_model_writer_abort(writer);
    return false;
}

bool build_model(const struct ra_dataset *dataset, const struct catalogue *catalogue,
                 const struct trained *trained, const char *path,
                 char out_version[RA_VERSION_MAX + 1], struct ra_err *err)
{
    struct sections sections = {.n = 0};
    list_sections(&sections, dataset->n_items, catalogue, trained);
    struct ra_buf tail, meta;
    ra_buf_init(&tail);
    ra_buf_init(&meta);
    put_meta_tail(&tail, dataset, trained);
    name_version(&sections, &tail, trained->algorithm, out_version);
    ra_buf_putf(&meta, "{\"format\":\"readalike-model\",\"version\":\"%s\",", out_version);
    ra_buf_put(&meta, tail.data, tail.len);
    bool ok = tail.failed || meta.failed ? ra_fail(err, RA_ERR_NOMEM, "out of memory")
                                         : write_file(&sections, &meta, path, err);
    ra_buf_finish(&tail);
    ra_buf_finish(&meta);
    return ok;
}
