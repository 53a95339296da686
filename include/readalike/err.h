#ifndef READALIKE_ERR_H
#define READALIKE_ERR_H

#include <stdbool.h>

#define RA_MUST_CHECK __attribute__((warn_unused_result))
#define RA_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* What kind of failure it is. `http` owns the one table from these to a status. */
enum ra_code {
    RA_OK,
    RA_ERR_NOMEM,
    RA_ERR_INVALID, /* the caller's input is wrong */
    RA_ERR_NOT_FOUND,
    RA_ERR_CONFLICT, /* exists already, or was changed meanwhile */
    RA_ERR_IO,
    RA_ERR_CORRUPT,     /* a file or a row is not what it claims to be */
    RA_ERR_UNAVAILABLE, /* a server we need does not answer */
    RA_ERR_TIMEOUT,
    RA_CODE_COUNT
};

/* Lives on the caller's stack, zeroed; nothing to free. */
struct ra_err {
    enum ra_code code;
    char text[512];
};

/*
 * Records a failure and returns false, so that a failing line reads
 * `return ra_fail(err, RA_ERR_IO, "cannot open %s", path);`. The first failure wins: a second
 * call leaves the first text. `err` may be NULL.
 */
bool ra_fail(struct ra_err *err, enum ra_code code, const char *fmt, ...) RA_PRINTF(3, 4);

/* As ra_fail, with ": " and the text of `errno` appended. */
bool ra_fail_errno(struct ra_err *err, enum ra_code code, const char *fmt, ...) RA_PRINTF(3, 4);

/* Puts "what: " in front of the text, keeps the code, returns false. */
bool ra_err_wrap(struct ra_err *err, const char *fmt, ...) RA_PRINTF(2, 3);

/* Forgets the failure, for a caller that goes on after handling it. */
void ra_err_clear(struct ra_err *err);

/* A stable lower-case word for a code ("not_found"), for JSON and metric labels. */
const char *ra_code_name(enum ra_code code);

#endif
