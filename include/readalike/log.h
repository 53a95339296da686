#ifndef READALIKE_LOG_H
#define READALIKE_LOG_H

#include "readalike/err.h"

enum ra_level { RA_DEBUG, RA_INFO, RA_WARN, RA_ERROR };

/* The lowest level that is written; RA_INFO at start. Set once, before threads start. */
void ra_log_set_level(enum ra_level level);

/* "debug", "info", "warn" or "error" to a level. */
bool ra_log_parse_level(const char *name, enum ra_level *out) RA_MUST_CHECK;

/*
 * Writes one line to stderr: time, level, `where` (a request id, a module; NULL for none), and the
 * message as the caller formed it, `key=value` pairs after a few words. Control characters are
 * escaped, so input from outside cannot forge a second line. Any thread.
 */
void ra_log(enum ra_level level, const char *where, const char *fmt, ...) RA_PRINTF(3, 4);

#endif
