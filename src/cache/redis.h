#ifndef READALIKE_CACHE_REDIS_H
#define READALIKE_CACHE_REDIS_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/cache.h"
#include "readalike/err.h"

/*
 * Redis behind the in-process cache. A thread of its own connects, probes after a failure and
 * writes; those who ask only ever use a connection that stands, and only until their deadline.
 * Any thread.
 */
struct redis;
struct redis *redis_create(const struct ra_cache_options *options,
                           struct ra_err *err) RA_MUST_CHECK;
void redis_destroy(struct redis *redis);

/* A hit is appended to `out`. */
bool redis_get(struct redis *redis, const void *key, size_t key_n, struct ra_buf *out);
void redis_put(struct redis *redis, const void *key, size_t key_n, const void *value,
               size_t value_n);

/* Fills the fields that are about Redis. */
void redis_stats(struct redis *redis, struct ra_cache_stats *out);

#endif
