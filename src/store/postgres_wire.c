/* Talking with a PostgreSQL server: connecting and waiting with a deadline, and what went wrong. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "postgres.h"
#include "readalike/clock.h"
#include "readalike/log.h"
#include "readalike/str.h"

/* The messages of libpq end in a newline and may have several; ours are one line. */
static void put_line(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text && n + 1 < room; text++) {
        if (*text != '\n' && *text != '\t')
            out[n++] = *text;
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

bool pg_lost(struct pg_conn *conn, struct ra_err *err)
{
    char line[300];
    put_line(line, sizeof line, PQerrorMessage(conn->pg));
    conn->base.broken = true;
    return ra_fail(err, RA_ERR_UNAVAILABLE, "%s does not answer: %s", conn->target->name,
                   *line ? line : "the connection is gone");
}

/* Waits until the socket can be read (or written); a deadline that passes ends the connection. */
static bool wait_for(struct pg_conn *conn, short events, struct ra_err *err)
{
    struct pollfd fd = {.fd = PQsocket(conn->pg), .events = events};
    for (;;) {
        int wait_ms = -1;
        if (conn->deadline_ns) {
            uint64_t now = ra_clock_ns();
            uint64_t left = conn->deadline_ns > now ? conn->deadline_ns - now : 0;
            wait_ms = (int)(left / 1000000 + (left > 0));
        }
        int n = poll(&fd, 1, wait_ms);
        if (n > 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        conn->base.broken = true;
        conn->base.timed_out = true;
        return ra_fail(err, RA_ERR_UNAVAILABLE, "%s did not answer in time", conn->target->name);
    }
}

/* The server's messages for people go to our log, not to stderr. */
static void notice(void *ctx, const char *message)
{
    (void)ctx;
    char line[300];
    put_line(line, sizeof line, message);
    ra_log(RA_DEBUG, "postgresql", "%s", line);
}

/* The URL may hold a password, and libpq quotes it in some of its complaints. */
static bool check_url(const char *url, struct ra_err *err)
{
    char *message = NULL;
    PQconninfoOption *parts = PQconninfoParse(url, &message);
    bool ok = parts != NULL;
    if (!ok) {
        char line[200] = "";
        if (message && !strstr(message, "://"))
            put_line(line, sizeof line, message);
        ra_fail(err, RA_ERR_INVALID, "the store's URL is not a PostgreSQL URL%s%s",
                *line ? ": " : "", line);
    }
    PQconninfoFree(parts);
    PQfreemem(message);
    return ok;
}

bool pg_open(struct pg_conn *conn, struct ra_err *err)
{
    const char *const keys[] = {"dbname", "fallback_application_name", "client_encoding",
                                "tcp_user_timeout", NULL};
    const char *const values[] = {conn->target->where, "readalike", "UTF8", "30000", NULL};
    if (!check_url(conn->target->where, err))
        return false;
    conn->deadline_ns = ra_clock_ns() + (uint64_t)conn->target->connect_timeout_ms * 1000000;
    conn->pg = PQconnectStartParams(keys, values, 1);
    if (!conn->pg)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    PQsetNoticeProcessor(conn->pg, notice, NULL);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (PQstatus(conn->pg) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
           state != PGRES_POLLING_FAILED) {
        if (!wait_for(conn, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, err))
            return false;
        state = PQconnectPoll(conn->pg);
    }
    conn->deadline_ns = 0;
    return PQstatus(conn->pg) == CONNECTION_OK || pg_lost(conn, err);
}

/* Which of our codes an SQLSTATE is: the longest prefix in the table. */
static enum ra_code code_of(const char *state)
{
    static const struct {
        const char *prefix;
        enum ra_code code;
    } table[] = {
        {"08", RA_ERR_UNAVAILABLE}, {"53300", RA_ERR_UNAVAILABLE}, {"57P", RA_ERR_UNAVAILABLE},
        {"55P03", RA_ERR_TIMEOUT},  {"57014", RA_ERR_TIMEOUT},     {"40", RA_ERR_CONFLICT},
        {"23", RA_ERR_CONFLICT},    {"22", RA_ERR_INVALID},        {"53200", RA_ERR_NOMEM},
        {"XX001", RA_ERR_CORRUPT},  {"XX002", RA_ERR_CORRUPT},
    };
    for (size_t i = 0; i < RA_COUNT(table); i++) {
        if (ra_str_starts(state, table[i].prefix))
            return table[i].code;
    }
    return RA_ERR_IO;
}

static bool refused(struct pg_conn *conn, const PGresult *result, struct ra_err *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state || PQstatus(conn->pg) == CONNECTION_BAD)
        return pg_lost(conn, err);
    enum ra_code code = code_of(state);
    /* A server that is going down says so before it hangs up. */
    if (code == RA_ERR_UNAVAILABLE)
        conn->base.broken = true;
    char line[300];
    put_line(line, sizeof line, message ? message : "no reason given");
    return ra_fail(err, code, "%s: %s (SQLSTATE %s)", conn->target->name, line, state);
}

static bool is_good(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
    case PGRES_EMPTY_QUERY:
        return true;
    default:
        return false;
    }
}

static bool wait_result(struct pg_conn *conn, struct ra_err *err)
{
    while (PQisBusy(conn->pg)) {
        if (!wait_for(conn, POLLIN, err))
            return false;
        if (!PQconsumeInput(conn->pg))
            return pg_lost(conn, err);
    }
    return true;
}

PGresult *pg_answer(struct pg_conn *conn, int sent, struct ra_err *err)
{
    if (!sent) {
        pg_lost(conn, err);
        return NULL;
    }
    PGresult *last = NULL;
    for (;;) {
        if (!wait_result(conn, err)) {
            PQclear(last);
            return NULL;
        }
        PGresult *result = PQgetResult(conn->pg);
        if (!result)
            break;
        /* The first error is the one that explains the rest. */
        if (last && !is_good(last)) {
            PQclear(result);
            continue;
        }
        PQclear(last);
        last = result;
        if (PQresultStatus(last) == PGRES_COPY_IN)
            break;
    }
    if (last && is_good(last)) {
        conn->base.used = true;
        return last;
    }
    if (last)
        refused(conn, last, err);
    else
        pg_lost(conn, err);
    PQclear(last);
    return NULL;
}
