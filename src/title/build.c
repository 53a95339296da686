/* Builds the index: words of every document, then vocabulary, trie, postings and exact keys. */
#include "build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "readalike/map.h"
#include "readalike/title.h"
#include "tokens.h"

/* Text and tokens of one field that are looked at; real titles stay far below. */
#define FIELD_TEXT_MAX 2048
static const uint8_t field_tokens_max[FIELD_COUNT] = {32, 20, 8, 24};

/* An exact key or an ISBN with its document, to be sorted. */
struct pair {
    uint64_t key;
    uint32_t doc;
    uint32_t unused;
};

struct builder {
    struct ra_strmap *numbers; /* a token's text to its number */
    struct vocabulary vocabulary;
    struct ra_buf docs;    /* struct title_doc_row */
    struct ra_buf forward; /* u32 */
    struct ra_buf nodes;   /* struct title_node */
    struct posting_lists lists;
    struct ra_buf keys;  /* struct pair */
    struct ra_buf isbns; /* struct pair */
    bool failed;         /* out of memory */
};

static void builder_finish(struct builder *builder)
{
    ra_strmap_destroy(builder->numbers);
    ra_buf_finish(&builder->vocabulary.text);
    ra_buf_finish(&builder->vocabulary.ends);
    ra_buf_finish(&builder->docs);
    ra_buf_finish(&builder->forward);
    ra_buf_finish(&builder->nodes);
    ra_buf_finish(&builder->lists.tokens);
    ra_buf_finish(&builder->lists.postings);
    ra_buf_finish(&builder->lists.tops);
    ra_buf_finish(&builder->lists.top_docs);
    ra_buf_finish(&builder->keys);
    ra_buf_finish(&builder->isbns);
}

static uint32_t number_of(struct builder *builder, const struct token *token)
{
    char text[4 * TOKEN_CHARS];
    size_t n = token_text(token, text);
    uint64_t number;
    if (ra_strmap_get(builder->numbers, text, n, &number))
        return (uint32_t)number;
    struct vocabulary *vocabulary = &builder->vocabulary;
    number = vocabulary->n++;
    if (!ra_strmap_set(builder->numbers, text, n, number))
        builder->failed = true;
    ra_buf_put(&vocabulary->text, text, n);
    uint64_t end = vocabulary->text.len;
    ra_buf_put(&vocabulary->ends, &end, sizeof end);
    return (uint32_t)number;
}

enum word_kind { ALL_WORDS, ONLY_WORDS, ONLY_NUMBERS };

static uint8_t add_words(struct builder *builder, const char *text, size_t n, enum word_kind kind,
                         enum title_field field)
{
    struct tokens tokens;
    struct token token;
    uint8_t count = 0;
    tokens_init(&tokens, text, n < FIELD_TEXT_MAX ? n : FIELD_TEXT_MAX);
    while (count < field_tokens_max[field] && tokens_next(&tokens, &token)) {
        if (kind != ALL_WORDS && token_is_number(&token) != (kind == ONLY_NUMBERS))
            continue;
        uint32_t number = number_of(builder, &token);
        ra_buf_put(&builder->forward, &number, sizeof number);
        count++;
    }
    return count;
}

static void add_pair(struct ra_buf *pairs, uint64_t key, size_t doc)
{
    struct pair pair = {.key = key, .doc = (uint32_t)doc};
    ra_buf_put(pairs, &pair, sizeof pair);
}

/* A title is found whole, without its series, and without its subtitle too. */
static void add_keys(struct builder *builder, const char *title, size_t n, size_t doc)
{
    struct title_parts parts = title_split(title, n);
    size_t ends[] = {n, parts.series_start, parts.main_end};
    for (size_t i = 0; i < 3; i++) {
        uint64_t key;
        if ((i == 0 || ends[i] != ends[i - 1]) && title_key(title, ends[i], &key))
            add_pair(&builder->keys, key, doc);
    }
}

static uint16_t prior_of(float popularity)
{
    if (!(popularity > 0))
        return 0;
    return (uint16_t)lroundf(fminf(popularity, 1.0F) * 65535.0F);
}

static void add_document(struct builder *builder, const struct ra_title_doc *doc, size_t number)
{
    const char *title = doc->title ? doc->title : "";
    size_t n = strlen(title);
    struct title_parts parts = title_split(title, n);
    const char *series = title + parts.series_start;
    size_t series_n = n - parts.series_start;
    struct title_doc_row row = {
        .forward = (uint32_t)rows_of(&builder->forward, sizeof(uint32_t)),
        .prior = prior_of(doc->popularity),
    };
    uint8_t *count = row.n_tokens;
    count[FIELD_MAIN] = add_words(builder, title, parts.main_end, ALL_WORDS, FIELD_MAIN);
    count[FIELD_SUBTITLE] =
        add_words(builder, title + parts.main_end, parts.series_start - parts.main_end, ALL_WORDS,
                  FIELD_SUBTITLE);
    count[FIELD_SUBTITLE] += add_words(builder, series, series_n, ONLY_WORDS, FIELD_SUBTITLE);
    count[FIELD_NUMBER] = add_words(builder, series, series_n, ONLY_NUMBERS, FIELD_NUMBER);
    if (doc->author)
        count[FIELD_AUTHOR] =
            add_words(builder, doc->author, strlen(doc->author), ALL_WORDS, FIELD_AUTHOR);
    ra_buf_put(&builder->docs, &row, sizeof row);
    add_keys(builder, title, n, number);
    uint64_t isbn;
    if (doc->isbn && isbn_number(doc->isbn, strlen(doc->isbn), &isbn))
        add_pair(&builder->isbns, isbn, number);
}

static bool add_documents(struct builder *builder, const struct ra_title_doc *docs, size_t n_docs)
{
    for (size_t i = 0; i < n_docs; i++) {
        add_document(builder, &docs[i], i);
        if (rows_of(&builder->forward, sizeof(uint32_t)) > UINT32_MAX / 2)
            return false;
    }
    struct title_doc_row last = {
        .forward = (uint32_t)rows_of(&builder->forward, sizeof(uint32_t)),
    };
    ra_buf_put(&builder->docs, &last, sizeof last);
    return true;
}

static int compare_tokens(const void *a, const void *b, void *ctx)
{
    struct word left = vocabulary_word(ctx, *(const uint32_t *)a);
    struct word right = vocabulary_word(ctx, *(const uint32_t *)b);
    size_t n = left.n < right.n ? left.n : right.n;
    int order = memcmp(left.text, right.text, n);
    return order ? order : (left.n > right.n) - (left.n < right.n);
}

/* From numbers in order of appearance to numbers in order of text, in the forward lists. */
static bool renumber(struct builder *builder, const uint32_t *order)
{
    size_t n_tokens = builder->vocabulary.n;
    uint32_t *rank = malloc((n_tokens + 1) * sizeof *rank);
    if (!rank)
        return false;
    for (size_t i = 0; i < n_tokens; i++)
        rank[order[i]] = (uint32_t)i;
    uint32_t *forward = (uint32_t *)(void *)builder->forward.data;
    size_t n = rows_of(&builder->forward, sizeof *forward);
    for (size_t i = 0; i < n; i++)
        forward[i] = rank[forward[i]];
    free(rank);
    return true;
}

static bool index_tokens(struct builder *builder)
{
    size_t n_tokens = builder->vocabulary.n;
    size_t n_docs = rows_of(&builder->docs, sizeof(struct title_doc_row)) - 1;
    uint32_t *order = malloc((n_tokens + 1) * sizeof *order);
    if (!order)
        return false;
    for (size_t i = 0; i < n_tokens; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, n_tokens, sizeof *order, compare_tokens, &builder->vocabulary);
    bool ok = renumber(builder, order) && build_trie(&builder->vocabulary, order, &builder->nodes);
    free(order);
    return ok && build_postings(&builder->docs, &builder->forward, n_tokens, &builder->lists) &&
           build_tops(&builder->nodes, n_docs, &builder->lists);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return (left->doc > right->doc) - (left->doc < right->doc);
}

/* Of several documents with one key the most popular is kept. */
static void sort_pairs(struct ra_buf *pairs)
{
    if (pairs->len == 0)
        return;
    struct pair *rows = (struct pair *)(void *)pairs->data;
    size_t n = rows_of(pairs, sizeof *rows), kept = 1;
    qsort(rows, n, sizeof *rows, compare_pairs);
    for (size_t i = 1; i < n; i++) {
        if (rows[i].key != rows[kept - 1].key)
            rows[kept++] = rows[i];
    }
    pairs->len = kept * sizeof *rows;
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

static void begin_section(struct writer *writer, enum title_section section)
{
    align(writer);
    writer->header.sections[section].offset = writer->out->len - writer->base;
}

static void end_section(struct writer *writer, enum title_section section)
{
    struct title_extent *extent = &writer->header.sections[section];
    extent->bytes = writer->out->len - writer->base - extent->offset;
}

static void put_section(struct writer *writer, enum title_section section, const struct ra_buf *buf)
{
    begin_section(writer, section);
    ra_buf_put(writer->out, buf->data, buf->len);
    end_section(writer, section);
}

static void put_pairs(struct writer *writer, enum title_section keys, enum title_section docs,
                      const struct ra_buf *pairs)
{
    const struct pair *rows = (const void *)pairs->data;
    size_t n = rows_of(pairs, sizeof *rows);
    begin_section(writer, keys);
    for (size_t i = 0; i < n; i++)
        ra_buf_put(writer->out, &rows[i].key, sizeof rows[i].key);
    end_section(writer, keys);
    begin_section(writer, docs);
    for (size_t i = 0; i < n; i++)
        ra_buf_put(writer->out, &rows[i].doc, sizeof rows[i].doc);
    end_section(writer, docs);
}

static void write_index(const struct builder *builder, struct ra_buf *out)
{
    struct writer writer = {
        .out = out,
        .base = out->len,
        .header =
            {
                .magic = TITLE_MAGIC,
                .version = TITLE_FILE_VERSION,
                .byte_order = TITLE_BYTE_ORDER,
                .n_docs = (uint32_t)(rows_of(&builder->docs, sizeof(struct title_doc_row)) - 1),
            },
    };
    ra_buf_put(out, &writer.header, sizeof writer.header);
    put_section(&writer, SECTION_DOCS, &builder->docs);
    put_section(&writer, SECTION_FORWARD, &builder->forward);
    put_section(&writer, SECTION_NODES, &builder->nodes);
    put_section(&writer, SECTION_TOKENS, &builder->lists.tokens);
    put_section(&writer, SECTION_POSTINGS, &builder->lists.postings);
    put_section(&writer, SECTION_TOPS, &builder->lists.tops);
    put_section(&writer, SECTION_TOP_DOCS, &builder->lists.top_docs);
    put_pairs(&writer, SECTION_KEY_HASHES, SECTION_KEY_DOCS, &builder->keys);
    put_pairs(&writer, SECTION_ISBN_NUMBERS, SECTION_ISBN_DOCS, &builder->isbns);
    align(&writer);
    writer.header.bytes = out->len - writer.base;
    if (!out->failed)
        memcpy(out->data + writer.base, &writer.header, sizeof writer.header);
}

static bool build(struct builder *builder, const struct ra_title_doc *docs, size_t n_docs,
                  struct ra_err *err)
{
    builder->numbers = ra_strmap_create();
    if (!builder->numbers)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu titles", n_docs);
    if (!add_documents(builder, docs, n_docs))
        return ra_fail(err, RA_ERR_INVALID, "the titles have too many words for one index");
    if (builder->failed || builder->docs.failed || builder->forward.failed ||
        builder->vocabulary.text.failed || builder->vocabulary.ends.failed ||
        builder->keys.failed || builder->isbns.failed || !index_tokens(builder))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu titles", n_docs);
    sort_pairs(&builder->keys);
    sort_pairs(&builder->isbns);
    return true;
}

bool ra_title_build(const struct ra_title_doc *docs, size_t n_docs, struct ra_buf *out,
                    struct ra_err *err)
{
    if (n_docs >= UINT32_MAX / 2)
        return ra_fail(err, RA_ERR_INVALID, "%zu titles are too many for one index", n_docs);
    struct builder builder = {0};
    bool ok = build(&builder, docs, n_docs, err);
    if (ok)
        write_index(&builder, out);
    builder_finish(&builder);
    if (ok && out->failed)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for an index of %zu titles", n_docs);
    return ok;
}
