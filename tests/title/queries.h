#ifndef READALIKE_TESTS_TITLE_QUERIES_H
#define READALIKE_TESTS_TITLE_QUERIES_H

#include "readalike/random.h"
#include "readalike/title.h"

/*
 * The kinds of queries that recall is measured with. A typo is a letter put in, left out, replaced
 * or swapped with the next, anywhere; 7 times of 10 the new letter is a neighbour on the keyboard.
 */
enum query_kind {
    EXACT,
    TYPO,
    TYPOS,
    PREFIX,
    PREFIX_TYPO,
    ARTICLE,
    ARTICLE_TYPO,
    SHUFFLED,
    AUTHOR,
    QUERY_KINDS
};
extern const char *const query_kind_names[QUERY_KINDS];

#define QUERY_TEXT_MAX 512

/* Lower case, without "(Series, #3)"; false when nothing is left. */
bool plain_title(const char *title, char *out);
/* A query of a kind that means `doc`; false when there is none. */
bool make_query(struct ra_random *random, enum query_kind kind, const struct ra_title_doc *doc,
                char *out);

#endif
