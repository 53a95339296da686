/* Which bytes of a title to mark: every word that some word of the query means. */
#include <string.h>

#include "query.h"

/* The bytes of `word` that the query's word matched, from its start; 0 when it does not match. */
static uint32_t matched_bytes(const struct nfa *nfa, const struct token *word, bool open)
{
    struct nfa_state state = nfa_start(nfa);
    uint32_t prefix = 0;
    for (size_t i = 0; i < word->n; i++) {
        struct nfa_state next = {0};
        if (!nfa_step(nfa, &state, word->chars[i], &next))
            return prefix;
        state = next;
        if (open && prefix == 0 && nfa_edits(nfa, &state) == 0)
            prefix = word->ends[i] - word->start;
    }
    return nfa_edits(nfa, &state) <= nfa->k ? word->ends[word->n - 1] - word->start : prefix;
}

static unsigned edits_allowed(size_t n)
{
    if (n < 3)
        return 0;
    return n < 7 ? 1 : 2;
}

static uint32_t best_match(struct ra_title_scratch *scratch, const struct token *word)
{
    uint32_t best = 0;
    for (size_t i = 0; i < scratch->query.n && best == 0; i++) {
        const struct query_token *token = &scratch->query.tokens[i];
        unsigned k = edits_allowed(token->n);
        nfa_init(&scratch->nfa, token->chars, token->n, k);
        for (unsigned edits = 0; edits <= k && best == 0; edits++) {
            scratch->nfa.k = (uint8_t)edits; /* the masks are the same for any number */
            best = matched_bytes(&scratch->nfa, word, token->open);
        }
    }
    return best;
}

/*
 * Words may share characters: pairs of ideographs overlap, and one character may fold to several
 * words. Such marks become one. False when there is no room.
 */
static bool put_range(struct ra_title_range *out, size_t *n, size_t max,
                      struct ra_title_range range)
{
    struct ra_title_range *last = *n > 0 ? &out[*n - 1] : NULL;
    if (!last || range.start >= last->start + last->length) {
        if (*n == max)
            return false;
        out[(*n)++] = range;
        return true;
    }
    uint32_t end = range.start + range.length;
    if (end > last->start + last->length)
        last->length = end - last->start;
    return true;
}

size_t ra_title_highlight(struct ra_title_scratch *scratch, const char *query, size_t n,
                          const char *text, struct ra_title_range *out, size_t max)
{
    struct tokens tokens;
    struct token word;
    size_t n_ranges = 0;
    read_query(&scratch->query, query, n < RA_TITLE_QUERY_MAX ? n : RA_TITLE_QUERY_MAX);
    tokens_init(&tokens, text, strlen(text));
    while (tokens_next(&tokens, &word)) {
        struct ra_title_range range = {word.start, best_match(scratch, &word)};
        if (range.length > 0 && !put_range(out, &n_ranges, max, range))
            break;
    }
    return n_ranges;
}
