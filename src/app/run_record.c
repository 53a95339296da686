/* The parts that all records of runs have. */
#include "run_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "readalike/clock.h"
#include "readalike/json.h"
#include "readalike/registry.h"
#include "readalike/str.h"
#include "version.h"

json_t *run_record_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Settings of training that change nothing in what is trained. */
static bool is_neutral(const char *key)
{
    static const char *const keys[] = {"train.algorithm", "train.memory_mb", "train.threads"};
    for (size_t i = 0; i < RA_COUNT(keys); i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
    }
    return false;
}

struct choosing {
    const char *algorithm;
    json_t *out;
};

/* "item-knn" has what is called item-knn., item_knn. or knn. */
static bool is_own(const char *algorithm, const char *key)
{
    const char *family = strrchr(algorithm, '-');
    const char *dot = strchr(key, '.');
    size_t n = dot ? (size_t)(dot - key) : 0;
    if (family && strlen(family + 1) == n && strncmp(family + 1, key, n) == 0)
        return true;
    if (strlen(algorithm) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (algorithm[i] != key[i] && !(algorithm[i] == '-' && key[i] == '_'))
            return false;
    }
    return true;
}

static void choose(void *ctx, const char *key, const char *value, bool is_number)
{
    struct choosing *choosing = ctx;
    if (is_neutral(key) || !(ra_str_starts(key, "train.") || is_own(choosing->algorithm, key)))
        return;
    double number;
    int64_t whole;
    json_t *item = is_number && ra_parse_i64(value, &whole)       ? json_integer(whole)
                   : is_number && ra_parse_double(value, &number) ? json_real(number)
                                                                  : json_string(value);
    json_object_set_new(choosing->out, key, item);
}

json_t *run_record_create(const char *kind, const char *name, const char *algorithm,
                          const char *label, const struct settings *settings)
{
    struct choosing choosing = {algorithm, json_object()};
    settings_walk(settings, choose, &choosing);
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:o, s:{s:s, s:s}}", "format", "readalike-run",
                     "format_version", 1, "kind", kind, "name", name, "algorithm", algorithm,
                     "label", label, "settings", choosing.out, "program", "version", RA_VERSION,
                     "git", RA_GIT);
}

static void put_pair(void *ctx, const char *key, const char *value, bool is_number)
{
    (void)is_number;
    struct ra_buf *out = ctx;
    static const char *const others[] = {"cache.", "http.", "log.", "models.", "store.", "web."};
    for (size_t i = 0; i < RA_COUNT(others); i++) {
        if (ra_str_starts(key, others[i]))
            return;
    }
    if (!is_neutral(key))
        ra_buf_putf(out, "%s=%s\n", key, value);
}

void run_record_put_all(const struct settings *settings, struct ra_buf *out)
{
    settings_walk(settings, put_pair, out);
    ra_buf_puts(out, RA_VERSION " " RA_GIT "\n");
}

void run_record_set_data(json_t *record, const char *source, uint32_t books, uint32_t readers,
                         uint64_t ratings, uint64_t rated, uint64_t fingerprint)
{
    char hex[24];
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)fingerprint);
    json_object_set_new(record, "data",
                        json_pack("{s:s, s:I, s:I, s:I, s:I, s:s}", "source", source, "books",
                                  (json_int_t)books, "readers", (json_int_t)readers, "ratings",
                                  (json_int_t)ratings, "explicit_ratings", (json_int_t)rated,
                                  "fingerprint", hex));
}

void run_record_set_time(json_t *record, const char *key)
{
    char now[RA_CLOCK_TEXT];
    ra_clock_format(ra_clock_unix(), now);
    json_object_set_new(record, key, json_string(now));
}

/* A curve that does not fit in memory ends early: it is no reason to stop a training. */
static void on_sweep(void *ctx, unsigned number, double loss)
{
    (void)number;
    struct run_curve *curve = ctx;
    if (curve->n == curve->cap) {
        size_t cap = curve->cap ? curve->cap * 2 : 64;
        double *more = reallocarray(curve->values, cap, sizeof *more);
        if (!more)
            return;
        curve->values = more;
        curve->cap = cap;
    }
    curve->values[curve->n++] = loss;
}

void run_curve_init(struct run_curve *curve)
{
    *curve = (struct run_curve){.watch = {on_sweep, curve}};
}

void run_curve_finish(struct run_curve *curve)
{
    free(curve->values);
    *curve = (struct run_curve){0};
}

json_t *run_curve_to_json(const struct run_curve *curve, const char *what)
{
    if (curve->n == 0)
        return json_null();
    json_t *values = json_array();
    for (size_t i = 0; i < curve->n; i++)
        json_array_append_new(values, run_record_number(curve->values[i]));
    return json_pack("{s:s, s:o}", "what", what, "values", values);
}

uint64_t run_rss_now(void)
{
    unsigned long long pages[2] = {0, 0};
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    int n = fscanf(file, "%llu %llu", &pages[0], &pages[1]);
    fclose(file);
    return n == 2 ? pages[1] * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

uint64_t run_rss_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

json_t *run_record_get(struct ra_registry *registry, const char *name)
{
    struct ra_buf text;
    ra_buf_init(&text);
    json_t *record = NULL;
    if (ra_registry_get_run(registry, name, &text, NULL))
        record = ra_json_parse(text.data, text.len, NULL);
    ra_buf_finish(&text);
    const char *kept = json_string_value(json_object_get(record, "name"));
    if (kept && strcmp(kept, name) == 0)
        return record;
    json_decref(record);
    return NULL;
}

bool run_record_put(struct ra_registry *registry, const char *name, const json_t *record,
                    struct ra_err *err)
{
    char *text = json_dumps(record, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10) | JSON_COMPACT);
    if (!text)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for a record");
    bool ok = ra_registry_put_run(registry, name, text, strlen(text), err);
    free(text);
    return ok;
}
