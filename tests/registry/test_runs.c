/* Records of runs: what is put comes back, and only under a name that is one. */
#include "../check.h"

#include "../folder.h"
#include "readalike/file.h"
#include "readalike/registry.h"

static struct folder folder;
static struct ra_registry *registry;

static int set_up(void **state)
{
    (void)state;
    struct ra_err err = {0};
    if (folder_make(&folder) < 0)
        return -1;
    registry = ra_registry_open(folder.path, &err);
    return registry ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    struct folder runs;
    snprintf(runs.path, sizeof runs.path, "%.100s/runs", folder.path);
    folder_remove(&runs);
    ra_registry_close(registry);
    folder_remove(&folder);
    return 0;
}

static void put(const char *name, const char *text)
{
    struct ra_err err = {0};
    CHECK_OK(ra_registry_put_run(registry, name, text, strlen(text), &err), err);
}

static void what_is_put_comes_back_and_the_last_counts(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_buf text;
    ra_buf_init(&text);
    put("evaluation-0123456789abcdef", "{\"a\":1}");
    put("evaluation-0123456789abcdef", "{\"a\":2}");
    CHECK_OK(ra_registry_get_run(registry, "evaluation-0123456789abcdef", &text, &err), err);
    assert_string_equal(ra_buf_cstr(&text), "{\"a\":2}");
    ra_buf_finish(&text);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_buf text;
    ra_buf_init(&text);
    assert_false(ra_registry_get_run(registry, "training-x", &text, &err));
    assert_int_equal(err.code, RA_ERR_NOT_FOUND);
    ra_buf_finish(&text);
}

static void a_name_never_leaves_the_folder(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ".", "../live", "a/b", ".hidden", "a b", "\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ra_err err = {0};
        assert_false(ra_registry_put_run(registry, bad[i], "{}", 2, &err));
        assert_int_equal(err.code, RA_ERR_INVALID);
    }
    char longer[RA_RUN_NAME_MAX + 2];
    memset(longer, 'a', sizeof longer);
    longer[RA_RUN_NAME_MAX + 1] = '\0';
    assert_false(ra_registry_put_run(registry, longer, "{}", 2, NULL));
    longer[RA_RUN_NAME_MAX] = '\0';
    put(longer, "{}");
}

static bool note(void *ctx, const char *name, struct ra_err *err)
{
    (void)err;
    strncat(ctx, name, 100);
    strncat(ctx, " ", 2);
    return true;
}

static void the_list_is_in_order_and_passes_over_other_files(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char names[512] = "", path[512];
    CHECK_OK(ra_registry_list_runs(registry, note, names, &err), err);
    assert_string_equal(names, "");
    put("b", "{}");
    put("a", "{}");
    static const char *const others[] = {"runs/c.json.Xa81bZ", "runs/.d.json", "runs/.json"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK_OK(ra_file_write(folder_file(&folder, others[i], path), "{", 1, &err), err);
    CHECK_OK(ra_registry_list_runs(registry, note, names, &err), err);
    assert_string_equal(names, "a b ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_put_comes_back_and_the_last_counts),
        TEST(what_is_not_there_is_not_found),
        TEST(a_name_never_leaves_the_folder),
        TEST(the_list_is_in_order_and_passes_over_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
