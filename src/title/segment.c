/* Moves the blanks of a query: "harrypotter", "hob bit" and "lordo fthe rings" are still found. */
#include <string.h>

#include "query.h"

/* A half that is no word must be long enough to be recognised by its likeness to one. */
#define HALF_CHARS 3
/* A word of one or two letters must be in more than one title of so many. */
#define SHORT_WORD_SHARE 200

/* How promising a guess is: two words as they stand, before one, before none. */
#define BOTH_KNOWN 3000000U
#define BOTH_KNOWN_LETTER_LOST 2000000U
#define ONE_KNOWN 1000U /* for each of its letters */
#define DF_MAX 900000U

/* Words [begin, begin + words) of a query, being put together and cut. */
struct piece {
    uint32_t chars[TOKEN_CHARS];
    size_t n;
    uint8_t begin, words;
    bool open;
};

/* The number of postings of a word as it stands, 0 when it is none. */
static uint32_t frequency(const struct ra_title_index *index, const uint32_t *chars, size_t n,
                          bool open)
{
    uint32_t node = trie_find(index, chars, n);
    if (node == UINT32_MAX || node == 0)
        return 0;
    if (!open && !is_word_end(index, node))
        return 0;
    uint32_t first = first_token(index, node);
    uint32_t df = range_postings(index, first, open ? end_token(index, node) : first + 1);
    return df < DF_MAX ? df : DF_MAX;
}

/* False when the words are too long together, or all are known as they stand. */
static bool take_piece(const struct query *query, size_t begin, size_t words, struct piece *out)
{
    bool known = true;
    out->n = 0;
    out->begin = (uint8_t)begin;
    out->words = (uint8_t)words;
    out->open = false;
    for (size_t i = begin; i < begin + words; i++) {
        const struct query_token *word = &query->tokens[i];
        if (out->n + word->n > TOKEN_CHARS) {
            out->words = 0;
            return false;
        }
        memcpy(out->chars + out->n, word->chars, word->n * sizeof *out->chars);
        out->n += word->n;
        out->open = word->open;
        known = known && word->known;
    }
    return !known;
}

/* Keeps the most promising guesses, in order. */
static void add_guess(struct guesses *guesses, const struct guess *guess)
{
    size_t at = guesses->n;
    if (guess->promise == 0)
        return;
    if (guesses->n < GUESSES_MAX)
        guesses->n++;
    else if (guess->promise <= guesses->list[--at].promise)
        return;
    for (; at > 0 && guess->promise > guesses->list[at - 1].promise; at--)
        guesses->list[at] = guesses->list[at - 1];
    guesses->list[at] = *guess;
}

/* As frequency(), but words of one or two letters must be common ones: others are accidents. */
static uint32_t half_frequency(const struct ra_title_index *index, const uint32_t *chars, size_t n,
                               bool open)
{
    if (n >= HALF_CHARS)
        return frequency(index, chars, n, open);
    uint32_t df = frequency(index, chars, n, false);
    return df > index->n_docs / SHORT_WORD_SHARE ? df : 0;
}

static uint32_t promise_of(const struct ra_title_index *index, const struct piece *piece,
                           size_t cut, size_t lost)
{
    size_t right_n = piece->n - cut - lost;
    uint32_t left = half_frequency(index, piece->chars, cut, false);
    uint32_t right = half_frequency(index, piece->chars + cut + lost, right_n, piece->open);
    if (left && right)
        return (lost ? BOTH_KNOWN_LETTER_LOST : BOTH_KNOWN) + (left < right ? left : right);
    if ((!left && !right) || cut < HALF_CHARS || right_n < HALF_CHARS)
        return 0;
    return ONE_KNOWN * (uint32_t)(left ? cut : right_n) - (uint32_t)lost;
}

/* Every cut, also one that takes the place of a letter ("theqhobbit"). */
static void guess_cuts(const struct ra_title_index *index, const struct query *query,
                       const struct piece *piece, struct guesses *guesses)
{
    size_t old_cut = piece->words > 1 ? query->tokens[piece->begin].n : 0;
    if (query->n - piece->words + 2 > QUERY_TOKENS_MAX)
        return;
    for (size_t cut = 1; cut < piece->n; cut++) {
        for (size_t lost = 0; lost < 2 && cut + lost < piece->n; lost++) {
            if (cut == old_cut && lost == 0)
                continue;
            struct guess guess = {
                .promise = promise_of(index, piece, cut, lost),
                .begin = piece->begin,
                .words = piece->words,
                .cut = (uint8_t)cut,
                .lost = (uint8_t)lost,
            };
            add_guess(guesses, &guess);
        }
    }
}

static void guess_join(const struct ra_title_index *index, const struct piece *piece,
                       struct guesses *guesses)
{
    uint32_t df = frequency(index, piece->chars, piece->n, piece->open);
    struct guess guess = {
        .promise = df ? BOTH_KNOWN + df : ONE_KNOWN,
        .begin = piece->begin,
        .words = piece->words,
    };
    add_guess(guesses, &guess);
}

void guess_blanks(const struct ra_title_index *index, const struct query *query,
                  struct guesses *out)
{
    struct piece piece;
    out->n = 0;
    for (size_t begin = 0; begin < query->n; begin++) {
        for (size_t words = 1; words <= 3 && begin + words <= query->n; words++) {
            if (!take_piece(query, begin, words, &piece))
                continue;
            if (words > 1)
                guess_join(index, &piece, out);
            if (words < 3)
                guess_cuts(index, query, &piece, out);
        }
    }
}

void guess_joins(const struct ra_title_index *index, const struct query *query, struct guesses *out)
{
    struct piece piece;
    out->n = 0;
    for (size_t begin = 0; begin + 2 <= query->n; begin++) {
        (void)take_piece(query, begin, 2, &piece);
        if (piece.words && frequency(index, piece.chars, piece.n, piece.open))
            guess_join(index, &piece, out);
    }
}

/* With what they may mean, which stays the same. */
static void copy_words(struct query *out, const struct query *from, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        out->tokens[out->n++] = from->tokens[i];
}

static void put_word(struct query *out, const uint32_t *chars, size_t n, bool open)
{
    struct query_token *word = &out->tokens[out->n++];
    memcpy(word->chars, chars, n * sizeof *chars);
    word->n = (uint8_t)n;
    word->open = open;
    word->effort = EFFORT_NONE;
}

void apply_guess(const struct query *query, const struct guess *guess, struct query *out)
{
    struct piece piece;
    size_t end = (size_t)guess->begin + guess->words;
    take_piece(query, guess->begin, guess->words, &piece);
    size_t right = (size_t)guess->cut + guess->lost;
    out->n = 0;
    copy_words(out, query, 0, guess->begin);
    if (guess->cut)
        put_word(out, piece.chars, guess->cut, false);
    put_word(out, piece.chars + right, piece.n - right, piece.open);
    copy_words(out, query, end, query->n);
}
