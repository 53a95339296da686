/* The one table of settings, continued by that of the algorithms' parameters: files, environment,
 * --set, the sample file and --help derive from it. */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/str.h"

enum type { UINT, DOUBLE, TEXT, WORD };
enum { SECRET = 1 };
enum { MAX_ROWS = 256 }; /* for finding the nearest key */

struct setting {
    const char *key;
    enum type type;
    size_t offset;
    const char *fallback;
    double min, max;
    unsigned flags;
    const char *help;
};

#define AT(field) offsetof(struct settings, field)

/* In alphabetical order: the sample file and the docs keep it. */
static const struct setting table[] = {
    {"blend.parts", TEXT, AT(train.blend_parts), "slim,rp3beta,item-knn", 0, 0, 0,
     "algorithms that a blend is made of"},
    {"cache.deadline_ms", UINT, AT(cache.deadline_ms), "5", 1, 1000, 0,
     "longest wait for Redis before an answer is computed instead"},
    {"cache.memory_mb", UINT, AT(cache.memory_mb), "64", 0, 65536, 0,
     "size of the in-process cache of replies; 0 switches it off"},
    {"cache.redis", TEXT, AT(cache.redis), "", 0, 0, SECRET,
     "redis://[:password@]host[:port][/db] or redis+unix:///path; empty: none"},
    {"cache.ttl_s", UINT, AT(cache.ttl_s), "3600", 1, 604800, 0, "life of a reply in Redis"},
    {"http.address", TEXT, AT(http.address), "127.0.0.1", 0, 0, 0,
     "address to listen on; 0.0.0.0 for all of IPv4, :: for all"},
    {"http.body_kb", UINT, AT(http.body_kb), "64", 1, 65536, 0, "largest request body"},
    {"http.body_timeout_ms", UINT, AT(http.body_timeout_ms), "10000", 100, 600000, 0,
     "a request's body must be here by then"},
    {"http.cors", TEXT, AT(http.cors), "", 0, 0, 0,
     "origins whose pages may call the API, separated by blanks; * for any"},
    {"http.drain_ms", UINT, AT(http.drain_ms), "0", 0, 600000, 0,
     "after SIGTERM: how long to serve on with /readyz at 503, for a balancer to notice"},
    {"http.header_timeout_ms", UINT, AT(http.header_timeout_ms), "5000", 100, 600000, 0,
     "a request's header must be here by then"},
    {"http.idle_timeout_ms", UINT, AT(http.idle_timeout_ms), "30000", 100, 600000, 0,
     "a kept connection without a request is closed after this"},
    {"http.inline_us", UINT, AT(http.inline_us), "1000", 0, 1000000, 0,
     "answers that should take longer are made by a worker, not on the thread that polls"},
    {"http.max_connections", UINT, AT(http.max_connections), "1000", 4, 100000, 0,
     "connections at most, over all threads"},
    {"http.port", UINT, AT(http.port), "8080", 0, 65535, 0,
     "port to listen on; 0 picks a free one"},
    {"http.queue", UINT, AT(http.queue), "256", 1, 100000, 0,
     "requests that may wait for a worker; more are answered 503"},
    {"http.request_timeout_ms", UINT, AT(http.request_timeout_ms), "15000", 100, 600000, 0,
     "a whole request, answer included, must be done by then"},
    {"http.stop_ms", UINT, AT(http.stop_ms), "10000", 0, 600000, 0,
     "after SIGTERM: longest wait for requests in flight"},
    {"http.threads", UINT, AT(http.threads), "0", 0, 256, 0, "polling threads; 0: one per core"},
    {"http.workers", UINT, AT(http.workers), "4", 1, 256, 0,
     "threads that ask the store and make long answers"},
    {"log.level", TEXT, AT(log.level), "info", 0, 0, 0, "debug, info, warn or error"},
    {"models.dir", TEXT, AT(models.dir), "var/models", 0, 0, 0, "folder of the model registry"},
    {"models.poll_ms", UINT, AT(models.poll_ms), "1000", 10, 3600000, 0,
     "how often serve looks for a newly promoted model"},
    {"store.lease_timeout_ms", UINT, AT(store.lease_timeout_ms), "2000", 1, 600000, 0,
     "longest wait for a free connection"},
    {"store.pool", UINT, AT(store.pool), "4", 1, 256, 0, "connections to the store at most"},
    {"store.url", TEXT, AT(store.url), "sqlite:var/readalike.db", 0, 0, SECRET,
     "sqlite:PATH or postgresql://user:password@host/database"},
    {"train.algorithm", TEXT, AT(train.algorithm), "item-knn", 0, 0, 0,
     "an algorithm of docs/training.md; an unknown name is answered with all of them"},
    {"train.map", UINT, AT(train.map), "0", 0, 1, 0,
     "1: lay the most read books out on a map for the report, and keep it in the model file"},
    {"train.memory_mb", UINT, AT(train.memory_mb), "0", 0, 4000000000u, 0,
     "training that would take more is refused; 0: three quarters of the machine's memory"},
    {"train.min_support", UINT, AT(train.min_support), "2", 1, 1000000, 0,
     "readers that two books must share to be neighbours"},
    {"train.neighbours", UINT, AT(train.neighbours), "100", 1, 10000, 0,
     "neighbours kept for a book"},
    {"train.prior", DOUBLE, AT(train.prior), "10", 0, 1e9, 0,
     "ratings' worth of the overall mean in a Bayesian mean"},
    {"train.rating_weight", DOUBLE, AT(train.rating_weight), "1", 0, 10, 0,
     "how much a rating above or below the mean counts; 0: all readings count alike"},
    {"train.reader_damping", DOUBLE, AT(train.reader_damping), "0.5", 0, 2, 0,
     "how much less a reader of many books counts for each: their number ^ -this"},
    {"train.shrinkage", DOUBLE, AT(train.shrinkage), "10", 0, 1e9, 0,
     "pulls similarities with little support towards zero"},
    {"train.threads", UINT, AT(train.threads), "0", 0, 1024, 0, "threads; 0: one per core"},
    {"train.user_factors", UINT, AT(train.user_factors), "0", 0, 1, 0,
     "1: store the readers' factors in the model file, too; answers do without them"},
    {"web.creator_noun", TEXT, AT(web.creator_noun), "author", 0, 0, 0,
     "what the pages call who made an item"},
    {"web.dir", TEXT, AT(web.dir), "", 0, 0, 0,
     "serve the pages from this folder instead of the built-in ones"},
    {"web.item_noun", TEXT, AT(web.item_noun), "book", 0, 0, 0, "what the pages call an item"},
    {"web.note", TEXT, AT(web.note), "", 0, 0, 0, "a sentence for the foot of the pages"},
    {"web.reader_noun", TEXT, AT(web.reader_noun), "reader", 0, 0, 0,
     "what the pages call a person"},
};

/* All rows: this table's, then the parameters of the algorithms. */
static size_t row_count(void)
{
    size_t n_params;
    ra_train_param_table(&n_params);
    return RA_COUNT(table) + n_params;
}

static struct setting row_at(size_t i)
{
    if (i < RA_COUNT(table))
        return table[i];
    size_t n_params;
    const struct ra_param *param = &ra_train_param_table(&n_params)[i - RA_COUNT(table)];
    enum type number = param->whole ? UINT : DOUBLE;
    return (struct setting){
        .key = param->key,
        .type = ra_train_param_words(param->key) ? WORD : number,
        .offset = AT(algorithms) + param->offset,
        .fallback = param->fallback,
        .min = param->min,
        .max = param->max,
        .help = param->help,
    };
}

static void *field(struct settings *settings, const struct setting *row)
{
    return (char *)settings + row->offset;
}

static bool set_text(char **target, const char *value, struct ra_err *err)
{
    char *copy = strdup(value);
    if (!copy)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    free(*target);
    *target = copy;
    return true;
}

static bool set_number(struct settings *settings, const struct setting *row, const char *value,
                       struct ra_err *err)
{
    double number;
    uint64_t whole;
    bool parsed = row->type == UINT ? ra_parse_u64(value, &whole) : ra_parse_double(value, &number);
    if (!parsed)
        return ra_fail(err, RA_ERR_INVALID, "%s: \"%.64s\" is not a %snumber", row->key, value,
                       row->type == UINT ? "whole " : "");
    if (row->type == UINT)
        number = (double)whole;
    if (number < row->min || number > row->max)
        return ra_fail(err, RA_ERR_INVALID, "%s: %s is not between %.10g and %.10g", row->key,
                       value, row->min, row->max);
    if (row->type == UINT)
        *(unsigned *)field(settings, row) = (unsigned)whole;
    else
        *(double *)field(settings, row) = number;
    return true;
}

/* The setting is the place of the word in its list. */
static bool set_word(unsigned *target, const struct setting *row, const char *value,
                     struct ra_err *err)
{
    const char *const *words = ra_train_param_words(row->key);
    char known[128] = "";
    size_t used = 0;
    for (unsigned i = 0; words[i]; i++) {
        if (strcmp(words[i], value) == 0) {
            *target = i;
            return true;
        }
        int n = snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", words[i]);
        used = n > 0 && used + (size_t)n < sizeof known ? used + (size_t)n : used;
    }
    return ra_fail(err, RA_ERR_INVALID, "%s: \"%.64s\" is none of %s", row->key, value, known);
}

static bool set_row(struct settings *settings, const struct setting *row, const char *value,
                    struct ra_err *err)
{
    if (row->type == TEXT)
        return set_text(field(settings, row), value, err);
    if (row->type == WORD)
        return set_word(field(settings, row), row, value, err);
    return set_number(settings, row, value, err);
}

bool settings_init(struct settings *settings, struct ra_err *err)
{
    *settings = (struct settings){0};
    for (size_t i = 0; i < row_count(); i++) {
        struct setting row = row_at(i);
        if (!set_row(settings, &row, row.fallback, err)) {
            settings_finish(settings);
            return false;
        }
    }
    return true;
}

void settings_finish(struct settings *settings)
{
    for (size_t i = 0; i < RA_COUNT(table); i++) {
        if (table[i].type == TEXT) {
            char **text = field(settings, &table[i]);
            free(*text);
            *text = NULL;
        }
    }
}

bool settings_set(struct settings *settings, const char *key, const char *value, struct ra_err *err)
{
    const char *keys[MAX_ROWS];
    size_t n = 0;
    for (; n < row_count() && n < MAX_ROWS; n++) {
        struct setting row = row_at(n);
        if (strcmp(row.key, key) == 0)
            return set_row(settings, &row, value, err);
        keys[n] = row.key;
    }
    const char *near = ra_str_nearest(key, keys, n, sizeof *keys);
    return near ? ra_fail(err, RA_ERR_INVALID, "unknown setting %.64s; did you mean %s?", key, near)
                : ra_fail(err, RA_ERR_INVALID,
                          "unknown setting %.64s; `readalike config` lists all of them", key);
}

struct reading {
    struct settings *settings;
    struct ra_err *err;
};

/* inih's callback: 1 goes on, 0 makes the line a failure. */
static int on_line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    if (reading->err->code != RA_OK)
        return 0;
    char key[128];
    snprintf(key, sizeof key, "%s.%s", section, name);
    return settings_set(reading->settings, key, value ? value : "", reading->err);
}

bool settings_read_file(struct settings *settings, const char *path, struct ra_err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return ra_fail_errno(err, errno == ENOENT ? RA_ERR_NOT_FOUND : RA_ERR_IO,
                             "cannot open the settings file %s", path);
    struct reading reading = {.settings = settings, .err = err};
    int line = ini_parse_file(file, on_line, &reading);
    bool is_unreadable = ferror(file); /* a folder, for one */
    fclose(file);
    if (line == 0 && !is_unreadable)
        return true;
    if (line <= 0)
        return ra_fail(err, RA_ERR_IO, "cannot read the settings file %s", path);
    ra_fail(err, RA_ERR_INVALID, "expected [section] or name = value");
    return ra_err_wrap(err, "%s:%d", path, line);
}

bool settings_read_environment(struct settings *settings, struct ra_err *err)
{
    for (size_t i = 0; i < row_count(); i++) {
        struct setting row = row_at(i);
        char name[96];
        size_t n = (size_t)snprintf(name, sizeof name, "READALIKE_%s", row.key);
        for (size_t c = 0; c < n; c++)
            name[c] = name[c] == '.' ? '_' : (char)toupper((unsigned char)name[c]);
        const char *value = getenv(name);
        if (value && !set_row(settings, &row, value, err))
            return ra_err_wrap(err, "%s", name);
    }
    return true;
}

static void print_value(const struct settings *settings, const struct setting *row,
                        struct ra_buf *out)
{
    const void *at = (const char *)settings + row->offset;
    if (row->type == UINT)
        ra_buf_putf(out, "%u", *(const unsigned *)at);
    else if (row->type == DOUBLE)
        ra_buf_putf(out, "%.10g", *(const double *)at);
    else if (row->type == WORD)
        ra_buf_puts(out, ra_train_param_words(row->key)[*(const unsigned *)at]);
    else if ((row->flags & SECRET) && strchr(*(char *const *)at, '@'))
        ra_buf_puts(out, "(set, not shown)");
    else
        ra_buf_puts(out, *(char *const *)at);
}

void settings_walk(const struct settings *settings, settings_fn fn, void *ctx)
{
    struct ra_buf value;
    ra_buf_init(&value);
    for (size_t i = 0; i < row_count(); i++) {
        struct setting row = row_at(i);
        ra_buf_reset(&value);
        print_value(settings, &row, &value);
        const char *text = ra_buf_cstr(&value);
        fn(ctx, row.key, text ? text : "", row.type == UINT || row.type == DOUBLE);
    }
    ra_buf_finish(&value);
}

bool settings_has(const char *key)
{
    for (size_t i = 0; i < row_count(); i++) {
        if (strcmp(row_at(i).key, key) == 0)
            return true;
    }
    return false;
}

bool settings_copy(struct settings *out, const struct settings *from, struct ra_err *err)
{
    *out = *from;
    for (size_t i = 0; i < RA_COUNT(table); i++) {
        if (table[i].type == TEXT)
            *(char **)field(out, &table[i]) = NULL;
    }
    for (size_t i = 0; i < RA_COUNT(table); i++) {
        if (table[i].type != TEXT)
            continue;
        const char *text = *(char *const *)(const void *)((const char *)from + table[i].offset);
        if (!set_text(field(out, &table[i]), text, err)) {
            settings_finish(out);
            return false;
        }
    }
    return true;
}

void settings_print_json(const struct settings *settings, bool defaults, struct ra_buf *out)
{
    struct ra_buf value;
    ra_buf_init(&value);
    for (size_t i = 0; i < row_count(); i++) {
        struct setting row = row_at(i);
        ra_buf_reset(&value);
        if (defaults)
            ra_buf_puts(&value, row.fallback);
        else
            print_value(settings, &row, &value);
        ra_buf_putf(out, "%s\"%s\":", i ? "," : "{", row.key);
        if (row.type == UINT || row.type == DOUBLE)
            ra_buf_put(out, value.data, value.len);
        else
            ra_buf_put_json_n(out, value.data, value.len);
    }
    ra_buf_puts(out, "}\n");
    ra_buf_finish(&value);
}

void settings_print(const struct settings *settings, bool defaults, struct ra_buf *out)
{
    const char *before = "";
    for (size_t i = 0; i < row_count(); i++) {
        struct setting row = row_at(i);
        const char *dot = strchr(row.key, '.');
        size_t n = (size_t)(dot - row.key);
        if (strncmp(row.key, before, n + 1) != 0)
            ra_buf_putf(out, "%s[%.*s]\n", i ? "\n" : "", (int)n, row.key);
        before = row.key;
        ra_buf_putf(out, "# %s\n%s = ", row.help, dot + 1);
        if (defaults)
            ra_buf_puts(out, row.fallback);
        else
            print_value(settings, &row, out);
        ra_buf_putc(out, '\n');
    }
}
