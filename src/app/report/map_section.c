/* The map: each book a dot, near those that the model finds near it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../book_map.h"
#include "clusters.h"
#include "readalike/model.h"
#include "report.h"

#define CLUSTERS 12
#define NAMES 3       /* authors that name a cluster */
#define TIPS 600      /* books that say their title when pointed at */
#define SIZE 1000.0   /* of the picture */
#define FARTHEST 1e6f /* coordinate that a file may have */

struct map {
    uint32_t n;
    float *xy;        /* (n, 2) */
    uint8_t *cluster; /* (n) */
    float centre[2 * CLUSTERS];
    float low[2], scale;
};

static bool allocate(struct map *map)
{
    map->xy = calloc((size_t)map->n * 2 + 2, sizeof *map->xy);
    map->cluster = calloc((size_t)map->n + 1, 1);
    return map->xy && map->cluster;
}

/* From the model file, or made now. */
static bool place(struct map *map, const struct report *report, struct ra_err *err)
{
    struct ra_section section = ra_model_section(ra_engine_model(report->winner), "map");
    if (!section.data)
        return book_map(report->winner, map->n, report->quiet, map->xy, err);
    memcpy(map->xy, section.data, (size_t)map->n * 2 * sizeof *map->xy);
    for (uint32_t i = 0; i < map->n * 2; i++) {
        if (!isfinite(map->xy[i]) || fabsf(map->xy[i]) > FARTHEST)
            map->xy[i & ~1u] = map->xy[i | 1u] = NAN;
    }
    return true;
}

static int rising(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* The range of one axis without the outermost half percent on both sides. */
static void range_of(const struct map *map, int axis, float *sorted, float *low, float *high)
{
    size_t n = 0;
    for (uint32_t i = 0; i < map->n; i++) {
        if (!isnan(map->xy[2 * i]))
            sorted[n++] = map->xy[2 * i + (uint32_t)axis];
    }
    qsort(sorted, n, sizeof *sorted, rising);
    *low = n ? sorted[n / 200] : 0;
    *high = n ? sorted[n - 1 - n / 200] : 1;
}

static bool fit(struct map *map, struct ra_err *err)
{
    float *sorted = calloc((size_t)map->n + 1, sizeof *sorted), high[2];
    if (!sorted)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
    for (int axis = 0; axis < 2; axis++)
        range_of(map, axis, sorted, &map->low[axis], &high[axis]);
    free(sorted);
    float size = fmaxf(high[0] - map->low[0], high[1] - map->low[1]);
    map->scale = size > 0 ? (float)(SIZE * 0.94) / size : 1;
    for (int axis = 0; axis < 2; axis++)
        map->low[axis] -= (size * 1.06f - (high[axis] - map->low[axis])) / 2;
    return true;
}

static double at(const struct map *map, const float *point, int axis)
{
    double value = (double)((point[axis] - map->low[axis]) * map->scale);
    return fmax(4, fmin(SIZE - 4, value));
}

static void put_dots(struct ra_buf *out, const struct map *map, unsigned cluster)
{
    ra_buf_putf(out, "<path class=\"spot c%u\" d=\"", cluster);
    for (uint32_t i = 0; i < map->n; i++) {
        const float *point = map->xy + 2 * (size_t)i;
        if (map->cluster[i] == cluster)
            ra_buf_putf(out, "M%.0f %.0fh0", at(map, point, 0), at(map, point, 1));
    }
    ra_buf_puts(out, "\"/>\n");
}

/* The most read books can be pointed at. */
static void put_tips(struct ra_buf *out, const struct map *map, const struct ra_model *model)
{
    for (uint32_t i = 0; i < map->n && i < TIPS; i++) {
        const float *point = map->xy + 2 * (size_t)i;
        if (isnan(point[0]))
            continue;
        ra_buf_putf(out, "<circle class=\"tip\" cx=\"%.0f\" cy=\"%.0f\" r=\"6\"><title>",
                    at(map, point, 0), at(map, point, 1));
        report_text(out, ra_model_title(model, i));
        ra_buf_puts(out, "</title></circle>");
    }
}

/* Books by each author: here, and on the whole map. */
struct authors {
    uint32_t *here, *all; /* (n_authors) */
    size_t n;
};

/* An author names a cluster whose books are many here and few elsewhere. */
static double weight_of(const struct authors *authors, size_t author)
{
    double here = authors->here[author], all = authors->all[author];
    return all > 0 ? here * here / all : 0;
}

static void name_cluster(struct ra_buf *out, const struct map *map, const struct ra_model *model,
                         struct authors *authors, unsigned cluster)
{
    memset(authors->here, 0, authors->n * sizeof *authors->here);
    for (uint32_t i = 0; i < map->n; i++)
        authors->here[ra_model_author(model, i)] += map->cluster[i] == cluster;
    for (int name = 0; name < NAMES; name++) {
        size_t best = 0; /* row 0 is "no author" */
        for (size_t a = 1; a < authors->n; a++) {
            if (authors->here[a] && (!best || weight_of(authors, a) > weight_of(authors, best)))
                best = a;
        }
        if (!best)
            return;
        ra_buf_puts(out, name ? ", " : "");
        report_text(out, ra_model_author_name(model, (uint32_t)best));
        authors->here[best] = 0;
    }
}

static bool put_legend(struct ra_buf *out, const struct map *map, const struct ra_model *model,
                       struct ra_err *err)
{
    struct authors authors = {.n = ra_model_n_authors(model)};
    authors.here = calloc(authors.n + 1, sizeof *authors.here);
    authors.all = calloc(authors.n + 1, sizeof *authors.all);
    bool ok = authors.here && authors.all;
    for (uint32_t i = 0; ok && i < map->n; i++)
        authors.all[ra_model_author(model, i)]++;
    ra_buf_puts(out, "<ul class=\"legend\">");
    for (unsigned cluster = 0; ok && cluster < CLUSTERS; cluster++) {
        ra_buf_putf(out, "<li class=\"c%u\">", cluster);
        name_cluster(out, map, model, &authors, cluster);
        ra_buf_puts(out, "</li>");
    }
    ra_buf_puts(out, "</ul>");
    free(authors.here);
    free(authors.all);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
}

static bool draw(const struct map *map, const struct report *report, struct ra_err *err)
{
    struct ra_buf *out = report->out;
    const struct ra_model *model = ra_engine_model(report->winner);
    ra_buf_puts(out, "<section id=\"map\"><h2>A map of the books</h2><p>Each dot is one of the ");
    report_count(out, map->n);
    ra_buf_puts(out, " most read books, near those that the model recommends with it. Point at a "
                     "dot of a well-read book for its title.</p><div class=\"map\">");
    ra_buf_putf(out, "<svg viewBox=\"0 0 %g %g\" role=\"img\"><title>Map of the books</title>",
                SIZE, SIZE);
    for (unsigned cluster = 0; cluster < CLUSTERS; cluster++)
        put_dots(out, map, cluster);
    put_tips(out, map, model);
    ra_buf_puts(out, "</svg>");
    bool ok = put_legend(out, map, model, err);
    ra_buf_puts(out, "</div></section>\n");
    return ok;
}

bool report_map(const struct report *report, struct ra_err *err)
{
    struct ra_section section = ra_model_section(ra_engine_model(report->winner), "map");
    struct map map = {.n = section.data ? (uint32_t)section.rows : book_map_size(report->winner)};
    bool ok = allocate(&map) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
    if (ok && place(&map, report, err) && fit(&map, err)) {
        find_clusters(map.xy, map.n, CLUSTERS, map.cluster, map.centre);
        ok = draw(&map, report, err);
    } else {
        ok = false;
    }
    free(map.xy);
    free(map.cluster);
    return ok;
}
