/* Grows a catalogue by a Simon process over the words of a real one. */
#include "grow.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/random.h"

#define LETTERS 27    /* and the end of a word */
#define HEARD 4194304 /* words of the past that one is taken from */
#define WORD_MAX 24
#define GROWTH 0.65
#define SMALL_WORD_SHARE 250 /* one word of so many, or more: it stays where it is */

/* How often a letter follows two others. */
struct spelling {
    uint32_t counts[LETTERS][LETTERS][LETTERS];
};

/* The words of titles, or of authors. */
struct stream {
    struct spelling spelling;
    struct ra_buf words; /* char[WORD_MAX] */
    uint32_t *heard;
    size_t n_heard;
    size_t n_small;
    char small[64][WORD_MAX];
    double met, known; /* words so far, different words so far */
};

struct grower {
    struct ra_random random;
    struct stream titles, authors;
    struct ra_buf text;
};

static int letter_of(char c)
{
    return isalpha((unsigned char)c) ? 1 + tolower((unsigned char)c) - 'a' : 0;
}

static void learn_spelling(struct spelling *spelling, const char *word)
{
    int before = 0, last = 0;
    for (;; word++) {
        int letter = letter_of(*word);
        spelling->counts[before][last][letter]++;
        if (letter == 0)
            return;
        before = last;
        last = letter;
    }
}

static void spell(struct stream *stream, struct ra_random *random, char *out)
{
    int before = 0, last = 0;
    for (size_t n = 0; n + 1 < WORD_MAX; n++) {
        const uint32_t *counts = stream->spelling.counts[before][last];
        uint32_t sum = 0, letter = 0;
        for (int i = 0; i < LETTERS; i++)
            sum += counts[i];
        uint32_t drawn = sum ? ra_random_below(random, sum) : 0;
        while (letter + 1 < LETTERS && drawn >= counts[letter])
            drawn -= counts[letter++];
        if (letter == 0 && n > 1)
            break;
        out[n] = (char)(letter ? 'a' + letter - 1 : 'e');
        out[n + 1] = '\0';
        before = last;
        last = (int)letter;
    }
}

static void hear(struct stream *stream, struct ra_random *random, uint32_t word)
{
    size_t at = stream->n_heard < HEARD ? stream->n_heard++ : ra_random_below(random, HEARD);
    stream->heard[at] = word;
    stream->met++;
}

static uint32_t add_word(struct stream *stream, const char *word)
{
    char row[WORD_MAX] = {0};
    memcpy(row, word, strnlen(word, WORD_MAX - 1));
    ra_buf_put(&stream->words, row, sizeof row);
    stream->known++;
    return (uint32_t)(stream->words.len / WORD_MAX - 1);
}

static uint32_t next_word(struct stream *stream, struct ra_random *random)
{
    uint32_t word;
    if (ra_random_chance(random, GROWTH * stream->known / stream->met)) {
        char spelt[WORD_MAX] = "";
        spell(stream, random, spelt);
        word = add_word(stream, spelt);
    } else {
        word = stream->heard[ra_random_below(random, (uint32_t)stream->n_heard)];
    }
    hear(stream, random, word);
    return word;
}

static bool is_small(const struct stream *stream, const char *word, size_t n)
{
    for (size_t i = 0; i < stream->n_small; i++) {
        if (strlen(stream->small[i]) == n && strncasecmp(stream->small[i], word, n) == 0)
            return true;
    }
    return false;
}

/* Calls for each run of letters of a text, and hands the rest through. */
static void reshape(struct grower *grower, struct stream *stream, const char *text)
{
    while (*text) {
        const char *end = text;
        while (isalpha((unsigned char)*end) || *end == '\'' || (unsigned char)*end >= 0x80)
            end++;
        if (end == text) {
            ra_buf_putc(&grower->text, *text++);
            continue;
        }
        if (is_small(stream, text, (size_t)(end - text))) {
            ra_buf_put(&grower->text, text, (size_t)(end - text));
            text = end;
            continue;
        }
        uint32_t word = next_word(stream, &grower->random);
        ra_buf_puts(&grower->text, stream->words.data + (size_t)word * WORD_MAX);
        text = end;
    }
    ra_buf_putc(&grower->text, '\0');
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The words of the real books: each once in `words`, heard as often as it is there. */
static bool listen(struct stream *stream, struct ra_random *random, struct ra_buf *all,
                   bool has_small)
{
    size_t n = all->len / WORD_MAX;
    stream->heard = malloc(HEARD * sizeof *stream->heard);
    if (!stream->heard || n == 0 || all->failed)
        return false;
    qsort(all->data, n, WORD_MAX, compare_words);
    for (size_t i = 0, end; i < n; i = end) {
        const char *word = all->data + i * WORD_MAX;
        for (end = i; end < n && strcmp(all->data + end * WORD_MAX, word) == 0;)
            end++;
        if (has_small && (end - i) * SMALL_WORD_SHARE > n && stream->n_small < 64) {
            memcpy(stream->small[stream->n_small++], word, WORD_MAX);
            continue;
        }
        uint32_t number = add_word(stream, word);
        for (size_t times = end - i; times > 0; times--) {
            learn_spelling(&stream->spelling, word);
            hear(stream, random, number);
        }
    }
    return true;
}

static void collect_words(const char *text, struct ra_buf *out)
{
    while (text && *text) {
        char word[WORD_MAX] = {0};
        size_t n = 0;
        for (; isalpha((unsigned char)*text); text++) {
            if (n + 1 < WORD_MAX)
                word[n++] = (char)tolower((unsigned char)*text);
        }
        if (n > 0)
            ra_buf_put(out, word, sizeof word);
        else
            text++;
    }
}

static bool start(struct grower *grower, const struct catalogue *from)
{
    struct ra_buf titles, authors;
    ra_buf_init(&titles);
    ra_buf_init(&authors);
    for (size_t i = 0; i < from->n; i++) {
        collect_words(from->docs[i].title, &titles);
        collect_words(from->docs[i].author, &authors);
    }
    bool ok = listen(&grower->titles, &grower->random, &titles, true) &&
              listen(&grower->authors, &grower->random, &authors, false);
    ra_buf_finish(&titles);
    ra_buf_finish(&authors);
    return ok;
}

static void make_isbn(struct ra_random *random, char *out)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 9; i++) {
        unsigned digit = ra_random_below(random, 10);
        out[i] = (char)('0' + digit);
        sum += (10 - i) * digit;
    }
    unsigned check = (11 - sum % 11) % 11;
    out[9] = check == 10 ? 'X' : (char)('0' + check);
    out[10] = '\0';
}

/* Where real book `k` of `real` stands among `n`; with n = real, at k. */
static size_t place_of(size_t k, size_t real, size_t n)
{
    double power = log((double)n) / log((double)real);
    size_t place = (size_t)pow((double)k, power);
    size_t last = n - (real - k); /* leaves room for those behind */
    return place < last ? (place > k ? place : k) : last;
}

/* Texts move while they grow, so their places are kept first. */
static bool make_up(struct grower *grower, const struct catalogue *from, struct grown *out,
                    size_t *places)
{
    size_t real = 0;
    for (size_t i = 0; i < out->n; i++) {
        bool is_real = real < from->n && i == place_of(real, from->n, out->n);
        places[i] = is_real ? SIZE_MAX : grower->text.len;
        if (is_real) {
            out->real[real] = (uint32_t)i;
            out->docs[i] = from->docs[real++];
            continue;
        }
        const struct ra_title_doc *shape =
            &from->docs[ra_random_below(&grower->random, (uint32_t)from->n)];
        reshape(grower, &grower->titles, shape->title);
        out->docs[i].popularity = from->docs[real ? real - 1 : 0].popularity;
        reshape(grower, &grower->authors, shape->author);
        make_isbn(&grower->random, out->isbns[i]);
        out->docs[i].isbn = out->isbns[i];
    }
    out->text = ra_buf_take(&grower->text);
    for (size_t i = 0; out->text && i < out->n; i++) {
        if (places[i] == SIZE_MAX)
            continue;
        out->docs[i].title = out->text + places[i];
        out->docs[i].author = out->docs[i].title + strlen(out->docs[i].title) + 1;
    }
    return out->text;
}

bool grow(const struct catalogue *from, size_t n, uint64_t seed, struct grown *out)
{
    *out = (struct grown){.n = n};
    struct grower *grower = calloc(1, sizeof *grower);
    size_t *places = malloc(n * sizeof *places);
    out->docs = calloc(n, sizeof *out->docs);
    out->real = calloc(from->n, sizeof *out->real);
    out->isbns = calloc(n, sizeof *out->isbns);
    bool ok = grower && places && out->docs && out->real && out->isbns && n >= from->n;
    if (ok) {
        grower->random = (struct ra_random){seed};
        ok = start(grower, from) && make_up(grower, from, out, places);
        ra_buf_finish(&grower->titles.words);
        ra_buf_finish(&grower->authors.words);
        ra_buf_finish(&grower->text);
        free(grower->titles.heard);
        free(grower->authors.heard);
    }
    free(grower);
    free(places);
    return ok;
}

void grown_free(struct grown *grown)
{
    free(grown->docs);
    free(grown->real);
    free(grown->isbns);
    free(grown->text);
}
