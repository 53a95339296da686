/* A map of the books, from what the model recommends for each of them. */
#include "book_map.h"

#include <math.h>
#include <stdlib.h>

#include "readalike/layout.h"
#include "readalike/model.h"
#include "readalike/progress.h"

uint32_t book_map_size(const struct ra_engine *engine)
{
    const struct ra_model *model = ra_engine_model(engine);
    size_t n_items = ra_model_n_items(model);
    uint32_t n = 0;
    while (n < n_items && n < BOOK_MAP_MOST && ra_model_rating_count(model, n) >= BOOK_MAP_READERS)
        n++;
    return n;
}

/* The rows of neighbours while they are asked for. */
struct rows {
    const struct ra_engine *engine;
    struct ra_scratch *scratch;
    struct ra_answer *answer;
    struct ra_neighbours neighbours;
    unsigned most; /* of a row */
};

static bool allocate(struct rows *rows, uint32_t n)
{
    size_t pairs = (size_t)n * rows->most + 1;
    rows->scratch = ra_scratch_create();
    rows->answer = calloc(1, sizeof *rows->answer);
    rows->neighbours = (struct ra_neighbours){
        .n_items = n,
        .start = calloc((size_t)n + 1, sizeof(uint64_t)),
        .item = calloc(pairs, sizeof(uint32_t)),
        .score = calloc(pairs, sizeof(float)),
    };
    return rows->scratch && rows->answer && rows->neighbours.start && rows->neighbours.item &&
           rows->neighbours.score;
}

static void finish(struct rows *rows)
{
    ra_scratch_destroy(rows->scratch);
    free(rows->answer);
    ra_neighbours_finish(&rows->neighbours);
}

/* Popular books that only fill the list up say nothing of this one. */
static bool ask_row(struct rows *rows, uint32_t item_ix, struct ra_err *err)
{
    const struct ra_liked liked = {.item_ix = item_ix, .rating = NAN};
    const struct ra_ask ask = {.liked = &liked, .n_liked = 1, .k = rows->most};
    struct ra_neighbours *neighbours = &rows->neighbours;
    uint64_t at = neighbours->start[item_ix];
    if (!ra_recommend(rows->engine, rows->scratch, &ask, rows->answer, err))
        return false;
    for (size_t i = 0; i < rows->answer->n; i++) {
        const struct ra_pick *pick = &rows->answer->picks[i];
        if (pick->source == RA_SOURCE_POPULAR)
            break;
        neighbours->item[at] = pick->item_ix;
        neighbours->score[at++] = pick->score;
    }
    neighbours->start[item_ix + 1] = at;
    return true;
}

static bool lay_out(const struct rows *rows, struct ra_layout_params *params, bool quiet, float *xy,
                    struct ra_err *err)
{
    struct ra_progress progress;
    ra_progress_start(&progress, "rounds of the map", params->epochs, quiet);
    params->progress = &progress;
    bool ok = ra_layout(&rows->neighbours, rows->neighbours.n_items, params, xy, err);
    ra_progress_end(&progress);
    return ok;
}

bool book_map(const struct ra_engine *engine, uint32_t n, bool quiet, float *xy, struct ra_err *err)
{
    struct ra_layout_params params = ra_layout_defaults();
    struct rows rows = {.engine = engine, .most = params.neighbours};
    bool ok = allocate(&rows, n) || ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
    for (uint32_t i = 0; ok && i < n; i++)
        ok = ask_row(&rows, i, err);
    ok = ok && lay_out(&rows, &params, quiet, xy, err);
    finish(&rows);
    return ok;
}
