/* Ratings as rows: numbered as they come, each pair once. */
#include "../check.h"

#include <math.h>

#include "../folder.h"
#include "readalike/events.h"
#include "readalike/file.h"

static struct folder folder;

static int set_up(void **state)
{
    (void)state;
    return folder_make(&folder);
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static bool read_ratings(struct ra_events *out, const char *text, struct ra_err *err)
{
    static const char films[] = "10|Ten (1979)|01-Jan-1979||||\n20|Twenty (1999)|01-Jan-1999||||\n";
    char path[512];
    return ra_file_write(folder_file(&folder, "u.item", path), films, strlen(films), err) &&
           ra_file_write(folder_file(&folder, "u.data", path), text, strlen(text), err) &&
           ra_events_read(out, "movielens", folder.path, err);
}

static void rows_are_numbered_as_they_come_and_the_last_of_a_pair_counts(void **state)
{
    (void)state;
    struct ra_events events;
    struct ra_err err = {0};
    CHECK_OK(read_ratings(&events,
                          "7\t20\t5\t100\n3\t10\t2\t101\n7\t10\t4\t102\n3\t10\t1\t103\n7\tx\n",
                          &err),
             err);
    assert_int_equal(events.n_readers, 2);
    assert_int_equal(events.n_items, 2);
    assert_int_equal(events.n, 3);
    assert_int_equal(events.n_rated, 3);
    assert_int_equal(events.n_rejected, 1);
    const struct ra_event want[] = {{0, 0, 5, 100}, {1, 1, 1, 103}, {0, 1, 4, 102}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(events.rows[i].reader, want[i].reader);
        assert_int_equal(events.rows[i].item, want[i].item);
        assert_true(events.rows[i].rating == want[i].rating);
        assert_int_equal(events.rows[i].at, want[i].at);
    }
    assert_true(events.lowest == 1 && events.highest == 5);
    ra_events_finish(&events);
}

static void who_has_few_ratings_can_be_left_out(void **state)
{
    (void)state;
    /* Item 10 and reader 7 have two ratings, item 20 and readers 3 and 9 have one. */
    const char text[] = "3\t10\t2\t1\n7\t10\t4\t2\n7\t20\t5\t3\n9\t10\t1\t4\n";
    struct ra_events_filter filter = {.min_reader = 2, .min_item = 2, .unrated = NAN};
    struct ra_events events;
    struct ra_err err = {0};
    CHECK_OK(read_ratings(&events, text, &err), err);
    CHECK_OK(ra_events_filter(&events, &filter, &err), err);
    assert_int_equal(events.n, 1);
    assert_int_equal(events.n_readers, 1);
    assert_int_equal(events.n_items, 1);
    assert_int_equal(events.rows[0].reader, 0);
    assert_int_equal(events.rows[0].item, 0);
    assert_true(events.rows[0].rating == 4 && events.lowest == 4 && events.highest == 4);
    filter.min_reader = 3;
    CHECK_FAILS(ra_events_filter(&events, &filter, &err), err, RA_ERR_INVALID);
    ra_events_finish(&events);
}

static void what_was_not_rated_counts_as_it_is_taken(void **state)
{
    (void)state;
    struct ra_event rows[] = {{0, 0, NAN, 0}, {0, 1, 8, 0}, {1, 0, NAN, 0}};
    struct ra_events events = {.n_readers = 2, .n_items = 2, .rows = rows, .n = 3};
    const struct ra_events_filter unrated = {.unrated = NAN}, zero = {.min_reader = 2};
    struct ra_err err = {0};
    CHECK_OK(ra_events_filter(&events, &unrated, &err), err);
    assert_int_equal(events.n, 3);
    assert_int_equal(events.n_rated, 1);
    CHECK_OK(ra_events_filter(&events, &zero, &err), err);
    assert_int_equal(events.n, 2);
    assert_int_equal(events.n_rated, 2);
    assert_true(events.lowest == 0 && events.highest == 8);
}

static void nothing_to_read_is_refused(void **state)
{
    (void)state;
    struct ra_events events;
    struct ra_err err = {0};
    CHECK_FAILS(read_ratings(&events, "7\tx\n", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_events_read(&events, "movieland", folder.path, &err), err, RA_ERR_INVALID);
    char path[512];
    folder_file(&folder, "missing", path);
    CHECK_FAILS(ra_events_read(&events, "movielens", path, &err), err, RA_ERR_NOT_FOUND);
    assert_null(events.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_numbered_as_they_come_and_the_last_of_a_pair_counts),
        cmocka_unit_test(who_has_few_ratings_can_be_left_out),
        cmocka_unit_test(what_was_not_rated_counts_as_it_is_taken),
        cmocka_unit_test(nothing_to_read_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
