#ifndef READALIKE_MAP_H
#define READALIKE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/err.h"

/*
 * Hash maps from a string (copied) or a 64-bit number to a 64-bit number. Built for loading
 * millions of ids: open addressing, no removal. One thread at a time; any thread may read
 * once nobody writes.
 */
struct ra_strmap;
struct ra_strmap *ra_strmap_create(void); /* NULL when out of memory */
void ra_strmap_destroy(struct ra_strmap *map);
/* Sets, replacing what was there. False when out of memory. */
bool ra_strmap_set(struct ra_strmap *map, const char *key, size_t n, uint64_t value) RA_MUST_CHECK;
bool ra_strmap_get(const struct ra_strmap *map, const char *key, size_t n, uint64_t *out);
size_t ra_strmap_count(const struct ra_strmap *map);

struct ra_u64map;
struct ra_u64map *ra_u64map_create(void);
void ra_u64map_destroy(struct ra_u64map *map);
bool ra_u64map_set(struct ra_u64map *map, uint64_t key, uint64_t value) RA_MUST_CHECK;
bool ra_u64map_get(const struct ra_u64map *map, uint64_t key, uint64_t *out);
size_t ra_u64map_count(const struct ra_u64map *map);

#endif
