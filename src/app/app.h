#ifndef READALIKE_APP_H
#define READALIKE_APP_H

#include <stddef.h>

#include "readalike/err.h"
#include "settings.h"

/* Exit statuses of every command. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* What a command is given: the settings (file, environment, --set applied) and the common options.
 */
struct app {
    struct settings settings;
    bool json;  /* machines read stdout: one JSON document, nothing else */
    bool quiet; /* no progress, no summary; set with json, too */
};

enum opt_kind {
    OPT_FLAG,   /* bool */
    OPT_STRING, /* const char * */
    OPT_UINT,   /* unsigned */
    OPT_DOUBLE, /* double */
    OPT_LIST,   /* struct opt_list: may be given several times */
};

#define OPT_LIST_MAX 64
struct opt_list {
    const char *items[OPT_LIST_MAX];
    size_t n;
};

/* One option of a command: `--name` or `--name VALUE` (also --name=VALUE). */
struct opt {
    const char *name;
    enum opt_kind kind;
    void *target;
    const char *value; /* how the usage text calls the value; NULL for a flag */
    const char *help;
};

/* A row of the table of commands in main.c. */
struct command {
    const char *name;
    const char *arguments; /* "FORMAT PATH..." */
    const char *summary;   /* one line of `readalike --help` */
    const char *example;   /* shown by --help */
    int (*run)(struct app *app, const struct command *command, int argc, char **argv);
};

struct positionals {
    char **items;
    size_t n;
};

/*
 * Reads `argv` (behind the command's name): the command's own options, the common ones, and what
 * stands between them, which stays in `argv` and is counted in `out`. Returns -1 to go on, or the
 * exit status to leave with (--help was shown, or the usage was wrong and that was said).
 */
int app_parse(struct app *app, const struct command *command, const struct opt *opts, size_t n_opts,
              int argc, char **argv, struct positionals *out);

/*
 * Where the command's name stands in `argv` (from 1 on), behind any common options and their
 * values; `argc` when there is none.
 */
int app_find_command(int argc, char **argv);

/* Says the failure on stderr (and as {"error", "code"} on stdout with --json); returns `status`. */
int app_fail(const struct app *app, const struct ra_err *err, int status);
/* The same for wrong usage, with "see readalike COMMAND --help"; returns EXIT_USAGE. */
int app_usage(const struct command *command, const char *fmt, ...) RA_PRINTF(2, 3);

/* The store of the settings, opened and migrated. NULL with `err`. */
struct ra_store;
struct ra_store *app_open_store(const struct app *app, struct ra_err *err) RA_MUST_CHECK;
struct ra_registry;
struct ra_registry *app_open_registry(const struct app *app, struct ra_err *err) RA_MUST_CHECK;

int cmd_config(struct app *app, const struct command *command, int argc, char **argv);
int cmd_demo(struct app *app, const struct command *command, int argc, char **argv);
int cmd_evaluate(struct app *app, const struct command *command, int argc, char **argv);
int cmd_grid(struct app *app, const struct command *command, int argc, char **argv);
int cmd_import(struct app *app, const struct command *command, int argc, char **argv);
int cmd_migrate(struct app *app, const struct command *command, int argc, char **argv);
int cmd_models(struct app *app, const struct command *command, int argc, char **argv);
int cmd_recommend(struct app *app, const struct command *command, int argc, char **argv);
int cmd_report(struct app *app, const struct command *command, int argc, char **argv);
int cmd_serve(struct app *app, const struct command *command, int argc, char **argv);
int cmd_suggest(struct app *app, const struct command *command, int argc, char **argv);
int cmd_train(struct app *app, const struct command *command, int argc, char **argv);
int cmd_version(struct app *app, const struct command *command, int argc, char **argv);

#endif
