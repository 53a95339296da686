/* `readalike models export`: what a model learned, as files for other programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models_exchange.h"
#include "readalike/factors.h"
#include "readalike/file.h"
#include "readalike/model.h"
#include "readalike/npy.h"
#include "readalike/registry.h"
#include "readalike/str.h"

#define FLUSH_BYTES ((size_t)1 << 20)

/* Rows of numbers with the ids of the rows. */
struct table {
    const char *name; /* "item" */
    const int64_t *ids;
    const float *values; /* (rows, cols) */
    const float *bias;   /* (rows) or NULL */
    uint64_t rows, cols;
};

/* A file that is written piece by piece. */
struct output {
    struct ra_file_writer writer;
    struct ra_buf text;
    char *path;
    bool is_open, ok;
    struct ra_err *err;
};

static bool open_output(struct output *out, const char *folder, const char *name,
                        struct ra_err *err)
{
    *out = (struct output){.err = err, .path = ra_file_join(folder, name)};
    ra_buf_init(&out->text);
    if (!out->path)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    out->is_open =
        ra_file_mkdirs_for(out->path, err) && ra_file_writer_open(&out->writer, out->path, err);
    out->ok = out->is_open;
    return out->ok;
}

static void flush_output(struct output *out)
{
    if (out->text.failed)
        out->ok = ra_fail(out->err, RA_ERR_NOMEM, "out of memory");
    out->ok = out->ok && ra_file_writer_put(&out->writer, out->text.data, out->text.len, out->err);
    ra_buf_reset(&out->text);
}

static void end_line(struct output *out)
{
    ra_buf_putc(&out->text, '\n');
    if (out->text.len >= FLUSH_BYTES)
        flush_output(out);
}

static bool close_output(struct output *out)
{
    if (out->ok)
        flush_output(out);
    if (out->ok)
        out->ok = ra_file_writer_commit(&out->writer, out->err);
    else if (out->is_open)
        ra_file_writer_abort(&out->writer);
    ra_buf_finish(&out->text);
    free(out->path);
    return out->ok;
}

static bool write_ids(const char *folder, const struct table *table, struct ra_err *err)
{
    char name[64];
    struct output out;
    snprintf(name, sizeof name, "%s_ids.txt", table->name);
    if (open_output(&out, folder, name, err)) {
        for (uint64_t i = 0; out.ok && i < table->rows; i++) {
            ra_buf_put_i64(&out.text, table->ids[i]);
            end_line(&out);
        }
    }
    return close_output(&out);
}

static bool write_array(const char *folder, const char *name, unsigned n_dims,
                        const struct table *table, const float *values, struct ra_err *err)
{
    char header[RA_NPY_HEADER];
    struct output out;
    uint64_t cols = n_dims == 1 ? 1 : table->cols;
    if (open_output(&out, folder, name, err)) {
        size_t n = ra_npy_header(header, "<f4", n_dims, table->rows, cols);
        out.ok = ra_file_writer_put(&out.writer, header, n, err) &&
                 ra_file_writer_put(&out.writer, values, table->rows * cols * sizeof *values, err);
    }
    return close_output(&out);
}

static bool write_numpy(const char *folder, const struct table *table, struct ra_err *err)
{
    char name[64];
    snprintf(name, sizeof name, "%s_factors.npy", table->name);
    return write_ids(folder, table, err) &&
           write_array(folder, name, 2, table, table->values, err) &&
           (!table->bias || write_array(folder, "item_bias.npy", 1, table, table->bias, err));
}

static void put_numbers(struct ra_buf *out, const float *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        ra_buf_putf(out, "%s%.9g", i ? "," : "", (double)values[i]);
}

/* "id,f0,f1,...,bias" */
static bool write_csv(const char *folder, const struct table *table, struct ra_err *err)
{
    char name[64];
    struct output out;
    snprintf(name, sizeof name, "%s_factors.csv", table->name);
    if (open_output(&out, folder, name, err)) {
        ra_buf_puts(&out.text, "id");
        for (uint64_t i = 0; i < table->cols; i++)
            ra_buf_putf(&out.text, ",f%llu", (unsigned long long)i);
        ra_buf_puts(&out.text, table->bias ? ",bias" : "");
        end_line(&out);
        for (uint64_t row = 0; out.ok && row < table->rows; row++) {
            ra_buf_putf(&out.text, "%lld,", (long long)table->ids[row]);
            put_numbers(&out.text, table->values + row * table->cols, table->cols);
            if (table->bias)
                ra_buf_putf(&out.text, ",%.9g", (double)table->bias[row]);
            end_line(&out);
        }
    }
    return close_output(&out);
}

/* As Spark's df.write.json leaves it. */
static bool write_spark(const char *folder, const struct table *table, struct ra_err *err)
{
    char name[64];
    struct output out;
    snprintf(name, sizeof name, "%sFactors/part-00000.json", table->name);
    if (open_output(&out, folder, name, err)) {
        for (uint64_t row = 0; out.ok && row < table->rows; row++) {
            ra_buf_putf(&out.text, "{\"id\":%lld,\"features\":[", (long long)table->ids[row]);
            put_numbers(&out.text, table->values + row * table->cols, table->cols);
            ra_buf_puts(&out.text, "]}");
            end_line(&out);
        }
    }
    return close_output(&out);
}

static const struct form {
    const char *name;
    bool (*write)(const char *folder, const struct table *table, struct ra_err *err);
} forms[] = {
    {"csv", write_csv},
    {"numpy", write_numpy},
    {"spark", write_spark},
};

static bool export_factors(const struct ra_model *model, const char *folder,
                           const struct form *form, struct ra_err *err)
{
    const struct ra_factors *factors = ra_model_factors(model);
    struct ra_section ids = ra_model_section(model, "item_ids");
    struct ra_section user_ids = ra_model_section(model, "user_ids");
    struct ra_section users = ra_model_section(model, "user_factors");
    const struct table items = {"item",        ids.data,         factors->item,
                                factors->bias, factors->n_items, factors->n_factors};
    const struct table readers = {"user", user_ids.data, users.data, NULL, users.rows, users.cols};
    if (factors->bias && strcmp(form->name, "spark") == 0)
        return ra_fail(err, RA_ERR_INVALID,
                       "the model has biases, which Spark's form has no place for; --form numpy or "
                       "csv");
    return form->write(folder, &items, err) && (!users.data || form->write(folder, &readers, err));
}

/* A CSR matrix as scipy.sparse.save_npz writes it. */
struct csr {
    int32_t *start, *col;
    uint64_t n, nnz;
    const float *score;
};

static bool make_csr(const struct ra_model *model, struct csr *out, struct ra_err *err)
{
    struct ra_section start = ra_model_section(model, "similar_start");
    struct ra_section ix = ra_model_section(model, "similar_ix");
    const uint64_t *from = start.data;
    out->n = ra_model_n_items(model);
    out->nnz = ix.rows;
    out->score = ra_model_section(model, "similar_score").data;
    if (out->nnz > INT32_MAX)
        return ra_fail(err, RA_ERR_INVALID, "%llu neighbours are more than scipy's 32 bits count",
                       (unsigned long long)out->nnz);
    out->start = calloc((size_t)out->n + 1, sizeof *out->start);
    if (!out->start)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (uint64_t i = 0; i <= out->n; i++)
        out->start[i] = (int32_t)from[i];
    return true;
}

static bool add_array(struct ra_zip_writer *zip, const char *name, const char *type, uint64_t n,
                      const void *values, struct ra_err *err)
{
    char header[RA_NPY_HEADER];
    size_t size = (size_t)(type[2] - '0');
    size_t n_header = ra_npy_header(header, type, 1, n, 1);
    return ra_zip_writer_add(zip, name, header, n_header, values, (size_t)n * size, err);
}

/* format.npy is an array without dimensions of three bytes. */
static bool add_format(struct ra_zip_writer *zip, struct ra_err *err)
{
    char header[RA_NPY_HEADER];
    static const char dict[] = "{'descr': '|S3', 'fortran_order': False, 'shape': (), }";
    size_t n = ra_npy_header(header, "<f4", 1, 0, 1);
    memset(header + 10, ' ', n - 11);
    memcpy(header + 10, dict, sizeof dict - 1);
    return ra_zip_writer_add(zip, "format.npy", header, n, "csr", 3, err);
}

static bool put_csr(struct ra_file_writer *file, const struct csr *csr,
                    const struct ra_model *model, struct ra_err *err)
{
    struct ra_zip_writer zip;
    const int64_t shape[] = {(int64_t)csr->n, (int64_t)csr->n};
    ra_zip_writer_init(&zip, file);
    bool ok = add_array(&zip, "indices.npy", "<i4", csr->nnz,
                        ra_model_section(model, "similar_ix").data, err) &&
              add_array(&zip, "indptr.npy", "<i4", csr->n + 1, csr->start, err) &&
              add_format(&zip, err) && add_array(&zip, "shape.npy", "<i8", 2, shape, err) &&
              add_array(&zip, "data.npy", "<f4", csr->nnz, csr->score, err);
    return ra_zip_writer_finish(&zip, err) && ok;
}

static bool export_csr(const struct ra_model *model, const char *folder, struct ra_err *err)
{
    struct csr csr = {0};
    struct output out;
    const struct table items = {.name = "item",
                                .ids = ra_model_section(model, "item_ids").data,
                                .rows = ra_model_n_items(model)};
    if (!make_csr(model, &csr, err))
        return false;
    if (open_output(&out, folder, "similarity.npz", err))
        out.ok = put_csr(&out.writer, &csr, model, err);
    free(csr.start);
    return close_output(&out) && write_ids(folder, &items, err);
}

static bool export_pairs(const struct ra_model *model, const char *folder, struct ra_err *err)
{
    struct output out;
    if (open_output(&out, folder, "neighbours.csv", err)) {
        ra_buf_puts(&out.text, "id,neighbour,score");
        end_line(&out);
        for (uint32_t row = 0; out.ok && row < ra_model_n_items(model); row++) {
            struct ra_similar similar = ra_model_similar(model, row);
            for (size_t i = 0; out.ok && i < similar.n; i++) {
                ra_buf_putf(&out.text, "%lld,%lld,%.9g", (long long)ra_model_item_id(model, row),
                            (long long)ra_model_item_id(model, similar.item_ix[i]),
                            (double)similar.score[i]);
                end_line(&out);
            }
        }
    }
    return close_output(&out);
}

static bool write_meta(const struct ra_model *model, const char *folder, struct ra_err *err)
{
    size_t n;
    const char *meta = ra_model_meta(model, &n);
    char *path = ra_file_join(folder, "model.json");
    bool ok =
        path ? ra_file_write(path, meta, n, err) : ra_fail(err, RA_ERR_NOMEM, "out of memory");
    free(path);
    return ok;
}

static bool export_model(const struct ra_model *model, const char *folder, const struct form *form,
                         struct ra_err *err)
{
    if (ra_model_factors(model))
        return export_factors(model, folder, form, err) && write_meta(model, folder, err);
    if (!ra_model_section(model, "similar_start").data)
        return ra_fail(err, RA_ERR_INVALID, "a popularity model has nothing to export");
    if (strcmp(form->name, "spark") == 0)
        return ra_fail(err, RA_ERR_INVALID,
                       "Spark's form is for factors; neighbours go by --form numpy or csv");
    bool as_csv = strcmp(form->name, "csv") == 0;
    return (as_csv ? export_pairs(model, folder, err) : export_csr(model, folder, err)) &&
           write_meta(model, folder, err);
}

static const struct form *find_form(const char *name, struct ra_err *err)
{
    for (size_t i = 0; i < RA_COUNT(forms); i++) {
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    }
    ra_fail(err, RA_ERR_INVALID, "--form is numpy, csv or spark, not \"%.64s\"", name);
    return NULL;
}

bool models_export(const struct app *app, struct ra_registry *registry,
                   const struct export_wish *wish, struct ra_err *err)
{
    const struct form *form = find_form(wish->form, err);
    char *path = form ? ra_registry_path(registry, wish->version, err) : NULL;
    struct ra_model *model = path ? ra_model_open(path, err) : NULL;
    bool ok = model && ra_file_mkdirs(wish->out, err) && export_model(model, wish->out, form, err);
    if (ok && app->json)
        printf("{\"version\":\"%s\",\"form\":\"%s\"}\n", ra_model_version(model), form->name);
    else if (ok && !app->quiet)
        printf("%s is in %s.\n", ra_model_version(model), wish->out);
    ra_model_unref(model);
    free(path);
    return ok;
}
