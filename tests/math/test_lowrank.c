/* Leading singular vectors against a matrix made of known ones, and against Jacobi's rotations. */
#include "../check.h"

#include <math.h>

#include "readalike/csr.h"
#include "readalike/lowrank.h"
#include "readalike/random.h"

enum { ROWS = 70, COLS = 40 };

static struct ra_csr sparse_of(float dense[ROWS][COLS])
{
    static struct ra_triplet triplets[ROWS * COLS];
    size_t n = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t c = 0; c < COLS; c++) {
            if (dense[r][c] != 0)
                triplets[n++] = (struct ra_triplet){r, c, dense[r][c]};
        }
    }
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, ROWS, COLS, triplets, n, &err), err);
    return csr;
}

static void fill(float dense[ROWS][COLS], uint64_t seed)
{
    struct ra_random random = {seed};
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLS; c++)
            dense[r][c] = ra_random_chance(&random, 0.3) ? (float)ra_random_normal(&random) : 0;
    }
}

/* Eigenvalues of a symmetric matrix, falling, by cyclic Jacobi rotations in doubles. */
static void jacobi(double a[COLS][COLS], double values[COLS])
{
    for (int sweep = 0; sweep < 30; sweep++) {
        for (int p = 0; p < COLS; p++) {
            for (int q = p + 1; q < COLS; q++) {
                double angle = 0.5 * atan2(2 * a[p][q], a[q][q] - a[p][p]);
                double c = cos(angle), s = sin(angle);
                for (int i = 0; i < COLS; i++) {
                    double x = a[i][p], y = a[i][q];
                    a[i][p] = c * x - s * y;
                    a[i][q] = s * x + c * y;
                }
                for (int i = 0; i < COLS; i++) {
                    double x = a[p][i], y = a[q][i];
                    a[p][i] = c * x - s * y;
                    a[q][i] = s * x + c * y;
                }
            }
        }
    }
    for (int i = 0; i < COLS; i++)
        values[i] = a[i][i];
    for (int i = 0; i < COLS; i++) {
        for (int j = i + 1; j < COLS; j++) {
            if (values[j] > values[i]) {
                double value = values[i];
                values[i] = values[j];
                values[j] = value;
            }
        }
    }
}

static void gram_of(float dense[ROWS][COLS], double gram[COLS][COLS])
{
    for (int i = 0; i < COLS; i++) {
        for (int j = 0; j < COLS; j++) {
            gram[i][j] = 0;
            for (int r = 0; r < ROWS; r++)
                gram[i][j] += (double)dense[r][i] * (double)dense[r][j];
        }
    }
}

static void check_orthonormal(const float *vectors, uint32_t k)
{
    for (uint32_t a = 0; a < k; a++) {
        for (uint32_t b = 0; b < k; b++) {
            double dot = 0;
            for (uint32_t i = 0; i < COLS; i++)
                dot += (double)vectors[i * k + a] * (double)vectors[i * k + b];
            assert_true(fabs(dot - (a == b)) < 1e-4);
        }
    }
}

static void the_values_and_vectors_are_those_of_the_matrix(void **state)
{
    (void)state;
    static float dense[ROWS][COLS], vectors[COLS * COLS], values[COLS];
    static double gram[COLS][COLS], expected[COLS];
    for (uint64_t seed = 1; seed <= 3; seed++) {
        fill(dense, seed);
        struct ra_csr csr = sparse_of(dense);
        struct ra_err err = {0};
        const struct ra_lowrank_params params = {.k = 6, .sweeps = 40, .threads = 2, .seed = seed};
        CHECK_OK(ra_lowrank(&csr, &params, vectors, values, &err), err);
        gram_of(dense, gram);
        check_orthonormal(vectors, 6);
        /* G v = sigma^2 v */
        for (uint32_t k = 0; k < 6; k++) {
            double square = (double)values[k] * (double)values[k], miss = 0;
            for (int i = 0; i < COLS; i++) {
                double sum = 0;
                for (int j = 0; j < COLS; j++)
                    sum += gram[i][j] * (double)vectors[j * 6 + (int)k];
                miss += pow(sum - square * (double)vectors[i * 6 + (int)k], 2);
            }
            assert_true(sqrt(miss) < 2e-3 * square);
        }
        jacobi(gram, expected);
        for (uint32_t k = 0; k < 6; k++)
            assert_true(fabs((double)values[k] - sqrt(expected[k])) < 1e-3 * sqrt(expected[0]));
        ra_csr_finish(&csr);
    }
}

static void all_of_them_can_be_asked_for(void **state)
{
    (void)state;
    static float dense[ROWS][COLS], vectors[COLS * COLS], values[COLS];
    static double gram[COLS][COLS], expected[COLS];
    fill(dense, 9);
    for (int r = 0; r < ROWS; r++)
        dense[r][7] = dense[r][8] = 0; /* rank COLS - 2 */
    struct ra_csr csr = sparse_of(dense);
    struct ra_err err = {0};
    const struct ra_lowrank_params params = {.k = COLS, .sweeps = 2, .threads = 2, .seed = 5};
    CHECK_OK(ra_lowrank(&csr, &params, vectors, values, &err), err);
    check_orthonormal(vectors, COLS);
    gram_of(dense, gram);
    jacobi(gram, expected);
    for (int k = 0; k < COLS; k++) {
        double square = (double)values[k] * (double)values[k];
        assert_true(fabs(square - expected[k]) < 1e-4 * expected[0]);
    }
    ra_csr_finish(&csr);
}

static void an_empty_matrix_has_values_of_zero(void **state)
{
    (void)state;
    static float dense[ROWS][COLS], vectors[COLS * COLS], values[COLS];
    struct ra_csr csr = sparse_of(dense);
    struct ra_err err = {0};
    const struct ra_lowrank_params params = {.k = 4, .sweeps = 3, .threads = 1, .seed = 1};
    CHECK_OK(ra_lowrank(&csr, &params, vectors, values, &err), err);
    check_orthonormal(vectors, 4);
    for (int k = 0; k < 4; k++)
        assert_true(values[k] == 0);
    ra_csr_finish(&csr);
}

static void more_vectors_than_the_matrix_has_are_refused(void **state)
{
    (void)state;
    static float dense[ROWS][COLS], vectors[1], values[1];
    struct ra_csr csr = sparse_of(dense);
    struct ra_err err = {0};
    const struct ra_lowrank_params params = {.k = COLS + 1, .threads = 1};
    CHECK_FAILS(ra_lowrank(&csr, &params, vectors, values, &err), err, RA_ERR_INVALID);
    ra_csr_finish(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_values_and_vectors_are_those_of_the_matrix),
        cmocka_unit_test(all_of_them_can_be_asked_for),
        cmocka_unit_test(an_empty_matrix_has_values_of_zero),
        cmocka_unit_test(more_vectors_than_the_matrix_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
