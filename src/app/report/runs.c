/* Reads the records of evaluations and sorts them into groups that can be compared. */
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/json.h"
#include "readalike/registry.h"

#define RECORDS_MOST 4096

struct reading {
    const struct report *report;
    struct run_groups *out;
};

double run_metric(const json_t *run, const char *metric, const char *part)
{
    const json_t *value = json_object_get(json_object_get(run, "metrics"), metric);
    value = json_object_get(value, part);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

bool run_metric_falls(const char *metric)
{
    return strcmp(metric, "rmse") == 0 || strcmp(metric, "mae") == 0;
}

const char *run_label(const json_t *run)
{
    const char *label = json_string_value(json_object_get(run, "label"));
    return label ? label : "";
}

static bool is_of_this_data(const json_t *record, const struct ra_dataset *dataset)
{
    char fingerprint[20];
    snprintf(fingerprint, sizeof fingerprint, "%016llx", (unsigned long long)dataset->fingerprint);
    const json_t *data = json_object_get(record, "data");
    const char *said = json_string_value(json_object_get(data, "fingerprint"));
    const char *kind = json_string_value(json_object_get(record, "kind"));
    return said && kind && strcmp(kind, "evaluation") == 0 && strcmp(said, fingerprint) == 0 &&
           json_is_string(json_object_get(record, "metric"));
}

/* A record that cannot be read is passed over: the page is about the others. */
static bool read_one(void *ctx, const char *name, struct ra_err *err)
{
    struct reading *reading = ctx;
    struct run_groups *out = reading->out;
    struct ra_err unreadable = {0};
    struct ra_buf text;
    if (out->n_records == RECORDS_MOST)
        return true;
    ra_buf_init(&text);
    json_t *record = NULL;
    bool ok = ra_registry_get_run(reading->report->registry, name, &text, err);
    if (ok)
        record = ra_json_parse(text.data, text.len, &unreadable);
    ra_buf_finish(&text);
    if (record && is_of_this_data(record, reading->report->dataset))
        out->records[out->n_records++] = record;
    else
        json_decref(record);
    return ok;
}

static int compare_text(const json_t *a, const json_t *b)
{
    char *x = a ? json_dumps(a, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    char *y = b ? json_dumps(b, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    int order = strcmp(x ? x : "", y ? y : "");
    free(x);
    free(y);
    return order;
}

/* By what must be the same to be compared. */
static int by_group(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"judges", "metric", "k", "threshold", "split"};
    int order = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && order == 0; i++)
        order = compare_text(json_object_get(a, keys[i]), json_object_get(b, keys[i]));
    return order;
}

static double mean_of(const json_t *run)
{
    return run_metric(run, json_string_value(json_object_get(run, "metric")), "mean");
}

/* The groups one after the other, in each the best first; what has no figure comes last. */
static int by_place(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int order = by_group(x, y);
    if (order)
        return order;
    double p = mean_of(x), q = mean_of(y);
    if (isnan(p) || isnan(q))
        return isnan(p) - isnan(q);
    bool falls = run_metric_falls(json_string_value(json_object_get(x, "metric")));
    if (p != q)
        return (p < q) == falls ? -1 : 1;
    return strcmp(run_label(x), run_label(y));
}

static void make_groups(struct run_groups *out)
{
    qsort(out->records, out->n_records, sizeof(json_t *), by_place);
    for (size_t i = 0; i < out->n_records; i++) {
        if (i == 0 || by_group(out->records[i - 1], out->records[i]) != 0)
            out->groups[out->n++] = (struct run_group){
                .metric = json_string_value(json_object_get(out->records[i], "metric")),
                .runs = out->records + i,
            };
        out->groups[out->n - 1].n++;
    }
}

bool runs_read(struct run_groups *out, const struct report *report, struct ra_err *err)
{
    struct reading reading = {report, out};
    *out = (struct run_groups){
        .groups = calloc(RECORDS_MOST, sizeof *out->groups),
        .records = calloc(RECORDS_MOST, sizeof(json_t *)),
    };
    if (!out->groups || !out->records)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the records");
    if (!ra_registry_list_runs(report->registry, read_one, &reading, err))
        return false;
    make_groups(out);
    return true;
}

void runs_finish(struct run_groups *groups)
{
    for (size_t i = 0; i < groups->n_records; i++)
        json_decref(groups->records[i]);
    free(groups->records);
    free(groups->groups);
    *groups = (struct run_groups){0};
}
