/* The table of settings: bounds, spelling, files, environment, secrets. */
#include "../check.h"

#include <unistd.h>

#include "settings.h"

static struct settings settings;

static int init(void **state)
{
    (void)state;
    struct ra_err err = {0};
    return settings_init(&settings, &err) ? 0 : -1;
}

static int finish(void **state)
{
    (void)state;
    settings_finish(&settings);
    return 0;
}

static void a_value_is_taken_only_within_its_bounds(void **state)
{
    (void)state;
    struct ra_err err = {0};
    CHECK_OK(settings_set(&settings, "http.port", "9000", &err), err);
    assert_int_equal(settings.http.port, 9000);
    CHECK_FAILS(settings_set(&settings, "http.port", "65536", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(settings_set(&settings, "http.port", "-1", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(settings_set(&settings, "http.port", "80 ", &err), err, RA_ERR_INVALID);
    CHECK_FAILS(settings_set(&settings, "train.shrinkage", "nan", &err), err, RA_ERR_INVALID);
    assert_int_equal(settings.http.port, 9000);
}

static void an_unknown_key_is_named_with_the_nearest(void **state)
{
    (void)state;
    struct ra_err err;
    CHECK_FAILS(settings_set(&settings, "htp.port", "1", &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "did you mean http.port?"));
}

/* Writes a settings file and reads it; the failure's text goes to `err`. */
static bool read_text(const char *text, struct ra_err *err)
{
    char path[] = "/tmp/readalike-settings-XXXXXX";
    int fd = mkstemp(path);
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    bool ok = settings_read_file(&settings, path, err);
    unlink(path);
    return ok;
}

static void a_file_is_read_and_its_mistakes_are_given_by_line(void **state)
{
    (void)state;
    struct ra_err err = {0};
    CHECK_OK(read_text("# mine\n[http]\nport = 8123\n[web]\nitem_noun = album\n", &err), err);
    assert_int_equal(settings.http.port, 8123);
    assert_string_equal(settings.web.item_noun, "album");
    CHECK_FAILS(read_text("[http]\nprot = 8123\n", &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, ":2: unknown setting http.prot; did you mean http.port?"));
    CHECK_FAILS(read_text("[http]\nport = 1\nnonsense\n", &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, ":3: "));
    CHECK_FAILS(settings_read_file(&settings, "/nonexistent.conf", &err), err, RA_ERR_NOT_FOUND);
}

static void the_environment_sets_any_key(void **state)
{
    (void)state;
    struct ra_err err = {0};
    setenv("READALIKE_HTTP_MAX_CONNECTIONS", "77", 1);
    CHECK_OK(settings_read_environment(&settings, &err), err);
    assert_int_equal(settings.http.max_connections, 77);
    setenv("READALIKE_HTTP_MAX_CONNECTIONS", "many", 1);
    CHECK_FAILS(settings_read_environment(&settings, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "READALIKE_HTTP_MAX_CONNECTIONS"));
    unsetenv("READALIKE_HTTP_MAX_CONNECTIONS");
}

static void a_password_is_never_printed(void **state)
{
    (void)state;
    struct ra_err err = {0};
    CHECK_OK(settings_set(&settings, "store.url", "postgresql://me:canary@db/x", &err), err);
    struct ra_buf out;
    ra_buf_init(&out);
    settings_print(&settings, false, &out);
    assert_null(strstr(ra_buf_cstr(&out), "canary"));
    ra_buf_finish(&out);
}

static void what_is_printed_can_be_read_again(void **state)
{
    (void)state;
    struct ra_err err = {0};
    CHECK_OK(settings_set(&settings, "http.port", "4321", &err), err);
    struct ra_buf out;
    ra_buf_init(&out);
    settings_print(&settings, false, &out);
    CHECK_OK(settings_set(&settings, "http.port", "1", &err), err);
    CHECK_OK(read_text(ra_buf_cstr(&out), &err), err);
    assert_int_equal(settings.http.port, 4321);
    ra_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_value_is_taken_only_within_its_bounds, init, finish),
        cmocka_unit_test_setup_teardown(an_unknown_key_is_named_with_the_nearest, init, finish),
        cmocka_unit_test_setup_teardown(a_file_is_read_and_its_mistakes_are_given_by_line, init,
                                        finish),
        cmocka_unit_test_setup_teardown(the_environment_sets_any_key, init, finish),
        cmocka_unit_test_setup_teardown(a_password_is_never_printed, init, finish),
        cmocka_unit_test_setup_teardown(what_is_printed_can_be_read_again, init, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
