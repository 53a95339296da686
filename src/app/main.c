/* The program: finds the command, hands it the settings. */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "readalike/str.h"

/* In the order a newcomer meets them. */
static const struct command commands[] = {
    {"demo", "", "Fill the store with the sample catalogue and simulated readers", "readalike demo",
     cmd_demo},
    {"import", "FORMAT PATH", "Read books, readers and ratings from files",
     "readalike import book-crossing ./book-crossing", cmd_import},
    {"train", "", "Train a model on the store's books and ratings, and make it live",
     "readalike train --algorithm item-knn", cmd_train},
    {"models", "list|show|promote|rollback|export|import [VERSION|PATH]",
     "List, show, switch, export and import model versions",
     "readalike models promote item-knn-0123456789ab", cmd_models},
    {"serve", "", "Answer over HTTP: the site, the API, /metrics",
     "readalike serve --set http.port=8080", cmd_serve},
    {"recommend", "", "Recommend books to whoever likes a title, or to a reader of the store",
     "readalike recommend --title \"The Hobbit\" --k 10 --explain", cmd_recommend},
    {"suggest", "QUERY", "Find the books that a misspelt or half-typed title may mean",
     "readalike suggest \"lord of teh rings\"", cmd_suggest},
    {"evaluate", "", "Measure an algorithm on a withheld part of the data",
     "readalike evaluate --train train.txt --test test.txt --algorithm item-knn", cmd_evaluate},
    {"report", "[VERSION]", "Write a page about a model: its data, what it recommends, a map",
     "readalike report -o report.html", cmd_report},
    {"grid", "FILE", "Measure many algorithms and settings on withheld data, and name the best",
     "readalike grid config/grid.conf", cmd_grid},
    {"config", "", "Print the settings in force, with what each is for",
     "readalike config > my.conf", cmd_config},
    {"migrate", "", "Bring the store's schema up to date",
     "readalike migrate --store postgresql://localhost/readalike", cmd_migrate},
    {"version", "", "Print the version of the program and its libraries", "readalike version",
     cmd_version},
};

static int overview(FILE *out, int status)
{
    fputs("readalike recommends the next book.\n\nUsage: readalike COMMAND [options]\n\n", out);
    for (size_t i = 0; i < RA_COUNT(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`readalike COMMAND --help` has the options and an example of each.\n", out);
    return status;
}

static int unknown_command(const char *name)
{
    const char *near =
        ra_str_nearest(name, &commands[0].name, RA_COUNT(commands), sizeof commands[0]);
    fprintf(stderr, "readalike: unknown command \"%s\"", name);
    if (near)
        fprintf(stderr, "; did you mean \"%s\"?", near);
    fputs("\nSee `readalike --help`.\n", stderr);
    return EXIT_USAGE;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct app app = {0};
    struct ra_err err = {0};
    if (!settings_init(&app.settings, &err))
        return app_fail(&app, &err, EXIT_FAILED);
    int status = command->run(&app, command, argc, argv);
    settings_finish(&app.settings);
    return status;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < RA_COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* What is asked of the program itself, when no command is. */
static int without_command(const char *word)
{
    if (!word || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return overview(word ? stdout : stderr, word ? EXIT_DONE : EXIT_USAGE);
    char *none[] = {NULL};
    if (strcmp(word, "--version") == 0)
        return run(find_command("version"), 0, none);
    fputs("readalike: no command given\nSee `readalike --help`.\n", stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int at = app_find_command(argc, argv);
    if (at == argc)
        return without_command(argc > 1 ? argv[1] : NULL);
    const char *name = argv[at];
    if (strcmp(name, "help") == 0)
        return overview(stdout, EXIT_DONE);
    const struct command *command = find_command(name);
    if (!command)
        return unknown_command(name);
    /* Options in front of the command count as if they stood behind it. */
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
    return run(command, argc - 2, argv + 2);
}
