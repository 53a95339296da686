/* Reads `reader item item ...` files, as the field's benchmark splits come. */
#include "readalike/interactions.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/file.h"
#include "readalike/map.h"
#include "readalike/str.h"

struct reading {
    struct ra_strmap *readers, *items; /* name to number */
    struct ra_triplet *triplets;
    size_t n, cap;
};

/* The number of a name, the next one when it is new. */
static bool number_of(struct ra_strmap *map, const char *name, size_t n, uint32_t *out,
                      struct ra_err *err)
{
    uint64_t found;
    if (!ra_strmap_get(map, name, n, &found)) {
        found = ra_strmap_count(map);
        if (found >= UINT32_MAX)
            return ra_fail(err, RA_ERR_INVALID, "more than %u names", UINT32_MAX);
        if (!ra_strmap_set(map, name, n, found))
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    *out = (uint32_t)found;
    return true;
}

static bool add(struct reading *reading, uint32_t reader, uint32_t item, struct ra_err *err)
{
    if (reading->n == reading->cap) {
        size_t cap = reading->cap ? reading->cap * 2 : 4096;
        struct ra_triplet *more = reallocarray(reading->triplets, cap, sizeof *more);
        if (!more)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu interactions", cap);
        reading->triplets = more;
        reading->cap = cap;
    }
    reading->triplets[reading->n++] = (struct ra_triplet){reader, item, 1};
    return true;
}

static bool read_line(struct reading *reading, const char *line, size_t n, struct ra_err *err)
{
    uint32_t reader = 0;
    bool first = true;
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && line[end] != ' ' && line[end] != '\t' && line[end] != '\r')
            end++;
        uint32_t item;
        if (end > at && first && !number_of(reading->readers, line + at, end - at, &reader, err))
            return false;
        if (end > at && !first &&
            (!number_of(reading->items, line + at, end - at, &item, err) ||
             !add(reading, reader, item, err)))
            return false;
        first &= end == at;
        at = end + 1;
    }
    return true;
}

static bool read_file(struct reading *reading, const char *path, struct ra_err *err)
{
    struct ra_buf text;
    ra_buf_init(&text);
    bool ok = ra_file_read(path, 0, &text, err);
    size_t before = reading->n;
    for (size_t at = 0; ok && at < text.len;) {
        const char *line = text.data + at;
        const char *newline = memchr(line, '\n', text.len - at);
        size_t n = newline ? (size_t)(newline - line) : text.len - at;
        ok = read_line(reading, line, n, err);
        at += n + 1;
    }
    if (ok && reading->n == before)
        ok = ra_fail(err, RA_ERR_INVALID, "%s has no line `reader item item ...`", path);
    ra_buf_finish(&text);
    return ok;
}

static bool make_split(struct ra_split *out, struct reading *reading, size_t n_train,
                       struct ra_err *err)
{
    uint32_t n_readers = (uint32_t)ra_strmap_count(reading->readers);
    uint32_t n_items = (uint32_t)ra_strmap_count(reading->items);
    if (!ra_csr_from_triplets(&out->train, n_readers, n_items, reading->triplets, n_train, err))
        return false;
    return ra_csr_from_triplets(&out->test, n_readers, n_items, reading->triplets + n_train,
                                reading->n - n_train, err);
}

bool ra_split_read(struct ra_split *out, const char *train_path, const char *test_path,
                   struct ra_err *err)
{
    *out = (struct ra_split){0};
    struct reading reading = {.readers = ra_strmap_create(), .items = ra_strmap_create()};
    bool ok = reading.readers && reading.items;
    if (!ok)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ok = ok && read_file(&reading, train_path, err);
    size_t n_train = reading.n;
    ok = ok && read_file(&reading, test_path, err) && make_split(out, &reading, n_train, err);
    if (!ok)
        ra_split_finish(out);
    ra_strmap_destroy(reading.readers);
    ra_strmap_destroy(reading.items);
    free(reading.triplets);
    return ok;
}

void ra_split_finish(struct ra_split *split)
{
    ra_csr_finish(&split->train);
    ra_csr_finish(&split->test);
}
