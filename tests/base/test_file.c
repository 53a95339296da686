/* Files appear whole or not at all. */
#include "../check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "readalike/file.h"

static char dir[] = "/tmp/readalike-test-XXXXXX";

static size_t files_in(const char *path)
{
    DIR *listing = opendir(path);
    size_t n = 0;
    for (const struct dirent *entry; (entry = readdir(listing));)
        n += entry->d_name[0] != '.';
    closedir(listing);
    return n;
}

static void a_written_file_is_read_back(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char *path = ra_file_join(dir, "whole");
    CHECK_OK(ra_file_write(path, "hello", 5, &err), err);
    struct ra_buf buf;
    ra_buf_init(&buf);
    CHECK_OK(ra_file_read(path, 5, &buf, &err), err);
    assert_string_equal(ra_buf_cstr(&buf), "hello");
    CHECK_FAILS(ra_file_read(path, 4, &buf, &err), err, RA_ERR_INVALID);
    ra_buf_finish(&buf);
    unlink(path);
    free(path);
}

static void an_abandoned_write_leaves_the_old_file_and_no_other(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char *path = ra_file_join(dir, "kept");
    CHECK_OK(ra_file_write(path, "old", 3, &err), err);
    struct ra_file_writer writer;
    CHECK_OK(ra_file_writer_open(&writer, path, &err), err);
    CHECK_OK(ra_file_writer_put(&writer, "new", 3, &err), err);
    assert_int_equal(files_in(dir), 2);
    ra_file_writer_abort(&writer);
    assert_int_equal(files_in(dir), 1);
    struct ra_buf buf;
    ra_buf_init(&buf);
    CHECK_OK(ra_file_read(path, 0, &buf, &err), err);
    assert_string_equal(ra_buf_cstr(&buf), "old");
    ra_buf_finish(&buf);
    unlink(path);
    free(path);
}

static void what_is_missing_is_not_found(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_buf buf;
    ra_buf_init(&buf);
    CHECK_FAILS(ra_file_read("/nonexistent/file", 0, &buf, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_file_write("/nonexistent/file", "x", 1, &err), err, RA_ERR_IO);
    CHECK_FAILS(ra_file_read(dir, 0, &buf, &err), err, RA_ERR_IO);
    ra_buf_finish(&buf);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char *deep = ra_file_join(dir, "a/b/c");
    CHECK_OK(ra_file_mkdirs(deep, &err), err);
    CHECK_OK(ra_file_mkdirs(deep, &err), err);
    assert_true(ra_file_is_dir(deep));
    char *file = ra_file_join(dir, "a/file");
    CHECK_OK(ra_file_write(file, "", 0, &err), err);
    char *under_file = ra_file_join(file, "x");
    CHECK_FAILS(ra_file_mkdirs(under_file, &err), err, RA_ERR_IO);
    free(under_file);
    free(file);
    free(deep);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    static const char *const made[] = {"a/b/c", "a/b", "a/file", "a"};
    for (size_t i = 0; i < 4; i++) {
        char *path = ra_file_join(dir, made[i]);
        remove(path);
        free(path);
    }
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_file_is_read_back),
        cmocka_unit_test(an_abandoned_write_leaves_the_old_file_and_no_other),
        cmocka_unit_test(what_is_missing_is_not_found),
        cmocka_unit_test(folders_are_made_with_their_parents),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
