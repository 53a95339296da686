/* A model file of kind "factors": what was written is read, nonsense is refused. */
#include "../check.h"

#include "../folder.h"
#include "inside.h"
#include "readalike/factors.h"
#include "sample.h"

enum { F = 2, USERS = 3 };

#define META(how, rest)                                                                            \
    "{\"version\":\"sample-1\",\"algorithm\":\"ials\",\"kind\":\"factors\",\"fold_in\":{\"how\":"  \
    "\"" how "\"" rest "}}"
#define SCALE ",\"rating_weight\":1,\"mean\":3.5,\"lowest\":1,\"highest\":5"

static struct folder folder;
static float item_factors[SAMPLE_ITEMS * F], item_bias[SAMPLE_ITEMS], gram[F * F];
static float user_factors[USERS * F];
static int64_t user_ids[USERS];

static int set_up(void **state)
{
    (void)state;
    return folder_make(&folder);
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static struct sample factors_model(void)
{
    for (int i = 0; i < SAMPLE_ITEMS * F; i++)
        item_factors[i] = 0.5f * (float)(i - 3);
    for (int i = 0; i < SAMPLE_ITEMS; i++)
        item_bias[i] = 0.1f * (float)i;
    for (int i = 0; i < F * F; i++)
        gram[i] = i % (F + 1) ? 0.1f : 2;
    for (int i = 0; i < USERS * F; i++)
        user_factors[i] = (float)i;
    for (int i = 0; i < USERS; i++)
        user_ids[i] = 10 * (i + 1);
    struct sample sample = sample_model();
    const struct sample_part more[] = {
        {"item_factors", RA_F32, SAMPLE_ITEMS, F, item_factors},
        {"item_bias", RA_F32, SAMPLE_ITEMS, 1, item_bias},
        {"gram", RA_F32, F, F, gram},
        {"user_ids", RA_I64, USERS, 1, user_ids},
        {"user_factors", RA_F32, USERS, F, user_factors},
    };
    sample.n_more = sizeof more / sizeof *more;
    memcpy(sample.more, more, sizeof more);
    sample.meta = META("implicit", ",\"alpha0\":0.1,\"lambda\":0.5,\"nu\":0.75" SCALE);
    return sample;
}

static struct ra_model *written(const struct sample *sample, struct ra_err *err)
{
    char path[512];
    struct ra_err write_err = {0};
    CHECK_OK(sample_write(sample, folder_file(&folder, "f.model", path), &write_err), write_err);
    struct ra_model *model = ra_model_open(path, err);
    unlink(path);
    return model;
}

static void factors_that_were_written_are_read(void **state)
{
    (void)state;
    struct sample sample = factors_model();
    struct ra_err err = {0};
    struct ra_model *model = written(&sample, &err);
    CHECK_OK(model, err);
    const struct ra_factors *factors = ra_model_factors(model);
    assert_non_null(factors);
    assert_int_equal(factors->n_items, SAMPLE_ITEMS);
    assert_int_equal(factors->n_factors, F);
    assert_memory_equal(factors->item, item_factors, sizeof item_factors);
    assert_memory_equal(factors->bias, item_bias, sizeof item_bias);
    assert_memory_equal(factors->gram, gram, sizeof gram);
    assert_true(factors->alpha0 == 0.1 && factors->lambda == 0.5 && factors->nu == 0.75);
    assert_false(factors->from_ratings || factors->reader_bias || factors->nonnegative);
    assert_true(ra_model_scale(model).mean == 3.5 && ra_model_scale(model).highest == 5);
    ra_model_unref(model);
}

static void other_models_have_none(void **state)
{
    (void)state;
    struct sample sample = sample_model();
    struct ra_err err = {0};
    struct ra_model *model = written(&sample, &err);
    CHECK_OK(model, err);
    assert_null(ra_model_factors(model));
    ra_model_unref(model);
}

static void what_is_optional_may_be_missing(void **state)
{
    (void)state;
    struct sample sample = factors_model();
    struct ra_err err = {0};
    sample.leave_out = "item_bias";
    struct ra_model *model = written(&sample, &err);
    CHECK_OK(model, err);
    assert_null(ra_model_factors(model)->bias);
    ra_model_unref(model);
    sample = factors_model();
    sample.n_more = 3; /* no users */
    model = written(&sample, &err);
    CHECK_OK(model, err);
    ra_model_unref(model);
    sample.n_more = 2; /* no gram: plain ridge regression on ratings */
    sample.meta =
        META("ratings", ",\"lambda\":0.02,\"nu\":1,\"mu\":3.5,\"reader_bias\":true" SCALE);
    model = written(&sample, &err);
    CHECK_OK(model, err);
    assert_true(ra_model_factors(model)->from_ratings && ra_model_factors(model)->reader_bias);
    assert_true(ra_model_factors(model)->mu == 3.5);
    ra_model_unref(model);
}

/* Each damage is written with right checksums, as by a broken or hostile trainer. */
#define REFUSED(change)                                                                            \
    do {                                                                                           \
        struct sample s = factors_model();                                                         \
        struct ra_err bad_err = {0};                                                               \
        change;                                                                                    \
        if (written(&s, &bad_err))                                                                 \
            fail_msg("accepted: %s", #change);                                                     \
        assert_int_equal(bad_err.code, RA_ERR_CORRUPT);                                            \
    } while (0)

static void nonsense_in_factors_is_refused(void **state)
{
    (void)state;
    REFUSED(item_factors[3] = NAN);
    REFUSED(item_factors[3] = INFINITY);
    REFUSED(item_factors[3] = -1e10f);
    REFUSED(item_bias[0] = NAN);
    REFUSED(gram[3] = INFINITY);
    REFUSED(user_factors[1] = NAN);
    REFUSED(user_ids[1] = 10);
    REFUSED(user_ids[1] = 40);
    REFUSED(s.more[0].rows = SAMPLE_ITEMS - 1);
    REFUSED(s.more[0].cols = 1);
    REFUSED((s.more[0].rows = 2, s.more[0].cols = 4));
    REFUSED(s.more[0].dtype = RA_U32);
    REFUSED(s.more[1].rows = SAMPLE_ITEMS - 1);
    REFUSED(s.more[2].rows = 1);
    REFUSED(s.more[3].rows = USERS - 1);
    REFUSED(s.more[4].rows = USERS - 1);
}

static void an_order_of_popular_books_is_read_and_checked(void **state)
{
    (void)state;
    float popularity[SAMPLE_ITEMS] = {0.5f, 2, -1, 0};
    struct sample sample = sample_model();
    sample.more[0] = (struct sample_part){"popularity", RA_F32, SAMPLE_ITEMS, 1, popularity};
    sample.n_more = 1;
    struct ra_err err = {0};
    struct ra_model *model = written(&sample, &err);
    CHECK_OK(model, err);
    assert_memory_equal(ra_model_popularity(model), popularity, sizeof popularity);
    ra_model_unref(model);
    popularity[2] = NAN;
    CHECK_FAILS(written(&sample, &err), err, RA_ERR_CORRUPT);
}

static void missing_halves_are_refused(void **state)
{
    (void)state;
    REFUSED(s.leave_out = "item_factors");
    REFUSED(s.leave_out = "gram");
    REFUSED(s.leave_out = "user_ids");
    REFUSED(s.leave_out = "user_factors");
}

static void nonsense_about_the_fold_in_is_refused(void **state)
{
    (void)state;
    REFUSED(s.meta = "{\"version\":\"a\",\"algorithm\":\"ials\"}");
    REFUSED(s.meta = "{\"version\":\"a\",\"algorithm\":\"ials\",\"kind\":\"similarity\"}");
    REFUSED(s.meta = META("guess", ",\"alpha0\":0.1,\"lambda\":0.5" SCALE));
    REFUSED(s.meta = META("implicit", ",\"alpha0\":-0.1,\"lambda\":0.5" SCALE));
    REFUSED(s.meta = META("implicit", ",\"alpha0\":0.1,\"lambda\":-1" SCALE));
    REFUSED(s.meta = META("implicit", ",\"alpha0\":0.1,\"lambda\":1e300" SCALE));
    REFUSED(s.meta = META("implicit", ",\"alpha0\":0.1,\"lambda\":\"x\"" SCALE));
    REFUSED(s.meta = META("implicit", ",\"alpha0\":0.1,\"nu\":2" SCALE));
    REFUSED(s.meta = META("implicit", ",\"lambda\":1" SCALE));
    REFUSED(s.meta = META("implicit", ",\"alpha0\":0.1,\"reader_bias\":true" SCALE));
    REFUSED(s.meta = META("ratings", ",\"alpha0\":0.1,\"lambda\":1" SCALE));
    REFUSED(s.meta = META("implicit", ",\"alpha0\":0.1,\"lowest\":5,\"mean\":3,\"highest\":1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_that_were_written_are_read),
        cmocka_unit_test(other_models_have_none),
        cmocka_unit_test(what_is_optional_may_be_missing),
        cmocka_unit_test(nonsense_in_factors_is_refused),
        cmocka_unit_test(an_order_of_popular_books_is_read_and_checked),
        cmocka_unit_test(missing_halves_are_refused),
        cmocka_unit_test(nonsense_about_the_fold_in_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
