/* The search by codes and bounds finds what scoring every item finds, to the last bit. */
#include "../check.h"

#include <math.h>

#include "readalike/random.h"
#include "readalike/scan.h"
#include "readalike/topk.h"

enum { K_MAX = 40 };

/* Rows of one kind; n_factors and what is there change with the case. */
struct table {
    struct ra_scan_rows rows;
    float *row, *bias, *scale;
    uint64_t *allowed;
};

enum kind { NORMAL, POWER_LAW, EVEN_TIES, TINY, WITH_ZEROS, KINDS };

static float draw(struct ra_random *random, enum kind kind, uint32_t item)
{
    float value = (float)ra_random_normal(random);
    switch (kind) {
    case POWER_LAW:
        return value / sqrtf((float)item + 1);
    case EVEN_TIES:
        return (float)((int)(value * 1.5f));
    case TINY:
        return value * 1e-20f;
    case WITH_ZEROS:
        return item % 3 ? 0 : value;
    case NORMAL:
    case KINDS:
        break;
    }
    return value;
}

static struct table make_table(uint32_t n, uint32_t n_factors, enum kind kind, unsigned parts)
{
    struct ra_random random = ra_random_stream(n * 31 + n_factors, kind * 8 + parts);
    struct table table = {
        .row = calloc((size_t)n * n_factors + 1, sizeof(float)),
        .bias = calloc(n + 1, sizeof(float)),
        .scale = calloc(n + 1, sizeof(float)),
        .allowed = calloc(n / 64 + 1, sizeof(uint64_t)),
    };
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n_factors; k++)
            table.row[(size_t)i * n_factors + k] = draw(&random, kind, i);
        table.bias[i] = draw(&random, kind, i) * 2;
        table.scale[i] = (float)ra_random_unit(&random);
        if (ra_random_chance(&random, parts & 4 ? 0.02 : 0.5))
            table.allowed[i / 64] |= UINT64_C(1) << (i % 64);
    }
    table.rows = (struct ra_scan_rows){
        .n = n,
        .n_factors = n_factors,
        .row = table.row,
        .bias = parts & 1 ? table.bias : NULL,
        .scale = parts & 2 ? table.scale : NULL,
    };
    return table;
}

static void free_table(struct table *table)
{
    free(table->row);
    free(table->bias);
    free(table->scale);
    free(table->allowed);
}

struct found {
    struct ra_topk topk;
    struct ra_scored kept[K_MAX];
    uint32_t last, visits;
    float floor;
};

static float keep(void *ctx, uint32_t item, float score)
{
    struct found *found = ctx;
    assert_true(found->visits == 0 || item > found->last);
    found->last = item;
    found->visits++;
    ra_topk_push(&found->topk, item, score);
    if (found->topk.n == found->topk.max)
        found->floor = fmaxf(found->floor, found->kept[0].score);
    return found->floor;
}

static void search_all(const struct ra_scan *scan, const struct table *table, const float *query,
                       const uint64_t *allowed, struct found *out)
{
    for (uint32_t i = 0; i < table->rows.n; i++) {
        if (!allowed || (allowed[i / 64] >> (i % 64)) & 1)
            ra_topk_push(&out->topk, i, ra_scan_score(scan, query, i));
    }
}

static void compare(const struct ra_scan *scan, const struct table *table, const float *query,
                    const uint64_t *allowed, size_t k)
{
    void *scratch = aligned_alloc(64, ra_scan_scratch_bytes(scan));
    struct found naive = {.floor = -INFINITY};
    ra_topk_init(&naive.topk, naive.kept, k);
    search_all(scan, table, query, allowed, &naive);
    size_t n = ra_topk_sort(&naive.topk);
    for (int portable = 0; portable < 2; portable++) {
        struct found found = {.floor = -INFINITY};
        ra_topk_init(&found.topk, found.kept, k);
        const struct ra_scan_search search = {.query = query,
                                              .allowed = allowed,
                                              .floor = -INFINITY,
                                              .visit = keep,
                                              .ctx = &found,
                                              .portable = portable};
        ra_scan_run(scan, &search, scratch);
        assert_int_equal(ra_topk_sort(&found.topk), n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(found.kept[i].ix, naive.kept[i].ix);
            assert_true(found.kept[i].score == naive.kept[i].score);
        }
    }
    free(scratch);
}

static void check_table(uint32_t n, uint32_t n_factors, enum kind kind, unsigned parts)
{
    struct table table = make_table(n, n_factors, kind, parts);
    struct ra_err err = {0};
    struct ra_scan *scan = ra_scan_create(&table.rows, &err);
    CHECK_OK(scan, err);
    struct ra_random random = ra_random_stream(5, n);
    float *query = calloc(n_factors + 1, sizeof *query);
    for (int round = 0; round < 6; round++) {
        for (uint32_t k = 0; k < n_factors; k++)
            query[k] = draw(&random, round == 5 ? WITH_ZEROS : kind, k) * (round == 4 ? 0 : 1);
        compare(scan, &table, query, NULL, 1 + ra_random_below(&random, K_MAX));
        compare(scan, &table, query, table.allowed, 1 + ra_random_below(&random, K_MAX));
    }
    free(query);
    ra_scan_destroy(scan);
    free_table(&table);
}

static void it_finds_what_scoring_every_item_finds(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 1, 31, 32, 33, 700, 3000}, factors[] = {1, 3, 4, 17, 64, 130};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
            for (unsigned kind = 0; kind < KINDS; kind++)
                check_table(sizes[s], factors[f], kind, (unsigned)(s * 3 + f + kind) % 8);
        }
    }
}

static float count(void *ctx, uint32_t item, float score)
{
    uint32_t *visits = ctx;
    (void)item;
    (void)score;
    ++*visits;
    return 2.5f;
}

/* Few are scored exactly: else the bounds would be right but worth nothing. */
static void little_is_looked_at_twice(void **state)
{
    (void)state;
    struct table table = make_table(20000, 64, NORMAL, 0);
    struct ra_err err = {0};
    struct ra_scan *scan = ra_scan_create(&table.rows, &err);
    CHECK_OK(scan, err);
    void *scratch = aligned_alloc(64, ra_scan_scratch_bytes(scan));
    struct found found = {.floor = -INFINITY};
    ra_topk_init(&found.topk, found.kept, 10);
    struct ra_scan_search search = {
        .query = table.row, .floor = -INFINITY, .visit = keep, .ctx = &found};
    ra_scan_run(scan, &search, scratch);
    assert_int_equal(found.topk.n, 10);
    assert_true(found.visits < 300);
    /* What is not above the floor is not visited at all. */
    uint32_t visits = 0, above = 0;
    for (uint32_t i = 0; i < table.rows.n; i++)
        above += ra_scan_score(scan, table.row, i) > 2.5f;
    search =
        (struct ra_scan_search){.query = table.row, .floor = 2.5f, .visit = count, .ctx = &visits};
    ra_scan_run(scan, &search, scratch);
    assert_int_equal(visits, above);
    assert_true(above > 0 && above < table.rows.n);
    free(scratch);
    ra_scan_destroy(scan);
    free_table(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_scoring_every_item_finds),
        cmocka_unit_test(little_is_looked_at_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
