/* The records of runs beside the models: what was tried and trained, and what came out. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/file.h"
#include "readalike/str.h"

#define FOLDER "runs"
#define SUFFIX ".json"
#define RECORD_MAX ((size_t)64 << 20)

static bool name_ok(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= RA_RUN_NAME_MAX && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

/* DIR/runs/NAME.json; the caller frees. */
static char *run_file(const struct ra_registry *registry, const char *name, struct ra_err *err)
{
    char *path = NULL;
    if (!name_ok(name))
        ra_fail(err, RA_ERR_INVALID, "\"%.64s\" cannot name a run", name);
    else if (asprintf(&path, "%s/" FOLDER "/%s" SUFFIX, registry->dir, name) < 0)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    return name_ok(name) ? path : NULL;
}

bool ra_registry_put_run(struct ra_registry *registry, const char *name, const char *text, size_t n,
                         struct ra_err *err)
{
    char *path = run_file(registry, name, err);
    bool ok = path && ra_file_mkdirs_for(path, err) && ra_file_write(path, text, n, err);
    free(path);
    return ok;
}

bool ra_registry_get_run(struct ra_registry *registry, const char *name, struct ra_buf *out,
                         struct ra_err *err)
{
    char *path = run_file(registry, name, err);
    bool ok = path && ra_file_read(path, RECORD_MAX, out, err);
    free(path);
    return ok;
}

/* The name of a record's file without its ending; NULL for what is none, such as a temporary one.
 */
static char *name_of(const char *file)
{
    size_t n = strlen(file), suffix_n = strlen(SUFFIX);
    if (!ra_str_ends(file, SUFFIX) || n == suffix_n)
        return NULL;
    char *name = strndup(file, n - suffix_n);
    if (name && name_ok(name))
        return name;
    free(name);
    return NULL;
}

struct names {
    char **items;
    size_t n, cap;
};

static bool push(struct names *names, char *name)
{
    if (names->n == names->cap) {
        size_t cap = names->cap ? names->cap * 2 : 64;
        char **more = reallocarray(names->items, cap, sizeof *more);
        if (!more) {
            free(name);
            return false;
        }
        names->items = more;
        names->cap = cap;
    }
    names->items[names->n++] = name;
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool scan(DIR *dir, struct names *out, struct ra_err *err)
{
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *name = name_of(entry->d_name);
        if (name && !push(out, name))
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, by_text);
    return true;
}

bool ra_registry_list_runs(struct ra_registry *registry, ra_run_fn fn, void *ctx,
                           struct ra_err *err)
{
    char *path = registry_file(registry, FOLDER, err);
    if (!path)
        return false;
    DIR *dir = opendir(path);
    struct names names = {0};
    bool ok = dir               ? scan(dir, &names, err)
              : errno == ENOENT ? true
                                : ra_fail_errno(err, RA_ERR_IO, "cannot read the folder %s", path);
    for (size_t i = 0; ok && i < names.n; i++)
        ok = fn(ctx, names.items[i], err);
    for (size_t i = 0; i < names.n; i++)
        free(names.items[i]);
    free(names.items);
    if (dir)
        closedir(dir);
    free(path);
    return ok;
}
