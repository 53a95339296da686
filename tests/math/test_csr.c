/* Sparse matrices against a dense one. */
#include "../check.h"

#include "readalike/csr.h"

enum { ROWS = 13, COLS = 7, N = 200 };

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint32_t random_below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % n;
}

/* Random triplets, many at the same place, and the dense matrix they stand for (0: nothing). */
static void make(struct ra_triplet triplets[N], size_t n, float dense[ROWS][COLS])
{
    memset(dense, 0, sizeof(float[ROWS][COLS]));
    for (size_t i = 0; i < n; i++) {
        triplets[i] = (struct ra_triplet){random_below(ROWS), random_below(COLS), (float)(i + 1)};
        dense[triplets[i].row][triplets[i].col] = triplets[i].value;
    }
}

static void check_same(const struct ra_csr *csr, float dense[ROWS][COLS], bool transposed)
{
    uint64_t seen = 0, wanted = 0;
    for (uint32_t row = 0; row < csr->n_rows; row++) {
        for (uint64_t i = csr->start[row]; i < csr->start[row + 1]; i++, seen++) {
            uint32_t col = csr->col[i];
            assert_true(i == csr->start[row] || csr->col[i - 1] < col);
            assert_true(csr->value[i] == (transposed ? dense[col][row] : dense[row][col]));
        }
    }
    for (int row = 0; row < ROWS; row++) {
        for (int col = 0; col < COLS; col++)
            wanted += dense[row][col] != 0;
    }
    assert_int_equal(seen, wanted);
    assert_int_equal(ra_csr_nnz(csr), wanted);
}

static void triplets_in_any_order_give_sorted_rows_and_the_last_counts(void **state)
{
    (void)state;
    for (size_t n = 0; n <= N; n += 10) {
        struct ra_triplet triplets[N];
        float dense[ROWS][COLS];
        make(triplets, n, dense);
        struct ra_csr csr;
        struct ra_err err = {0};
        CHECK_OK(ra_csr_from_triplets(&csr, ROWS, COLS, triplets, n, &err), err);
        check_same(&csr, dense, false);
        struct ra_csr across, back;
        CHECK_OK(ra_csr_transpose(&across, &csr, &err), err);
        check_same(&across, dense, true);
        CHECK_OK(ra_csr_transpose(&back, &across, &err), err);
        check_same(&back, dense, false);
        ra_csr_finish(&csr);
        ra_csr_finish(&across);
        ra_csr_finish(&back);
    }
}

static void a_value_outside_of_the_matrix_is_refused(void **state)
{
    (void)state;
    struct ra_csr csr;
    struct ra_err err;
    const struct ra_triplet low = {2, 0, 1}, right = {0, 2, 1};
    CHECK_FAILS(ra_csr_from_triplets(&csr, 2, 2, &low, 1, &err), err, RA_ERR_INVALID);
    CHECK_FAILS(ra_csr_from_triplets(&csr, 2, 2, &right, 1, &err), err, RA_ERR_INVALID);
}

static void a_matrix_without_rows_is_fine(void **state)
{
    (void)state;
    struct ra_csr csr, across;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, 0, 0, NULL, 0, &err), err);
    CHECK_OK(ra_csr_transpose(&across, &csr, &err), err);
    assert_int_equal(ra_csr_nnz(&across), 0);
    ra_csr_finish(&csr);
    ra_csr_finish(&across);
    ra_csr_finish(&(struct ra_csr){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triplets_in_any_order_give_sorted_rows_and_the_last_counts),
        cmocka_unit_test(a_value_outside_of_the_matrix_is_refused),
        cmocka_unit_test(a_matrix_without_rows_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
