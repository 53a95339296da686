#ifndef READALIKE_HTTP_H
#define READALIKE_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * The HTTP service: one libmicrohttpd daemon per core, each on its own SO_REUSEPORT socket; what
 * needs only the live model is answered there, what needs the store or takes long goes to a worker
 * pool with a bounded queue.
 */
struct ra_cache;
struct ra_live;
struct ra_store;
struct ra_http;

/* Strings are borrowed for the life of the server. */
struct ra_http_options {
    const char *address;      /* "127.0.0.1", "::", ... */
    unsigned port;            /* 0: any free one, see ra_http_port */
    unsigned threads;         /* polling threads; 0 means one per core */
    unsigned workers;         /* store workers; 0 means 4 */
    unsigned queue;           /* requests that may wait for a worker; 0 means 256 */
    unsigned inline_us;       /* longer answers are made by workers; 0: all that are computed */
    unsigned max_connections; /* over all threads; 0 means 1,000 */
    size_t max_body_bytes;    /* 0 means 64 KiB */
    unsigned header_timeout_ms, body_timeout_ms, request_timeout_ms; /* 0: 5,000, 10,000, 15,000 */
    unsigned idle_timeout_ms; /* keep-alive connections without a request; 0 means 30,000 */
    const char *cors_origins; /* "" none, "*" any, else a list separated by blanks */
    const char *web_dir;      /* pages from this folder instead of the built-in ones; NULL none */
    const char *item_noun;    /* the page's words: "book", */
    const char *creator_noun; /* "author", */
    const char *reader_noun;  /* "reader" */
    const char *note;         /* a sentence for the foot of every page; NULL or "": none */
    const char *build;        /* program version and commit, for /version; NULL unknown */
};

struct ra_http_parts {
    struct ra_live *live;
    struct ra_store *store; /* NULL: routes that need it answer 503 */
    struct ra_cache *cache;
};

/* Binds, starts the threads, serves. A port in use is RA_ERR_UNAVAILABLE with a clear sentence. */
struct ra_http *ra_http_start(const struct ra_http_options *options,
                              const struct ra_http_parts *parts, struct ra_err *err) RA_MUST_CHECK;
unsigned ra_http_port(const struct ra_http *http);

/* For a store that was not there at the start; it must outlive the server. Any thread. */
void ra_http_set_store(struct ra_http *http, struct ra_store *store);

/* /readyz turns 503 and every answer says `Connection: close`; requests are still served. */
void ra_http_drain(struct ra_http *http);
/* Stops listening, waits for requests in flight (at most `grace_ms`), ends the threads, frees. */
void ra_http_stop(struct ra_http *http, unsigned grace_ms);

/* Told by whoever swaps the live model, for /metrics: the swap worked or not. */
void ra_http_note_reload(struct ra_http *http, bool worked);

#endif
