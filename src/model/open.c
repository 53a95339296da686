/* Maps a model file and checks its head, table and checksums; contents.c checks the rest. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside.h"
#include "readalike/hash.h"

static bool all_zero(const void *bytes, size_t n)
{
    for (const unsigned char *at = bytes; n; at++, n--) {
        if (*at)
            return false;
    }
    return true;
}

static bool check_header(const struct model_head *head, size_t size, struct ra_err *err)
{
    const struct model_header *header = &head->header;
    if (memcmp(header->magic, MODEL_MAGIC, sizeof header->magic) != 0)
        return ra_fail(err, RA_ERR_CORRUPT, "not a model file");
    if (header->endian != MODEL_ENDIAN)
        return ra_fail(err, RA_ERR_CORRUPT, "written on a machine of the other byte order");
    if (header->version != MODEL_VERSION)
        return ra_fail(err, RA_ERR_CORRUPT,
                       "format version %u, this program reads %u; train it anew", header->version,
                       MODEL_VERSION);
    if (header->checksum != model_head_checksum(head))
        return ra_fail(err, RA_ERR_CORRUPT, "the header is damaged");
    if (header->file_bytes != size)
        return ra_fail(err, RA_ERR_CORRUPT, "%zu bytes long, the header says %llu", size,
                       (unsigned long long)header->file_bytes);
    if (header->n_sections > MODEL_MAX_SECTIONS || header->zero ||
        !all_zero(header->zeros, sizeof header->zeros))
        return ra_fail(err, RA_ERR_CORRUPT, "the header makes no sense");
    return true;
}

/* Checks one row of the table; `at` is the end of the section before it. */
static bool check_entry(const struct ra_model *model, uint32_t row, uint64_t at, struct ra_err *err)
{
    const struct model_entry *entry = &model->table[row];
    if (!model_section_name_ok(entry->name))
        return ra_fail(err, RA_ERR_CORRUPT, "section %u has a bad name", row);
    for (uint32_t i = 0; i < row; i++) {
        if (strcmp(model->table[i].name, entry->name) == 0)
            return ra_fail(err, RA_ERR_CORRUPT, "two sections are named %s", entry->name);
    }
    uint64_t cells, bytes, start, end, element = model_dtype_bytes(entry->dtype);
    if (element == 0 || entry->zero || __builtin_mul_overflow(entry->rows, entry->cols, &cells) ||
        __builtin_mul_overflow(cells, element, &bytes) || bytes != entry->bytes)
        return ra_fail(err, RA_ERR_CORRUPT, "section %s has an impossible shape", entry->name);
    if (!model_align(at, &start) || start != entry->offset ||
        __builtin_add_overflow(start, bytes, &end) || end > model->size)
        return ra_fail(err, RA_ERR_CORRUPT, "section %s is not where it must be", entry->name);
    if (!all_zero(model->bytes + at, start - at))
        return ra_fail(err, RA_ERR_CORRUPT, "the gap before section %s is not empty", entry->name);
    if (ra_hash64(model->bytes + start, bytes, 0) != entry->checksum)
        return ra_fail(err, RA_ERR_CORRUPT, "section %s is damaged (checksum)", entry->name);
    return true;
}

static bool check_table(struct ra_model *model, struct ra_err *err)
{
    uint64_t at = MODEL_HEAD_BYTES;
    for (uint32_t i = 0; i < model->n_sections; i++) {
        if (!check_entry(model, i, at, err))
            return false;
        at = model->table[i].offset + model->table[i].bytes;
    }
    if (at != model->size)
        return ra_fail(err, RA_ERR_CORRUPT, "%llu bytes behind the last section",
                       (unsigned long long)(model->size - at));
    size_t unused = MODEL_MAX_SECTIONS - model->n_sections;
    if (!all_zero(&model->table[model->n_sections], unused * sizeof *model->table))
        return ra_fail(err, RA_ERR_CORRUPT, "an unused row of the section table is not empty");
    return true;
}

struct ra_model *model_read(const void *bytes, size_t n, struct ra_err *err)
{
    if (n < MODEL_HEAD_BYTES) {
        ra_fail(err, RA_ERR_CORRUPT, "only %zu bytes long", n);
        return NULL;
    }
    const struct model_head *head = bytes;
    struct ra_model *model = calloc(1, sizeof *model);
    if (!model) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    atomic_init(&model->refs, 1);
    model->bytes = bytes;
    model->size = n;
    model->table = head->table;
    model->n_sections = head->header.n_sections;
    if (!check_header(head, n, err) || !check_table(model, err) ||
        !model_check_contents(model, err)) {
        ra_model_unref(model);
        return NULL;
    }
    return model;
}

/* The whole file, read-only; NULL on failure. */
static void *map_file(const char *path, size_t *out_size, struct ra_err *err)
{
    /* O_NONBLOCK: a FIFO put in the place of a model must not make us wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        ra_fail_errno(err, errno == ENOENT ? RA_ERR_NOT_FOUND : RA_ERR_IO, "cannot open it");
        return NULL;
    }
    struct stat info = {0};
    void *bytes = NULL;
    if (fstat(fd, &info) < 0)
        ra_fail_errno(err, RA_ERR_IO, "cannot look at it");
    else if (!S_ISREG(info.st_mode))
        ra_fail(err, RA_ERR_CORRUPT, "not a regular file");
    else if (info.st_size < (off_t)MODEL_HEAD_BYTES)
        ra_fail(err, RA_ERR_CORRUPT, "only %lld bytes long", (long long)info.st_size);
    else
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        ra_fail_errno(err, RA_ERR_IO, "cannot map it");
        bytes = NULL;
    }
    close(fd);
    *out_size = (size_t)info.st_size;
    return bytes;
}

struct ra_model *ra_model_open(const char *path, struct ra_err *err)
{
    size_t size;
    void *bytes = map_file(path, &size, err);
    struct ra_model *model = bytes ? model_read(bytes, size, err) : NULL;
    if (!model) {
        if (bytes)
            munmap(bytes, size);
        ra_err_wrap(err, "model file %s", path);
        return NULL;
    }
    model->mapped = true;
    return model;
}

struct ra_model *ra_model_ref(struct ra_model *model)
{
    atomic_fetch_add_explicit(&model->refs, 1, memory_order_relaxed);
    return model;
}

void ra_model_unref(struct ra_model *model)
{
    if (!model || atomic_fetch_sub_explicit(&model->refs, 1, memory_order_acq_rel) != 1)
        return;
    json_decref(model->meta);
    free(model->authors.offsets);
    free(model->languages.offsets);
    if (model->mapped)
        munmap((void *)(uintptr_t)model->bytes, model->size);
    free(model);
}
