/* Reads a Redis URL. */
#include "redis_url.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/str.h"

#define DB_MAX 100000

static bool bad(struct ra_err *err, const char *what)
{
    return ra_fail(err, RA_ERR_INVALID,
                   "the Redis URL %s; it is redis://[:password@]host[:port][/db] or "
                   "redis+unix:///path[?db=N]",
                   what);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %XX in a copy of `n` bytes; NULL when malformed or out of memory. */
static char *decode(const char *text, size_t n)
{
    char *out = malloc(n + 1);
    if (!out)
        return NULL;
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < n ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0)) {
                free(out);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[len++] = c;
    }
    out[len] = '\0';
    return out;
}

/* "[user]:password" */
static bool parse_login(struct redis_url *url, const char *text, size_t n, struct ra_err *err)
{
    const char *colon = memchr(text, ':', n);
    if (!colon)
        return bad(err, "has a user but no password before the @");
    size_t user_n = (size_t)(colon - text);
    if (user_n && !(url->user = decode(text, user_n)))
        return bad(err, "has a user that is not percent-encoded as it must be");
    url->password = decode(colon + 1, n - user_n - 1);
    return url->password || bad(err, "has a password that is not percent-encoded as it must be");
}

static bool parse_db(struct redis_url *url, const char *text, struct ra_err *err)
{
    uint64_t db = 0;
    if (!ra_parse_u64(text, &db) || db > DB_MAX)
        return bad(err, "has a database that is not a small number");
    url->db = (unsigned)db;
    return true;
}

static bool parse_unix(struct redis_url *url, const char *text, struct ra_err *err)
{
    const char *query = strchr(text, '?');
    size_t n = query ? (size_t)(query - text) : strlen(text);
    if (text[0] != '/' || n < 2)
        return bad(err, "has no absolute path of a socket");
    if (!(url->path = decode(text, n)))
        return bad(err, "has a path that is not percent-encoded as it must be");
    if (!query)
        return true;
    return ra_str_starts(query, "?db=") ? parse_db(url, query + 4, err)
                                        : bad(err, "has an unknown option behind the ?");
}

/* Splits "host:port" or "[v6]:port" of `n` bytes. */
static bool parse_host(struct redis_url *url, const char *text, size_t n, struct ra_err *err)
{
    size_t host_at = 0, host_n = n, used = n;
    if (n && text[0] == '[') {
        const char *close = memchr(text, ']', n);
        if (!close)
            return bad(err, "has an IPv6 address without its ]");
        host_at = 1;
        host_n = (size_t)(close - text) - 1;
        used = host_n + 2;
    } else {
        const char *colon = memchr(text, ':', n);
        if (colon)
            host_n = used = (size_t)(colon - text);
    }
    if (host_n == 0)
        return bad(err, "has no host");
    bool has_port = used < n;
    if (has_port && text[used] != ':')
        return bad(err, "has something odd behind the host");
    url->host = strndup(text + host_at, host_n);
    url->port = has_port ? strndup(text + used + 1, n - used - 1) : strdup("6379");
    if (!url->host || !url->port)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    uint64_t port = 0;
    if (!ra_parse_u64(url->port, &port) || port < 1 || port > 65535)
        return bad(err, "has a port that is not between 1 and 65535");
    return true;
}

static bool parse_tcp(struct redis_url *url, const char *text, struct ra_err *err)
{
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    if (!parse_host(url, text, n, err))
        return false;
    return !slash || slash[1] == '\0' || parse_db(url, slash + 1, err);
}

bool redis_url_parse(struct redis_url *url, const char *text, struct ra_err *err)
{
    *url = (struct redis_url){0};
    bool is_unix = ra_str_starts(text, "redis+unix://");
    if (!is_unix && !ra_str_starts(text, "redis://"))
        return bad(err, "does not start with redis:// or redis+unix://");
    const char *rest = strchr(text, ':') + 3;
    const char *at = strrchr(rest, '@');
    const char *slash = strchr(rest, '/');
    /* An @ behind the first slash belongs to the path, not to a login. */
    bool has_login = at && (!slash || at < slash);
    bool ok = !has_login || parse_login(url, rest, (size_t)(at - rest), err);
    if (has_login)
        rest = at + 1;
    ok = ok && (is_unix ? parse_unix(url, rest, err) : parse_tcp(url, rest, err));
    if (!ok)
        redis_url_finish(url);
    return ok;
}

void redis_url_finish(struct redis_url *url)
{
    free(url->host);
    free(url->path);
    free(url->port);
    free(url->user);
    free(url->password);
    *url = (struct redis_url){0};
}
