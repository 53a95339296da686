/* Replies kept in this process: bounded in bytes, the least recently used roughly first to go. */
#include "memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "readalike/hash.h"

#define SHARDS_MAX 16
#define SHARD_BYTES_MIN ((size_t)256 * 1024)
#define SLOTS_MIN 16

/* The key's bytes, then the value's. */
struct entry {
    uint32_t key_n, value_n;
    bool used; /* since the clock's hand passed */
    char bytes[];
};

struct slot {
    uint64_t hash;
    struct entry *entry; /* NULL: free */
};

struct shard {
    pthread_mutex_t lock; /* of everything below */
    struct slot *slots;   /* (n_slots), linear probing */
    size_t n_slots;       /* a power of two, or 0 before the first put */
    size_t n_entries, bytes, max_bytes;
    size_t hand;
    uint64_t evictions;
};

struct memory {
    struct shard shards[SHARDS_MAX];
    size_t n_shards; /* a power of two */
    uint64_t seed;   /* random, so that no request can choose where it collides */
};

/* What malloc takes for it, so that the budget is of memory, not of payload. */
static size_t entry_cost(size_t key_n, size_t value_n)
{
    return (sizeof(struct entry) + key_n + value_n + 8 + 15) & ~(size_t)15;
}

static size_t slot_of(const struct shard *shard, uint64_t hash)
{
    return (size_t)(hash >> 8) & (shard->n_slots - 1);
}

/* The slot that holds the key, or the free one where it would go. */
static size_t find_slot(const struct shard *shard, uint64_t hash, const void *key, size_t key_n)
{
    size_t at = slot_of(shard, hash);
    for (;; at = (at + 1) & (shard->n_slots - 1)) {
        const struct slot *slot = &shard->slots[at];
        if (!slot->entry || (slot->hash == hash && slot->entry->key_n == key_n &&
                             memcmp(slot->entry->bytes, key, key_n) == 0))
            return at;
    }
}

/* Frees a slot and moves back what probing had pushed past it. */
static void remove_at(struct shard *shard, size_t at)
{
    struct entry *entry = shard->slots[at].entry;
    shard->bytes -= entry_cost(entry->key_n, entry->value_n);
    shard->n_entries--;
    free(entry);
    size_t mask = shard->n_slots - 1, hole = at;
    for (size_t next = (at + 1) & mask; shard->slots[next].entry; next = (next + 1) & mask) {
        size_t home = slot_of(shard, shard->slots[next].hash);
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            shard->slots[hole] = shard->slots[next];
            hole = next;
        }
    }
    shard->slots[hole].entry = NULL;
}

/* CLOCK: what was used since the last round gets another one. */
static void evict_one(struct shard *shard)
{
    for (;; shard->hand = (shard->hand + 1) & (shard->n_slots - 1)) {
        struct entry *entry = shard->slots[shard->hand].entry;
        if (entry && !entry->used)
            break;
        if (entry)
            entry->used = false;
    }
    remove_at(shard, shard->hand);
    shard->evictions++;
}

/* Doubles the table when the budget has room for both at once; false when it has not. */
static bool grow(struct shard *shard)
{
    size_t n_new = shard->n_slots ? shard->n_slots * 2 : SLOTS_MIN;
    if (shard->bytes + n_new * sizeof(struct slot) > shard->max_bytes)
        return false;
    struct slot *slots = calloc(n_new, sizeof *slots);
    if (!slots)
        return false;
    struct shard old = *shard;
    shard->slots = slots;
    shard->n_slots = n_new;
    shard->hand = 0;
    for (size_t i = 0; i < old.n_slots; i++) {
        if (!old.slots[i].entry)
            continue;
        size_t at = slot_of(shard, old.slots[i].hash);
        while (slots[at].entry)
            at = (at + 1) & (n_new - 1);
        slots[at] = old.slots[i];
    }
    free(old.slots);
    shard->bytes += (n_new - old.n_slots) * sizeof(struct slot);
    return true;
}

/* Room for one more entry of `cost` bytes, by growing first, then by evicting. */
static bool make_room(struct shard *shard, size_t cost)
{
    if (shard->n_entries + 1 > shard->n_slots / 4 * 3 && !grow(shard) && shard->n_slots == 0)
        return false;
    if (shard->n_slots * sizeof(struct slot) + cost > shard->max_bytes)
        return false;
    while (shard->bytes + cost > shard->max_bytes || shard->n_entries + 1 > shard->n_slots / 4 * 3)
        evict_one(shard);
    return true;
}

static struct entry *entry_create(const void *key, size_t key_n, const void *value, size_t value_n)
{
    struct entry *entry = malloc(sizeof *entry + key_n + value_n);
    if (!entry)
        return NULL;
    *entry = (struct entry){.key_n = (uint32_t)key_n, .value_n = (uint32_t)value_n};
    memcpy(entry->bytes, key, key_n);
    memcpy(entry->bytes + key_n, value, value_n);
    return entry;
}

struct memory *memory_create(size_t max_bytes)
{
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    if (getrandom(&memory->seed, sizeof memory->seed, GRND_NONBLOCK) < 0)
        memory->seed = (uint64_t)(uintptr_t)memory;
    memory->n_shards = 1;
    while (memory->n_shards < SHARDS_MAX && max_bytes / (memory->n_shards * 2) >= SHARD_BYTES_MIN)
        memory->n_shards *= 2;
    for (size_t i = 0; i < memory->n_shards; i++) {
        pthread_mutex_init(&memory->shards[i].lock, NULL);
        memory->shards[i].max_bytes = max_bytes / memory->n_shards;
    }
    return memory;
}

void memory_destroy(struct memory *memory)
{
    if (!memory)
        return;
    for (size_t i = 0; i < memory->n_shards; i++) {
        struct shard *shard = &memory->shards[i];
        for (size_t at = 0; at < shard->n_slots; at++)
            free(shard->slots[at].entry);
        free(shard->slots);
        pthread_mutex_destroy(&shard->lock);
    }
    free(memory);
}

/* The shard takes the low bits, the slot others. */
static struct shard *shard_of(struct memory *memory, uint64_t hash)
{
    return &memory->shards[hash & (memory->n_shards - 1)];
}

bool memory_get(struct memory *memory, const void *key, size_t key_n, struct ra_buf *out)
{
    uint64_t hash = ra_hash64(key, key_n, memory->seed);
    struct shard *shard = shard_of(memory, hash);
    pthread_mutex_lock(&shard->lock);
    struct entry *entry = NULL;
    if (shard->n_slots)
        entry = shard->slots[find_slot(shard, hash, key, key_n)].entry;
    if (entry) {
        entry->used = true;
        ra_buf_put(out, entry->bytes + entry->key_n, entry->value_n);
    }
    pthread_mutex_unlock(&shard->lock);
    return entry && !out->failed;
}

void memory_put(struct memory *memory, const void *key, size_t key_n, const void *value,
                size_t value_n)
{
    if (key_n > UINT32_MAX / 4 || value_n > UINT32_MAX / 4)
        return;
    uint64_t hash = ra_hash64(key, key_n, memory->seed);
    struct shard *shard = shard_of(memory, hash);
    size_t cost = entry_cost(key_n, value_n);
    struct entry *entry = NULL;
    if (cost <= shard->max_bytes)
        entry = entry_create(key, key_n, value, value_n);
    pthread_mutex_lock(&shard->lock);
    size_t at = shard->n_slots ? find_slot(shard, hash, key, key_n) : 0;
    if (shard->n_slots && shard->slots[at].entry)
        remove_at(shard, at);
    bool fits = entry && make_room(shard, cost);
    if (fits) {
        at = find_slot(shard, hash, key, key_n);
        shard->slots[at] = (struct slot){.hash = hash, .entry = entry};
        shard->bytes += cost;
        shard->n_entries++;
    }
    pthread_mutex_unlock(&shard->lock);
    if (!fits)
        free(entry);
}

void memory_stats(struct memory *memory, struct memory_stats *out)
{
    *out = (struct memory_stats){0};
    for (size_t i = 0; i < memory->n_shards; i++) {
        struct shard *shard = &memory->shards[i];
        pthread_mutex_lock(&shard->lock);
        out->evictions += shard->evictions;
        out->bytes += shard->bytes;
        out->entries += shard->n_entries;
        pthread_mutex_unlock(&shard->lock);
    }
}
