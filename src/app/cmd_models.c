/* `readalike models`: what versions there are, how good they are, and which one is live. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "models_exchange.h"
#include "models_runs.h"
#include "readalike/model.h"
#include "readalike/registry.h"
#include "readalike/str.h"

/* All that the command line can ask for; each action looks at its own. */
struct wish {
    const struct app *app;
    const char *version; /* NULL: the live one */
    struct import_wish import;
    struct export_wish export;
};

static bool list(struct ra_registry *registry, const struct wish *wish, struct ra_err *err)
{
    return models_list(wish->app, registry, err);
}

static bool show(struct ra_registry *registry, const struct wish *wish, struct ra_err *err)
{
    return models_show(wish->app, registry, wish->version, err);
}

static void say_live(const struct app *app, const char *version)
{
    printf(app->json ? "{\"live\":\"%s\"}\n" : "%s is live.\n", version);
}

static bool promote(struct ra_registry *registry, const struct wish *wish, struct ra_err *err)
{
    if (!ra_registry_promote(registry, wish->version, err))
        return false;
    say_live(wish->app, wish->version);
    return true;
}

static bool rollback(struct ra_registry *registry, const struct wish *wish, struct ra_err *err)
{
    char live[RA_VERSION_MAX + 1];
    if (!ra_registry_rollback(registry, live, sizeof live, err))
        return false;
    say_live(wish->app, live);
    return true;
}

static bool import(struct ra_registry *registry, const struct wish *wish, struct ra_err *err)
{
    struct import_wish import = wish->import;
    import.path = wish->version;
    return models_import(wish->app, registry, &import, err);
}

static bool export(struct ra_registry *registry, const struct wish *wish, struct ra_err *err)
{
    struct export_wish export = wish->export;
    export.version = wish->version;
    return models_export(wish->app, registry, &export, err);
}

static const struct action {
    const char *name;
    size_t least, most; /* words it takes */
    const char *word;   /* what they are */
    bool (*run)(struct ra_registry *registry, const struct wish *wish, struct ra_err *err);
} actions[] = {
    {"export", 0, 1, "VERSION", export},
    {"import", 1, 1, "PATH", import},
    {"list", 0, 0, "", list},
    {"promote", 1, 1, "VERSION", promote},
    {"rollback", 0, 0, "", rollback},
    {"show", 0, 1, "VERSION", show},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < RA_COUNT(actions); i++) {
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    }
    return NULL;
}

static int unknown_action(const struct command *command, const char *name)
{
    const char *near = ra_str_nearest(name, &actions[0].name, RA_COUNT(actions), sizeof actions[0]);
    return app_usage(command, "unknown action \"%.64s\"; %s%s", name,
                     near ? "did you mean "
                          : "there are list, show, promote, rollback, export and import",
                     near ? near : "");
}

/* -1: nothing is wrong. */
static int check_words(const struct command *command, const struct action *action,
                       const struct positionals *rest)
{
    size_t n = rest->n ? rest->n - 1 : 0;
    if (n < action->least)
        return app_usage(command, "models %s needs a %s", action->name, action->word);
    if (n > action->most)
        return app_usage(command, "unexpected \"%s\"", rest->items[rest->n - 1]);
    return -1;
}

static int run(const struct wish *wish, const struct action *action)
{
    struct ra_err err = {0};
    struct ra_registry *registry = app_open_registry(wish->app, &err);
    bool ok = registry && action->run(registry, wish, &err);
    ra_registry_close(registry);
    return ok ? EXIT_DONE : app_fail(wish->app, &err, EXIT_FAILED);
}

int cmd_models(struct app *app, const struct command *command, int argc, char **argv)
{
    struct wish wish = {
        .app = app,
        .import = {.by = "id", .name = "imported"},
        .export = {.form = "numpy"},
    };
    const struct opt opts[] = {
        {"out", OPT_STRING, &wish.export.out, "FOLDER", "export: where the files go"},
        {"form", OPT_STRING, &wish.export.form, "NAME", "export: numpy, csv or spark (numpy)"},
        {"item-ids", OPT_STRING, &wish.import.item_ids, "FILE",
         "import: the id of each row (item_ids.txt or .npy of the folder)"},
        {"user-ids", OPT_STRING, &wish.import.user_ids, "FILE", "import: likewise of readers"},
        {"by", OPT_STRING, &wish.import.by, "WHAT", "import: item ids are an id or an isbn (id)"},
        {"name", OPT_STRING, &wish.import.name, "NAME", "import: what it is called (imported)"},
        {"promote", OPT_FLAG, &wish.import.promotes, NULL, "import: go live"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    const char *name = rest.n ? rest.items[0] : "list";
    const struct action *action = find_action(name);
    if (!action)
        return unknown_action(command, name);
    status = check_words(command, action, &rest);
    if (status >= 0)
        return status;
    if (action->run == export && !wish.export.out)
        return app_usage(command, "models export needs --out FOLDER");
    wish.version = rest.n > 1 ? rest.items[1] : NULL;
    return run(&wish, action);
}
