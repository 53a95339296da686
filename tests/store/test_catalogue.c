/* Finding books and readers. */
#include "rows.h"
#include "scratch.h"
#include "suite.h"

static bool put_id(void *ctx, const struct ra_book *book, struct ra_err *err)
{
    (void)err;
    ra_buf_putf(ctx, "%d ", (int)book->id);
    return true;
}

/* The ids a query finds, in order. */
static void finds(struct ra_store *store, const struct ra_book_query *query, const char *wanted)
{
    struct ra_err err = {0};
    struct ra_buf buf;
    ra_buf_init(&buf);
    struct ra_book_query with_limit = *query;
    if (!with_limit.limit)
        with_limit.limit = 100;
    CHECK_OK(ra_store_find_books(store, &with_limit, put_id, &buf, &err), err);
    assert_string_equal(ra_buf_cstr(&buf), wanted);
    ra_buf_finish(&buf);
}

static void books_are_found_by_part_of_the_title_in_any_case(void **state)
{
    load_sample(*state, NULL);
    finds(*state, &(struct ra_book_query){0}, "1 2 3 ");
    finds(*state, &(struct ra_book_query){.text = "hobbit"}, "1 ");
    finds(*state, &(struct ra_book_query){.text = "HOBB"}, "1 ");
    finds(*state, &(struct ra_book_query){.text = "éMILE ET LES DÉTECTIVES"}, "2 ");
    finds(*state, &(struct ra_book_query){.text = "nothing of it"}, "");
    finds(*state, &(struct ra_book_query){.text = ""}, "1 2 3 ");
}

static void metacharacters_are_only_characters(void **state)
{
    load_sample(*state, NULL);
    finds(*state, &(struct ra_book_query){.text = "%"}, "3 ");
    finds(*state, &(struct ra_book_query){.text = "_"}, "3 ");
    finds(*state, &(struct ra_book_query){.text = "\\ _WILD_"}, "3 ");
    finds(*state, &(struct ra_book_query){.text = "'; DROP TABLE books;--"}, "3 ");
    finds(*state, &(struct ra_book_query){.text = "h_bbit"}, "");
    finds(*state, &(struct ra_book_query){.author = "o'b"}, "3 ");
    finds(*state, &(struct ra_book_query){.language = "' OR '1'='1"}, "");
    counts_are(*state, 3, 3, 4);
}

static void all_conditions_must_hold(void **state)
{
    load_sample(*state, NULL);
    finds(*state, &(struct ra_book_query){.text = "e", .language = "fre"}, "2 ");
    finds(*state, &(struct ra_book_query){.author = "tolkien", .language = "fre"}, "");
    finds(*state, &(struct ra_book_query){.year_from = 1930}, "1 ");
    finds(*state, &(struct ra_book_query){.year_to = 1930}, "2 ");
    finds(*state, &(struct ra_book_query){.year_from = 1929, .year_to = 1937}, "1 2 ");
}

static void orders_are_whole_and_pages_do_not_overlap(void **state)
{
    struct ra_err err = {0};
    struct ra_loader *loader = begin(*state, "test");
    static const struct {
        const char *title;
        int year;
    } rows[] = {{"beta", 2000}, {"Alpha", 0}, {"alpha", 1990}, {"Beta", 2000}, {"Éclair", -300}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%zu", i);
        const struct ra_book book = {
            .source_key = key,
            .title = rows[i].title,
            .year = rows[i].year,
            .average_rating = NAN,
        };
        CHECK_OK(ra_loader_add_book(loader, &book, NULL, &err), err);
    }
    commit(loader, NULL);
    finds(*state, &(struct ra_book_query){.order = RA_BOOKS_BY_TITLE}, "2 3 1 4 5 ");
    finds(*state, &(struct ra_book_query){.order = RA_BOOKS_LATEST}, "1 4 3 5 2 ");
    finds(*state, &(struct ra_book_query){.order = RA_BOOKS_LATEST, .limit = 2}, "1 4 ");
    finds(*state, &(struct ra_book_query){.order = RA_BOOKS_LATEST, .limit = 2, .offset = 2},
          "3 5 ");
    finds(*state, &(struct ra_book_query){.order = RA_BOOKS_BY_ID, .limit = 2, .offset = 4}, "5 ");
    finds(*state, &(struct ra_book_query){.year_to = -1}, "5 ");
}

static void queries_out_of_bounds_are_refused(void **state)
{
    struct ra_err err = {0};
    const struct ra_book_query bad[] = {
        {.limit = 101},
        {.limit = 1, .offset = 10001},
        {.limit = 1, .text = "\xFF\xFE"},
        {.limit = 1, .author = "\xC3"},
        {.limit = 1, .order = (enum ra_book_order)9},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_FAILS(ra_store_find_books(*state, &bad[i], put_id, NULL, &err), err, RA_ERR_INVALID);
}

static bool check_whole_book(void *ctx, const struct ra_book *book, struct ra_err *err)
{
    (void)err;
    ++*(int *)ctx;
    assert_int_equal(book->id, 1);
    assert_string_equal(book->source_key, "b1");
    assert_string_equal(book->isbn, "0261102214");
    assert_string_equal(book->title, "The Hobbit");
    assert_string_equal(book->author, "J. R. R. Tolkien");
    assert_string_equal(book->publisher, "Unwin");
    assert_string_equal(book->language, "eng");
    assert_string_equal(book->image_url, "http://x/1.jpg");
    assert_string_equal(book->tags, "fantasy|dragons");
    assert_int_equal(book->year, 1937);
    assert_true(book->average_rating == 4.25);
    assert_int_equal(book->rating_count, 100);
    return true;
}

static void a_book_comes_back_whole(void **state)
{
    struct ra_err err = {0};
    int n = 0;
    load_sample(*state, NULL);
    CHECK_OK(ra_store_get_book(*state, 1, check_whole_book, &n, &err), err);
    assert_int_equal(n, 1);
    CHECK_FAILS(ra_store_get_book(*state, 99, check_whole_book, &n, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_store_get_book(*state, INT64_MIN, check_whole_book, &n, &err), err,
                RA_ERR_NOT_FOUND);
}

static bool refuse(void *ctx, const struct ra_book *book, struct ra_err *err)
{
    (void)book;
    ++*(int *)ctx;
    return ra_fail(err, RA_ERR_CONFLICT, "enough");
}

static void a_callback_can_stop_the_walk(void **state)
{
    struct ra_err err = {0};
    int n = 0;
    load_sample(*state, NULL);
    CHECK_FAILS(ra_store_find_books(*state, &(struct ra_book_query){.limit = 5}, refuse, &n, &err),
                err, RA_ERR_CONFLICT);
    assert_string_equal(err.text, "enough");
    CHECK_FAILS(
        ra_store_snapshot(*state, &(struct ra_snapshot_sink){.ctx = &n, .book = refuse}, &err), err,
        RA_ERR_CONFLICT);
    assert_int_equal(n, 2);
    finds(*state, &(struct ra_book_query){.limit = 5}, "1 2 3 ");
}

static void readers_are_found_by_id_key_and_account(void **state)
{
    struct ra_err err = {0};
    int64_t id;
    uint64_t revision;
    load_sample(*state, NULL);
    scratch_sql(scratch_url, "INSERT INTO users (source, source_key) VALUES ('account', 'ann'), "
                             "('account', '777'), ('account', 'b:c')");
    assert_int_equal(user_of(*state, "2", NULL), 2);
    assert_int_equal(user_of(*state, "test:u2", NULL), 2);
    /* After a load the single inserts go on where it ended. */
    assert_int_equal(user_of(*state, "ann", NULL), 4);
    assert_int_equal(user_of(*state, "777", NULL), 5);
    assert_int_equal(user_of(*state, "b:c", NULL), 6);
    static const char *const unknown[] = {
        "u2", "test:", "test:u2'--", "99", "", "-1", "nobody:1", ":", "99999999999999999999"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        CHECK_FAILS(ra_store_find_user(*state, unknown[i], &id, &revision, &err), err,
                    RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_store_find_user(*state, "\xC3\x28", &id, &revision, &err), err, RA_ERR_INVALID);
}

struct intruder {
    struct ra_store *store;
    int n_ratings;
};

static bool write_meanwhile(void *ctx, const struct ra_book *book, struct ra_err *err)
{
    struct intruder *intruder = ctx;
    const struct ra_rating rating = {.user_id = 3, .book_id = book->id, .rating = 2};
    return ra_store_put_rating(intruder->store, &rating, NULL, err);
}

static bool count_rating(void *ctx, const struct ra_rating *rating, struct ra_err *err)
{
    (void)rating;
    (void)err;
    ((struct intruder *)ctx)->n_ratings++;
    return true;
}

static void a_snapshot_does_not_see_what_is_written_meanwhile(void **state)
{
    struct ra_err err = {0};
    load_sample(*state, NULL);
    struct intruder intruder = {.store = scratch_store(NULL)};
    CHECK_OK(ra_store_snapshot(*state,
                               &(struct ra_snapshot_sink){&intruder, write_meanwhile, count_rating},
                               &err),
             err);
    ra_store_close(intruder.store);
    assert_int_equal(intruder.n_ratings, 4);
    counts_are(*state, 3, 3, 6);
}

static bool put_shelved(void *ctx, int64_t book_id, struct ra_err *err)
{
    (void)err;
    ra_buf_putf(ctx, "%d ", (int)book_id);
    return true;
}

static void a_shelf_is_read_in_its_order_and_only_if_it_may_be(void **state)
{
    struct ra_err err = {0};
    struct ra_buf buf;
    ra_buf_init(&buf);
    load_sample(*state, NULL);
    CHECK_OK(ra_store_shelf_books(*state, 1, false, put_shelved, &buf, &err), err);
    assert_string_equal(ra_buf_cstr(&buf), "3 1 ");
    CHECK_FAILS(ra_store_shelf_books(*state, 1, true, put_shelved, &buf, &err), err,
                RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_store_shelf_books(*state, 9, false, put_shelved, &buf, &err), err,
                RA_ERR_NOT_FOUND);
    scratch_sql(scratch_url, "UPDATE shelves SET is_public = NOT is_public");
    ra_buf_reset(&buf);
    err = (struct ra_err){0};
    CHECK_OK(ra_store_shelf_books(*state, 1, true, put_shelved, &buf, &err), err);
    assert_string_equal(ra_buf_cstr(&buf), "3 1 ");
    ra_buf_finish(&buf);
}

int run_catalogue_tests(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_STORE(books_are_found_by_part_of_the_title_in_any_case),
        ON_A_STORE(metacharacters_are_only_characters),
        ON_A_STORE(all_conditions_must_hold),
        ON_A_STORE(orders_are_whole_and_pages_do_not_overlap),
        ON_A_STORE(queries_out_of_bounds_are_refused),
        ON_A_STORE(a_book_comes_back_whole),
        ON_A_STORE(a_shelf_is_read_in_its_order_and_only_if_it_may_be),
        ON_A_STORE(a_callback_can_stop_the_walk),
        ON_A_STORE(readers_are_found_by_id_key_and_account),
        ON_A_STORE(a_snapshot_does_not_see_what_is_written_meanwhile),
    };
    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
