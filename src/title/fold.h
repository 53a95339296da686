#ifndef READALIKE_TITLE_FOLD_H
#define READALIKE_TITLE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text read as folded characters, one at a time, each with the bytes that it came from. */

/* The longest decomposition in Unicode is 18 code points (U+FDFA). */
#define FOLD_PENDING_MAX 24

struct folded {
    int32_t code;        /* a letter, digit or kept mark, or ' ' between words */
    uint32_t start, end; /* bytes of the text */
};

struct folder {
    const unsigned char *text;
    size_t n;
    size_t at;  /* the next byte to read */
    size_t run; /* letters in the word so far, from its start or its last deleted full stop */
    int32_t pending[FOLD_PENDING_MAX];
    uint8_t n_pending, next_pending;
    uint32_t start, end; /* bytes that the pending characters came from */
};

void folder_init(struct folder *folder, const char *text, size_t n);
/* False at the end. Several blanks may follow one another, also at either end. */
bool folder_next(struct folder *folder, struct folded *out);

#endif
