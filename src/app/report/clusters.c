/* Groups the points of the map, so that they can be coloured and named. */
#include "clusters.h"

#include <math.h>
#include <string.h>

#include "readalike/random.h"

#define ROUNDS 50
#define CLUSTERS_MOST 32

static float square_distance(const float *a, const float *b)
{
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
}

/* To the nearest of `k` centres, whose number goes to `out`. */
static float nearest(const float *point, const float *centre, unsigned k, uint8_t *out)
{
    float best = INFINITY;
    *out = CLUSTER_NONE;
    for (unsigned c = 0; c < k; c++) {
        float distance = square_distance(point, centre + 2 * (size_t)c);
        if (distance < best) {
            best = distance;
            *out = (uint8_t)c;
        }
    }
    return best;
}

/* A point drawn with a chance that grows with its distance to the centres there are. */
static void draw_centre(const float *xy, uint32_t n, unsigned k, struct ra_random *random,
                        float *centre)
{
    double sum = 0;
    uint8_t which;
    for (uint32_t i = 0; i < n; i++) {
        if (!isnan(xy[2 * i]))
            sum += k ? (double)nearest(xy + 2 * (size_t)i, centre, k, &which) : 1;
    }
    double left = ra_random_unit(random) * sum;
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(xy[2 * i]))
            continue;
        memcpy(centre + 2 * (size_t)k, xy + 2 * (size_t)i, 2 * sizeof *centre);
        left -= k ? (double)nearest(xy + 2 * (size_t)i, centre, k, &which) : 1;
        if (left <= 0)
            return;
    }
}

static void move_centres(const float *xy, uint32_t n, unsigned k, const uint8_t *cluster,
                         float *centre)
{
    double sum[CLUSTERS_MOST][3] = {{0}};
    for (uint32_t i = 0; i < n; i++) {
        if (cluster[i] == CLUSTER_NONE)
            continue;
        sum[cluster[i]][0] += (double)xy[2 * i];
        sum[cluster[i]][1] += (double)xy[2 * i + 1];
        sum[cluster[i]][2]++;
    }
    for (unsigned c = 0; c < k; c++) {
        for (int axis = 0; axis < 2 && sum[c][2] > 0; axis++)
            centre[2 * c + (unsigned)axis] = (float)(sum[c][axis] / sum[c][2]);
    }
}

void find_clusters(const float *xy, uint32_t n, unsigned k, uint8_t *cluster, float *centre)
{
    struct ra_random random = {1};
    k = k < CLUSTERS_MOST ? k : CLUSTERS_MOST;
    memset(centre, 0, 2 * (size_t)k * sizeof *centre);
    for (unsigned c = 0; c < k; c++)
        draw_centre(xy, n, c, &random, centre);
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < n; i++) {
            cluster[i] = CLUSTER_NONE;
            if (!isnan(xy[2 * i]))
                nearest(xy + 2 * (size_t)i, centre, k, &cluster[i]);
        }
        move_centres(xy, n, k, cluster, centre);
    }
}
