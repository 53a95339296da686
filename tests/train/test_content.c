/* content: neighbours by what books are like, whoever read them, and odd data. */
#include "fixture.h"

#include "readalike/random.h"

enum { BOOKS = 60, AUTHORS = 10, TAGS = 4, TERMS = AUTHORS + TAGS + BOOKS };

/* Book i is by author i % AUTHORS, of tag i % TAGS, and has a word of its own; the last has none.
 */
static struct ra_csr make_features(void)
{
    static struct ra_triplet cells[3 * BOOKS];
    size_t n = 0;
    for (uint32_t i = 0; i + 1 < BOOKS; i++) {
        cells[n++] = (struct ra_triplet){i, i % AUTHORS, 1};
        cells[n++] = (struct ra_triplet){i, AUTHORS + i % TAGS, 1};
        cells[n++] = (struct ra_triplet){i, AUTHORS + TAGS + i, 1};
    }
    struct ra_csr features;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&features, BOOKS, TERMS, cells, n, &err), err);
    return features;
}

static struct ra_train_params small_params(void)
{
    struct ra_train_params params = default_params();
    params.threads = 1;
    params.neighbours = 5;
    params.content.factors = AUTHORS + TAGS;
    params.content.sweeps = 20;
    return params;
}

static bool train_content(struct ra_ranker *out, const struct ra_csr *features, uint32_t n_items,
                          const struct ra_train_params *params, struct ra_err *err)
{
    const float nothing[1] = {0};
    struct ra_csr unread = csr_of(0, n_items, nothing);
    const struct ra_train_data data = {.weights = &unread, .features = features};
    bool ok = ra_train(ra_algorithm_find("content", err), out, &data, params, err);
    ra_csr_finish(&unread);
    return ok;
}

static struct ra_ranker train_books(const struct ra_csr *features,
                                    const struct ra_train_params *params)
{
    struct ra_ranker ranker;
    struct ra_err err = {0};
    CHECK_OK(train_content(&ranker, features, features->n_rows, params, &err), err);
    return ranker;
}

static void a_book_nobody_read_gets_those_of_its_author_and_its_tag(void **state)
{
    (void)state;
    struct ra_csr features = make_features();
    const struct ra_train_params params = small_params();
    struct ra_ranker ranker = train_books(&features, &params);
    const struct ra_neighbours *rows = &ranker.neighbours;
    for (uint32_t i = 0; i + 1 < BOOKS; i++) {
        assert_int_equal(rows->start[i + 1] - rows->start[i], params.neighbours);
        /* Both alike: those 20 apart, of which there are two or one. */
        uint32_t both = i % 20 == 19 ? 1 : 2;
        for (uint32_t place = 0; place < params.neighbours; place++) {
            uint32_t j = rows->item[rows->start[i] + place];
            assert_true(j != i);
            assert_true(j % AUTHORS == i % AUTHORS || j % TAGS == i % TAGS);
            assert_true((place < both) == (j % 20 == i % 20));
        }
    }
    ra_ranker_finish(&ranker);
    ra_csr_finish(&features);
}

/* All directions kept: the cosine of the weighed terms themselves. */
static void with_all_directions_it_is_the_cosine_of_tf_idf(void **state)
{
    (void)state;
    /* Terms of 3, 2, 1 and 1 books of 4. */
    const float dense[16] = {1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0};
    struct ra_csr features = csr_of(4, 4, dense);
    struct ra_train_params params = small_params();
    params.content.factors = 4;
    struct ra_ranker ranker = train_books(&features, &params);
    const struct ra_neighbours *rows = &ranker.neighbours;
    double w3 = log(5. / 4) + 1, w2 = log(5. / 3) + 1, w1 = log(5. / 2) + 1;
    double n0 = sqrt(w3 * w3 + w2 * w2), n1 = sqrt(n0 * n0 + w1 * w1), n2 = sqrt(w3 * w3 + w1 * w1);
    assert_int_equal(rows->item[0], 1);
    assert_int_equal(rows->item[1], 2);
    assert_true(fabs((double)rows->score[0] - n0 / n1) < 1e-4);
    assert_true(fabs((double)rows->score[1] - w3 * w3 / n0 / n2) < 1e-4);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&features);
}

static void what_nothing_is_known_of_is_nobodys_neighbour(void **state)
{
    (void)state;
    struct ra_csr features = make_features();
    struct ra_train_params params = small_params();
    params.neighbours = BOOKS;
    struct ra_ranker ranker = train_books(&features, &params);
    const struct ra_neighbours *rows = &ranker.neighbours;
    assert_int_equal(rows->start[BOOKS - 1], rows->start[BOOKS]);
    for (uint64_t at = 0; at < rows->start[BOOKS]; at++)
        assert_true(rows->item[at] != BOOKS - 1);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&features);
}

/* More books than are multiplied at once, so that several threads have something to do. */
static void the_same_seed_and_threads_give_the_same_bytes(void **state)
{
    (void)state;
    enum { MANY = 700, WORDS = 50, CELLS = 6 * MANY };
    static struct ra_triplet cells[CELLS];
    struct ra_random random = ra_random_stream(1, 0);
    for (uint32_t i = 0; i < CELLS; i++)
        cells[i] = (struct ra_triplet){i % MANY, ra_random_below(&random, WORDS), 1};
    struct ra_csr features;
    struct ra_err err = {0};
    CHECK_OK(ra_csr_from_triplets(&features, MANY, WORDS, cells, CELLS, &err), err);
    struct ra_train_params params = small_params();
    for (params.threads = 1; params.threads <= 2; params.threads++) {
        struct ra_ranker one = train_books(&features, &params);
        struct ra_ranker two = train_books(&features, &params);
        check_same_rows(&one.neighbours, &two.neighbours);
        ra_ranker_finish(&one);
        ra_ranker_finish(&two);
    }
    ra_csr_finish(&features);
}

static void odd_features_are_no_trouble(void **state)
{
    (void)state;
    float one[4] = {1, 1, 0, 1}, alike[12], apart[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    for (int i = 0; i < 12; i++)
        alike[i] = 1;
    struct ra_csr all[] = {csr_of(1, 4, one), csr_of(4, 1, one), csr_of(4, 3, alike),
                           csr_of(3, 3, apart)};
    struct ra_train_params params = small_params();
    for (size_t c = 0; c < sizeof all / sizeof *all; c++) {
        for (params.content.sweeps = 1; params.content.sweeps < 4; params.content.sweeps++) {
            struct ra_ranker ranker = train_books(&all[c], &params);
            const struct ra_neighbours *rows = &ranker.neighbours;
            for (uint64_t at = 0; at < rows->start[rows->n_items]; at++)
                assert_true(rows->score[at] > 0 && rows->score[at] < 1.001f);
            ra_ranker_finish(&ranker);
        }
        ra_csr_finish(&all[c]);
    }
}

static void books_of_which_nothing_is_known_are_refused(void **state)
{
    (void)state;
    const float nothing[12] = {0};
    const struct ra_train_params params = small_params();
    struct ra_csr empty = csr_of(3, 4, nothing);
    struct ra_ranker ranker;
    struct ra_err err = {0};
    CHECK_FAILS(train_content(&ranker, &empty, 3, &params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "nothing is known"));
    err = (struct ra_err){0};
    CHECK_FAILS(train_content(&ranker, NULL, 3, &params, &err), err, RA_ERR_INVALID);
    ra_csr_finish(&empty);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    struct ra_csr features = make_features();
    struct ra_train_params params = small_params();
    struct ra_ranker ranker;
    struct ra_err err = {0};
    const struct ra_csr unread = {.n_cols = BOOKS};
    const struct ra_train_data data = {.weights = &unread, .features = &features};
    params.memory_limit = ra_algorithm_find("content", &err)->bytes(&data, &params) - 1;
    CHECK_FAILS(train_content(&ranker, &features, BOOKS, &params, &err), err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "limit"));
    params.memory_limit++;
    err = (struct ra_err){0};
    CHECK_OK(train_content(&ranker, &features, BOOKS, &params, &err), err);
    ra_ranker_finish(&ranker);
    ra_csr_finish(&features);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_book_nobody_read_gets_those_of_its_author_and_its_tag),
        cmocka_unit_test(with_all_directions_it_is_the_cosine_of_tf_idf),
        cmocka_unit_test(what_nothing_is_known_of_is_nobodys_neighbour),
        cmocka_unit_test(the_same_seed_and_threads_give_the_same_bytes),
        cmocka_unit_test(odd_features_are_no_trouble),
        cmocka_unit_test(books_of_which_nothing_is_known_are_refused),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
