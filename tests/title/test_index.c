/* The index as bytes: the same every time, read safely whatever is in them, and without memory. */
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "random.h"
#include "shelf.h"

static size_t allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t n);

void *__wrap_malloc(size_t n)
{
    allocations++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
    allocations++;
    return __real_realloc(old, n);
}

#define N_BOOKS 30

static struct ra_title_doc docs[N_BOOKS];
static char titles[N_BOOKS][96];
static char isbns[N_BOOKS][16];

static void write_books(void)
{
    static const char *const words[] = {"night", "the", "stone", "H\xC3\xA9l\xC3\xA8ne",
                                        "river", "of",  "kings", "\xD0\xBC\xD0\xB8\xD1\x80",
                                        "glass"};
    uint64_t random = 3;
    for (size_t i = 0; i < N_BOOKS; i++) {
        const char *a = words[random_below(&random, 9)], *b = words[random_below(&random, 9)];
        snprintf(titles[i], sizeof titles[i], "%s %s: %s (%s, #%zu)", a, b,
                 words[random_below(&random, 9)], words[random_below(&random, 9)], i);
        snprintf(isbns[i], sizeof isbns[i], "97800000%05zu", i);
        docs[i] = (struct ra_title_doc){titles[i], i % 3 ? "Ann O'Nymous" : NULL, isbns[i],
                                        1.0F - (float)i / N_BOOKS};
    }
}

static const char *const questions[] = {
    "night river", "hleene",        "the",      "k",      "nighriver", "kigns of glas",
    "ann",         "9780000000017", "stone 12", "ni ght", "\xD0\xBC",
};
#define N_QUESTIONS (sizeof questions / sizeof *questions)

/* Asks everything; what comes back must be documents of the index. */
static void ask_all(const struct ra_title_index *index, struct ra_title_scratch *scratch)
{
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    size_t count = ra_title_count(index);
    for (size_t i = 0; i < N_QUESTIONS; i++) {
        size_t n = strlen(questions[i]);
        size_t n_hits =
            ra_title_suggest(index, scratch, questions[i], n, NULL, hits, RA_TITLE_HITS_MAX);
        for (size_t j = 0; j < n_hits; j++)
            assert_true(hits[j].doc < count);
        uint32_t doc;
        if (ra_title_find(index, scratch, questions[i], n, &doc))
            assert_true(doc < count);
    }
}

static void the_same_books_give_the_same_bytes(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_buf first, second;
    ra_buf_init(&first);
    ra_buf_init(&second);
    CHECK_OK(ra_title_build(docs, N_BOOKS, &first, &err), err);
    ra_buf_puts(&second, "12345678"); /* appended, wherever that is */
    CHECK_OK(ra_title_build(docs, N_BOOKS, &second, &err), err);
    assert_int_equal(second.len, first.len + 8);
    assert_memory_equal(first.data, second.data + 8, first.len);
    assert_int_equal(first.len % TITLE_ALIGN, 0);
    ra_buf_finish(&first);
    ra_buf_finish(&second);
}

static void a_query_allocates_nothing(void **state)
{
    struct shelf *shelf = *state;
    size_t before = allocations;
    ask_all(shelf->index, shelf->scratch);
    struct ra_title_range ranges[4];
    assert_int_equal(ra_title_highlight(shelf->scratch, "nihgt", 5, "Day and Night", ranges, 4), 1);
    assert_int_equal(allocations, before);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

/* In strict mode the kernel kills a process at any call but read, write and exit. */
static void a_query_makes_no_system_call(void **state)
{
#ifdef IS_SANITIZED
    (void)state;
    skip(); /* the sanitizers make their own */
#else
    struct shelf *shelf = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            syscall(SYS_exit, 2);
        ask_all(shelf->index, shelf->scratch);
        syscall(SYS_exit, 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
        skip(); /* the kernel has no such mode */
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

/* Copied to its exact size, so that a sanitizer sees every byte read beyond. */
static bool opens(const char *bytes, size_t n, struct ra_title_scratch *scratch)
{
    struct ra_err err = {0};
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    struct ra_title_index *index = ra_title_open(copy, n, &err);
    if (index)
        ask_all(index, scratch);
    else
        assert_int_equal(err.code, RA_ERR_CORRUPT);
    bool opened = index != NULL;
    ra_title_close(index);
    free(copy);
    return opened;
}

static void every_truncation_is_rejected(void **state)
{
    struct shelf *shelf = *state;
    for (size_t n = 0; n < shelf->bytes.len; n++)
        assert_false(opens(shelf->bytes.data, n, shelf->scratch));
    assert_true(opens(shelf->bytes.data, shelf->bytes.len, shelf->scratch));
}

static void every_flipped_bit_is_rejected_or_harmless(void **state)
{
    struct shelf *shelf = *state;
    size_t rejected = 0;
    for (size_t i = 0; i < shelf->bytes.len * 8; i++) {
        shelf->bytes.data[i / 8] = (char)(shelf->bytes.data[i / 8] ^ 1 << i % 8);
        rejected += !opens(shelf->bytes.data, shelf->bytes.len, shelf->scratch);
        shelf->bytes.data[i / 8] = (char)(shelf->bytes.data[i / 8] ^ 1 << i % 8);
    }
    assert_true(rejected > shelf->bytes.len);
}

static void many_wild_bytes_are_rejected_or_harmless(void **state)
{
    struct shelf *shelf = *state;
    struct ra_buf wild;
    uint64_t random = 4;
    ra_buf_init(&wild);
    for (int round = 0; round < 3000; round++) {
        ra_buf_reset(&wild);
        ra_buf_put(&wild, shelf->bytes.data, shelf->bytes.len);
        for (size_t n = 1 + random_below(&random, 20); n > 0; n--) {
            size_t at = random_below(&random, wild.len / 4) * 4;
            uint32_t value = (uint32_t)(random_below(&random, 2) ? random_next(&random)
                                                                 : random_below(&random, 70));
            memcpy(wild.data + at, &value, sizeof value);
        }
        opens(wild.data, wild.len, shelf->scratch);
    }
    ra_buf_finish(&wild);
}

static void bytes_that_are_not_aligned_are_refused(void **state)
{
    struct shelf *shelf = *state;
    struct ra_err err = {0};
    CHECK_FAILS(ra_title_open(shelf->bytes.data + 1, 64, &err), err, RA_ERR_INVALID);
}

static void any_bytes_are_a_safe_query(void **state)
{
    struct shelf *shelf = *state;
    static const char *const pieces[] = {"night", "\xF0\x9F", "\xE7\xB4\x85", " ", "\xEF\xB7\xBA"};
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    struct ra_title_range ranges[8];
    uint64_t random = 5;
    for (int round = 0; round < 20000; round++) {
        size_t n = 0, room = random_below(&random, 600);
        char *query = malloc(room ? room : 1);
        assert_non_null(query);
        while (n < room) {
            const char *piece = pieces[random_below(&random, 5)];
            if (random_below(&random, 2))
                query[n++] = (char)random_next(&random);
            else
                while (*piece && n < room)
                    query[n++] = *piece++;
        }
        size_t n_hits =
            ra_title_suggest(shelf->index, shelf->scratch, query, n, NULL, hits, RA_TITLE_HITS_MAX);
        assert_true(n_hits <= RA_TITLE_HITS_MAX);
        uint32_t doc;
        (void)ra_title_find(shelf->index, shelf->scratch, query, n, &doc);
        ra_title_highlight(shelf->scratch, query, n, titles[round % N_BOOKS], ranges, 8);
        free(query);
    }
}

/* More queries than stamps of one byte, and with each the answer of a fresh scratch. */
static void a_scratch_forgets_what_it_was_asked_before(void **state)
{
    struct shelf *shelf = *state;
    uint64_t random = 6;
    for (int round = 0; round < 300; round++) {
        const char *query = questions[random_below(&random, N_QUESTIONS)];
        struct ra_title_hit used[9] = {0}, fresh[9] = {0};
        struct ra_title_scratch *scratch = ra_title_scratch_create();
        assert_non_null(scratch);
        size_t n = strlen(query);
        size_t n_used = ra_title_suggest(shelf->index, shelf->scratch, query, n, NULL, used, 9);
        size_t n_fresh = ra_title_suggest(shelf->index, scratch, query, n, NULL, fresh, 9);
        assert_int_equal(n_used, n_fresh);
        for (size_t i = 0; i < n_used; i++) {
            assert_int_equal(used[i].doc, fresh[i].doc);
            assert_true(used[i].score == fresh[i].score);
        }
        ra_title_scratch_destroy(scratch);
    }
}

static struct shelf shelf_of_all;

static int open_shelf(void **state)
{
    write_books();
    shelf_open(&shelf_of_all, docs, N_BOOKS);
    *state = &shelf_of_all;
    return 0;
}

static int close_shelf(void **state)
{
    shelf_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_books_give_the_same_bytes),
        cmocka_unit_test(a_query_allocates_nothing),
        cmocka_unit_test(a_query_makes_no_system_call),
        cmocka_unit_test(every_truncation_is_rejected),
        cmocka_unit_test(every_flipped_bit_is_rejected_or_harmless),
        cmocka_unit_test(many_wild_bytes_are_rejected_or_harmless),
        cmocka_unit_test(bytes_that_are_not_aligned_are_refused),
        cmocka_unit_test(any_bytes_are_a_safe_query),
        cmocka_unit_test(a_scratch_forgets_what_it_was_asked_before),
    };
    return cmocka_run_group_tests(tests, open_shelf, close_shelf);
}
