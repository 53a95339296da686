/* Writes a model file front to back; the head goes in last, when all is known. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "readalike/file.h"
#include "readalike/hash.h"

struct ra_model_writer {
    struct ra_file_writer file;
    struct model_head head;
    uint64_t at; /* bytes written so far */
};

struct ra_model_writer *ra_model_writer_create(const char *path, struct ra_err *err)
{
    struct ra_model_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    writer->file.fd = -1;
    /* Room for the head; it stays zero, and so invalid, until the commit. */
    if (!ra_file_writer_open(&writer->file, path, err) ||
        !ra_file_writer_put(&writer->file, &writer->head, sizeof writer->head, err)) {
        ra_model_writer_abort(writer);
        return NULL;
    }
    writer->file.mode = 0444;
    writer->at = sizeof writer->head;
    return writer;
}

/* Fills the table row of a new section, all but its checksum. */
static bool describe(struct ra_model_writer *writer, const char *name, struct model_entry *entry,
                     struct ra_err *err)
{
    size_t n = strlen(name);
    if (n < RA_SECTION_NAME)
        memcpy(entry->name, name, n);
    if (n >= RA_SECTION_NAME || !model_section_name_ok(entry->name))
        return ra_fail(err, RA_ERR_INVALID, "\"%.64s\" cannot name a section", name);
    for (uint32_t i = 0; i < writer->head.header.n_sections; i++) {
        if (strcmp(writer->head.table[i].name, name) == 0)
            return ra_fail(err, RA_ERR_INVALID, "section %s was added before", name);
    }
    uint64_t cells, end, element = model_dtype_bytes(entry->dtype);
    if (element == 0 || __builtin_mul_overflow(entry->rows, entry->cols, &cells) ||
        __builtin_mul_overflow(cells, element, &entry->bytes) ||
        !model_align(writer->at, &entry->offset) ||
        __builtin_add_overflow(entry->offset, entry->bytes, &end) || end > INT64_MAX)
        return ra_fail(err, RA_ERR_INVALID, "section %s is too large", name);
    return true;
}

bool ra_model_writer_add(struct ra_model_writer *writer, const char *name, enum ra_dtype dtype,
                         uint64_t rows, uint64_t cols, const void *data, struct ra_err *err)
{
    static const char zeros[MODEL_ALIGN];
    if (writer->head.header.n_sections == MODEL_MAX_SECTIONS)
        return ra_fail(err, RA_ERR_INVALID, "a model file has %u sections at most",
                       MODEL_MAX_SECTIONS);
    struct model_entry entry = {.dtype = dtype, .rows = rows, .cols = cols};
    if (!describe(writer, name, &entry, err))
        return false;
    entry.checksum = ra_hash64(data, entry.bytes, 0);
    if (!ra_file_writer_put(&writer->file, zeros, entry.offset - writer->at, err) ||
        !ra_file_writer_put(&writer->file, data, entry.bytes, err))
        return false;
    writer->at = entry.offset + entry.bytes;
    writer->head.table[writer->head.header.n_sections++] = entry;
    return true;
}

static bool put_head(struct ra_model_writer *writer, struct ra_err *err)
{
    struct model_header *header = &writer->head.header;
    memcpy(header->magic, MODEL_MAGIC, sizeof header->magic);
    header->version = MODEL_VERSION;
    header->endian = MODEL_ENDIAN;
    header->file_bytes = writer->at;
    header->checksum = model_head_checksum(&writer->head);
    const char *bytes = (const char *)&writer->head;
    for (size_t done = 0; done < sizeof writer->head;) {
        ssize_t n = pwrite(writer->file.fd, bytes + done, sizeof writer->head - done, (off_t)done);
        if (n < 0 && errno != EINTR)
            return ra_fail_errno(err, RA_ERR_IO, "cannot write %s", writer->file.temp_path);
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool ra_model_writer_commit(struct ra_model_writer *writer, struct ra_err *err)
{
    bool ok = put_head(writer, err) && ra_file_writer_commit(&writer->file, err);
    ra_model_writer_abort(writer);
    return ok;
}

void ra_model_writer_abort(struct ra_model_writer *writer)
{
    if (!writer)
        return;
    ra_file_writer_abort(&writer->file);
    free(writer);
}
