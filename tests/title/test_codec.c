/* Packed lists and tables give back what was put in, and refuse what no writer wrote. */
#include "../check.h"
#include "lookup.h"
#include "random.h"

#define LIST_MAX 1000

static size_t make_list(uint64_t *random, uint32_t *docs, uint32_t n_docs)
{
    static const size_t gaps[] = {1, 3, 200, 70000};
    size_t n = random_below(random, LIST_MAX), gap = gaps[random_below(random, 4)], kept = 0;
    uint64_t doc = random_below(random, 10);
    for (; kept < n && doc < n_docs; doc += 1 + random_below(random, gap))
        docs[kept++] = (uint32_t)doc;
    return kept;
}

static void put(struct ra_buf *out, const uint32_t *docs, size_t n)
{
    static const char slack[CODEC_SLACK];
    ra_buf_reset(out);
    list_put(out, docs, n);
    ra_buf_put(out, slack, sizeof slack);
    assert_false(out->failed);
}

static void a_list_comes_back_as_it_was(void **state)
{
    (void)state;
    struct ra_buf bytes;
    uint64_t random = 1;
    ra_buf_init(&bytes);
    for (int round = 0; round < 500; round++) {
        uint32_t docs[LIST_MAX], read[CODEC_BLOCK];
        size_t n = make_list(&random, docs, 20000000), at = 0;
        put(&bytes, docs, n);
        const uint8_t *begin = (const uint8_t *)bytes.data, *end = begin;
        assert_true(list_check(&end, begin + bytes.len - CODEC_SLACK, n, 20000000));
        assert_ptr_equal(end, begin + bytes.len - CODEC_SLACK);
        struct list_reader reader;
        list_open(&reader, begin, n);
        for (size_t got; (got = list_next(&reader, read)) > 0; at += got)
            assert_memory_equal(read, docs + at, got * sizeof *read);
        assert_int_equal(at, n);
    }
    ra_buf_finish(&bytes);
}

static void a_jump_loses_nothing_from_its_goal_on(void **state)
{
    (void)state;
    struct ra_buf bytes;
    uint64_t random = 2;
    ra_buf_init(&bytes);
    for (int round = 0; round < 500; round++) {
        uint32_t docs[LIST_MAX], read[CODEC_BLOCK];
        size_t n = make_list(&random, docs, 20000000), at = 0;
        put(&bytes, docs, n);
        uint32_t goal = n ? docs[random_below(&random, n)] : 0;
        struct list_reader reader;
        list_open(&reader, (const uint8_t *)bytes.data, n);
        list_seek(&reader, goal);
        while (at < n && docs[at] < goal)
            at++;
        for (size_t got; (got = list_next(&reader, read)) > 0;) {
            size_t skip = 0;
            while (skip < got && read[skip] < goal)
                skip++;
            assert_memory_equal(read + skip, docs + at, (got - skip) * sizeof *read);
            at += got - skip;
        }
        assert_int_equal(at, n);
    }
    ra_buf_finish(&bytes);
}

static void a_broken_list_is_refused_or_still_rises(void **state)
{
    (void)state;
    struct ra_buf bytes;
    uint64_t random = 3;
    ra_buf_init(&bytes);
    for (int round = 0; round < 3000; round++) {
        uint32_t docs[LIST_MAX], read[CODEC_BLOCK], n_docs = 1000000;
        size_t n = make_list(&random, docs, n_docs);
        put(&bytes, docs, n);
        size_t body = bytes.len - CODEC_SLACK;
        if (body == 0)
            continue;
        bytes.data[random_below(&random, body)] = (char)random_next(&random);
        const uint8_t *begin = (const uint8_t *)bytes.data, *end = begin;
        if (!list_check(&end, begin + body, n, n_docs))
            continue;
        struct list_reader reader;
        uint64_t next = 0;
        list_open(&reader, begin, n);
        for (size_t got; (got = list_next(&reader, read)) > 0;) {
            for (size_t i = 0; i < got; i++) {
                assert_true(read[i] >= next && read[i] < n_docs);
                next = (uint64_t)read[i] + 1;
            }
        }
    }
    ra_buf_finish(&bytes);
}

static void a_table_finds_each_key_and_no_other(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (size_t n = 0; n < 5000; n = n * 3 + 1) {
        struct ra_buf rows, bytes;
        struct lookup lookup;
        ra_buf_init(&rows);
        ra_buf_init(&bytes);
        unsigned key_bits = lookup_key_bits(n);
        for (size_t i = 0; i < n; i++) {
            struct lookup_row row = {.key = random_next(&random) >> (64 - key_bits),
                                     .doc = (uint32_t)i};
            ra_buf_put(&rows, &row, sizeof row);
            ra_buf_put(&rows, &row, sizeof row);
        }
        lookup_sort(&rows);
        lookup_put(&bytes, &rows, key_bits, (uint32_t)n);
        assert_true(lookup_open(&lookup, bytes.data, bytes.len, (uint32_t)n));
        for (size_t i = 0; i < rows.len / sizeof(struct lookup_row); i++) {
            struct lookup_row row = ((const struct lookup_row *)(const void *)rows.data)[i];
            uint32_t doc;
            assert_true(lookup_find(&lookup, row.key, &doc));
            assert_int_equal(doc, row.doc);
        }
        uint32_t doc;
        for (int i = 0; i < 1000; i++)
            assert_false(lookup_find(&lookup, random_next(&random), &doc));
        ra_buf_finish(&rows);
        ra_buf_finish(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_comes_back_as_it_was),
        cmocka_unit_test(a_jump_loses_nothing_from_its_goal_on),
        cmocka_unit_test(a_broken_list_is_refused_or_still_rises),
        cmocka_unit_test(a_table_finds_each_key_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
