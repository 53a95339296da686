#ifndef READALIKE_CACHE_WIRE_H
#define READALIKE_CACHE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"
#include "redis_url.h"

/*
 * One connection to Redis on a socket that never blocks: every call ends by a point in time
 * (ra_clock_ns). After a failure it can only be closed. One thread at a time.
 */
struct wire {
    int fd;
    void *reader; /* hiredis' protocol parser */
};

/* Connects, logs in, selects the database, and waits for the answer to a PING. */
bool wire_open(struct wire *wire, const struct redis_url *url, uint64_t deadline_ns,
               struct ra_err *err) RA_MUST_CHECK;
void wire_close(struct wire *wire);

enum wire_kind { WIRE_NIL, WIRE_TEXT, WIRE_ERROR, WIRE_OTHER };
struct wire_reply {
    enum wire_kind kind;
    const char *text; /* of TEXT and ERROR; valid until finish */
    size_t n;
    void *opaque;
};
struct wire_arg {
    const void *bytes;
    size_t n;
};
#define WIRE_ARGS_MAX 8

/* Sends one command and reads its reply. An error *reply* is a reply, not a failure. */
bool wire_call(struct wire *wire, const struct wire_arg *args, size_t n_args, uint64_t deadline_ns,
               struct wire_reply *out, struct ra_err *err) RA_MUST_CHECK;
void wire_reply_finish(struct wire_reply *reply);

#endif
