#ifndef READALIKE_CACHE_MEMORY_H
#define READALIKE_CACHE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/buf.h"

/* The in-process part: shards, each an open-addressed table under its own mutex, CLOCK. Any thread.
 */
struct memory;
struct memory *memory_create(size_t max_bytes); /* NULL when out of memory */
void memory_destroy(struct memory *memory);

/* A hit is appended to `out`. */
bool memory_get(struct memory *memory, const void *key, size_t key_n, struct ra_buf *out);
/* Replaces what is there; keeps nothing when it does not fit. */
void memory_put(struct memory *memory, const void *key, size_t key_n, const void *value,
                size_t value_n);

struct memory_stats {
    uint64_t evictions;
    size_t bytes, entries;
};
void memory_stats(struct memory *memory, struct memory_stats *out);

#endif
