/* `readalike config`: the settings in force, as a file that can be edited. */
#include <stdio.h>

#include "app.h"
#include "readalike/str.h"

int cmd_config(struct app *app, const struct command *command, int argc, char **argv)
{
    bool defaults = false;
    const struct opt opts[] = {
        {"defaults", OPT_FLAG, &defaults, NULL, "print the defaults instead"},
    };
    struct positionals rest;
    int status = app_parse(app, command, opts, RA_COUNT(opts), argc, argv, &rest);
    if (status >= 0)
        return status;
    if (rest.n)
        return app_usage(command, "unexpected \"%s\"", rest.items[0]);
    struct ra_buf out;
    ra_buf_init(&out);
    (app->json ? settings_print_json : settings_print)(&app->settings, defaults, &out);
    fwrite(out.data, 1, out.len, stdout);
    ra_buf_finish(&out);
    return EXIT_DONE;
}
