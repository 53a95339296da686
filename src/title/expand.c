/* Finds the words of the index that a typed word may mean. */
#include <math.h>
#include <string.h>

#include "query.h"
#include "readalike/str.h"

#define PREFIX_TYPO_CHARS 3 /* shorter beginnings are taken as typed */
#define TWO_TYPOS_CHARS 5
#define PREFIX_PENALTY 0.04F

/* How alike a word of `n` characters is after so many edits. */
static float similarity(size_t n, unsigned edits, bool prefix)
{
    static const float price[] = {0.0F, 0.9F, 2.2F};
    float length = n > 4 ? (float)n : 4.0F;
    float sim = 1.0F - price[edits <= NFA_EDITS_MAX ? edits : NFA_EDITS_MAX] / length;
    return fmaxf(sim - (prefix ? PREFIX_PENALTY : 0.0F), 0.1F);
}

static bool is_worse(const struct expansion *a, const struct expansion *b)
{
    if (a->edits != b->edits)
        return a->edits > b->edits;
    return a->df < b->df;
}

static void keep(struct query_token *token, const struct expansion *expansion)
{
    if (token->n_expansions < EXPANSIONS_MAX) {
        token->expansions[token->n_expansions++] = *expansion;
        return;
    }
    struct expansion *worst = token->expansions;
    for (size_t i = 1; i < EXPANSIONS_MAX; i++) {
        if (is_worse(&token->expansions[i], worst))
            worst = &token->expansions[i];
    }
    if (is_worse(worst, expansion))
        *worst = *expansion;
}

void expansion_add(const struct ra_title_index *index, struct query_token *token, uint32_t node,
                   unsigned edits, bool prefix)
{
    uint32_t first = first_token(index, node);
    uint32_t end = prefix ? end_token(index, node) : first + 1;
    struct expansion expansion = {
        .first = first,
        .end = end,
        .node = node,
        .df = range_postings(index, first, end),
        .sim = similarity(token->n, edits, prefix),
        .edits = (uint8_t)edits,
        .prefix = prefix,
    };
    keep(token, &expansion);
}

static void expand_as_typed(const struct ra_title_index *index, struct query_token *token)
{
    uint32_t node = trie_find(index, token->chars, token->n);
    if (node == UINT32_MAX)
        return;
    if (is_word_end(index, node))
        expansion_add(index, token, node, 0, false);
    if (token->open && !is_leaf(index, node))
        expansion_add(index, token, node, 0, true);
    token->known = token->n_expansions > 0;
}

/* Spellings that sound the same but are further apart than their edits say. */
static const struct {
    const char *heard, *written;
} sounds[] = {
    {"v", "ph"}, {"f", "ph"}, {"ph", "f"}, {"ph", "v"}, {"k", "ch"},  {"ck", "k"},  {"c", "k"},
    {"k", "c"},  {"y", "ie"}, {"ie", "y"}, {"i", "y"},  {"x", "cks"}, {"s", "sch"}, {"n", "kn"},
};

static bool is_at(const struct query_token *token, size_t at, const char *text)
{
    for (; *text; text++, at++) {
        if (at >= token->n || token->chars[at] != (unsigned char)*text)
            return false;
    }
    return true;
}

static void try_sound(const struct ra_title_index *index, struct query_token *token, size_t at,
                      size_t sound)
{
    uint32_t chars[TOKEN_CHARS];
    const char *heard = sounds[sound].heard, *written = sounds[sound].written;
    size_t n_heard = strlen(heard), n_written = strlen(written);
    size_t n = token->n - n_heard + n_written, rest = token->n - at - n_heard;
    if (n > TOKEN_CHARS)
        return;
    memcpy(chars, token->chars, at * sizeof *chars);
    for (size_t i = 0; i < n_written; i++)
        chars[at + i] = (unsigned char)written[i];
    memcpy(chars + at + n_written, token->chars + at + n_heard, rest * sizeof *chars);
    uint32_t node = trie_find(index, chars, n);
    if (node != UINT32_MAX && is_word_end(index, node))
        expansion_add(index, token, node, 1, false);
}

static void expand_by_sound(const struct ra_title_index *index, struct query_token *token)
{
    for (size_t at = 0; at < token->n; at++) {
        for (size_t sound = 0; sound < RA_COUNT(sounds); sound++) {
            if (is_at(token, at, sounds[sound].heard))
                try_sound(index, token, at, sound);
        }
    }
}

/* Numbers as people write them, in titles and queries. */
static const char *const numbers[][2] = {
    {"1", "one"},        {"2", "two"},       {"3", "three"},     {"4", "four"},
    {"5", "five"},       {"6", "six"},       {"7", "seven"},     {"8", "eight"},
    {"9", "nine"},       {"10", "ten"},      {"11", "eleven"},   {"12", "twelve"},
    {"13", "thirteen"},  {"14", "fourteen"}, {"15", "fifteen"},  {"16", "sixteen"},
    {"17", "seventeen"}, {"18", "eighteen"}, {"19", "nineteen"}, {"20", "twenty"},
    {"30", "thirty"},    {"40", "forty"},    {"50", "fifty"},    {"60", "sixty"},
    {"70", "seventy"},   {"80", "eighty"},   {"90", "ninety"},   {"1st", "first"},
    {"2nd", "second"},   {"3rd", "third"},
};

static void try_number(const struct ra_title_index *index, struct query_token *token,
                       const char *typed, const char *written)
{
    uint32_t chars[TOKEN_CHARS];
    if ((unsigned char)typed[0] != token->chars[0] || token->n != strlen(typed) ||
        !is_at(token, 0, typed))
        return;
    size_t n = strlen(written);
    for (size_t i = 0; i < n; i++)
        chars[i] = (unsigned char)written[i];
    uint32_t node = trie_find(index, chars, n);
    if (node != UINT32_MAX && is_word_end(index, node))
        expansion_add(index, token, node, 1, false);
}

static void expand_number(const struct ra_title_index *index, struct query_token *token)
{
    for (size_t i = 0; i < RA_COUNT(numbers); i++) {
        try_number(index, token, numbers[i][0], numbers[i][1]);
        try_number(index, token, numbers[i][1], numbers[i][0]);
    }
}

static bool is_number(const struct query_token *token)
{
    for (size_t i = 0; i < token->n; i++) {
        if (token->chars[i] < '0' || token->chars[i] > '9')
            return false;
    }
    return true;
}

static void expand_typos(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                         struct query_token *token, enum effort effort)
{
    bool deep = effort == EFFORT_DEEP;
    if (token->n < (deep || !token->known ? 2 : 3) || is_number(token))
        return;
    bool with_prefixes = token->open && token->n >= PREFIX_TYPO_CHARS;
    nfa_init(&scratch->nfa, token->chars, token->n, 1);
    walk_trie(index, scratch, token, with_prefixes);
    expand_by_sound(index, token);
    if (token->n < TWO_TYPOS_CHARS || token->known || (token->n_expansions > 0 && !deep))
        return;
    token->n_expansions = 0;
    nfa_init(&scratch->nfa, token->chars, token->n, 2);
    walk_trie(index, scratch, token, with_prefixes);
}

/* The weight of a word is that of its most frequent meaning among those with the fewest edits. */
static float weight_of(const struct ra_title_index *index, const struct query_token *token)
{
    uint32_t df = 0;
    unsigned least = NFA_EDITS_MAX + 1;
    for (size_t i = 0; i < token->n_expansions; i++) {
        const struct expansion *expansion = &token->expansions[i];
        if (expansion->edits < least) {
            least = expansion->edits;
            df = 0;
        }
        if (expansion->edits == least && expansion->df > df)
            df = expansion->df;
    }
    return weight_of_df(index->n_docs, df);
}

/* Best first, so that a cap on postings cuts the least likely meanings. */
static void sort_expansions(struct query_token *token)
{
    struct expansion *list = token->expansions;
    for (size_t i = 1; i < token->n_expansions; i++) {
        struct expansion moving = list[i];
        size_t at = i;
        for (; at > 0 && (moving.sim > list[at - 1].sim ||
                          (moving.sim == list[at - 1].sim && moving.df > list[at - 1].df));
             at--)
            list[at] = list[at - 1];
        list[at] = moving;
    }
}

void expand(const struct ra_title_index *index, struct ra_title_scratch *scratch,
            struct query_token *token, enum effort effort)
{
    token->n_expansions = 0;
    token->known = false;
    token->effort = (uint8_t)effort;
    expand_as_typed(index, token);
    if (effort > EFFORT_AS_TYPED) {
        expand_number(index, token);
        expand_typos(index, scratch, token, effort);
    }
    sort_expansions(token);
    token->weight = weight_of(index, token);
}
