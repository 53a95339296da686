/* Which candidate is best, how sure that is, and how it is told. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "run_record.h"

static double member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const json_t *figure_of(const struct grid *grid, const json_t *record)
{
    return json_object_get(json_object_get(record, "metrics"), grid->rules.metric);
}

bool grid_compare(const struct grid *grid, const json_t *better, const json_t *worse,
                  struct ra_figure *out)
{
    const json_t *a = json_object_get(json_object_get(better, "draws"), "values");
    const json_t *b = json_object_get(json_object_get(worse, "draws"), "values");
    size_t n = json_array_size(a);
    double sign = grid->row->more_is_better ? 1 : -1;
    out->mean =
        sign * (member(figure_of(grid, better), "mean") - member(figure_of(grid, worse), "mean"));
    out->interval = out->low = out->high = NAN;
    double *values = n && n == json_array_size(b) ? calloc(2 * n, sizeof *values) : NULL;
    if (!values)
        return false;
    for (size_t i = 0; i < n; i++) {
        values[i] = sign * json_number_value(json_array_get(a, i));
        values[n + i] = sign * json_number_value(json_array_get(b, i));
    }
    ra_draws_compare(values, values + n, n, out);
    free(values);
    return true;
}

/* For qsort, which has no room for a context: candidates are sorted by insertion, few as they are.
 */
static void insert(struct grid *grid, size_t candidate)
{
    double sign = grid->row->more_is_better ? 1 : -1;
    double mean = sign * grid->candidates[candidate].mean;
    size_t at = grid->n_ranked++;
    for (; at > 0 && sign * grid->candidates[grid->order[at - 1]].mean < mean; at--)
        grid->order[at] = grid->order[at - 1];
    grid->order[at] = candidate;
}

bool grid_rank(struct grid *grid, struct ra_err *err)
{
    grid->order = calloc(grid->n + 1, sizeof *grid->order);
    if (!grid->order)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < grid->n; i++) {
        struct grid_candidate *candidate = &grid->candidates[i];
        candidate->mean = member(figure_of(grid, candidate->record), "mean");
        if (candidate->record && isfinite(candidate->mean))
            insert(grid, i);
    }
    if (grid->n_ranked == 0) {
        const char *why = grid->n && grid->candidates[0].failure ? grid->candidates[0].failure : "";
        return ra_fail(err, RA_ERR_INVALID, "no candidate could be judged: %s: %s",
                       grid->n ? grid->candidates[0].label : "there is none", why);
    }
    const json_t *best = grid->candidates[grid->order[0]].record;
    for (size_t i = 1; i < grid->n_ranked; i++) {
        struct grid_candidate *candidate = &grid->candidates[grid->order[i]];
        bool is_known = grid_compare(grid, best, candidate->record, &candidate->behind);
        candidate->is_tied = is_known && candidate->behind.low <= 0;
    }
    return true;
}

static void print_row(const struct grid *grid, size_t place)
{
    const struct grid_candidate *candidate = &grid->candidates[grid->order[place]];
    const json_t *figure = figure_of(grid, candidate->record);
    printf("%4zu%c %-48s %8.4f  %8.4f %8.4f  %8.2f %7.0f%s\n", place + 1,
           candidate->is_tied ? '=' : ' ', candidate->label, candidate->mean, member(figure, "low"),
           member(figure, "high"),
           member(candidate->record, "train_s") + member(candidate->record, "evaluate_s"),
           (member(candidate->record, "peak_rss_bytes") -
            member(candidate->record, "base_rss_bytes")) /
               1e6,
           candidate->is_live ? "  live" : "");
}

static void print_verdict(const struct grid *grid)
{
    const struct grid_candidate *best = &grid->candidates[grid->order[0]];
    if (grid->n_ranked == 1) {
        printf("best: %s, the only one\n", best->label);
        return;
    }
    const struct grid_candidate *second = &grid->candidates[grid->order[1]];
    const struct ra_figure *behind = &second->behind;
    printf("best: %s\n", best->label);
    if (isnan(behind->low))
        printf("  %s is %.4f behind; without draws there is no telling how sure that is\n",
               second->label, behind->mean);
    else
        printf("  %s is %.4f behind (95 %%: %.4f to %.4f): %s\n", second->label, behind->mean,
               behind->low, behind->high,
               second->is_tied ? "a tie, the difference may be chance" : "more than chance");
}

void grid_print(const struct grid *grid)
{
    const struct grid_rules *rules = &grid->rules;
    printf("\n%s", grid->row->label);
    if (!rules->judges_ratings)
        printf("@%u", rules->k);
    printf(", split %s of %u, seed %u; %u readers, %u books, %zu rows\n", rules->split,
           grid->n_folds, rules->seed, grid->events.n_readers, grid->events.n_items,
           grid->events.n);
    printf("      %-48s %8s  %17s  %8s %7s\n", "CANDIDATE", grid->row->label, "95 %", "SECONDS",
           "MB");
    for (size_t i = 0; i < grid->n_ranked; i++)
        print_row(grid, i);
    for (size_t i = 0; i < grid->n; i++) {
        if (!grid->candidates[i].record)
            printf("   -  %-48s %s\n", grid->candidates[i].label, grid->candidates[i].failure);
    }
    print_verdict(grid);
    printf("%zu candidates, %zu of an earlier run, in %.2f s, %u at once\n", grid->n,
           grid->n_reused, grid->seconds, grid->at_once);
}

static json_t *candidate_to_json(const struct grid *grid, const struct grid_candidate *candidate,
                                 bool is_best)
{
    const json_t *record = candidate->record;
    json_t *figure = json_deep_copy(figure_of(grid, record));
    json_t *behind = is_best || isnan(candidate->behind.low)
                         ? json_null()
                         : json_pack("{s:f, s:f, s:f}", "mean", candidate->behind.mean, "low",
                                     candidate->behind.low, "high", candidate->behind.high);
    json_t *out = json_pack("{s:s, s:s, s:s, s:O, s:o, s:o, s:b, s:b, s:b}", "record",
                            candidate->name, "label", candidate->label, "algorithm",
                            candidate->algorithm, "settings", json_object_get(record, "settings"),
                            grid->rules.metric, figure, "behind", behind, "tie", candidate->is_tied,
                            "live", candidate->is_live, "reused", candidate->is_reused);
    static const char *const copied[] = {"train_s", "evaluate_s", "memory_bytes", "peak_rss_bytes",
                                         "base_rss_bytes"};
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        json_object_set(out, copied[i], json_object_get(record, copied[i]));
    return out;
}

json_t *grid_to_json(const struct grid *grid)
{
    json_t *ranked = json_array(), *failed = json_array();
    for (size_t i = 0; i < grid->n_ranked; i++)
        json_array_append_new(ranked,
                              candidate_to_json(grid, &grid->candidates[grid->order[i]], i == 0));
    for (size_t i = 0; i < grid->n; i++) {
        const struct grid_candidate *candidate = &grid->candidates[i];
        if (!candidate->record)
            json_array_append_new(failed, json_pack("{s:s, s:s}", "label", candidate->label,
                                                    "error", candidate->failure));
    }
    const struct grid_rules *rules = &grid->rules;
    return json_pack(
        "{s:s, s:s, s:i, s:s, s:i, s:i, s:I, s:I, s:I, s:o, s:o, s:I, s:i, s:i, s:f}", "metric",
        rules->metric, "judges", rules->judges_ratings ? "ratings" : "ranking", "k", (int)rules->k,
        "split", rules->split, "folds", (int)grid->n_folds, "seed", (int)rules->seed, "books",
        (json_int_t)grid->events.n_items, "readers", (json_int_t)grid->events.n_readers, "rows",
        (json_int_t)grid->events.n, "candidates", ranked, "failed", failed, "reused",
        (json_int_t)grid->n_reused, "at_once", (int)grid->at_once, "threads", (int)rules->threads,
        "grid_s", grid->seconds);
}
