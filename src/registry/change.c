/* Changes of the registry: add, promote, roll back. Each under the lock. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "inside.h"
#include "readalike/clock.h"
#include "readalike/file.h"

#define LOCK_WAIT_S 10.0

/* The descriptor to close, or -1. The lock goes with the process, however it ends. */
static int lock(const struct ra_registry *registry, struct ra_err *err)
{
    char *path = registry_file(registry, "lock", err);
    if (!path)
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        ra_fail_errno(err, RA_ERR_IO, "cannot open %s", path);
    double until = ra_clock_seconds() + LOCK_WAIT_S;
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
        bool busy = errno == EWOULDBLOCK || errno == EINTR;
        if (busy && ra_clock_seconds() < until) {
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
            continue;
        }
        if (busy)
            ra_fail(err, RA_ERR_CONFLICT, "another process has been changing %s for %.0f s",
                    registry->dir, LOCK_WAIT_S);
        else
            ra_fail_errno(err, RA_ERR_IO, "cannot lock %s", path);
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

/* Whether the file is sound and holds the version it is named after. */
static bool verify(const char *path, const char *version, struct ra_err *err)
{
    struct ra_model *model = ra_model_open(path, err);
    if (!model)
        return false;
    bool ok = strcmp(ra_model_version(model), version) == 0 ||
              ra_fail(err, RA_ERR_CORRUPT, "%s holds version %s", path, ra_model_version(model));
    ra_model_unref(model);
    return ok;
}

/* Whether both files are of the same length with the same head: it has the checksums of all. */
static bool same_model(const char *a, const char *b)
{
    enum { HEAD = 4096 };
    char head[2][HEAD];
    const char *const paths[] = {a, b};
    off_t length[2] = {-1, -2};
    for (int i = 0; i < 2; i++) {
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return false;
        bool ok = pread(fd, head[i], HEAD, 0) == HEAD;
        length[i] = lseek(fd, 0, SEEK_END);
        close(fd);
        if (!ok)
            return false;
    }
    return length[0] == length[1] && memcmp(head[0], head[1], HEAD) == 0;
}

static bool rename_and_sync(const struct ra_registry *registry, const char *from, const char *to,
                            struct ra_err *err)
{
    if (rename(from, to) < 0)
        return ra_fail_errno(err, RA_ERR_IO, "cannot move %s to %s", from, to);
    int fd = open(registry->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        ra_fail_errno(err, RA_ERR_IO, "cannot sync the folder %s", registry->dir);
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool add_locked(struct ra_registry *registry, const char *path, const char *version,
                       bool *out_added, struct ra_err *err)
{
    char *target = registry_model_file(registry, version, err);
    if (!target)
        return false;
    bool ok, added = true;
    if (ra_file_exists(target) && verify(target, version, NULL)) {
        added = false;
        if (!same_model(path, target))
            ok = ra_fail(err, RA_ERR_CONFLICT, "version %s is there with other content", version);
        else
            ok = unlink(path) == 0 || ra_fail_errno(err, RA_ERR_IO, "cannot remove %s", path);
    } else {
        ok = rename_and_sync(registry, path, target, err) &&
             activations_append(registry, "add", version, err);
    }
    if (ok && out_added)
        *out_added = added;
    free(target);
    return ok;
}

bool ra_registry_add(struct ra_registry *registry, const char *path, bool *out_added,
                     struct ra_err *err)
{
    struct ra_model *model = ra_model_open(path, err);
    if (!model)
        return false;
    struct version version;
    snprintf(version.name, sizeof version.name, "%s", ra_model_version(model));
    ra_model_unref(model);
    int fd = lock(registry, err);
    if (fd < 0)
        return false;
    bool ok = add_locked(registry, path, version.name, out_added, err);
    close(fd);
    return ok;
}

/*
 * The live file first, the record after: a crash between them leaves a live version that the
 * record does not know yet, which read_history takes into account.
 */
static bool make_live(struct ra_registry *registry, const char *version, const char *action,
                      struct ra_err *err)
{
    char *path = ra_registry_path(registry, version, err);
    bool ok = path && verify(path, version, err);
    free(path);
    char *live = ok ? registry_file(registry, "live", err) : NULL;
    char line[RA_VERSION_MAX + 2];
    int n = snprintf(line, sizeof line, "%s\n", version);
    ok = live && ra_file_write(live, line, (size_t)n, err) &&
         activations_append(registry, action, version, err);
    free(live);
    return ok;
}

bool ra_registry_promote(struct ra_registry *registry, const char *version, struct ra_err *err)
{
    int fd = lock(registry, err);
    if (fd < 0)
        return false;
    struct version live;
    bool ok = registry_read_live(registry, &live, err);
    if (ok && strcmp(live.name, version) != 0)
        ok = make_live(registry, version, "promote", err);
    else if (ok) {
        char *path = ra_registry_path(registry, version, err);
        ok = path && verify(path, version, err);
        free(path);
    }
    close(fd);
    return ok;
}

/* A stack of what was live: a promotion goes on top, a rollback takes the top off. */
static bool replay(void *ctx, const struct activation *activation, struct ra_err *err)
{
    struct versions *stack = ctx;
    bool on_top = stack->n && strcmp(stack->items[stack->n - 1].name, activation->version) == 0;
    if (strcmp(activation->action, "promote") == 0 && !on_top)
        return versions_push(stack, activation->version, err);
    if (strcmp(activation->action, "rollback") == 0 && stack->n)
        stack->n--;
    return true;
}

/* The versions that were live, the live one on top. */
static bool read_history(struct ra_registry *registry, struct versions *out, struct ra_err *err)
{
    struct version live;
    if (!registry_read_live(registry, &live, err) || !activations_read(registry, replay, out, err))
        return false;
    if (live.name[0] && (out->n == 0 || strcmp(out->items[out->n - 1].name, live.name) != 0))
        return versions_push(out, live.name, err);
    return true;
}

static bool roll_back_locked(struct ra_registry *registry, struct version *out, struct ra_err *err)
{
    struct versions history = {0};
    bool ok = read_history(registry, &history, err);
    if (ok && history.n == 0)
        ok = ra_fail(err, RA_ERR_NOT_FOUND, "no model was promoted in %s yet", registry->dir);
    else if (ok && history.n == 1)
        ok = ra_fail(err, RA_ERR_NOT_FOUND, "no other version was live before %s",
                     history.items[0].name);
    if (ok) {
        *out = history.items[history.n - 2];
        ok = make_live(registry, out->name, "rollback", err);
    }
    versions_finish(&history);
    return ok;
}

bool ra_registry_rollback(struct ra_registry *registry, char *out, size_t room, struct ra_err *err)
{
    if (room <= RA_VERSION_MAX)
        return ra_fail(err, RA_ERR_INVALID, "no room for the name of a version");
    int fd = lock(registry, err);
    if (fd < 0)
        return false;
    struct version version;
    bool ok = roll_back_locked(registry, &version, err);
    close(fd);
    if (ok)
        memcpy(out, version.name, strlen(version.name) + 1);
    return ok;
}
