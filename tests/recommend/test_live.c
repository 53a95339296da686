/* The live engine is swapped while many ask it: nobody sees half of it or loses it. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../check.h"
#include "library.h"
#include "readalike/model.h"
#include "readalike/str.h"

enum { READERS = 4, SWAPS = 60 };

static struct ra_live *live;
static atomic_bool stop;
static atomic_uint failures, answers;

static struct ra_engine *make(unsigned number)
{
    static const struct lib_book books[] = {
        {"One", "A", NULL, 0}, {"Two", "B", NULL, 0}, {"Three", "C", NULL, 0}};
    const struct lib_pair pairs[] = {{0, 1 + number % 2, 0.5f}};
    char version[32];
    snprintf(version, sizeof version, "v%u", number % 2);
    const struct library library = {
        .books = books, .n_books = 3, .pairs = pairs, .n_pairs = 1, .version = version};
    return library_open(&library);
}

/* Version v0 knows Two beside One, v1 knows Three. */
static void *ask_on(void *ctx)
{
    (void)ctx;
    struct ra_scratch *scratch = ra_scratch_create();
    const struct ra_liked liked = {0, NAN};
    const struct ra_ask ask = {.liked = &liked, .n_liked = 1, .k = 1};
    while (!atomic_load(&stop)) {
        struct ra_engine *engine = ra_live_get(live);
        struct ra_answer answer;
        struct ra_err err = {0};
        bool ok = engine && ra_recommend(engine, scratch, &ask, &answer, &err) && answer.n == 1;
        if (ok) {
            unsigned number = ra_model_version(ra_engine_model(engine))[1] == '1';
            ok = answer.picks[0].item_ix == 1 + number;
        }
        atomic_fetch_add(&answers, 1);
        atomic_fetch_add(&failures, !ok);
        ra_engine_unref(engine);
    }
    ra_scratch_destroy(scratch);
    return NULL;
}

static void swaps_under_load_fail_nobody(void **state)
{
    (void)state;
    live = ra_live_create();
    assert_null(ra_live_get(live));
    ra_live_set(live, make(0));
    pthread_t threads[READERS];
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_on, NULL), 0);
    for (unsigned i = 1; i <= SWAPS; i++)
        ra_live_set(live, make(i));
    atomic_store(&stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_true(atomic_load(&answers) > SWAPS);
    ra_live_destroy(live);
}

static void a_reference_outlives_the_swap(void **state)
{
    (void)state;
    live = ra_live_create();
    ra_live_set(live, make(0));
    struct ra_engine *kept = ra_live_get(live);
    ra_live_set(live, make(1));
    ra_live_set(live, NULL);
    assert_null(ra_live_get(live));
    ra_live_destroy(live);
    assert_string_equal(ra_model_version(ra_engine_model(kept)), "v0");
    ra_engine_unref(kept);
    ra_engine_unref(NULL);
    ra_live_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swaps_under_load_fail_nobody),
        cmocka_unit_test(a_reference_outlives_the_swap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
