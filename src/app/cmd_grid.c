/* `readalike grid`: judges the candidates of a grid on withheld data and names the best. */
#include <stdio.h>
#include <stdlib.h>

#include "grid.h"
#include "interrupt.h"
#include "snapshot.h"

struct grid_job {
    struct grid grid;
    const char *data, *format;
    struct ra_dataset *dataset;
};

static bool take_data(struct grid_job *job, struct ra_err *err)
{
    if (job->data)
        return grid_take_files(&job->grid, job->format, job->data, err);
    job->dataset = app_snapshot(job->grid.app, err);
    return job->dataset && grid_take_dataset(&job->grid, job->dataset, err);
}

static bool run(struct grid_job *job, struct ra_registry *registry, struct ra_err *err)
{
    if (!take_data(job, err) || !grid_run(&job->grid, registry, err) || !grid_rank(&job->grid, err))
        return false;
    if (!job->grid.app->json) {
        grid_print(&job->grid);
        return true;
    }
    json_t *out = grid_to_json(&job->grid);
    char *text = out ? json_dumps(out, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    if (text)
        puts(text);
    free(text);
    json_decref(out);
    return text || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

int cmd_grid(struct app *app, const struct command *command, int argc, char **argv)
{
    struct grid_job job = {.format = "movielens"};
    const struct opt opts[] = {
        {"data", OPT_STRING, &job.data, "PATH", "a data set instead of the store"},
        {"format", OPT_STRING, &job.format, "NAME", "of the data, as import knows it (movielens)"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, sizeof opts / sizeof *opts, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n != 1)
        return app_usage(command, rest.n ? "one FILE, not several" : "a FILE is needed");
    struct ra_err err = {0};
    grid_init(&job.grid, app);
    interrupt_install();
    struct ra_registry *registry = NULL;
    bool is_usage = !grid_read_file(&job.grid, rest.items[0], &err);
    if (!is_usage)
        registry = app_open_registry(app, &err);
    bool ok = registry && run(&job, registry, &err);
    ra_registry_close(registry);
    grid_finish(&job.grid);
    ra_dataset_destroy(job.dataset);
    return ok ? EXIT_DONE : app_fail(app, &err, is_usage ? EXIT_USAGE : EXIT_FAILED);
}
