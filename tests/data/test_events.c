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
        cmocka_unit_test(nothing_to_read_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
