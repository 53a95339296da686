/* The dataset: numbering by popularity, one count for each reader, what is refused. */
#include "../check.h"

#include "readalike/dataset.h"

static struct ra_book book(int64_t id, const char *title, int64_t source_count)
{
    return (struct ra_book){
        .id = id,
        .title = title,
        .author = "Somebody",
        .average_rating = NAN,
        .rating_count = source_count,
    };
}

static struct ra_rating rated(int64_t user_id, int64_t book_id, float rating)
{
    return (struct ra_rating){user_id, book_id, rating, 1000 + user_id};
}

static struct ra_dataset *build(const struct ra_book *books, size_t n_books,
                                const struct ra_rating *ratings, size_t n_ratings)
{
    struct ra_err err = {0};
    struct ra_dataset_builder *builder = ra_dataset_builder_create(&err);
    CHECK_OK(builder, err);
    for (size_t i = 0; i < n_books; i++)
        CHECK_OK(ra_dataset_add_book(builder, &books[i], &err), err);
    for (size_t i = 0; i < n_ratings; i++)
        CHECK_OK(ra_dataset_add_rating(builder, &ratings[i], &err), err);
    struct ra_dataset *dataset = ra_dataset_build(builder, &err);
    CHECK_OK(dataset, err);
    ra_dataset_builder_destroy(builder);
    return dataset;
}

static void books_are_numbered_by_readers_then_source_then_id(void **state)
{
    (void)state;
    const struct ra_book books[] = {book(1, "a", 0), book(2, "b", 5), book(3, "c", 9),
                                    book(4, "d", 5), book(5, "e", 1)};
    const struct ra_rating ratings[] = {rated(7, 5, 3), rated(8, 1, NAN), rated(8, 5, 4)};
    struct ra_dataset *dataset = build(books, 5, ratings, 3);
    const int64_t wanted[] = {5, 1, 3, 2, 4};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(dataset->items[i].id, wanted[i]);
    assert_int_equal(dataset->n_readers, 2);
    assert_int_equal(dataset->items[0].n_read, 2);
    assert_true(dataset->items[0].rating_sum == 7);
    assert_int_equal(dataset->items[1].n_read, 1);
    assert_int_equal(dataset->items[1].n_rated, 0);
    assert_int_equal(dataset->n_rated, 2);
    assert_true(dataset->lowest == 3 && dataset->highest == 4 && dataset->mean_rating == 3.5);
    assert_int_equal(dataset->newest, 1008);
    /* Reader 8, the second, has read the books now called 0 and 1. */
    assert_int_equal(dataset->read.start[1], 1);
    assert_int_equal(dataset->read.col[1], 0);
    assert_int_equal(dataset->read.col[2], 1);
    assert_true(isnan(dataset->read.value[2]));
    ra_dataset_destroy(dataset);
}

static void the_last_of_several_ratings_counts_once(void **state)
{
    (void)state;
    const struct ra_book books[] = {book(1, "a", 0), book(2, "b", 0)};
    const struct ra_rating ratings[] = {rated(7, 2, 3), rated(8, 1, 1), rated(7, 2, 9),
                                        rated(9, 1, 2)};
    struct ra_dataset *dataset = build(books, 2, ratings, 4);
    assert_int_equal(ra_csr_nnz(&dataset->read), 3);
    assert_int_equal(dataset->items[0].id, 1);
    assert_int_equal(dataset->items[1].n_read, 1);
    assert_true(dataset->items[1].rating_sum == 9);
    ra_dataset_destroy(dataset);
}

static void the_fingerprint_tells_any_difference(void **state)
{
    (void)state;
    const struct ra_book books[] = {book(1, "ab", 0), book(2, "c", 0)};
    struct ra_rating ratings[] = {rated(7, 1, 3), rated(8, 2, NAN)};
    struct ra_dataset *first = build(books, 2, ratings, 2);
    struct ra_dataset *same = build(books, 2, ratings, 2);
    assert_int_equal(first->fingerprint, same->fingerprint);
    ra_dataset_destroy(same);

    const struct ra_book moved[] = {book(1, "a", 0), book(2, "bc", 0)};
    struct ra_dataset *other = build(moved, 2, ratings, 2);
    assert_int_not_equal(first->fingerprint, other->fingerprint);
    ra_dataset_destroy(other);
    ratings[1].rating = 0;
    other = build(books, 2, ratings, 2);
    assert_int_not_equal(first->fingerprint, other->fingerprint);
    ra_dataset_destroy(other);
    other = build(books, 2, ratings, 1);
    assert_int_not_equal(first->fingerprint, other->fingerprint);
    ra_dataset_destroy(other);
    ra_dataset_destroy(first);
}

static void rows_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    struct ra_err err = {0};
    struct ra_dataset_builder *builder = ra_dataset_builder_create(&err);
    CHECK_OK(builder, err);
    const struct ra_book one = book(1, "a", 0);
    CHECK_OK(ra_dataset_add_book(builder, &one, &err), err);
    CHECK_FAILS(ra_dataset_add_book(builder, &one, &err), err, RA_ERR_CORRUPT);
    struct ra_rating stray = rated(1, 2, 3);
    CHECK_FAILS(ra_dataset_add_rating(builder, &stray, &err), err, RA_ERR_CORRUPT);
    stray = rated(1, 1, INFINITY);
    CHECK_FAILS(ra_dataset_add_rating(builder, &stray, &err), err, RA_ERR_CORRUPT);
    ra_dataset_builder_destroy(builder);
}

static void nothing_at_all_is_an_empty_dataset(void **state)
{
    (void)state;
    struct ra_dataset *dataset = build(NULL, 0, NULL, 0);
    assert_int_equal(dataset->n_items, 0);
    assert_int_equal(ra_csr_nnz(&dataset->read), 0);
    ra_dataset_destroy(dataset);
    const struct ra_book unread = book(1, "a", 0);
    dataset = build(&unread, 1, NULL, 0);
    assert_int_equal(dataset->n_items, 1);
    assert_int_equal(dataset->n_readers, 0);
    ra_dataset_destroy(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(books_are_numbered_by_readers_then_source_then_id),
        cmocka_unit_test(the_last_of_several_ratings_counts_once),
        cmocka_unit_test(the_fingerprint_tells_any_difference),
        cmocka_unit_test(rows_that_do_not_fit_together_are_refused),
        cmocka_unit_test(nothing_at_all_is_an_empty_dataset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
