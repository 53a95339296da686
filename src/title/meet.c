/* Documents that have two words of a query, where neither word's list can be read whole. */
#include "query.h"

/* Meanings of a word that are met with those of the other. */
#define MEANINGS_MET 2
/* Postings of one pair that are unpacked, and documents that it may bring. */
#define PAIR_POSTINGS_MAX 65536
#define PAIR_DOCS_MAX 1024

/* A list with the block that was read last. */
struct run {
    struct list_reader reader;
    uint32_t docs[CODEC_BLOCK];
    size_t n, at;
    size_t read, max; /* postings */
};

/* Moves to the first document from `doc` on; false when there is none. */
static bool reach(struct run *run, uint32_t doc)
{
    while (run->at < run->n && run->docs[run->at] < doc)
        run->at++;
    while (run->at == run->n) {
        list_seek(&run->reader, doc);
        run->n = list_next(&run->reader, run->docs);
        run->read += run->n;
        run->at = 0;
        if (run->n == 0 || run->read > run->max)
            return false;
        while (run->at < run->n && run->docs[run->at] < doc)
            run->at++;
    }
    return true;
}

static void meet(struct ra_title_scratch *scratch, struct run *runs, const size_t words[2],
                 const float gains[2], const uint64_t *allowed)
{
    size_t left = PAIR_DOCS_MAX;
    for (uint32_t doc = 0; left > 0 && reach(&runs[0], doc);) {
        doc = runs[0].docs[runs[0].at];
        if (!reach(&runs[1], doc))
            return;
        if (runs[1].docs[runs[1].at] != doc) {
            doc = runs[1].docs[runs[1].at];
            continue;
        }
        if (is_allowed(allowed, doc)) {
            gather_add(scratch, doc, words[0], gains[0]);
            gather_add(scratch, doc, words[1], gains[1]);
            left--;
        }
        doc++;
    }
}

/* The best meanings that are one word of the index. */
static size_t best_meanings(const struct query_token *token, const struct expansion **out)
{
    size_t n = 0;
    for (size_t i = 0; i < token->n_expansions && n < MEANINGS_MET; i++) {
        if (token->expansions[i].end - token->expansions[i].first == 1)
            out[n++] = &token->expansions[i];
    }
    return n;
}

void gather_both(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                 const struct query *query, const size_t words[2], const uint64_t *allowed)
{
    const struct query_token *left = &query->tokens[words[0]], *right = &query->tokens[words[1]];
    const struct expansion *lefts[MEANINGS_MET], *rights[MEANINGS_MET];
    size_t n_left = best_meanings(left, lefts), n_right = best_meanings(right, rights);
    struct run runs[2];
    for (size_t i = 0; i < n_left; i++) {
        for (size_t j = 0; j < n_right && scratch->pair_postings > 0; j++) {
            const float gains[2] = {left->weight * lefts[i]->sim, right->weight * rights[j]->sim};
            postings_open(index, lefts[i]->first, &runs[0].reader);
            postings_open(index, rights[j]->first, &runs[1].reader);
            for (size_t side = 0; side < 2; side++) {
                runs[side].n = runs[side].at = runs[side].read = 0;
                runs[side].max = scratch->pair_postings < PAIR_POSTINGS_MAX ? scratch->pair_postings
                                                                            : PAIR_POSTINGS_MAX;
            }
            meet(scratch, runs, words, gains, allowed);
            size_t read = runs[0].read + runs[1].read;
            scratch->pair_postings -= read < scratch->pair_postings ? read : scratch->pair_postings;
        }
    }
}
