/* The URL of a store: which backend, where, and how to say it without the password. */
#include "url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/buf.h"
#include "readalike/str.h"

/* Where the authority of a URL begins and ends, and the password in it (NULL: none). */
static const char *password_in_authority(const char *url, const char **out_end)
{
    const char *start = strstr(url, "://");
    if (!start)
        return NULL;
    start += 3;
    size_t n = strcspn(start, "/?#");
    /* A password may hold '@' unescaped; the last one ends it. */
    const char *at = memrchr(start, '@', n);
    const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
    *out_end = at;
    return colon ? colon + 1 : NULL;
}

static bool is_secret(const char *parameter)
{
    return ra_str_starts(parameter, "password=") || ra_str_starts(parameter, "sslpassword=");
}

/* The part from '?' on, one parameter after the other. */
static void put_query(struct ra_buf *buf, const char *query)
{
    while (*query) {
        ra_buf_putc(buf, *query++);
        size_t n = strcspn(query, "&");
        if (is_secret(query)) {
            ra_buf_put(buf, query, strcspn(query, "=") + 1);
            ra_buf_puts(buf, "***");
        } else {
            ra_buf_put(buf, query, n);
        }
        query += n;
    }
}

static char *masked(const char *url)
{
    struct ra_buf buf;
    ra_buf_init(&buf);
    const char *end = NULL;
    const char *password = password_in_authority(url, &end);
    if (password) {
        ra_buf_put(&buf, url, (size_t)(password - url));
        ra_buf_puts(&buf, "***");
        url = end;
    }
    size_t n = strcspn(url, "?");
    ra_buf_put(&buf, url, n);
    put_query(&buf, url + n);
    return ra_buf_take(&buf);
}

/* Whether the hosts, "a:1,[::1]:2,c", have numbers for ports. */
static bool are_ports_numbers(const char *hosts, const char *end)
{
    bool in_brackets = false, in_port = false;
    for (; hosts < end; hosts++) {
        if (*hosts == '[' || *hosts == ']')
            in_brackets = *hosts == '[';
        else if (*hosts == ',')
            in_port = false;
        else if (*hosts == ':' && !in_brackets)
            in_port = true;
        else if (in_port && !isdigit((unsigned char)*hosts))
            return false;
    }
    return true;
}

/*
 * A password with an unescaped '@', '/' or '?' is cut there by libpq, and the rest of it becomes a
 * host, a port or a database that messages name. Such a URL is refused before libpq sees it.
 */
static bool check_authority(const char *url, struct ra_err *err)
{
    const char *start = strstr(url, "://") + 3;
    const char *end = start + strcspn(start, "/?#");
    const char *at = memchr(start, '@', (size_t)(end - start));
    const char *hosts = at ? at + 1 : start;
    const char *path_end = end + strcspn(end, "?#");
    if (memchr(hosts, '@', (size_t)(path_end - hosts)) || !are_ports_numbers(hosts, end))
        return ra_fail(err, RA_ERR_INVALID,
                       "the store's URL is not a PostgreSQL URL: in a user or password write '@' "
                       "as %%40, '/' as %%2F, '?' as %%3F, '#' as %%23; a port is a number");
    return true;
}

static bool read_sqlite(const char *path, struct ra_err *err)
{
    if (!*path)
        return ra_fail(err, RA_ERR_INVALID,
                       "the store's URL names no file; write sqlite:PATH, as sqlite:var/books.db");
    if (*path == ':')
        return ra_fail(err, RA_ERR_INVALID,
                       "a store in memory (sqlite:%s) is not possible; name a file", path);
    return true;
}

bool url_read(const char *url, struct target *target, const struct ra_store_ops **out_ops,
              struct ra_err *err)
{
    if (!url || !*url)
        return ra_fail(err, RA_ERR_INVALID,
                       "the store's URL is empty; write sqlite:PATH or postgresql://...");
    bool is_sqlite = ra_str_starts(url, "sqlite:");
    bool is_postgres = ra_str_starts(url, "postgresql://") || ra_str_starts(url, "postgres://");
    size_t scheme = strcspn(url, ":/");
    if (!is_sqlite && !is_postgres)
        return ra_fail(err, RA_ERR_INVALID,
                       "unknown scheme \"%.*s\" in the store's URL; write sqlite:PATH or "
                       "postgresql://...",
                       scheme > 40 ? 40 : (int)scheme, url);
    if (is_sqlite ? !read_sqlite(url + strlen("sqlite:"), err) : !check_authority(url, err))
        return false;
    target->where = strdup(is_sqlite ? url + strlen("sqlite:") : url);
    target->name = is_sqlite ? strdup(url) : masked(url);
    if (!target->where || !target->name)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    *out_ops = is_sqlite ? &sqlite_ops : &postgres_ops;
    return true;
}
