/* ials against its system of equations, written out and solved by elimination in doubles. */
#include "fixture.h"

enum { F = 6 };

/* CG steps, 0 for Cholesky, or BLOCKS for iALS++ with blocks of 4. */
enum { BLOCKS = 1000 };
static const unsigned solvers[] = {0, 1, 3, BLOCKS};
#define EACH_SOLVER(s)                                                                             \
    size_t s = 0;                                                                                  \
    s < sizeof solvers / sizeof *solvers;                                                          \
    s++

static struct ra_train_params ials_params(unsigned cg_steps)
{
    struct ra_train_params params = default_params();
    params.ials.factors = F;
    params.ials.cg_steps = cg_steps == BLOCKS ? 3 : cg_steps;
    params.ials.block = cg_steps == BLOCKS ? 4 : 0;
    params.ials.sweeps = 5;
    params.ials.unobserved = 0.1;
    params.ials.lambda = 0.02;
    params.ials.nu = 0.7;
    return params;
}

static struct ra_csr readings(void)
{
    static float dense[READERS][ITEMS];
    make_dense(dense);
    return csr_of(READERS, ITEMS, dense[0]);
}

/* Gauss and Jordan; `a` has the right side as its last column. */
static void eliminate(double a[F][F + 1], double x[F])
{
    for (int k = 0; k < F; k++) {
        for (int i = 0; i < F; i++) {
            double factor = i == k ? 0 : a[i][k] / a[k][k];
            for (int j = 0; j <= F; j++)
                a[i][j] -= factor * a[k][j];
        }
    }
    for (int k = 0; k < F; k++)
        x[k] = a[k][F] / a[k][k];
}

/* The h of an item from all w, term by term of L in train.h. */
static void naive_item(const struct ra_csr *csr, const struct ra_ials *model, uint32_t item,
                       const struct ra_ials_params *p, double h[F])
{
    double a[F][F + 1] = {0}, n = 0;
    for (uint32_t u = 0; u < csr->n_rows; u++) {
        double c = 0;
        for (uint64_t at = csr->start[u]; at < csr->start[u + 1]; at++)
            c += csr->col[at] == item ? (double)csr->value[at] : 0;
        n += c > 0;
        for (int i = 0; i < F; i++) {
            double w = (double)model->reader[u * F + i];
            for (int j = 0; j < F; j++)
                a[i][j] += (p->unobserved + c) * w * (double)model->reader[u * F + j];
            a[i][F] += c * w;
        }
    }
    for (int i = 0; i < F; i++)
        a[i][i] += p->lambda * pow(n + p->unobserved * csr->n_rows, p->nu);
    eliminate(a, h);
}

static struct ra_ials fitted(const struct ra_csr *csr, const struct ra_train_params *params,
                             double *loss)
{
    struct ra_ials model;
    struct ra_err err = {0};
    CHECK_OK(ra_train_ials(&model, csr, params, loss, &err), err);
    return model;
}

static void a_half_step_is_the_solution(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    /* As many steps of conjugate gradients as unknowns find it, too. */
    for (unsigned cg_steps = 0; cg_steps <= 2 * F; cg_steps += 2 * F) {
        struct ra_train_params params = ials_params(cg_steps);
        struct ra_ials model = fitted(&csr, &params, NULL);
        double largest = 0;
        for (uint32_t item = 0; item < ITEMS; item++) {
            double h[F];
            naive_item(&csr, &model, item, &params.ials, h);
            for (int i = 0; i < F; i++) {
                assert_true(fabs((double)model.item[item * F + i] - h[i]) < 1e-3);
                largest = fmax(largest, fabs(h[i]));
            }
        }
        assert_true(largest > 0.1); /* else nothing was compared */
        ra_ials_finish(&model);
    }
    ra_csr_finish(&csr);
}

/* L, term by term. */
static double naive_loss(const struct ra_csr *csr, const struct ra_ials *model,
                         const struct ra_ials_params *p)
{
    double loss = 0, readers_of[ITEMS] = {0};
    for (uint32_t u = 0; u < READERS; u++) {
        double c[ITEMS] = {0}, squares = 0;
        for (uint64_t at = csr->start[u]; at < csr->start[u + 1]; at++) {
            c[csr->col[at]] = (double)csr->value[at];
            readers_of[csr->col[at]]++;
        }
        for (uint32_t i = 0; i < ITEMS; i++) {
            double score = 0;
            for (int k = 0; k < F; k++)
                score += (double)model->reader[u * F + k] * (double)model->item[i * F + k];
            loss += c[i] * (score - 1) * (score - 1) + p->unobserved * score * score;
        }
        for (int k = 0; k < F; k++)
            squares += pow((double)model->reader[u * F + k], 2);
        double n = (double)ra_csr_row_n(csr, u);
        loss += p->lambda * pow(n + p->unobserved * ITEMS, p->nu) * squares;
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        for (int k = 0; k < F; k++)
            loss += p->lambda * pow(readers_of[i] + p->unobserved * READERS, p->nu) *
                    pow((double)model->item[i * F + k], 2);
    }
    return loss;
}

static void the_loss_falls_with_every_sweep(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    for (EACH_SOLVER(s)) {
        double loss[12];
        struct ra_train_params params = ials_params(solvers[s]);
        params.ials.sweeps = 12;
        struct ra_ials model = fitted(&csr, &params, loss);
        for (int i = 1; i < 12; i++)
            assert_true(loss[i] < loss[i - 1] * (1 + 1e-6));
        assert_true(loss[11] < loss[0] * 0.99);
        assert_true(fabs(loss[11] / naive_loss(&csr, &model, &params.ials) - 1) < 1e-4);
        ra_ials_finish(&model);
    }
    ra_csr_finish(&csr);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    for (EACH_SOLVER(s)) {
        struct ra_train_params params = ials_params(solvers[s]);
        params.threads = 1;
        struct ra_ials one = fitted(&csr, &params, NULL);
        for (params.threads = 1; params.threads <= 4; params.threads++) {
            struct ra_ials many = fitted(&csr, &params, NULL);
            assert_memory_equal(one.reader, many.reader, READERS * F * sizeof(float));
            assert_memory_equal(one.item, many.item, ITEMS * F * sizeof(float));
            ra_ials_finish(&many);
        }
        params.ials.seed++;
        struct ra_ials other = fitted(&csr, &params, NULL);
        assert_memory_not_equal(one.item, other.item, ITEMS * F * sizeof(float));
        ra_ials_finish(&other);
        ra_ials_finish(&one);
    }
    ra_csr_finish(&csr);
}

/* Once nothing moves any more, who is folded in is who was trained. */
static void a_reader_folded_in_is_the_reader_trained(void **state)
{
    (void)state;
    struct ra_csr csr = readings();
    struct ra_train_params params = ials_params(0);
    params.ials.sweeps = 1000;
    params.threads = 1; /* waiting for each other would take longer than the work */
    struct ra_ials model = fitted(&csr, &params, NULL);
    struct ra_ranker ranker = trained("ials", &csr, &params);
    ranker.n_readers = 0; /* as if it had seen none of them */
    for (uint32_t u = 0; u < READERS; u++) {
        float scores[ITEMS];
        scores_of(&ranker, &csr, u, scores);
        for (uint32_t i = 0; i < ITEMS; i++) {
            double score = 0;
            for (int k = 0; k < F; k++)
                score += (double)model.reader[u * F + k] * (double)model.item[i * F + k];
            assert_true(fabs((double)scores[i] - score) < 5e-3);
        }
    }
    ra_ranker_finish(&ranker);
    ra_ials_finish(&model);
    ra_csr_finish(&csr);
}

static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    for (EACH_SOLVER(s)) {
        struct ra_train_params params = ials_params(solvers[s]);
        params.ials.factors = 4;
        params.ials.sweeps = 10;
        check_checkerboard("ials", &params);
    }
}

static void odd_data_is_no_trouble(void **state)
{
    (void)state;
    for (EACH_SOLVER(s)) {
        struct ra_train_params params = ials_params(solvers[s]);
        check_odd_data("ials", &params);
    }
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    check_memory_limit("ials", ials_params(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_half_step_is_the_solution),
        cmocka_unit_test(the_loss_falls_with_every_sweep),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(a_reader_folded_in_is_the_reader_trained),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(odd_data_is_no_trouble),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
