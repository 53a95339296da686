/* Files read whole and files that appear whole: temporary name, fsync, rename, fsync folder. */
#include "readalike/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ra_file_read(const char *path, size_t max_bytes, struct ra_buf *out, struct ra_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ra_fail_errno(err, errno == ENOENT ? RA_ERR_NOT_FOUND : RA_ERR_IO, "cannot open %s",
                             path);
    bool ok = false;
    size_t start = out->len;
    for (;;) {
        if (!ra_buf_reserve(out, 64 * 1024)) {
            ra_fail(err, RA_ERR_NOMEM, "out of memory reading %s", path);
            break;
        }
        ssize_t n = read(fd, out->data + out->len, out->cap - out->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            ra_fail_errno(err, RA_ERR_IO, "cannot read %s", path);
            break;
        }
        out->len += (size_t)n;
        if (max_bytes && out->len - start > max_bytes) {
            ra_fail(err, RA_ERR_INVALID, "%s is larger than %zu bytes", path, max_bytes);
            break;
        }
        if (n == 0) {
            ok = true;
            break;
        }
    }
    close(fd);
    return ok;
}

bool ra_file_writer_open(struct ra_file_writer *writer, const char *path, struct ra_err *err)
{
    *writer = (struct ra_file_writer){.fd = -1, .mode = 0644};
    writer->path = strdup(path);
    if (asprintf(&writer->temp_path, "%s.XXXXXX", path) < 0)
        writer->temp_path = NULL;
    if (!writer->path || !writer->temp_path) {
        ra_file_writer_abort(writer);
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    }
    writer->fd = mkostemp(writer->temp_path, O_CLOEXEC);
    if (writer->fd < 0) {
        ra_fail_errno(err, RA_ERR_IO, "cannot create %s", writer->temp_path);
        ra_file_writer_abort(writer);
        return false;
    }
    return true;
}

bool ra_file_writer_put(struct ra_file_writer *writer, const void *bytes, size_t n,
                        struct ra_err *err)
{
    const char *at = bytes;
    while (n) {
        ssize_t written = write(writer->fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return ra_fail_errno(err, RA_ERR_IO, "cannot write %s", writer->temp_path);
        at += written;
        n -= (size_t)written;
    }
    return true;
}

static bool sync_folder_of(const char *path, struct ra_err *err)
{
    char *copy = strdup(path);
    if (!copy)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        ra_fail_errno(err, RA_ERR_IO, "cannot sync the folder of %s", path);
    if (fd >= 0)
        close(fd);
    return ok;
}

bool ra_file_writer_commit(struct ra_file_writer *writer, struct ra_err *err)
{
    bool ok = fchmod(writer->fd, writer->mode) == 0 && fsync(writer->fd) == 0;
    if (!ok)
        ra_fail_errno(err, RA_ERR_IO, "cannot finish %s", writer->temp_path);
    if (close(writer->fd) < 0 && ok)
        ok = ra_fail_errno(err, RA_ERR_IO, "cannot close %s", writer->temp_path);
    writer->fd = -1;
    if (ok && rename(writer->temp_path, writer->path) < 0)
        ok = ra_fail_errno(err, RA_ERR_IO, "cannot rename %s to %s", writer->temp_path,
                           writer->path);
    if (ok) {
        free(writer->temp_path);
        writer->temp_path = NULL;
        ok = sync_folder_of(writer->path, err);
    }
    ra_file_writer_abort(writer);
    return ok;
}

void ra_file_writer_abort(struct ra_file_writer *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->temp_path)
        unlink(writer->temp_path);
    free(writer->temp_path);
    free(writer->path);
    *writer = (struct ra_file_writer){.fd = -1};
}

bool ra_file_write(const char *path, const void *bytes, size_t n, struct ra_err *err)
{
    struct ra_file_writer writer;
    if (!ra_file_writer_open(&writer, path, err))
        return false;
    if (!ra_file_writer_put(&writer, bytes, n, err)) {
        ra_file_writer_abort(&writer);
        return false;
    }
    return ra_file_writer_commit(&writer, err);
}

static bool make_dir(const char *path, struct ra_err *err)
{
    if (mkdir(path, 0755) == 0 || (errno == EEXIST && ra_file_is_dir(path)))
        return true;
    return ra_fail_errno(err, RA_ERR_IO, "cannot make the folder %s", path);
}

bool ra_file_mkdirs(const char *path, struct ra_err *err)
{
    char *copy = strdup(path);
    if (!copy)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    bool ok = true;
    for (char *slash = strchr(copy + 1, '/'); ok && *copy && slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        ok = make_dir(copy, err);
        *slash = '/';
    }
    ok = ok && make_dir(path, err);
    free(copy);
    return ok;
}

bool ra_file_mkdirs_for(const char *path, struct ra_err *err)
{
    char *copy = strdup(path);
    if (!copy)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    bool ok = ra_file_mkdirs(dirname(copy), err);
    free(copy);
    return ok;
}

bool ra_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool ra_file_is_dir(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *ra_file_join(const char *dir, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}
