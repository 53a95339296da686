#ifndef READALIKE_CACHE_H
#define READALIKE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/err.h"

/*
 * Ready replies by key. A bounded in-process cache; Redis behind it when a URL is given. A cache
 * never fails a request: absent, dead, frozen or full means a miss. Any thread.
 */
struct ra_cache;

struct ra_cache_options {
    size_t max_bytes; /* of the in-process part, keys included; 0 switches it off */
    const char
        *redis_url; /* redis://[:password@]host[:port][/db] or redis+unix:///path; NULL, "": none */
    unsigned deadline_ms; /* a Redis call takes no longer; 0 means 5 */
    unsigned ttl_s;       /* of entries in Redis; 0 means 3600 */
};

/* Redis is connected to in the background. A bad URL fails (RA_ERR_INVALID); a server that is not
 * there does not. */
struct ra_cache *ra_cache_create(const struct ra_cache_options *options,
                                 struct ra_err *err) RA_MUST_CHECK;
void ra_cache_destroy(struct ra_cache *cache);

/* In-process only: never blocks on the network. A hit is appended to `out`. */
bool ra_cache_get_local(struct ra_cache *cache, const void *key, size_t key_n, struct ra_buf *out);
/* In-process, then Redis: at most the deadline, so on worker threads only. */
bool ra_cache_get(struct ra_cache *cache, const void *key, size_t key_n, struct ra_buf *out);
/* Stored in-process at once; sent to Redis by a thread of the cache's own, dropped when that is
 * behind. */
void ra_cache_put(struct ra_cache *cache, const void *key, size_t key_n, const void *value,
                  size_t value_n);

#define RA_CACHE_ERROR_MAX 160
enum ra_redis_state { RA_REDIS_OFF, RA_REDIS_UP, RA_REDIS_DOWN };
/* Every get that returned false is a miss; what Redis refused or failed at is an error. */
struct ra_cache_stats {
    uint64_t hits_local, hits_redis, misses, puts, evictions, redis_errors, redis_dropped;
    size_t bytes, entries;
    enum ra_redis_state redis;
    char redis_error[RA_CACHE_ERROR_MAX]; /* the last failure, "" since the last recovery */
};
void ra_cache_stats(struct ra_cache *cache, struct ra_cache_stats *out);

#endif
