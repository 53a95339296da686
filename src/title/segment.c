/* Moves the blanks of a query: "harrypotter", "hobb it" and "lordo fthe rings" are still found. */
#include <string.h>

#include "query.h"

/* The number of postings of a word as it stands, 0 when it is none. */
static uint32_t frequency(const struct ra_title_index *index, const uint32_t *chars, size_t n,
                          bool open)
{
    uint32_t node = trie_find(index, chars, n);
    if (node == UINT32_MAX || node == 0)
        return 0;
    if (!open && !(index->nodes[node].label & NODE_IS_TOKEN))
        return 0;
    uint32_t first = index->nodes[node].first_token;
    return (uint32_t)range_postings(index, first, open ? trie_range_end(index, node) : first + 1);
}

static void copy_words(struct query *out, const struct query *from, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        struct query_token *word = &out->tokens[out->n++];
        memcpy(word->chars, from->tokens[i].chars, from->tokens[i].n * sizeof *word->chars);
        word->n = from->tokens[i].n;
        word->open = from->tokens[i].open;
    }
}

static void put_word(struct query *out, const uint32_t *chars, size_t n, bool open)
{
    struct query_token *word = &out->tokens[out->n++];
    memcpy(word->chars, chars, n * sizeof *chars);
    word->n = (uint8_t)n;
    word->open = open;
}

/* The letters of words [begin, end) without the blanks; 0 when they are too many. */
static size_t join(const struct query *query, size_t begin, size_t end, uint32_t *out)
{
    size_t n = 0;
    for (size_t i = begin; i < end; i++) {
        const struct query_token *word = &query->tokens[i];
        if (n + word->n > TOKEN_CHARS)
            return 0;
        memcpy(out + n, word->chars, word->n * sizeof *out);
        n += word->n;
    }
    return n;
}

/* Where to cut so that the rarer half is as frequent as can be; 0 when no cut gives two words. */
static size_t best_cut(const struct ra_title_index *index, const uint32_t *chars, size_t n,
                       bool open, size_t old_cut)
{
    size_t best = 0;
    uint32_t most = 0;
    for (size_t cut = 1; cut < n; cut++) {
        if (cut == old_cut)
            continue;
        uint32_t left = frequency(index, chars, cut, false);
        uint32_t right = left ? frequency(index, chars + cut, n - cut, open) : 0;
        uint32_t rarer = left < right ? left : right;
        if (rarer > most) {
            most = rarer;
            best = cut;
        }
    }
    return best;
}

static bool is_known_word(const struct query *query, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        if (!query->tokens[i].known)
            return false;
    }
    return true;
}

/* Words [begin, end) as one word. */
static bool try_join(const struct ra_title_index *index, const struct query *query, size_t begin,
                     size_t end, struct query *out)
{
    uint32_t chars[TOKEN_CHARS];
    size_t n = join(query, begin, end, chars);
    bool open = query->tokens[end - 1].open;
    if (n == 0 || is_known_word(query, begin, end) || !frequency(index, chars, n, open))
        return false;
    out->n = 0;
    copy_words(out, query, 0, begin);
    put_word(out, chars, n, open);
    copy_words(out, query, end, query->n);
    return true;
}

/* Words [begin, end), one or two, as two words with the blank elsewhere. */
static bool try_cut(const struct ra_title_index *index, const struct query *query, size_t begin,
                    size_t end, struct query *out)
{
    uint32_t chars[TOKEN_CHARS];
    size_t n = join(query, begin, end, chars);
    bool open = query->tokens[end - 1].open;
    size_t old_cut = end - begin > 1 ? query->tokens[begin].n : 0;
    if (n == 0 || is_known_word(query, begin, end) ||
        query->n - (end - begin) + 2 > QUERY_TOKENS_MAX)
        return false;
    size_t cut = best_cut(index, chars, n, open, old_cut);
    if (cut == 0)
        return false;
    out->n = 0;
    copy_words(out, query, 0, begin);
    put_word(out, chars, cut, false);
    put_word(out, chars + cut, n - cut, open);
    copy_words(out, query, end, query->n);
    return true;
}

/* In turn: join two or three neighbours, cut one word, move the blank between two. */
bool resegment(const struct ra_title_index *index, const struct query *query, size_t number,
               struct query *out)
{
    static const struct {
        uint8_t words;
        bool (*attempt)(const struct ra_title_index *, const struct query *, size_t, size_t,
                        struct query *);
    } ways[] = {{2, try_join}, {1, try_cut}, {2, try_cut}, {3, try_join}};
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        for (size_t begin = 0; begin + ways[way].words <= query->n; begin++) {
            if (ways[way].attempt(index, query, begin, begin + ways[way].words, out) &&
                number-- == 0)
                return true;
        }
    }
    return false;
}
