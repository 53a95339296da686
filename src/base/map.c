/* Open-addressing hash maps for loading ids: linear probing, load at most 3/4, no removal. */
#include "readalike/map.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/arena.h"
#include "readalike/hash.h"

#define FIRST_SLOTS 64

struct str_slot {
    uint64_t hash; /* 0: free */
    const char *key;
    size_t n;
    uint64_t value;
};

struct ra_strmap {
    struct str_slot *slots;
    size_t n_slots; /* a power of two */
    size_t count;
    struct ra_arena keys;
};

struct ra_strmap *ra_strmap_create(void)
{
    struct ra_strmap *map = calloc(1, sizeof *map);
    if (!map)
        return NULL;
    ra_arena_init(&map->keys, 0, 0);
    map->n_slots = FIRST_SLOTS;
    map->slots = calloc(map->n_slots, sizeof *map->slots);
    if (!map->slots) {
        ra_strmap_destroy(map);
        return NULL;
    }
    return map;
}

void ra_strmap_destroy(struct ra_strmap *map)
{
    if (!map)
        return;
    ra_arena_finish(&map->keys);
    free(map->slots);
    free(map);
}

static uint64_t hash_key(const char *key, size_t n)
{
    uint64_t hash = ra_hash64(key, n, 0);
    return hash ? hash : 1;
}

static struct str_slot *find_str(struct str_slot *slots, size_t n_slots, uint64_t hash,
                                 const char *key, size_t n)
{
    size_t at = hash & (n_slots - 1);
    while (slots[at].hash) {
        struct str_slot *slot = &slots[at];
        if (slot->hash == hash && slot->n == n && memcmp(slot->key, key, n) == 0)
            return slot;
        at = (at + 1) & (n_slots - 1);
    }
    return &slots[at];
}

static bool grow_str(struct ra_strmap *map)
{
    size_t n_slots = map->n_slots * 2;
    struct str_slot *slots = calloc(n_slots, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < map->n_slots; i++) {
        struct str_slot *old = &map->slots[i];
        if (old->hash)
            *find_str(slots, n_slots, old->hash, old->key, old->n) = *old;
    }
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    return true;
}

bool ra_strmap_set(struct ra_strmap *map, const char *key, size_t n, uint64_t value)
{
    if (map->count >= map->n_slots / 4 * 3 && !grow_str(map))
        return false;
    uint64_t hash = hash_key(key, n);
    struct str_slot *slot = find_str(map->slots, map->n_slots, hash, key, n);
    if (!slot->hash) {
        const char *copy = ra_arena_strndup(&map->keys, key, n);
        if (!copy)
            return false;
        *slot = (struct str_slot){.hash = hash, .key = copy, .n = n};
        map->count++;
    }
    slot->value = value;
    return true;
}

bool ra_strmap_get(const struct ra_strmap *map, const char *key, size_t n, uint64_t *out)
{
    const struct str_slot *slot = find_str(map->slots, map->n_slots, hash_key(key, n), key, n);
    if (!slot->hash)
        return false;
    *out = slot->value;
    return true;
}

size_t ra_strmap_count(const struct ra_strmap *map)
{
    return map->count;
}

struct u64_slot {
    uint64_t key;
    uint64_t value;
    bool used;
};

struct ra_u64map {
    struct u64_slot *slots;
    size_t n_slots;
    size_t count;
};

struct ra_u64map *ra_u64map_create(void)
{
    struct ra_u64map *map = calloc(1, sizeof *map);
    if (!map)
        return NULL;
    map->n_slots = FIRST_SLOTS;
    map->slots = calloc(map->n_slots, sizeof *map->slots);
    if (!map->slots) {
        free(map);
        return NULL;
    }
    return map;
}

void ra_u64map_destroy(struct ra_u64map *map)
{
    if (!map)
        return;
    free(map->slots);
    free(map);
}

static struct u64_slot *find_u64(struct u64_slot *slots, size_t n_slots, uint64_t key)
{
    /* Fibonacci hashing with the high bits folded in: ids are often consecutive. */
    uint64_t mixed = key * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(mixed ^ (mixed >> 32)) & (n_slots - 1);
    while (slots[at].used && slots[at].key != key)
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

static bool grow_u64(struct ra_u64map *map)
{
    size_t n_slots = map->n_slots * 2;
    struct u64_slot *slots = calloc(n_slots, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < map->n_slots; i++) {
        if (map->slots[i].used)
            *find_u64(slots, n_slots, map->slots[i].key) = map->slots[i];
    }
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    return true;
}

bool ra_u64map_set(struct ra_u64map *map, uint64_t key, uint64_t value)
{
    if (map->count >= map->n_slots / 4 * 3 && !grow_u64(map))
        return false;
    struct u64_slot *slot = find_u64(map->slots, map->n_slots, key);
    if (!slot->used) {
        *slot = (struct u64_slot){.key = key, .used = true};
        map->count++;
    }
    slot->value = value;
    return true;
}

bool ra_u64map_get(const struct ra_u64map *map, uint64_t key, uint64_t *out)
{
    const struct u64_slot *slot = find_u64(map->slots, map->n_slots, key);
    if (!slot->used)
        return false;
    *out = slot->value;
    return true;
}

size_t ra_u64map_count(const struct ra_u64map *map)
{
    return map->count;
}
