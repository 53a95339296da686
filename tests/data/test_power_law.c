/* The exponent of a power law comes back from numbers drawn from it. */
#include "../check.h"

#include <math.h>

#include "readalike/power_law.h"
#include "readalike/random.h"

enum { N = 20000 };

/* Whole numbers with p(x) ~ x^-alpha from x_min on (Clauset et al. 2009, appendix D). */
static void draw(uint32_t *out, double alpha, double x_min)
{
    struct ra_random random = {3};
    for (int i = 0; i < N; i++)
        out[i] = (uint32_t)fmin(
            4e9, floor((x_min - 0.5) * pow(1 - ra_random_unit(&random), -1 / (alpha - 1)) + 0.5));
}

static void the_exponent_comes_back(void **state)
{
    (void)state;
    static uint32_t counts[N];
    for (double alpha = 1.8; alpha < 3.1; alpha += 0.4) {
        draw(counts, alpha, 6);
        struct ra_power_law fit;
        struct ra_err err = {0};
        CHECK_OK(ra_power_law_fit(&fit, counts, N, &err), err);
        assert_true(fabs(fit.alpha - alpha) < 0.1);
        assert_true(fit.distance < 0.02);
    }
}

static void what_is_below_the_tail_is_left_out(void **state)
{
    (void)state;
    static uint32_t counts[N];
    draw(counts, 2.5, 20);
    for (int i = 0; i < N / 2; i++)
        counts[i] = (uint32_t)(i % 20); /* all alike, zeros among them */
    struct ra_power_law fit;
    struct ra_err err = {0};
    CHECK_OK(ra_power_law_fit(&fit, counts, N, &err), err);
    assert_true(fit.x_min >= 18);
    assert_true(fabs(fit.alpha - 2.5) < 0.1);
}

static void without_a_tail_there_is_no_exponent(void **state)
{
    (void)state;
    uint32_t few[] = {1, 2, 3, 0};
    struct ra_power_law fit;
    struct ra_err err = {0};
    CHECK_OK(ra_power_law_fit(&fit, few, 4, &err), err);
    assert_true(isnan(fit.alpha));
    CHECK_OK(ra_power_law_fit(&fit, few, 0, &err), err);
    assert_true(isnan(fit.alpha));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exponent_comes_back),
        cmocka_unit_test(what_is_below_the_tail_is_left_out),
        cmocka_unit_test(without_a_tail_there_is_no_exponent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
