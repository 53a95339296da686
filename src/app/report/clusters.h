#ifndef READALIKE_REPORT_CLUSTERS_H
#define READALIKE_REPORT_CLUSTERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * k-means (Lloyd 1982) in the plane, started as k-means++ (Arthur and Vassilvitskii 2007), always
 * from the same seed. `cluster` (n) gets each point's, CLUSTER_NONE for points that are NaN;
 * `centre` (k, 2).
 */
#define CLUSTER_NONE UINT8_MAX
void find_clusters(const float *xy, uint32_t n, unsigned k, uint8_t *cluster, float *centre);

#endif
