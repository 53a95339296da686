/* The schema: made once, whoever comes first, and only by a program that knows it. */
#include <pthread.h>

#include "rows.h"
#include "scratch.h"
#include "suite.h"

static int scratch_empty(void **state)
{
    scratch_begin();
    *state = scratch_store(NULL);
    return 0;
}

static void migrating_twice_does_nothing_the_second_time(void **state)
{
    struct ra_err err = {0};
    unsigned applied = 99;
    CHECK_OK(ra_store_migrate(*state, &applied, &err), err);
    assert_true(applied > 0);
    CHECK_OK(ra_store_migrate(*state, &applied, &err), err);
    assert_int_equal(applied, 0);
    counts_are(*state, 0, 0, 0);
    CHECK_OK(ra_store_ping(*state, &err), err);
}

static void a_store_that_was_not_migrated_says_so(void **state)
{
    struct ra_err err = {0};
    struct ra_store_counts counts;
    assert_false(ra_store_count(*state, &counts, &err));
    assert_non_null(strstr(err.text, "users"));
}

static void a_changed_migration_is_refused(void **state)
{
    struct ra_err err = {0};
    CHECK_OK(ra_store_migrate(*state, NULL, &err), err);
    scratch_sql(scratch_url, "UPDATE schema_migrations SET checksum = 'feed' WHERE version = 1");
    CHECK_FAILS(ra_store_migrate(*state, NULL, &err), err, RA_ERR_CONFLICT);
    assert_non_null(strstr(err.text, "0001_first.sql was changed"));
}

static void a_newer_schema_is_refused(void **state)
{
    struct ra_err err = {0};
    CHECK_OK(ra_store_migrate(*state, NULL, &err), err);
    scratch_sql(scratch_url, "INSERT INTO schema_migrations (version, name, checksum, applied_at) "
                             "VALUES (9999, 'later', 'x', 0)");
    CHECK_FAILS(ra_store_migrate(*state, NULL, &err), err, RA_ERR_CONFLICT);
    assert_non_null(strstr(err.text, "9999"));
    assert_non_null(strstr(err.text, "newer program"));
}

static void a_migration_that_fails_leaves_nothing(void **state)
{
    struct ra_err err = {0};
    unsigned applied;
    /* The last table of the first migration is taken: all before it must be undone. */
    scratch_sql(scratch_url, "CREATE TABLE store_state (x bigint)");
    assert_false(ra_store_migrate(*state, &applied, &err));
    assert_non_null(strstr(err.text, "0001_first.sql"));
    scratch_sql(scratch_url, "DROP TABLE store_state");
    err = (struct ra_err){0};
    CHECK_OK(ra_store_migrate(*state, &applied, &err), err);
    assert_true(applied > 0);
}

enum { N_MIGRATORS = 4 };
struct migrator {
    bool ok;
    unsigned applied;
    char text[512];
};

static void *migrate_now(void *ctx)
{
    struct migrator *migrator = ctx;
    struct ra_err err = {0};
    struct ra_store *store = ra_store_open(scratch_url, NULL, &err);
    migrator->ok = store && ra_store_migrate(store, &migrator->applied, &err);
    ra_store_close(store);
    snprintf(migrator->text, sizeof migrator->text, "%s", err.text);
    return NULL;
}

static void of_several_at_once_one_migrates(void **state)
{
    pthread_t threads[N_MIGRATORS];
    struct migrator migrators[N_MIGRATORS] = {0};
    for (int i = 0; i < N_MIGRATORS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_now, &migrators[i]), 0);
    unsigned n_applied = 0, n_workers = 0;
    for (int i = 0; i < N_MIGRATORS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < N_MIGRATORS; i++) {
        if (!migrators[i].ok)
            fail_msg("%s", migrators[i].text);
        n_applied += migrators[i].applied;
        n_workers += migrators[i].applied > 0;
    }
    assert_true(n_applied > 0);
    assert_int_equal(n_workers, 1);
    load_sample(*state, NULL);
}

static void a_store_that_is_up_to_date_opens_beside_a_load(void **state)
{
    struct ra_err err = {0};
    CHECK_OK(ra_store_migrate(*state, NULL, &err), err);
    struct ra_loader *loader = begin(*state, "test");
    add_book(loader, "b", "B");
    struct migrator migrator = {0};
    migrate_now(&migrator);
    assert_true(migrator.ok);
    commit(loader, NULL);
}

int run_migrate_tests(void)
{
#define ON_AN_EMPTY_STORE(test) cmocka_unit_test_setup_teardown(test, scratch_empty, scratch_close)
    const struct CMUnitTest tests[] = {
        ON_AN_EMPTY_STORE(migrating_twice_does_nothing_the_second_time),
        ON_AN_EMPTY_STORE(a_store_that_was_not_migrated_says_so),
        ON_AN_EMPTY_STORE(a_changed_migration_is_refused),
        ON_AN_EMPTY_STORE(a_newer_schema_is_refused),
        ON_AN_EMPTY_STORE(a_migration_that_fails_leaves_nothing),
        ON_AN_EMPTY_STORE(of_several_at_once_one_migrates),
        ON_AN_EMPTY_STORE(a_store_that_is_up_to_date_opens_beside_a_load),
    };
    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
