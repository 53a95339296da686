/* `readalike version` */
#include <stdio.h>

#include "app.h"
#include "version.h"

int cmd_version(struct app *app, const struct command *command, int argc, char **argv)
{
    struct positionals rest;
    int status = app_parse(app, command, NULL, 0, argc, argv, &rest);
    if (status >= 0)
        return status;
    if (app->json)
        printf("{\"version\":\"%s\",\"git\":\"%s\"}\n", RA_VERSION, RA_GIT);
    else
        printf("readalike %s (%s)\n", RA_VERSION, RA_GIT);
    return EXIT_DONE;
}
