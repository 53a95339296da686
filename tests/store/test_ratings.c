/* One rating at a time, and many at once. */
#include <pthread.h>

#include "rows.h"
#include "scratch.h"
#include "suite.h"

static void ratings_of(struct ra_store *store, int64_t user_id, const char *wanted)
{
    struct ra_err err = {0};
    struct ra_buf buf;
    ra_buf_init(&buf);
    CHECK_OK(ra_store_user_ratings(store, user_id, dump_rating, &buf, &err), err);
    assert_string_equal(ra_buf_cstr(&buf), wanted);
    ra_buf_finish(&buf);
}

static uint64_t put(struct ra_store *store, int64_t user_id, int64_t book_id, float rating,
                    int64_t at)
{
    struct ra_err err = {0};
    uint64_t revision = 0;
    const struct ra_rating row = {user_id, book_id, rating, at};
    CHECK_OK(ra_store_put_rating(store, &row, &revision, &err), err);
    return revision;
}

static void a_rating_is_put_changed_and_deleted(void **state)
{
    struct ra_err err = {0};
    load_sample(*state, NULL);
    uint64_t before = revision_of(*state, "2"), other = revision_of(*state, "1"), after = 0;
    uint64_t first = put(*state, 2, 3, 4, 99);
    assert_true(first > before);
    assert_int_equal(revision_of(*state, "2"), first);
    ratings_of(*state, 2, "2:1=8.5@0 2:3=4@99 ");
    uint64_t second = put(*state, 2, 3, NAN, 0);
    assert_true(second > first);
    ratings_of(*state, 2, "2:1=8.5@0 2:3=nan@0 ");
    CHECK_OK(ra_store_delete_rating(*state, 2, 3, &after, &err), err);
    assert_true(after > second);
    ratings_of(*state, 2, "2:1=8.5@0 ");
    assert_int_equal(revision_of(*state, "1"), other);
    assert_int_equal(catalogue_revision(*state), catalogue_revision(*state));
    ratings_of(*state, 99, "");
}

static void the_same_rating_again_is_no_change(void **state)
{
    load_sample(*state, NULL);
    uint64_t first = put(*state, 2, 3, 3.3F, 7);
    assert_int_equal(put(*state, 2, 3, 3.3F, 7), first);
    assert_true(put(*state, 2, 3, 3.3F, 8) > first);
    uint64_t unrated = put(*state, 1, 2, NAN, 0);
    assert_int_equal(unrated, revision_of(*state, "1"));
    assert_int_equal(put(*state, 1, 2, NAN, 0), unrated);
}

static void unknown_readers_books_and_ratings_are_said(void **state)
{
    struct ra_err err = {0};
    uint64_t revision = 77, before;
    load_sample(*state, NULL);
    before = revision_of(*state, "1");
    const struct ra_rating no_user = {.user_id = 99, .book_id = 1, .rating = 1};
    const struct ra_rating no_book = {.user_id = 1, .book_id = 99, .rating = 1};
    const struct ra_rating infinite = {.user_id = 1, .book_id = 1, .rating = INFINITY};
    CHECK_FAILS(ra_store_put_rating(*state, &no_user, &revision, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_store_put_rating(*state, &no_book, &revision, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_store_put_rating(*state, &infinite, &revision, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_store_delete_rating(*state, 1, 3, &revision, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_store_delete_rating(*state, 99, 1, &revision, &err), err, RA_ERR_NOT_FOUND);
    assert_int_equal(revision, 77);
    assert_int_equal(revision_of(*state, "1"), before);
    counts_are(*state, 3, 3, 4);
}

enum { N_THREADS = 4, N_PUTS = 25 };

struct writer {
    struct ra_store *store;
    int number;
    bool ok;
    char text[512];
};

/* Two threads share a reader, so that they meet on one row. */
static void *put_many(void *ctx)
{
    struct writer *writer = ctx;
    struct ra_err err = {0};
    writer->ok = true;
    for (int i = 0; writer->ok && i < N_PUTS; i++) {
        const struct ra_rating rating = {
            .user_id = 1 + writer->number % 2,
            .book_id = 1 + i % 3,
            .rating = (float)(writer->number * 100 + i),
        };
        writer->ok = ra_store_put_rating(writer->store, &rating, NULL, &err);
    }
    snprintf(writer->text, sizeof writer->text, "%s", err.text);
    return NULL;
}

static void many_threads_write_at_once_and_nothing_is_lost(void **state)
{
    const struct ra_store_options options = {.pool_size = 3, .lease_timeout_ms = 20000};
    load_sample(*state, NULL);
    uint64_t before = revision_of(*state, "1");
    struct ra_store *store = scratch_store(&options);
    pthread_t threads[N_THREADS];
    struct writer writers[N_THREADS];
    for (int i = 0; i < N_THREADS; i++) {
        writers[i] = (struct writer){.store = store, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, &writers[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    ra_store_close(store);
    for (int i = 0; i < N_THREADS; i++) {
        if (!writers[i].ok)
            fail_msg("%s", writers[i].text);
    }
    assert_int_equal(revision_of(*state, "1"), before + N_THREADS / 2 * N_PUTS);
    counts_are(*state, 3, 3, 7);
}

int run_rating_tests(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(a_rating_is_put_changed_and_deleted),
        ON_A_STORE(the_same_rating_again_is_no_change),
        ON_A_STORE(unknown_readers_books_and_ratings_are_said),
        ON_A_STORE(many_threads_write_at_once_and_nothing_is_lost),
    };
    return cmocka_run_group_tests_name("ratings", tests, NULL, NULL);
}
