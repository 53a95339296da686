/* The part that all rating models have: the mean, biases and factors. */
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "rate.h"
#include "readalike/random.h"

void ra_rate_model_finish(struct ra_rate_model *model)
{
    if (model->own)
        model->finish(model->own);
    free(model->b_u);
    free(model->b_i);
    free(model->p);
    free(model->q);
    *model = (struct ra_rate_model){0};
}

bool ra_rate_estimate(const struct ra_rate_model *model, const struct ra_csr *pairs, float *out,
                      struct ra_err *err)
{
    return model->own ? model->estimate(model, pairs, out, err)
                      : rate_estimate_factors(model, pairs, out, err);
}

static float dot(const float *a, const float *b, size_t n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t f = 0; f < n; f++)
        sum += a[f] * b[f];
    return sum;
}

bool rate_estimate_factors(const struct ra_rate_model *model, const struct ra_csr *pairs,
                           float *out, struct ra_err *err)
{
    (void)err;
    size_t n = model->n_factors;
    for (uint32_t u = 0; u < pairs->n_rows; u++) {
        float known = (float)model->mu + model->b_u[u];
        for (uint64_t at = pairs->start[u]; at < pairs->start[u + 1]; at++) {
            uint32_t i = pairs->col[at];
            out[at] = known + model->b_i[i];
            if (n)
                out[at] += dot(model->p + u * n, model->q + i * n, n);
        }
    }
    return true;
}

double rate_mean(const struct ra_csr *ratings)
{
    double sum = 0;
    uint64_t n = ra_csr_nnz(ratings);
    for (uint64_t i = 0; i < n; i++)
        sum += (double)ratings->value[i];
    return n ? sum / (double)n : (double)NAN;
}

static uint32_t padded(unsigned factors)
{
    return lanes_of(factors) * LANE;
}

uint64_t rate_model_bytes(const struct ra_csr *ratings, unsigned factors)
{
    uint64_t rows = (uint64_t)ratings->n_rows + ratings->n_cols + 2;
    return rows * (padded(factors) + 1) * sizeof(float);
}

bool rate_model_init(struct ra_rate_model *model, const struct ra_csr *ratings, unsigned factors,
                     bool biased, struct ra_err *err)
{
    size_t n_readers = (size_t)ratings->n_rows + 1, n_items = (size_t)ratings->n_cols + 1;
    *model = (struct ra_rate_model){
        .n_readers = ratings->n_rows,
        .n_items = ratings->n_cols,
        .n_factors = padded(factors),
        .mu = biased ? rate_mean(ratings) : 0,
        .b_u = calloc(n_readers, sizeof *model->b_u),
        .b_i = calloc(n_items, sizeof *model->b_i),
    };
    if (factors) {
        model->p = lanes_alloc(n_readers * model->n_factors);
        model->q = lanes_alloc(n_items * model->n_factors);
    }
    return (model->b_u && model->b_i && (!factors || (model->p && model->q))) ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
}

/* The sum of four uniform numbers out of one draw: as good as normal for factors to start from, in
 * a tenth of the time of Box and Muller's, which took a tenth of a training's. Deviation 1. */
static float draw_bell(struct ra_random *random)
{
    uint64_t bits = ra_random_next(random);
    int64_t sum = 0;
    for (int i = 0; i < 4; i++)
        sum += (int64_t)(bits >> (16 * i) & 0xffff);
    return ((float)sum - 2 * 65535.0F) * (1.7320508F / 65536);
}

void rate_draw(float *rows, uint32_t n_rows, uint32_t row_n, const struct ra_rate_params *params,
               struct ra_random *random)
{
    for (uint32_t row = 0; row < n_rows; row++) {
        for (uint32_t f = 0; f < params->factors; f++)
            rows[(size_t)row * row_n + f] = (float)params->init_std * draw_bell(random);
    }
}

/* Marks who has a rating, readers first, items behind them. */
static unsigned char *mark_rated(const struct ra_csr *ratings)
{
    unsigned char *rated = calloc((size_t)ratings->n_rows + ratings->n_cols + 1, 1);
    for (uint32_t u = 0; rated && u < ratings->n_rows; u++)
        rated[u] = ra_csr_row_n(ratings, u) > 0;
    for (uint64_t at = 0; rated && at < ra_csr_nnz(ratings); at++)
        rated[(size_t)ratings->n_rows + ratings->col[at]] = 1;
    return rated;
}

/* Rows of `from` floats become rows of `to`, in place. */
static void trim_rows(float *rows, uint32_t n_rows, size_t from, size_t to,
                      const unsigned char *rated)
{
    for (uint32_t row = 0; row < n_rows; row++) {
        float *into = rows + row * to;
        if (rated[row])
            memmove(into, rows + row * from, to * sizeof *into);
        else
            memset(into, 0, to * sizeof *into);
    }
}

bool rate_model_trim(struct ra_rate_model *model, const struct ra_csr *ratings, unsigned factors,
                     struct ra_err *err)
{
    unsigned char *rated = mark_rated(ratings);
    if (!rated)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    trim_rows(model->p, model->n_readers, model->n_factors, factors, rated);
    trim_rows(model->q, model->n_items, model->n_factors, factors, rated + model->n_readers);
    model->n_factors = factors;
    free(rated);
    return true;
}
