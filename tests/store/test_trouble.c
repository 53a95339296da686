/* What goes wrong around a store: bad URLs, busy pools, damaged files, servers that die. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "readalike/clock.h"
#include "readalike/file.h"
#include "rows.h"
#include "scratch.h"
#include "suite.h"

static void opening_fails(const char *url, enum ra_code code, const char *part)
{
    struct ra_err err = {0};
    const struct ra_store_options options = {.connect_timeout_ms = 300};
    assert_null(ra_store_open(url, &options, &err));
    if (err.code != code || !strstr(err.text, part))
        fail_msg("%s: %s (%s), not %s (%s)", url, err.text, ra_code_name(err.code), part,
                 ra_code_name(code));
}

static void bad_urls_are_one_clear_sentence(void **state)
{
    (void)state;
    opening_fails("", RA_ERR_INVALID, "empty");
    opening_fails(NULL, RA_ERR_INVALID, "empty");
    opening_fails("mysql://localhost/books", RA_ERR_INVALID, "unknown scheme \"mysql\"");
    opening_fails("books.db", RA_ERR_INVALID, "unknown scheme \"books.db\"");
    opening_fails("sqlite:", RA_ERR_INVALID, "names no file");
    opening_fails("sqlite::memory:", RA_ERR_INVALID, "memory");
    opening_fails("sqlite:/proc/none/such.db", RA_ERR_IO, "/proc/none");
    opening_fails("postgresql://localhost/x?nonsense=1", RA_ERR_INVALID, "nonsense");
    opening_fails("postgresql://u:secret@[::1/x", RA_ERR_INVALID, "not a PostgreSQL URL");
    opening_fails("postgresql:///x?host=/nowhere/at/all", RA_ERR_UNAVAILABLE, "does not answer");
}

static void passwords_are_never_said(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "postgresql://u:hunter2@127.0.0.1:1/x",
        "postgresql://u:hun@ter2@127.0.0.1:1/x",
        "postgresql://127.0.0.1:1/x?user=u&password=hunter2",
        "postgresql://127.0.0.1:1/x?password=hunter2&sslmode=disable",
        "postgresql://u:hunter2@[::1/x",
        "postgresql://u:hunter2@h:port/x",
        "postgresql://u:hun/ter2@127.0.0.1:1/x",
        "postgresql://u:hun?ter2@127.0.0.1:1/x",
        "postgresql://u:hun#ter2@127.0.0.1:1/x",
        "postgresql://u:5/hunter2@127.0.0.1:1/x",
        "postgresql://u:ter2?x@127.0.0.1:1/x",
        "postgresql://u:hunter2@h/x?password=hunter2&bad",
    };
    const struct ra_store_options options = {.connect_timeout_ms = 300};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct ra_err err = {0};
        assert_null(ra_store_open(urls[i], &options, &err));
        if (strstr(err.text, "ter2"))
            fail_msg("said: %s", err.text);
    }
}

static void the_name_and_the_backend_are_known(void **state)
{
    bool is_postgres = scratch_is_postgres();
    assert_string_equal(ra_store_backend(*state), is_postgres ? "postgresql" : "sqlite");
    assert_string_equal(ra_store_name(*state), scratch_url);
    ra_store_close(NULL);
    if (!is_postgres)
        return;
    char url[600];
    struct ra_err err = {0};
    snprintf(url, sizeof url, "%s&password=hunter2", scratch_url);
    struct ra_store *store = ra_store_open(url, NULL, &err);
    assert_non_null(store);
    assert_null(strstr(ra_store_name(store), "hunter2"));
    assert_non_null(strstr(ra_store_name(store), "password=***"));
    ra_store_close(store);
}

static void a_server_that_never_answers_is_given_up_in_time(void **state)
{
    (void)state;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof address;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &n), 0);
    char url[80];
    snprintf(url, sizeof url, "postgresql://u@127.0.0.1:%u/x", ntohs(address.sin_port));
    double start = ra_clock_seconds();
    opening_fails(url, RA_ERR_UNAVAILABLE, "in time");
    assert_true(ra_clock_seconds() - start < 2);
    close(listener);
}

static void a_busy_pool_times_out_and_serves_again(void **state)
{
    (void)state;
    struct ra_err err = {0};
    const struct ra_store_options options = {.pool_size = 1, .lease_timeout_ms = 150};
    struct ra_store *store = scratch_store(&options);
    struct ra_loader *loader = begin(store, "test");
    double start = ra_clock_seconds();
    CHECK_FAILS(ra_store_ping(store, &err), err, RA_ERR_TIMEOUT);
    double waited = ra_clock_seconds() - start;
    assert_true(waited > 0.14 && waited < 2);
    ra_loader_abort(loader);
    err = (struct ra_err){0};
    CHECK_OK(ra_store_ping(store, &err), err);
    ra_store_close(store);
}

static void a_file_that_is_no_database_is_said_to_be_damaged(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char path[128], url[160];
    snprintf(path, sizeof path, "%s/text.db", scratch_dir);
    snprintf(url, sizeof url, "sqlite:%s", path);
    char text[5000];
    memset(text, 'x', sizeof text);
    CHECK_OK(ra_file_write(path, text, sizeof text, &err), err);
    opening_fails(url, RA_ERR_CORRUPT, "text.db is damaged or not an SQLite database");
    snprintf(url, sizeof url, "sqlite:%s", scratch_dir);
    opening_fails(url, RA_ERR_IO, "is a folder");
}

/* As a user who may not write the file; where we are no root, the file's own mode does. */
static void open_as_reader(const char *url, int answer)
{
    struct ra_err err = {0};
    if (geteuid() == 0 && setuid(65534) != 0)
        _exit(2);
    struct ra_store *store = ra_store_open(url, NULL, &err);
    if (write(answer, err.text, sizeof err.text) < 0)
        _exit(3);
    _exit(store ? 1 : 0);
}

static void a_database_that_may_only_be_read_is_refused(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char path[128], url[160], text[sizeof err.text] = "";
    int answer[2], status;
    snprintf(path, sizeof path, "%s/fixed.db", scratch_dir);
    snprintf(url, sizeof url, "sqlite:%s", path);
    ra_store_close(ra_store_open(url, NULL, &err));
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(scratch_dir, 0755), 0);
    assert_int_equal(pipe(answer), 0);
    pid_t child = fork();
    if (child == 0)
        open_as_reader(url, answer[1]);
    assert_true(read(answer[0], text, sizeof text) > 0);
    waitpid(child, &status, 0);
    close(answer[0]);
    close(answer[1]);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_non_null(strstr(text, "fixed.db can be read only"));
}

/* Every page behind the first is overwritten; opening or reading must say so, never crash. */
static void a_damaged_database_is_said_to_be_damaged(void **state)
{
    (void)state;
    struct ra_err err = {0};
    char path[128], url[160];
    snprintf(path, sizeof path, "%s/damaged.db", scratch_dir);
    snprintf(url, sizeof url, "sqlite:%s", path);
    struct ra_store *store = ra_store_open(url, NULL, &err);
    CHECK_OK(store && ra_store_migrate(store, NULL, &err), err);
    load_sample(store, NULL);
    ra_store_close(store);
    struct ra_buf file;
    ra_buf_init(&file);
    CHECK_OK(ra_file_read(path, 0, &file, &err), err);
    assert_true(file.len > 8192);
    memset(file.data + 4096, 0xA5, file.len - 4096);
    CHECK_OK(ra_file_write(path, file.data, file.len, &err), err);
    ra_buf_finish(&file);
    struct ra_store_counts counts;
    store = ra_store_open(url, NULL, &err);
    assert_false(store && ra_store_count(store, &counts, &err));
    assert_int_equal(err.code, RA_ERR_CORRUPT);
    ra_store_close(store);
}

static void control(const char *verb)
{
    char command[1024];
    snprintf(command, sizeof command, "%s %s", getenv("READALIKE_PG_CONTROL"), verb);
    assert_int_equal(system(command), 0);
}

static void a_server_that_was_restarted_is_found_again(void **state)
{
    struct ra_err err = {0};
    if (!scratch_is_postgres())
        skip();
    load_sample(*state, NULL);
    control("kill");
    control("start");
    /* The connections in the pool are dead; neither a read nor a write may notice. */
    counts_are(*state, 3, 3, 4);
    control("kill");
    control("start");
    const struct ra_rating rating = {.user_id = 1, .book_id = 3, .rating = 2};
    CHECK_OK(ra_store_put_rating(*state, &rating, NULL, &err), err);
    counts_are(*state, 3, 3, 5);
}

static void a_dead_server_is_unavailable_until_it_is_back(void **state)
{
    struct ra_err err = {0};
    if (!scratch_is_postgres())
        skip();
    load_sample(*state, NULL);
    struct ra_loader *loader = begin(*state, "half");
    add_book(loader, "x", "Never there");
    add_rating(loader, "y", "x", 3, 0);
    control("kill");
    struct ra_store_counts counts;
    struct ra_load_counts loaded;
    const struct ra_rating rating = {.user_id = 1, .book_id = 3, .rating = 2};
    CHECK_FAILS(ra_store_count(*state, &counts, &err), err, RA_ERR_UNAVAILABLE);
    CHECK_FAILS(ra_store_ping(*state, &err), err, RA_ERR_UNAVAILABLE);
    CHECK_FAILS(ra_store_put_rating(*state, &rating, NULL, &err), err, RA_ERR_UNAVAILABLE);
    CHECK_FAILS(ra_loader_commit(loader, &loaded, &err), err, RA_ERR_UNAVAILABLE);
    control("start");
    err = (struct ra_err){0};
    CHECK_OK(ra_store_ping(*state, &err), err);
    counts_are(*state, 3, 3, 4);
}

static void a_frozen_server_is_given_up_in_time_and_found_again(void **state)
{
    struct ra_err err = {0};
    if (!scratch_is_postgres())
        skip();
    load_sample(*state, NULL);
    const struct ra_store_options options = {.connect_timeout_ms = 400};
    struct ra_store *store = scratch_store(&options);
    control("freeze");
    double start = ra_clock_seconds();
    CHECK_FAILS(ra_store_ping(store, &err), err, RA_ERR_UNAVAILABLE);
    /* The first was on a connection from before, this is on a new one. */
    CHECK_FAILS(ra_store_ping(store, &err), err, RA_ERR_UNAVAILABLE);
    double waited = ra_clock_seconds() - start;
    control("thaw");
    assert_true(waited > 0.7 && waited < 3);
    err = (struct ra_err){0};
    CHECK_OK(ra_store_ping(store, &err), err);
    counts_are(store, 3, 3, 4);
    ra_store_close(store);
}

int run_trouble_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_urls_are_one_clear_sentence),
        cmocka_unit_test(passwords_are_never_said),
        cmocka_unit_test(a_server_that_never_answers_is_given_up_in_time),
        ON_A_STORE(the_name_and_the_backend_are_known),
        ON_A_STORE(a_busy_pool_times_out_and_serves_again),
        ON_A_STORE(a_file_that_is_no_database_is_said_to_be_damaged),
        ON_A_STORE(a_database_that_may_only_be_read_is_refused),
        ON_A_STORE(a_damaged_database_is_said_to_be_damaged),
        ON_A_STORE(a_server_that_was_restarted_is_found_again),
        ON_A_STORE(a_dead_server_is_unavailable_until_it_is_back),
        ON_A_STORE(a_frozen_server_is_given_up_in_time_and_found_again),
    };
    return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
