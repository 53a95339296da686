/* Exact look-up: a title by its key, or a book by its ISBN. */
#include "find.h"

#include "keys.h"
#include "readalike/title.h"

bool find_isbn(const struct ra_title_index *index, const char *query, size_t n, uint32_t *out_doc)
{
    uint64_t key;
    return isbn_number(query, n, &key) && lookup_find(&index->isbns, key, out_doc);
}

bool find_title(const struct ra_title_index *index, const char *query, size_t n, uint32_t *out_doc)
{
    uint64_t key;
    return title_key(query, n, &key) &&
           lookup_find(&index->title_keys, key >> (64 - index->title_keys.head.key_bits), out_doc);
}

bool ra_title_find(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                   const char *query, size_t n, uint32_t *out_doc)
{
    (void)scratch;
    return find_title(index, query, n, out_doc) || find_isbn(index, query, n, out_doc);
}
