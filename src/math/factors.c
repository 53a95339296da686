/* Readers folded into the space of the items' factors, and the scores there. */
#include "readalike/factors.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/ridge.h"

void ra_factors_finish(struct ra_factors *factors)
{
    free(factors->item);
    free(factors->bias);
    free(factors->gram);
    *factors = (struct ra_factors){0};
}

bool ra_factors_make_gram(struct ra_factors *factors, unsigned threads, struct ra_err *err)
{
    size_t f = factors->n_factors;
    float *partial = calloc(RA_GRAM_PARTS, f * f * sizeof *partial);
    factors->gram = calloc(f * f, sizeof *factors->gram);
    bool ok = partial && factors->gram;
    if (ok)
        ra_ridge_gram(factors->item, factors->n_items, factors->n_factors, factors->alpha0, threads,
                      partial, factors->gram);
    free(partial);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
}

size_t ra_factors_scratch_n(const struct ra_factors *factors)
{
    return ra_ridge_scratch_n(factors->n_factors);
}

void ra_factors_fold_in(const struct ra_factors *factors, const uint32_t *items,
                        const float *weights, size_t n, float *scratch, float *vector)
{
    const struct ra_ridge ridge = {
        .n_factors = factors->n_factors,
        .n_others = factors->n_items,
        .alpha0 = factors->alpha0,
        .lambda = factors->lambda,
        .nu = factors->nu,
        .others = factors->item,
        .gram = factors->gram,
    };
    const struct ra_ridge_row row = {.col = items, .weight = weights, .n = n};
    if (!ra_ridge_solve(&ridge, &row, scratch, vector))
        memset(vector, 0, factors->n_factors * sizeof *vector);
}

void ra_factors_score(const struct ra_factors *factors, const float *vectors, size_t n,
                      float *scores)
{
    int f = (int)factors->n_factors, n_items = (int)factors->n_items;
    if (n == 0 || n_items == 0)
        return;
    float beta = factors->bias ? 1 : 0;
    for (size_t i = 0; factors->bias && i < n; i++)
        memcpy(scores + i * factors->n_items, factors->bias, factors->n_items * sizeof *scores);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, n_items, f, 1, vectors, f,
                factors->item, f, beta, scores, n_items);
}
