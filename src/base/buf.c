/* A growing buffer with a sticky failure, and the JSON pieces that hot replies are made of. */
#include "readalike/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

void ra_buf_init(struct ra_buf *buf)
{
    *buf = (struct ra_buf){0};
}

void ra_buf_finish(struct ra_buf *buf)
{
    free(buf->data);
    *buf = (struct ra_buf){0};
}

void ra_buf_reset(struct ra_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

bool ra_buf_reserve(struct ra_buf *buf, size_t more)
{
    if (buf->failed)
        return false;
    if (buf->cap - buf->len >= more)
        return true;
    size_t need;
    if (__builtin_add_overflow(buf->len, more, &need) || need > SIZE_MAX / 2) {
        buf->failed = true;
        return false;
    }
    size_t cap = buf->cap ? buf->cap : 256;
    while (cap < need)
        cap *= 2;
    char *data = realloc(buf->data, cap);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void ra_buf_put(struct ra_buf *buf, const void *bytes, size_t n)
{
    if (n == 0 || !ra_buf_reserve(buf, n))
        return;
    memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
}

void ra_buf_puts(struct ra_buf *buf, const char *text)
{
    ra_buf_put(buf, text, strlen(text));
}

void ra_buf_putc(struct ra_buf *buf, char c)
{
    if (!ra_buf_reserve(buf, 1))
        return;
    buf->data[buf->len++] = c;
}

void ra_buf_putf(struct ra_buf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    if (n < 0)
        buf->failed = true;
    else if (ra_buf_reserve(buf, (size_t)n + 1)) {
        vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
        buf->len += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

void ra_buf_put_u64(struct ra_buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    ra_buf_put(buf, digits + at, sizeof digits - at);
}

void ra_buf_put_i64(struct ra_buf *buf, int64_t value)
{
    if (value < 0)
        ra_buf_putc(buf, '-');
    ra_buf_put_u64(buf, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void put_escaped(struct ra_buf *buf, unsigned char c)
{
    switch (c) {
    case '"':
        ra_buf_puts(buf, "\\\"");
        break;
    case '\\':
        ra_buf_puts(buf, "\\\\");
        break;
    case '\n':
        ra_buf_puts(buf, "\\n");
        break;
    case '\t':
        ra_buf_puts(buf, "\\t");
        break;
    default:
        ra_buf_putf(buf, "\\u%04x", c);
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void ra_buf_put_json_n(struct ra_buf *buf, const char *text, size_t n)
{
    ra_buf_putc(buf, '"');
    for (size_t i = 0; i < n;) {
        size_t run = i;
        while (run < n && is_plain((unsigned char)text[run]))
            run++;
        ra_buf_put(buf, text + i, run - i);
        if ((i = run) == n)
            break;
        if ((unsigned char)text[i] < 0x80) {
            put_escaped(buf, (unsigned char)text[i++]);
            continue;
        }
        utf8proc_int32_t code;
        utf8proc_ssize_t step =
            utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(n - i), &code);
        ra_buf_put(buf, step > 0 ? text + i : "\xEF\xBF\xBD", step > 0 ? (size_t)step : 3);
        i += step > 0 ? (size_t)step : 1;
    }
    ra_buf_putc(buf, '"');
}

void ra_buf_put_json(struct ra_buf *buf, const char *text)
{
    if (text)
        ra_buf_put_json_n(buf, text, strlen(text));
    else
        ra_buf_puts(buf, "null");
}

const char *ra_buf_cstr(struct ra_buf *buf)
{
    if (!ra_buf_reserve(buf, 1))
        return NULL;
    buf->data[buf->len] = '\0';
    return buf->data;
}

char *ra_buf_take(struct ra_buf *buf)
{
    if (!ra_buf_cstr(buf)) {
        ra_buf_finish(buf);
        return NULL;
    }
    char *data = buf->data;
    *buf = (struct ra_buf){0};
    return data;
}
