/* A reader who was trained on gets nearly their trained vector back when they are folded in. */
#include "fixture.h"

#include "readalike/dense.h"
#include "readalike/rate.h"

/* 1 - cosine of two vectors. */
static double angle(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t k = 0; k < n; k++) {
        ab += (double)a[k] * (double)b[k];
        aa += (double)a[k] * (double)a[k];
        bb += (double)b[k] * (double)b[k];
    }
    return 1 - ab / sqrt(aa * bb);
}

static void a_reader_of_ials_gets_their_vector_back(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    struct ra_train_params params = default_params();
    params.ials.factors = 8;
    params.ials.sweeps = 60;
    struct ra_ranker ranker = trained("ials", &csr, &params);
    float *scratch = calloc(ra_factors_scratch_n(&ranker.factors), sizeof *scratch), vector[8];
    for (uint32_t u = 0; u < READERS; u++) {
        uint64_t at = csr.start[u];
        if (ra_csr_row_n(&csr, u) == 0)
            continue;
        ra_factors_fold_in(&ranker.factors, csr.col + at, csr.value + at, ra_csr_row_n(&csr, u),
                           scratch, vector);
        assert_true(angle(vector, ranker.reader + (size_t)u * 8, 8) < 0.01);
    }
    free(scratch);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&csr);
}

/* Ratings of two tastes with some noise; a quarter is not rated. */
static struct ra_csr ratings_of_two_tastes(void)
{
    static float dense[READERS][ITEMS];
    make_dense(dense);
    for (int u = 0; u < READERS; u++) {
        for (int i = 0; i < ITEMS; i++)
            dense[u][i] = dense[u][i] > 0 || (u + i) % 3 == 0
                              ? 3 + 1.5f * (float)((u % 2) == (i % 2)) + 0.5f * (float)((u * i) % 3)
                              : 0;
    }
    struct ra_csr csr = csr_of(READERS, ITEMS, dense[0]);
    for (uint64_t i = 0; i < ra_csr_nnz(&csr); i += 4)
        csr.value[i] = NAN;
    return csr;
}

static void a_reader_of_svd_gets_their_vector_and_bias_back(void **state)
{
    (void)state;
    struct ra_csr csr = ratings_of_two_tastes();
    const struct ra_rate_algorithm *svd = ra_rate_algorithm_find("svd");
    struct ra_train_params params = default_params();
    params.svd.factors = 4;
    params.svd.epochs = 3000;
    params.svd.reg = 0.1;
    struct ra_rate_model model;
    struct ra_err err = {0};
    CHECK_OK(ra_rate_train(svd, &model, &csr, &params, &err), err);
    const struct ra_factors factors = {
        .n_items = ITEMS,
        .n_factors = 4,
        .item = model.q,
        .bias = model.b_i,
        .mu = model.mu,
        .lambda = params.svd.reg,
        .nu = 1,
        .from_ratings = true,
        .reader_bias = true,
    };
    float *scratch = calloc(ra_factors_scratch_n(&factors), sizeof *scratch), vector[4];
    double worst = 0;
    for (uint32_t u = 0; u < READERS; u++) {
        uint64_t at = csr.start[u];
        ra_factors_fold_in(&factors, csr.col + at, csr.value + at, ra_csr_row_n(&csr, u), scratch,
                           vector);
        worst = fmax(worst, angle(vector, model.p + (size_t)u * 4, 4));
    }
    assert_true(worst < 0.02);
    free(scratch);
    ra_rate_model_finish(&model);
    ra_csr_finish(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_of_ials_gets_their_vector_back),
        cmocka_unit_test(a_reader_of_svd_gets_their_vector_and_bias_back),
    };
    ra_dense_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
