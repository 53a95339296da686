/*
 * Which books are of one series: by the name in the brackets of their titles ("(The Lord of the
 * Rings, Part 2)"), or by an author who has several works whose titles begin alike ("Harry Potter
 * and ..."). A guess, good enough to keep one series from filling a list.
 */
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/map.h"

#define WORKS_LEAST 3 /* that begin alike, to be a series */
#define KEY_MAX 256

struct series_maker {
    const struct ra_model *model;
    const uint32_t *work;
    struct ra_buf part, folded;
    struct ra_strmap *begins; /* key of a title's beginning -> works that have it */
    struct ra_strmap *names;  /* key -> number of the series, from 1 */
};

/* Words that say which volume or edition, not which series. */
static bool says_nothing(const char *word, size_t n)
{
    static const char *const words[] = {
        "book",      "books",   "part",   "vol",   "volume",   "no",        "number", "nr",
        "bk",        "tome",    "band",   "teil",  "series",   "trilogy",   "saga",   "cycle",
        "paperback", "edition", "novels", "novel", "classics", "hardcover", "audio",  "reprint",
        "penguin",   "the",     "a",      "an",    "of",       "and",       "mass",   "market",
    };
    for (size_t i = 0; i < n; i++) {
        if (word[i] >= '0' && word[i] <= '9')
            return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0)
            return true;
    }
    return false;
}

/* The first `most` words of `folded` that say something, behind the author's surname; "" without.
 */
static void make_key(const char *surname, const char *folded, int most, char out[KEY_MAX])
{
    size_t n = 0;
    out[0] = '\0';
    while (*folded && most > 0) {
        size_t word_n = strcspn(folded, " ");
        if (!says_nothing(folded, word_n) && n + word_n + 2 < KEY_MAX / 2) {
            out[n++] = ' ';
            memcpy(out + n, folded, word_n);
            n += word_n;
            most--;
        }
        folded += word_n;
        folded += *folded == ' ';
    }
    size_t surname_n = strlen(surname);
    if (n == 0 || n + surname_n + 2 > KEY_MAX)
        return;
    memcpy(out + n, surname, surname_n);
    out[n + surname_n] = '\0';
}

/* The last word of the author, with a sign in front that no title has. */
static void surname_of(const struct ra_model *model, uint32_t item_ix, char out[KEY_MAX / 2])
{
    const char *name = ra_model_author_name(model, ra_model_author(model, item_ix));
    const char *blank = strrchr(name, ' ');
    const char *last = blank ? blank + 1 : name;
    size_t n = strlen(last);
    out[0] = '\n';
    memcpy(out + 1, last, n < KEY_MAX / 2 - 2 ? n : KEY_MAX / 2 - 2);
    out[1 + (n < KEY_MAX / 2 - 2 ? n : KEY_MAX / 2 - 2)] = '\0';
}

/* What stands in front of the brackets, or between them; folded. NULL: out of memory. */
static const char *fold_part(struct series_maker *maker, const char *title, bool in_brackets)
{
    size_t depth = 0;
    ra_buf_reset(&maker->part);
    for (const char *at = title; *at; at++) {
        size_t n = strcspn(at, "()[]");
        if ((depth > 0) == in_brackets)
            ra_buf_put(&maker->part, at, n);
        at += n;
        if (!*at)
            break;
        ra_buf_putc(&maker->part, ' ');
        if (*at == '(' || *at == '[')
            depth++;
        else
            depth -= depth > 0;
    }
    ra_buf_reset(&maker->folded);
    ra_title_fold(maker->part.data, maker->part.len, &maker->folded);
    return ra_buf_cstr(&maker->folded);
}

/* Both keys of a book, "" where there is none. A title of one or two words is no beginning. */
static bool make_keys(struct series_maker *maker, uint32_t item_ix, char named[KEY_MAX],
                      char begins[KEY_MAX])
{
    char surname[KEY_MAX / 2];
    const char *title = ra_model_title(maker->model, item_ix);
    surname_of(maker->model, item_ix, surname);
    const char *folded = fold_part(maker, title, true);
    if (!folded)
        return false;
    make_key(surname, folded, 4, named);
    folded = fold_part(maker, title, false);
    if (!folded)
        return false;
    make_key(surname, folded, 2, begins);
    char whole[KEY_MAX];
    make_key(surname, folded, 3, whole);
    if (strcmp(whole, begins) == 0 || !surname[1])
        begins[0] = '\0';
    return true;
}

static bool count_begin(struct series_maker *maker, uint32_t item_ix)
{
    char named[KEY_MAX], begins[KEY_MAX];
    uint64_t n = 0;
    if (maker->work[item_ix] != item_ix)
        return true;
    if (!make_keys(maker, item_ix, named, begins))
        return false;
    if (!begins[0])
        return true;
    ra_strmap_get(maker->begins, begins, strlen(begins), &n);
    return ra_strmap_set(maker->begins, begins, strlen(begins), n + 1);
}

/* A name in brackets counts as a beginning does: "(Harry Potter)" and "Harry Potter and". */
static bool number_series(struct series_maker *maker, uint32_t item_ix, uint32_t *out)
{
    char named[KEY_MAX], begins[KEY_MAX];
    uint64_t n = 0;
    *out = 0;
    if (!make_keys(maker, item_ix, named, begins))
        return false;
    if (begins[0])
        ra_strmap_get(maker->begins, begins, strlen(begins), &n);
    const char *key = n >= WORKS_LEAST ? begins : named;
    if (!key[0])
        return true;
    if (!ra_strmap_get(maker->names, key, strlen(key), &n)) {
        n = ra_strmap_count(maker->names) + 1;
        if (!ra_strmap_set(maker->names, key, strlen(key), n))
            return false;
    }
    *out = (uint32_t)n;
    return true;
}

uint32_t *series_create(const struct ra_model *model, const uint32_t *work)
{
    uint32_t n_items = (uint32_t)ra_model_n_items(model);
    struct series_maker maker = {
        .model = model,
        .work = work,
        .begins = ra_strmap_create(),
        .names = ra_strmap_create(),
    };
    ra_buf_init(&maker.part);
    ra_buf_init(&maker.folded);
    uint32_t *series = calloc((size_t)n_items + 1, sizeof *series);
    bool ok = series && maker.begins && maker.names;
    for (uint32_t i = 0; ok && i < n_items; i++)
        ok = count_begin(&maker, i);
    for (uint32_t i = 0; ok && i < n_items; i++)
        ok = number_series(&maker, i, &series[i]);
    ra_buf_finish(&maker.part);
    ra_buf_finish(&maker.folded);
    ra_strmap_destroy(maker.begins);
    ra_strmap_destroy(maker.names);
    if (ok)
        return series;
    free(series);
    return NULL;
}
