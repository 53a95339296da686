#ifndef READALIKE_TITLE_NFA_H
#define READALIKE_TITLE_NFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All alignments of a pattern with what was read so far, in a few machine words (Wu and Manber,
 * "Fast text searching allowing errors", CACM 1992), with the transposition of neighbours as one
 * error: bit j of rows[d] says that the first j characters match with at most d errors.
 */

#define NFA_EDITS_MAX 2

struct nfa {
    uint64_t ascii[128]; /* bit j + 1: character j of the pattern is this one */
    uint32_t wide[64];   /* the other characters of the pattern, each once */
    uint64_t wide_masks[64];
    uint8_t n_wide;
    uint8_t n; /* characters of the pattern, at most 62 */
    uint8_t k; /* errors allowed */
};

struct nfa_state {
    uint64_t rows[NFA_EDITS_MAX + 1];
    uint64_t swaps[NFA_EDITS_MAX]; /* first half of a transposition read, second half awaited */
};

void nfa_init(struct nfa *nfa, const uint32_t *chars, size_t n, unsigned k);
struct nfa_state nfa_start(const struct nfa *nfa);

static inline uint64_t nfa_mask(const struct nfa *nfa, uint32_t code)
{
    if (code < 128)
        return nfa->ascii[code];
    for (size_t i = 0; i < nfa->n_wide; i++) {
        if (nfa->wide[i] == code)
            return nfa->wide_masks[i];
    }
    return 0;
}

/* Reads one character; false when no alignment is left. */
static inline bool nfa_step(const struct nfa *nfa, const struct nfa_state *from, uint32_t code,
                            struct nfa_state *to)
{
    uint64_t mask = nfa_mask(nfa, code);
    uint64_t below = from->rows[0], now = (below << 1) & mask;
    to->rows[0] = now;
    for (unsigned d = 1; d <= nfa->k; d++) {
        uint64_t here = from->rows[d];
        uint64_t swapped = (from->swaps[d - 1] & (mask >> 1)) << 2;
        to->swaps[d - 1] = below & (mask >> 2);
        now = ((here << 1) & mask) | below | (below << 1) | (now << 1) | swapped;
        to->rows[d] = now;
        below = here;
    }
    return now != 0;
}

/* The fewest errors with which the whole pattern matches what was read; above k: it does not. */
static inline unsigned nfa_edits(const struct nfa *nfa, const struct nfa_state *state)
{
    unsigned d = 0;
    while (d <= nfa->k && !(state->rows[d] >> nfa->n & 1))
        d++;
    return d;
}

#endif
