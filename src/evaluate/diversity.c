/* How unlike each other the items of a list are, by who has them. */
#include "diversity.h"

#include <math.h>
#include <stdlib.h>

#include "readalike/random.h"

/*
 * As many as there may be of those with something withheld, each set as likely (Knuth, The Art of
 * Computer Programming 2, 3.4.2, algorithm S).
 */
static void sample_readers(const struct ra_csr *test, uint64_t seed, unsigned char *sampled)
{
    uint32_t left = 0, wanted = RA_DIVERSITY_READERS;
    for (uint32_t reader = 0; reader < test->n_rows; reader++)
        left += ra_csr_row_n(test, reader) > 0;
    struct ra_random random = ra_random_stream(seed, RA_DIVERSITY_READERS);
    for (uint32_t reader = 0; reader < test->n_rows; reader++) {
        if (ra_csr_row_n(test, reader) == 0)
            continue;
        sampled[reader] = left <= wanted || ra_random_below(&random, left) < wanted;
        wanted -= sampled[reader];
        left--;
    }
}

bool diversity_init(struct diversity *diversity, const struct ra_csr *train,
                    const struct ra_csr *test, unsigned threads, uint64_t seed, struct ra_err *err)
{
    size_t n_readers = train->n_rows, n;
    *diversity = (struct diversity){0};
    if (!ra_csr_transpose(&diversity->holders, train, err))
        return false;
    if (!__builtin_mul_overflow(n_readers + 1, (size_t)threads, &n))
        diversity->pull = calloc(n, sizeof *diversity->pull);
    diversity->sampled = calloc(n_readers + 1, 1);
    if (!diversity->pull || !diversity->sampled)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the evaluation");
    sample_readers(test, seed, diversity->sampled);
    return true;
}

void diversity_finish(struct diversity *diversity)
{
    ra_csr_finish(&diversity->holders);
    free(diversity->pull);
    free(diversity->sampled);
}

/*
 * With 1 / sqrt(its readers) from each item to each of its readers, the squares of what the readers
 * get add up to the cosines of all ordered pairs, an item with itself too, which is 1: one pass
 * over the readers of each item where a merge for each pair would take n - 1.
 */
double diversity_of(const struct diversity *diversity, const struct ra_scored *list, size_t n,
                    unsigned thread)
{
    const struct ra_csr *holders = &diversity->holders;
    double *pull = diversity->pull + (size_t)thread * holders->n_cols;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        double one = 1 / sqrt((double)ra_csr_row_n(holders, list[i].ix));
        for (uint64_t at = holders->start[list[i].ix]; at < holders->start[list[i].ix + 1]; at++)
            pull[holders->col[at]] += one;
        squares -= ra_csr_row_n(holders, list[i].ix) > 0;
    }
    for (size_t i = 0; i < n; i++) {
        for (uint64_t at = holders->start[list[i].ix]; at < holders->start[list[i].ix + 1]; at++) {
            double *of_reader = &pull[holders->col[at]];
            squares += *of_reader * *of_reader;
            *of_reader = 0;
        }
    }
    double pairs = (double)n * (double)(n - 1);
    return 1 - squares / pairs;
}
