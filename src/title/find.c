/* Exact look-up: a title by its key, or a book by its ISBN. */
#include "find.h"

#include "keys.h"
#include "readalike/title.h"

static bool look_up(const uint64_t *keys, const uint32_t *docs, size_t n, uint64_t key,
                    uint32_t *out_doc)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n || keys[low] != key)
        return false;
    *out_doc = docs[low];
    return true;
}

bool find_isbn(const struct ra_title_index *index, const char *query, size_t n, uint32_t *out_doc)
{
    uint64_t key;
    return isbn_number(query, n, &key) &&
           look_up(index->isbn_numbers, index->isbn_docs, index->n_isbns, key, out_doc);
}

bool find_title(const struct ra_title_index *index, const char *query, size_t n, uint32_t *out_doc)
{
    uint64_t key;
    return title_key(query, n, &key) &&
           look_up(index->key_hashes, index->key_docs, index->n_keys, key, out_doc);
}

bool ra_title_find(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                   const char *query, size_t n, uint32_t *out_doc)
{
    (void)scratch;
    return find_title(index, query, n, out_doc) || find_isbn(index, query, n, out_doc);
}
