/* Each row is in one part, the same for the same seed. */
#include "../check.h"

#include <math.h>

#include "readalike/random.h"
#include "readalike/split.h"

enum { READERS = 40, ITEMS = 30, ROWS_MAX = READERS * ITEMS };

static struct ra_event rows[ROWS_MAX];

/* Reader u has u % 12 rows; the time rises with the item, backwards for odd readers. */
static struct ra_events make_events(void)
{
    struct ra_events events = {.n_readers = READERS, .n_items = ITEMS, .rows = rows};
    for (uint32_t reader = 0; reader < READERS; reader++) {
        for (uint32_t item = 0; item < reader % 12; item++)
            rows[events.n++] = (struct ra_event){reader, item, item % 3 ? (float)item : NAN,
                                                 reader % 2 ? 1000 - item : 1000 + item};
    }
    return events;
}

static const struct ra_split_params kinds[] = {
    {.kind = RA_SPLIT_HOLDOUT, .share = 0.25, .seed = 3},
    {.kind = RA_SPLIT_KFOLD, .folds = 5, .seed = 3},
    {.kind = RA_SPLIT_LEAVE_ONE_OUT, .seed = 3},
    {.kind = RA_SPLIT_LAST, .last = 2, .seed = 3},
    {.kind = RA_SPLIT_READERS, .share = 0.3, .seed = 3},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static void take_parts(const struct ra_split_params *params, uint16_t *part)
{
    struct ra_events events = make_events();
    struct ra_err err = {0};
    CHECK_OK(ra_split_parts(&events, params, part, &err), err);
}

static size_t count(const uint16_t *part, size_t n, unsigned wanted)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += part[i] == wanted;
    return found;
}

static void every_row_is_in_train_or_test_of_a_fold_once(void **state)
{
    (void)state;
    struct ra_events events = make_events();
    static uint16_t part[ROWS_MAX];
    struct ra_err err = {0};
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        take_parts(&kinds[kind], part);
        for (unsigned f = 0; f < ra_split_folds(&kinds[kind]); f++) {
            struct ra_fold fold;
            CHECK_OK(ra_fold_make(&fold, &events, part, f, &err), err);
            assert_int_equal(ra_csr_nnz(&fold.seen) + ra_csr_nnz(&fold.test), events.n);
            assert_int_equal(ra_csr_nnz(&fold.train) + count(part, events.n, RA_PART_GIVEN),
                             ra_csr_nnz(&fold.seen));
            assert_int_equal(ra_csr_nnz(&fold.test), count(part, events.n, f));
            assert_true(ra_csr_nnz(&fold.test) > 0);
            ra_fold_finish(&fold);
        }
    }
}

static void check_same_matrix(const struct ra_csr *a, const struct ra_csr *b)
{
    uint64_t n = ra_csr_nnz(a);
    assert_int_equal(n, ra_csr_nnz(b));
    assert_memory_equal(a->start, b->start, (a->n_rows + 1) * sizeof *a->start);
    assert_memory_equal(a->col, b->col, n * sizeof *a->col);
    assert_memory_equal(a->value, b->value, n * sizeof *a->value);
}

static void the_order_of_the_rows_does_not_show_in_a_fold(void **state)
{
    (void)state;
    static uint16_t part[ROWS_MAX], turned_part[ROWS_MAX];
    static struct ra_event turned_rows[ROWS_MAX];
    struct ra_events events = make_events(), turned = events;
    struct ra_err err = {0};
    take_parts(&kinds[1], part);
    turned.rows = turned_rows;
    for (size_t i = 0; i < events.n; i++) {
        turned_rows[i] = rows[events.n - 1 - i];
        turned_part[i] = part[events.n - 1 - i];
    }
    /* First as they come, then sorted. */
    for (int sorted = 0; sorted < 2; sorted++) {
        struct ra_fold one, other;
        CHECK_OK(ra_fold_make(&one, &events, part, 2, &err), err);
        CHECK_OK(ra_fold_make(&other, &turned, turned_part, 2, &err), err);
        check_same_matrix(&one.train, &other.train);
        check_same_matrix(&one.seen, &other.seen);
        check_same_matrix(&one.test, &other.test);
        assert_memory_equal(one.train_when, other.train_when,
                            ra_csr_nnz(&one.train) * sizeof *one.train_when);
        ra_fold_finish(&one);
        ra_fold_finish(&other);
        CHECK_OK(ra_split_sort(&turned, turned_part, &err), err);
    }
    assert_memory_equal(part, turned_part, events.n * sizeof *part);
}

static void the_last_of_several_rows_at_one_place_counts(void **state)
{
    (void)state;
    struct ra_event twice[] = {{1, 1, 4, 40}, {0, 0, 3, 10}, {1, 1, 2, 20}, {1, 0, 5, 30}};
    const uint16_t part[] = {RA_PART_TRAIN, RA_PART_TRAIN, RA_PART_TRAIN, 0};
    const struct ra_events events = {.n_readers = 3, .n_items = 2, .rows = twice, .n = 4};
    struct ra_fold fold;
    struct ra_err err = {0};
    CHECK_OK(ra_fold_make(&fold, &events, part, 0, &err), err);
    assert_int_equal(ra_csr_nnz(&fold.train), 2);
    assert_int_equal(ra_csr_nnz(&fold.test), 1);
    assert_true(fold.train.value[1] == 2 && fold.train_when[1] == 20);
    assert_int_equal(fold.train.start[3], 2);
    ra_fold_finish(&fold);
}

static void the_seed_makes_the_split(void **state)
{
    (void)state;
    static uint16_t one[ROWS_MAX], again[ROWS_MAX], other[ROWS_MAX];
    for (size_t kind = 0; kind < N_KINDS; kind++) {
        struct ra_split_params params = kinds[kind];
        take_parts(&params, one);
        take_parts(&params, again);
        assert_memory_equal(one, again, sizeof one);
        params.seed = 4;
        take_parts(&params, other);
        bool differs = memcmp(one, other, make_events().n * sizeof *one) != 0;
        assert_true(differs == (params.kind != RA_SPLIT_LAST));
    }
}

static void folds_differ_by_one_row_at_most(void **state)
{
    (void)state;
    static uint16_t part[ROWS_MAX];
    size_t n = make_events().n, sum = 0;
    take_parts(&kinds[1], part);
    for (unsigned fold = 0; fold < 5; fold++) {
        size_t size = count(part, n, fold);
        assert_true(size == n / 5 || size == n / 5 + 1);
        sum += size;
    }
    assert_int_equal(sum, n);
}

static void a_holdout_has_its_share(void **state)
{
    (void)state;
    static uint16_t part[ROWS_MAX];
    take_parts(&kinds[0], part);
    size_t n = make_events().n;
    assert_int_equal(count(part, n, 0), (size_t)lround((double)n * 0.25));
}

static void leave_one_out_takes_one_of_two_or_more(void **state)
{
    (void)state;
    static uint16_t part[ROWS_MAX];
    struct ra_events events = make_events();
    take_parts(&kinds[2], part);
    unsigned left[READERS] = {0};
    for (size_t i = 0; i < events.n; i++)
        left[rows[i].reader] += part[i] == 0;
    for (uint32_t reader = 0; reader < READERS; reader++)
        assert_int_equal(left[reader], reader % 12 >= 2);
}

static void the_last_are_the_newest(void **state)
{
    (void)state;
    static uint16_t part[ROWS_MAX];
    struct ra_events events = make_events();
    take_parts(&kinds[3], part);
    for (size_t i = 0; i < events.n; i++) {
        uint32_t n = rows[i].reader % 12, item = rows[i].item;
        bool newest = rows[i].reader % 2 ? item < 2 : item + 2 >= n;
        assert_int_equal(part[i] == 0, n > 2 && newest);
    }
}

static void a_withheld_reader_is_not_trained_on(void **state)
{
    (void)state;
    static uint16_t part[ROWS_MAX];
    struct ra_events events = make_events();
    take_parts(&kinds[4], part);
    unsigned trained[READERS] = {0}, given[READERS] = {0}, hidden[READERS] = {0}, withheld = 0;
    for (size_t i = 0; i < events.n; i++) {
        trained[rows[i].reader] += part[i] == RA_PART_TRAIN;
        given[rows[i].reader] += part[i] == RA_PART_GIVEN;
        hidden[rows[i].reader] += part[i] == 0;
    }
    for (uint32_t reader = 0; reader < READERS; reader++) {
        assert_true(trained[reader] == 0 || given[reader] + hidden[reader] == 0);
        assert_int_equal(given[reader] > 0, hidden[reader] > 0);
        withheld += hidden[reader] > 0;
    }
    assert_true(withheld > 0 && withheld <= 12);
}

static void refuse(const struct ra_events *events, struct ra_split_params params)
{
    static uint16_t part[ROWS_MAX];
    struct ra_err err = {0};
    CHECK_FAILS(ra_split_parts(events, &params, part, &err), err, RA_ERR_INVALID);
}

static void what_cannot_be_split_is_refused(void **state)
{
    (void)state;
    struct ra_events events = make_events();
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_KFOLD, .folds = 1});
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_KFOLD, .folds = 1001});
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_HOLDOUT, .share = 0});
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_HOLDOUT, .share = 1});
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_HOLDOUT, .share = (double)NAN});
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_HOLDOUT, .share = 0.0001});
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_LAST, .last = 0});
    refuse(&events, (struct ra_split_params){.kind = RA_SPLIT_LAST, .last = 50});
    struct ra_event one = {.rating = 3};
    struct ra_events tiny = {.n_readers = 1, .n_items = 1, .rows = &one, .n = 1};
    refuse(&tiny, (struct ra_split_params){.kind = RA_SPLIT_KFOLD, .folds = 2});
    refuse(&tiny, (struct ra_split_params){.kind = RA_SPLIT_LEAVE_ONE_OUT});
    refuse(&tiny, (struct ra_split_params){.kind = RA_SPLIT_LAST, .last = 1});
    refuse(&tiny, (struct ra_split_params){.kind = RA_SPLIT_HOLDOUT, .share = 0.9});
    struct ra_events empty = {.rows = &one};
    refuse(&empty, (struct ra_split_params){.kind = RA_SPLIT_HOLDOUT, .share = 0.5});
    refuse(&empty, (struct ra_split_params){.kind = RA_SPLIT_READERS, .share = 0.5});
}

static void kinds_have_names(void **state)
{
    (void)state;
    struct ra_err err = {0};
    enum ra_split_kind found;
    for (size_t i = 0; i < N_KINDS; i++) {
        CHECK_OK(ra_split_kind_find(ra_split_kind_name(kinds[i].kind), &found, &err), err);
        assert_int_equal(found, kinds[i].kind);
    }
    CHECK_FAILS(ra_split_kind_find("kfolds", &found, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "did you mean kfold?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_in_train_or_test_of_a_fold_once),
        cmocka_unit_test(the_order_of_the_rows_does_not_show_in_a_fold),
        cmocka_unit_test(the_last_of_several_rows_at_one_place_counts),
        cmocka_unit_test(the_seed_makes_the_split),
        cmocka_unit_test(folds_differ_by_one_row_at_most),
        cmocka_unit_test(a_holdout_has_its_share),
        cmocka_unit_test(leave_one_out_takes_one_of_two_or_more),
        cmocka_unit_test(the_last_are_the_newest),
        cmocka_unit_test(a_withheld_reader_is_not_trained_on),
        cmocka_unit_test(what_cannot_be_split_is_refused),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
