/* Zip files, as far as numpy's .npz needs them: stored and deflated members, large ones too. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "readalike/npy.h"

enum { LOCAL = 0x04034b50, ENTRY = 0x02014b50, END = 0x06054b50, END64 = 0x06064b50 };
enum { LOCAL_BYTES = 30, ENTRY_BYTES = 46, END_BYTES = 22, LOCATOR_BYTES = 20, END64_BYTES = 56 };

static uint64_t get(const unsigned char *at, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static bool fits(const struct ra_zip *zip, uint64_t offset, uint64_t n)
{
    return offset <= zip->n && n <= zip->n - offset;
}

/* The last end record: it may have a comment behind it. */
static const unsigned char *find_end(const unsigned char *bytes, size_t n)
{
    size_t most = n < END_BYTES + 65535 ? n : END_BYTES + 65535;
    for (size_t back = END_BYTES; back <= most; back++) {
        if (get(bytes + n - back, 4) == END)
            return bytes + n - back;
    }
    return NULL;
}

/* With more than 4 GB the end record points to a larger one. */
static bool read_end64(struct ra_zip *zip, uint64_t end, uint64_t *length)
{
    if (end < LOCATOR_BYTES)
        return false;
    uint64_t at = get(zip->bytes + end - LOCATOR_BYTES + 8, 8);
    if (!fits(zip, at, END64_BYTES) || get(zip->bytes + at, 4) != END64)
        return false;
    *length = get(zip->bytes + at + 40, 8);
    zip->directory = get(zip->bytes + at + 48, 8);
    return true;
}

bool ra_zip_open(struct ra_zip *out, const void *bytes, size_t n, struct ra_err *err)
{
    *out = (struct ra_zip){.bytes = bytes, .n = n};
    const unsigned char *end = n >= END_BYTES ? find_end(bytes, n) : NULL;
    if (!end)
        return ra_fail(err, RA_ERR_INVALID, "this is no zip file (.npz), or it is cut short");
    uint64_t length = get(end + 12, 4);
    out->directory = get(end + 16, 4);
    if (out->directory == UINT32_MAX || length == UINT32_MAX) {
        if (!read_end64(out, (uint64_t)(end - out->bytes), &length))
            return ra_fail(err, RA_ERR_INVALID, "the zip file's directory cannot be found");
    }
    if (!fits(out, out->directory, length))
        return ra_fail(err, RA_ERR_INVALID, "the zip file's directory lies outside of it");
    out->end = out->directory + length;
    return true;
}

/* Sizes and offset that do not fit in 32 bits are in the extra field 1, those that are needed. */
static bool read_extra(const unsigned char *at, size_t n, struct ra_zip_member *out)
{
    uint64_t *const wanted[] = {&out->size, &out->packed, &out->offset};
    while (n >= 4) {
        size_t length = get(at + 2, 2), used = 4;
        if (length > n - 4)
            return false;
        for (unsigned i = 0; get(at, 2) == 1 && i < 3; i++) {
            if (*wanted[i] != UINT32_MAX)
                continue;
            if (used + 8 > length + 4)
                return false;
            *wanted[i] = get(at + used, 8);
            used += 8;
        }
        at += 4 + length;
        n -= 4 + length;
    }
    return true;
}

/* Reads the entry at `at` and returns where the next begins; 0: it is damaged. */
static uint64_t read_entry(const struct ra_zip *zip, uint64_t at, struct ra_zip_member *out)
{
    const unsigned char *entry = zip->bytes + at;
    if (zip->end - at < ENTRY_BYTES || get(entry, 4) != ENTRY)
        return 0;
    uint64_t n_name = get(entry + 28, 2), n_extra = get(entry + 30, 2);
    uint64_t n = ENTRY_BYTES + n_name + n_extra + get(entry + 32, 2);
    if (n > zip->end - at)
        return 0;
    *out = (struct ra_zip_member){
        .method = (unsigned)get(entry + 10, 2),
        .crc = (uint32_t)get(entry + 16, 4),
        .packed = get(entry + 20, 4),
        .size = get(entry + 24, 4),
        .offset = get(entry + 42, 4),
    };
    if (get(entry + 8, 2) & 1)
        out->method = UINT_MAX; /* encrypted */
    size_t kept = n_name < sizeof out->name - 1 ? (size_t)n_name : sizeof out->name - 1;
    memcpy(out->name, entry + ENTRY_BYTES, kept);
    return read_extra(entry + ENTRY_BYTES + n_name, (size_t)n_extra, out) ? at + n : 0;
}

bool ra_zip_find(const struct ra_zip *zip, const char *name, struct ra_zip_member *out,
                 struct ra_err *err)
{
    for (uint64_t at = zip->directory; at < zip->end;) {
        at = read_entry(zip, at, out);
        if (at == 0)
            return ra_fail(err, RA_ERR_INVALID, "the zip file's directory is damaged");
        if (strcmp(out->name, name) == 0)
            return true;
    }
    return ra_fail(err, RA_ERR_NOT_FOUND, "there is no %.64s in the zip file", name);
}

static bool inflate_to(const unsigned char *packed, const struct ra_zip_member *member,
                       unsigned char *out)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return false;
    uint64_t in_left = member->packed, out_left = member->size;
    stream.next_in = (unsigned char *)(uintptr_t)packed;
    stream.next_out = out;
    int status = Z_OK;
    while (status == Z_OK) {
        uInt in = in_left < 1u << 30 ? (uInt)in_left : 1u << 30;
        uInt room = out_left < 1u << 30 ? (uInt)out_left : 1u << 30;
        stream.avail_in = in;
        stream.avail_out = room;
        status = inflate(&stream, Z_NO_FLUSH);
        bool stands = stream.avail_in == in && stream.avail_out == room;
        in_left -= in - stream.avail_in;
        out_left -= room - stream.avail_out;
        if (stands && status == Z_OK)
            break;
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END && out_left == 0;
}

static uint32_t checksum(uint32_t crc, const unsigned char *at, uint64_t n)
{
    return (uint32_t)crc32_z(crc, at, (z_size_t)n);
}

/* Deflate packs a thousand to one at most: what claims more is not worth the memory. */
static bool is_plausible(const struct ra_zip_member *member)
{
    return member->method == 0 ? member->size == member->packed
                               : member->size / 1100 <= member->packed;
}

bool ra_zip_read(const struct ra_zip *zip, const struct ra_zip_member *member, uint64_t limit,
                 struct ra_buf *out, struct ra_err *err)
{
    const unsigned char *local = zip->bytes + member->offset;
    if (member->method != 0 && member->method != 8)
        return ra_fail(err, RA_ERR_INVALID, "%.64s is encrypted or packed in a way not read here",
                       member->name);
    if (!fits(zip, member->offset, LOCAL_BYTES) || get(local, 4) != LOCAL)
        return ra_fail(err, RA_ERR_INVALID, "%.64s is not where the zip file says", member->name);
    uint64_t start = member->offset + LOCAL_BYTES + get(local + 26, 2) + get(local + 28, 2);
    if (!fits(zip, start, member->packed) || !is_plausible(member))
        return ra_fail(err, RA_ERR_INVALID, "%.64s is longer than the zip file", member->name);
    if (member->size > limit)
        return ra_fail(err, RA_ERR_INVALID, "%.64s would take %llu MB, the limit is %llu MB",
                       member->name, (unsigned long long)(member->size / 1000000),
                       (unsigned long long)(limit / 1000000));
    if (!ra_buf_reserve(out, (size_t)member->size + 1))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %.64s", member->name);
    unsigned char *to = (unsigned char *)out->data + out->len;
    bool ok = true;
    if (member->method == 0)
        memcpy(to, zip->bytes + start, (size_t)member->size);
    else
        ok = inflate_to(zip->bytes + start, member, to);
    if (!ok || checksum(0, to, member->size) != member->crc)
        return ra_fail(err, RA_ERR_INVALID, "%.64s is damaged", member->name);
    out->len += (size_t)member->size;
    return true;
}

static void put(struct ra_buf *out, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ra_buf_putc(out, (char)(value >> 8 * i & 0xff));
}

/* What the local header and the entry have in common: from the version needed to the extra's
 * length. 1 January 1980, as zip's time has to be something. */
static void put_common(struct ra_buf *out, uint32_t crc, uint64_t size, size_t n_name)
{
    put(out, 20, 2);
    put(out, 0, 2);
    put(out, 0, 2);
    put(out, 0, 2);
    put(out, 0x21, 2);
    put(out, crc, 4);
    put(out, size, 4);
    put(out, size, 4);
    put(out, n_name, 2);
    put(out, 0, 2);
}

void ra_zip_writer_init(struct ra_zip_writer *writer, struct ra_file_writer *file)
{
    *writer = (struct ra_zip_writer){.file = file};
    ra_buf_init(&writer->directory);
}

static void put_entry(struct ra_zip_writer *writer, const char *name, uint32_t crc, uint64_t size)
{
    struct ra_buf *directory = &writer->directory;
    put(directory, ENTRY, 4);
    put(directory, 20, 2);
    put_common(directory, crc, size, strlen(name));
    put(directory, 0, 2); /* comment */
    put(directory, 0, 2); /* disk */
    put(directory, 0, 2);
    put(directory, (uint64_t)0100644 << 16, 4);
    put(directory, writer->offset, 4);
    ra_buf_puts(directory, name);
}

bool ra_zip_writer_add(struct ra_zip_writer *writer, const char *name, const void *head,
                       size_t n_head, const void *body, size_t n_body, struct ra_err *err)
{
    uint64_t size = (uint64_t)n_head + n_body;
    if (size >= UINT32_MAX || writer->offset + size + 1024 >= UINT32_MAX)
        return ra_fail(err, RA_ERR_INVALID, "%.64s and what is before it are over 4 GB", name);
    uint32_t crc = checksum(checksum(0, head, n_head), body, n_body);
    struct ra_buf local;
    ra_buf_init(&local);
    put(&local, LOCAL, 4);
    put_common(&local, crc, size, strlen(name));
    ra_buf_puts(&local, name);
    bool ok = !local.failed || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ok = ok && ra_file_writer_put(writer->file, local.data, local.len, err) &&
         ra_file_writer_put(writer->file, head, n_head, err) &&
         ra_file_writer_put(writer->file, body, n_body, err);
    put_entry(writer, name, crc, size);
    writer->offset += local.len + size;
    writer->n_members++;
    ra_buf_finish(&local);
    return ok;
}

bool ra_zip_writer_finish(struct ra_zip_writer *writer, struct ra_err *err)
{
    struct ra_buf *directory = &writer->directory;
    uint64_t length = directory->len;
    put(directory, END, 4);
    put(directory, 0, 4);
    put(directory, writer->n_members, 2);
    put(directory, writer->n_members, 2);
    put(directory, length, 4);
    put(directory, writer->offset, 4);
    put(directory, 0, 2);
    bool ok = !directory->failed || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ok = ok && ra_file_writer_put(writer->file, directory->data, directory->len, err);
    ra_buf_finish(directory);
    return ok;
}
