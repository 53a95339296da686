/* Sets up the bit-parallel automaton for one pattern. */
#include "nfa.h"

#include <string.h>

void nfa_init(struct nfa *nfa, const uint32_t *chars, size_t n, unsigned k)
{
    memset(nfa->ascii, 0, sizeof nfa->ascii);
    nfa->n_wide = 0;
    nfa->n = (uint8_t)n;
    nfa->k = (uint8_t)k;
    for (size_t i = 0; i < n; i++) {
        uint64_t bit = UINT64_C(2) << i;
        if (chars[i] < 128) {
            nfa->ascii[chars[i]] |= bit;
            continue;
        }
        size_t at = 0;
        while (at < nfa->n_wide && nfa->wide[at] != chars[i])
            at++;
        if (at == nfa->n_wide) {
            nfa->wide[nfa->n_wide++] = chars[i];
            nfa->wide_masks[at] = 0;
        }
        nfa->wide_masks[at] |= bit;
    }
}

struct nfa_state nfa_start(const struct nfa *nfa)
{
    struct nfa_state state = {0};
    for (unsigned d = 0; d <= nfa->k; d++)
        state.rows[d] = (UINT64_C(2) << d) - 1; /* d characters of the pattern left out */
    return state;
}
