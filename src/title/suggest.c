/* Suggestions for what was typed so far: words, their meanings, candidates, scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "certain.h"
#include "find.h"
#include "query.h"
#include "readalike/clock.h"
#include "ready.h"

/* Below this share of the query in the best document, its blanks are tried elsewhere. */
#define COVER_GOOD 0.72F
#define RESEGMENT_PENALTY 0.05F
/* What is in a book as it stands: so much of the query, and of the title or so many words. */
#define PLAIN_COVER 0.97F
#define AUTHOR_COVER 0.90F /* a whole title and its author */
#define PLAIN_NAMED 0.99F
#define PLAIN_WORDS 3
/* So much of a guess in a book, and the next guesses need not be tried. */
#define GUESSED_COVER 0.85F
/* Postings that one question may unpack to meet words, over all its guesses. */
#define QUESTION_PAIR_POSTINGS 200000
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
        word->open = false;
        word->effort = EFFORT_NONE;
        end = token.ends[token.n - 1];
    }
    if (query->n > 0)
        query->tokens[query->n - 1].open = is_open_end(text + end, n - end);
}

/* One question on its way. */
struct search {
    const struct ra_title_index *index;
    struct ra_title_scratch *scratch;
    const struct ra_title_question *question;
    double deadline; /* on ra_clock_seconds(), 0: none */
    bool late;
};

static bool is_late(struct search *search)
{
    if (search->deadline > 0 && !search->late)
        search->late = ra_clock_seconds() > search->deadline;
    return search->late;
}

static void expand_all(const struct search *search, struct query *query, enum effort effort)
{
    query->weight = 0;
    for (size_t i = 0; i < query->n; i++) {
        if (query->tokens[i].effort < effort)
            expand(search->index, search->scratch, &query->tokens[i], effort);
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
static void add_exact(const struct search *search)
{
    const struct ra_title_question *question = search->question;
    struct ra_title_scratch *scratch = search->scratch;
    uint32_t doc;
    if (!find_title(search->index, question->text, question->n, &doc) ||
        !is_allowed(question->allowed, doc))
        return;
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        if (scratch->candidates[i].doc == doc)
            return;
    }
    if (scratch->n_candidates < CANDIDATES_MAX)
        scratch->n_candidates++;
    scratch->candidates[scratch->n_candidates - 1] = scratch->candidates[0];
    scratch->candidates[0] = (struct candidate){.doc = doc, .rank = INFINITY};
}

static void look(const struct search *search, struct query *query, enum effort effort,
                 float penalty)
{
    expand_all(search, query, effort);
    gather(search->index, search->scratch, query, search->question->allowed);
    if (penalty == 0)
        add_exact(search);
    score_candidates(search->index, search->scratch, query, penalty);
}

static void try_guesses(struct search *search, const struct guesses *guesses, bool known)
{
    struct ra_title_scratch *scratch = search->scratch;
    for (size_t i = 0;
         i < guesses->n && !is_late(search) && (known || scratch->hits.best_cover < GUESSED_COVER);
         i++) {
        apply_guess(&scratch->query, &guesses->list[i], &scratch->variant);
        look(search, &scratch->variant, EFFORT_TYPOS, RESEGMENT_PENALTY);
    }
}

/* Whether what was typed is in a book as it stands, so that nobody need think of typos. */
static bool is_plain(const struct ra_title_scratch *scratch)
{
    const struct judged *best = &scratch->hits.list[0];
    if (scratch->hits.n == 0 || best->hit.edits > 0)
        return false;
    if (best->named >= PLAIN_NAMED)
        return best->cover >= (best->hit.matched == RA_TITLE_EXACT ? AUTHOR_COVER : PLAIN_COVER);
    return best->cover >= PLAIN_COVER && scratch->query.n >= PLAIN_WORDS;
}

static void search_words(struct search *search)
{
    struct ra_title_scratch *scratch = search->scratch;
    struct hits *hits = &scratch->hits;
    expand_all(search, &scratch->query, EFFORT_AS_TYPED);
    bool known = is_known(&scratch->query);
    if (known) {
        look(search, &scratch->query, EFFORT_AS_TYPED, 0);
        if (is_plain(scratch) || is_late(search))
            return;
    }
    look(search, &scratch->query, EFFORT_TYPOS, 0);
    struct guesses guesses = {.n = 0};
    if (known)
        guess_joins(search->index, &scratch->query, &guesses);
    else if (hits->best_cover < COVER_GOOD)
        guess_blanks(search->index, &scratch->query, &guesses);
    try_guesses(search, &guesses, known);
    if (known)
        return;
    if (hits->best_cover < COVER_POOR && !is_late(search))
        look(search, &scratch->query, EFFORT_DEEP, DEEP_PENALTY);
}

static void answer_isbn(uint32_t doc, const struct ra_title_question *question,
                        struct ra_title_answer *out)
{
    if (!is_allowed(question->allowed, doc))
        return;
    out->hits[out->n++] =
        (struct ra_title_hit){.doc = doc, .score = 1.0F, .matched = RA_TITLE_EXACT};
    out->certain = true;
}

static void answer_words(struct search *search, struct ra_title_answer *out)
{
    const struct ra_title_question *question = search->question;
    struct ra_title_scratch *scratch = search->scratch;
    struct hits *hits = &scratch->hits;
    read_query(&scratch->query, question->text, question->n);
    if (scratch->query.n == 0)
        return;
    if (!question->allowed &&
        ready_answer(search->index, &scratch->query, out->hits, question->max, &out->n)) {
        out->certain = is_very_title(search->index, question, &out->hits[0]);
        return;
    }
    hits->n = 0;
    hits->max = question->max < RA_TITLE_HITS_MAX ? question->max : RA_TITLE_HITS_MAX;
    hits->best_cover = 0;
    scratch->pair_postings = QUESTION_PAIR_POSTINGS;
    search_words(search);
    for (size_t i = 0; i < hits->n; i++)
        out->hits[i] = hits->list[i].hit;
    out->n = hits->n;
    out->certain = is_certain(search->index, question, hits);
}

void ra_title_ask(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                  const struct ra_title_question *asked, struct ra_title_answer *out)
{
    struct ra_title_question question = *asked;
    struct search search = {.index = index, .scratch = scratch, .question = &question};
    uint32_t doc;
    out->n = 0;
    out->certain = out->partial = false;
    if (question.n > RA_TITLE_QUERY_MAX)
        question.n = RA_TITLE_QUERY_MAX;
    if (question.max == 0)
        return;
    if (question.budget_us > 0)
        search.deadline = ra_clock_seconds() + question.budget_us * 1e-6;
    if (find_isbn(index, question.text, question.n, &doc))
        answer_isbn(doc, &question, out);
    else
        answer_words(&search, out);
    out->partial = search.late;
}

size_t ra_title_suggest(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                        const char *query, size_t n, const uint64_t *allowed,
                        struct ra_title_hit *out, size_t max)
{
    struct ra_title_answer answer;
    const struct ra_title_question question = {
        .text = query, .n = n, .allowed = allowed, .max = max};
    ra_title_ask(index, scratch, &question, &answer);
    memcpy(out, answer.hits, answer.n * sizeof *out);
    return answer.n;
}
