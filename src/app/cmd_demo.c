/* `readalike demo`: puts the sample catalogue and its simulated readers into the store. */
#include <stdio.h>

#include "app.h"
#include "demo/readers.h"
#include "readalike/clock.h"
#include "readalike/progress.h"
#include "readalike/store.h"

static const char source[] = "demo";
enum { READERS_DEFAULT = 3000, READERS_MAX = 1000000 };

/* One run of the command. */
struct demo {
    const struct app *app;
    struct demo_catalogue catalogue;
    struct demo_readers *readers;
    struct ra_store *store;
    struct ra_loader *loader;
    struct ra_load_counts counts;
    unsigned n_readers;
};

static bool add_books(struct demo *demo, struct ra_err *err)
{
    for (size_t i = 0; i < demo->catalogue.n_books; i++) {
        const struct demo_book *book = &demo->catalogue.books[i];
        const struct ra_book row = {
            .source_key = book->key,
            .title = book->title,
            .author = book->author,
            .language = book->language,
            .tags = book->genres,
            .year = book->year,
            .average_rating = NAN,
        };
        enum ra_load_outcome outcome;
        if (!ra_loader_add_book(demo->loader, &row, &outcome, err))
            return ra_err_wrap(err, "%s", book->key);
    }
    return true;
}

static bool add_reader(struct demo *demo, unsigned number, struct ra_err *err)
{
    char key[32], name[40];
    snprintf(key, sizeof key, "simulated-%04u", number);
    snprintf(name, sizeof name, "Simulated reader %u", number);
    const struct ra_user user = {.source_key = key, .name = name};
    enum ra_load_outcome outcome;
    if (!ra_loader_add_user(demo->loader, &user, &outcome, err))
        return false;
    struct demo_reading readings[DEMO_READINGS_MAX];
    size_t n = demo_readers_simulate(demo->readers, number, readings);
    for (size_t i = 0; i < n; i++) {
        if (!ra_loader_add_rating(demo->loader, key, demo->catalogue.books[readings[i].book].key,
                                  readings[i].rating, readings[i].at, &outcome, err))
            return false;
    }
    return true;
}

static bool add_readers(struct demo *demo, struct ra_err *err)
{
    struct ra_progress progress;
    ra_progress_start(&progress, "simulated readers", demo->n_readers,
                      demo->app->quiet || demo->app->json);
    bool ok = true;
    for (unsigned number = 1; ok && number <= demo->n_readers; number++) {
        ok = add_reader(demo, number, err);
        ra_progress_set(&progress, number);
    }
    ra_progress_end(&progress);
    return ok;
}

static bool load(struct demo *demo, struct ra_err *err)
{
    demo->loader = ra_loader_begin(demo->store, source, err);
    if (!demo->loader)
        return false;
    if (!add_books(demo, err) || !add_readers(demo, err)) {
        ra_loader_abort(demo->loader);
        return false;
    }
    return ra_loader_commit(demo->loader, &demo->counts, err);
}

static bool run(struct demo *demo, struct ra_err *err)
{
    if (!demo_catalogue_open(&demo->catalogue, err))
        return false;
    demo->readers = demo_readers_create(&demo->catalogue, err);
    demo->store = demo->readers ? app_open_store(demo->app, err) : NULL;
    bool ok = demo->store && load(demo, err);
    ra_store_close(demo->store);
    demo_readers_destroy(demo->readers);
    demo_catalogue_close(&demo->catalogue);
    return ok;
}

static void print_json(const struct ra_load_counts *counts, double seconds)
{
    printf("{\"source\":\"%s\",\"readers\":\"simulated\",\"books\":%ju,\"users\":%ju,"
           "\"ratings\":%ju,\"books_added\":%ju,\"users_added\":%ju,\"ratings_added\":%ju,"
           "\"books_changed\":%ju,\"users_changed\":%ju,\"ratings_changed\":%ju,"
           "\"seconds\":%.3f}\n",
           source, (uintmax_t)counts->books, (uintmax_t)counts->users, (uintmax_t)counts->ratings,
           (uintmax_t)counts->books_added, (uintmax_t)counts->users_added,
           (uintmax_t)counts->ratings_added, (uintmax_t)counts->books_changed,
           (uintmax_t)counts->users_changed, (uintmax_t)counts->ratings_changed, seconds);
}

static void print_text(const struct ra_load_counts *counts, double seconds)
{
    printf("%ju real books; %ju simulated readers with %ju simulated ratings (%.1f s).\n",
           (uintmax_t)counts->books, (uintmax_t)counts->users, (uintmax_t)counts->ratings, seconds);
    puts("The readers are made up by a program: nothing follows from them about real ones.");
    if (counts->books_added + counts->users_added + counts->ratings_added + counts->books_changed +
            counts->users_changed + counts->ratings_changed ==
        0)
        puts("All of it was in the store already; nothing was changed.");
    puts("Next: readalike train");
}

int cmd_demo(struct app *app, const struct command *command, int argc, char **argv)
{
    struct demo demo = {.app = app, .n_readers = READERS_DEFAULT};
    const struct opt opts[] = {
        {"readers", OPT_UINT, &demo.n_readers, "N", "simulated readers (3000)"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, 1, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    if (!demo.n_readers || demo.n_readers > READERS_MAX)
        return app_usage(command, "--readers must be between 1 and %d", READERS_MAX);

    struct ra_err err = {0};
    double start = ra_clock_seconds();
    if (!run(&demo, &err))
        return app_fail(app, &err, EXIT_FAILED);
    (app->json ? print_json : print_text)(&demo.counts, ra_clock_seconds() - start);
    return EXIT_DONE;
}
