/* Least squares along the axes against elimination in doubles; the axes against their definition.
 */
#include "../check.h"

#include <math.h>

#include "readalike/axes.h"
#include "readalike/dense.h"
#include "readalike/random.h"
#include "readalike/ridge.h"
#include "readalike/spectral.h"

enum { OTHERS = 150, F_MAX = 40, N_MAX = 90 };

static float others[OTHERS * F_MAX], gram[F_MAX * F_MAX], squares[F_MAX];
static float partial[RA_GRAM_PARTS * F_MAX * F_MAX];

/* Random vectors, turned to their axes; the diagonal in `squares`. */
static void make_others(uint32_t f, double alpha0)
{
    static float before[OTHERS * F_MAX];
    struct ra_random random = ra_random_stream(3, f);
    struct ra_err err = {0};
    for (size_t i = 0; i < OTHERS * f; i++)
        before[i] = (float)ra_random_normal(&random) * (i % 3 ? 0.2f : 0.4f);
    ra_ridge_gram(before, OTHERS, f, alpha0, 1, partial, gram);
    CHECK_OK(ra_axes_find(gram, f, squares, &err), err);
    ra_axes_turn(gram, f, before, OTHERS, others);
}

static struct ra_spectral spectral_of(uint32_t f)
{
    return (struct ra_spectral){
        .ridge = {.n_factors = f,
                  .n_others = OTHERS,
                  .alpha0 = 0.3,
                  .lambda = 0.05,
                  .nu = 0.8,
                  .others = others},
        .squares = squares,
    };
}

/* A row of n others with weights and targets. */
static struct ra_ridge_row row_of(size_t n, bool weighted)
{
    static uint32_t col[N_MAX];
    static float weight[N_MAX], target[N_MAX];
    for (size_t i = 0; i < n; i++) {
        col[i] = (uint32_t)(i * 7 % OTHERS);
        weight[i] = 0.25f * (float)(1 + i % 5);
        target[i] = 1 + 0.5f * (float)(i % 3);
    }
    return (struct ra_ridge_row){col, weighted ? weight : NULL, weighted ? target : NULL, n, 0};
}

/* The system of ridge.h, term by term over the turned others, by Gauss and Jordan. */
static void naive(const struct ra_spectral *spectral, const struct ra_ridge_row *row, double *x)
{
    static double a[F_MAX][F_MAX + 1];
    const struct ra_ridge *ridge = &spectral->ridge;
    int f = (int)ridge->n_factors;
    memset(a, 0, sizeof a);
    for (size_t s = 0; s < OTHERS + row->n; s++) {
        bool read = s >= OTHERS;
        const float *h = others + (read ? row->col[s - OTHERS] : s) * (size_t)f;
        double c = !read ? ridge->alpha0 : row->weight ? (double)row->weight[s - OTHERS] : 1;
        double t = !read ? 0 : row->target ? (double)row->target[s - OTHERS] : 1;
        for (int i = 0; i < f; i++) {
            for (int j = 0; j < f; j++)
                a[i][j] += c * (double)h[i] * (double)h[j];
            a[i][f] += c * t * (double)h[i];
        }
    }
    for (int i = 0; i < f; i++)
        a[i][i] += ridge->lambda * pow((double)row->n + ridge->alpha0 * OTHERS, ridge->nu);
    for (int k = 0; k < f; k++) {
        for (int i = 0; i < f; i++) {
            double factor = i == k ? 0 : a[i][k] / a[k][k];
            for (int j = 0; j <= f; j++)
                a[i][j] -= factor * a[k][j];
        }
    }
    for (int k = 0; k < f; k++)
        x[k] = a[k][f] / a[k][k];
}

static void check_near(const float *x, const double *wanted, uint32_t f)
{
    double largest = 0;
    for (uint32_t k = 0; k < f; k++)
        largest = fmax(largest, fabs(wanted[k]));
    assert_true(largest > 1e-3); /* else nothing is compared */
    for (uint32_t k = 0; k < f; k++)
        assert_true(fabs((double)x[k] - wanted[k]) < 1e-3 * largest);
}

/* Widths and lengths that are and are not whole lanes and tiles. */
static const uint32_t widths[] = {1, 6, 8, 13, 16, 32, 40};
static const size_t lengths[] = {1, 2, 3, 4, 7, 8, 17, 64, 65, N_MAX};

/* Calls `solve` for all widths and lengths, with weights and targets and without. */
static void check_all(void (*solve)(const struct ra_spectral *, const struct ra_ridge_row *,
                                    float *scratch, float *x))
{
    float *scratch = calloc(ra_spectral_scratch_n(F_MAX, N_MAX, F_MAX, N_MAX), sizeof *scratch);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        make_others(widths[w], 0.3);
        const struct ra_spectral spectral = spectral_of(widths[w]);
        for (size_t l = 0; l < 2 * sizeof lengths / sizeof *lengths; l++) {
            const struct ra_ridge_row row = row_of(lengths[l / 2], l % 2);
            float x[F_MAX] = {0};
            double wanted[F_MAX];
            naive(&spectral, &row, wanted);
            solve(&spectral, &row, scratch, x);
            check_near(x, wanted, widths[w]);
        }
    }
    free(scratch);
}

static void solve_short(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                        float *scratch, float *x)
{
    assert_true(ra_spectral_solve_short(spectral, row, scratch, x));
}

static void approach_far(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                         float *scratch, float *x)
{
    ra_spectral_approach(spectral, row, 3 * spectral->ridge.n_factors, scratch, x);
}

static void pass_over_blocks(const struct ra_spectral *spectral, const struct ra_ridge_row *row,
                             float *scratch, float *x)
{
    for (int pass = 0; pass < 100; pass++)
        assert_true(ra_spectral_blocks(spectral, row, 12, scratch, x));
}

static void the_system_of_a_short_row_has_the_same_solution(void **state)
{
    (void)state;
    check_all(solve_short);
}

static void enough_steps_of_conjugate_gradients_find_the_solution(void **state)
{
    (void)state;
    check_all(approach_far);
}

static void enough_passes_over_blocks_find_the_solution(void **state)
{
    (void)state;
    check_all(pass_over_blocks);
}

static void one_block_of_all_unknowns_is_the_solution_at_once(void **state)
{
    (void)state;
    float *scratch = calloc(ra_spectral_scratch_n(F_MAX, 0, F_MAX, N_MAX), sizeof *scratch);
    float x[F_MAX] = {0};
    double wanted[F_MAX];
    make_others(F_MAX, 0.3);
    const struct ra_spectral spectral = spectral_of(F_MAX);
    const struct ra_ridge_row row = row_of(N_MAX, true);
    naive(&spectral, &row, wanted);
    assert_true(ra_spectral_blocks(&spectral, &row, F_MAX, scratch, x));
    check_near(x, wanted, F_MAX);
    free(scratch);
}

static void an_empty_row_is_zero(void **state)
{
    (void)state;
    float *scratch = calloc(ra_spectral_scratch_n(8, 4, 4, 4), sizeof *scratch);
    make_others(8, 0.3);
    const struct ra_spectral spectral = spectral_of(8);
    const struct ra_ridge_row row = row_of(0, true);
    for (int way = 0; way < 3; way++) {
        float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, zero[8] = {0};
        if (way == 0)
            solve_short(&spectral, &row, scratch, x);
        else if (way == 1)
            ra_spectral_approach(&spectral, &row, 3, scratch, x);
        else
            pass_over_blocks(&spectral, &row, scratch, x);
        assert_memory_equal(x, zero, sizeof x);
    }
    free(scratch);
}

static void along_the_axes_the_products_are_a_diagonal(void **state)
{
    (void)state;
    make_others(13, 0.3);
    for (int i = 0; i < 13; i++) {
        for (int j = 0; j < 13; j++) {
            double sum = 0;
            for (int s = 0; s < OTHERS; s++)
                sum += 0.3 * (double)others[s * 13 + i] * (double)others[s * 13 + j];
            assert_true(fabs(sum - (i == j ? (double)squares[i] : 0)) < 1e-4);
        }
    }
    assert_true(squares[0] > 0.1f && squares[0] <= squares[12]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(along_the_axes_the_products_are_a_diagonal),
        cmocka_unit_test(the_system_of_a_short_row_has_the_same_solution),
        cmocka_unit_test(enough_steps_of_conjugate_gradients_find_the_solution),
        cmocka_unit_test(enough_passes_over_blocks_find_the_solution),
        cmocka_unit_test(one_block_of_all_unknowns_is_the_solution_at_once),
        cmocka_unit_test(an_empty_row_is_zero),
    };
    ra_dense_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
