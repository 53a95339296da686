/* The command line: options as a table, one clear sentence for what is wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "readalike/log.h"
#include "readalike/str.h"

/* Options that every command takes. */
struct common {
    const char *config, *store;
    struct opt_list sets;
    bool help, json, quiet;
};

#define N_COMMON 6

static void common_opts(struct common *common, struct opt out[N_COMMON])
{
    const struct opt opts[N_COMMON] = {
        {"config", OPT_STRING, &common->config, "FILE", "settings file (config/readalike.conf)"},
        {"set", OPT_LIST, &common->sets, "KEY=VALUE", "one setting, such as http.port=9000"},
        {"store", OPT_STRING, &common->store, "URL", "sqlite:PATH or postgresql://..."},
        {"json", OPT_FLAG, &common->json, NULL, "print JSON, for machines"},
        {"quiet", OPT_FLAG, &common->quiet, NULL, "no progress and no summary"},
        {"help", OPT_FLAG, &common->help, NULL, "this text"},
    };
    memcpy(out, opts, sizeof opts);
}

static void print_opts(const struct opt *opts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char left[48];
        snprintf(left, sizeof left, "--%s%s%s", opts[i].name, opts[i].value ? " " : "",
                 opts[i].value ? opts[i].value : "");
        printf("  %-24s %s\n", left, opts[i].help);
    }
}

static void print_help(const struct command *command, const struct opt *opts, size_t n_opts,
                       const struct opt *common)
{
    printf("Usage: readalike %s%s%s [options]\n\n%s.\n\nOptions:\n", command->name,
           *command->arguments ? " " : "", command->arguments, command->summary);
    print_opts(opts, n_opts);
    print_opts(common, N_COMMON);
    printf("\nExample:\n  %s\n", command->example);
}

static const struct opt *find_opt(const struct opt *opts, size_t n, const char *name, size_t name_n)
{
    for (size_t i = 0; i < n; i++) {
        if (strncmp(opts[i].name, name, name_n) == 0 && opts[i].name[name_n] == '\0')
            return &opts[i];
    }
    return NULL;
}

static bool store_value(const struct opt *opt, const char *value, struct ra_err *err)
{
    uint64_t whole;
    struct opt_list *list = opt->target;
    switch (opt->kind) {
    case OPT_FLAG:
        *(bool *)opt->target = true;
        return true;
    case OPT_STRING:
        *(const char **)opt->target = value;
        return true;
    case OPT_UINT:
        if (!ra_parse_u64(value, &whole) || whole > UINT32_MAX)
            return ra_fail(err, RA_ERR_INVALID, "--%s: \"%s\" is not a whole number", opt->name,
                           value);
        *(unsigned *)opt->target = (unsigned)whole;
        return true;
    case OPT_DOUBLE:
        return ra_parse_double(value, opt->target) ||
               ra_fail(err, RA_ERR_INVALID, "--%s: \"%s\" is not a number", opt->name, value);
    case OPT_LIST:
        if (list->n == OPT_LIST_MAX)
            return ra_fail(err, RA_ERR_INVALID, "--%s may be given %d times at most", opt->name,
                           OPT_LIST_MAX);
        list->items[list->n++] = value;
        return true;
    }
    return false;
}

/* Where the reading stands, and both tables to look a name up in. */
struct reading {
    const struct opt *opts, *common;
    size_t n_opts;
    int argc, at;
    char **argv;
};

static bool read_option(struct reading *reading, struct ra_err *err)
{
    const char *name = reading->argv[reading->at] + 2;
    size_t n = strcspn(name, "=");
    const struct opt *opt = find_opt(reading->opts, reading->n_opts, name, n);
    if (!opt)
        opt = find_opt(reading->common, N_COMMON, name, n);
    if (!opt)
        return ra_fail(err, RA_ERR_INVALID, "unknown option --%.*s", (int)n, name);
    const char *value = name[n] == '=' ? name + n + 1 : NULL;
    if (opt->kind == OPT_FLAG && value)
        return ra_fail(err, RA_ERR_INVALID, "--%s takes no value", opt->name);
    if (opt->kind != OPT_FLAG && !value && ++reading->at < reading->argc)
        value = reading->argv[reading->at];
    if (opt->kind != OPT_FLAG && !value)
        return ra_fail(err, RA_ERR_INVALID, "--%s needs a value (%s)", opt->name, opt->value);
    return store_value(opt, value, err);
}

static bool read_all(struct reading *reading, struct positionals *out, struct ra_err *err)
{
    *out = (struct positionals){.items = reading->argv};
    bool only_positionals = false;
    for (; reading->at < reading->argc; reading->at++) {
        char *word = reading->argv[reading->at];
        if (only_positionals || word[0] != '-' || word[1] != '-')
            out->items[out->n++] = word;
        else if (word[2] == '\0')
            only_positionals = true;
        else if (!read_option(reading, err))
            return false;
    }
    return true;
}

static bool apply_sets(struct settings *settings, const struct opt_list *sets, struct ra_err *err)
{
    for (size_t i = 0; i < sets->n; i++) {
        const char *equals = strchr(sets->items[i], '=');
        if (!equals)
            return ra_fail(err, RA_ERR_INVALID, "--set wants KEY=VALUE, not \"%s\"",
                           sets->items[i]);
        char key[128];
        snprintf(key, sizeof key, "%.*s", (int)(equals - sets->items[i]), sets->items[i]);
        if (!settings_set(settings, key, equals + 1, err))
            return ra_err_wrap(err, "--set");
    }
    return true;
}

/* File, then environment, then the command line: the nearer to the person, the stronger. */
static bool apply_common(struct app *app, const struct common *common, struct ra_err *err)
{
    app->json = common->json;
    app->quiet = common->quiet || common->json;
    if (common->config && !settings_read_file(&app->settings, common->config, err))
        return false;
    if (!settings_read_environment(&app->settings, err) ||
        !apply_sets(&app->settings, &common->sets, err))
        return false;
    if (common->store && !settings_set(&app->settings, "store.url", common->store, err))
        return false;
    enum ra_level level;
    if (!ra_log_parse_level(app->settings.log.level, &level))
        return ra_fail(err, RA_ERR_INVALID,
                       "log.level: \"%.32s\" is not debug, info, warn or error",
                       app->settings.log.level);
    ra_log_set_level(level);
    return true;
}

int app_parse(struct app *app, const struct command *command, const struct opt *opts, size_t n_opts,
              int argc, char **argv, struct positionals *out)
{
    struct common common = {0};
    struct opt common_table[N_COMMON];
    common_opts(&common, common_table);
    struct reading reading = {
        .opts = opts, .common = common_table, .n_opts = n_opts, .argc = argc, .argv = argv};
    struct ra_err err = {0};
    if (!read_all(&reading, out, &err))
        return app_usage(command, "%s", err.text);
    if (common.help) {
        print_help(command, opts, n_opts, common_table);
        return EXIT_DONE;
    }
    if (!apply_common(app, &common, &err))
        return app_fail(app, &err, EXIT_USAGE);
    return -1;
}

int app_find_command(int argc, char **argv)
{
    struct common common = {0};
    struct opt common_table[N_COMMON];
    common_opts(&common, common_table);
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        const char *name = argv[at] + strspn(argv[at], "-");
        size_t n = strcspn(name, "=");
        const struct opt *opt = find_opt(common_table, N_COMMON, name, n);
        at += opt && opt->kind != OPT_FLAG && name[n] != '=';
    }
    return at < argc ? at : argc;
}

int app_fail(const struct app *app, const struct ra_err *err, int status)
{
    fprintf(stderr, "readalike: %s\n", err->text);
    if (app->json) {
        struct ra_buf out;
        ra_buf_init(&out);
        ra_buf_puts(&out, "{\"error\":");
        ra_buf_put_json(&out, err->text);
        ra_buf_putf(&out, ",\"code\":\"%s\"}", ra_code_name(err->code));
        const char *text = ra_buf_cstr(&out);
        if (text)
            puts(text);
        ra_buf_finish(&out);
    }
    return status;
}

int app_usage(const struct command *command, const char *fmt, ...)
{
    fputs("readalike: ", stderr);
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\nSee `readalike %s --help`.\n", command->name);
    return EXIT_USAGE;
}
