/* `readalike recommend`: the service's answer, without the service. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "asking.h"
#include "readalike/model.h"
#include "readalike/str.h"

struct wish {
    struct opt_list titles, exclude;
    const char *user, *ratings, *author, *language, *year_from, *year_to;
    unsigned k, per_author, per_series, rotation;
    double diversity;
    bool explain, include_read;
};

/* A year before our era begins with a minus, so it is not one of the option kinds. */
static bool parse_year(const char *text, const char *name, int *out, struct ra_err *err)
{
    int64_t year = 0;
    if (text && (!ra_parse_i64(text, &year) || year < -9999 || year > 9999))
        return ra_fail(err, RA_ERR_INVALID, "--%s: \"%s\" is not a year", name, text);
    *out = (int)year;
    return true;
}

static bool read_filter(const struct wish *wish, struct ra_filter *out, struct ra_err *err)
{
    *out = (struct ra_filter){.author = wish->author, .language = wish->language};
    return parse_year(wish->year_from, "year-from", &out->year_from, err) &&
           parse_year(wish->year_to, "year-to", &out->year_to, err);
}

static bool read_exclude(const struct asking *asking, const struct wish *wish,
                         uint32_t out[OPT_LIST_MAX], struct ra_err *err)
{
    for (size_t i = 0; i < wish->exclude.n; i++) {
        int64_t id;
        if (!ra_parse_i64(wish->exclude.items[i], &id))
            return ra_fail(err, RA_ERR_INVALID, "--exclude: \"%s\" is not the id of a book",
                           wish->exclude.items[i]);
        if (!ra_model_find_item(ra_engine_model(asking->engine), id, &out[i]))
            return ra_fail(err, RA_ERR_NOT_FOUND, "--exclude: the model knows no book %s",
                           wish->exclude.items[i]);
    }
    return true;
}

static void print_reasons(const struct asking *asking, const struct ra_pick *pick)
{
    const struct ra_model *model = ra_engine_model(asking->engine);
    for (unsigned i = 0; i < pick->n_because; i++)
        printf("       %.3f because of %s\n", (double)pick->because[i].weight,
               ra_model_title(model, pick->because[i].item_ix));
    if (pick->source == RA_SOURCE_POPULAR)
        puts("       because many read it");
}

static void print_answer(const struct asking *asking, size_t n_titles,
                         const struct ra_answer *answer, bool explain)
{
    for (size_t i = 0; i < n_titles; i++) {
        fputs(i ? "and " : "For those who like ", stdout);
        asking_print_book(asking, asking->liked[i].item_ix);
        puts(i + 1 == n_titles ? ":" : "");
    }
    for (size_t i = 0; i < answer->n; i++) {
        printf("%3zu. ", i + 1);
        asking_print_book(asking, answer->picks[i].item_ix);
        putchar('\n');
        if (explain)
            print_reasons(asking, &answer->picks[i]);
    }
    if (answer->n == 0)
        puts("No book matches.");
    else if (answer->fell_back && !explain)
        puts("Some of these are only popular: the model knows nothing closer.");
}

static int answer(struct asking *asking, const struct app *app, const struct wish *wish)
{
    struct ra_err err = {0};
    struct ra_answer found;
    uint32_t exclude[OPT_LIST_MAX];
    struct ra_ask ask = {
        .liked = asking->liked,
        .n_liked = asking->n_liked,
        .exclude = exclude,
        .n_exclude = wish->exclude.n,
        .k = wish->k,
        .variety = {wish->diversity, wish->per_author, wish->per_series, wish->rotation},
        .store_scale = wish->user != NULL,
        .explain = wish->explain,
        .include_read = wish->include_read,
    };
    if (!read_exclude(asking, wish, exclude, &err) || !read_filter(wish, &ask.filter, &err) ||
        !ra_recommend(asking->engine, asking->scratch, &ask, &found, &err))
        return app_fail(app, &err, err.code == RA_ERR_INVALID ? EXIT_USAGE : EXIT_FAILED);
    size_t n_titles = wish->titles.n ? asking->n_liked : 0;
    if (!app->json) {
        print_answer(asking, n_titles, &found, wish->explain);
        return EXIT_DONE;
    }
    struct ra_buf reply;
    ra_buf_init(&reply);
    ra_reply_recommend(asking->engine, asking->liked, n_titles, &found, wish->explain, &reply);
    int status = asking_print_json(app, &reply);
    ra_buf_finish(&reply);
    return status;
}

/* Reads what the person likes; -1 to go on, or the exit status. */
static int read_likes(struct asking *asking, const struct app *app, const struct wish *wish)
{
    struct ra_err err = {0};
    bool ok = (!wish->user || asking_like_user(asking, app, wish->user, &err)) &&
              (!wish->ratings || asking_like_file(asking, wish->ratings, &err));
    for (size_t i = 0; ok && i < wish->titles.n; i++) {
        const char *title = wish->titles.items[i];
        struct ra_resolved resolved;
        ra_resolve_title(asking->engine, asking->scratch, title, strlen(title), &resolved);
        if (!resolved.found)
            return asking_did_you_mean(asking, app, title, &resolved);
        ok = asking_like(asking, resolved.item_ix, NAN, &err);
    }
    return ok ? -1 : app_fail(app, &err, EXIT_FAILED);
}

static int run(const struct app *app, const struct wish *wish)
{
    struct ra_err err = {0};
    struct asking asking;
    if (!asking_open(&asking, app, &err))
        return app_fail(app, &err, EXIT_FAILED);
    int status = read_likes(&asking, app, wish);
    if (status < 0)
        status = answer(&asking, app, wish);
    asking_close(&asking);
    return status;
}

int cmd_recommend(struct app *app, const struct command *command, int argc, char **argv)
{
    struct wish wish = {.k = 5};
    const struct opt opts[] = {
        {"title", OPT_LIST, &wish.titles, "TITLE", "a book you like; may be given several times"},
        {"user", OPT_STRING, &wish.user, "NAME", "a reader of the store: id, key or name"},
        {"ratings", OPT_STRING, &wish.ratings, "FILE", "a table with the columns title, rating"},
        {"k", OPT_UINT, &wish.k, "N", "how many, 1 to 100 (5)"},
        {"diversity", OPT_DOUBLE, &wish.diversity, "D", "0 to 1: how unlike each other (0)"},
        {"per-author", OPT_UINT, &wish.per_author, "N", "books of an author at most"},
        {"per-series", OPT_UINT, &wish.per_series, "N", "books of a series at most"},
        {"rotation", OPT_UINT, &wish.rotation, "N", "another list for each number"},
        {"explain", OPT_FLAG, &wish.explain, NULL, "say why"},
        {"author", OPT_STRING, &wish.author, "NAME", "only by this author"},
        {"language", OPT_STRING, &wish.language, "CODE", "only in this language"},
        {"year-from", OPT_STRING, &wish.year_from, "YEAR", "only from this year on"},
        {"year-to", OPT_STRING, &wish.year_to, "YEAR", "only up to this year"},
        {"exclude", OPT_LIST, &wish.exclude, "ID", "not this book; may be given several times"},
        {"include-read", OPT_FLAG, &wish.include_read, NULL, "also what was read already"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"; a title is given as --title \"%s\"",
                         rest.items[0], rest.items[0]);
    if ((wish.titles.n != 0) + (wish.user != NULL) + (wish.ratings != NULL) != 1)
        return app_usage(command, "give --title, --user or --ratings, and one of them only");
    if (wish.k < 1 || wish.k > RA_K_MAX)
        return app_usage(command, "--k must be between 1 and %d", RA_K_MAX);
    return run(app, &wish);
}
