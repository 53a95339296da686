/* Redis behind the cache: used when it is there, and never in the way when it is not. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "../check.h"
#include "readalike/cache.h"
#include "readalike/clock.h"
#include "redis_server.h"
#include "redis_url.h"
#include "wire.h"

#define DEADLINE_MS 20
/* What a busy machine may add by not running us; a blocking call would take far longer. */
#define MARGIN_MS 200

static struct redis_server server;

static struct ra_cache *make(const char *url, size_t max_bytes)
{
    struct ra_err err = {0};
    const struct ra_cache_options options = {
        .max_bytes = max_bytes, .redis_url = url, .deadline_ms = DEADLINE_MS, .ttl_s = 100};
    struct ra_cache *cache = ra_cache_create(&options, &err);
    if (!cache)
        fail_msg("%s", err.text);
    return cache;
}

static struct ra_cache_stats stats_of(struct ra_cache *cache)
{
    struct ra_cache_stats stats;
    ra_cache_stats(cache, &stats);
    return stats;
}

static void wait_for_state(struct ra_cache *cache, enum ra_redis_state wanted)
{
    for (int i = 0; i < 2000 && stats_of(cache).redis != wanted; i++)
        usleep(10000);
    assert_int_equal(stats_of(cache).redis, wanted);
}

static bool get(struct ra_cache *cache, const char *key, const char *wanted)
{
    struct ra_buf out;
    ra_buf_init(&out);
    bool hit = ra_cache_get(cache, key, strlen(key), &out);
    if (hit) {
        assert_int_equal(out.len, strlen(wanted));
        assert_memory_equal(out.data, wanted, out.len);
    }
    ra_buf_finish(&out);
    return hit;
}

static void put(struct ra_cache *cache, const char *key, const char *value)
{
    ra_cache_put(cache, key, strlen(key), value, strlen(value));
}

/* Writes are behind and the first connection is made in the background: ask until it is there. */
static bool get_soon(struct ra_cache *cache, const char *key, const char *wanted)
{
    for (int i = 0; i < 1000; i++) {
        if (get(cache, key, wanted))
            return true;
        usleep(5000);
    }
    return false;
}

static void ask_server(const char *const *words, size_t n, char *out, size_t room)
{
    struct redis_url url;
    struct wire wire;
    struct wire_arg args[WIRE_ARGS_MAX];
    struct wire_reply reply;
    struct ra_err err = {0};
    uint64_t deadline_ns = ra_clock_ns() + 5000000000;
    for (size_t i = 0; i < n; i++)
        args[i] = (struct wire_arg){words[i], strlen(words[i])};
    CHECK_OK(redis_url_parse(&url, server.url, &err), err);
    CHECK_OK(wire_open(&wire, &url, deadline_ns, &err), err);
    CHECK_OK(wire_call(&wire, args, n, deadline_ns, &reply, &err), err);
    snprintf(out, room, "%.*s", reply.text ? (int)reply.n : 0, reply.text ? reply.text : "");
    wire_reply_finish(&reply);
    wire_close(&wire);
    redis_url_finish(&url);
}

static int setup(void **state)
{
    (void)state;
    return redis_server_init(&server) && redis_server_start(&server, NULL) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    redis_server_finish(&server);
    return 0;
}

static void what_one_process_puts_another_finds(void **state)
{
    (void)state;
    struct ra_cache *writer = make(server.url, 100000), *reader = make(server.url, 100000);
    wait_for_state(writer, RA_REDIS_UP);
    wait_for_state(reader, RA_REDIS_UP);
    put(writer, "key", "value");
    assert_true(get_soon(reader, "key", "value"));
    assert_int_equal(stats_of(reader).hits_redis, 1);
    assert_true(get(reader, "key", "value"));
    assert_int_equal(stats_of(reader).hits_local, 1);
    assert_false(get(reader, "other", ""));
    char got[64];
    ask_server((const char *[]){"GET", "readalike:key"}, 2, got, sizeof got);
    assert_string_equal(got, "value");
    ra_cache_destroy(writer);
    ra_cache_destroy(reader);
}

static void entries_end_with_their_time_to_live(void **state)
{
    (void)state;
    struct ra_cache *cache = make(server.url, 0);
    wait_for_state(cache, RA_REDIS_UP);
    put(cache, "mortal", "x");
    assert_true(get_soon(cache, "mortal", "x"));
    const char *script = "local t = redis.call('TTL', 'readalike:mortal') "
                         "return (t > 0 and t <= 100) and 'yes' or 'no'";
    char got[64];
    ask_server((const char *[]){"EVAL", script, "0"}, 3, got, sizeof got);
    assert_string_equal(got, "yes");
    ra_cache_destroy(cache);
}

struct load {
    pthread_t thread;
    struct ra_cache *cache;
    atomic_bool *stop;
    uint64_t longest_ns, calls, hits;
    bool wrong;
    unsigned seed;
};

static void *use(void *ctx)
{
    struct load *load = ctx;
    struct ra_buf out;
    ra_buf_init(&out);
    while (!atomic_load(load->stop)) {
        load->seed = load->seed * 1103515245 + 12345;
        char key[32], value[64];
        snprintf(key, sizeof key, "load %u", (load->seed >> 8) % 200);
        snprintf(value, sizeof value, "the value of %s", key);
        ra_buf_reset(&out);
        uint64_t start = ra_clock_ns();
        bool hit = ra_cache_get(load->cache, key, strlen(key), &out);
        if (!hit)
            ra_cache_put(load->cache, key, strlen(key), value, strlen(value));
        uint64_t took = ra_clock_ns() - start;
        load->longest_ns = took > load->longest_ns ? took : load->longest_ns;
        load->calls++;
        load->hits += hit;
        load->wrong |= hit && (out.len != strlen(value) || memcmp(out.data, value, out.len) != 0);
        if (!hit)
            usleep(200);
    }
    ra_buf_finish(&out);
    return NULL;
}

#define LOAD_THREADS 3
static void start_load(struct load *loads, struct ra_cache *cache, atomic_bool *stop)
{
    for (unsigned i = 0; i < LOAD_THREADS; i++) {
        loads[i] = (struct load){.cache = cache, .stop = stop, .seed = i + 1};
        assert_int_equal(pthread_create(&loads[i].thread, NULL, use, &loads[i]), 0);
    }
}

static void end_load(struct load *loads, atomic_bool *stop)
{
    atomic_store(stop, true);
    for (unsigned i = 0; i < LOAD_THREADS; i++) {
        pthread_join(loads[i].thread, NULL);
        assert_false(loads[i].wrong);
        assert_true(loads[i].hits > 0);
        assert_true(loads[i].longest_ns < (DEADLINE_MS + MARGIN_MS) * UINT64_C(1000000));
    }
}

static void killed_under_load_it_delays_nobody_and_comes_back_by_itself(void **state)
{
    (void)state;
    struct ra_cache *cache = make(server.url, 0);
    wait_for_state(cache, RA_REDIS_UP);
    struct load loads[LOAD_THREADS];
    atomic_bool stop = false;
    start_load(loads, cache, &stop);
    usleep(300000);
    redis_server_kill(&server);
    wait_for_state(cache, RA_REDIS_DOWN);
    usleep(500000);
    assert_true(redis_server_start(&server, NULL));
    wait_for_state(cache, RA_REDIS_UP);
    usleep(200000);
    end_load(loads, &stop);
    put(cache, "after", "again");
    assert_true(get_soon(cache, "after", "again"));
    assert_true(stats_of(cache).redis_errors > 0);
    assert_true(stats_of(cache).redis_dropped > 0);
    assert_string_equal(stats_of(cache).redis_error, "");
    ra_cache_destroy(cache);
}

static void killed_it_is_missed_though_nobody_asks(void **state)
{
    (void)state;
    struct ra_cache *cache = make(server.url, 0);
    wait_for_state(cache, RA_REDIS_UP);
    redis_server_kill(&server);
    wait_for_state(cache, RA_REDIS_DOWN);
    assert_true(redis_server_start(&server, NULL));
    wait_for_state(cache, RA_REDIS_UP);
    ra_cache_destroy(cache);
}

static void frozen_it_costs_one_deadline_then_is_left_alone(void **state)
{
    (void)state;
    struct ra_cache *cache = make(server.url, 0);
    wait_for_state(cache, RA_REDIS_UP);
    put(cache, "before", "the ice");
    assert_true(get_soon(cache, "before", "the ice"));
    redis_server_freeze(&server);
    uint64_t start = ra_clock_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t one = ra_clock_ns();
        assert_false(get(cache, "before", ""));
        put(cache, "while", "frozen");
        assert_true(ra_clock_ns() - one < (DEADLINE_MS + MARGIN_MS) * UINT64_C(1000000));
    }
    assert_true(ra_clock_ns() - start < (2 * DEADLINE_MS + MARGIN_MS) * UINT64_C(1000000));
    assert_int_equal(stats_of(cache).redis, RA_REDIS_DOWN);
    redis_server_thaw(&server);
    wait_for_state(cache, RA_REDIS_UP);
    assert_true(get_soon(cache, "before", "the ice"));
    ra_cache_destroy(cache);
}

static void frozen_it_does_not_hold_up_the_end(void **state)
{
    (void)state;
    struct ra_cache *cache = make(server.url, 0);
    wait_for_state(cache, RA_REDIS_UP);
    redis_server_freeze(&server);
    put(cache, "k", "v");
    uint64_t start = ra_clock_ns();
    ra_cache_destroy(cache);
    assert_true(ra_clock_ns() - start < UINT64_C(2000000000));
    redis_server_thaw(&server);
}

static void absent_it_is_only_down(void **state)
{
    (void)state;
    struct ra_cache *cache = make("redis://127.0.0.1:1/0", 100000);
    put(cache, "k", "v");
    assert_true(get(cache, "k", "v"));
    assert_false(get(cache, "other", ""));
    for (int i = 0; i < 1000 && stats_of(cache).redis_errors == 0; i++)
        usleep(5000);
    assert_int_equal(stats_of(cache).redis, RA_REDIS_DOWN);
    assert_non_null(strstr(stats_of(cache).redis_error, "cannot connect to Redis"));
    ra_cache_destroy(cache);
}

static void the_password_and_the_database_are_those_of_the_url(void **state)
{
    (void)state;
    redis_server_kill(&server);
    assert_true(redis_server_start(&server, "s:e@c/r"));
    char url[256];
    snprintf(url, sizeof url, "redis+unix://:s%%3Ae%%40c%%2Fr@%s?db=3", server.socket);
    struct ra_cache *third = make(url, 0), *wrong = NULL;
    wait_for_state(third, RA_REDIS_UP);
    put(third, "k", "in three");
    assert_true(get_soon(third, "k", "in three"));
    snprintf(url, sizeof url, "redis+unix://:s%%3Ae%%40c%%2Fr@%s", server.socket);
    struct ra_cache *first = make(url, 0);
    wait_for_state(first, RA_REDIS_UP);
    usleep(50000);
    assert_false(get(first, "k", ""));
    snprintf(url, sizeof url, "redis+unix://:guess@%s", server.socket);
    wrong = make(url, 100000);
    for (int i = 0; i < 1000 && stats_of(wrong).redis_errors == 0; i++)
        usleep(5000);
    assert_int_equal(stats_of(wrong).redis, RA_REDIS_DOWN);
    assert_non_null(strstr(stats_of(wrong).redis_error, "Redis refused AUTH"));
    assert_null(strstr(stats_of(wrong).redis_error, "guess"));
    put(wrong, "k", "v");
    assert_true(get(wrong, "k", "v"));
    ra_cache_destroy(first);
    ra_cache_destroy(third);
    ra_cache_destroy(wrong);
    redis_server_kill(&server);
    assert_true(redis_server_start(&server, NULL));
}

static void a_full_server_is_counted_and_still_read(void **state)
{
    (void)state;
    struct ra_cache *cache = make(server.url, 0);
    wait_for_state(cache, RA_REDIS_UP);
    put(cache, "early", "bird");
    assert_true(get_soon(cache, "early", "bird"));
    char got[64];
    ask_server((const char *[]){"CONFIG", "SET", "maxmemory", "1"}, 4, got, sizeof got);
    assert_string_equal(got, "OK");
    put(cache, "late", "too late");
    for (int i = 0; i < 1000 && stats_of(cache).redis_errors == 0; i++)
        usleep(5000);
    assert_non_null(strstr(stats_of(cache).redis_error, "OOM"));
    assert_int_equal(stats_of(cache).redis, RA_REDIS_UP);
    assert_true(get_soon(cache, "early", "bird"));
    ask_server((const char *[]){"CONFIG", "SET", "maxmemory", "0"}, 4, got, sizeof got);
    ra_cache_destroy(cache);
}

static void a_bad_url_gets_a_sentence(void **state)
{
    (void)state;
    const char *const bad[] = {
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://:6379",
        "redis://host:0",
        "redis://host:65536",
        "redis://host:x",
        "redis://host/x",
        "redis://host/-1",
        "redis://user@host",
        "redis://:p%4@host",
        "redis://:p%00@host",
        "redis://[::1",
        "redis://[::1]x",
        "redis+unix://relative",
        "redis+unix:///",
        "redis+unix:///s?what=1",
        "redis+unix:///s?db=",
        "redis://:secret@host:no",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ra_err err;
        const struct ra_cache_options options = {.redis_url = bad[i]};
        CHECK_FAILS(ra_cache_create(&options, &err), err, RA_ERR_INVALID);
        assert_null(strstr(err.text, "secret"));
    }
}

static void a_good_url_is_taken_apart(void **state)
{
    (void)state;
    struct redis_url url;
    struct ra_err err = {0};
    CHECK_OK(redis_url_parse(&url, "redis://me:p%40ss@[::1]:7000/12", &err), err);
    assert_string_equal(url.host, "::1");
    assert_string_equal(url.port, "7000");
    assert_string_equal(url.user, "me");
    assert_string_equal(url.password, "p@ss");
    assert_int_equal(url.db, 12);
    redis_url_finish(&url);
    CHECK_OK(redis_url_parse(&url, "redis://cache", &err), err);
    assert_string_equal(url.host, "cache");
    assert_string_equal(url.port, "6379");
    assert_null(url.password);
    redis_url_finish(&url);
    CHECK_OK(redis_url_parse(&url, "redis+unix:///run/a@b.sock", &err), err);
    assert_string_equal(url.path, "/run/a@b.sock");
    redis_url_finish(&url);
}

int main(void)
{
    if (system("redis-server --version >/dev/null 2>&1") != 0)
        return check_missing("redis", "redis-server is not installed");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_process_puts_another_finds),
        cmocka_unit_test(entries_end_with_their_time_to_live),
        cmocka_unit_test(killed_under_load_it_delays_nobody_and_comes_back_by_itself),
        cmocka_unit_test(killed_it_is_missed_though_nobody_asks),
        cmocka_unit_test(frozen_it_costs_one_deadline_then_is_left_alone),
        cmocka_unit_test(frozen_it_does_not_hold_up_the_end),
        cmocka_unit_test(absent_it_is_only_down),
        cmocka_unit_test(the_password_and_the_database_are_those_of_the_url),
        cmocka_unit_test(a_full_server_is_counted_and_still_read),
        cmocka_unit_test(a_bad_url_gets_a_sentence),
        cmocka_unit_test(a_good_url_is_taken_apart),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
