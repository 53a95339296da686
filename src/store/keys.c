/* The keys of a load: which id each has, and whether its row is new, other or the same. */
#include "keys.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/hash.h"
#include "readalike/map.h"

struct key_entry {
    int64_t id;
    uint64_t old_hash; /* as the store has it; only of old entries */
    uint64_t hash;     /* as last seen */
    bool is_new, is_seen;
};

bool keys_init(struct keys *keys, struct ra_err *err)
{
    *keys = (struct keys){.map = ra_strmap_create()};
    return keys->map || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

void keys_finish(struct keys *keys)
{
    ra_strmap_destroy(keys->map);
    free(keys->entries);
    *keys = (struct keys){0};
}

static bool append(struct keys *keys, const char *key, const struct key_entry *entry,
                   struct ra_err *err)
{
    if (!keys->entries || keys->n == keys->cap) {
        size_t cap = keys->cap ? keys->cap * 2 : 1024;
        struct key_entry *entries = realloc(keys->entries, cap * sizeof *entries);
        if (!entries)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
        keys->entries = entries;
        keys->cap = cap;
    }
    if (!ra_strmap_set(keys->map, key, strlen(key), keys->n))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    keys->entries[keys->n++] = *entry;
    return true;
}

static struct key_entry *lookup(const struct keys *keys, const char *key)
{
    uint64_t number;
    return ra_strmap_get(keys->map, key, strlen(key), &number) ? &keys->entries[number] : NULL;
}

bool keys_know(struct keys *keys, const char *key, int64_t id, uint64_t hash, struct ra_err *err)
{
    if (!key)
        return ra_fail(err, RA_ERR_CORRUPT, "row %lld has no key", (long long)id);
    return append(keys, key, &(struct key_entry){.id = id, .old_hash = hash, .hash = hash}, err);
}

bool keys_see(struct keys *keys, const char *key, uint64_t hash, int64_t *out_id,
              enum ra_load_outcome *out, struct ra_err *err)
{
    struct key_entry *entry = lookup(keys, key);
    if (!entry) {
        const struct key_entry added = {
            .id = keys->last_id + 1,
            .hash = hash,
            .is_new = true,
            .is_seen = true,
        };
        if (!append(keys, key, &added, err))
            return false;
        *out_id = ++keys->last_id;
        *out = RA_LOAD_ADDED;
        return true;
    }
    *out = entry->hash == hash ? RA_LOAD_UNCHANGED : RA_LOAD_CHANGED;
    *out_id = entry->id;
    entry->hash = hash;
    entry->is_seen = true;
    return true;
}

bool keys_find(const struct keys *keys, const char *key, int64_t *out_id)
{
    const struct key_entry *entry = lookup(keys, key);
    if (entry)
        *out_id = entry->id;
    return entry != NULL;
}

bool keys_use(struct keys *keys, const char *key, int64_t *out_id)
{
    struct key_entry *entry = lookup(keys, key);
    if (entry) {
        entry->is_seen = true;
        *out_id = entry->id;
    }
    return entry != NULL;
}

void keys_count(const struct keys *keys, uint64_t *out_seen, uint64_t *out_added,
                uint64_t *out_changed)
{
    *out_seen = *out_added = *out_changed = 0;
    for (size_t i = 0; i < keys->n; i++) {
        const struct key_entry *entry = &keys->entries[i];
        *out_seen += entry->is_seen;
        *out_added += entry->is_new;
        *out_changed += !entry->is_new && entry->hash != entry->old_hash;
    }
}

/* Texts with their NUL, so that "a","bc" and "ab","c" differ; NULL is a byte no text begins with.
 */
static void update_text(struct ra_hash_state *state, const char *text)
{
    if (text)
        ra_hash_update(state, text, strlen(text) + 1);
    else
        ra_hash_update(state, "\xFF", 1);
}

uint64_t hash_book(const struct ra_book *book)
{
    const char *const texts[] = {book->isbn,     book->title,     book->author, book->publisher,
                                 book->language, book->image_url, book->tags};
    struct ra_hash_state state;
    ra_hash_init(&state, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        update_text(&state, texts[i]);
    /* Every NaN is the same unknown. */
    double average = isnan(book->average_rating) ? -1.0e300 : book->average_rating;
    int64_t year = book->year;
    ra_hash_update(&state, &average, sizeof average);
    ra_hash_update(&state, &year, sizeof year);
    ra_hash_update(&state, &book->rating_count, sizeof book->rating_count);
    return ra_hash_digest(&state);
}

uint64_t hash_user(const struct ra_user *user)
{
    struct ra_hash_state state;
    ra_hash_init(&state, 0);
    update_text(&state, user->name);
    update_text(&state, user->location);
    int64_t age = user->age;
    ra_hash_update(&state, &age, sizeof age);
    return ra_hash_digest(&state);
}
