/* `readalike suggest`: the books that a half-typed or misspelt title may mean. */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "asking.h"
#include "readalike/str.h"

static void print_hits(const struct asking *asking, const struct ra_title_hit *hits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("%3zu. ", i + 1);
        asking_print_book(asking, hits[i].doc);
        if (hits[i].edits)
            printf("  (%u %s forgiven)", hits[i].edits, hits[i].edits == 1 ? "typo" : "typos");
        putchar('\n');
    }
    if (n == 0)
        puts("Nothing comes near.");
}

static int run(const struct app *app, const char *query, unsigned n)
{
    struct ra_err err = {0};
    struct asking asking;
    struct ra_title_hit hits[RA_TITLE_HITS_MAX];
    size_t found = 0;
    if (!asking_open(&asking, app, &err))
        return app_fail(app, &err, EXIT_FAILED);
    int status = EXIT_DONE;
    const struct ra_typed typed = {.text = query, .n = strlen(query), .max = n};
    if (!ra_recommend_suggest(asking.engine, asking.scratch, &typed, hits, &found, &err)) {
        status = app_fail(app, &err, EXIT_FAILED);
    } else if (app->json) {
        struct ra_buf reply;
        ra_buf_init(&reply);
        ra_reply_suggest(asking.engine, ra_scratch_title(asking.scratch), query, typed.n, hits,
                         found, &reply);
        status = asking_print_json(app, &reply);
        ra_buf_finish(&reply);
    } else {
        print_hits(&asking, hits, found);
    }
    asking_close(&asking);
    return status == EXIT_DONE && found == 0 ? EXIT_FAILED : status;
}

int cmd_suggest(struct app *app, const struct command *command, int argc, char **argv)
{
    unsigned n = 7;
    const struct opt opts[] = {
        {"n", OPT_UINT, &n, "N", "how many at most, 1 to 64 (7)"},
    };
    /* Typed often enough to have a short form, which the common parser does not know. */
    static char long_form[] = "--n";
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-n") == 0)
            argv[i] = long_form;
    }
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n != 1)
        return app_usage(command, rest.n ? "put the whole query into quotes" : "no query given");
    if (n < 1 || n > RA_TITLE_HITS_MAX)
        return app_usage(command, "--n must be between 1 and %d", RA_TITLE_HITS_MAX);
    return run(app, rest.items[0], n);
}
