#ifndef READALIKE_STORE_KEYS_H
#define READALIKE_STORE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "readalike/store.h"

/*
 * What a load knows about the rows of one table: source_key -> id, and by a hash of the values
 * whether a row that comes is new, other or the same. Ids count on from the highest there is.
 */
struct keys {
    struct ra_strmap *map; /* key -> number of an entry */
    struct key_entry *entries;
    size_t n, cap;
    int64_t last_id;     /* the highest given so far */
    int64_t last_old_id; /* the highest before this load */
};

bool keys_init(struct keys *keys, struct ra_err *err) RA_MUST_CHECK;
void keys_finish(struct keys *keys);

/* A row that the store has. */
bool keys_know(struct keys *keys, const char *key, int64_t id, uint64_t hash,
               struct ra_err *err) RA_MUST_CHECK;
/* A row that comes: its id, old or new, and whether it has to be written. */
bool keys_see(struct keys *keys, const char *key, uint64_t hash, int64_t *out_id,
              enum ra_load_outcome *out, struct ra_err *err) RA_MUST_CHECK;
bool keys_find(const struct keys *keys, const char *key, int64_t *out_id);
/* The same, and counts the row as one of this load's. */
bool keys_use(struct keys *keys, const char *key, int64_t *out_id);

/* Rows seen, new ones of them, old ones whose values are other than before. */
void keys_count(const struct keys *keys, uint64_t *out_seen, uint64_t *out_added,
                uint64_t *out_changed);

/* Over the values, without id and key. */
uint64_t hash_book(const struct ra_book *book);
uint64_t hash_user(const struct ra_user *user);

#endif
