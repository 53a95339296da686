#ifndef READALIKE_STR_H
#define READALIKE_STR_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/* The number of elements of an array (not of a pointer). */
#define RA_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Whole-string parsers: no leading blanks, no trailing characters, no overflow, no NaN or infinity.
 * `out` is written on success only.
 */
bool ra_parse_i64(const char *text, int64_t *out) RA_MUST_CHECK;
bool ra_parse_u64(const char *text, uint64_t *out) RA_MUST_CHECK;
bool ra_parse_double(const char *text, double *out) RA_MUST_CHECK;
/* true/false, yes/no, on/off, 1/0 */
bool ra_parse_bool(const char *text, bool *out) RA_MUST_CHECK;

/* Whether `n` bytes are well-formed UTF-8 (no overlong forms, no surrogates). */
bool ra_utf8_valid(const char *text, size_t n);

/* `text` without white space at either end, cut in place; returns the first kept character. */
char *ra_str_trim(char *text);
bool ra_str_starts(const char *text, const char *prefix);
bool ra_str_ends(const char *text, const char *suffix);

/*
 * The nearest of `n` names to `name` by edit distance, for "did you mean"; NULL when none is near.
 * `names` are `stride` bytes apart, so that a column of a table can be searched.
 */
const char *ra_str_nearest(const char *name, const char *const *names, size_t n, size_t stride);

#endif
