/* item-knn against a dense calculation written out as the formula stands. */
#include "../check.h"

#include <math.h>

#include "readalike/topk.h"
#include "readalike/train.h"

enum { READERS = 60, ITEMS = 35 };

static struct ra_item_knn_params params(void)
{
    return (struct ra_item_knn_params){
        .neighbours = 10,
        .min_support = 2,
        .shrinkage = 5,
        .reader_damping = 0.5,
        .threads = 2,
    };
}

/* (READERS, ITEMS) weights, 0 where not read. The last item has no reader, reader 3 no item. */
static void make_dense(float dense[READERS][ITEMS])
{
    uint64_t random = 42;
    for (int u = 0; u < READERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bool reads = (random >> 33) % 100 < 25 && i != ITEMS - 1 && u != 3;
            dense[u][i] = reads ? 0.25f * (float)(1 + (random >> 40) % 7) : 0;
        }
    }
}

static struct ra_csr sparse_of(float dense[READERS][ITEMS])
{
    static struct ra_triplet triplets[READERS * ITEMS];
    size_t n = 0;
    for (uint32_t u = 0; u < READERS; u++) {
        for (uint32_t i = 0; i < ITEMS; i++) {
            if (dense[u][i] > 0)
                triplets[n++] = (struct ra_triplet){u, i, dense[u][i]};
        }
    }
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, READERS, ITEMS, triplets, n, &err), err);
    return csr;
}

/* s_ij, as train.h writes it; 0 when there is too little support. */
static double naive(float dense[READERS][ITEMS], int i, int j, const struct ra_item_knn_params *p)
{
    double dot = 0, ii = 0, jj = 0;
    unsigned both = 0;
    for (int u = 0; u < READERS; u++) {
        int n = 0;
        for (int k = 0; k < ITEMS; k++)
            n += dense[u][k] > 0;
        double b = n ? pow(n, -p->reader_damping) : 0;
        double wi = (double)dense[u][i], wj = (double)dense[u][j];
        dot += b * wi * wj;
        ii += b * wi * wi;
        jj += b * wj * wj;
        both += wi > 0 && wj > 0;
    }
    if (both < p->min_support || dot <= 0)
        return 0;
    return dot / sqrt(ii * jj) * both / (both + p->shrinkage);
}

static void check_row(const struct ra_neighbours *neighbours, float dense[READERS][ITEMS], int item,
                      const struct ra_item_knn_params *p)
{
    size_t n = neighbours->start[item + 1] - neighbours->start[item], wanted = 0;
    const uint32_t *ix = neighbours->item + neighbours->start[item];
    const float *score = neighbours->score + neighbours->start[item];
    double worst = n ? (double)score[n - 1] : 0;
    for (int j = 0; j < ITEMS; j++) {
        double s = j == item ? 0 : naive(dense, item, j, p);
        wanted += s > 0;
        bool kept = false;
        for (size_t k = 0; k < n; k++) {
            if (ix[k] != (uint32_t)j)
                continue;
            kept = true;
            assert_true(fabs((double)score[k] - s) < 1e-5);
        }
        /* What was left out is no better than what was kept. */
        assert_true(kept || s <= worst + 1e-5 || (n < p->neighbours && s == 0));
    }
    assert_int_equal(n, wanted < p->neighbours ? wanted : p->neighbours);
    for (size_t k = 1; k < n; k++)
        assert_true(score[k - 1] > score[k] || (score[k - 1] == score[k] && ix[k - 1] < ix[k]));
}

static void it_is_what_the_formula_says(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = sparse_of(dense);
    const struct ra_item_knn_params variants[] = {
        params(),
        {.neighbours = 100, .min_support = 1, .threads = 1},
        {.neighbours = 3, .min_support = 4, .shrinkage = 100, .reader_damping = 1, .threads = 3},
    };
    for (size_t v = 0; v < 3; v++) {
        struct ra_neighbours neighbours;
        struct ra_err err = {0};
        CHECK_OK(ra_train_item_knn(&neighbours, &csr, &variants[v], &err), err);
        for (int item = 0; item < ITEMS; item++)
            check_row(&neighbours, dense, item, &variants[v]);
        assert_true(neighbours.start[ITEMS] > ITEMS); /* else nothing was compared */
        assert_int_equal(neighbours.start[ITEMS - 1], neighbours.start[ITEMS]);
        ra_neighbours_finish(&neighbours);
    }
    ra_csr_finish(&csr);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = sparse_of(dense);
    struct ra_item_knn_params p = params();
    struct ra_neighbours one, many;
    struct ra_err err = {0};
    p.threads = 1;
    CHECK_OK(ra_train_item_knn(&one, &csr, &p, &err), err);
    for (p.threads = 2; p.threads <= 8; p.threads++) {
        CHECK_OK(ra_train_item_knn(&many, &csr, &p, &err), err);
        assert_memory_equal(one.start, many.start, (ITEMS + 1) * sizeof *one.start);
        assert_memory_equal(one.item, many.item, one.start[ITEMS] * sizeof *one.item);
        assert_memory_equal(one.score, many.score, one.start[ITEMS] * sizeof *one.score);
        ra_neighbours_finish(&many);
    }
    ra_neighbours_finish(&one);
    ra_csr_finish(&csr);
}

/* Readers of even numbers read even items, odd ones odd items; each withholds one. */
static void a_checkerboard_comes_back(void **state)
{
    (void)state;
    enum { N = 20 };
    struct ra_triplet triplets[N * N];
    size_t n = 0;
    for (uint32_t u = 0; u < N; u++) {
        for (uint32_t i = u % 2; i < N; i += 2) {
            if (i != u)
                triplets[n++] = (struct ra_triplet){u, i, 1};
        }
    }
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&csr, N, N, triplets, n, &err), err);
    struct ra_neighbours neighbours;
    const struct ra_item_knn_params p = params();
    CHECK_OK(ra_train_item_knn(&neighbours, &csr, &p, &err), err);
    for (uint32_t u = 0; u < N; u++) {
        float scores[N];
        ra_item_knn_score(&neighbours, csr.col + csr.start[u], csr.value + csr.start[u],
                          ra_csr_row_n(&csr, u), scores);
        for (uint64_t i = csr.start[u]; i < csr.start[u + 1]; i++)
            scores[csr.col[i]] = -INFINITY;
        struct ra_scored best[N];
        struct ra_topk topk;
        ra_topk_init(&topk, best, N);
        for (uint32_t i = 0; i < N; i++)
            ra_topk_push(&topk, i, scores[i]);
        assert_int_equal(ra_topk_sort(&topk), 1); /* nothing of the other colour */
        assert_int_equal(best[0].ix, u);
    }
    ra_neighbours_finish(&neighbours);
    ra_csr_finish(&csr);
}

static void one_reader_or_none_gives_no_neighbours(void **state)
{
    (void)state;
    const struct ra_triplet one[] = {{0, 0, 1}, {0, 1, 1}, {0, 2, 1}};
    for (size_t n = 0; n <= 3; n += 3) {
        struct ra_csr csr;
        struct ra_neighbours neighbours;
        struct ra_err err = {0};
        struct ra_item_knn_params p = params();
        CHECK_OK(ra_csr_from_triplets(&csr, 1, 3, one, n, &err), err);
        CHECK_OK(ra_train_item_knn(&neighbours, &csr, &p, &err), err);
        assert_int_equal(neighbours.start[3], 0);
        ra_neighbours_finish(&neighbours);
        p.min_support = 1; /* one reader is support enough then */
        CHECK_OK(ra_train_item_knn(&neighbours, &csr, &p, &err), err);
        assert_int_equal(neighbours.start[3], n ? 6 : 0);
        ra_neighbours_finish(&neighbours);
        ra_csr_finish(&csr);
    }
}

static void when_all_read_all_every_similarity_is_the_same(void **state)
{
    (void)state;
    enum { N = 6 };
    struct ra_triplet triplets[N * N];
    for (uint32_t i = 0; i < N * N; i++)
        triplets[i] = (struct ra_triplet){i / N, i % N, 1};
    struct ra_csr csr;
    struct ra_neighbours neighbours;
    struct ra_err err = {0};
    struct ra_item_knn_params p = params();
    p.neighbours = 3;
    CHECK_OK(ra_csr_from_triplets(&csr, N, N, triplets, N * N, &err), err);
    CHECK_OK(ra_train_item_knn(&neighbours, &csr, &p, &err), err);
    for (uint32_t item = 0; item < N; item++) {
        for (uint32_t k = 0; k < 3; k++) {
            uint64_t at = neighbours.start[item] + k;
            assert_true(fabsf(neighbours.score[at] - 6.0f / 11) < 1e-5f);
            assert_int_equal(neighbours.item[at], k < item ? k : k + 1); /* ties: lowest first */
        }
    }
    ra_neighbours_finish(&neighbours);
    ra_csr_finish(&csr);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    static float dense[READERS][ITEMS];
    make_dense(dense);
    struct ra_csr csr = sparse_of(dense);
    struct ra_neighbours neighbours;
    struct ra_err err = {0};
    struct ra_item_knn_params p = params();
    p.memory_limit = ra_item_knn_bytes(&csr, &p) - 1;
    CHECK_FAILS(ra_train_item_knn(&neighbours, &csr, &p, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "limit"));
    p.memory_limit++;
    err = (struct ra_err){0};
    CHECK_OK(ra_train_item_knn(&neighbours, &csr, &p, &err), err);
    ra_neighbours_finish(&neighbours);
    ra_csr_finish(&csr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_the_formula_says),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(a_checkerboard_comes_back),
        cmocka_unit_test(one_reader_or_none_gives_no_neighbours),
        cmocka_unit_test(when_all_read_all_every_similarity_is_the_same),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
