/* What every backend of the store must do. The backend is READALIKE_PG_URL's, else SQLite. */
#include "../check.h"

#include <math.h>
#include <unistd.h>

#include "readalike/clock.h"
#include "readalike/str.h"
#include "rows.h"
#include "scratch.h"

static void counts_are(struct ra_store *store, uint64_t users, uint64_t books, uint64_t ratings)
{
    struct ra_err err = {0};
    struct ra_store_counts counts;
    CHECK_OK(ra_store_count(store, &counts, &err), err);
    assert_int_equal(counts.users, users);
    assert_int_equal(counts.books, books);
    assert_int_equal(counts.ratings, ratings);
}

static uint64_t catalogue_revision(struct ra_store *store)
{
    struct ra_err err = {0};
    uint64_t revision;
    CHECK_OK(ra_store_catalogue_revision(store, &revision, &err), err);
    return revision;
}

static int64_t user_of(struct ra_store *store, const char *name, uint64_t *out_revision)
{
    struct ra_err err = {0};
    int64_t id;
    CHECK_OK(ra_store_find_user(store, name, &id, out_revision, &err), err);
    return id;
}

static void a_migrated_store_is_empty_and_up_to_date(void **state)
{
    struct ra_err err = {0};
    unsigned applied = 99;
    CHECK_OK(ra_store_migrate(*state, &applied, &err), err);
    assert_int_equal(applied, 0);
    counts_are(*state, 0, 0, 0);
    CHECK_OK(ra_store_ping(*state, &err), err);
}

static void what_was_loaded_is_there_in_order(void **state)
{
    load_sample(*state, NULL);
    counts_are(*state, 3, 3, 4);
    char text[1024];
    dump(*state, text, sizeof text);
    assert_string_equal(text,
                        "1 b1 The Hobbit|J. R. R. Tolkien|1937|4.25|100|eng\n"
                        "2 b2 Émile et les détectives|-|1929|nan|0|fre\n"
                        "3 b3 100% \\ _wild_ 'quotes'; DROP TABLE books;--|O'Brien|0|nan|0|-\n"
                        "1:1=5@1000 1:2=nan@0 2:1=8.5@0 3:3=1@7 ");
}

static void the_same_load_twice_changes_nothing(void **state)
{
    struct ra_load_counts counts;
    load_sample(*state, &counts);
    assert_int_equal(counts.books, 3);
    assert_int_equal(counts.books_added, 3);
    assert_int_equal(counts.users_added, 3);
    assert_int_equal(counts.ratings, 4);
    assert_int_equal(counts.ratings_added, 4);
    char before[1024], after[1024];
    dump(*state, before, sizeof before);
    uint64_t catalogue = catalogue_revision(*state), revision, again;
    user_of(*state, "test:u1", &revision);
    load_sample(*state, &counts);
    assert_int_equal(counts.books, 3);
    assert_int_equal(counts.users, 3);
    assert_int_equal(counts.ratings, 4);
    assert_int_equal(counts.shelf_books, 2);
    assert_int_equal(counts.books_added + counts.books_changed, 0);
    assert_int_equal(counts.users_added + counts.users_changed, 0);
    assert_int_equal(counts.ratings_added + counts.ratings_changed, 0);
    dump(*state, after, sizeof after);
    assert_string_equal(before, after);
    user_of(*state, "test:u1", &again);
    assert_int_equal(revision, again);
    assert_int_equal(catalogue, catalogue_revision(*state));
}

static void an_aborted_load_leaves_nothing_and_no_gap(void **state)
{
    struct ra_err err = {0};
    struct ra_loader *loader = begin(*state, "other");
    add_book(loader, "x", "Unseen");
    add_rating(loader, "somebody", "x", 3, 0);
    ra_loader_abort(loader);
    counts_are(*state, 0, 0, 0);
    load_sample(*state, NULL);
    uint64_t revision;
    assert_int_equal(user_of(*state, "test:u1", &revision), 1);
    ra_loader_abort(NULL);
    CHECK_OK(ra_store_ping(*state, &err), err);
}

int main(void)
{
#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)
    const struct CMUnitTest tests[] = {
        ON_A_STORE(a_migrated_store_is_empty_and_up_to_date),
        ON_A_STORE(what_was_loaded_is_there_in_order),
        ON_A_STORE(the_same_load_twice_changes_nothing),
        ON_A_STORE(an_aborted_load_leaves_nothing_and_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
