#ifndef READALIKE_JSON_H
#define READALIKE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "readalike/err.h"

/*
 * Parses one JSON value from `n` bytes: UTF-8 only, no duplicate keys, nesting at most 32, nothing
 * behind it. A new reference; NULL with `err` (RA_ERR_INVALID, line and column in the text).
 */
json_t *ra_json_parse(const char *text, size_t n, struct ra_err *err) RA_MUST_CHECK;

/*
 * Fails with RA_ERR_INVALID, naming the field (and the nearest known one), when `object` has a key
 * that is not among the `n` names.
 */
bool ra_json_only(const json_t *object, const char *const *names, size_t n,
                  struct ra_err *err) RA_MUST_CHECK;

#endif
