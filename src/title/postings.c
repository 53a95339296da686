/* Which documents have a token, and which tokens a document has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

/* Postings that are held unpacked at a time. */
#define POSTINGS_AT_ONCE (32U << 20)

float weight_of_df(size_t n_docs, size_t df)
{
    float weight = logf(1.0F + (float)n_docs / (1.0F + (float)df));
    return fminf(fmaxf(weight, TOKEN_WEIGHT_MIN), TOKEN_WEIGHT_MAX);
}

/* Walks all documents in order. */
struct walk {
    const struct catalogue_words *words;
    size_t part;
    size_t in_part;
    const uint32_t *tokens;
    const uint8_t *counts;
};

/* The next document's words; false at the end. */
static bool next_document(struct walk *walk, const uint8_t **counts, const uint32_t **tokens)
{
    while (walk->part < walk->words->n) {
        const struct reading *reading = &walk->words->readings[walk->part];
        if (walk->in_part == 0) {
            walk->tokens = (const void *)reading->tokens.data;
            walk->counts = (const void *)reading->counts.data;
        }
        if (reading->first + walk->in_part == reading->end) {
            walk->part++;
            walk->in_part = 0;
            continue;
        }
        walk->in_part++;
        *counts = walk->counts;
        *tokens = walk->tokens;
        for (size_t field = 0; field < FIELD_COUNT; field++)
            walk->tokens += walk->counts[field];
        walk->counts += FIELD_COUNT;
        return true;
    }
    return false;
}

static size_t n_words(const uint8_t *counts)
{
    size_t n = 0;
    for (size_t field = 0; field < FIELD_COUNT; field++)
        n += counts[field];
    return n;
}

/* Where the postings of the tokens [first, end) are collected. */
struct collector {
    uint32_t first, end;
    uint32_t *last_doc; /* of each token, to count a document once */
    uint32_t *cursor;   /* of each token, in `postings` or just a count */
    uint32_t *postings;
};

static void collect(const struct catalogue_words *words, struct collector *to)
{
    struct walk walk = {.words = words};
    const uint8_t *counts;
    const uint32_t *tokens;
    memset(to->last_doc, 0xFF, (words->vocabulary.n + 1) * sizeof *to->last_doc);
    for (uint32_t doc = 0; next_document(&walk, &counts, &tokens); doc++) {
        for (size_t i = 0, n = n_words(counts); i < n; i++) {
            uint32_t token = tokens[i];
            if (token < to->first || token >= to->end || to->last_doc[token] == doc)
                continue;
            to->last_doc[token] = doc;
            if (to->postings)
                to->postings[to->cursor[token]] = doc;
            to->cursor[token]++;
        }
    }
}

/* The end of the tokens from `first` on whose postings fit into the memory. */
static uint32_t end_of_batch(const uint32_t *starts, uint32_t first, uint32_t n_tokens)
{
    uint32_t end = first + 1;
    while (end < n_tokens && starts[end + 1] - starts[first] <= POSTINGS_AT_ONCE)
        end++;
    return end;
}

static bool put_batch(const struct catalogue_words *words, const uint32_t *starts,
                      struct collector *to, struct sections *out)
{
    size_t n = starts[to->end] - starts[to->first];
    to->postings = malloc((n + 1) * sizeof *to->postings);
    if (!to->postings)
        return false;
    for (uint32_t token = to->first; token < to->end; token++)
        to->cursor[token] = starts[token] - starts[to->first];
    collect(words, to);
    struct ra_buf *buf = &out->buf[SECTION_POSTINGS];
    for (uint32_t token = to->first; token < to->end; token++) {
        uint32_t start = (uint32_t)buf->len;
        ra_buf_put(&out->buf[SECTION_POSTING_STARTS], &start, sizeof start);
        list_put(buf, to->postings + (starts[token] - starts[to->first]),
                 starts[token + 1] - starts[token]);
    }
    free(to->postings);
    to->postings = NULL;
    return buf->len <= UINT32_MAX;
}

static bool put_counts(struct sections *out, const uint32_t *counts, uint32_t n_tokens)
{
    uint64_t start = 0;
    for (uint32_t token = 0; token <= n_tokens; token++) {
        uint32_t row = (uint32_t)start;
        ra_buf_put(&out->buf[SECTION_POSTING_COUNTS], &row, sizeof row);
        start += token < n_tokens ? counts[token] : 0;
    }
    return start <= UINT32_MAX && !out->buf[SECTION_POSTING_COUNTS].failed;
}

static bool put_postings(const struct catalogue_words *words, struct collector *to,
                         struct sections *out)
{
    uint32_t n_tokens = (uint32_t)words->vocabulary.n;
    to->end = n_tokens;
    collect(words, to);
    if (!put_counts(out, to->cursor, n_tokens))
        return false;
    const uint32_t *starts = (const void *)out->buf[SECTION_POSTING_COUNTS].data;
    for (to->first = 0; to->first < n_tokens; to->first = to->end) {
        to->end = end_of_batch(starts, to->first, n_tokens);
        if (!put_batch(words, starts, to, out))
            return false;
    }
    static const char slack[CODEC_SLACK];
    uint32_t end = (uint32_t)out->buf[SECTION_POSTINGS].len;
    ra_buf_put(&out->buf[SECTION_POSTING_STARTS], &end, sizeof end);
    ra_buf_put(&out->buf[SECTION_POSTINGS], slack, sizeof slack);
    return true;
}

bool build_postings(const struct catalogue_words *words, struct sections *out)
{
    size_t n_tokens = words->vocabulary.n;
    struct collector collector = {
        .last_doc = malloc((n_tokens + 1) * sizeof *collector.last_doc),
        .cursor = calloc(n_tokens + 1, sizeof *collector.cursor),
    };
    bool ok = collector.last_doc && collector.cursor && put_postings(words, &collector, out);
    free(collector.last_doc);
    free(collector.cursor);
    return ok;
}

/* So many frequent tokens get a code of one byte, or in a large vocabulary of two. */
#define FREQUENT_SMALL 128
#define FREQUENT_LARGE 16384
#define LARGE_VOCABULARY 65536

static int more_frequent(const void *a, const void *b, void *counts)
{
    const uint32_t *starts = counts;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    uint32_t left_df = starts[left + 1] - starts[left];
    uint32_t right_df = starts[right + 1] - starts[right];
    if (left_df != right_df)
        return left_df > right_df ? -1 : 1;
    return (left > right) - (left < right);
}

/* The code of each token; the frequent ones go into their section. NULL when out of memory. */
static uint32_t *make_codes(struct sections *out, uint32_t n_tokens)
{
    uint32_t most = n_tokens > LARGE_VOCABULARY ? FREQUENT_LARGE : FREQUENT_SMALL;
    uint32_t n = most < n_tokens ? most : n_tokens;
    uint32_t *order = malloc((n_tokens + 1) * sizeof *order);
    uint32_t *codes = malloc((n_tokens + 1) * sizeof *codes);
    if (order && codes) {
        for (uint32_t i = 0; i < n_tokens; i++) {
            order[i] = i;
            codes[i] = i + n;
        }
        qsort_r(order, n_tokens, sizeof *order, more_frequent,
                out->buf[SECTION_POSTING_COUNTS].data);
        for (uint32_t i = 0; i < n; i++)
            codes[order[i]] = i;
        ra_buf_put(&out->buf[SECTION_FREQUENT], order, n * sizeof *order);
    }
    free(order);
    if (!order) {
        free(codes);
        return NULL;
    }
    return codes;
}

static unsigned small_count(unsigned n, unsigned bits)
{
    unsigned most = (1U << bits) - 1;
    return n < most ? n : most;
}

static void put_record(struct ra_buf *record, const uint8_t *counts, const uint32_t *tokens,
                       const uint32_t *codes)
{
    unsigned subtitle = small_count(counts[FIELD_SUBTITLE], 3);
    unsigned number = small_count(counts[FIELD_NUMBER], 2);
    unsigned author = small_count(counts[FIELD_AUTHOR], 3);
    ra_buf_reset(record);
    ra_buf_putc(record, (char)counts[FIELD_MAIN]);
    ra_buf_putc(record, (char)(subtitle | number << 3 | author << 5));
    if (subtitle == 7)
        ra_buf_putc(record, (char)counts[FIELD_SUBTITLE]);
    if (number == 3)
        ra_buf_putc(record, (char)counts[FIELD_NUMBER]);
    if (author == 7)
        ra_buf_putc(record, (char)counts[FIELD_AUTHOR]);
    for (size_t i = 0, n = n_words(counts); i < n; i++)
        varint_put(record, codes[tokens[i]]);
}

/* How telling all words of a main title are together. */
static uint8_t title_weight(const struct sections *sections, const uint8_t *counts,
                            const uint32_t *tokens)
{
    const uint32_t *starts = (const void *)sections->buf[SECTION_POSTING_COUNTS].data;
    float sum = 0;
    for (size_t i = 0; i < counts[FIELD_MAIN]; i++)
        sum += weight_of_df(sections->n_docs, starts[tokens[i] + 1] - starts[tokens[i]]);
    return (uint8_t)lroundf(fminf(fmaxf(sum * TITLE_WEIGHT_ONE, 1), UINT8_MAX));
}

bool build_forward(const struct catalogue_words *words, struct sections *out)
{
    uint32_t *codes = make_codes(out, (uint32_t)words->vocabulary.n);
    if (!codes)
        return false;
    struct walk walk = {.words = words};
    const uint8_t *counts;
    const uint32_t *tokens;
    struct ra_buf record, *buf = &out->buf[SECTION_FORWARD];
    ra_buf_init(&record);
    for (uint32_t doc = 0; next_document(&walk, &counts, &tokens); doc++) {
        uint32_t start = (uint32_t)buf->len;
        if (doc % FORWARD_GROUP == 0)
            ra_buf_put(&out->buf[SECTION_FORWARD_STARTS], &start, sizeof start);
        put_record(&record, counts, tokens, codes);
        ra_buf_putc(&out->buf[SECTION_TITLE_WEIGHTS], (char)title_weight(out, counts, tokens));
        varint_put(buf, (uint32_t)record.len);
        ra_buf_put(buf, record.data, record.len);
    }
    uint32_t end = (uint32_t)buf->len;
    static const char slack[CODEC_SLACK];
    ra_buf_put(&out->buf[SECTION_FORWARD_STARTS], &end, sizeof end);
    ra_buf_put(buf, slack, sizeof slack);
    bool ok = !record.failed && buf->len <= UINT32_MAX;
    ra_buf_finish(&record);
    free(codes);
    return ok;
}
