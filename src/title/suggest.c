/* Suggestions for what was typed so far: words, their meanings, candidates, scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "find.h"
#include "query.h"
#include "ready.h"

/* Below this share of the query in the best document, its blanks are tried elsewhere. */
#define COVER_GOOD 0.72F
#define RESEGMENT_PENALTY 0.05F
#define COVER_POOR 0.70F
#define DEEP_PENALTY 0.02F

struct ra_title_scratch *ra_title_scratch_create(void)
{
    return calloc(1, sizeof(struct ra_title_scratch));
}

void ra_title_scratch_destroy(struct ra_title_scratch *scratch)
{
    free(scratch);
}

/* Whether only deleted characters follow, so that the last word may go on. */
static bool is_open_end(const char *text, size_t n)
{
    struct folder folder;
    struct folded c;
    folder_init(&folder, text, n);
    return !folder_next(&folder, &c);
}

void read_query(struct query *query, const char *text, size_t n)
{
    struct tokens tokens;
    struct token token;
    size_t end = 0;
    query->n = 0;
    tokens_init(&tokens, text, n);
    while (query->n < QUERY_TOKENS_MAX && tokens_next(&tokens, &token)) {
        struct query_token *word = &query->tokens[query->n++];
        memcpy(word->chars, token.chars, token.n * sizeof *token.chars);
        word->n = token.n;
        word->open = word->ready = false;
        end = token.ends[token.n - 1];
    }
    if (query->n > 0)
        query->tokens[query->n - 1].open = is_open_end(text + end, n - end);
}

static void expand_all(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                       struct query *query, bool deep)
{
    query->weight = 0;
    for (size_t i = 0; i < query->n; i++) {
        if (deep || !query->tokens[i].ready)
            expand(index, scratch, &query->tokens[i], deep);
        query->weight += query->tokens[i].weight;
    }
}

static bool is_known(const struct query *query)
{
    for (size_t i = 0; i < query->n; i++) {
        if (!query->tokens[i].known)
            return false;
    }
    return true;
}

/* The document of that very title, which a crowd of popular near misses may have kept out. */
static void add_exact(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                      const char *text, size_t n, const uint64_t *allowed)
{
    uint32_t doc;
    if (!find_title(index, text, n, &doc) || !is_allowed(allowed, doc))
        return;
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        if (scratch->candidates[i].doc == doc)
            return;
    }
    if (scratch->n_candidates < CANDIDATES_MAX)
        scratch->n_candidates++;
    scratch->candidates[scratch->n_candidates - 1] = scratch->candidates[0];
    scratch->candidates[0] = (struct candidate){doc, INFINITY};
}

static void try_guesses(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                        const uint64_t *allowed)
{
    struct guesses guesses;
    guess_blanks(index, &scratch->query, &guesses);
    for (size_t i = 0; i < guesses.n; i++) {
        apply_guess(&scratch->query, &guesses.list[i], &scratch->variant);
        expand_all(index, scratch, &scratch->variant, false);
        gather(index, scratch, &scratch->variant, allowed);
        score_candidates(index, scratch, &scratch->variant, RESEGMENT_PENALTY);
    }
}

/* Words that are far from what was meant: two edits, also where one edit gives another word. */
static void try_deep(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                     const uint64_t *allowed)
{
    expand_all(index, scratch, &scratch->query, true);
    gather(index, scratch, &scratch->query, allowed);
    score_candidates(index, scratch, &scratch->query, DEEP_PENALTY);
}

static size_t suggest_isbn(uint32_t doc, const uint64_t *allowed, struct ra_title_hit *out)
{
    if (!is_allowed(allowed, doc))
        return 0;
    out[0] = (struct ra_title_hit){.doc = doc, .score = 1.0F, .matched = RA_TITLE_EXACT};
    return 1;
}

size_t ra_title_suggest(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                        const char *query, size_t n, const uint64_t *allowed,
                        struct ra_title_hit *out, size_t max)
{
    uint32_t doc;
    n = n < RA_TITLE_QUERY_MAX ? n : RA_TITLE_QUERY_MAX;
    if (max == 0)
        return 0;
    if (find_isbn(index, query, n, &doc))
        return suggest_isbn(doc, allowed, out);
    struct hits *hits = &scratch->hits;
    hits->n = 0;
    hits->max = max < RA_TITLE_HITS_MAX ? max : RA_TITLE_HITS_MAX;
    hits->best_cover = 0;
    read_query(&scratch->query, query, n);
    size_t n_ready;
    if (scratch->query.n == 0)
        return 0;
    if (!allowed && ready_answer(index, &scratch->query, out, max, &n_ready))
        return n_ready;
    expand_all(index, scratch, &scratch->query, false);
    gather(index, scratch, &scratch->query, allowed);
    add_exact(index, scratch, query, n, allowed);
    score_candidates(index, scratch, &scratch->query, 0);
    if (hits->best_cover < COVER_GOOD && !is_known(&scratch->query))
        try_guesses(index, scratch, allowed);
    if (hits->best_cover < COVER_POOR && !is_known(&scratch->query))
        try_deep(index, scratch, allowed);
    memcpy(out, hits->list, hits->n * sizeof *out);
    return hits->n;
}
