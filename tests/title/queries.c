/* Titles as people type them: unfinished, shuffled, misspelt, with the same numbers every time. */
#include "queries.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "readalike/str.h"

static size_t below(struct ra_random *random, size_t n)
{
    return (size_t)(ra_random_next(random) % n);
}

/* A letter beside `c` on the keyboard 7 times of 10, any letter otherwise. */
static char slip(struct ra_random *random, char c)
{
    static const char *const rows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
    for (size_t i = 0; below(random, 10) < 7 && i < RA_COUNT(rows); i++) {
        const char *at = c ? strchr(rows[i], c) : NULL;
        if (!at)
            continue;
        bool left = at > rows[i] && (!at[1] || below(random, 2));
        return left ? at[-1] : at[1];
    }
    return (char)('a' + below(random, 26));
}

static void add_typo(struct ra_random *random, char *text)
{
    size_t n = strlen(text);
    if (n < 2 || n + 2 > QUERY_TEXT_MAX)
        return;
    size_t at = below(random, n), way = below(random, 4);
    if (way == 0) {
        memmove(text + at + 1, text + at, n - at + 1);
        text[at] = slip(random, text[at + 1]);
    } else if (way == 1) {
        memmove(text + at, text + at + 1, n - at);
    } else if (way == 2) {
        text[at] = slip(random, text[at]);
    } else {
        at = at + 1 < n ? at : n - 2;
        char c = text[at];
        text[at] = text[at + 1];
        text[at + 1] = c;
    }
}

/* One or two letters are the beginning of hundreds of titles: no engine can tell which is meant. */
#define PREFIX_LEAST 3

static void cut(struct ra_random *random, char *text)
{
    size_t n = strlen(text);
    size_t keep = (n * (40 + below(random, 36)) + 50) / 100;
    keep = keep < PREFIX_LEAST ? PREFIX_LEAST : keep;
    text[keep < n ? keep : n] = '\0';
}

/* False when the title does not begin with one. */
static bool drop_article(char *text)
{
    static const char *const articles[] = {"the ", "a ", "an "};
    for (size_t i = 0; i < RA_COUNT(articles); i++) {
        size_t n = strlen(articles[i]);
        if (strncmp(text, articles[i], n) == 0 && text[n]) {
            memmove(text, text + n, strlen(text + n) + 1);
            return true;
        }
    }
    return false;
}

static bool shuffle(struct ra_random *random, char *text)
{
    char *words[64], copy[QUERY_TEXT_MAX];
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", text);
    char *rest = copy;
    for (char *word; n < 64 && (word = strsep(&rest, " "));) {
        if (*word)
            words[n++] = word;
    }
    if (n < 2)
        return false;
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = below(random, i + 1);
        char *word = words[i];
        words[i] = words[j];
        words[j] = word;
    }
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(text + len, QUERY_TEXT_MAX - len, "%s%s", i ? " " : "", words[i]);
    return true;
}

static bool add_surname(char *text, const char *author)
{
    char first[QUERY_TEXT_MAX];
    snprintf(first, sizeof first, "%s", author);
    first[strcspn(first, ",")] = '\0';
    const char *surname = strrchr(first, ' ');
    surname = surname ? surname + 1 : first;
    size_t len = strlen(text);
    if (!*surname || len + strlen(surname) + 2 > QUERY_TEXT_MAX)
        return false;
    snprintf(text + len, QUERY_TEXT_MAX - len, " %s", surname);
    return true;
}

const char *const query_kind_names[QUERY_KINDS] = {
    "exact title",      "1 typo",         "2 typos",  "prefix 40-75 %",  "prefix + typo",
    "article left out", "article + typo", "shuffled", "title + surname",
};

/* Lower case, without "(Series, #3)"; false when nothing is left. */
bool plain_title(const char *title, char *out)
{
    snprintf(out, QUERY_TEXT_MAX, "%s", title);
    char *series = strstr(out, " (");
    if (series)
        *series = '\0';
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return *out;
}

bool make_query(struct ra_random *random, enum query_kind kind, const struct ra_title_doc *doc,
                char *out)
{
    if (!plain_title(doc->title, out))
        return false;
    if ((kind == ARTICLE || kind == ARTICLE_TYPO) && !drop_article(out))
        return false;
    if (kind == SHUFFLED && !shuffle(random, out))
        return false;
    if (kind == AUTHOR && !add_surname(out, doc->author))
        return false;
    if (kind == PREFIX || kind == PREFIX_TYPO)
        cut(random, out);
    if (kind == TYPO || kind == TYPOS || kind == PREFIX_TYPO || kind == ARTICLE_TYPO)
        add_typo(random, out);
    if (kind == TYPOS)
        add_typo(random, out);
    return true;
}
