/* Arrays of numpy, as numpy 2 and scipy wrote them into the fuzz corpus. */
#include "../check.h"

#include <unistd.h>

#include "../folder.h"
#include "readalike/npy.h"

static const char *test_dir;

static void load(const char *name, struct ra_buf *out)
{
    char path[512];
    struct ra_err err = {0};
    snprintf(path, sizeof path, "%s/../fuzz/corpus/npy/%s", test_dir, name);
    ra_buf_init(out);
    CHECK_OK(ra_file_read(path, 0, out, &err), err);
}

static void every_version_order_and_type_gives_the_same_values(void **state)
{
    (void)state;
    static const char *const names[] = {"f4.npy", "f8_fortran.npy", "v2.npy", "v3.npy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ra_buf bytes;
        struct ra_npy npy;
        struct ra_err err = {0};
        load(names[i], &bytes);
        CHECK_OK(ra_npy_read(&npy, bytes.data, bytes.len, &err), err);
        assert_int_equal(npy.n_dims, 2);
        assert_int_equal(npy.shape[0], 3);
        assert_int_equal(npy.shape[1], 4);
        float *values = ra_npy_floats(&npy, &err);
        assert_non_null(values);
        for (int at = 0; at < 12; at++)
            assert_true(values[at] == (float)at / 4 - 1);
        assert_null(ra_npy_integers(&npy, &err));
        free(values);
        ra_buf_finish(&bytes);
    }
}

static void integers_keep_their_sign_and_width(void **state)
{
    (void)state;
    struct ra_buf bytes;
    struct ra_npy npy;
    struct ra_err err = {0};
    load("i4.npy", &bytes);
    CHECK_OK(ra_npy_read(&npy, bytes.data, bytes.len, &err), err);
    int64_t *values = ra_npy_integers(&npy, &err);
    assert_int_equal(values[1], -2);
    assert_int_equal(values[5], -6);
    free(values);
    ra_buf_finish(&bytes);
    load("u8_1d.npy", &bytes);
    CHECK_OK(ra_npy_read(&npy, bytes.data, bytes.len, &err), err);
    assert_int_equal(npy.n_dims, 1);
    assert_int_equal(npy.shape[1], 1);
    values = ra_npy_integers(&npy, &err);
    assert_true(values[2] == (int64_t)1 << 40);
    free(values);
    ra_buf_finish(&bytes);
}

static void what_cannot_be_read_is_told_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *name, *said;
    } cases[] = {
        {"objects.npy", "holds Python objects"}, {"strings.npy", "of type <U1"},
        {"big_endian.npy", "of type >f4"},       {"three.npy", "more than two dimensions"},
        {"packed.npz", "no array of numpy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ra_buf bytes;
        struct ra_npy npy;
        struct ra_err err = {0};
        load(cases[i].name, &bytes);
        assert_false(ra_npy_read(&npy, bytes.data, bytes.len, &err));
        assert_int_equal(err.code, RA_ERR_INVALID);
        assert_non_null(strstr(err.text, cases[i].said));
        ra_buf_finish(&bytes);
    }
}

static void a_value_that_is_not_finite_is_named(void **state)
{
    (void)state;
    struct ra_buf bytes;
    struct ra_npy npy;
    struct ra_err err = {0};
    load("nan.npy", &bytes);
    CHECK_OK(ra_npy_read(&npy, bytes.data, bytes.len, &err), err);
    assert_null(ra_npy_floats(&npy, &err));
    assert_non_null(strstr(err.text, "row 1, column 0"));
    ra_buf_finish(&bytes);
}

static void a_shape_beyond_the_file_is_refused(void **state)
{
    (void)state;
    static const char *const shapes[] = {"(3, 5)",
                                         "(3, 3)",
                                         "(99999999999, 99999999999)",
                                         "(4611686018427387904, 4)",
                                         "(99999999999999999999,)",
                                         "(-1, 4)",
                                         "(3, 4",
                                         "()",
                                         "(3 4)x"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char bytes[128 + 48] = {0};
        struct ra_npy npy;
        struct ra_err err = {0};
        memset(bytes, ' ', 128);
        memcpy(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
        int n = snprintf(bytes + 10, 118, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }",
                         shapes[i]);
        bytes[10 + n] = ' ';
        assert_false(ra_npy_read(&npy, bytes, sizeof bytes, &err));
        assert_int_equal(err.code, RA_ERR_INVALID);
    }
}

static void a_file_cut_short_anywhere_is_refused(void **state)
{
    (void)state;
    struct ra_buf bytes;
    load("f4.npy", &bytes);
    for (size_t n = 0; n < bytes.len; n++) {
        struct ra_npy npy;
        struct ra_err err = {0};
        char *copy = malloc(n + 1);
        memcpy(copy, bytes.data, n);
        assert_false(ra_npy_read(&npy, copy, n, &err));
        free(copy);
    }
    ra_buf_finish(&bytes);
}

/* The member's array, or what is wrong with it. */
static bool read_member(const struct ra_buf *zip_bytes, const char *name, float *out_first,
                        struct ra_err *err)
{
    struct ra_zip zip;
    struct ra_zip_member member;
    struct ra_buf bytes;
    struct ra_npy npy;
    ra_buf_init(&bytes);
    float *values = NULL;
    if (ra_zip_open(&zip, zip_bytes->data, zip_bytes->len, err) &&
        ra_zip_find(&zip, name, &member, err) && ra_zip_read(&zip, &member, 1 << 20, &bytes, err) &&
        ra_npy_read(&npy, bytes.data, bytes.len, err))
        values = ra_npy_floats(&npy, err);
    if (values)
        *out_first = values[0];
    bool ok = values != NULL;
    free(values);
    ra_buf_finish(&bytes);
    return ok;
}

static void members_come_out_of_stored_and_packed_zips(void **state)
{
    (void)state;
    static const char *const names[] = {"stored.npz", "packed.npz"};
    for (size_t i = 0; i < 2; i++) {
        struct ra_buf bytes;
        struct ra_err err = {0};
        float first = 0;
        load(names[i], &bytes);
        CHECK_OK(read_member(&bytes, "user_factors.npy", &first, &err), err);
        assert_true(first == -1);
        assert_false(read_member(&bytes, "none.npy", &first, &err));
        assert_int_equal(err.code, RA_ERR_NOT_FOUND);
        ra_buf_finish(&bytes);
    }
}

/* Each changed byte either gives the array it was or an error, never another array. */
static void a_damaged_zip_gives_no_other_values(void **state)
{
    (void)state;
    struct ra_buf bytes;
    load("packed.npz", &bytes);
    for (size_t at = 0; at < bytes.len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            struct ra_err err = {0};
            float first = -1;
            bytes.data[at] ^= (char)(1 << bit);
            if (read_member(&bytes, "item_factors.npy", &first, &err))
                assert_true(first == -1);
            bytes.data[at] ^= (char)(1 << bit);
        }
    }
    for (size_t n = 0; n + 1 < bytes.len; n++) {
        struct ra_buf cut = bytes;
        struct ra_err err = {0};
        float first;
        cut.len = n;
        assert_false(read_member(&cut, "item_factors.npy", &first, &err));
    }
    ra_buf_finish(&bytes);
}

static void a_member_over_the_limit_is_refused_before_it_is_unpacked(void **state)
{
    (void)state;
    struct ra_buf bytes, out;
    struct ra_zip zip;
    struct ra_zip_member member;
    struct ra_err err = {0};
    load("packed.npz", &bytes);
    ra_buf_init(&out);
    CHECK_OK(ra_zip_open(&zip, bytes.data, bytes.len, &err), err);
    CHECK_OK(ra_zip_find(&zip, "item_factors.npy", &member, &err), err);
    assert_false(ra_zip_read(&zip, &member, member.size - 1, &out, &err));
    assert_non_null(strstr(err.text, "the limit is"));
    member.size = (uint64_t)1 << 50;
    assert_false(ra_zip_read(&zip, &member, UINT64_MAX, &out, NULL));
    ra_buf_finish(&out);
    ra_buf_finish(&bytes);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    static const float values[] = {1, 2, 3, 4, 5, 6};
    struct folder folder;
    char path[512], header[RA_NPY_HEADER];
    struct ra_err err = {0};
    struct ra_file_writer file;
    struct ra_zip_writer zip;
    assert_int_equal(folder_make(&folder), 0);
    folder_file(&folder, "a.npz", path);
    CHECK_OK(ra_file_writer_open(&file, path, &err), err);
    ra_zip_writer_init(&zip, &file);
    size_t n = ra_npy_header(header, "<f4", 2, 2, 3);
    assert_int_equal(n % 64, 0);
    CHECK_OK(ra_zip_writer_add(&zip, "a.npy", header, n, values, sizeof values, &err), err);
    n = ra_npy_header(header, "<f4", 1, 2, 1);
    CHECK_OK(ra_zip_writer_add(&zip, "b.npy", header, n, values + 4, 8, &err), err);
    CHECK_OK(ra_zip_writer_finish(&zip, &err), err);
    CHECK_OK(ra_file_writer_commit(&file, &err), err);
    struct ra_buf bytes;
    float first = 0;
    ra_buf_init(&bytes);
    CHECK_OK(ra_file_read(path, 0, &bytes, &err), err);
    CHECK_OK(read_member(&bytes, "a.npy", &first, &err), err);
    assert_true(first == 1);
    CHECK_OK(read_member(&bytes, "b.npy", &first, &err), err);
    assert_true(first == 5);
    ra_buf_finish(&bytes);
    folder_remove(&folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_order_and_type_gives_the_same_values),
        cmocka_unit_test(integers_keep_their_sign_and_width),
        cmocka_unit_test(what_cannot_be_read_is_told_in_a_sentence),
        cmocka_unit_test(a_value_that_is_not_finite_is_named),
        cmocka_unit_test(a_shape_beyond_the_file_is_refused),
        cmocka_unit_test(a_file_cut_short_anywhere_is_refused),
        cmocka_unit_test(members_come_out_of_stored_and_packed_zips),
        cmocka_unit_test(a_damaged_zip_gives_no_other_values),
        cmocka_unit_test(a_member_over_the_limit_is_refused_before_it_is_unpacked),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    test_dir = argc > 1 ? argv[1] : "tests/data";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
