#ifndef READALIKE_BUF_H
#define READALIKE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * A growing run of bytes with a sticky failure: put as often as needed, look at `failed` once at
 * the end. `data` is not terminated unless ra_buf_cstr() is asked. One thread at a time.
 */
struct ra_buf {
    char *data;
    size_t len;
    size_t cap;
    bool failed; /* an allocation failed; later puts do nothing */
};

void ra_buf_init(struct ra_buf *buf);
void ra_buf_finish(struct ra_buf *buf);
/* Empties it and clears `failed`; keeps the memory. */
void ra_buf_reset(struct ra_buf *buf);

/* Makes room for `more` bytes after `len`; false (and `failed`) when out of memory. */
bool ra_buf_reserve(struct ra_buf *buf, size_t more);
void ra_buf_put(struct ra_buf *buf, const void *bytes, size_t n);
void ra_buf_puts(struct ra_buf *buf, const char *text);
void ra_buf_putc(struct ra_buf *buf, char c);
void ra_buf_putf(struct ra_buf *buf, const char *fmt, ...) RA_PRINTF(2, 3);
void ra_buf_put_u64(struct ra_buf *buf, uint64_t value);
void ra_buf_put_i64(struct ra_buf *buf, int64_t value);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. NULL puts `null`. */
void ra_buf_put_json(struct ra_buf *buf, const char *text);
void ra_buf_put_json_n(struct ra_buf *buf, const char *text, size_t n);
/* A JSON number, shortest form that a reader of `digits` digits needs; NaN and infinity put `null`.
 */
void ra_buf_put_json_double(struct ra_buf *buf, double value, int digits);

/* Terminates (the NUL is not counted in `len`) and returns `data`; NULL when failed. */
const char *ra_buf_cstr(struct ra_buf *buf);
/* Hands the terminated memory to the caller, who frees it; the buffer is empty afterwards. */
char *ra_buf_take(struct ra_buf *buf);

#endif
