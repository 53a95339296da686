/* The fold-in against its system of equations, written out and solved by elimination in doubles. */
#include "../check.h"

#include <math.h>

#include "readalike/dense.h"
#include "readalike/factors.h"
#include "readalike/random.h"

enum { ITEMS = 300, F = 5, M_MAX = F + 1 };

static float item_rows[ITEMS * F], item_bias[ITEMS];
static uint32_t items[ITEMS];
static float weights[ITEMS], ratings[ITEMS];

static struct ra_factors made_factors(bool from_ratings)
{
    struct ra_random random = ra_random_stream(7, from_ratings);
    for (size_t i = 0; i < (size_t)ITEMS * F; i++)
        item_rows[i] = (float)ra_random_normal(&random);
    for (uint32_t i = 0; i < ITEMS; i++) {
        items[i] = (i * 7) % ITEMS;
        item_bias[i] = 0.3f * (float)ra_random_normal(&random);
        weights[i] = 0.1f + (float)ra_random_unit(&random);
        ratings[i] = (float)(1 + ra_random_below(&random, 5));
    }
    struct ra_factors factors = {
        .n_items = ITEMS,
        .n_factors = F,
        .item = item_rows,
        .lambda = 0.05,
        .nu = 0.8,
        .from_ratings = from_ratings,
        .reader_bias = from_ratings,
    };
    if (from_ratings) {
        factors.mu = 3.2;
        factors.bias = item_bias;
        factors.nu = 1;
    } else {
        struct ra_err err = {0};
        factors.alpha0 = 0.1;
        CHECK_OK(ra_factors_make_gram(&factors, 1, &err), err);
    }
    return factors;
}

/* Gauss and Jordan; `a` has the right side as its last column. */
static void eliminate(double a[M_MAX][M_MAX + 1], int m, double x[M_MAX])
{
    for (int k = 0; k < m; k++) {
        for (int i = 0; i < m; i++) {
            double factor = i == k ? 0 : a[i][k] / a[k][k];
            for (int j = 0; j <= m; j++)
                a[i][j] -= factor * a[k][j];
        }
    }
    for (int k = 0; k < m; k++)
        x[k] = a[k][m] / a[k][k];
}

static double coordinate(const struct ra_factors *factors, uint32_t item, int k)
{
    return k == F ? 1 : (double)factors->item[item * F + (uint32_t)k];
}

static void add_naively(const struct ra_factors *factors, double a[M_MAX][M_MAX + 1], int m,
                        uint32_t item, const double c_and_t[2])
{
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < m; j++)
            a[i][j] += c_and_t[0] * coordinate(factors, item, i) * coordinate(factors, item, j);
        a[i][m] += c_and_t[0] * c_and_t[1] * coordinate(factors, item, i);
    }
}

/* The equations of factors.h for the first `n` of `items`. */
static void solve_naively(const struct ra_factors *factors, const float *values, size_t n,
                          double x[M_MAX])
{
    int m = (int)ra_factors_solved_n(factors);
    double a[M_MAX][M_MAX + 1] = {0};
    size_t told = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        double rated[2] = {1, (double)values[i] - factors->mu};
        double read[2] = {(double)values[i], 1};
        if (factors->bias)
            rated[1] -= (double)factors->bias[items[i]];
        add_naively(factors, a, m, items[i], factors->from_ratings ? rated : read);
        told++;
    }
    for (uint32_t i = 0; factors->alpha0 > 0 && i < ITEMS; i++)
        add_naively(factors, a, m, i, (const double[2]){factors->alpha0, 0});
    for (int k = 0; k < m; k++)
        a[k][k] += factors->lambda * pow((double)told + factors->alpha0 * ITEMS, factors->nu);
    eliminate(a, m, x);
}

static float *scratch_for(const struct ra_factors *factors)
{
    float *scratch = calloc(ra_factors_scratch_n(factors), sizeof *scratch);
    assert_non_null(scratch);
    return scratch;
}

static void check_fold_in(bool from_ratings)
{
    struct ra_factors factors = made_factors(from_ratings);
    float *values = from_ratings ? ratings : weights, *scratch = scratch_for(&factors);
    const size_t counts[] = {1, 2, 30, 64, 65, 200};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        float vector[F];
        double wanted[M_MAX];
        ra_factors_fold_in(&factors, items, values, counts[c], scratch, vector);
        solve_naively(&factors, values, counts[c], wanted);
        for (int k = 0; k < F; k++)
            assert_true(fabs((double)vector[k] - wanted[k]) < 2e-4);
    }
    free(scratch);
    free(factors.gram);
}

static void readings_are_folded_in_by_the_implicit_form(void **state)
{
    (void)state;
    check_fold_in(false);
}

static void ratings_are_folded_in_by_their_residuals(void **state)
{
    (void)state;
    check_fold_in(true);
}

static void what_is_not_rated_tells_nothing(void **state)
{
    (void)state;
    struct ra_factors factors = made_factors(true);
    float *scratch = scratch_for(&factors), all[F], rated[F];
    float with_gaps[100];
    size_t n_rated = 0;
    ra_factors_fold_in(&factors, items, ratings, 50, scratch, rated);
    uint32_t gapped[100];
    for (size_t i = 0; i < 100; i++) {
        gapped[i] = i % 2 ? items[200 + i] : items[n_rated];
        with_gaps[i] = i % 2 ? NAN : ratings[n_rated++];
    }
    ra_factors_fold_in(&factors, gapped, with_gaps, 100, scratch, all);
    for (int k = 0; k < F; k++)
        assert_true(fabsf(all[k] - rated[k]) < 1e-5f);
    float nan = NAN;
    ra_factors_fold_in(&factors, items, &nan, 1, scratch, all);
    for (int k = 0; k < F; k++)
        assert_true(all[k] == 0);
    free(scratch);
}

/* Weights and targets of the first `n`, for ra_factors_solve. */
static struct ra_ridge_row row_of(const struct ra_factors *factors, size_t n, float *target)
{
    for (size_t i = 0; i < n; i++)
        target[i] = factors->from_ratings ? ratings[i] - 3.2f - item_bias[items[i]] : 1;
    return (struct ra_ridge_row){
        .col = items,
        .weight = factors->from_ratings ? NULL : weights,
        .target = target,
        .n = n,
    };
}

static void check_parts(bool from_ratings, bool nonnegative)
{
    struct ra_factors factors = made_factors(from_ratings);
    factors.nonnegative = nonnegative;
    float *scratch = scratch_for(&factors), target[80], solved[M_MAX], part[80];
    const struct ra_ridge_row row = row_of(&factors, 80, target);
    assert_true(ra_factors_solve(&factors, &row, scratch, solved));
    for (uint32_t item = 0; item < ITEMS; item += 11) {
        double score = factors.reader_bias ? (double)solved[F] : 0, sum = 0, largest = 0;
        for (int k = 0; k < F; k++)
            score += (double)solved[k] * (double)item_rows[item * F + (uint32_t)k];
        ra_factors_parts(&factors, &row, solved, scratch, item, part);
        for (size_t i = 0; i < row.n; i++) {
            sum += (double)part[i];
            largest = fmax(largest, fabs((double)part[i]));
        }
        assert_true(fabs(sum - score) < 1e-4);
        assert_true(largest > 1e-4); /* else nothing was compared */
    }
    free(scratch);
    free(factors.gram);
}

static void the_parts_of_a_score_add_up_to_it(void **state)
{
    (void)state;
    check_parts(false, false);
    check_parts(true, false);
    check_parts(false, true);
}

/* The conditions of Karush, Kuhn and Tucker: no slope where x > 0, none upwards where x = 0. */
static void the_nonnegative_solution_is_the_best_one(void **state)
{
    (void)state;
    struct ra_factors factors = made_factors(false);
    factors.nonnegative = true;
    float *scratch = scratch_for(&factors), target[80], x[M_MAX];
    const struct ra_ridge_row row = row_of(&factors, 80, target);
    assert_true(ra_factors_solve(&factors, &row, scratch, x));
    int n_zero = 0;
    for (int k = 0; k < F; k++) {
        double slope = -factors.lambda * pow(80 + 0.1 * ITEMS, factors.nu) * (double)x[k];
        for (uint32_t i = 0; i < ITEMS; i++) {
            double score = 0, c = 0;
            for (int f = 0; f < F; f++)
                score += (double)x[f] * coordinate(&factors, i, f);
            for (size_t r = 0; r < row.n; r++)
                c += items[r] == i ? (double)weights[r] : 0;
            slope += (c * (1 - score) - factors.alpha0 * score) * coordinate(&factors, i, k);
        }
        assert_true(x[k] >= 0);
        n_zero += x[k] == 0;
        assert_true(x[k] > 0 ? fabs(slope) < 1e-3 : slope < 1e-3);
    }
    assert_true(n_zero > 0 && n_zero < F); /* else one of the two was not tested */
    free(scratch);
    free(factors.gram);
}

static void a_model_of_biases_alone_folds_in(void **state)
{
    (void)state;
    struct ra_factors factors = made_factors(true);
    factors.n_factors = 0;
    factors.lambda = 15;
    factors.nu = 0;
    float *scratch = scratch_for(&factors), target[80], solved[1], part[80];
    const struct ra_ridge_row row = row_of(&factors, 80, target);
    double sum = 0, parts = 0;
    for (size_t i = 0; i < row.n; i++)
        sum += (double)target[i];
    assert_true(ra_factors_solve(&factors, &row, scratch, solved));
    assert_true(fabs((double)solved[0] - sum / (15 + 80)) < 1e-5);
    ra_factors_parts(&factors, &row, solved, scratch, 3, part);
    for (size_t i = 0; i < row.n; i++)
        parts += (double)part[i];
    assert_true(fabs(parts - (double)solved[0]) < 1e-5);
    free(scratch);
}

static void what_cannot_be_solved_is_zero(void **state)
{
    (void)state;
    struct ra_factors factors = made_factors(false);
    float *scratch = scratch_for(&factors), huge = 3e38f, solved[M_MAX] = {1, 1, 1, 1, 1};
    const struct ra_ridge_row row = {.col = items, .weight = &huge, .target = &huge, .n = 1};
    assert_false(ra_factors_solve(&factors, &row, scratch, solved));
    const struct ra_ridge_row nothing = {.n = 0};
    for (int k = 0; k < F; k++)
        assert_true(solved[k] == 0);
    assert_false(ra_factors_solve(&factors, &nothing, scratch, solved));
    free(scratch);
    free(factors.gram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_are_folded_in_by_the_implicit_form),
        cmocka_unit_test(ratings_are_folded_in_by_their_residuals),
        cmocka_unit_test(what_is_not_rated_tells_nothing),
        cmocka_unit_test(the_parts_of_a_score_add_up_to_it),
        cmocka_unit_test(the_nonnegative_solution_is_the_best_one),
        cmocka_unit_test(a_model_of_biases_alone_folds_in),
        cmocka_unit_test(what_cannot_be_solved_is_zero),
    };
    ra_dense_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
