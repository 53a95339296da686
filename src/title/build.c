/* Builds the index: words of every document, then trie, postings, exact keys, and the bytes. */
#include "build.h"

#include <math.h>
#include <string.h>

#include "keys.h"
#include "open.h"
#include "readalike/str.h"
#include "readalike/title.h"

static bool out_of_memory(struct ra_err *err, size_t n_docs)
{
    return ra_fail(err, RA_ERR_NOMEM, "out of memory for an index of %zu titles", n_docs);
}

static void put_priors(const struct ra_title_doc *docs, size_t n_docs, struct ra_buf *out)
{
    for (size_t i = 0; i < n_docs; i++) {
        float popularity = docs[i].popularity > 0 ? fminf(docs[i].popularity, 1.0F) : 0;
        uint16_t prior = (uint16_t)lroundf(popularity * 65535.0F);
        ra_buf_put(out, &prior, sizeof prior);
    }
}

/* All parts' keys, cut to as many bits as the table has. */
static void put_keys(const struct catalogue_words *words, struct sections *out)
{
    struct ra_buf rows;
    size_t n = 0;
    ra_buf_init(&rows);
    for (size_t i = 0; i < words->n; i++)
        n += rows_of(&words->readings[i].keys, sizeof(struct lookup_row));
    unsigned key_bits = lookup_key_bits(n);
    for (size_t i = 0; i < words->n; i++)
        ra_buf_put(&rows, words->readings[i].keys.data, words->readings[i].keys.len);
    struct lookup_row *list = (struct lookup_row *)(void *)rows.data;
    for (size_t i = 0; !rows.failed && i < n; i++)
        list[i].key >>= 64 - key_bits;
    lookup_sort(&rows);
    lookup_put(&out->buf[SECTION_TITLE_KEYS], &rows, key_bits, out->n_docs);
    out->buf[SECTION_TITLE_KEYS].failed |= rows.failed;
    ra_buf_finish(&rows);
}

static void put_isbns(const struct catalogue_words *words, struct sections *out)
{
    struct ra_buf rows;
    ra_buf_init(&rows);
    for (size_t i = 0; i < words->n; i++)
        ra_buf_put(&rows, words->readings[i].isbns.data, words->readings[i].isbns.len);
    lookup_sort(&rows);
    lookup_put(&out->buf[SECTION_ISBNS], &rows, ISBN_KEY_BITS, out->n_docs);
    out->buf[SECTION_ISBNS].failed |= rows.failed;
    ra_buf_finish(&rows);
}

static bool has_failed(const struct sections *sections)
{
    bool failed = false;
    for (size_t i = 0; i < SECTION_COUNT; i++)
        failed = failed || sections->buf[i].failed;
    return failed;
}

/* A section that is not made yet is empty, or only its end. */
static bool view(struct sections *sections, struct ra_title_index *out, struct ra_err *err)
{
    static const uint32_t no_rows[4];
    struct section_bytes bytes[SECTION_COUNT];
    for (size_t i = 0; i < SECTION_COUNT; i++)
        bytes[i] = (struct section_bytes){sections->buf[i].data, sections->buf[i].len};
    if (bytes[SECTION_TOPS].n == 0) {
        bytes[SECTION_TOPS] = (struct section_bytes){no_rows, sizeof(struct title_top)};
        bytes[SECTION_TOP_DOCS] = (struct section_bytes){no_rows, CODEC_SLACK};
    }
    bytes[SECTION_READY] = (struct section_bytes){no_rows, sizeof(struct title_ready)};
    if (!index_point(out, bytes, sections->n_docs, sections->n_nodes, err))
        return false;
    return lookup_open(&out->title_keys, bytes[SECTION_TITLE_KEYS].data,
                       bytes[SECTION_TITLE_KEYS].n, sections->n_docs) &&
           lookup_open(&out->isbns, bytes[SECTION_ISBNS].data, bytes[SECTION_ISBNS].n,
                       sections->n_docs);
}

/* The parts of the index that need the words and not one another. */
struct parts {
    const struct catalogue_words *words;
    struct sections *out;
    bool failed[3];
};

static void build_part(void *ctx, size_t number)
{
    struct parts *parts = ctx;
    bool ok = true;
    if (number == 0) {
        ok = build_postings(parts->words, parts->out) && build_forward(parts->words, parts->out);
    } else if (number == 1) {
        put_keys(parts->words, parts->out);
    } else {
        put_isbns(parts->words, parts->out);
        ok = build_trie(&parts->words->vocabulary, parts->out);
    }
    parts->failed[number] = !ok;
}

static bool build_sections(const struct ra_title_doc *docs, size_t n_docs, struct sections *out,
                           struct ra_err *err)
{
    struct catalogue_words words = {0};
    struct ra_title_index index;
    out->n_docs = (uint32_t)n_docs;
    put_priors(docs, n_docs, &out->buf[SECTION_PRIORS]);
    bool ok = read_words(docs, n_docs, &words);
    struct parts parts = {.words = &words, .out = out};
    if (ok)
        run_parallel(RA_COUNT(parts.failed), build_part, &parts);
    for (size_t i = 0; i < RA_COUNT(parts.failed); i++)
        ok = ok && !parts.failed[i];
    words_finish(&words);
    if (!ok || has_failed(out))
        return out_of_memory(err, n_docs);
    return view(out, &index, err) && build_tops(&index, out) && view(out, &index, err) &&
           build_ready(&index, out) && !has_failed(out);
}

/* The index while it is written: `base` is where it begins in the buffer. */
struct writer {
    struct ra_buf *out;
    size_t base;
    struct title_header header;
};

static void align(struct writer *writer)
{
    while ((writer->out->len - writer->base) % TITLE_ALIGN && !writer->out->failed)
        ra_buf_putc(writer->out, '\0');
}

static void write_index(struct sections *sections, struct ra_buf *out)
{
    struct writer writer = {
        .out = out,
        .base = out->len,
        .header =
            {
                .magic = TITLE_MAGIC,
                .version = TITLE_FILE_VERSION,
                .byte_order = TITLE_BYTE_ORDER,
                .n_docs = sections->n_docs,
                .n_nodes = sections->n_nodes,
            },
    };
    ra_buf_put(out, &writer.header, sizeof writer.header);
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        align(&writer);
        writer.header.sections[i] =
            (struct title_extent){out->len - writer.base, sections->buf[i].len};
        ra_buf_put(out, sections->buf[i].data, sections->buf[i].len);
        ra_buf_finish(&sections->buf[i]);
    }
    align(&writer);
    writer.header.bytes = out->len - writer.base;
    if (!out->failed)
        memcpy(out->data + writer.base, &writer.header, sizeof writer.header);
}

bool ra_title_build(const struct ra_title_doc *docs, size_t n_docs, struct ra_buf *out,
                    struct ra_err *err)
{
    if (n_docs >= UINT32_MAX / 2)
        return ra_fail(err, RA_ERR_INVALID, "%zu titles are too many for one index", n_docs);
    struct sections sections = {0};
    bool ok = build_sections(docs, n_docs, &sections, err);
    if (ok)
        write_index(&sections, out);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        ra_buf_finish(&sections.buf[i]);
    if (!ok || out->failed)
        return out_of_memory(err, n_docs);
    return true;
}
