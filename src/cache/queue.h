#ifndef READALIKE_CACHE_QUEUE_H
#define READALIKE_CACHE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/* What waits to be written to Redis: bounded in number and bytes. The caller locks. */
#define QUEUE_ITEMS_MAX 512
#define QUEUE_BYTES_MAX ((size_t)8 * 1024 * 1024)

struct queue_item {
    size_t key_n, value_n;
    char bytes[]; /* key, then value */
};

struct queue {
    struct queue_item *items[QUEUE_ITEMS_MAX];
    size_t first, n, bytes;
};

/* A copy, made outside the lock; NULL when out of memory. */
struct queue_item *queue_item_create(const char *prefix, const void *key, size_t key_n,
                                     const void *value, size_t value_n);
/* Takes the item; false when full (the item stays the caller's). */
bool queue_push(struct queue *queue, struct queue_item *item) RA_MUST_CHECK;
/* The oldest, now the caller's to free; NULL when empty. */
struct queue_item *queue_pop(struct queue *queue);
/* Frees all; returns how many there were. */
size_t queue_clear(struct queue *queue);

#endif
