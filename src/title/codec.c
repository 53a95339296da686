/* Packs rising document numbers, and reads them block by block. */
#include "codec.h"

#define GAP_BITS_MAX 32

void varint_put(struct ra_buf *out, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        ra_buf_putc(out, (char)(value | 0x80));
    ra_buf_putc(out, (char)value);
}

bool varint_check(const uint8_t **at, const uint8_t *end, uint32_t *out)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_BYTES_MAX && *at < end; i++) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << 7 * i;
        if (!(byte & 0x80)) {
            *out = (uint32_t)value;
            return value <= UINT32_MAX;
        }
    }
    return false;
}

void bits_put(struct ra_buf *out, const uint64_t *values, size_t n, unsigned width)
{
    uint64_t waiting = 0;
    unsigned n_waiting = 0;
    for (size_t i = 0; i < n; i++) {
        waiting |= values[i] << n_waiting;
        n_waiting += width;
        for (; n_waiting >= 8; n_waiting -= 8, waiting >>= 8)
            ra_buf_putc(out, (char)waiting);
    }
    if (n_waiting > 0)
        ra_buf_putc(out, (char)waiting);
}

static void put_tail(struct ra_buf *out, const uint32_t *docs, size_t n, uint32_t next)
{
    for (size_t i = 0; i < n; i++) {
        varint_put(out, docs[i] - next);
        next = docs[i] + 1;
    }
}

static void put_block(struct ra_buf *out, const uint32_t *docs, uint32_t next)
{
    uint64_t gaps[CODEC_BLOCK];
    uint64_t all = 0;
    for (size_t i = 0; i < CODEC_BLOCK; i++) {
        gaps[i] = docs[i] - next;
        all |= gaps[i];
        next = docs[i] + 1;
    }
    unsigned width = all ? 64 - (unsigned)__builtin_clzll(all) : 0;
    ra_buf_putc(out, (char)width);
    bits_put(out, gaps, CODEC_BLOCK, width);
}

void list_put(struct ra_buf *out, const uint32_t *docs, size_t n)
{
    size_t blocks = n / CODEC_BLOCK, begin = out->len;
    struct codec_skip skip = {0};
    for (size_t i = 0; i < blocks; i++)
        ra_buf_put(out, &skip, sizeof skip);
    size_t base = out->len;
    uint32_t next = 0;
    for (size_t i = 0; i < blocks; i++) {
        put_block(out, docs + i * CODEC_BLOCK, next);
        skip.last = docs[(i + 1) * CODEC_BLOCK - 1];
        skip.end = (uint32_t)(out->len - base);
        if (!out->failed)
            memcpy(out->data + begin + i * sizeof skip, &skip, sizeof skip);
        next = skip.last + 1;
    }
    put_tail(out, docs + blocks * CODEC_BLOCK, n % CODEC_BLOCK, next);
}

static size_t read_block(struct list_reader *reader, uint32_t *out)
{
    unsigned width = *reader->at++;
    const uint8_t *bytes = reader->at;
    uint32_t next = reader->next;
    for (size_t i = 0, bit = 0; i < CODEC_BLOCK; i++, bit += width) {
        next += (uint32_t)bits_read(bytes, bit, width);
        out[i] = next++;
    }
    reader->at += width * CODEC_BLOCK / 8;
    reader->next = next;
    reader->skips += sizeof(struct codec_skip);
    reader->left -= CODEC_BLOCK;
    return CODEC_BLOCK;
}

size_t list_next(struct list_reader *reader, uint32_t *out)
{
    if (reader->left >= CODEC_BLOCK)
        return read_block(reader, out);
    size_t n = reader->left;
    uint32_t next = reader->next;
    for (size_t i = 0; i < n; i++) {
        next += varint_read(&reader->at);
        out[i] = next++;
    }
    reader->left = 0;
    reader->next = next;
    return n;
}

void list_open(struct list_reader *reader, const uint8_t *list, size_t n)
{
    reader->skips = list;
    reader->base = reader->at = list + n / CODEC_BLOCK * sizeof(struct codec_skip);
    reader->next = 0;
    reader->left = n;
}

static struct codec_skip skip_at(const struct list_reader *reader, size_t block)
{
    struct codec_skip skip;
    memcpy(&skip, reader->skips + block * sizeof skip, sizeof skip);
    return skip;
}

void list_seek(struct list_reader *reader, uint32_t doc)
{
    size_t blocks = reader->left / CODEC_BLOCK, low = 0, step = 1;
    if (blocks == 0 || skip_at(reader, 0).last >= doc)
        return;
    while (low + step < blocks && skip_at(reader, low + step).last < doc) {
        low += step;
        step *= 2;
    }
    size_t high = low + step < blocks ? low + step : blocks;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (skip_at(reader, middle).last < doc)
            low = middle;
        else
            high = middle;
    }
    struct codec_skip skip = skip_at(reader, low);
    reader->at = reader->base + skip.end;
    reader->next = skip.last + 1;
    reader->skips += (low + 1) * sizeof skip;
    reader->left -= (low + 1) * CODEC_BLOCK;
}

/* One gap: the number must stay below `n_docs`. */
static bool add_gap(uint64_t *next, uint64_t gap, uint32_t n_docs)
{
    *next += gap + 1;
    return *next <= n_docs;
}

static bool check_block(const uint8_t *bytes, unsigned width, uint64_t *next, uint32_t n_docs)
{
    for (size_t i = 0; i < CODEC_BLOCK; i++) {
        if (!add_gap(next, bits_read(bytes, i * width, width), n_docs))
            return false;
    }
    return true;
}

bool list_check(const uint8_t **at, const uint8_t *end, size_t n, uint32_t n_docs)
{
    size_t blocks = n / CODEC_BLOCK;
    const uint8_t *skips = *at;
    if ((size_t)(end - *at) / sizeof(struct codec_skip) < blocks)
        return false;
    const uint8_t *base = *at += blocks * sizeof(struct codec_skip);
    uint64_t next = 0;
    for (size_t i = 0; i < blocks; i++) {
        struct codec_skip skip;
        memcpy(&skip, skips + i * sizeof skip, sizeof skip);
        if (*at == end || **at > GAP_BITS_MAX)
            return false;
        unsigned width = *(*at)++;
        if ((size_t)(end - *at) < width * CODEC_BLOCK / 8 ||
            !check_block(*at, width, &next, n_docs))
            return false;
        *at += width * CODEC_BLOCK / 8;
        if (skip.last + UINT64_C(1) != next || skip.end != (size_t)(*at - base))
            return false;
    }
    for (size_t i = 0; i < n % CODEC_BLOCK; i++) {
        uint32_t gap;
        if (!varint_check(at, end, &gap) || !add_gap(&next, gap, n_docs))
            return false;
    }
    return true;
}
