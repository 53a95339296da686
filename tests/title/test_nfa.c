/* The automaton against plain dynamic programming (optimal string alignment). */
#include "../check.h"
#include "nfa.h"
#include "random.h"

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits to turn `a` into `b`: insert, delete, replace, swap neighbours; no letter edited twice. */
static unsigned distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    static unsigned d[64][64];
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

static size_t random_word(uint64_t *state, uint32_t *out, size_t max)
{
    static const uint32_t letters[] = {'a', 'b', 'c', 0x434, 0x5B57, 0x10348};
    size_t n = 1 + random_below(state, max);
    size_t n_letters = 2 + random_below(state, 5);
    for (size_t i = 0; i < n; i++)
        out[i] = letters[random_below(state, n_letters)];
    return n;
}

/* A few edits away, so that small distances are not rare. */
static size_t edit(uint64_t *state, const uint32_t *from, size_t n, uint32_t *out)
{
    memcpy(out, from, n * sizeof *out);
    for (size_t edits = random_below(state, 4); edits > 0; edits--) {
        size_t at = random_below(state, n);
        size_t way = random_below(state, 4);
        if (way == 0 && n > 1) {
            memmove(out + at, out + at + 1, (n - at - 1) * sizeof *out);
            n--;
        } else if (way == 1 && n < 60) {
            memmove(out + at + 1, out + at, (n - at) * sizeof *out);
            n++;
        } else if (way == 2 && at + 1 < n) {
            uint32_t c = out[at];
            out[at] = out[at + 1];
            out[at + 1] = c;
        } else {
            out[at] = 'c';
        }
    }
    return n;
}

static unsigned nfa_distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m, unsigned k)
{
    struct nfa nfa;
    nfa_init(&nfa, a, n, k);
    struct nfa_state state = nfa_start(&nfa);
    for (size_t i = 0; i < m; i++) {
        struct nfa_state next = {0};
        if (!nfa_step(&nfa, &state, b[i], &next))
            return k + 1;
        state = next;
    }
    return nfa_edits(&nfa, &state);
}

static void the_automaton_counts_edits_as_dynamic_programming_does(void **state)
{
    (void)state;
    uint64_t random = 1;
    size_t within[NFA_EDITS_MAX + 2] = {0};
    for (int round = 0; round < 300000; round++) {
        uint32_t a[64], b[64];
        size_t n = random_word(&random, a, round % 2 ? 8 : 40);
        size_t m = edit(&random, a, n, b);
        unsigned k = (unsigned)random_below(&random, NFA_EDITS_MAX + 1);
        unsigned wanted = least(distance(a, n, b, m), k + 1);
        assert_int_equal(nfa_distance(a, n, b, m, k), wanted);
        within[wanted]++;
    }
    for (size_t edits = 0; edits <= NFA_EDITS_MAX + 1; edits++)
        assert_true(within[edits] > 1000);
}

static void every_prefix_is_seen_on_the_way(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int round = 0; round < 50000; round++) {
        uint32_t a[64], b[64];
        size_t n = random_word(&random, a, 8);
        size_t m = random_word(&random, b, 8);
        struct nfa nfa;
        nfa_init(&nfa, a, n, 2);
        struct nfa_state at = nfa_start(&nfa);
        for (size_t i = 0; i < m; i++) {
            struct nfa_state next = {0};
            bool alive = nfa_step(&nfa, &at, b[i], &next);
            unsigned wanted = least(distance(a, n, b, i + 1), 3);
            assert_int_equal(nfa_edits(&nfa, &next), wanted);
            if (!alive)
                break;
            at = next;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_automaton_counts_edits_as_dynamic_programming_does),
        cmocka_unit_test(every_prefix_is_seen_on_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
