/* The append-only record of what was added, promoted and rolled back. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside.h"
#include "readalike/clock.h"
#include "readalike/file.h"
#include "readalike/json.h"

#define FILE_NAME "activations.jsonl"

/* Hands one line to `fn`. A torn line (a crash while appending) or a foreign one is passed over. */
static bool read_line(const char *line, size_t n, activation_fn fn, void *ctx, struct ra_err *err)
{
    json_t *value = ra_json_parse(line, n, NULL);
    const struct activation activation = {
        .action = json_string_value(json_object_get(value, "action")),
        .version = json_string_value(json_object_get(value, "version")),
        .at = json_string_value(json_object_get(value, "at")),
    };
    bool ok = true;
    if (activation.action && activation.at && activation.version &&
        ra_model_version_ok(activation.version))
        ok = fn(ctx, &activation, err);
    json_decref(value);
    return ok;
}

bool activations_read(const struct ra_registry *registry, activation_fn fn, void *ctx,
                      struct ra_err *err)
{
    char *path = registry_file(registry, FILE_NAME, err);
    if (!path)
        return false;
    struct ra_buf text;
    ra_buf_init(&text);
    bool ok = !ra_file_exists(path) || ra_file_read(path, 0, &text, err);
    for (size_t at = 0; ok && at < text.len;) {
        const char *line = text.data + at;
        const char *newline = memchr(line, '\n', text.len - at);
        size_t n = newline ? (size_t)(newline - line) : text.len - at;
        ok = read_line(line, n, fn, ctx, err);
        at += n + 1;
    }
    ra_buf_finish(&text);
    free(path);
    return ok;
}

/* Whether a line must be ended first that a crash left unfinished. */
static bool ends_torn(int fd)
{
    struct stat info;
    char last;
    return fstat(fd, &info) == 0 && info.st_size > 0 &&
           pread(fd, &last, 1, info.st_size - 1) == 1 && last != '\n';
}

static bool append_text(const char *path, struct ra_buf *text, struct ra_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return ra_fail_errno(err, RA_ERR_IO, "cannot open %s", path);
    size_t skip = ends_torn(fd) ? 0 : 1; /* the newline in front of the text */
    ssize_t n = write(fd, text->data + skip, text->len - skip);
    bool ok = n == (ssize_t)(text->len - skip) && fsync(fd) == 0;
    if (!ok)
        ra_fail_errno(err, RA_ERR_IO, "cannot write %s", path);
    close(fd);
    return ok;
}

bool activations_append(const struct ra_registry *registry, const char *action, const char *version,
                        struct ra_err *err)
{
    char now[RA_CLOCK_TEXT];
    ra_clock_format(ra_clock_unix(), now);
    struct ra_buf text;
    ra_buf_init(&text);
    ra_buf_putf(&text, "\n{\"at\":\"%s\",\"action\":\"%s\",\"version\":\"%s\"}\n", now, action,
                version);
    char *path = registry_file(registry, FILE_NAME, err);
    bool ok = path && !text.failed && append_text(path, &text, err);
    if (text.failed)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    free(path);
    ra_buf_finish(&text);
    return ok;
}
