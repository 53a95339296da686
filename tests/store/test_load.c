/* Bulk loads: all or nothing, the same twice, what is counted, what is turned away. */
#include <signal.h>
#include <sys/wait.h>

#include "rows.h"
#include "scratch.h"
#include "suite.h"

static void what_was_loaded_is_there_in_order(void **state)
{
    load_sample(*state, NULL);
    counts_are(*state, 3, 3, 4);
    snapshot_is(*state, "1 b1 The Hobbit|J. R. R. Tolkien|1937|4.25|100|eng\n"
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
    char before[1024];
    dump(*state, before, sizeof before);
    uint64_t catalogue = catalogue_revision(*state), revision = revision_of(*state, "test:u1");
    load_sample(*state, &counts);
    assert_int_equal(counts.books, 3);
    assert_int_equal(counts.users, 3);
    assert_int_equal(counts.ratings, 4);
    assert_int_equal(counts.shelf_books, 2);
    assert_int_equal(counts.books_added + counts.books_changed, 0);
    assert_int_equal(counts.users_added + counts.users_changed, 0);
    assert_int_equal(counts.ratings_added + counts.ratings_changed, 0);
    snapshot_is(*state, before);
    assert_int_equal(revision_of(*state, "test:u1"), revision);
    assert_int_equal(catalogue_revision(*state), catalogue);
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
    assert_int_equal(user_of(*state, "test:u1", NULL), 1);
    ra_loader_abort(NULL);
    CHECK_OK(ra_store_ping(*state, &err), err);
}

static void nothing_shows_before_the_commit(void **state)
{
    struct ra_loader *loader = begin(*state, "test");
    add_book(loader, "b1", "One");
    add_rating(loader, "u1", "b1", 3, 0);
    counts_are(*state, 0, 0, 0);
    commit(loader, NULL);
    counts_are(*state, 1, 1, 1);
}

static void changes_are_told_from_additions(void **state)
{
    load_sample(*state, NULL);
    uint64_t catalogue = catalogue_revision(*state);
    uint64_t first = revision_of(*state, "test:u1"), second = revision_of(*state, "test:u2");
    uint64_t third = revision_of(*state, "test:u3");
    struct ra_load_counts counts;
    struct ra_loader *loader = begin(*state, "test");
    assert_int_equal(add_book(loader, "b1", "The Hobbit, or There and Back Again"),
                     RA_LOAD_CHANGED);
    assert_int_equal(add_book(loader, "b4", "A New One"), RA_LOAD_ADDED);
    assert_int_equal(add_user(loader, "u1", 30), RA_LOAD_UNCHANGED);
    assert_int_equal(add_user(loader, "u2", 41), RA_LOAD_CHANGED);
    add_rating(loader, "u1", "b1", 6, 1000); /* other */
    add_rating(loader, "u2", "b1", 8.5F, 0); /* the same */
    add_rating(loader, "u3", "b4", 2, 0);    /* new */
    add_rating(loader, "u9", "b4", 2, 0);    /* new, of a new reader */
    commit(loader, &counts);
    assert_int_equal(counts.books_added, 1);
    assert_int_equal(counts.books_changed, 1);
    assert_int_equal(counts.users_added, 1);
    assert_int_equal(counts.users_changed, 1);
    assert_int_equal(counts.users, 4);
    assert_int_equal(counts.ratings, 4);
    assert_int_equal(counts.ratings_added, 2);
    assert_int_equal(counts.ratings_changed, 1);
    assert_true(catalogue_revision(*state) > catalogue);
    assert_true(revision_of(*state, "test:u1") > first);
    assert_int_equal(revision_of(*state, "test:u2"), second);
    assert_true(revision_of(*state, "test:u3") > third);
    snapshot_is(*state, "1 b1 The Hobbit, or There and Back Again|-|0|nan|0|-\n"
                        "2 b2 Émile et les détectives|-|1929|nan|0|fre\n"
                        "3 b3 100% \\ _wild_ 'quotes'; DROP TABLE books;--|O'Brien|0|nan|0|-\n"
                        "4 b4 A New One|-|0|nan|0|-\n"
                        "1:1=6@1000 1:2=nan@0 2:1=8.5@0 3:3=1@7 3:4=2@0 4:4=2@0 ");
}

static void the_last_of_several_rows_of_one_key_wins(void **state)
{
    for (int round = 0; round < 2; round++) {
        struct ra_load_counts counts;
        struct ra_loader *loader = begin(*state, "test");
        add_book(loader, "b1", "First");
        add_rating(loader, "u1", "b1", 1, 0);
        add_user(loader, "u1", 20);
        add_book(loader, "b1", "Second");
        add_user(loader, "u1", 21);
        add_rating(loader, "u1", "b1", 2, 5);
        commit(loader, &counts);
        assert_int_equal(counts.books, 1);
        assert_int_equal(counts.users, 1);
        assert_int_equal(counts.ratings, 1);
        assert_int_equal(counts.books_added, round == 0);
        assert_int_equal(counts.users_added, round == 0);
        assert_int_equal(counts.ratings_added, round == 0);
        assert_int_equal(counts.books_changed + counts.users_changed + counts.ratings_changed, 0);
        snapshot_is(*state, "1 b1 Second|-|0|nan|0|-\n1:1=2@5 ");
    }
}

static void ratings_of_unknown_books_are_left_out_with_their_readers(void **state)
{
    struct ra_load_counts counts;
    struct ra_loader *loader = begin(*state, "test");
    add_book(loader, "b1", "One");
    assert_int_equal(add_rating(loader, "u1", "nowhere", 3, 0), RA_LOAD_UNKNOWN_BOOK);
    assert_int_equal(shelve(loader, "u2", "to-read", "nowhere", 1), RA_LOAD_UNKNOWN_BOOK);
    assert_int_equal(add_rating(loader, "u3", "b1", 3, 0), RA_LOAD_ADDED);
    commit(loader, &counts);
    assert_int_equal(counts.users, 1);
    assert_int_equal(counts.ratings, 1);
    assert_int_equal(counts.shelf_books, 0);
    counts_are(*state, 1, 1, 1);
}

static void sources_do_not_mix(void **state)
{
    load_sample(*state, NULL);
    struct ra_loader *loader = begin(*state, "other");
    assert_int_equal(add_book(loader, "b1", "Same key, other source"), RA_LOAD_ADDED);
    assert_int_equal(add_rating(loader, "u1", "b2", 3, 0), RA_LOAD_UNKNOWN_BOOK);
    add_rating(loader, "u1", "b1", 3, 0);
    commit(loader, NULL);
    counts_are(*state, 4, 4, 5);
    assert_int_equal(user_of(*state, "other:u1", NULL), 4);
}

static void only_one_load_at_a_time(void **state)
{
    struct ra_err err = {0};
    struct ra_loader *loader = begin(*state, "test");
    CHECK_FAILS(ra_loader_begin(*state, "test", &err), err, RA_ERR_CONFLICT);
    add_book(loader, "b1", "One");
    commit(loader, NULL);
    ra_loader_abort(begin(*state, "test"));
    counts_are(*state, 0, 1, 0);
}

static void bad_rows_are_turned_away_and_the_load_goes_on(void **state)
{
    struct ra_err err = {0};
    struct ra_loader *loader = begin(*state, "test");
    char long_key[600];
    memset(long_key, 'k', sizeof long_key);
    long_key[sizeof long_key - 1] = '\0';
    const struct ra_book bad[] = {
        {.source_key = "a", .title = NULL},
        {.source_key = "a", .title = ""},
        {.source_key = NULL, .title = "No key"},
        {.source_key = "", .title = "No key"},
        {.source_key = long_key, .title = "Long key"},
        {.source_key = "a", .title = "Latin \xE9mile"},
        {.source_key = "a", .title = "A surrogate \xED\xA0\x80"},
        {.source_key = "a", .title = "T", .author = "cut \xC3"},
        {.source_key = "a\xFF", .title = "T"},
        {.source_key = "a", .title = "T", .average_rating = INFINITY},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(ra_loader_add_book(loader, &bad[i], NULL, &err), err, RA_ERR_INVALID);
    add_book(loader, "b1", "Good");
    CHECK_FAILS(ra_loader_add_rating(loader, "\xFF", "b1", 1, 0, NULL, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_loader_add_rating(loader, "", "b1", 1, 0, NULL, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_loader_add_rating(loader, NULL, "b1", 1, 0, NULL, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_loader_add_rating(loader, "u1", "b1", INFINITY, 0, NULL, &err), err,
                RA_ERR_INVALID);
    CHECK_FAILS(
        ra_loader_add_user(loader, &(struct ra_user){.source_key = "u", .age = -1}, NULL, &err),
        err, RA_ERR_INVALID);
    add_rating(loader, "u1", "b1", 4, 0);
    commit(loader, NULL);
    snapshot_is(*state, "1 b1 Good|-|0|nan|0|-\n1:1=4@0 ");
    CHECK_FAILS(ra_loader_begin(*state, "", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_loader_begin(*state, "a:b", &err), err, RA_ERR_INVALID);
}

static void shelves_are_made_and_filled_once(void **state)
{
    load_sample(*state, NULL);
    load_sample(*state, NULL);
    struct ra_load_counts counts;
    struct ra_loader *loader = begin(*state, "test");
    shelve(loader, "u1", "to-read", "b3", 7);
    shelve(loader, "u1", "o'clock; --", "b3", 1);
    shelve(loader, "u4", "to-read", "b1", 1);
    commit(loader, &counts);
    assert_int_equal(counts.shelf_books, 3);
    assert_int_equal(counts.users_added, 1);
    /* Fails where the pairs are not these four. */
    scratch_sql(scratch_url, "INSERT INTO books (source, source_key, title) SELECT 'check', 'x', "
                             "CASE WHEN count(*) = 4 AND sum(b.position) = 11 THEN 'fine' END "
                             "FROM shelf_books b JOIN shelves s ON s.id = b.shelf_id");
}

/* Loads a lot and never commits: the parent kills it. */
static void load_until_killed(int ready)
{
    struct ra_err err = {0};
    struct ra_store *store = ra_store_open(scratch_url, NULL, &err);
    struct ra_loader *loader = store ? ra_loader_begin(store, "test", &err) : NULL;
    const struct ra_book book = {.source_key = "b1", .title = "Half a load"};
    bool ok = loader && ra_loader_add_book(loader, &book, NULL, &err);
    for (int i = 0; ok && i < 20000; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        ok = ra_loader_add_rating(loader, key, "b1", 3, 0, NULL, &err);
    }
    if (write(ready, ok ? "y" : "n", 1) == 1)
        pause();
    _exit(1);
}

static void a_load_that_is_killed_leaves_nothing_and_can_be_run_again(void **state)
{
    int ready[2];
    char answer = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0)
        load_until_killed(ready[1]);
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    counts_are(*state, 0, 0, 0);
    load_sample(*state, NULL);
    counts_are(*state, 3, 3, 4);
    assert_int_equal(user_of(*state, "test:u1", NULL), 1);
}

/* Enough to make the key after the rows, and then to merge into what is there. */
static void a_large_load_is_whole_and_can_be_merged(void **state)
{
    enum { N_USERS = 1000, N_BOOKS = 70 };
    for (int round = 0; round < 3; round++) {
        struct ra_load_counts counts;
        struct ra_loader *loader = begin(*state, "large");
        for (int i = 0; i < N_BOOKS; i++) {
            char key[16];
            snprintf(key, sizeof key, "b%d", i);
            add_book(loader, key, "A Book");
        }
        /* 7919 is prime to both: every pair once, in no order. The last round changes a tenth. */
        for (int i = 0; i < N_USERS * N_BOOKS; i++) {
            int at = (int)((int64_t)i * 7919 % (N_USERS * N_BOOKS));
            char user[16], book[16];
            snprintf(user, sizeof user, "u%d", at / N_BOOKS);
            snprintf(book, sizeof book, "b%d", at % N_BOOKS);
            add_rating(loader, user, book, round == 2 && at % 10 == 0 ? 9 : 3, at + 1);
        }
        commit(loader, &counts);
        assert_int_equal(counts.ratings, N_USERS * N_BOOKS);
        assert_int_equal(counts.ratings_added, round ? 0 : N_USERS * N_BOOKS);
        assert_int_equal(counts.ratings_changed, round == 2 ? N_USERS * N_BOOKS / 10 : 0);
        counts_are(*state, N_USERS, N_BOOKS, N_USERS * N_BOOKS);
    }
    /* The key is there: a second row of one pair is refused. */
    struct ra_err err = {0};
    uint64_t revision;
    const struct ra_rating rating = {.user_id = 1, .book_id = 1, .rating = 1};
    CHECK_OK(ra_store_put_rating(*state, &rating, &revision, &err), err);
    counts_are(*state, N_USERS, N_BOOKS, N_USERS * N_BOOKS);
}

int run_load_tests(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(what_was_loaded_is_there_in_order),
        ON_A_STORE(the_same_load_twice_changes_nothing),
        ON_A_STORE(an_aborted_load_leaves_nothing_and_no_gap),
        ON_A_STORE(nothing_shows_before_the_commit),
        ON_A_STORE(changes_are_told_from_additions),
        ON_A_STORE(the_last_of_several_rows_of_one_key_wins),
        ON_A_STORE(ratings_of_unknown_books_are_left_out_with_their_readers),
        ON_A_STORE(sources_do_not_mix),
        ON_A_STORE(only_one_load_at_a_time),
        ON_A_STORE(bad_rows_are_turned_away_and_the_load_goes_on),
        ON_A_STORE(shelves_are_made_and_filled_once),
        ON_A_STORE(a_load_that_is_killed_leaves_nothing_and_can_be_run_again),
        ON_A_STORE(a_large_load_is_whole_and_can_be_merged),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
