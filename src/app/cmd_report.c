/* `readalike report`: one page about a model, its data and what it recommends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "readalike/file.h"
#include "readalike/model.h"
#include "readalike/registry.h"
#include "readalike/str.h"
#include "report/report.h"
#include "snapshot.h"

struct wish {
    const char *version; /* NULL: the live one */
    const char *beside;  /* NULL: the newest other one */
    const char *output;
};

static struct ra_engine *open_version(struct ra_registry *registry, const char *version,
                                      struct ra_err *err)
{
    char *path = ra_registry_path(registry, version, err);
    struct ra_engine *engine = path ? ra_engine_open(path, err) : NULL;
    free(path);
    return engine;
}

/* Looks for the newest model of another algorithm. */
struct search {
    const struct ra_model *winner;
    char version[RA_VERSION_MAX + 1];
};

static bool look(void *ctx, const struct ra_registry_entry *entry, struct ra_err *err)
{
    (void)err;
    struct search *search = ctx;
    if (search->version[0] || !entry->algorithm ||
        strcmp(entry->algorithm, ra_model_algorithm(search->winner)) == 0)
        return true;
    snprintf(search->version, sizeof search->version, "%s", entry->version);
    return true;
}

static bool open_models(struct report *report, struct ra_registry *registry,
                        const struct wish *wish, struct ra_err *err)
{
    report->winner = open_version(registry, wish->version, err);
    if (!report->winner)
        return false;
    struct search search = {.winner = ra_engine_model(report->winner)};
    if (wish->beside)
        snprintf(search.version, sizeof search.version, "%s", wish->beside);
    else if (!ra_registry_list(registry, look, &search, err))
        return false;
    if (search.version[0])
        report->beside = open_version(registry, search.version, err);
    return report->beside || !search.version[0];
}

static bool make(struct report *report, const struct app *app, const struct wish *wish,
                 struct ra_err *err)
{
    struct ra_registry *registry = app_open_registry(app, err);
    struct ra_dataset *dataset = NULL;
    report->registry = registry;
    bool ok = registry && open_models(report, registry, wish, err);
    if (ok)
        report->dataset = dataset = app_snapshot(app, err);
    report->scratch = ra_scratch_create();
    ok = ok && dataset && (report->scratch || ra_fail(err, RA_ERR_NOMEM, "out of memory")) &&
         report_page(report, err) &&
         ra_file_write(wish->output, report->out->data, report->out->len, err);
    ra_scratch_destroy(report->scratch);
    ra_dataset_destroy(dataset);
    ra_engine_unref(report->winner);
    ra_engine_unref(report->beside);
    ra_registry_close(registry);
    return ok;
}

int cmd_report(struct app *app, const struct command *command, int argc, char **argv)
{
    struct wish wish = {.output = "report.html"};
    const struct opt opts[] = {
        {"output", OPT_STRING, &wish.output, "FILE", "where the page goes (report.html)"},
        {"beside", OPT_STRING, &wish.beside, "VERSION",
         "the model to compare with; the newest of another algorithm if not said"},
    };
    /* Asked for so in most programs. */
    static char long_form[] = "--output";
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0)
            argv[i] = long_form;
    }
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n > 1)
        return app_usage(command, "one version is enough; unexpected \"%s\"", rest.items[1]);
    wish.version = rest.n ? rest.items[0] : NULL;
    struct ra_err err = {0};
    struct ra_buf out;
    ra_buf_init(&out);
    struct report report = {.quiet = app->quiet, .out = &out};
    bool ok = make(&report, app, &wish, &err);
    if (ok && !app->quiet && !app->json)
        printf("%s written, %zu KB\n", wish.output, out.len / 1000);
    ra_buf_finish(&out);
    return ok ? EXIT_DONE : app_fail(app, &err, EXIT_FAILED);
}
