/* The grid's file: one section for all, one for each algorithm, lists of values. */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "readalike/str.h"

#define CANDIDATES_MAX 10000

static const struct rule {
    const char *name;
    enum { UINT, DOUBLE, TEXT } kind;
    size_t offset;
    double min, max; /* of a number; `max` of a text is its room */
} rules_table[] = {
#define RULE(name, kind, field, min, max)                                                          \
    {                                                                                              \
        name, kind, offsetof(struct grid_rules, field), min, max                                   \
    }
    RULE("bootstrap", UINT, rounds, 0, RA_BOOTSTRAP_ROUNDS_MAX),
    RULE("folds", UINT, params.folds, 2, RA_SPLIT_FOLDS_MAX),
    RULE("k", UINT, k, 1, RA_EVALUATE_K_MAX),
    RULE("last", UINT, params.last, 1, 1e9),
    RULE("memory_mb", UINT, memory_mb, 0, 4e9),
    RULE("metric", TEXT, metric, 0, sizeof((struct grid_rules *)0)->metric),
    RULE("min_item_ratings", UINT, min_item_ratings, 0, 1e9),
    RULE("min_reader_ratings", UINT, min_reader_ratings, 0, 1e9),
    RULE("parallel", UINT, parallel, 0, 1024),
    RULE("seed", UINT, seed, 0, 4294967295.0),
    RULE("share", DOUBLE, params.share, 1e-6, 1 - 1e-6),
    RULE("split", TEXT, split, 0, sizeof((struct grid_rules *)0)->split),
    RULE("threads", UINT, threads, 0, 1024),
    RULE("threshold", DOUBLE, threshold, -1e9, 1e9),
    RULE("unrated_as", DOUBLE, unrated_as, -1e9, 1e9),
};

struct reading {
    struct grid *grid;
    json_t *sections; /* {"ials": {"factors": ["64", "128"]}} in the order of the file */
    struct ra_err *err;
};

static bool set_number(struct grid_rules *rules, const struct rule *rule, const char *value,
                       struct ra_err *err)
{
    double number;
    uint64_t whole = 0;
    bool parsed =
        rule->kind == UINT ? ra_parse_u64(value, &whole) : ra_parse_double(value, &number);
    if (!parsed)
        return ra_fail(err, RA_ERR_INVALID, "%s: \"%.64s\" is not a %snumber", rule->name, value,
                       rule->kind == UINT ? "whole " : "");
    if (rule->kind == UINT)
        number = (double)whole;
    if (number < rule->min || number > rule->max)
        return ra_fail(err, RA_ERR_INVALID, "%s: %.64s is not between %.10g and %.10g", rule->name,
                       value, rule->min, rule->max);
    if (rule->kind == UINT)
        *(unsigned *)(void *)((char *)rules + rule->offset) = (unsigned)whole;
    else
        *(double *)(void *)((char *)rules + rule->offset) = number;
    return true;
}

static bool set_rule(struct grid_rules *rules, const char *name, const char *value,
                     struct ra_err *err)
{
    for (size_t i = 0; i < RA_COUNT(rules_table); i++) {
        const struct rule *rule = &rules_table[i];
        if (strcmp(rule->name, name) != 0)
            continue;
        if (rule->kind != TEXT)
            return set_number(rules, rule, value, err);
        int n = snprintf((char *)rules + rule->offset, (size_t)rule->max, "%s", value);
        return n < (int)rule->max ||
               ra_fail(err, RA_ERR_INVALID, "%s: \"%.64s\" is too long", name, value);
    }
    const char *near =
        ra_str_nearest(name, &rules_table[0].name, RA_COUNT(rules_table), sizeof rules_table[0]);
    return ra_fail(err, RA_ERR_INVALID, "[grid] has no \"%.64s\"%s%s%s", name,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* The object of the section; NULL when out of memory. */
static json_t *section_of(struct reading *reading, const char *name)
{
    json_t *section = json_object_get(reading->sections, name);
    if (section)
        return section;
    section = json_object();
    return json_object_set_new(reading->sections, name, section) == 0 ? section : NULL;
}

/* Appends the values of "a, b c"; a key that comes again, as in a long list, goes on. */
static bool add_values(struct reading *reading, const char *section_name, const char *key,
                       const char *value)
{
    json_t *section = section_of(reading, section_name);
    json_t *list = section ? json_object_get(section, key) : NULL;
    if (!list) {
        list = json_array();
        if (!section || json_object_set_new(section, key, list) < 0)
            return ra_fail(reading->err, RA_ERR_NOMEM, "out of memory");
    }
    for (const char *at = value + strspn(value, ", \t"); *at; at += strspn(at, ", \t")) {
        size_t n = strcspn(at, ", \t");
        if (json_array_append_new(list, json_stringn(at, n)) < 0)
            return ra_fail(reading->err, RA_ERR_INVALID, "a value of %.64s is not UTF-8", key);
        at += n;
    }
    return true;
}

/* "algorithms" names those that have nothing to vary: an empty section cannot be seen. */
static bool add_algorithms(struct reading *reading, const char *value)
{
    for (const char *at = value + strspn(value, ", \t"); *at; at += strspn(at, ", \t")) {
        char name[64];
        size_t n = strcspn(at, ", \t");
        snprintf(name, sizeof name, "%.*s", (int)n, at);
        if (!section_of(reading, name))
            return ra_fail(reading->err, RA_ERR_NOMEM, "out of memory");
        at += n;
    }
    return true;
}

/* inih's callback: 1 goes on, 0 makes the line a failure. */
static int on_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    if (reading->err->code != RA_OK)
        return 0;
    if (!*section)
        return ra_fail(reading->err, RA_ERR_INVALID, "\"%.64s\" stands in no section", name);
    if (strcmp(section, "grid") != 0)
        return add_values(reading, section, name, value ? value : "");
    if (strcmp(name, "algorithms") == 0)
        return add_algorithms(reading, value ? value : "");
    return set_rule(&reading->grid->rules, name, value ? value : "", reading->err);
}

static const struct evaluate_row *find_row(const struct evaluate_row *rows, size_t n,
                                           const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

/* What the metric is called says what is judged; both have a precision and a recall, which here are
 * those of rankings. */
static bool find_metric(struct grid *grid, struct ra_err *err)
{
    size_t n_ranking, n_rating;
    const struct evaluate_row *ranking = evaluate_ranking_rows(&n_ranking);
    const struct evaluate_row *rating = evaluate_rating_rows(&n_rating);
    const char *name = grid->rules.metric;
    grid->row = find_row(ranking, n_ranking, name);
    grid->rules.judges_ratings = !grid->row;
    if (!grid->row)
        grid->row = find_row(rating, n_rating, name);
    if (grid->row)
        return true;
    const char *near = ra_str_nearest(name, &ranking[0].name, n_ranking, sizeof *ranking);
    return ra_fail(err, RA_ERR_INVALID, "unknown metric \"%.64s\"; %s%s", name,
                   near ? "did you mean " : "there are ndcg, recall, map, rmse and others",
                   near ? near : "");
}

bool grid_resolve(struct grid *grid, struct ra_err *err)
{
    return find_metric(grid, err) &&
           ra_split_kind_find(grid->rules.split, &grid->rules.params.kind, err);
}

bool grid_key(const struct grid_rules *rules, const char *algorithm, const char *key, char out[128])
{
    const char *family = strrchr(algorithm, '-');
    char plain[64];
    snprintf(plain, sizeof plain, "%s", algorithm);
    for (char *at = plain; *at; at++)
        *at = *at == '-' ? '_' : *at;
    const char *const ratings[] = {algorithm, plain, family ? family + 1 : plain, "train"};
    const char *const ranking[] = {algorithm, plain, "train", family ? family + 1 : plain};
    if (strchr(key, '.')) {
        snprintf(out, 128, "%s", key);
        return settings_has(out);
    }
    for (size_t i = 0; i < RA_COUNT(ratings); i++) {
        snprintf(out, 128, "%s.%s", rules->judges_ratings ? ratings[i] : ranking[i], key);
        if (settings_has(out))
            return true;
    }
    return false;
}

static bool take_settings(struct settings *settings, const json_t *pairs, struct ra_err *err)
{
    const char *key;
    json_t *value;
    if (!pairs)
        return true;
    json_object_foreach((json_t *)(uintptr_t)pairs, key, value)
    {
        if (!settings_set(settings, key, json_string_value(value), err))
            return false;
    }
    return true;
}

static bool make_room(struct grid *grid, struct ra_err *err)
{
    if (grid->n == CANDIDATES_MAX)
        return ra_fail(err, RA_ERR_INVALID, "more than %d candidates", CANDIDATES_MAX);
    if (grid->n < grid->cap)
        return true;
    size_t cap = grid->cap ? grid->cap * 2 : 32;
    struct grid_candidate *more = reallocarray(grid->candidates, cap, sizeof *more);
    if (!more)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the candidates");
    grid->candidates = more;
    grid->cap = cap;
    return true;
}

/* The table's own copy of the name. */
static const char *find_algorithm(const struct grid *grid, const char *name, struct ra_err *err)
{
    if (grid->rules.judges_ratings) {
        const struct ra_rate_algorithm *rate = ra_rate_algorithm_find(name);
        if (!rate)
            ra_fail(err, RA_ERR_INVALID, "no algorithm \"%.64s\" predicts ratings", name);
        return rate ? rate->name : NULL;
    }
    const struct ra_algorithm *ranker = ra_algorithm_find(name, err);
    return ranker ? ranker->name : NULL;
}

bool grid_add(struct grid *grid, const char *algorithm, const char *label, const json_t *settings,
              struct grid_candidate **out, struct ra_err *err)
{
    const char *name = find_algorithm(grid, algorithm, err);
    if (!name || !make_room(grid, err))
        return false;
    struct grid_candidate candidate = {.algorithm = name};
    if (!settings_copy(&candidate.settings, &grid->app->settings, err))
        return false;
    candidate.label = strdup(label);
    if (!candidate.label || !take_settings(&candidate.settings, settings, err)) {
        settings_finish(&candidate.settings);
        free(candidate.label);
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    grid->candidates[grid->n++] = candidate;
    if (out)
        *out = &grid->candidates[grid->n - 1];
    return true;
}

/* One combination: digit `i` of `number` in the mixed base of the lists' lengths. */
static bool add_combination(struct grid *grid, const char *algorithm, json_t *section,
                            size_t number, struct ra_err *err)
{
    json_t *settings = json_object(), *list;
    struct ra_buf label;
    const char *key;
    char full[128];
    ra_buf_init(&label);
    ra_buf_puts(&label, algorithm);
    bool ok = settings != NULL;
    json_object_foreach(section, key, list)
    {
        json_t *value = json_array_get(list, number % json_array_size(list));
        number /= json_array_size(list);
        ok = ok && grid_key(&grid->rules, algorithm, key, full) &&
             json_object_set(settings, full, value) == 0;
        ra_buf_putf(&label, " %s=%s", key, json_string_value(value));
    }
    const char *text = ra_buf_cstr(&label);
    ok = ok && text ? grid_add(grid, algorithm, text, settings, NULL, err)
                    : ra_fail(err, RA_ERR_NOMEM, "out of memory for the candidates");
    ra_buf_finish(&label);
    json_decref(settings);
    return ok;
}

/* How many combinations a section has; 0 with `err`. */
static size_t count_combinations(const struct grid *grid, const char *algorithm, json_t *section,
                                 struct ra_err *err)
{
    size_t n = 1;
    const char *key;
    json_t *list;
    char full[128];
    json_object_foreach(section, key, list)
    {
        if (!grid_key(&grid->rules, algorithm, key, full))
            return ra_fail(err, RA_ERR_INVALID, "%s has no setting \"%.64s\"", algorithm, key);
        if (json_array_size(list) == 0)
            return ra_fail(err, RA_ERR_INVALID, "%s has no value", key);
        n *= json_array_size(list);
        if (n > CANDIDATES_MAX)
            return ra_fail(err, RA_ERR_INVALID, "more than %d candidates", CANDIDATES_MAX);
    }
    return n;
}

/* "[svd small]" is svd: what stands behind the name only tells sections apart. */
static bool expand_section(struct grid *grid, const char *name, json_t *section, struct ra_err *err)
{
    char algorithm[64];
    snprintf(algorithm, sizeof algorithm, "%.*s", (int)strcspn(name, " \t"), name);
    const char *found = find_algorithm(grid, algorithm, err);
    size_t n = found ? count_combinations(grid, found, section, err) : 0;
    for (size_t i = 0; i < n; i++) {
        if (!add_combination(grid, found, section, i, err))
            return ra_err_wrap(err, "[%.64s]", name);
    }
    return n > 0 || ra_err_wrap(err, "[%.64s]", name);
}

static bool expand(struct grid *grid, json_t *sections, struct ra_err *err)
{
    const char *name;
    json_t *section;
    if (!grid_resolve(grid, err))
        return false;
    json_object_foreach(sections, name, section)
    {
        if (!expand_section(grid, name, section, err))
            return false;
    }
    return grid->n || ra_fail(err, RA_ERR_INVALID,
                              "no candidate: write a section such as [item-knn], or algorithms = "
                              "item-knn, ease in [grid]");
}

static bool read_lines(FILE *file, struct reading *reading, const char *path)
{
    int line = ini_parse_file(file, on_line, reading);
    if (line == 0 && !ferror(file))
        return true;
    if (line <= 0)
        return ra_fail(reading->err, RA_ERR_IO, "cannot read the grid file %s", path);
    ra_fail(reading->err, RA_ERR_INVALID,
            "expected [section] or name = values, in a line of up to 200 characters");
    return ra_err_wrap(reading->err, "%s:%d", path, line);
}

bool grid_read_file(struct grid *grid, const char *path, struct ra_err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return ra_fail_errno(err, errno == ENOENT ? RA_ERR_NOT_FOUND : RA_ERR_IO,
                             "cannot open the grid file %s", path);
    struct reading reading = {.grid = grid, .sections = json_object(), .err = err};
    bool ok = reading.sections || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    ok = ok && read_lines(file, &reading, path) &&
         (expand(grid, reading.sections, err) || ra_err_wrap(err, "%s", path));
    fclose(file);
    json_decref(reading.sections);
    return ok;
}
