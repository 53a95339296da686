/* Walks the trie: along given characters, or wherever the automaton still sees a match. */
#include <string.h>

#include "query.h"

/* Bounds one walk whatever the index; real ones need about a tenth at a million titles. */
#define WALK_NODES_MAX 400000

/* The node among the siblings [first, end) that `label` leads to, or `end`; four labels a step. */
static uint32_t find_label(const struct ra_title_index *index, uint32_t first, uint32_t end,
                           uint32_t label)
{
    const uint64_t ones = UINT64_C(0x0001000100010001), tops = UINT64_C(0x8000800080008000);
    uint32_t at = first;
    for (; at + 4 <= end; at += 4) {
        uint64_t four;
        memcpy(&four, index->labels + at, sizeof four);
        four ^= ones * (uint16_t)label;
        uint64_t equal = (four - ones) & ~four & tops; /* its lowest bit is right */
        if (equal)
            return at + (unsigned)__builtin_ctzll(equal) / 16;
    }
    while (at < end && index->labels[at] != label)
        at++;
    return at;
}

uint32_t trie_find(const struct ra_title_index *index, const uint32_t *chars, size_t n)
{
    uint32_t node = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t end = first_child(index, node + 1);
        node = find_label(index, first_child(index, node), end, chars[i]);
        if (node == end)
            return UINT32_MAX;
    }
    return node;
}

/*
 * Where no alignment has an error left to spend, the next letter must be one that an alignment
 * waits for: those few are looked up, instead of trying all children.
 */
static uint64_t awaited(const struct nfa *nfa, const struct nfa_state *state)
{
    uint64_t spare = 0;
    for (unsigned d = 0; d < nfa->k; d++)
        spare |= state->rows[d];
    if (spare || nfa->k == 0)
        return 0;
    uint64_t all = state->rows[nfa->k] | state->swaps[nfa->k - 1];
    return all & ((UINT64_C(1) << nfa->n) - 1);
}

static void enter(const struct ra_title_index *index, const struct nfa *nfa,
                  struct walk_frame *frame, uint32_t node)
{
    frame->next = first_child(index, node);
    frame->end = first_child(index, node + 1);
    frame->awaited = awaited(nfa, &frame->state);
    frame->tries_all = frame->awaited == 0 || frame->end - frame->next < 2;
}

/* The next child worth a step; false when there is none left. */
static bool next_child(const struct ra_title_index *index, const struct nfa *nfa,
                       const struct query_token *token, struct walk_frame *frame, uint32_t *out)
{
    if (frame->tries_all) {
        *out = frame->next++;
        return *out < frame->end;
    }
    while (frame->awaited) {
        uint32_t label = token->chars[__builtin_ctzll(frame->awaited)];
        frame->awaited &= ~(nfa_mask(nfa, label) >> 1);
        *out = find_label(index, frame->next, frame->end, label);
        if (*out < frame->end)
            return true;
    }
    return false;
}

/* A match without edits is none of ours: expand() has it already. */
void walk_trie(const struct ra_title_index *index, struct ra_title_scratch *scratch,
               struct query_token *token, bool with_prefixes)
{
    const struct nfa *nfa = &scratch->nfa;
    struct walk_frame *frame = scratch->frames;
    struct walk_frame *last = frame + WALK_DEPTH_MAX - 1;
    frame->least = nfa->k + 1;
    frame->state = nfa_start(nfa);
    enter(index, nfa, frame, 0);
    for (size_t left = WALK_NODES_MAX; left > 0; left--) {
        uint32_t node;
        if (!next_child(index, nfa, token, frame, &node)) {
            if (frame == scratch->frames)
                return;
            frame--;
            continue;
        }
        struct nfa_state *state = &frame[1].state;
        if (!nfa_step(nfa, &frame->state, index->labels[node], state))
            continue;
        unsigned edits = nfa_edits(nfa, state);
        unsigned least = frame->least;
        if (edits > 0 && edits <= nfa->k && is_word_end(index, node))
            expansion_add(index, token, node, edits, false);
        if (with_prefixes && edits < least) {
            least = edits;
            if (edits > 0)
                expansion_add(index, token, node, edits, true);
        }
        if (frame == last || is_leaf(index, node))
            continue;
        frame++;
        frame->least = least;
        enter(index, nfa, frame, node);
    }
}
