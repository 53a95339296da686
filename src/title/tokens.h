#ifndef READALIKE_TITLE_TOKENS_H
#define READALIKE_TITLE_TOKENS_H

#include "fold.h"

/* Words of a folded text, and the fields of a title. */

#define TOKEN_CHARS 40 /* a longer word is cut, in titles and queries alike */

struct token {
    uint32_t chars[TOKEN_CHARS];
    uint8_t n;
    uint32_t start;             /* byte of the text where it begins */
    uint32_t ends[TOKEN_CHARS]; /* byte of the text behind each character */
};

struct tokens {
    struct folder folder;
    struct folded unread; /* read too far: comes again */
    bool has_unread;
    struct folded held; /* an ideograph that the next one makes a pair with */
    bool holds;
    bool alone; /* the held one was not part of a pair yet */
};

void tokens_init(struct tokens *tokens, const char *text, size_t n);
/* Ideographs and kana, which are written without blanks, come as overlapping pairs. */
bool tokens_next(struct tokens *tokens, struct token *out);

/* The word in Latin letters (`chars` and `n` only); false when it has no Cyrillic or Greek one. */
bool token_latin(const struct token *token, struct token *out);

bool token_is_number(const struct token *token);
/* UTF-8; `out` has room for 4 * TOKEN_CHARS bytes. Returns the length. */
size_t token_text(const struct token *token, char *out);

/* "Main: Subtitle (Series, #3)" as byte ranges: [0, main), [main, series), [series, n). */
struct title_parts {
    size_t main_end, series_start;
};
struct title_parts title_split(const char *title, size_t n);

#endif
