/*
 * Fuzz target: any bytes as an index, and (so that more than the header is reached) as changes to
 * a sound one: pairs of a place and a value. An index that opens must answer safely.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/title.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ra_title_doc docs[] = {
    {"The Lord of the Rings (The Lord of the Rings, #1-3)", "J.R.R. Tolkien", "0345339681", 1.0F},
    {"Lord of the Flies", "William Golding", "9780399501487", 0.9F},
    {"\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2", "\xE6\x9B\xB9\xE9\x9B\xAA\xE8\x8A\xB9", NULL, 0.8F},
    {"The Flies: A Play", "Sartre", NULL, 0.7F},
};

static struct ra_title_scratch *scratch;

static void ask(const char *bytes, size_t n)
{
    static const char *const queries[] = {"lord of teh flies", "f",        "theflies", "0345339681",
                                          "\xE7\xB4\x85",      "the flies"};
    struct ra_err err = {0};
    struct ra_title_index *index = ra_title_open(bytes, n, &err);
    if (!index)
        return;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct ra_title_hit hits[RA_TITLE_HITS_MAX];
        size_t length = strlen(queries[i]);
        size_t n_hits =
            ra_title_suggest(index, scratch, queries[i], length, NULL, hits, RA_TITLE_HITS_MAX);
        uint32_t doc = 0;
        for (size_t j = 0; j < n_hits; j++) {
            if (hits[j].doc >= ra_title_count(index))
                abort();
        }
        if (ra_title_find(index, scratch, queries[i], length, &doc) && doc >= ra_title_count(index))
            abort();
    }
    ra_title_close(index);
}

static void change(struct ra_buf *bytes, const uint8_t *data, size_t size)
{
    for (; size >= 6; data += 6, size -= 6) {
        size_t at = (size_t)(data[0] | data[1] << 8) % (bytes->len / 4) * 4;
        memcpy(bytes->data + at, data + 2, 4);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ra_err err = {0};
    struct ra_buf bytes;
    if (!scratch && !(scratch = ra_title_scratch_create()))
        return 0;
    ra_buf_init(&bytes);
    ra_buf_put(&bytes, data, size);
    if (size > 0)
        ask(bytes.data, bytes.len);
    ra_buf_reset(&bytes);
    if (ra_title_build(docs, sizeof docs / sizeof *docs, &bytes, &err)) {
        change(&bytes, data, size);
        char *copy = malloc(bytes.len);
        if (copy) {
            memcpy(copy, bytes.data, bytes.len);
            ask(copy, bytes.len);
        }
        free(copy);
    }
    ra_buf_finish(&bytes);
    return 0;
}
