/* The cache as its users see it: in-process first, Redis behind. */
#include "readalike/cache.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "memory.h"
#include "redis.h"

struct ra_cache {
    struct memory *memory; /* NULL: switched off */
    struct redis *redis;   /* NULL: none */
    atomic_uint_fast64_t hits_local, hits_redis, misses, puts;
};

static void count(atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

struct ra_cache *ra_cache_create(const struct ra_cache_options *options, struct ra_err *err)
{
    struct ra_cache *cache = calloc(1, sizeof *cache);
    if (!cache) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    bool ok = true;
    if (options->max_bytes) {
        cache->memory = memory_create(options->max_bytes);
        ok = cache->memory || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    if (ok && options->redis_url && *options->redis_url) {
        cache->redis = redis_create(options, err);
        ok = cache->redis != NULL;
    }
    if (ok)
        return cache;
    ra_cache_destroy(cache);
    return NULL;
}

void ra_cache_destroy(struct ra_cache *cache)
{
    if (!cache)
        return;
    redis_destroy(cache->redis);
    memory_destroy(cache->memory);
    free(cache);
}

static bool look_local(struct ra_cache *cache, const void *key, size_t key_n, struct ra_buf *out)
{
    if (!cache->memory || !memory_get(cache->memory, key, key_n, out))
        return false;
    count(&cache->hits_local);
    return true;
}

bool ra_cache_get_local(struct ra_cache *cache, const void *key, size_t key_n, struct ra_buf *out)
{
    if (look_local(cache, key, key_n, out))
        return true;
    count(&cache->misses);
    return false;
}

bool ra_cache_get(struct ra_cache *cache, const void *key, size_t key_n, struct ra_buf *out)
{
    if (look_local(cache, key, key_n, out))
        return true;
    size_t before = out->len;
    if (!cache->redis || !redis_get(cache->redis, key, key_n, out)) {
        count(&cache->misses);
        return false;
    }
    count(&cache->hits_redis);
    if (cache->memory)
        memory_put(cache->memory, key, key_n, out->data + before, out->len - before);
    return true;
}

void ra_cache_put(struct ra_cache *cache, const void *key, size_t key_n, const void *value,
                  size_t value_n)
{
    count(&cache->puts);
    if (cache->memory)
        memory_put(cache->memory, key, key_n, value, value_n);
    if (cache->redis)
        redis_put(cache->redis, key, key_n, value, value_n);
}

void ra_cache_stats(struct ra_cache *cache, struct ra_cache_stats *out)
{
    *out = (struct ra_cache_stats){
        .hits_local = atomic_load_explicit(&cache->hits_local, memory_order_relaxed),
        .hits_redis = atomic_load_explicit(&cache->hits_redis, memory_order_relaxed),
        .misses = atomic_load_explicit(&cache->misses, memory_order_relaxed),
        .puts = atomic_load_explicit(&cache->puts, memory_order_relaxed),
    };
    if (cache->memory) {
        struct memory_stats memory;
        memory_stats(cache->memory, &memory);
        out->evictions = memory.evictions;
        out->bytes = memory.bytes;
        out->entries = memory.entries;
    }
    if (cache->redis)
        redis_stats(cache->redis, out);
}
