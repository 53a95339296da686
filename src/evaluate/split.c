/* Which rows are withheld, and the matrices of a fold. */
#include "readalike/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/random.h"
#include "readalike/str.h"

#define HIDDEN_SHARE 0.2 /* of the rows of a withheld reader */

static const char *const kind_names[] = {
    [RA_SPLIT_HOLDOUT] = "holdout",
    [RA_SPLIT_KFOLD] = "kfold",
    [RA_SPLIT_LEAVE_ONE_OUT] = "leave-one-out",
    [RA_SPLIT_LAST] = "last",
    [RA_SPLIT_READERS] = "readers",
};

bool ra_split_kind_find(const char *name, enum ra_split_kind *out, struct ra_err *err)
{
    for (size_t i = 0; i < RA_COUNT(kind_names); i++) {
        if (strcmp(kind_names[i], name) == 0) {
            *out = (enum ra_split_kind)i;
            return true;
        }
    }
    const char *near = ra_str_nearest(name, kind_names, RA_COUNT(kind_names), sizeof kind_names[0]);
    return ra_fail(err, RA_ERR_INVALID, "unknown split \"%.64s\"; %s%s%s", name,
                   near ? "did you mean "
                        : "there are holdout, kfold, leave-one-out, last, readers",
                   near ? near : "", near ? "?" : "");
}

const char *ra_split_kind_name(enum ra_split_kind kind)
{
    return (size_t)kind < RA_COUNT(kind_names) ? kind_names[kind] : "unknown";
}

unsigned ra_split_folds(const struct ra_split_params *params)
{
    return params->kind == RA_SPLIT_KFOLD ? params->folds : 1;
}

/* Fisher and Yates. */
static void shuffle(uint32_t *numbers, uint32_t n, struct ra_random *random)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t other = ra_random_below(random, i), kept = numbers[i - 1];
        numbers[i - 1] = numbers[other];
        numbers[other] = kept;
    }
}

/* What the kinds work on: the rows of each reader, next to each other, in the files' order. */
struct splitting {
    const struct ra_events *events;
    const struct ra_split_params *params;
    struct ra_random random;
    uint16_t *part;
    uint32_t *rows;  /* (n) row numbers, reader by reader */
    uint32_t *start; /* (n_readers + 1) bounds in `rows` */
};

static void number_rows(uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)i;
}

static void group_by_reader(struct splitting *splitting)
{
    const struct ra_events *events = splitting->events;
    uint32_t *start = splitting->start;
    for (size_t i = 0; i < events->n; i++)
        start[(size_t)events->rows[i].reader + 1]++;
    for (size_t i = 0; i < events->n_readers; i++)
        start[i + 1] += start[i];
    for (size_t i = 0; i < events->n; i++)
        splitting->rows[start[events->rows[i].reader]++] = (uint32_t)i;
    memmove(start + 1, start, events->n_readers * sizeof *start);
    start[0] = 0;
}

/* All rows in random order; the first share is fold 0, or each fold takes its equal share. */
static void split_rows(struct splitting *splitting)
{
    const struct ra_split_params *params = splitting->params;
    uint32_t n = (uint32_t)splitting->events->n;
    number_rows(splitting->rows, n);
    shuffle(splitting->rows, n, &splitting->random);
    if (params->kind == RA_SPLIT_HOLDOUT)
        n = (uint32_t)lround((double)n * params->share);
    uint64_t folds = ra_split_folds(params);
    for (uint32_t i = 0; i < n; i++)
        splitting->part[splitting->rows[i]] = (uint16_t)(i * folds / n);
}

static void leave_one_out(struct splitting *splitting)
{
    for (uint32_t reader = 0; reader < splitting->events->n_readers; reader++) {
        uint32_t first = splitting->start[reader], n = splitting->start[reader + 1] - first;
        if (n >= 2)
            splitting->part[splitting->rows[first + ra_random_below(&splitting->random, n)]] = 0;
    }
}

static int by_time(const void *a, const void *b, void *ctx)
{
    const struct ra_event *rows = ctx;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    if (rows[left].at != rows[right].at)
        return rows[left].at < rows[right].at ? -1 : 1;
    return left < right ? -1 : left > right;
}

static void leave_last(struct splitting *splitting)
{
    uint32_t last = splitting->params->last;
    for (uint32_t reader = 0; reader < splitting->events->n_readers; reader++) {
        uint32_t *rows = splitting->rows + splitting->start[reader];
        uint32_t n = splitting->start[reader + 1] - splitting->start[reader];
        if (n <= last)
            continue;
        qsort_r(rows, n, sizeof *rows, by_time, splitting->events->rows);
        for (uint32_t i = n - last; i < n; i++)
            splitting->part[rows[i]] = 0;
    }
}

/* At least one row is to be found and one is given; a reader with one row stays in train. */
static void hide_reader(struct splitting *splitting, uint32_t reader)
{
    uint32_t *rows = splitting->rows + splitting->start[reader];
    uint32_t n = splitting->start[reader + 1] - splitting->start[reader];
    if (n < 2)
        return;
    uint32_t hidden = (uint32_t)lround((double)n * HIDDEN_SHARE);
    hidden = hidden ? hidden : 1;
    shuffle(rows, n, &splitting->random);
    for (uint32_t i = 0; i < n; i++)
        splitting->part[rows[i]] = i < hidden ? 0 : RA_PART_GIVEN;
}

static bool split_readers(struct splitting *splitting, struct ra_err *err)
{
    uint32_t n = splitting->events->n_readers;
    uint32_t *readers = calloc((size_t)n + 1, sizeof *readers);
    if (!readers)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for %u readers", n);
    number_rows(readers, n);
    shuffle(readers, n, &splitting->random);
    uint32_t withheld = (uint32_t)lround((double)n * splitting->params->share);
    for (uint32_t i = 0; i < withheld; i++)
        hide_reader(splitting, readers[i]);
    free(readers);
    return true;
}

static bool split(struct splitting *splitting, struct ra_err *err)
{
    switch (splitting->params->kind) {
    case RA_SPLIT_HOLDOUT:
    case RA_SPLIT_KFOLD:
        split_rows(splitting);
        return true;
    case RA_SPLIT_LEAVE_ONE_OUT:
        leave_one_out(splitting);
        return true;
    case RA_SPLIT_LAST:
        leave_last(splitting);
        return true;
    case RA_SPLIT_READERS:
        return split_readers(splitting, err);
    }
    return ra_fail(err, RA_ERR_INVALID, "unknown split");
}

static bool has_times(const struct ra_events *events)
{
    for (size_t i = 0; i < events->n; i++) {
        if (events->rows[i].at)
            return true;
    }
    return false;
}

static bool check(const struct ra_events *events, const struct ra_split_params *params,
                  struct ra_err *err)
{
    enum ra_split_kind kind = params->kind;
    if (events->n > UINT32_MAX)
        return ra_fail(err, RA_ERR_INVALID, "more than %u rows cannot be split", UINT32_MAX);
    if (kind == RA_SPLIT_KFOLD && (params->folds < 2 || params->folds > RA_SPLIT_FOLDS_MAX))
        return ra_fail(err, RA_ERR_INVALID, "folds is not between 2 and %d", RA_SPLIT_FOLDS_MAX);
    if (kind == RA_SPLIT_KFOLD && params->folds > events->n)
        return ra_fail(err, RA_ERR_INVALID, "%u folds of %zu rows", params->folds, events->n);
    if ((kind == RA_SPLIT_HOLDOUT || kind == RA_SPLIT_READERS) &&
        !(params->share > 0 && params->share < 1))
        return ra_fail(err, RA_ERR_INVALID, "the share is not between 0 and 1");
    if (kind == RA_SPLIT_LAST && params->last == 0)
        return ra_fail(err, RA_ERR_INVALID, "the last 0 of a reader leaves nothing to find");
    if (kind == RA_SPLIT_LAST && !has_times(events))
        return ra_fail(err, RA_ERR_INVALID, "the data has no times to find the last ones by");
    return true;
}

/* A split that withholds nothing, or trains on nothing, is not one. */
static bool check_result(const uint16_t *part, size_t n, struct ra_err *err)
{
    size_t tested = 0, never = 0;
    bool several = false;
    for (size_t i = 0; i < n; i++) {
        tested += part[i] < RA_PART_GIVEN;
        never += part[i] == RA_PART_TRAIN;
        several |= part[i] > 0 && part[i] < RA_PART_GIVEN;
    }
    if (tested == 0)
        return ra_fail(err, RA_ERR_INVALID, "the data is too small: the split withholds nothing");
    return several || never ||
           ra_fail(err, RA_ERR_INVALID, "the data is too small: nothing is left to train on");
}

bool ra_split_parts(const struct ra_events *events, const struct ra_split_params *params,
                    uint16_t *part, struct ra_err *err)
{
    if (!check(events, params, err))
        return false;
    struct splitting splitting = {
        .events = events,
        .params = params,
        .random = ra_random_stream(params->seed, (uint64_t)params->kind),
        .part = part,
        .rows = calloc(events->n + 1, sizeof *splitting.rows),
        .start = calloc((size_t)events->n_readers + 2, sizeof *splitting.start),
    };
    for (size_t i = 0; i < events->n; i++)
        part[i] = RA_PART_TRAIN;
    bool ok = splitting.rows && splitting.start;
    if (ok) {
        group_by_reader(&splitting);
        ok = split(&splitting, err) && check_result(part, events->n, err);
    } else {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu rows", events->n);
    }
    free(splitting.rows);
    free(splitting.start);
    return ok;
}

/* In the order of the matrices of a fold. */
enum { IN_TRAIN = 1, IN_SEEN = 2, IN_TEST = 4 };

static unsigned places_of(unsigned part, unsigned fold)
{
    if (part == fold)
        return IN_TEST;
    return part == RA_PART_GIVEN ? IN_SEEN : IN_TRAIN | IN_SEEN;
}

/* Rows by one of the two numbers, the order of equal ones kept. */
static bool sort_rows(const struct ra_events *events, const uint32_t *from, uint32_t *to,
                      bool by_reader)
{
    size_t n_keys = by_reader ? events->n_readers : events->n_items;
    size_t *next = calloc(n_keys + 2, sizeof *next);
    if (!next)
        return false;
    for (size_t i = 0; i < events->n; i++)
        next[(by_reader ? events->rows[i].reader : events->rows[i].item) + (size_t)1]++;
    for (size_t key = 0; key < n_keys; key++)
        next[key + 1] += next[key];
    for (size_t i = 0; i < events->n; i++) {
        uint32_t row = from ? from[i] : (uint32_t)i;
        to[next[by_reader ? events->rows[row].reader : events->rows[row].item]++] = row;
    }
    free(next);
    return true;
}

/* Row numbers by reader, then by item, then as they come. */
static uint32_t *order_rows(const struct ra_events *events)
{
    uint32_t *by_item = calloc(events->n + 1, sizeof *by_item);
    uint32_t *order = calloc(events->n + 1, sizeof *order);
    bool ok = by_item && order && sort_rows(events, NULL, by_item, false) &&
              sort_rows(events, by_item, order, true);
    free(by_item);
    if (ok)
        return order;
    free(order);
    return NULL;
}

static bool is_sorted(const struct ra_events *events)
{
    const struct ra_event *rows = events->rows;
    for (size_t i = 1; i < events->n; i++) {
        if (rows[i].reader < rows[i - 1].reader ||
            (rows[i].reader == rows[i - 1].reader && rows[i].item < rows[i - 1].item))
            return false;
    }
    return true;
}

bool ra_split_sort(struct ra_events *events, uint16_t *part, struct ra_err *err)
{
    uint32_t *order = order_rows(events);
    struct ra_event *rows = calloc(events->n + 1, sizeof *rows);
    uint16_t *parts = calloc(events->n + 1, sizeof *parts);
    bool ok = order && rows && parts;
    for (size_t i = 0; ok && i < events->n; i++) {
        rows[i] = events->rows[order[i]];
        parts[i] = part[order[i]];
    }
    if (ok) {
        memcpy(events->rows, rows, events->n * sizeof *rows);
        memcpy(part, parts, events->n * sizeof *parts);
    }
    free(order);
    free(rows);
    free(parts);
    return ok || ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu rows", events->n);
}

/* A matrix that is filled row by row, with the times beside it (NULL: not wanted). */
struct filling {
    struct ra_csr *csr;
    int64_t **when;
    uint64_t n;
    uint32_t reader; /* of the last one added */
};

static bool begin_filling(struct filling *filling, const struct ra_events *events)
{
    struct ra_csr *csr = filling->csr;
    size_t n = events->n + 1;
    *csr = (struct ra_csr){
        .n_rows = events->n_readers,
        .n_cols = events->n_items,
        .start = calloc((size_t)events->n_readers + 2, sizeof *csr->start),
        .col = calloc(n, sizeof *csr->col),
        .value = calloc(n, sizeof *csr->value),
    };
    if (filling->when)
        *filling->when = calloc(n, sizeof **filling->when);
    return csr->start && csr->col && csr->value && (!filling->when || *filling->when);
}

/* Of several rows at one place the last counts. */
static void fill(struct filling *filling, const struct ra_event *row)
{
    struct ra_csr *csr = filling->csr;
    bool again =
        filling->n && filling->reader == row->reader && csr->col[filling->n - 1] == row->item;
    uint64_t at = again ? filling->n - 1 : filling->n++;
    csr->col[at] = row->item;
    csr->value[at] = row->rating;
    if (filling->when)
        (*filling->when)[at] = row->at;
    csr->start[(size_t)row->reader + 1] = filling->n;
    filling->reader = row->reader;
}

/* Readers without a row end where the one before them does; the room that was not needed goes. */
static void end_filling(const struct filling *filling)
{
    struct ra_csr *csr = filling->csr;
    for (uint32_t reader = 0; reader < csr->n_rows; reader++) {
        if (csr->start[reader + 1] < csr->start[reader])
            csr->start[reader + 1] = csr->start[reader];
    }
    uint32_t *col = reallocarray(csr->col, filling->n + 1, sizeof *col);
    float *value = reallocarray(csr->value, filling->n + 1, sizeof *value);
    csr->col = col ? col : csr->col;
    csr->value = value ? value : csr->value;
}

bool ra_fold_make(struct ra_fold *out, const struct ra_events *events, const uint16_t *part,
                  unsigned fold, struct ra_err *err)
{
    enum { N_PLACES = 3 };
    *out = (struct ra_fold){0};
    struct filling filling[N_PLACES] = {
        {.csr = &out->train, .when = &out->train_when},
        {.csr = &out->seen, .when = &out->seen_when},
        {.csr = &out->test},
    };
    bool sorted = is_sorted(events);
    uint32_t *order = sorted ? NULL : order_rows(events);
    bool ok = sorted || order;
    for (int i = 0; ok && i < N_PLACES; i++)
        ok = begin_filling(&filling[i], events);
    for (size_t i = 0; ok && i < events->n; i++) {
        size_t row = sorted ? i : order[i];
        unsigned places = places_of(part[row], fold);
        for (int place = 0; place < N_PLACES; place++) {
            if (places & (1u << place))
                fill(&filling[place], &events->rows[row]);
        }
    }
    for (int i = 0; ok && i < N_PLACES; i++)
        end_filling(&filling[i]);
    free(order);
    if (ok)
        return true;
    ra_fold_finish(out);
    return ra_fail(err, RA_ERR_NOMEM, "out of memory for %zu rows", events->n);
}

void ra_fold_finish(struct ra_fold *fold)
{
    ra_csr_finish(&fold->train);
    ra_csr_finish(&fold->seen);
    ra_csr_finish(&fold->test);
    free(fold->train_when);
    free(fold->seen_when);
    fold->train_when = fold->seen_when = NULL;
}
