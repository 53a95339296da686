/*
 * Talks to Redis: hiredis forms the commands and parses the replies; the socket is ours, because
 * hiredis 0.14 blocks in connect, times each read on its own instead of the whole call, and lets
 * a closed connection raise SIGPIPE.
 */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "readalike/clock.h"
#include "readalike/str.h"

#define REPLY_BYTES_MAX ((size_t)16 * 1024 * 1024)

static bool wait_for(int fd, short events, uint64_t deadline_ns, struct ra_err *err)
{
    for (;;) {
        uint64_t now = ra_clock_ns();
        uint64_t left_ms = now < deadline_ns ? (deadline_ns - now + 999999) / 1000000 : 0;
        struct pollfd ask = {.fd = fd, .events = events};
        int n = poll(&ask, 1, left_ms > 60000 ? 60000 : (int)left_ms);
        if (n > 0)
            return true;
        if (n == 0 && left_ms == 0)
            return ra_fail(err, RA_ERR_TIMEOUT, "Redis did not answer in time");
        if (n < 0 && errno != EINTR)
            return ra_fail_errno(err, RA_ERR_IO, "waiting for Redis");
    }
}

static bool connect_to(int fd, const struct sockaddr *address, socklen_t n, uint64_t deadline_ns,
                       struct ra_err *err)
{
    if (connect(fd, address, n) == 0)
        return true;
    /* A full backlog of a unix socket says EAGAIN and cannot be waited for. */
    if (errno != EINPROGRESS)
        return ra_fail_errno(err, RA_ERR_UNAVAILABLE, "cannot connect to Redis");
    if (!wait_for(fd, POLLOUT, deadline_ns, err))
        return false;
    int failure = 0;
    socklen_t size = sizeof failure;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0) {
        errno = failure ? failure : errno;
        return ra_fail_errno(err, RA_ERR_UNAVAILABLE, "cannot connect to Redis");
    }
    return true;
}

static bool open_unix(struct wire *wire, const char *path, uint64_t deadline_ns, struct ra_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof address.sun_path)
        return ra_fail(err, RA_ERR_INVALID, "the path of the Redis socket is longer than %zu bytes",
                       sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, n + 1);
    wire->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (wire->fd < 0)
        return ra_fail_errno(err, RA_ERR_UNAVAILABLE, "cannot make a socket");
    return connect_to(wire->fd, (const struct sockaddr *)&address, sizeof address, deadline_ns,
                      err);
}

static bool try_address(struct wire *wire, const struct addrinfo *info, uint64_t deadline_ns,
                        struct ra_err *err)
{
    wire->fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (wire->fd < 0)
        return ra_fail_errno(err, RA_ERR_UNAVAILABLE, "cannot make a socket");
    if (connect_to(wire->fd, info->ai_addr, info->ai_addrlen, deadline_ns, err)) {
        int on = 1;
        setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return true;
    }
    close(wire->fd);
    wire->fd = -1;
    return false;
}

static bool open_tcp(struct wire *wire, const struct redis_url *url, uint64_t deadline_ns,
                     struct ra_err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *all = NULL;
    int failed = getaddrinfo(url->host, url->port, &hints, &all);
    if (failed)
        return ra_fail(err, RA_ERR_UNAVAILABLE, "cannot find the Redis host %s: %s", url->host,
                       gai_strerror(failed));
    bool ok = false;
    for (const struct addrinfo *info = all; info && !ok; info = info->ai_next) {
        ra_err_clear(err);
        ok = try_address(wire, info, deadline_ns, err);
    }
    freeaddrinfo(all);
    return ok;
}

/* A command whose reply must not be an error. */
static bool must(struct wire *wire, const struct wire_arg *args, size_t n_args,
                 uint64_t deadline_ns, struct ra_err *err)
{
    struct wire_reply reply;
    if (!wire_call(wire, args, n_args, deadline_ns, &reply, err))
        return false;
    bool ok = reply.kind != WIRE_ERROR;
    if (!ok)
        ra_fail(err, RA_ERR_UNAVAILABLE, "Redis refused %s: %.*s", (const char *)args[0].bytes,
                reply.n > 120 ? 120 : (int)reply.n, reply.text);
    wire_reply_finish(&reply);
    return ok;
}

static struct wire_arg arg(const char *text)
{
    return (struct wire_arg){text, strlen(text)};
}

static bool greet(struct wire *wire, const struct redis_url *url, uint64_t deadline_ns,
                  struct ra_err *err)
{
    if (url->password) {
        struct wire_arg auth[3] = {arg("AUTH")};
        size_t n = 1;
        if (url->user)
            auth[n++] = arg(url->user);
        auth[n++] = arg(url->password);
        if (!must(wire, auth, n, deadline_ns, err))
            return false;
    }
    if (url->db) {
        char db[16];
        snprintf(db, sizeof db, "%u", url->db);
        const struct wire_arg select[2] = {arg("SELECT"), arg(db)};
        if (!must(wire, select, RA_COUNT(select), deadline_ns, err))
            return false;
    }
    const struct wire_arg ping[1] = {arg("PING")};
    return must(wire, ping, RA_COUNT(ping), deadline_ns, err);
}

bool wire_open(struct wire *wire, const struct redis_url *url, uint64_t deadline_ns,
               struct ra_err *err)
{
    *wire = (struct wire){.fd = -1, .reader = redisReaderCreate()};
    bool ok = wire->reader || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ok = ok && (url->path ? open_unix(wire, url->path, deadline_ns, err)
                          : open_tcp(wire, url, deadline_ns, err));
    ok = ok && greet(wire, url, deadline_ns, err);
    if (!ok)
        wire_close(wire);
    return ok;
}

void wire_close(struct wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    if (wire->reader)
        redisReaderFree(wire->reader);
    *wire = (struct wire){.fd = -1};
}

static bool send_all(int fd, const char *bytes, size_t n, uint64_t deadline_ns, struct ra_err *err)
{
    while (n) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN)
            return ra_fail_errno(err, RA_ERR_IO, "cannot write to Redis");
        if (sent < 0 && !wait_for(fd, POLLOUT, deadline_ns, err))
            return false;
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
        }
    }
    return true;
}

/* Feeds the parser until it has a whole reply. */
static bool receive(struct wire *wire, uint64_t deadline_ns, redisReply **out, struct ra_err *err)
{
    char bytes[16384];
    size_t total = 0;
    for (;;) {
        void *reply = NULL;
        if (redisReaderGetReply(wire->reader, &reply) != REDIS_OK)
            return ra_fail(err, RA_ERR_IO, "Redis sent what is not its protocol");
        if (reply) {
            *out = reply;
            return true;
        }
        ssize_t n = recv(wire->fd, bytes, sizeof bytes, 0);
        if (n == 0)
            return ra_fail(err, RA_ERR_UNAVAILABLE, "Redis closed the connection");
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return ra_fail_errno(err, RA_ERR_IO, "cannot read from Redis");
        if (n < 0 && !wait_for(wire->fd, POLLIN, deadline_ns, err))
            return false;
        if (n < 0)
            continue;
        total += (size_t)n;
        if (total > REPLY_BYTES_MAX || ra_clock_ns() > deadline_ns)
            return ra_fail(err, RA_ERR_TIMEOUT, "a reply of Redis was too long");
        if (redisReaderFeed(wire->reader, bytes, (size_t)n) != REDIS_OK)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
}

static enum wire_kind kind_of(const redisReply *reply)
{
    switch (reply->type) {
    case REDIS_REPLY_NIL:
        return WIRE_NIL;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return WIRE_TEXT;
    case REDIS_REPLY_ERROR:
        return WIRE_ERROR;
    default:
        return WIRE_OTHER;
    }
}

bool wire_call(struct wire *wire, const struct wire_arg *args, size_t n_args, uint64_t deadline_ns,
               struct wire_reply *out, struct ra_err *err)
{
    const char *argv[WIRE_ARGS_MAX];
    size_t argv_n[WIRE_ARGS_MAX];
    for (size_t i = 0; i < n_args && i < WIRE_ARGS_MAX; i++) {
        argv[i] = args[i].bytes;
        argv_n[i] = args[i].n;
    }
    char *command = NULL;
    int n = redisFormatCommandArgv(&command, (int)n_args, argv, argv_n);
    if (n < 0)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    bool sent = send_all(wire->fd, command, (size_t)n, deadline_ns, err);
    redisFreeCommand(command);
    redisReply *reply = NULL;
    if (!sent || !receive(wire, deadline_ns, &reply, err))
        return false;
    *out = (struct wire_reply){
        .kind = kind_of(reply), .text = reply->str, .n = reply->len, .opaque = reply};
    return true;
}

void wire_reply_finish(struct wire_reply *reply)
{
    if (reply->opaque)
        freeReplyObject(reply->opaque);
    *reply = (struct wire_reply){0};
}
