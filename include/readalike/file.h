#ifndef READALIKE_FILE_H
#define READALIKE_FILE_H

#include <stddef.h>

#include "readalike/buf.h"
#include "readalike/err.h"

/* Reads the whole file, at most `max_bytes` (0: no limit), and appends it to `out`. */
bool ra_file_read(const char *path, size_t max_bytes, struct ra_buf *out,
                  struct ra_err *err) RA_MUST_CHECK;

/*
 * A file that appears whole or not at all: written to `path` + a random suffix in the same folder,
 * fsynced, renamed, the folder fsynced. Abort (or a crash) leaves the old file as it was.
 */
struct ra_file_writer {
    int fd;
    char *path;
    char *temp_path;
    unsigned mode; /* of the finished file; open sets 0644, may be changed before the commit */
};
bool ra_file_writer_open(struct ra_file_writer *writer, const char *path,
                         struct ra_err *err) RA_MUST_CHECK;
bool ra_file_writer_put(struct ra_file_writer *writer, const void *bytes, size_t n,
                        struct ra_err *err) RA_MUST_CHECK;
bool ra_file_writer_commit(struct ra_file_writer *writer, struct ra_err *err) RA_MUST_CHECK;
/* Removes the temporary file; nothing after a commit. */
void ra_file_writer_abort(struct ra_file_writer *writer);

/* The three steps above in one. */
bool ra_file_write(const char *path, const void *bytes, size_t n, struct ra_err *err) RA_MUST_CHECK;

/* Makes a folder and its parents; there already is fine. */
bool ra_file_mkdirs(const char *path, struct ra_err *err) RA_MUST_CHECK;
/* Makes the folder that `path` lies in. */
bool ra_file_mkdirs_for(const char *path, struct ra_err *err) RA_MUST_CHECK;

bool ra_file_exists(const char *path);
bool ra_file_is_dir(const char *path);

/* dir + "/" + name; the caller frees; NULL when out of memory. */
char *ra_file_join(const char *dir, const char *name);

#endif
