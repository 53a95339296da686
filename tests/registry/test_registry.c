/* The registry: versions in, one of them live, and back again. */
#include "../check.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../folder.h"
#include "../model/sample.h"
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
    ra_registry_close(registry);
    folder_remove(&folder);
    return 0;
}

/* Writes the sample as `version` beside the registry's files; `year` makes contents differ. */
static void write_model(const char *version, int year, char path[512])
{
    char meta[256];
    snprintf(meta, sizeof meta, "{\"version\":\"%s\",\"algorithm\":\"item-knn\"}", version);
    struct sample sample = sample_model();
    sample.meta = meta;
    sample.years[0] = year;
    struct ra_err err = {0};
    CHECK_OK(sample_write(&sample, folder_file(&folder, ".incoming", path), &err), err);
}

static void add(const char *version)
{
    char path[512];
    struct ra_err err = {0};
    bool added = false;
    write_model(version, 1, path);
    CHECK_OK(ra_registry_add(registry, path, &added, &err), err);
    assert_true(added);
    assert_false(ra_file_exists(path));
}

static void check_live(const char *version)
{
    char live[RA_VERSION_MAX + 1], path[512];
    struct ra_err err = {0};
    CHECK_OK(ra_registry_live(registry, live, sizeof live, &err), err);
    assert_string_equal(live, version);
    char *found = ra_registry_path(registry, NULL, &err);
    CHECK_OK(found, err);
    snprintf(path, sizeof path, "%s/%s.model", folder.path, version);
    assert_string_equal(found, path);
    free(found);
}

static void promote(const char *version)
{
    struct ra_err err = {0};
    CHECK_OK(ra_registry_promote(registry, version, &err), err);
    check_live(version);
}

static void nothing_is_live_at_first(void **state)
{
    (void)state;
    char live[RA_VERSION_MAX + 1];
    struct ra_err err = {0};
    CHECK_FAILS(ra_registry_live(registry, live, sizeof live, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_registry_path(registry, NULL, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_registry_rollback(registry, live, sizeof live, &err), err, RA_ERR_NOT_FOUND);
}

static void a_rollback_goes_back_step_by_step(void **state)
{
    (void)state;
    char live[RA_VERSION_MAX + 1];
    struct ra_err err = {0};
    const char *const versions[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        add(versions[i]);
        promote(versions[i]);
    }
    promote("c"); /* live already: no step of its own */
    CHECK_OK(ra_registry_rollback(registry, live, sizeof live, &err), err);
    assert_string_equal(live, "b");
    check_live("b");
    CHECK_OK(ra_registry_rollback(registry, live, sizeof live, &err), err);
    assert_string_equal(live, "a");
    CHECK_FAILS(ra_registry_rollback(registry, live, sizeof live, &err), err, RA_ERR_NOT_FOUND);
    check_live("a");
    promote("c");
    err = (struct ra_err){0};
    CHECK_OK(ra_registry_rollback(registry, live, sizeof live, &err), err);
    assert_string_equal(live, "a");
}

static void an_unknown_version_names_the_nearest(void **state)
{
    (void)state;
    struct ra_err err;
    add("item-knn-0123");
    CHECK_FAILS(ra_registry_promote(registry, "item-knn-0124", &err), err, RA_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "did you mean \"item-knn-0123\""));
    CHECK_FAILS(ra_registry_promote(registry, "../item-knn-0123", &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_registry_promote(registry, "", &err), err, RA_ERR_NOT_FOUND);
}

static void the_same_version_again_changes_nothing(void **state)
{
    (void)state;
    char path[512], target[512];
    struct ra_err err = {0};
    bool added = true;
    add("a");
    struct stat before, after;
    assert_int_equal(stat(folder_file(&folder, "a.model", target), &before), 0);
    write_model("a", 1, path);
    CHECK_OK(ra_registry_add(registry, path, &added, &err), err);
    assert_false(added);
    assert_false(ra_file_exists(path));
    assert_int_equal(stat(target, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);

    write_model("a", 2, path);
    CHECK_FAILS(ra_registry_add(registry, path, &added, &err), err, RA_ERR_CONFLICT);
    assert_int_equal(stat(target, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

/* Flips a byte in the middle of a version's file. */
static void damage(const char *name)
{
    char path[512];
    folder_file(&folder, name, path);
    assert_int_equal(chmod(path, 0644), 0);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    unsigned char byte;
    assert_int_equal(pread(fd, &byte, 1, 4200), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 4200), 1);
    close(fd);
}

static void a_damaged_model_never_goes_live(void **state)
{
    (void)state;
    char path[512], live[RA_VERSION_MAX + 1];
    struct ra_err err;
    add("a");
    add("b");
    promote("a");
    damage("b.model");
    CHECK_FAILS(ra_registry_promote(registry, "b", &err), err, RA_ERR_CORRUPT);
    check_live("a");
    /* Nor by a rollback; nor under another's name. */
    add("c");
    promote("c");
    damage("a.model");
    CHECK_FAILS(ra_registry_rollback(registry, live, sizeof live, &err), err, RA_ERR_CORRUPT);
    check_live("c");
    char stolen[512];
    write_model("x", 1, path);
    assert_int_equal(rename(path, folder_file(&folder, "y.model", stolen)), 0);
    CHECK_FAILS(ra_registry_promote(registry, "y", &err), err, RA_ERR_CORRUPT);
    /* Trained again, the damaged file is replaced. */
    err = (struct ra_err){0};
    write_model("b", 1, path);
    bool added = false;
    CHECK_OK(ra_registry_add(registry, path, &added, &err), err);
    assert_true(added);
    promote("b");
}

static void what_is_no_model_is_not_added(void **state)
{
    (void)state;
    char path[512];
    struct ra_err err = {0};
    folder_file(&folder, ".incoming", path);
    CHECK_OK(ra_file_write(path, "nonsense", 8, &err), err);
    CHECK_FAILS(ra_registry_add(registry, path, NULL, &err), err, RA_ERR_CORRUPT);
    CHECK_FAILS(ra_registry_add(registry, "/nowhere.model", NULL, &err), err, RA_ERR_NOT_FOUND);
}

struct listed {
    char text[512];
};

static bool note(void *ctx, const struct ra_registry_entry *entry, struct ra_err *err)
{
    (void)err;
    struct listed *listed = ctx;
    size_t n = strlen(listed->text);
    assert_int_equal(strlen(entry->created), strlen("2026-11-21T09:30:00Z"));
    assert_true(entry->bytes > 4096);
    snprintf(listed->text + n, sizeof listed->text - n, "%s:%s%s ", entry->version,
             entry->algorithm ? entry->algorithm : "damaged", entry->live ? ":live" : "");
    return true;
}

static void the_list_shows_live_and_damaged_ones(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct listed listed = {{0}};
    CHECK_OK(ra_registry_list(registry, note, &listed, &err), err);
    assert_string_equal(listed.text, "");
    add("a");
    add("b");
    promote("b");
    damage("a.model");
    CHECK_OK(ra_registry_list(registry, note, &listed, &err), err);
    /* Both may have been added in the same second; then the name decides. */
    assert_non_null(strstr(listed.text, "a:damaged "));
    assert_non_null(strstr(listed.text, "b:item-knn:live "));
}

static void append(const char *text)
{
    char path[512];
    int fd = open(folder_file(&folder, "activations.jsonl", path), O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void a_torn_record_does_not_matter(void **state)
{
    (void)state;
    char live[RA_VERSION_MAX + 1], path[512];
    struct ra_err err = {0};
    add("a");
    add("b");
    promote("a");
    append("\n[1]\nnot json\n{\"at\":\"x\",\"action\":\"promote\",\"version\":\"../a\"}\n{\"at\":");
    promote("b");
    CHECK_OK(ra_registry_rollback(registry, live, sizeof live, &err), err);
    assert_string_equal(live, "a");
    /* A crash after the live file and before its record: the step back is still right. */
    CHECK_OK(ra_file_write(folder_file(&folder, "live", path), "b\n", 2, &err), err);
    CHECK_OK(ra_registry_rollback(registry, live, sizeof live, &err), err);
    assert_string_equal(live, "a");
}

static void a_live_file_with_nonsense_is_reported(void **state)
{
    (void)state;
    char live[RA_VERSION_MAX + 1], path[512];
    struct ra_err err = {0};
    CHECK_OK(ra_file_write(folder_file(&folder, "live", path), "../../etc/passwd\n", 17, &err),
             err);
    CHECK_FAILS(ra_registry_live(registry, live, sizeof live, &err), err, RA_ERR_CORRUPT);
    CHECK_FAILS(ra_registry_path(registry, NULL, &err), err, RA_ERR_CORRUPT);
}

/* Several processes promote at once: at the end one of them is live and each is on record. */
static void processes_take_turns(void **state)
{
    (void)state;
    enum { N = 4, ROUNDS = 5 };
    const char *const versions[N] = {"a", "b", "c", "d"};
    for (int i = 0; i < N; i++)
        add(versions[i]);
    pid_t children[N];
    for (int i = 0; i < N; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] > 0)
            continue;
        bool ok = true;
        for (int round = 0; ok && round < ROUNDS; round++)
            ok = ra_registry_promote(registry, versions[i], NULL);
        _exit(ok ? 0 : 1);
    }
    for (int i = 0; i < N; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    char live[RA_VERSION_MAX + 1], path[512];
    struct ra_err err = {0};
    CHECK_OK(ra_registry_live(registry, live, sizeof live, &err), err);
    struct ra_buf text;
    ra_buf_init(&text);
    CHECK_OK(ra_file_read(folder_file(&folder, "activations.jsonl", path), 0, &text, &err), err);
    const char *last = ra_buf_cstr(&text);
    for (const char *at = last; (at = strstr(at, "\"version\":\"")); at++)
        last = at;
    assert_int_equal(last[strlen("\"version\":\"")], live[0]);
    ra_buf_finish(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_live_at_first),
        TEST(a_rollback_goes_back_step_by_step),
        TEST(an_unknown_version_names_the_nearest),
        TEST(the_same_version_again_changes_nothing),
        TEST(a_damaged_model_never_goes_live),
        TEST(what_is_no_model_is_not_added),
        TEST(the_list_shows_live_and_damaged_ones),
        TEST(a_torn_record_does_not_matter),
        TEST(a_live_file_with_nonsense_is_reported),
        TEST(processes_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
