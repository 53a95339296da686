/* `readalike models`: what versions there are, and which one is live. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "readalike/json.h"
#include "readalike/model.h"
#include "readalike/registry.h"
#include "readalike/str.h"

struct listing {
    bool json;
    size_t n;
};

static void print_entry_json(const struct ra_registry_entry *entry)
{
    struct ra_buf out;
    ra_buf_init(&out);
    ra_buf_putf(&out, "{\"version\":\"%s\",\"algorithm\":", entry->version);
    ra_buf_put_json(&out, entry->algorithm);
    ra_buf_putf(&out, ",\"created\":\"%s\",\"bytes\":%llu,\"live\":%s,\"damaged\":%s}",
                entry->created, (unsigned long long)entry->bytes, entry->live ? "true" : "false",
                entry->algorithm ? "false" : "true");
    fwrite(out.data, 1, out.len, stdout);
    ra_buf_finish(&out);
}

static bool print_entry(void *ctx, const struct ra_registry_entry *entry, struct ra_err *err)
{
    (void)err;
    struct listing *listing = ctx;
    if (listing->json) {
        fputs(listing->n++ ? "," : "", stdout);
        print_entry_json(entry);
        return true;
    }
    if (listing->n++ == 0)
        printf("%-32s %-12s %-21s %10s\n", "VERSION", "ALGORITHM", "ADDED", "MB");
    printf("%-32s %-12s %-21s %10.1f%s\n", entry->version,
           entry->algorithm ? entry->algorithm : "(damaged)", entry->created,
           (double)entry->bytes / 1e6, entry->live ? "  live" : "");
    return true;
}

static bool list(struct ra_registry *registry, const struct app *app, const char *version,
                 struct ra_err *err)
{
    (void)version;
    struct listing listing = {.json = app->json};
    if (app->json)
        fputs("{\"models\":[", stdout);
    bool ok = ra_registry_list(registry, print_entry, &listing, err);
    if (app->json)
        puts("]}");
    else if (ok && listing.n == 0)
        printf("No models in %s yet; `readalike train` makes one.\n", app->settings.models.dir);
    return ok;
}

static void print_meta(const struct ra_model *model, const char *path)
{
    size_t n;
    const char *text = ra_model_meta(model, &n);
    json_t *meta = ra_json_parse(text, n, NULL);
    char *pretty = meta ? json_dumps(meta, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    printf("%s\n%zu books, sound\n%s\n", path, ra_model_n_items(model), pretty ? pretty : "");
    free(pretty);
    json_decref(meta);
}

static bool show(struct ra_registry *registry, const struct app *app, const char *version,
                 struct ra_err *err)
{
    char *path = ra_registry_path(registry, version, err);
    struct ra_model *model = path ? ra_model_open(path, err) : NULL;
    bool ok = model != NULL;
    size_t n = 0;
    if (ok && app->json) {
        const char *meta = ra_model_meta(model, &n);
        printf("%.*s\n", (int)n, meta);
    } else if (ok) {
        print_meta(model, path);
    }
    ra_model_unref(model);
    free(path);
    return ok;
}

static void say_live(const struct app *app, const char *version)
{
    printf(app->json ? "{\"live\":\"%s\"}\n" : "%s is live.\n", version);
}

static bool promote(struct ra_registry *registry, const struct app *app, const char *version,
                    struct ra_err *err)
{
    if (!ra_registry_promote(registry, version, err))
        return false;
    say_live(app, version);
    return true;
}

static bool rollback(struct ra_registry *registry, const struct app *app, const char *version,
                     struct ra_err *err)
{
    (void)version;
    char live[RA_VERSION_MAX + 1];
    if (!ra_registry_rollback(registry, live, sizeof live, err))
        return false;
    say_live(app, live);
    return true;
}

static const struct action {
    const char *name;
    size_t least, most; /* versions it takes */
    bool (*run)(struct ra_registry *registry, const struct app *app, const char *version,
                struct ra_err *err);
} actions[] = {
    {"list", 0, 0, list},
    {"promote", 1, 1, promote},
    {"rollback", 0, 0, rollback},
    {"show", 0, 1, show},
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
                     near ? "did you mean " : "there are list, show, promote and rollback",
                     near ? near : "");
}

int cmd_models(struct app *app, const struct command *command, int argc, char **argv)
{
    struct positionals rest;
    int status = app_parse(app, command, NULL, 0, argc, argv, &rest);
    if (status >= 0)
        return status;
    const char *name = rest.n ? rest.items[0] : "list";
    const struct action *action = find_action(name);
    if (!action)
        return unknown_action(command, name);
    size_t n_versions = rest.n ? rest.n - 1 : 0;
    if (n_versions < action->least)
        return app_usage(command, "models %s needs a VERSION", name);
    if (n_versions > action->most)
        return app_usage(command, "unexpected \"%s\"", rest.items[rest.n - 1]);
    struct ra_err err = {0};
    struct ra_registry *registry = app_open_registry(app, &err);
    bool ok = registry && action->run(registry, app, n_versions ? rest.items[1] : NULL, &err);
    ra_registry_close(registry);
    return ok ? EXIT_DONE : app_fail(app, &err, EXIT_FAILED);
}
