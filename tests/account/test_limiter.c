/* The rate limiter, on a clock that the test sets. */
#include "../check.h"

#include <math.h>
#include <pthread.h>

#include "readalike/account.h"

static uint64_t clock_ns;

static uint64_t test_clock(void)
{
    return clock_ns;
}

static struct ra_limiter *limiter_of(double per_second, double burst, size_t max_keys)
{
    struct ra_err err = {0};
    clock_ns = 1000000000000;
    const struct ra_limiter_options options = {per_second, burst, max_keys, test_clock};
    struct ra_limiter *limiter = ra_limiter_create(&options, &err);
    CHECK_OK(limiter, err);
    return limiter;
}

static bool take(struct ra_limiter *limiter, const char *key)
{
    return ra_limiter_take(limiter, key, strlen(key), NULL);
}

static void a_burst_is_allowed_and_then_the_rate(void **state)
{
    (void)state;
    struct ra_limiter *limiter = limiter_of(2, 5, 0);
    for (int i = 0; i < 5; i++)
        assert_true(take(limiter, "a"));
    assert_false(take(limiter, "a"));
    clock_ns += 499999999;
    assert_false(take(limiter, "a"));
    clock_ns += 1;
    assert_true(take(limiter, "a"));
    assert_false(take(limiter, "a"));
    clock_ns += 1000000000;
    assert_true(take(limiter, "a"));
    assert_true(take(limiter, "a"));
    assert_false(take(limiter, "a"));
    ra_limiter_destroy(limiter);
}

static void a_long_rest_fills_the_bucket_and_no_more(void **state)
{
    (void)state;
    struct ra_limiter *limiter = limiter_of(10, 3, 0);
    assert_true(take(limiter, "a"));
    clock_ns += 3600000000000;
    for (int i = 0; i < 3; i++)
        assert_true(take(limiter, "a"));
    assert_false(take(limiter, "a"));
    ra_limiter_destroy(limiter);
}

static void the_wait_it_names_is_the_wait_it_takes(void **state)
{
    (void)state;
    struct ra_limiter *limiter = limiter_of(0.1, 1, 0);
    double wait = -1;
    assert_true(ra_limiter_take(limiter, "a", 1, &wait));
    assert_true(wait == 0);
    clock_ns += 4000000000;
    assert_false(ra_limiter_take(limiter, "a", 1, &wait));
    assert_true(fabs(wait - 6) < 1e-6);
    clock_ns += (uint64_t)(wait * 1e9);
    assert_true(ra_limiter_take(limiter, "a", 1, &wait));
    ra_limiter_destroy(limiter);
}

static void asking_in_vain_does_not_put_off_the_next_token(void **state)
{
    (void)state;
    struct ra_limiter *limiter = limiter_of(1, 1, 0);
    assert_true(take(limiter, "a"));
    for (int i = 0; i < 1000; i++)
        assert_false(take(limiter, "a"));
    clock_ns += 1000000000;
    assert_true(take(limiter, "a"));
    ra_limiter_destroy(limiter);
}

static void keys_do_not_share_a_bucket(void **state)
{
    (void)state;
    struct ra_limiter *limiter = limiter_of(1, 1, 4096);
    for (int i = 0; i < 500; i++) {
        char key[16];
        snprintf(key, sizeof key, "10.0.%d.%d", i / 256, i % 256);
        assert_true(take(limiter, key));
        assert_false(take(limiter, key));
    }
    ra_limiter_destroy(limiter);
}

static void a_flood_of_keys_never_refuses_a_newcomer(void **state)
{
    (void)state;
    struct ra_limiter *limiter = limiter_of(0.001, 2, 64);
    for (int i = 0; i < 100000; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        assert_true(take(limiter, key));
        assert_true(take(limiter, key));
    }
    ra_limiter_destroy(limiter);
}

static void who_asks_too_much_is_remembered_while_others_come_and_go(void **state)
{
    (void)state;
    struct ra_limiter *limiter = limiter_of(1, 10, 64);
    unsigned allowed = 0;
    for (int i = 0; i < 20000; i++) {
        char key[16];
        snprintf(key, sizeof key, "passer-by %d", i);
        take(limiter, key);
        allowed += take(limiter, "greedy");
    }
    /* A passer-by's bucket is nearly full and goes first. */
    assert_int_equal(allowed, 10);
    ra_limiter_destroy(limiter);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    const struct ra_limiter_options bad[] = {
        {.per_second = 0, .burst = 1},
        {.per_second = -1, .burst = 1},
        {.per_second = NAN, .burst = 1},
        {.per_second = INFINITY, .burst = 1},
        {.per_second = 1, .burst = 0.5},
        {.per_second = 1, .burst = NAN},
        {.per_second = 1e-9, .burst = 1e9},
        {.per_second = 1, .burst = INFINITY},
        {.per_second = 1, .burst = 1, .max_keys = SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ra_err err;
        CHECK_FAILS(ra_limiter_create(&bad[i], &err), err, RA_ERR_INVALID);
    }
    ra_limiter_destroy(NULL);
}

struct crowd {
    struct ra_limiter *limiter;
    unsigned allowed;
};

static void *ask(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 0; i < 20000; i++)
        crowd->allowed += take(crowd->limiter, "one key");
    return NULL;
}

static void threads_together_get_one_burst(void **state)
{
    (void)state;
    enum { THREADS = 4, BURST = 1000 };
    struct ra_limiter *limiter = limiter_of(1, BURST, 0);
    struct crowd crowds[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        crowds[i] = (struct crowd){.limiter = limiter};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &crowds[i]), 0);
    }
    unsigned allowed = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        allowed += crowds[i].allowed;
    }
    assert_int_equal(allowed, BURST);
    ra_limiter_destroy(limiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_allowed_and_then_the_rate),
        cmocka_unit_test(a_long_rest_fills_the_bucket_and_no_more),
        cmocka_unit_test(the_wait_it_names_is_the_wait_it_takes),
        cmocka_unit_test(asking_in_vain_does_not_put_off_the_next_token),
        cmocka_unit_test(keys_do_not_share_a_bucket),
        cmocka_unit_test(a_flood_of_keys_never_refuses_a_newcomer),
        cmocka_unit_test(who_asks_too_much_is_remembered_while_others_come_and_go),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(threads_together_get_one_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
