/* Which authors a filter names: by an index of the words of their names. */
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/map.h"

#define NAME_MAX_BYTES 1024

void join_initials(const char *text, char *out, size_t room)
{
    size_t n = 0;
    bool was_single = false;
    while (*text && n + 1 < room) {
        size_t word_n = strcspn(text, " ");
        bool is_single = word_n == 1;
        if (n && !(was_single && is_single))
            out[n++] = ' ';
        if (word_n > room - n - 1)
            word_n = room - n - 1;
        memcpy(out + n, text, word_n);
        n += word_n;
        text += strcspn(text, " ");
        text += *text == ' ';
        was_single = is_single;
    }
    out[n] = '\0';
}

static bool has_word(const char *text, const char *word, size_t n)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        if ((at == text || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    }
    return false;
}

/* Every word of `wanted` is a whole word of `name`. */
static bool has_all_words(const char *name, const char *wanted)
{
    char word[FILTER_TEXT_MAX + 1];
    while (*wanted) {
        size_t n = strcspn(wanted, " ");
        if (n >= sizeof word)
            return false;
        memcpy(word, wanted, n);
        word[n] = '\0';
        if (!has_word(name, word, n))
            return false;
        wanted += n;
        wanted += *wanted == ' ';
    }
    return true;
}

static bool name_matches(const char *name, const char *wanted)
{
    if (has_all_words(name, wanted))
        return true;
    char joined[NAME_MAX_BYTES];
    join_initials(name, joined, sizeof joined);
    return strcmp(joined, name) != 0 && has_all_words(joined, wanted);
}

/* One word of one author's name. */
struct entry {
    uint32_t word, author;
};

struct maker {
    const struct ra_model *model;
    struct ra_strmap *words; /* to its number */
    struct entry *entries;   /* in the order of authors */
    size_t n, cap;
};

static bool add_word(struct maker *maker, const char *word, size_t n, uint32_t author)
{
    uint64_t number = ra_strmap_count(maker->words);
    if (!ra_strmap_get(maker->words, word, n, &number) &&
        !ra_strmap_set(maker->words, word, n, number))
        return false;
    if (maker->n == maker->cap) {
        size_t cap = maker->cap ? maker->cap * 2 : 1024;
        struct entry *larger = reallocarray(maker->entries, cap, sizeof *larger);
        if (!larger)
            return false;
        maker->entries = larger;
        maker->cap = cap;
    }
    maker->entries[maker->n++] = (struct entry){(uint32_t)number, author};
    return true;
}

static bool add_words(struct maker *maker, const char *name, uint32_t author)
{
    while (*name) {
        size_t n = strcspn(name, " ");
        if (n && !add_word(maker, name, n, author))
            return false;
        name += n;
        name += *name == ' ';
    }
    return true;
}

/* As they are written, and with initials joined: a filter may name either. */
static bool add_names(struct maker *maker)
{
    char joined[NAME_MAX_BYTES];
    for (uint32_t author = 0; author < ra_model_n_authors(maker->model); author++) {
        const char *name = ra_model_author_name(maker->model, author);
        join_initials(name, joined, sizeof joined);
        if (!add_words(maker, name, author) ||
            (strcmp(joined, name) != 0 && !add_words(maker, joined, author)))
            return false;
    }
    return true;
}

/* `start` (n_rows + 1) has at [row + 1] how many are of that row; becomes where they begin. */
static void sum_up(uint32_t *start, size_t n_rows)
{
    for (size_t row = 0; row < n_rows; row++)
        start[row + 1] += start[row];
}

static bool list_authors(struct authors *authors, const struct maker *maker)
{
    size_t n_words = ra_strmap_count(maker->words);
    authors->start = calloc(n_words + 2, sizeof *authors->start);
    authors->author = calloc(maker->n + 1, sizeof *authors->author);
    uint32_t *next = calloc(n_words + 1, sizeof *next);
    bool ok = authors->start && authors->author && next && maker->n < UINT32_MAX;
    for (size_t i = 0; ok && i < maker->n; i++)
        authors->start[maker->entries[i].word + 1]++;
    if (ok)
        sum_up(authors->start, n_words);
    for (size_t i = 0; ok && i < maker->n; i++) {
        uint32_t word = maker->entries[i].word;
        authors->author[authors->start[word] + next[word]++] = maker->entries[i].author;
    }
    free(next);
    return ok;
}

static bool list_books(struct authors *authors)
{
    uint32_t n_items = (uint32_t)ra_model_n_items(authors->model);
    size_t n_authors = ra_model_n_authors(authors->model);
    authors->book_start = calloc(n_authors + 2, sizeof *authors->book_start);
    authors->book = calloc((size_t)n_items + 1, sizeof *authors->book);
    uint32_t *next = calloc(n_authors + 1, sizeof *next);
    bool ok = authors->book_start && authors->book && next;
    for (uint32_t i = 0; ok && i < n_items; i++)
        authors->book_start[ra_model_author(authors->model, i) + 1]++;
    if (ok)
        sum_up(authors->book_start, n_authors);
    for (uint32_t i = 0; ok && i < n_items; i++) {
        uint32_t author = ra_model_author(authors->model, i);
        authors->book[authors->book_start[author] + next[author]++] = i;
    }
    free(next);
    return ok;
}

struct authors *authors_create(const struct ra_model *model)
{
    struct authors *authors = calloc(1, sizeof *authors);
    struct maker maker = {.model = model, .words = ra_strmap_create()};
    bool ok = authors && maker.words;
    if (ok) {
        authors->model = model;
        ok = add_names(&maker) && list_authors(authors, &maker) && list_books(authors);
        authors->words = maker.words;
    } else {
        ra_strmap_destroy(maker.words);
    }
    free(maker.entries);
    if (ok)
        return authors;
    authors_destroy(authors);
    return NULL;
}

void authors_destroy(struct authors *authors)
{
    if (!authors)
        return;
    ra_strmap_destroy(authors->words);
    free(authors->start);
    free(authors->author);
    free(authors->book_start);
    free(authors->book);
    free(authors);
}

/* The word of `wanted` that fewest authors have; false when one is in no name. */
static bool find_rarest(const struct authors *authors, const char *wanted, uint32_t *out)
{
    uint32_t fewest = UINT32_MAX;
    while (*wanted) {
        size_t n = strcspn(wanted, " ");
        uint64_t word;
        if (n && !ra_strmap_get(authors->words, wanted, n, &word))
            return false;
        if (n && authors->start[word + 1] - authors->start[word] < fewest) {
            fewest = authors->start[word + 1] - authors->start[word];
            *out = (uint32_t)word;
        }
        wanted += n;
        wanted += *wanted == ' ';
    }
    return fewest < UINT32_MAX;
}

void authors_match(const struct authors *authors, struct ra_scratch *scratch, const char *wanted)
{
    uint32_t word;
    scratch->n_matched = 0;
    if (!find_rarest(authors, wanted, &word))
        return;
    for (uint32_t at = authors->start[word]; at < authors->start[word + 1]; at++) {
        uint32_t author = authors->author[at];
        if (scratch->author_seen[author] == scratch->round ||
            !name_matches(ra_model_author_name(authors->model, author), wanted))
            continue;
        scratch->author_seen[author] = scratch->round;
        scratch->author_matched[scratch->n_matched++] = author;
    }
}
