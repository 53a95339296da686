/* xxh64 behind our own names, so that only this file sees xxhash. */
#include "readalike/hash.h"

#define XXH_STATIC_LINKING_ONLY /* for the size of the state */
#include <xxhash.h>

_Static_assert(sizeof(XXH64_state_t) <= sizeof(struct ra_hash_state),
               "the opaque room is too small");

static XXH64_state_t *inside(struct ra_hash_state *state)
{
    return (XXH64_state_t *)(void *)state->opaque;
}

uint64_t ra_hash64(const void *bytes, size_t n, uint64_t seed)
{
    return XXH64(bytes, n, seed);
}

void ra_hash_init(struct ra_hash_state *state, uint64_t seed)
{
    XXH64_reset(inside(state), seed);
}

void ra_hash_update(struct ra_hash_state *state, const void *bytes, size_t n)
{
    if (n)
        XXH64_update(inside(state), bytes, n);
}

uint64_t ra_hash_digest(const struct ra_hash_state *state)
{
    return XXH64_digest((const XXH64_state_t *)(const void *)state->opaque);
}
