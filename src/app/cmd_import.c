/* `readalike import`: other people's files into the store, in one transaction. */
#include <stdio.h>

#include "app.h"
#include "import_report.h"
#include "readalike/clock.h"
#include "readalike/import.h"
#include "readalike/progress.h"
#include "readalike/store.h"
#include "readalike/str.h"

struct job {
    const char *format;
    const char *const *paths;
    size_t n_paths;
    const char *source;
    struct ra_import_options options;
    const char *rejects;
    bool strict;

    const struct app *app;
    struct ra_store *store;
    struct ra_loader *loader; /* begun at the first row, so that a wrong path makes no store */
    struct import_report report;
    struct ra_progress progress;
};

static bool begin(struct job *job, struct ra_err *err)
{
    if (job->loader)
        return true;
    job->store = app_open_store(job->app, err);
    job->loader = job->store ? ra_loader_begin(job->store, job->source, err) : NULL;
    return job->loader != NULL;
}

static bool wrap_place(const struct ra_place *at, struct ra_err *err)
{
    return ra_err_wrap(err, "%s:%llu", at->file, (unsigned long long)at->line);
}

static bool on_reject(void *ctx, const struct ra_place *at, enum ra_reject_kind kind,
                      const char *reason, struct ra_err *err)
{
    struct job *job = ctx;
    if (job->strict)
        return ra_fail(err, RA_ERR_INVALID, "%s:%llu: %s; stopped, the store is as it was",
                       at->file, (unsigned long long)at->line, reason);
    import_report_reject(&job->report, at, kind, reason);
    return true;
}

static bool on_book(void *ctx, const struct ra_place *at, const struct ra_book *book,
                    struct ra_err *err)
{
    struct job *job = ctx;
    enum ra_load_outcome outcome;
    return begin(job, err) &&
           (ra_loader_add_book(job->loader, book, &outcome, err) || wrap_place(at, err));
}

static bool on_user(void *ctx, const struct ra_place *at, const struct ra_user *user,
                    struct ra_err *err)
{
    struct job *job = ctx;
    enum ra_load_outcome outcome;
    return begin(job, err) &&
           (ra_loader_add_user(job->loader, user, &outcome, err) || wrap_place(at, err));
}

static bool reject_unknown(struct job *job, const struct ra_place *at, const char *what,
                           const char *book_key, struct ra_err *err)
{
    char reason[128];
    snprintf(reason, sizeof reason, "%s of an unknown book, \"%.64s\"", what, book_key);
    return on_reject(job, at, RA_REJECT_UNKNOWN_BOOK, reason, err);
}

static bool on_rating(void *ctx, const struct ra_place *at, const struct ra_import_rating *rating,
                      struct ra_err *err)
{
    struct job *job = ctx;
    enum ra_load_outcome outcome;
    if (!begin(job, err))
        return false;
    if (!ra_loader_add_rating(job->loader, rating->user_key, rating->book_key, rating->rating,
                              rating->rated_at, &outcome, err))
        return wrap_place(at, err);
    return outcome != RA_LOAD_UNKNOWN_BOOK ||
           reject_unknown(job, at, "rating", rating->book_key, err);
}

static bool on_shelf_book(void *ctx, const struct ra_place *at,
                          const struct ra_import_shelf_book *row, struct ra_err *err)
{
    struct job *job = ctx;
    enum ra_load_outcome outcome;
    if (!begin(job, err))
        return false;
    if (!ra_loader_add_shelf_book(job->loader, row->user_key, row->shelf, row->book_key,
                                  row->position, &outcome, err))
        return wrap_place(at, err);
    return outcome != RA_LOAD_UNKNOWN_BOOK ||
           reject_unknown(job, at, "shelf entry", row->book_key, err);
}

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct job *job = ctx;
    job->progress.total = total;
    ra_progress_set(&job->progress, done);
}

/* Reads everything into one open transaction. */
static bool read_files(struct job *job, struct ra_err *err)
{
    const struct ra_import_sink sink = {
        .ctx = job,
        .book = on_book,
        .user = on_user,
        .rating = on_rating,
        .shelf_book = on_shelf_book,
        .reject = on_reject,
        .progress = on_progress,
    };
    if (!import_report_open(&job->report, job->rejects, err))
        return false;
    ra_progress_start(&job->progress, "bytes", 0, job->app->quiet);
    bool ok = ra_import_read(job->format, job->paths, job->n_paths, &job->options, &sink, err);
    ra_progress_end(&job->progress);
    return import_report_close(&job->report, err) && ok;
}

static int run(struct job *job)
{
    struct ra_err err = {0};
    struct ra_load_counts counts = {0};
    double start = ra_clock_seconds();
    bool ok = read_files(job, &err) && begin(job, &err);
    bool was_begun = job->loader != NULL;
    if (ok)
        ok = ra_loader_commit(job->loader, &counts, &err);
    else
        ra_loader_abort(job->loader);
    ra_store_close(job->store);
    if (!ok)
        return app_fail(job->app, &err,
                        err.code == RA_ERR_INVALID && !was_begun ? EXIT_USAGE : EXIT_FAILED);
    double seconds = ra_clock_seconds() - start;
    if (job->app->json)
        import_report_print_json(&job->report, &counts, seconds);
    else if (!job->app->quiet)
        import_report_print(&job->report, job->source, &counts, seconds);
    return EXIT_DONE;
}

static int formats_usage(const struct command *command)
{
    int status = app_usage(command, "say which format, and where the files are");
    const char *name, *summary;
    fputs("Formats:\n", stderr);
    for (size_t i = 0; (name = ra_import_format(i, &summary)); i++)
        fprintf(stderr, "  %-14s %s\n", name, summary);
    return status;
}

int cmd_import(struct app *app, const struct command *command, int argc, char **argv)
{
    struct job job = {.app = app};
    struct opt_list map = {0};
    const struct opt opts[] = {
        {"strict", OPT_FLAG, &job.strict, NULL, "stop at the first bad row, change nothing"},
        {"rejects", OPT_STRING, &job.rejects, "FILE", "write every row left out to FILE (CSV)"},
        {"source", OPT_STRING, &job.source, "NAME", "the source that ids belong to (the format)"},
        {"books", OPT_STRING, &job.options.books, "FILE", "csv: the books"},
        {"users", OPT_STRING, &job.options.users, "FILE", "csv: the readers"},
        {"ratings", OPT_STRING, &job.options.ratings, "FILE", "csv: the ratings"},
        {"map", OPT_LIST, &map, "NAME=COLUMN", "csv: which column is what, see docs/import.md"},
        {"delimiter", OPT_STRING, &job.options.delimiter, "TEXT", "csv: , ; tab | or any other"},
        {"encoding", OPT_STRING, &job.options.encoding, "NAME", "csv: utf-8, latin-1 (guessed)"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (!rest.n)
        return formats_usage(command);
    job.format = rest.items[0];
    job.paths = (const char *const *)rest.items + 1;
    job.n_paths = rest.n - 1;
    job.source = job.source ? job.source : job.format;
    job.options.map = map.items;
    job.options.n_map = map.n;
    return run(&job);
}
