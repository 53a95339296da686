/* Exact keys and ISBNs: a packed, sorted table that is searched in one bucket. */
#include "lookup.h"

#include <stdlib.h>

#define BUCKET_ROWS 16 /* on average */
#define HASH_BITS 22

static unsigned bits_of(uint64_t value)
{
    return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

unsigned lookup_key_bits(size_t n)
{
    unsigned bits = bits_of(n) + HASH_BITS;
    return bits < LOOKUP_KEY_BITS_MAX ? bits : LOOKUP_KEY_BITS_MAX;
}

static int compare_rows(const void *a, const void *b)
{
    const struct lookup_row *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return (left->doc > right->doc) - (left->doc < right->doc);
}

void lookup_sort(struct ra_buf *rows)
{
    if (rows->len == 0)
        return;
    struct lookup_row *list = (struct lookup_row *)(void *)rows->data;
    size_t n = rows->len / sizeof *list, kept = 1;
    qsort(list, n, sizeof *list, compare_rows);
    for (size_t i = 1; i < n; i++) {
        if (list[i].key != list[kept - 1].key)
            list[kept++] = list[i];
    }
    rows->len = kept * sizeof *list;
}

static void put_starts(struct ra_buf *out, const struct lookup_row *rows,
                       const struct lookup_head *head)
{
    uint32_t at = 0;
    for (uint64_t bucket = 0; bucket <= UINT64_C(1) << head->bucket_bits; bucket++) {
        while (at < head->n && rows[at].key >> (head->key_bits - head->bucket_bits) < bucket)
            at++;
        ra_buf_put(out, &at, sizeof at);
    }
}

#define ROWS_AT_ONCE 64 /* whole bytes at any width */

void lookup_put(struct ra_buf *out, const struct ra_buf *rows, unsigned key_bits, uint32_t n_docs)
{
    const struct lookup_row *list = (const void *)rows->data;
    struct lookup_head head = {
        .n = (uint32_t)(rows->len / sizeof *list),
        .key_bits = (uint8_t)key_bits,
        .doc_bits = (uint8_t)bits_of(n_docs),
    };
    head.bucket_bits = (uint8_t)bits_of(head.n / BUCKET_ROWS);
    ra_buf_put(out, &head, sizeof head);
    put_starts(out, list, &head);
    unsigned rest = (unsigned)head.key_bits - head.bucket_bits;
    for (size_t begin = 0; begin < head.n; begin += ROWS_AT_ONCE) {
        uint64_t packed[ROWS_AT_ONCE];
        size_t n = head.n - begin < ROWS_AT_ONCE ? head.n - begin : ROWS_AT_ONCE;
        for (size_t i = 0; i < n; i++)
            packed[i] = (list[begin + i].key & ((UINT64_C(1) << rest) - 1)) << head.doc_bits |
                        list[begin + i].doc;
        bits_put(out, packed, n, rest + head.doc_bits);
    }
    static const char slack[CODEC_SLACK];
    ra_buf_put(out, slack, sizeof slack);
}

static uint64_t row_at(const struct lookup *lookup, size_t at)
{
    const struct lookup_head *head = &lookup->head;
    unsigned width = (unsigned)head->key_bits - head->bucket_bits + head->doc_bits;
    return bits_read(lookup->rows, at * width, width);
}

static uint32_t doc_of(const struct lookup *lookup, uint64_t row)
{
    return (uint32_t)(row & ((UINT64_C(1) << lookup->head.doc_bits) - 1));
}

/* The rows of a bucket must rise and name documents. */
static bool check_rows(const struct lookup *lookup, uint32_t n_docs)
{
    for (size_t bucket = 0; bucket < (size_t)1 << lookup->head.bucket_bits; bucket++) {
        uint64_t last = 0;
        if (lookup->starts[bucket] > lookup->starts[bucket + 1] ||
            lookup->starts[bucket + 1] > lookup->head.n)
            return false;
        for (size_t at = lookup->starts[bucket]; at < lookup->starts[bucket + 1]; at++) {
            uint64_t row = row_at(lookup, at), key = row >> lookup->head.doc_bits;
            if (doc_of(lookup, row) >= n_docs || (at > lookup->starts[bucket] && key <= last))
                return false;
            last = key;
        }
    }
    return true;
}

bool lookup_open(struct lookup *lookup, const void *bytes, size_t n, uint32_t n_docs)
{
    struct lookup_head *head = &lookup->head;
    if (n < sizeof *head)
        return false;
    memcpy(head, bytes, sizeof *head);
    if (head->key_bits == 0 || head->key_bits > LOOKUP_KEY_BITS_MAX ||
        head->bucket_bits > head->key_bits || head->bucket_bits >= 32 || head->doc_bits > 32 ||
        head->key_bits - head->bucket_bits + head->doc_bits > 56)
        return false;
    size_t n_starts = ((size_t)1 << head->bucket_bits) + 1;
    uint64_t width = (uint64_t)head->key_bits - head->bucket_bits + head->doc_bits;
    uint64_t need = sizeof *head + 4 * (uint64_t)n_starts + (head->n * width + 7) / 8 + CODEC_SLACK;
    if (need != n)
        return false;
    lookup->starts = (const void *)((const char *)bytes + sizeof *head);
    lookup->rows = (const uint8_t *)(lookup->starts + n_starts);
    return lookup->starts[0] == 0 && lookup->starts[n_starts - 1] == head->n &&
           check_rows(lookup, n_docs);
}

bool lookup_find(const struct lookup *lookup, uint64_t key, uint32_t *out_doc)
{
    const struct lookup_head *head = &lookup->head;
    unsigned rest = (unsigned)head->key_bits - head->bucket_bits;
    if (key >> head->key_bits)
        return false;
    size_t low = lookup->starts[key >> rest], end = lookup->starts[(key >> rest) + 1], high = end;
    uint64_t wanted = key & ((UINT64_C(1) << rest) - 1);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row_at(lookup, middle) >> head->doc_bits < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == end || row_at(lookup, low) >> head->doc_bits != wanted)
        return false;
    *out_doc = doc_of(lookup, row_at(lookup, low));
    return true;
}
