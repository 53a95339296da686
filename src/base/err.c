/* The one error object of the house: a code and a sentence on the caller's stack. */
#include "readalike/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool ra_fail(struct ra_err *err, enum ra_code code, const char *fmt, ...)
{
    if (!err || err->code != RA_OK)
        return false;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    err->code = code;
    return false;
}

bool ra_fail_errno(struct ra_err *err, enum ra_code code, const char *fmt, ...)
{
    int saved = errno;
    if (!err || err->code != RA_OK)
        return false;
    char what[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    char reason[96];
    return ra_fail(err, code, "%s: %s", what, strerror_r(saved, reason, sizeof reason));
}

bool ra_err_wrap(struct ra_err *err, const char *fmt, ...)
{
    if (!err)
        return false;
    char what[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    /* A text too long for the room loses its end, not its beginning. */
    if (snprintf(err->text, sizeof err->text, "%s: %s", what, old) < 0)
        memcpy(err->text, old, sizeof old);
    return false;
}

void ra_err_clear(struct ra_err *err)
{
    if (err)
        *err = (struct ra_err){0};
}

const char *ra_code_name(enum ra_code code)
{
    static const char *const names[RA_CODE_COUNT] = {
        [RA_OK] = "ok",
        [RA_ERR_NOMEM] = "out_of_memory",
        [RA_ERR_INVALID] = "invalid",
        [RA_ERR_NOT_FOUND] = "not_found",
        [RA_ERR_CONFLICT] = "conflict",
        [RA_ERR_IO] = "io_error",
        [RA_ERR_CORRUPT] = "corrupt",
        [RA_ERR_UNAVAILABLE] = "unavailable",
        [RA_ERR_TIMEOUT] = "timeout",
    };
    return code >= 0 && code < RA_CODE_COUNT ? names[code] : "unknown";
}
