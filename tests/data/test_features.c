/* What books are like, as terms; the rows follow the books' new numbers. */
#include "../check.h"

#include "../folder.h"
#include "readalike/dataset.h"
#include "readalike/events.h"
#include "readalike/features.h"
#include "readalike/file.h"

static void add(struct ra_features *features, uint32_t item, const struct ra_book *book)
{
    struct ra_err err = {0};
    CHECK_OK(ra_features_add(features, item, book, &err), err);
}

static struct ra_features *create(void)
{
    struct ra_err err = {0};
    struct ra_features *features = ra_features_create(&err);
    CHECK_OK(features, err);
    return features;
}

static struct ra_csr build(struct ra_features *features, uint32_t n_items, const uint32_t *item_ix)
{
    struct ra_csr csr;
    struct ra_err err = {0};
    CHECK_OK(ra_features_build(features, n_items, item_ix, &csr, &err), err);
    ra_features_destroy(features);
    return csr;
}

static size_t n_shared(const struct ra_csr *csr, uint32_t a, uint32_t b)
{
    size_t n = 0;
    uint64_t at;
    for (uint64_t i = csr->start[a]; i < csr->start[a + 1]; i++)
        n += ra_csr_find(csr, b, csr->col[i], &at);
    return n;
}

static void each_thing_known_of_a_book_is_a_term(void **state)
{
    (void)state;
    const struct ra_book hobbit = {.title = "The Hobbit",
                                   .author = "J.R.R. Tolkien, Alan Lee",
                                   .publisher = "Allen & Unwin",
                                   .language = "eng",
                                   .tags = "fantasy|classics",
                                   .year = 1937};
    struct ra_features *features = create();
    const uint32_t same[] = {0};
    add(features, 0, &hobbit);
    struct ra_csr csr = build(features, 1, same);
    /* 2 authors, 1 publisher, 1 language, 2 tags, 1 of years, 2 words. */
    assert_int_equal(csr.n_cols, 9);
    assert_int_equal(ra_csr_nnz(&csr), 9);
    for (uint64_t i = 0; i < 9; i++)
        assert_true(csr.value[i] == 1);
    ra_csr_finish(&csr);
}

static void terms_are_shared_by_kind_without_regard_to_case_and_blanks(void **state)
{
    (void)state;
    const struct {
        struct ra_book a, b;
        size_t shared;
    } cases[] = {
        {{.title = "", .author = "Ann Lee"}, {.title = "", .author = "Bo ;  ANN LEE "}, 1},
        {{.title = "", .author = "penguin"}, {.title = "", .publisher = "penguin"}, 0},
        {{.title = "War, war!"}, {.title = "A WAR"}, 1},
        {{.title = "L'été"}, {.title = "été"}, 1},
        {{.title = "", .year = 1990}, {.title = "", .year = 1994}, 1},
        {{.title = "", .year = 1994}, {.title = "", .year = 1995}, 0},
        {{.title = ""}, {.title = ""}, 0},
        {{.title = "", .tags = "|a||b c"}, {.title = "", .tags = "b c|"}, 1},
    };
    const uint32_t same[] = {0, 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ra_features *features = create();
        add(features, 0, &cases[i].a);
        add(features, 1, &cases[i].b);
        struct ra_csr csr = build(features, 2, same);
        assert_int_equal(n_shared(&csr, 0, 1), cases[i].shared);
        ra_csr_finish(&csr);
    }
}

static void terms_of_any_length_are_taken(void **state)
{
    (void)state;
    static char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    struct ra_features *features = create();
    const uint32_t same[] = {0, 1};
    add(features, 0, &(struct ra_book){.title = longest, .author = longest});
    add(features, 1, &(struct ra_book){.title = longest, .year = -300});
    struct ra_csr csr = build(features, 2, same);
    assert_int_equal(ra_csr_nnz(&csr), 4);
    assert_int_equal(n_shared(&csr, 0, 1), 1);
    ra_csr_finish(&csr);
}

static void rows_go_where_they_are_told_or_are_left_out(void **state)
{
    (void)state;
    struct ra_features *features = create();
    const uint32_t item_ix[] = {2, RA_FEATURES_NONE, 0};
    add(features, 0, &(struct ra_book){.title = "two words"});
    add(features, 1, &(struct ra_book){.title = "left"});
    add(features, 2, &(struct ra_book){.title = "one"});
    struct ra_csr csr = build(features, 3, item_ix);
    assert_int_equal(csr.n_rows, 3);
    assert_int_equal(ra_csr_row_n(&csr, 0), 1);
    assert_int_equal(ra_csr_row_n(&csr, 1), 0);
    assert_int_equal(ra_csr_row_n(&csr, 2), 2);
    ra_csr_finish(&csr);
}

static void a_dataset_has_them_in_the_order_of_its_items(void **state)
{
    (void)state;
    const struct ra_book books[] = {
        {.id = 1, .title = "one two three", .average_rating = NAN},
        {.id = 2, .title = "four", .average_rating = NAN, .rating_count = 5}};
    struct ra_err err = {0};
    struct ra_dataset_builder *builder = ra_dataset_builder_create(&err);
    CHECK_OK(builder, err);
    for (size_t i = 0; i < 2; i++)
        CHECK_OK(ra_dataset_add_book(builder, &books[i], &err), err);
    struct ra_dataset *dataset = ra_dataset_build(builder, &err);
    CHECK_OK(dataset, err);
    ra_dataset_builder_destroy(builder);
    assert_int_equal(dataset->items[0].id, 2);
    assert_int_equal(dataset->features.n_rows, 2);
    assert_int_equal(ra_csr_row_n(&dataset->features, 0), 1);
    assert_int_equal(ra_csr_row_n(&dataset->features, 1), 3);
    ra_dataset_destroy(dataset);
}

/* Items are numbered as ratings come: 30, 10, 20; nobody rated 40. Filtered, 10 and 20 stay. */
static void a_filter_renumbers_them_with_the_items(void **state)
{
    (void)state;
    static const char films[] = "10|Ten (1979)|01-Jan-1979||||\n20|Twenty Twice (1999)||||\n"
                                "30|Thirty three times (1989)||||\n40|Forty||||\n";
    static const char ratings[] =
        "1\t30\t5\t1\n1\t10\t4\t2\n1\t20\t3\t3\n2\t10\t5\t4\n2\t20\t1\t5\n";
    struct folder folder;
    struct ra_events events;
    struct ra_err err = {0};
    char path[512];
    assert_int_equal(folder_make(&folder), 0);
    CHECK_OK(ra_file_write(folder_file(&folder, "u.item", path), films, strlen(films), &err), err);
    CHECK_OK(ra_file_write(folder_file(&folder, "u.data", path), ratings, strlen(ratings), &err),
             err);
    CHECK_OK(ra_events_read(&events, "movielens", folder.path, &err), err);
    assert_int_equal(events.features.n_rows, 3);
    size_t n[3];
    for (uint32_t i = 0; i < 3; i++)
        n[i] = ra_csr_row_n(&events.features, i);
    assert_true(n[0] > n[2] && n[2] > 0 && n[1] > 0);
    uint32_t first_of_ten = events.features.col[events.features.start[1]];
    const struct ra_events_filter filter = {.min_item = 2, .unrated = NAN};
    CHECK_OK(ra_events_filter(&events, &filter, &err), err);
    assert_int_equal(events.features.n_rows, 2);
    assert_int_equal(ra_csr_row_n(&events.features, 0), n[1]);
    assert_int_equal(ra_csr_row_n(&events.features, 1), n[2]);
    assert_int_equal(events.features.col[0], first_of_ten);
    ra_events_finish(&events);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_known_of_a_book_is_a_term),
        cmocka_unit_test(terms_are_shared_by_kind_without_regard_to_case_and_blanks),
        cmocka_unit_test(terms_of_any_length_are_taken),
        cmocka_unit_test(rows_go_where_they_are_told_or_are_left_out),
        cmocka_unit_test(a_dataset_has_them_in_the_order_of_its_items),
        cmocka_unit_test(a_filter_renumbers_them_with_the_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
