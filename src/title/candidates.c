/* Picks the documents worth scoring: the most telling words first, popular documents first. */
#include <string.h>

#include "query.h"

/* Caps cut the unpopular tail, since documents are numbered by popularity. */
#define WORD_POSTINGS_MAX 6000
/* Under a filter most postings may not count: read on, but not without end. */
#define FILTERED_POSTINGS_MAX 200000
/* Words left over that weigh less than this share cannot bring in a good document alone. */
#define NEGLIGIBLE_WEIGHT 0.30F

/* Nor can words that are left over bring in a better one than many that have the others. */
#define LATE_WEIGHT 0.50F
/* Candidates that are scored: more when some words' documents were not all read. */
#define CANDIDATES_USUAL 160
#define MUCH_UNREAD 0.12F
/* So many of the most telling words that were cut short are met with one another. */
#define PAIRED_MAX 3

/* One word's turn at gathering. */
struct turn {
    struct ra_title_scratch *scratch;
    const uint64_t *allowed;
    size_t word;
    float gain;
    size_t left;  /* documents that may still be added or raised */
    size_t reads; /* postings that may still be read */
    bool cut;     /* some were not */
};

static uint32_t slot_of(const struct ra_title_scratch *scratch, uint32_t doc)
{
    uint32_t slot = (doc * UINT32_C(0x9E3779B1)) >> 17;
    while (scratch->slots[slot].stamp == scratch->stamp && scratch->slots[slot].doc != doc)
        slot = (slot + 1) % GATHER_SLOTS;
    return slot;
}

/* Meanings come best first, so that the first one of a word counts. */
void gather_add(struct ra_title_scratch *scratch, uint32_t doc, size_t word, float gain)
{
    uint32_t at = slot_of(scratch, doc), bit = UINT32_C(1) << word;
    struct gathered *slot = &scratch->slots[at];
    if (slot->stamp != scratch->stamp) {
        if (scratch->full || scratch->n_used == GATHER_MAX)
            return;
        scratch->used[scratch->n_used++] = (uint16_t)at;
        *slot = (struct gathered){doc, scratch->stamp, bit, gain};
    } else if (!(slot->words & bit)) {
        slot->words |= bit;
        slot->sum += gain;
    }
}

static void add_run(struct turn *turn, const uint32_t *docs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (turn->left == 0 || turn->reads == 0) {
            turn->cut = true;
            return;
        }
        turn->reads--;
        if (!is_allowed(turn->allowed, docs[i]))
            continue;
        turn->left--;
        gather_add(turn->scratch, docs[i], turn->word, turn->gain);
    }
}

static void add_list(struct turn *turn, struct list_reader *reader)
{
    uint32_t *docs = turn->scratch->block;
    for (size_t n; !turn->cut && (n = list_next(reader, docs)) > 0;)
        add_run(turn, docs, n);
}

/* The most popular documents below a node; false when it has no list of them. */
static bool add_top(const struct ra_title_index *index, struct turn *turn, uint32_t node)
{
    size_t low = 0, high = index->n_tops;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->tops[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == index->n_tops || index->tops[low].node != node)
        return false;
    struct list_reader reader;
    const uint8_t *at = index->top_docs + index->tops[low].start;
    uint32_t n = varint_read(&at);
    list_open(&reader, at, n);
    add_list(turn, &reader);
    turn->cut = true;
    return true;
}

/* A filter may leave nothing of a top list, so then all postings are read. */
static void add_expansion(const struct ra_title_index *index, struct turn *turn,
                          const struct expansion *expansion)
{
    if (!turn->allowed && expansion->end - expansion->first > 1 &&
        add_top(index, turn, expansion->node))
        return;
    for (uint32_t token = expansion->first; token < expansion->end && !turn->cut; token++) {
        struct list_reader reader;
        postings_open(index, token, &reader);
        add_list(turn, &reader);
    }
}

/* False when some documents of the word were left out. */
static bool add_word(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                     const struct query_token *token, size_t number, const uint64_t *allowed)
{
    struct turn turn = {
        .scratch = scratch,
        .allowed = allowed,
        .word = number,
        .left = WORD_POSTINGS_MAX,
        .reads = allowed ? FILTERED_POSTINGS_MAX : WORD_POSTINGS_MAX,
    };
    bool cut = false;
    for (size_t i = 0; i < token->n_expansions; i++) {
        turn.gain = token->weight * token->expansions[i].sim;
        add_expansion(index, &turn, &token->expansions[i]);
        cut = cut || turn.cut;
        turn.cut = false;
    }
    return !cut;
}

/* The numbers of the words, the most telling first. */
static void order_words(const struct query *query, uint32_t *out)
{
    for (uint32_t i = 0; i < query->n; i++) {
        uint32_t at = i;
        for (; at > 0 && query->tokens[i].weight > query->tokens[out[at - 1]].weight; at--)
            out[at] = out[at - 1];
        out[at] = i;
    }
}

/* Sinks the root of a heap whose root ranks lowest. */
static void sift(struct candidate *heap, size_t n)
{
    for (size_t at = 0;;) {
        size_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && heap[child + 1].rank < heap[child].rank)
            child++;
        if (heap[at].rank <= heap[child].rank)
            return;
        struct candidate moving = heap[at];
        heap[at] = heap[child];
        heap[child] = moving;
        at = child;
    }
}

static void lift(struct candidate *heap, size_t at)
{
    while (at > 0 && heap[at].rank < heap[(at - 1) / 2].rank) {
        struct candidate moving = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moving;
        at = (at - 1) / 2;
    }
}

/* Takes the root out again and again, which leaves the highest rank in front. */
static void sort_candidates(struct candidate *heap, size_t n)
{
    while (n > 1) {
        struct candidate lowest = heap[0];
        heap[0] = heap[--n];
        sift(heap, n);
        heap[n] = lowest;
    }
}

/* What a document may score: its words, how much of its title they may be, popularity. */
static float rank_of(const struct ra_title_index *index, const struct gathered *slot, float weight)
{
    float title = (float)index->title_weights[slot->doc] * (1.0F / TITLE_WEIGHT_ONE);
    float named = slot->sum < title ? slot->sum / title : 1;
    return slot->sum / weight + TITLE_WEIGHT * named + PRIOR_WEIGHT * prior_of(index, slot->doc);
}

static float unread_share(const struct query *query, uint32_t words)
{
    float unread = 0;
    for (; words; words &= words - 1)
        unread += query->tokens[__builtin_ctz(words)].weight;
    return unread / query->weight;
}

static void pick(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                 const struct query *query)
{
    struct candidate *heap = scratch->candidates;
    float much = unread_share(query, scratch->cut_words);
    size_t n = 0, max = much > MUCH_UNREAD ? CANDIDATES_MAX : CANDIDATES_USUAL;
    float least = 0, scale = 1 / query->weight;
    for (size_t i = 0; i < scratch->n_used; i++) {
        const struct gathered *slot = &scratch->slots[scratch->used[i]];
        if (n == max && slot->sum * scale + TITLE_WEIGHT + PRIOR_WEIGHT <= least)
            continue;
        struct candidate candidate = {.doc = slot->doc,
                                      .rank = rank_of(index, slot, query->weight)};
        if (much > 0)
            candidate.unread = unread_share(query, scratch->cut_words & ~slot->words);
        if (n < max) {
            heap[n] = candidate;
            lift(heap, n++);
        } else if (candidate.rank > heap[0].rank) {
            heap[0] = candidate;
            sift(heap, n);
        }
        least = heap[0].rank;
    }
    scratch->n_candidates = n;
    sort_candidates(heap, n);
}

/* A new query needs a stamp of its own; when they run out, all slots are freed. */
static void next_stamp(struct ra_title_scratch *scratch)
{
    if (++scratch->stamp == 0) {
        memset(scratch->slots, 0, sizeof scratch->slots);
        memset(scratch->meanings, 0, sizeof scratch->meanings);
        scratch->stamp = 1;
    }
}

/* Of words that were cut short, each pair. */
static void add_pairs(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                      const struct query *query, const uint64_t *allowed, const size_t *cut,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++)
            gather_both(index, scratch, query, (size_t[]){cut[i], cut[j]}, allowed);
    }
}

void gather(const struct ra_title_index *index, struct ra_title_scratch *scratch,
            const struct query *query, const uint64_t *allowed)
{
    uint32_t order[QUERY_TOKENS_MAX];
    size_t cut[QUERY_TOKENS_MAX], n_cut = 0;
    order_words(query, order);
    next_stamp(scratch);
    scratch->n_used = 0;
    scratch->cut_words = 0;
    scratch->full = false;
    float left = query->weight;
    uint32_t seen = 0;
    for (size_t i = 0; i < query->n; i++) {
        if (scratch->n_used > 0 && left < NEGLIGIBLE_WEIGHT * query->weight)
            break;
        seen |= UINT32_C(1) << order[i];
        scratch->full = scratch->n_used >= CANDIDATES_USUAL && left < LATE_WEIGHT * query->weight;
        const struct query_token *token = &query->tokens[order[i]];
        if (!add_word(index, scratch, token, order[i], allowed)) {
            scratch->cut_words |= UINT32_C(1) << order[i];
            cut[n_cut++] = order[i];
        }
        left -= token->weight;
    }
    scratch->full = false;
    scratch->cut_words |= ~seen & ((UINT32_C(1) << query->n) - 1);
    add_pairs(index, scratch, query, allowed, cut, n_cut < PAIRED_MAX ? n_cut : PAIRED_MAX);
    pick(index, scratch, query);
}
