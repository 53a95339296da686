/* The fields of a row as values, and finished rows on their way to the sink. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "readalike/clock.h"
#include "readalike/map.h"
#include "readalike/str.h"
#include "reader.h"
#include "text.h"

#define LONGEST_KEY 255
#define EARLIEST_YEAR (-3000)

char *row_text(const struct row *row, size_t column)
{
    size_t place = column < row->n_columns ? row->places[column] : RA_CSV_NONE;
    if (place >= row->n)
        return NULL;
    char *text = ra_str_trim(row->fields[place]);
    bool absent = !*text || strcmp(text, "NULL") == 0 || strcmp(text, "\\N") == 0;
    return absent ? NULL : text;
}

char *row_clean(const struct row *row, size_t column)
{
    char *text = row_text(row, column);
    if (!text)
        return NULL;
    text_clean(text);
    return *text ? text : NULL;
}

bool row_number(const struct row *row, size_t column, double *out)
{
    const char *text = row_text(row, column);
    return text && ra_parse_double(text, out);
}

static int this_year(void)
{
    time_t now = (time_t)ra_clock_unix();
    struct tm parts;
    return gmtime_r(&now, &parts) ? parts.tm_year + 1900 : 9999;
}

int row_year(const struct row *row, size_t column)
{
    double year;
    bool fine = row_number(row, column, &year) && year == floor(year) && year >= EARLIEST_YEAR &&
                year <= this_year() + 2;
    return fine ? (int)year : 0;
}

int row_age(const struct row *row, size_t column)
{
    double age;
    return row_number(row, column, &age) && age >= 1 && age <= 120 ? (int)age : 0;
}

int64_t row_time(const struct row *row, size_t column)
{
    double seconds;
    bool fine = row_number(row, column, &seconds) && seconds > 0 && seconds < 1e11;
    return fine ? (int64_t)seconds : 0;
}

const char *row_https(const struct row *row, const char *url)
{
    struct ra_buf *scratch = &row->reader->scratch;
    if (!url || ra_str_starts(url, "https://"))
        return url;
    if (!ra_str_starts(url, "http://"))
        return NULL;
    ra_buf_reset(scratch);
    ra_buf_puts(scratch, "https://");
    ra_buf_puts(scratch, url + strlen("http://"));
    return ra_buf_cstr(scratch);
}

static bool is_isbn10(const char *digits)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 10; i++) {
        bool ten = i == 9 && digits[i] == 'X';
        if (!ten && !isdigit((unsigned char)digits[i]))
            return false;
        sum += (10 - i) * (ten ? 10 : (unsigned)(digits[i] - '0'));
    }
    return sum % 11 == 0;
}

bool isbn_normalise(const char *text, char out[ISBN_TEXT])
{
    char digits[ISBN_TEXT] = {0};
    size_t n = 0;
    for (; *text; text++) {
        if (*text == '-' || *text == ' ')
            continue;
        if (n == 13)
            return false;
        digits[n++] = (char)toupper((unsigned char)*text);
    }
    size_t n_digits = strspn(digits, "0123456789");
    bool shaped = n_digits == n || (n_digits + 1 == n && digits[n_digits] == 'X');
    if (!shaped || n < 7 || n == 11 || n == 12 || (n == 13 && n_digits != 13))
        return false;
    if (n >= 10) {
        memcpy(out, digits, ISBN_TEXT);
        return true;
    }
    char padded[ISBN_TEXT] = "0000000000";
    memcpy(padded + 10 - n, digits, n);
    if (!is_isbn10(padded))
        return false;
    memcpy(out, padded, ISBN_TEXT);
    return true;
}

bool row_reject(const struct row *row, enum ra_reject_kind kind, struct ra_err *err,
                const char *fmt, ...)
{
    char reason[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(reason, sizeof reason, fmt, args);
    va_end(args);
    const struct ra_import_sink *sink = row->reader->sink;
    return sink->reject(sink->ctx, &row->at, kind, reason, err);
}

/* True when `key` may be used; else the row was rejected, and `out` says whether to go on. */
static bool check_key(const struct row *row, const char *key, const char *what, bool *out,
                      struct ra_err *err)
{
    if (!key) {
        *out = row_reject(row, RA_REJECT_MISSING_VALUE, err, "no %s", what);
        return false;
    }
    if (strlen(key) > LONGEST_KEY) {
        *out = row_reject(row, RA_REJECT_BAD_VALUE, err, "the %s is longer than %d bytes", what,
                          LONGEST_KEY);
        return false;
    }
    return true;
}

/* The same for a key that must be new. */
static bool check_new_key(const struct row *row, struct ra_strmap *seen, const char *key,
                          const char *what, bool *out, struct ra_err *err)
{
    if (!check_key(row, key, what, out, err))
        return false;
    uint64_t line;
    size_t n = strlen(key);
    if (ra_strmap_get(seen, key, n, &line)) {
        *out = row_reject(row, RA_REJECT_DUPLICATE, err, "%s \"%.64s\" is on line %llu already",
                          what, key, (unsigned long long)line);
        return false;
    }
    if (!ra_strmap_set(seen, key, n, row->at.line)) {
        *out = ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return false;
    }
    return true;
}

bool row_book(const struct row *row, const struct ra_book *book, struct ra_err *err)
{
    bool go_on;
    if (!book->title)
        return row_reject(row, RA_REJECT_MISSING_VALUE, err, "no title");
    if (!check_new_key(row, row->reader->books, book->source_key, "book id", &go_on, err))
        return go_on;
    const struct ra_import_sink *sink = row->reader->sink;
    return sink->book(sink->ctx, &row->at, book, err);
}

bool row_user(const struct row *row, const struct ra_user *user, struct ra_err *err)
{
    bool go_on;
    if (!check_new_key(row, row->reader->users, user->source_key, "reader id", &go_on, err))
        return go_on;
    const struct ra_import_sink *sink = row->reader->sink;
    return sink->user(sink->ctx, &row->at, user, err);
}

bool row_rating(const struct row *row, const struct ra_import_rating *rating,
                const struct scale *scale, struct ra_err *err)
{
    bool go_on;
    if (!check_key(row, rating->user_key, "reader id", &go_on, err) ||
        !check_key(row, rating->book_key, "book id", &go_on, err))
        return go_on;
    if (rating->rating < scale->low || rating->rating > scale->high)
        return row_reject(row, RA_REJECT_BAD_VALUE, err, "rating %g is not between %g and %g",
                          (double)rating->rating, scale->low, scale->high);
    const struct ra_import_sink *sink = row->reader->sink;
    return sink->rating(sink->ctx, &row->at, rating, err);
}

bool row_shelf_book(const struct row *row, const struct ra_import_shelf_book *shelf_book,
                    struct ra_err *err)
{
    bool go_on;
    if (!check_key(row, shelf_book->user_key, "reader id", &go_on, err) ||
        !check_key(row, shelf_book->book_key, "book id", &go_on, err))
        return go_on;
    const struct ra_import_sink *sink = row->reader->sink;
    return sink->shelf_book(sink->ctx, &row->at, shelf_book, err);
}
