/* A warm scratch answers without asking for memory. The linker sends the allocators here. */
#include <math.h>
#include <stdatomic.h>

#include "../check.h"
#include "library.h"
#include "readalike/str.h"

/* An index is built by several threads. */
static atomic_uint n_allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t n);

void *__wrap_malloc(size_t n)
{
    n_allocations++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *memory, size_t n)
{
    n_allocations++;
    return __real_realloc(memory, n);
}

static const struct lib_book books[] = {
    {"One", "Ann Author", "en", 1990},
    {"Two", "Ben Author", "fr", 1991},
    {"Three", "Cyd Writer", "en", 1992},
    {"Four", "Dan Writer", "en", 1993},
};
static const struct lib_pair pairs[] = {{0, 1, 0.5f}, {0, 2, 0.4f}, {1, 3, 0.3f}};

static void ask_everything(const struct ra_engine *engine, struct ra_scratch *scratch)
{
    const struct ra_liked liked[] = {{0, 5}, {1, NAN}};
    const struct ra_filter filter = {.author = "writer", .language = "en", .year_from = 1900};
    const struct ra_ask ask = {
        .liked = liked, .n_liked = 2, .filter = filter, .k = 10, .explain = true};
    struct ra_err err = {0};
    struct ra_answer answer;
    struct ra_title_hit hits[7];
    size_t n;
    CHECK_OK(ra_recommend(engine, scratch, &ask, &answer, &err), err);
    CHECK_OK(ra_recommend_popular(engine, scratch, &ask, &answer, &err), err);
    const struct ra_typed typed = {.text = "thre", .n = 4, .filter = &filter, .max = 7};
    CHECK_OK(ra_recommend_suggest(engine, scratch, &typed, hits, &n, &err), err);
}

static void a_warm_scratch_allocates_nothing(void **state)
{
    (void)state;
    const struct library library = {
        .books = books, .n_books = RA_COUNT(books), .pairs = pairs, .n_pairs = RA_COUNT(pairs)};
    struct ra_engine *engine = library_open(&library);
    struct ra_scratch *scratch = ra_scratch_create();
    for (int i = 0; i < 3; i++)
        ask_everything(engine, scratch);
    assert_true(n_allocations > 0);
    n_allocations = 0;
    for (int i = 0; i < 100; i++)
        ask_everything(engine, scratch);
    assert_int_equal(n_allocations, 0);
    ra_scratch_destroy(scratch);
    ra_engine_unref(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_scratch_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
