/* Versions as they are listed and shown: the file's own meta, and the records of their runs. */
#include "models_runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/json.h"
#include "readalike/model.h"
#include "readalike/registry.h"
#include "run_record.h"

/* The two records of a version; NULL where there is none. */
struct runs {
    json_t *training, *evaluation;
};

static struct runs find_runs(struct ra_registry *registry, const char *version)
{
    char name[RA_RUN_NAME_MAX + 1];
    struct runs runs = {NULL, NULL};
    snprintf(name, sizeof name, "training-%s", version);
    runs.training = run_record_get(registry, name);
    const char *judged = json_string_value(json_object_get(runs.training, "evaluation"));
    if (judged)
        runs.evaluation = run_record_get(registry, judged);
    return runs;
}

static void finish_runs(struct runs *runs)
{
    json_decref(runs->training);
    json_decref(runs->evaluation);
}

/* The figure that the candidates were compared by; NULL when it was not judged. */
static const json_t *metric_of(const struct runs *runs, const char **out_name)
{
    *out_name = json_string_value(json_object_get(runs->evaluation, "metric"));
    return *out_name ? json_object_get(json_object_get(runs->evaluation, "metrics"), *out_name)
                     : NULL;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

struct listing {
    const struct app *app;
    struct ra_registry *registry;
    size_t n;
};

static void print_entry_json(const struct ra_registry_entry *entry, const struct runs *runs)
{
    struct ra_buf out;
    const char *name;
    const json_t *figure = metric_of(runs, &name);
    ra_buf_init(&out);
    ra_buf_putf(&out, "{\"version\":\"%s\",\"algorithm\":", entry->version);
    ra_buf_put_json(&out, entry->algorithm);
    ra_buf_putf(&out, ",\"created\":\"%s\",\"bytes\":%llu,\"live\":%s,\"damaged\":%s",
                entry->created, (unsigned long long)entry->bytes, entry->live ? "true" : "false",
                entry->algorithm ? "false" : "true");
    ra_buf_puts(&out, ",\"metric\":");
    ra_buf_put_json(&out, figure ? name : NULL);
    ra_buf_puts(&out, ",\"mean\":");
    ra_buf_put_json_double(&out, number(figure, "mean"), 10);
    ra_buf_putc(&out, '}');
    fwrite(out.data, 1, out.len, stdout);
    ra_buf_finish(&out);
}

static void print_entry_row(const struct ra_registry_entry *entry, const struct runs *runs)
{
    const char *name;
    char judged[48] = "";
    const json_t *figure = metric_of(runs, &name);
    if (figure)
        snprintf(judged, sizeof judged, "%.20s %.4f", name, number(figure, "mean"));
    printf("%-32s %-12s %-21s %10.1f  %-16s%s\n", entry->version,
           entry->algorithm ? entry->algorithm : "(damaged)", entry->created,
           (double)entry->bytes / 1e6, judged, entry->live ? "  live" : "");
}

static bool print_entry(void *ctx, const struct ra_registry_entry *entry, struct ra_err *err)
{
    (void)err;
    struct listing *listing = ctx;
    struct runs runs = find_runs(listing->registry, entry->version);
    if (listing->app->json)
        fputs(listing->n ? "," : "", stdout);
    else if (listing->n == 0)
        printf("%-32s %-12s %-21s %10s  %s\n", "VERSION", "ALGORITHM", "ADDED", "MB", "JUDGED");
    listing->n++;
    if (listing->app->json)
        print_entry_json(entry, &runs);
    else
        print_entry_row(entry, &runs);
    finish_runs(&runs);
    return true;
}

bool models_list(const struct app *app, struct ra_registry *registry, struct ra_err *err)
{
    struct listing listing = {.app = app, .registry = registry};
    if (app->json)
        fputs("{\"models\":[", stdout);
    bool ok = ra_registry_list(registry, print_entry, &listing, err);
    if (app->json)
        puts("]}");
    else if (ok && listing.n == 0)
        printf("No models in %s yet; `readalike train` makes one.\n", app->settings.models.dir);
    return ok;
}

static void print_figures(const json_t *evaluation)
{
    const char *name;
    json_t *figure;
    const json_t *split = json_object_get(evaluation, "split");
    printf("judged %s: split %s, seed %.0f, k %.0f, of %.0f readers\n",
           json_string_value(json_object_get(evaluation, "finished")),
           json_string_value(json_object_get(split, "kind")), number(split, "seed"),
           number(evaluation, "k"), number(json_object_get(evaluation, "judged"), "readers"));
    json_object_foreach(json_object_get(evaluation, "metrics"), name, figure)
    {
        printf("  %-16s %8.4f", name, number(figure, "mean"));
        if (isfinite(number(figure, "low")))
            printf("   95 %%: %.4f to %.4f", number(figure, "low"), number(figure, "high"));
        putchar('\n');
    }
}

static void print_training(const json_t *training)
{
    const json_t *values = json_object_get(json_object_get(training, "curve"), "values");
    size_t n = json_array_size(values);
    printf("trained %s in %.2f s by %.0f threads, peak memory %.0f MB (%.0f MB before)\n",
           json_string_value(json_object_get(training, "finished")), number(training, "train_s"),
           number(training, "threads"), number(training, "peak_rss_bytes") / 1e6,
           number(training, "base_rss_bytes") / 1e6);
    if (n)
        printf("  loss %.6g after the first of %zu sweeps, %.6g after the last\n",
               json_number_value(json_array_get(values, 0)), n,
               json_number_value(json_array_get(values, n - 1)));
}

static void print_model(const struct ra_model *model, const char *path, const struct runs *runs)
{
    size_t n;
    const char *text = ra_model_meta(model, &n);
    json_t *meta = ra_json_parse(text, n, NULL);
    char *pretty = meta ? json_dumps(meta, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    printf("%s\n%zu books, sound\n%s\n", path, ra_model_n_items(model), pretty ? pretty : "");
    if (runs->training)
        print_training(runs->training);
    if (runs->evaluation)
        print_figures(runs->evaluation);
    free(pretty);
    json_decref(meta);
}

/* The meta, and in it the records as "training" and "evaluation". */
static bool print_model_json(const struct ra_model *model, const struct runs *runs,
                             struct ra_err *err)
{
    size_t n;
    const char *text = ra_model_meta(model, &n);
    json_t *meta = ra_json_parse(text, n, err);
    if (!meta)
        return false;
    json_object_set(meta, "training", runs->training ? runs->training : json_null());
    json_object_set(meta, "evaluation", runs->evaluation ? runs->evaluation : json_null());
    char *out = json_dumps(meta, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
    if (out)
        puts(out);
    free(out);
    json_decref(meta);
    return out || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

bool models_show(const struct app *app, struct ra_registry *registry, const char *version,
                 struct ra_err *err)
{
    char *path = ra_registry_path(registry, version, err);
    struct ra_model *model = path ? ra_model_open(path, err) : NULL;
    bool ok = model != NULL;
    if (ok) {
        struct runs runs = find_runs(registry, ra_model_version(model));
        if (app->json)
            ok = print_model_json(model, &runs, err);
        else
            print_model(model, path, &runs);
        finish_runs(&runs);
    }
    ra_model_unref(model);
    free(path);
    return ok;
}
