/* Model versions on disk: what there is, and which one is live. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "inside.h"
#include "readalike/clock.h"
#include "readalike/file.h"
#include "readalike/str.h"

#define SUFFIX ".model"

struct ra_registry *ra_registry_open(const char *dir, struct ra_err *err)
{
    struct ra_registry *registry = calloc(1, sizeof *registry);
    if (registry)
        registry->dir = strdup(dir);
    if (!registry || !registry->dir) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        ra_registry_close(registry);
        return NULL;
    }
    if (!ra_file_is_dir(dir) && !ra_file_mkdirs(dir, err)) {
        ra_registry_close(registry);
        return NULL;
    }
    return registry;
}

void ra_registry_close(struct ra_registry *registry)
{
    if (!registry)
        return;
    free(registry->dir);
    free(registry);
}

bool versions_push(struct versions *versions, const char *name, struct ra_err *err)
{
    if (versions->n == versions->cap) {
        size_t cap = versions->cap ? versions->cap * 2 : 16;
        struct version *more = reallocarray(versions->items, cap, sizeof *more);
        if (!more)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
        versions->items = more;
        versions->cap = cap;
    }
    struct version *added = &versions->items[versions->n++];
    snprintf(added->name, sizeof added->name, "%s", name);
    return true;
}

void versions_finish(struct versions *versions)
{
    free(versions->items);
    *versions = (struct versions){0};
}

char *registry_file(const struct ra_registry *registry, const char *name, struct ra_err *err)
{
    char *path = ra_file_join(registry->dir, name);
    if (!path)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    return path;
}

char *registry_model_file(const struct ra_registry *registry, const char *version,
                          struct ra_err *err)
{
    char name[RA_VERSION_MAX + sizeof SUFFIX];
    snprintf(name, sizeof name, "%.*s%s", RA_VERSION_MAX, version, SUFFIX);
    return registry_file(registry, name, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct version *)a)->name, ((const struct version *)b)->name);
}

/* All versions that have a file, by name. */
static bool scan(const struct ra_registry *registry, struct versions *out, struct ra_err *err)
{
    DIR *dir = opendir(registry->dir);
    if (!dir)
        return ra_fail_errno(err, RA_ERR_IO, "cannot read the folder %s", registry->dir);
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(dir));) {
        size_t n = strlen(entry->d_name), suffix_n = strlen(SUFFIX);
        if (!ra_str_ends(entry->d_name, SUFFIX) || n - suffix_n > RA_VERSION_MAX)
            continue;
        char name[RA_VERSION_MAX + 1];
        snprintf(name, sizeof name, "%.*s", (int)(n - suffix_n), entry->d_name);
        if (ra_model_version_ok(name))
            ok = versions_push(out, name, err);
    }
    closedir(dir);
    if (ok && out->n)
        qsort(out->items, out->n, sizeof *out->items, by_name);
    return ok;
}

bool registry_read_live(const struct ra_registry *registry, struct version *out, struct ra_err *err)
{
    *out = (struct version){0};
    char *path = registry_file(registry, "live", err);
    if (!path)
        return false;
    struct ra_buf text;
    ra_buf_init(&text);
    struct ra_err why = {0};
    bool ok = ra_file_read(path, 4096, &text, &why);
    const char *line = ok ? ra_buf_cstr(&text) : NULL;
    if (line) {
        size_t n = strcspn(line, "\r\n");
        snprintf(out->name, sizeof out->name, "%.*s", (int)(n < 256 ? n : 256), line);
        if (n > RA_VERSION_MAX || !ra_model_version_ok(out->name))
            ok = ra_fail(err, RA_ERR_CORRUPT, "%s does not name a version", path);
    } else if (why.code == RA_ERR_NOT_FOUND) {
        ok = true; /* nothing was promoted yet */
    } else {
        ok = ra_fail(err, why.code ? why.code : RA_ERR_NOMEM, "%s", why.text);
    }
    ra_buf_finish(&text);
    free(path);
    return ok;
}

bool ra_registry_live(struct ra_registry *registry, char *out, size_t room, struct ra_err *err)
{
    struct version live;
    if (!registry_read_live(registry, &live, err))
        return false;
    if (!live.name[0])
        return ra_fail(err, RA_ERR_NOT_FOUND, "no model was promoted in %s yet", registry->dir);
    if (strlen(live.name) >= room)
        return ra_fail(err, RA_ERR_INVALID, "no room for the name of a version");
    memcpy(out, live.name, strlen(live.name) + 1);
    return true;
}

static bool fail_unknown(const struct ra_registry *registry, const char *version,
                         struct ra_err *err)
{
    struct versions versions = {0};
    const char *const *names = NULL, *near = NULL;
    const char **made = NULL;
    if (scan(registry, &versions, NULL) && versions.n &&
        (made = calloc(versions.n, sizeof *made))) {
        for (size_t i = 0; i < versions.n; i++)
            made[i] = versions.items[i].name;
        names = made;
        near = ra_str_nearest(version, names, versions.n, sizeof *names);
    }
    if (near)
        ra_fail(err, RA_ERR_NOT_FOUND, "no version \"%.64s\" in %s; did you mean \"%s\"?", version,
                registry->dir, near);
    else
        ra_fail(err, RA_ERR_NOT_FOUND, "no version \"%.64s\" in %s", version, registry->dir);
    free(made);
    versions_finish(&versions);
    return false;
}

char *ra_registry_path(struct ra_registry *registry, const char *version, struct ra_err *err)
{
    char live[RA_VERSION_MAX + 1];
    if (!version) {
        if (!ra_registry_live(registry, live, sizeof live, err))
            return NULL;
        version = live;
    }
    char *path = ra_model_version_ok(version) ? registry_model_file(registry, version, err) : NULL;
    if (path && ra_file_exists(path))
        return path;
    free(path);
    fail_unknown(registry, version, err);
    return NULL;
}

/* One version as it is listed; `added` is "" until the record tells. */
struct row {
    struct version version;
    char added[RA_CLOCK_TEXT];
};
struct rows {
    struct row *items;
    size_t n;
};

static bool note_added(void *ctx, const struct activation *activation, struct ra_err *err)
{
    (void)err;
    struct rows *rows = ctx;
    if (strcmp(activation->action, "add") != 0)
        return true;
    for (size_t i = 0; i < rows->n; i++) {
        if (strcmp(rows->items[i].version.name, activation->version) == 0)
            snprintf(rows->items[i].added, RA_CLOCK_TEXT, "%s", activation->at);
    }
    return true;
}

/* A file that was put there by hand is as old as its time of change. */
static void fill_unrecorded(const struct ra_registry *registry, struct row *row)
{
    struct stat info;
    char *path = registry_model_file(registry, row->version.name, NULL);
    if (path && stat(path, &info) == 0)
        ra_clock_format(info.st_mtime, row->added);
    free(path);
}

static int newest_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = strcmp(y->added, x->added);
    return order ? order : strcmp(x->version.name, y->version.name);
}

static bool list_row(struct ra_registry *registry, const struct row *row, const char *live,
                     ra_registry_fn fn, void *ctx, struct ra_err *err)
{
    char *path = registry_model_file(registry, row->version.name, err);
    if (!path)
        return false;
    struct stat info = {0};
    struct ra_model *model = stat(path, &info) == 0 ? ra_model_open(path, NULL) : NULL;
    const struct ra_registry_entry entry = {
        .version = row->version.name,
        .algorithm = model ? ra_model_algorithm(model) : NULL,
        .created = row->added,
        .bytes = (uint64_t)info.st_size,
        .live = strcmp(row->version.name, live) == 0,
    };
    bool ok = fn(ctx, &entry, err);
    ra_model_unref(model);
    free(path);
    return ok;
}

bool ra_registry_list(struct ra_registry *registry, ra_registry_fn fn, void *ctx,
                      struct ra_err *err)
{
    struct versions versions = {0};
    struct rows rows = {0};
    struct version live;
    bool ok = scan(registry, &versions, err) && registry_read_live(registry, &live, err);
    if (ok) {
        rows.items = calloc(versions.n + 1, sizeof *rows.items);
        rows.n = rows.items ? versions.n : 0;
        ok = rows.items || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < rows.n; i++)
        rows.items[i].version = versions.items[i];
    ok = ok && activations_read(registry, note_added, &rows, err);
    for (size_t i = 0; ok && i < rows.n; i++) {
        if (!rows.items[i].added[0])
            fill_unrecorded(registry, &rows.items[i]);
    }
    if (ok && rows.n)
        qsort(rows.items, rows.n, sizeof *rows.items, newest_first);
    for (size_t i = 0; ok && i < rows.n; i++)
        ok = list_row(registry, &rows.items[i], live.name, fn, ctx, err);
    free(rows.items);
    versions_finish(&versions);
    return ok;
}
