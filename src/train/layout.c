/* A map of the items: from their neighbours to points in the plane. */
#include "readalike/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/progress.h"
#include "readalike/random.h"

#define SMOOTHINGS 60 /* of the random start, along the edges */
#define START_SIZE 10 /* the start lies within this of the centre */
#define LONGEST_STEP 4

struct ra_layout_params ra_layout_defaults(void)
{
    return (struct ra_layout_params){.neighbours = 15, .epochs = 200, .negatives = 5, .seed = 1};
}

/*
 * How near the neighbours of one point are: exp(-d / sigma), d the distance behind the nearest one,
 * sigma such that they sum up to log2 of their number. A similarity has no unit; d is the
 * difference to the best one.
 */
static double sum_at(const float *score, size_t n, double sigma)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)(score[i] - score[0]) / sigma);
    return sum;
}

static double sigma_of(const float *score, size_t n)
{
    double wanted = log2((double)n), low = 0, high = 1;
    double range = (double)(score[0] - score[n - 1]);
    if (n < 2 || !(range > 0))
        return 1; /* all alike, whatever sigma is */
    while (sum_at(score, n, high * range) < wanted && high < 1e6)
        high *= 2;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        *(sum_at(score, n, middle * range) < wanted ? &low : &high) = middle;
    }
    return high * range;
}

/* The neighbours that count of one point. */
struct nearest {
    struct ra_triplet *triplet;
    float *score;
    size_t n;
};

static void find_nearest(const struct ra_neighbours *rows, uint32_t point, uint32_t n_points,
                         unsigned most, struct nearest *out)
{
    out->n = 0;
    for (uint64_t at = rows->start[point]; at < rows->start[point + 1] && out->n < most; at++) {
        if (rows->item[at] >= n_points || rows->item[at] == point)
            continue;
        out->triplet[out->n] = (struct ra_triplet){point, rows->item[at], 0};
        out->score[out->n++] = rows->score[at];
    }
    double sigma = out->n ? sigma_of(out->score, out->n) : 1;
    for (size_t i = 0; i < out->n; i++)
        out->triplet[i].value = (float)exp((double)(out->score[i] - out->score[0]) / sigma);
}

/* (n_points, n_points): how near the one is, seen from the other. */
static bool make_directed(struct ra_csr *out, const struct ra_neighbours *neighbours,
                          uint32_t n_points, unsigned most, struct ra_err *err)
{
    struct ra_triplet *triplets = calloc((size_t)n_points * most + 1, sizeof *triplets);
    float *score = calloc((size_t)most + 1, sizeof *score);
    size_t n = 0;
    bool ok = triplets && score;
    for (uint32_t point = 0; ok && point < n_points; point++) {
        struct nearest nearest = {.triplet = triplets + n, .score = score};
        find_nearest(neighbours, point, n_points, most, &nearest);
        n += nearest.n;
    }
    ok = ok ? ra_csr_from_triplets(out, n_points, n_points, triplets, n, err)
            : ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
    free(triplets);
    free(score);
    return ok;
}

/* a + b - a b for both directions: the chance that one edge or the other is there. */
static bool make_symmetric(struct ra_csr *out, const struct ra_csr *directed, struct ra_err *err)
{
    size_t n = 0, nnz = ra_csr_nnz(directed);
    struct ra_triplet *both = calloc(2 * nnz + 1, sizeof *both);
    if (!both)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
    for (uint32_t i = 0; i < directed->n_rows; i++) {
        for (uint64_t at = directed->start[i]; at < directed->start[i + 1]; at++) {
            uint32_t j = directed->col[at];
            float a = directed->value[at], b = 0;
            uint64_t back;
            if (ra_csr_find(directed, j, i, &back))
                b = directed->value[back];
            both[n++] = (struct ra_triplet){i, j, a + b - a * b};
            both[n++] = (struct ra_triplet){j, i, a + b - a * b};
        }
    }
    bool ok = ra_csr_from_triplets(out, directed->n_rows, directed->n_rows, both, n, err);
    free(both);
    return ok;
}

/* Mean 0, deviation 1 of one of the two coordinates. */
static void normalise(float *xy, uint32_t n, int axis)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (double)xy[2 * i + axis];
    for (uint32_t i = 0; i < n; i++) {
        xy[2 * i + axis] -= (float)(sum / n);
        squares += (double)xy[2 * i + axis] * (double)xy[2 * i + axis];
    }
    float scale = squares > 0 ? (float)(1 / sqrt(squares / n)) : 0;
    for (uint32_t i = 0; i < n; i++)
        xy[2 * i + axis] *= scale;
}

/* Takes from the second coordinate what the first says already. */
static void orthogonalise(float *xy, uint32_t n)
{
    double product = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        product += (double)xy[2 * i] * (double)xy[2 * i + 1];
        squares += (double)xy[2 * i] * (double)xy[2 * i];
    }
    float share = squares > 0 ? (float)(product / squares) : 0;
    for (uint32_t i = 0; i < n; i++)
        xy[2 * i + 1] -= share * xy[2 * i];
}

/* Each point half-way to the weighted mean of its neighbours. */
static void smooth(const struct ra_csr *edges, const float *from, float *to)
{
    for (uint32_t i = 0; i < edges->n_rows; i++) {
        float x = 0, y = 0, sum = 0;
        for (uint64_t at = edges->start[i]; at < edges->start[i + 1]; at++) {
            x += edges->value[at] * from[2 * edges->col[at]];
            y += edges->value[at] * from[2 * edges->col[at] + 1];
            sum += edges->value[at];
        }
        to[2 * i] = sum > 0 ? (from[2 * i] + x / sum) / 2 : from[2 * i];
        to[2 * i + 1] = sum > 0 ? (from[2 * i + 1] + y / sum) / 2 : from[2 * i + 1];
    }
}

/* A coordinate and whose it is. */
struct place {
    float at;
    uint32_t point;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

/*
 * Ranks instead of coordinates, evenly from -START_SIZE to START_SIZE: small islands, which
 * smoothing leaves far outside, lie among the others then.
 */
static void spread(struct place *places, uint32_t n, int axis, float *xy)
{
    for (uint32_t i = 0; i < n; i++)
        places[i] = (struct place){xy[2 * i + (uint32_t)axis], i};
    qsort(places, n, sizeof *places, by_place);
    for (uint32_t rank = 0; rank < n; rank++)
        xy[2 * (size_t)places[rank].point + (size_t)axis] =
            START_SIZE * (2 * (float)rank / (float)n - 1);
}

/* A random start smoothed along the edges: the slow waves of the graph, as a spectral layout has.
 */
static bool start(const struct ra_csr *edges, uint64_t seed, float *xy, struct ra_err *err)
{
    uint32_t n = edges->n_rows;
    struct ra_random random = {seed};
    float *other = calloc((size_t)n * 2 + 2, sizeof *other);
    struct place *places = calloc((size_t)n + 1, sizeof *places);
    bool ok = other && places;
    for (size_t i = 0; ok && i < (size_t)n * 2; i++)
        xy[i] = (float)ra_random_normal(&random);
    for (int i = 0; ok && i < SMOOTHINGS; i++) {
        smooth(edges, xy, other);
        memcpy(xy, other, (size_t)n * 2 * sizeof *xy);
        normalise(xy, n, 0);
        orthogonalise(xy, n);
        normalise(xy, n, 1);
    }
    for (int axis = 0; ok && axis < 2; axis++)
        spread(places, n, axis, xy);
    free(other);
    free(places);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
}

static float clip(float step)
{
    return fmaxf(-LONGEST_STEP, fminf(LONGEST_STEP, step));
}

/* Moves `a` by `force` along the line from b; and b against it when it is not held. */
static void push(float *a, float *b, float force, float rate, bool hold)
{
    float x = rate * clip(force * (a[0] - b[0])), y = rate * clip(force * (a[1] - b[1]));
    a[0] += x;
    a[1] += y;
    if (hold)
        return;
    b[0] -= x;
    b[1] -= y;
}

static float square_distance(const float *a, const float *b)
{
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
}

/* The gradients of log(1 / (1 + d^2)) and of log(1 - 1 / (1 + d^2)). */
static void attract(float *a, float *b, float rate)
{
    push(a, b, -2 / (1 + square_distance(a, b)), rate, false);
}

static void repel(float *a, float *b, float rate)
{
    float d2 = square_distance(a, b);
    push(a, b, 2 / ((0.001f + d2) * (1 + d2)), rate, true);
}

/* One pass: an edge of weight w comes up in a share w of the epochs. */
static void run_epoch(const struct ra_csr *edges, const struct ra_layout_params *params, float rate,
                      struct ra_random *random, float *xy)
{
    for (uint32_t i = 0; i < edges->n_rows; i++) {
        for (uint64_t at = edges->start[i]; at < edges->start[i + 1]; at++) {
            if (!ra_random_chance(random, (double)edges->value[at]))
                continue;
            attract(xy + 2 * (size_t)i, xy + 2 * (size_t)edges->col[at], rate);
            for (unsigned n = 0; n < params->negatives; n++) {
                uint32_t other = ra_random_below(random, edges->n_rows);
                if (other != i)
                    repel(xy + 2 * (size_t)i, xy + 2 * (size_t)other, rate);
            }
        }
    }
}

static void optimise(const struct ra_csr *edges, const struct ra_layout_params *params, float *xy)
{
    struct ra_random random = ra_random_stream(params->seed, 1);
    for (unsigned epoch = 0; epoch < params->epochs; epoch++) {
        float rate = 1 - (float)epoch / (float)params->epochs;
        run_epoch(edges, params, rate, &random, xy);
        if (params->progress)
            ra_progress_set(params->progress, epoch + 1);
    }
}

static void leave_out_lonely(const struct ra_csr *edges, float *xy)
{
    for (uint32_t i = 0; i < edges->n_rows; i++) {
        if (ra_csr_row_n(edges, i) == 0)
            xy[2 * (size_t)i] = xy[2 * (size_t)i + 1] = NAN;
    }
}

bool ra_layout(const struct ra_neighbours *neighbours, uint32_t n_points,
               const struct ra_layout_params *params, float *xy, struct ra_err *err)
{
    struct ra_csr directed = {0}, edges = {0};
    if (n_points > neighbours->n_items)
        return ra_fail(err, RA_ERR_INVALID, "a map of %u points, but there are %u", n_points,
                       neighbours->n_items);
    bool ok = make_directed(&directed, neighbours, n_points, params->neighbours, err) &&
              make_symmetric(&edges, &directed, err) && start(&edges, params->seed, xy, err);
    if (ok) {
        optimise(&edges, params, xy);
        leave_out_lonely(&edges, xy);
    }
    ra_csr_finish(&directed);
    ra_csr_finish(&edges);
    return ok;
}
