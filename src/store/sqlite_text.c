/* The few functions of PostgreSQL that our statements use, for SQLite; case by Unicode's folding.
 */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "sqlite.h"

static bool lower_ascii(const unsigned char *text, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] >= 0x80)
            return false;
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    }
    return true;
}

static void lower(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    (void)n_values;
    const unsigned char *text = sqlite3_value_text(values[0]);
    if (!text)
        return;
    size_t n = (size_t)sqlite3_value_bytes(values[0]);
    char small[256];
    if (n <= sizeof small && lower_ascii(text, n, small)) {
        sqlite3_result_text(context, small, (int)n, SQLITE_TRANSIENT);
        return;
    }
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t length = utf8proc_map(text, (utf8proc_ssize_t)n, &folded,
                                           UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    if (length >= 0 && length <= INT32_MAX)
        sqlite3_result_text(context, (const char *)folded, (int)length, SQLITE_TRANSIENT);
    else
        sqlite3_result_value(context, values[0]);
    free(folded);
}

static void strpos(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    (void)n_values;
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *part = (const char *)sqlite3_value_text(values[1]);
    if (!text || !part)
        return;
    const char *at = memmem(text, (size_t)sqlite3_value_bytes(values[0]), part,
                            (size_t)sqlite3_value_bytes(values[1]));
    sqlite3_result_int64(context, at ? at - text + 1 : 0);
}

static int by_bytes(void *ctx, int n_left, const void *left, int n_right, const void *right)
{
    (void)ctx;
    size_t n = (size_t)(n_left < n_right ? n_left : n_right);
    int order = n ? memcmp(left, right, n) : 0;
    return order ? order : n_left - n_right;
}

int sqlite_add_functions(sqlite3 *db)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    int rc = sqlite3_create_function(db, "lower", 1, flags, NULL, lower, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_create_function(db, "strpos", 2, flags, NULL, strpos, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_create_collation(db, "C", SQLITE_UTF8, NULL, by_bytes);
    return rc;
}
