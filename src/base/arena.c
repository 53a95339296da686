/* Bump allocation in blocks; freed as one. */
#include "readalike/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, n) ASAN_POISON_MEMORY_REGION(at, n)
#define UNPOISON(at, n) ASAN_UNPOISON_MEMORY_REGION(at, n)
#else
#define POISON(at, n) ((void)0)
#define UNPOISON(at, n) ((void)0)
#endif

#define ALIGN 16

struct ra_arena_block {
    struct ra_arena_block *next;
    size_t cap;
    size_t used;
    _Alignas(ALIGN) unsigned char data[];
};

void ra_arena_init(struct ra_arena *arena, size_t block_bytes, size_t limit_bytes)
{
    *arena = (struct ra_arena){
        .block_bytes = block_bytes ? block_bytes : 64 * 1024,
        .limit_bytes = limit_bytes,
    };
}

static void free_blocks(struct ra_arena_block *block)
{
    while (block) {
        struct ra_arena_block *next = block->next;
        UNPOISON(block->data, block->cap);
        free(block);
        block = next;
    }
}

void ra_arena_finish(struct ra_arena *arena)
{
    free_blocks(arena->head);
    arena->head = NULL;
    arena->used_bytes = 0;
}

void ra_arena_reset(struct ra_arena *arena)
{
    struct ra_arena_block *keep = arena->head;
    if (keep) {
        free_blocks(keep->next);
        keep->next = NULL;
        keep->used = 0;
        POISON(keep->data, keep->cap);
    }
    arena->used_bytes = 0;
}

static struct ra_arena_block *add_block(struct ra_arena *arena, size_t at_least)
{
    size_t cap = at_least > arena->block_bytes ? at_least : arena->block_bytes;
    struct ra_arena_block *block = malloc(sizeof *block + cap);
    if (!block)
        return NULL;
    block->next = arena->head;
    block->cap = cap;
    block->used = 0;
    POISON(block->data, cap);
    arena->head = block;
    return block;
}

void *ra_arena_alloc(struct ra_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2)
        return NULL;
    size_t padded = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (padded == 0)
        padded = ALIGN;
    if (arena->limit_bytes &&
        (padded > arena->limit_bytes || arena->used_bytes > arena->limit_bytes - padded))
        return NULL;
    struct ra_arena_block *block = arena->head;
    if (!block || block->cap - block->used < padded)
        block = add_block(arena, padded);
    if (!block)
        return NULL;
    void *at = block->data + block->used;
    block->used += padded;
    arena->used_bytes += padded;
    UNPOISON(at, bytes);
    return at;
}

void *ra_arena_calloc(struct ra_arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        return NULL;
    void *at = ra_arena_alloc(arena, bytes);
    return at ? memset(at, 0, bytes) : NULL;
}

char *ra_arena_strndup(struct ra_arena *arena, const char *text, size_t n)
{
    char *copy = n < SIZE_MAX ? ra_arena_alloc(arena, n + 1) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *ra_arena_strdup(struct ra_arena *arena, const char *text)
{
    return text ? ra_arena_strndup(arena, text, strlen(text)) : NULL;
}
