/* Walks the trie: along given characters, or wherever the automaton still sees a match. */
#include "query.h"

/* Bounds one walk whatever the index; real ones need about a tenth at a million titles. */
#define WALK_NODES_MAX 400000

uint32_t trie_find(const struct ra_title_index *index, const uint32_t *chars, size_t n)
{
    uint32_t node = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t low = index->nodes[node].first_child;
        uint32_t end = index->nodes[node + 1].first_child, high = end;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if ((index->nodes[middle].label & NODE_CHAR_MASK) < chars[i])
                low = middle + 1;
            else
                high = middle;
        }
        if (low == end || (index->nodes[low].label & NODE_CHAR_MASK) != chars[i])
            return UINT32_MAX;
        node = low;
    }
    return node;
}

uint32_t trie_range_end(const struct ra_title_index *index, uint32_t node)
{
    const struct title_node *nodes = index->nodes;
    if (index->n_tokens == 0)
        return 0;
    while (nodes[node].first_child < nodes[node + 1].first_child)
        node = nodes[node + 1].first_child - 1;
    return nodes[node].first_token + 1;
}

static struct walk_frame frame_of(const struct ra_title_index *index, uint32_t node, unsigned least)
{
    return (struct walk_frame){
        .next = index->nodes[node].first_child,
        .end = index->nodes[node + 1].first_child,
        .least = least,
    };
}

/* A match without edits is none of ours: expand() has it already. */
void walk_trie(const struct ra_title_index *index, struct ra_title_scratch *scratch,
               struct query_token *token, bool with_prefixes)
{
    const struct nfa *nfa = &scratch->nfa;
    struct walk_frame *frame = scratch->frames;
    struct walk_frame *last = frame + WALK_DEPTH_MAX - 1;
    *frame = frame_of(index, 0, nfa->k + 1);
    frame->state = nfa_start(nfa);
    for (size_t left = WALK_NODES_MAX; left > 0; left--) {
        if (frame->next == frame->end) {
            if (frame == scratch->frames)
                return;
            frame--;
            continue;
        }
        uint32_t node = frame->next++;
        uint32_t label = index->nodes[node].label;
        struct nfa_state state;
        if (!nfa_step(nfa, &frame->state, label & NODE_CHAR_MASK, &state))
            continue;
        unsigned edits = nfa_edits(nfa, &state);
        unsigned least = frame->least;
        if (edits > 0 && edits <= nfa->k && label & NODE_IS_TOKEN)
            expansion_add(index, token, node, edits, false);
        if (with_prefixes && edits < least) {
            least = edits;
            if (edits > 0)
                expansion_add(index, token, node, edits, true);
        }
        if (frame == last)
            continue;
        frame++;
        *frame = frame_of(index, node, least);
        frame->state = state;
    }
}
