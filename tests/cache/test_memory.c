/* The in-process cache: what was put comes back, and never more bytes than allowed. */
#include <pthread.h>

#include "../check.h"
#include "readalike/cache.h"

static struct ra_cache *make(size_t max_bytes)
{
    struct ra_err err = {0};
    const struct ra_cache_options options = {.max_bytes = max_bytes};
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

static void put_text(struct ra_cache *cache, const char *key, const char *value)
{
    ra_cache_put(cache, key, strlen(key), value, strlen(value));
}

/* The value of a key in static memory, NULL on a miss. */
static const char *get_text(struct ra_cache *cache, const char *key)
{
    static char text[256];
    struct ra_buf out;
    ra_buf_init(&out);
    bool hit = ra_cache_get(cache, key, strlen(key), &out);
    if (hit)
        snprintf(text, sizeof text, "%.*s", (int)out.len, out.data);
    ra_buf_finish(&out);
    return hit ? text : NULL;
}

static void what_was_put_comes_back(void **state)
{
    (void)state;
    struct ra_cache *cache = make(1 << 20);
    assert_null(get_text(cache, "a"));
    put_text(cache, "a", "one");
    put_text(cache, "b", "");
    assert_string_equal(get_text(cache, "a"), "one");
    assert_string_equal(get_text(cache, "b"), "");
    put_text(cache, "a", "two");
    assert_string_equal(get_text(cache, "a"), "two");
    struct ra_cache_stats stats = stats_of(cache);
    assert_int_equal(stats.entries, 2);
    assert_int_equal(stats.hits_local, 3);
    assert_int_equal(stats.misses, 1);
    assert_int_equal(stats.puts, 3);
    assert_int_equal(stats.redis, RA_REDIS_OFF);
    ra_cache_destroy(cache);
}

static void a_hit_is_appended(void **state)
{
    (void)state;
    struct ra_cache *cache = make(1 << 20);
    put_text(cache, "k", "value");
    struct ra_buf out;
    ra_buf_init(&out);
    ra_buf_puts(&out, "before ");
    assert_true(ra_cache_get_local(cache, "k", 1, &out));
    assert_string_equal(ra_buf_cstr(&out), "before value");
    ra_buf_finish(&out);
    ra_cache_destroy(cache);
}

static void keys_are_bytes_compared_whole(void **state)
{
    (void)state;
    struct ra_cache *cache = make(1 << 20);
    ra_cache_put(cache, "a\0b", 3, "1", 1);
    ra_cache_put(cache, "a\0c", 3, "2", 1);
    struct ra_buf out;
    ra_buf_init(&out);
    assert_true(ra_cache_get(cache, "a\0b", 3, &out));
    assert_true(ra_cache_get(cache, "a\0c", 3, &out));
    assert_false(ra_cache_get(cache, "a", 1, &out));
    assert_memory_equal(out.data, "12", 2);
    ra_buf_finish(&out);
    ra_cache_destroy(cache);
}

static void switched_off_it_only_misses(void **state)
{
    (void)state;
    struct ra_cache *cache = make(0);
    put_text(cache, "a", "one");
    assert_null(get_text(cache, "a"));
    assert_int_equal(stats_of(cache).bytes, 0);
    ra_cache_destroy(cache);
}

/* Random puts of all sizes, into caches from tiny to middling. */
static void the_byte_budget_is_never_passed(void **state)
{
    (void)state;
    static char value[70000];
    memset(value, 'v', sizeof value);
    const size_t budgets[] = {1, 300, 1000, 10000, 300000, 2000000};
    for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
        struct ra_cache *cache = make(budgets[b]);
        unsigned seed = 7;
        for (int i = 0; i < 20000; i++) {
            seed = seed * 1103515245 + 12345;
            char key[32];
            snprintf(key, sizeof key, "%u", (seed >> 8) % 5000);
            size_t n = (seed >> 4) % (seed % 10 == 0 ? sizeof value : 200);
            ra_cache_put(cache, key, strlen(key), value, n);
            struct ra_cache_stats stats = stats_of(cache);
            assert_true(stats.bytes <= budgets[b]);
        }
        if (budgets[b] >= 10000)
            assert_true(stats_of(cache).entries > 20 && stats_of(cache).evictions > 0);
        ra_cache_destroy(cache);
    }
}

static void what_does_not_fit_is_not_kept_and_what_it_replaced_is_gone(void **state)
{
    (void)state;
    struct ra_cache *cache = make(2000);
    char big[4000];
    memset(big, 'x', sizeof big);
    put_text(cache, "a", "small");
    ra_cache_put(cache, "a", 1, big, sizeof big);
    const char *now = get_text(cache, "a");
    assert_true(now == NULL);
    ra_cache_destroy(cache);
}

static void what_is_used_outlives_what_is_not(void **state)
{
    (void)state;
    struct ra_cache *cache = make(20000);
    put_text(cache, "hot", "yes");
    for (int i = 0; i < 10000; i++) {
        char key[32];
        snprintf(key, sizeof key, "cold %d", i);
        put_text(cache, key, "once");
        assert_non_null(get_text(cache, "hot"));
    }
    assert_true(stats_of(cache).evictions > 1000);
    ra_cache_destroy(cache);
}

/* Every answer is the last value put, or a miss: checked against a plain array. */
static void answers_are_never_wrong(void **state)
{
    (void)state;
    enum { KEYS = 500 };
    static unsigned last[KEYS];
    memset(last, 0, sizeof last);
    struct ra_cache *cache = make(8000);
    unsigned seed = 3, hits = 0;
    for (unsigned i = 1; i < 200000; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned k = (seed >> 8) % KEYS;
        char key[16], value[16];
        snprintf(key, sizeof key, "key %u", k);
        if (seed >> 31) {
            snprintf(value, sizeof value, "%u", i);
            put_text(cache, key, value);
            last[k] = i;
            continue;
        }
        const char *got = get_text(cache, key);
        snprintf(value, sizeof value, "%u", last[k]);
        if (got) {
            assert_string_equal(got, value);
            hits++;
        }
    }
    assert_true(hits > 1000);
    ra_cache_destroy(cache);
}

struct user {
    pthread_t thread;
    struct ra_cache *cache;
    unsigned seed;
    bool wrong;
};

static void *use(void *ctx)
{
    struct user *user = ctx;
    struct ra_buf out;
    ra_buf_init(&out);
    for (int i = 0; i < 20000; i++) {
        user->seed = user->seed * 1103515245 + 12345;
        char key[32], value[64];
        snprintf(key, sizeof key, "%u", (user->seed >> 8) % 3000);
        snprintf(value, sizeof value, "the value of %s", key);
        ra_buf_reset(&out);
        if (ra_cache_get(user->cache, key, strlen(key), &out))
            user->wrong |= out.len != strlen(value) || memcmp(out.data, value, out.len) != 0;
        else
            put_text(user->cache, key, value);
    }
    ra_buf_finish(&out);
    return NULL;
}

static void threads_share_it(void **state)
{
    (void)state;
    struct user users[4] = {0};
    struct ra_cache *cache = make(100000);
    for (unsigned i = 0; i < 4; i++) {
        users[i].cache = cache;
        users[i].seed = i + 1;
        assert_int_equal(pthread_create(&users[i].thread, NULL, use, &users[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(users[i].thread, NULL);
        assert_false(users[i].wrong);
    }
    struct ra_cache_stats stats = stats_of(cache);
    assert_int_equal(stats.hits_local + stats.misses, 80000);
    assert_true(stats.bytes <= 100000);
    ra_cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_comes_back),
        cmocka_unit_test(a_hit_is_appended),
        cmocka_unit_test(keys_are_bytes_compared_whole),
        cmocka_unit_test(switched_off_it_only_misses),
        cmocka_unit_test(the_byte_budget_is_never_passed),
        cmocka_unit_test(what_does_not_fit_is_not_kept_and_what_it_replaced_is_gone),
        cmocka_unit_test(what_is_used_outlives_what_is_not),
        cmocka_unit_test(answers_are_never_wrong),
        cmocka_unit_test(threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
