/*
 * Fuzz target: any bytes as a query of a fixed shelf. The first byte says which books a filter
 * allows. What must hold: hits are allowed books, once each, best first; marks lie in the title.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/title.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ra_title_doc docs[] = {
    {"The Lord of the Rings (The Lord of the Rings, #1-3)", "J.R.R. Tolkien", "0345339681", 1.0F},
    {"Les Mis\xC3\xA9rables: Tome I", "Victor Hugo", NULL, 0.9F},
    {"\xE7\xB4\x85\xE6\xA8\x93\xE5\xA4\xA2", "\xE6\x9B\xB9\xE9\x9B\xAA\xE8\x8A\xB9", NULL, 0.8F},
    {"\xD0\x92\xD0\xBE\xD0\xB9\xD0\xBD\xD0\xB0 \xD0\xB8 \xD0\xBC\xD0\xB8\xD1\x80",
     "\xD0\xA2\xD0\xBE\xD0\xBB\xD1\x81\xD1\x82\xD0\xBE\xD0\xB9", NULL, 0.7F},
    {"Pride & Prejudice", "Jane Austen", "9780141439518", 0.6F},
    {"20,000 Leagues Under the Sea", "Jules Verne", NULL, 0.5F},
    {"Catch-22", "Joseph Heller", NULL, 0.4F},
    {"", NULL, "", 0.3F},
};
#define N_DOCS (sizeof docs / sizeof *docs)

static struct ra_buf bytes;
static struct ra_title_index *shelf;
static struct ra_title_scratch *scratch;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void open_shelf(void)
{
    struct ra_err err = {0};
    if (shelf)
        return;
    require(ra_title_build(docs, N_DOCS, &bytes, &err));
    shelf = ra_title_open(bytes.data, bytes.len, &err);
    scratch = ra_title_scratch_create();
    require(shelf && scratch);
}

static void check_hits(const char *query, size_t n, uint64_t allowed)
{
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    size_t n_hits = ra_title_suggest(shelf, scratch, query, n, &allowed, hits, N_DOCS);
    uint64_t seen = 0;
    require(n_hits <= N_DOCS);
    for (size_t i = 0; i < n_hits; i++) {
        require(hits[i].doc < N_DOCS && (allowed >> hits[i].doc & 1));
        require(!(seen >> hits[i].doc & 1));
        require(i == 0 || hits[i].score <= hits[i - 1].score);
        seen |= UINT64_C(1) << hits[i].doc;
    }
    uint32_t doc;
    if (ra_title_find(shelf, scratch, query, n, &doc))
        require(doc < N_DOCS);
}

static void check_marks(const char *query, size_t n, const char *title)
{
    struct ra_title_range ranges[8];
    size_t at = 0;
    size_t n_ranges = ra_title_highlight(scratch, query, n, title, ranges, 8);
    for (size_t i = 0; i < n_ranges; i++) {
        require(ranges[i].start >= at && ranges[i].length > 0);
        at = ranges[i].start + (size_t)ranges[i].length;
        require(at <= strlen(title));
    }
}

/* The bytes as a book of their own: built, opened, asked for by its title. */
static void check_as_title(const char *query, size_t n)
{
    struct ra_err err = {0};
    struct ra_buf out, title;
    ra_buf_init(&out);
    ra_buf_init(&title);
    ra_buf_put(&title, query, n);
    struct ra_title_doc doc = {.title = ra_buf_cstr(&title), .author = title.data};
    require(ra_title_build(&doc, 1, &out, &err));
    struct ra_title_index *index = ra_title_open(out.data, out.len, &err);
    require(index != NULL);
    struct ra_title_hit hit;
    (void)ra_title_suggest(index, scratch, query, n, NULL, &hit, 1);
    check_marks(query, n, title.data);
    ra_title_close(index);
    ra_buf_finish(&out);
    ra_buf_finish(&title);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_shelf();
    if (size == 0)
        return 0;
    const char *query = (const char *)data + 1;
    check_hits(query, size - 1, data[0]);
    check_marks(query, size - 1, docs[data[0] % N_DOCS].title);
    check_as_title(query, size - 1);
    return 0;
}
