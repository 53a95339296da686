#ifndef READALIKE_EVALUATE_DIVERSITY_H
#define READALIKE_EVALUATE_DIVERSITY_H

#include "readalike/evaluate.h"
#include "readalike/topk.h"

/*
 * How unlike each other the items of a list are: the mean over its pairs of 1 less the cosine of
 * the sets of readers who have them.
 */
struct diversity {
    struct ra_csr holders;  /* (items, readers) */
    double *pull;           /* (threads, n_readers) zero between two lists */
    unsigned char *sampled; /* (n_readers) whose lists are looked at */
};

/* Samples readers of `test` by `seed`. Zeroed or half made, finish accepts it. */
bool diversity_init(struct diversity *diversity, const struct ra_csr *train,
                    const struct ra_csr *test, unsigned threads, uint64_t seed,
                    struct ra_err *err) RA_MUST_CHECK;
void diversity_finish(struct diversity *diversity);

/* Of `list` (n, at least 2); each thread has its own number. */
double diversity_of(const struct diversity *diversity, const struct ra_scored *list, size_t n,
                    unsigned thread);

#endif
