#ifndef READALIKE_TITLE_KEYS_H
#define READALIKE_TITLE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an exact look-up compares: a hash of the folded title, or the number of an ISBN. */

#define KEY_TEXT_MAX 1024 /* bytes of a title, and of its fold, that an exact look-up compares */

/* False when nothing is left of the text after folding. */
bool title_key(const char *text, size_t n, uint64_t *out);

/*
 * The number of an ISBN of 10 or 13 digits, dashes and blanks aside; both forms of one book give
 * one number below 2^ISBN_KEY_BITS. A text of the right shape with a wrong check digit still gets a
 * number (catalogues do hold such), one that no valid ISBN has.
 */
#define ISBN_KEY_BITS 32
bool isbn_number(const char *text, size_t n, uint64_t *out);

#endif
