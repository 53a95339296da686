/* One line an event on stderr, safe against forged lines. */
#include "readalike/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readalike/clock.h"
#include "readalike/str.h"

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static enum ra_level lowest = RA_INFO;

void ra_log_set_level(enum ra_level level)
{
    lowest = level;
}

bool ra_log_parse_level(const char *name, enum ra_level *out)
{
    for (size_t i = 0; i < RA_COUNT(level_names); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum ra_level)i;
            return true;
        }
    }
    return false;
}

/* Copies `text`, control characters as \xNN; returns the length written. */
static size_t escape(const char *text, char *out, size_t room)
{
    size_t n = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c && n + 5 < room; c++) {
        if (*c >= 0x20 && *c != 0x7f)
            out[n++] = (char)*c;
        else
            n += (size_t)snprintf(out + n, room - n, "\\x%02x", *c);
    }
    return n;
}

void ra_log(enum ra_level level, const char *where, const char *fmt, ...)
{
    if (level < lowest)
        return;
    char text[1536];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);

    char now[RA_CLOCK_TEXT];
    ra_clock_format(ra_clock_unix(), now);
    char line[4096];
    size_t n = (size_t)snprintf(line, sizeof line, "%s %-5s ", now, level_names[level]);
    if (where) {
        n += escape(where, line + n, 128);
        line[n++] = ' ';
    }
    n += escape(text, line + n, sizeof line - n - 1);
    line[n++] = '\n';
    /* One write, so that lines of several threads do not mix. Nothing can be done if it fails. */
    ssize_t ignored = write(STDERR_FILENO, line, n);
    (void)ignored;
}
