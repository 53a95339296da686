/* Whether an answer's first book may be taken without asking back. */
#include "certain.h"

#include "find.h"
#include "forward.h"

/*
 * So much of the query must be in the book and of the title in the query, and the next book of
 * another title must be so far behind. Set with the lists of tests/title: real misspellings are
 * to be certain, strings that are no book of the catalogue are not.
 */
#define CERTAIN_COVER 0.80F
#define CERTAIN_NAMED 0.90F
#define CERTAIN_LEAD 0.08F

bool is_very_title(const struct ra_title_index *index, const struct ra_title_question *question,
                   const struct ra_title_hit *hit)
{
    uint32_t doc;
    return find_title(index, question->text, question->n, &doc) && doc == hit->doc;
}

/* Editions of one work do not compete with one another. */
static bool have_same_title(const struct ra_title_index *index, uint32_t a, uint32_t b)
{
    struct doc_words left = forward_open(index, a), right = forward_open(index, b);
    if (left.n[FIELD_MAIN] != right.n[FIELD_MAIN])
        return false;
    for (size_t i = 0; i < left.n[FIELD_MAIN]; i++) {
        if (forward_token(index, &left.codes) != forward_token(index, &right.codes))
            return false;
    }
    return true;
}

bool is_certain(const struct ra_title_index *index, const struct ra_title_question *question,
                const struct hits *hits)
{
    const struct judged *best = &hits->list[0];
    if (hits->n == 0)
        return false;
    if (is_very_title(index, question, &best->hit))
        return true;
    if (best->doubtful || best->cover < CERTAIN_COVER || best->named < CERTAIN_NAMED)
        return false;
    for (size_t i = 1; i < hits->n; i++) {
        if (!have_same_title(index, best->hit.doc, hits->list[i].hit.doc))
            return best->hit.score - hits->list[i].hit.score >= CERTAIN_LEAD;
    }
    return true;
}
