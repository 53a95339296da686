#ifndef READALIKE_HASH_H
#define READALIKE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* xxh64 (xxhash.com), for integrity and hash tables; not for secrets. */
uint64_t ra_hash64(const void *bytes, size_t n, uint64_t seed);

/* The same over several pieces. */
struct ra_hash_state {
    _Alignas(16) unsigned char opaque[128];
};
void ra_hash_init(struct ra_hash_state *state, uint64_t seed);
void ra_hash_update(struct ra_hash_state *state, const void *bytes, size_t n);
uint64_t ra_hash_digest(const struct ra_hash_state *state);

#endif
