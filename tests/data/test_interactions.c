/* Files of `reader item item ...`. */
#include "../check.h"

#include "../folder.h"
#include "readalike/file.h"
#include "readalike/interactions.h"

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

static bool read_texts(struct ra_split *out, const char *train, const char *test,
                       struct ra_err *err)
{
    char train_path[512], test_path[512];
    folder_file(&folder, "train.txt", train_path);
    folder_file(&folder, "test.txt", test_path);
    return ra_file_write(train_path, train, strlen(train), err) &&
           ra_file_write(test_path, test, strlen(test), err) &&
           ra_split_read(out, train_path, test_path, err);
}

static void both_files_share_their_numbers(void **state)
{
    (void)state;
    struct ra_split split;
    struct ra_err err = {0};
    /* CRLF, blanks at the end, a reader without items, a last line without its end. */
    CHECK_OK(read_texts(&split, "u1 b a\r\nu2 \n\nu3\ta  a c ", "u3 d\nu4 b", &err), err);
    assert_int_equal(split.train.n_rows, 4);
    assert_int_equal(split.train.n_cols, 4);
    assert_int_equal(split.test.n_rows, 4);
    assert_int_equal(ra_csr_nnz(&split.train), 4);
    assert_int_equal(ra_csr_row_n(&split.train, 1), 0);
    assert_int_equal(ra_csr_row_n(&split.train, 2), 2);
    assert_int_equal(split.test.col[split.test.start[2]], 3);
    assert_int_equal(split.test.col[split.test.start[3]], 0);
    ra_split_finish(&split);
}

static void an_empty_or_missing_file_is_refused(void **state)
{
    (void)state;
    struct ra_split split;
    struct ra_err err = {0};
    CHECK_FAILS(read_texts(&split, "", "u a", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(read_texts(&split, "u a", "u\n", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_split_read(&split, "/nowhere/train", "/nowhere/test", &err), err,
                RA_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_files_share_their_numbers),
        cmocka_unit_test(an_empty_or_missing_file_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
