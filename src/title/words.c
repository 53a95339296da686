/* Cuts the documents into words, a part of them on each thread, and numbers the words by text. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "keys.h"
#include "readalike/map.h"
#include "tokens.h"

/* Text and tokens of one field that are looked at; real titles stay far below. */
#define FIELD_TEXT_MAX 2048
static const uint8_t field_tokens_max[FIELD_COUNT] = {32, 20, 8, 24};
/* Fewer documents are not worth a thread. */
#define THREAD_DOCS 5000

static uint32_t number_of(struct reading *reading, const struct token *token)
{
    char text[4 * TOKEN_CHARS];
    size_t n = token_text(token, text);
    uint64_t number;
    if (ra_strmap_get(reading->numbers, text, n, &number))
        return (uint32_t)number;
    struct vocabulary *vocabulary = &reading->vocabulary;
    number = vocabulary->n++;
    if (!ra_strmap_set(reading->numbers, text, n, number))
        reading->failed = true;
    ra_buf_put(&vocabulary->text, text, n);
    uint64_t end = vocabulary->text.len;
    ra_buf_put(&vocabulary->ends, &end, sizeof end);
    return (uint32_t)number;
}

enum word_kind { ALL_WORDS, ONLY_WORDS, ONLY_NUMBERS };

static unsigned add_words(struct reading *reading, const char *text, size_t n, enum word_kind kind,
                          unsigned max)
{
    struct tokens tokens;
    struct token token;
    unsigned count = 0;
    tokens_init(&tokens, text, n < FIELD_TEXT_MAX ? n : FIELD_TEXT_MAX);
    while (count < max && tokens_next(&tokens, &token)) {
        if (kind != ALL_WORDS && token_is_number(&token) != (kind == ONLY_NUMBERS))
            continue;
        uint32_t number = number_of(reading, &token);
        ra_buf_put(&reading->tokens, &number, sizeof number);
        count++;
    }
    return count;
}

/* Whether a text may have Cyrillic or Greek letters, by the first bytes of their UTF-8. */
static bool may_have_latin(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] >= 0xCE && (unsigned char)text[i] <= 0xD3)
            return true;
    }
    return false;
}

/* The Cyrillic and Greek words once more, in Latin letters. */
static unsigned add_latin(struct reading *reading, const char *text, size_t n, unsigned max)
{
    struct tokens tokens;
    struct token token, latin;
    unsigned count = 0;
    n = n < FIELD_TEXT_MAX ? n : FIELD_TEXT_MAX;
    if (!may_have_latin(text, n))
        return 0;
    tokens_init(&tokens, text, n);
    while (count < max && tokens_next(&tokens, &token)) {
        if (!token_latin(&token, &latin))
            continue;
        uint32_t number = number_of(reading, &latin);
        ra_buf_put(&reading->tokens, &number, sizeof number);
        count++;
    }
    return count;
}

static void add_row(struct ra_buf *rows, uint64_t key, size_t doc)
{
    struct lookup_row row = {.key = key, .doc = (uint32_t)doc};
    ra_buf_put(rows, &row, sizeof row);
}

/* A title is found whole, without its series, and without its subtitle too. */
static void add_keys(struct reading *reading, const char *title, size_t n, size_t doc)
{
    struct title_parts parts = title_split(title, n);
    size_t ends[] = {n, parts.series_start, parts.main_end};
    for (size_t i = 0; i < 3; i++) {
        uint64_t key;
        if ((i == 0 || ends[i] != ends[i - 1]) && title_key(title, ends[i], &key))
            add_row(&reading->keys, key, doc);
    }
}

static void read_document(struct reading *reading, const struct ra_title_doc *doc, size_t number)
{
    const char *title = doc->title ? doc->title : "";
    size_t n = strlen(title);
    struct title_parts parts = title_split(title, n);
    const char *series = title + parts.series_start;
    size_t series_n = n - parts.series_start;
    unsigned count[FIELD_COUNT] = {0}, room = field_tokens_max[FIELD_SUBTITLE];
    count[FIELD_MAIN] =
        add_words(reading, title, parts.main_end, ALL_WORDS, field_tokens_max[FIELD_MAIN]);
    count[FIELD_SUBTITLE] = add_words(reading, title + parts.main_end,
                                      parts.series_start - parts.main_end, ALL_WORDS, room);
    count[FIELD_SUBTITLE] +=
        add_words(reading, series, series_n, ONLY_WORDS, room - count[FIELD_SUBTITLE]);
    count[FIELD_SUBTITLE] += add_latin(reading, title, n, room - count[FIELD_SUBTITLE]);
    count[FIELD_NUMBER] =
        add_words(reading, series, series_n, ONLY_NUMBERS, field_tokens_max[FIELD_NUMBER]);
    if (doc->author) {
        size_t author_n = strlen(doc->author);
        room = field_tokens_max[FIELD_AUTHOR];
        count[FIELD_AUTHOR] = add_words(reading, doc->author, author_n, ALL_WORDS, room);
        count[FIELD_AUTHOR] +=
            add_latin(reading, doc->author, author_n, room - count[FIELD_AUTHOR]);
    }
    for (size_t field = 0; field < FIELD_COUNT; field++)
        ra_buf_putc(&reading->counts, (char)count[field]);
    add_keys(reading, title, n, number);
    uint64_t isbn;
    if (doc->isbn && isbn_number(doc->isbn, strlen(doc->isbn), &isbn))
        add_row(&reading->isbns, isbn, number);
}

static int compare_words(const void *a, const void *b, void *ctx)
{
    struct word left = vocabulary_word(ctx, *(const uint32_t *)a);
    struct word right = vocabulary_word(ctx, *(const uint32_t *)b);
    size_t n = left.n < right.n ? left.n : right.n;
    int order = n ? memcmp(left.text, right.text, n) : 0;
    return order ? order : (left.n > right.n) - (left.n < right.n);
}

struct job {
    const struct ra_title_doc *docs;
    struct catalogue_words *words;
};

static void read_part(void *ctx, size_t number)
{
    const struct job *job = ctx;
    struct reading *reading = &job->words->readings[number];
    reading->numbers = ra_strmap_create();
    if (!reading->numbers) {
        reading->failed = true;
        return;
    }
    for (size_t doc = reading->first; doc < reading->end && !reading->failed; doc++)
        read_document(reading, &job->docs[doc], doc);
    ra_strmap_destroy(reading->numbers);
    reading->numbers = NULL;
    size_t n = reading->vocabulary.n;
    reading->order = malloc((n + 1) * sizeof *reading->order);
    reading->global = malloc((n + 1) * sizeof *reading->global);
    reading->failed = reading->failed || !reading->order || !reading->global ||
                      reading->counts.failed || reading->tokens.failed || reading->keys.failed ||
                      reading->isbns.failed || reading->vocabulary.text.failed ||
                      reading->vocabulary.ends.failed;
    if (reading->failed)
        return;
    for (size_t i = 0; i < n; i++)
        reading->order[i] = (uint32_t)i;
    qsort_r(reading->order, n, sizeof *reading->order, compare_words, &reading->vocabulary);
}

/* The next word of a part in order of text; false at its end. */
static bool peek_word(const struct reading *reading, size_t at, struct word *out)
{
    if (at >= reading->vocabulary.n)
        return false;
    *out = vocabulary_word(&reading->vocabulary, reading->order[at]);
    return true;
}

static bool is_before(struct word a, struct word b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.text, b.text, n) : 0;
    return order < 0 || (order == 0 && a.n < b.n);
}

/* Merges the parts' words, each once. */
static void merge_vocabularies(struct catalogue_words *words)
{
    size_t at[READINGS_MAX] = {0};
    struct vocabulary *out = &words->vocabulary;
    for (;; out->n++) {
        struct word least = {NULL, 0}, word;
        for (size_t i = 0; i < words->n; i++) {
            if (peek_word(&words->readings[i], at[i], &word) &&
                (!least.text || is_before(word, least)))
                least = word;
        }
        if (!least.text)
            return;
        for (size_t i = 0; i < words->n; i++) {
            struct reading *reading = &words->readings[i];
            if (peek_word(reading, at[i], &word) && !is_before(least, word))
                reading->global[reading->order[at[i]++]] = (uint32_t)out->n;
        }
        ra_buf_put(&out->text, least.text, least.n);
        uint64_t end = out->text.len;
        ra_buf_put(&out->ends, &end, sizeof end);
    }
}

static void number_part(void *ctx, size_t number)
{
    struct reading *reading = &((struct catalogue_words *)ctx)->readings[number];
    uint32_t *tokens = (uint32_t *)(void *)reading->tokens.data;
    size_t n = rows_of(&reading->tokens, sizeof *tokens);
    for (size_t i = 0; i < n; i++)
        tokens[i] = reading->global[tokens[i]];
    ra_buf_finish(&reading->vocabulary.text);
    ra_buf_finish(&reading->vocabulary.ends);
}

bool read_words(const struct ra_title_doc *docs, size_t n_docs, struct catalogue_words *out)
{
    size_t n = n_docs / THREAD_DOCS + 1, width = parallel_width();
    out->n = n < width ? n : width;
    out->n_docs = n_docs;
    for (size_t i = 0; i < out->n; i++) {
        out->readings[i].first = n_docs * i / out->n;
        out->readings[i].end = n_docs * (i + 1) / out->n;
    }
    struct job job = {docs, out};
    run_parallel(out->n, read_part, &job);
    for (size_t i = 0; i < out->n; i++) {
        if (out->readings[i].failed)
            return false;
    }
    merge_vocabularies(out);
    run_parallel(out->n, number_part, out);
    return !out->vocabulary.text.failed && !out->vocabulary.ends.failed;
}

void words_finish(struct catalogue_words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        struct reading *reading = &words->readings[i];
        ra_strmap_destroy(reading->numbers);
        ra_buf_finish(&reading->counts);
        ra_buf_finish(&reading->tokens);
        ra_buf_finish(&reading->keys);
        ra_buf_finish(&reading->isbns);
        ra_buf_finish(&reading->vocabulary.text);
        ra_buf_finish(&reading->vocabulary.ends);
        free(reading->order);
        free(reading->global);
    }
    ra_buf_finish(&words->vocabulary.text);
    ra_buf_finish(&words->vocabulary.ends);
}
