#ifndef READALIKE_ARENA_H
#define READALIKE_ARENA_H

#include <stddef.h>

/*
 * Memory that is freed as one: allocate forward, reset at the end. One thread at a time.
 * What is free is poisoned under AddressSanitizer.
 */
struct ra_arena {
    struct ra_arena_block *head; /* newest first */
    size_t block_bytes;
    size_t used_bytes;  /* handed out since the last reset */
    size_t limit_bytes; /* 0: none; an allocation that would pass it fails */
};

/* `block_bytes` 0 means 64 KiB. Allocates nothing yet. */
void ra_arena_init(struct ra_arena *arena, size_t block_bytes, size_t limit_bytes);
void ra_arena_finish(struct ra_arena *arena);

/* Forgets all allocations, keeps one block for the next round. */
void ra_arena_reset(struct ra_arena *arena);

/* 16-byte aligned, uninitialised; NULL when out of memory or over the limit. */
void *ra_arena_alloc(struct ra_arena *arena, size_t bytes);
/* `n` zeroed elements of `size` bytes, the product checked. */
void *ra_arena_calloc(struct ra_arena *arena, size_t n, size_t size);
/* A terminated copy of `n` bytes. */
char *ra_arena_strndup(struct ra_arena *arena, const char *text, size_t n);
/* NULL stays NULL. */
char *ra_arena_strdup(struct ra_arena *arena, const char *text);

#endif
