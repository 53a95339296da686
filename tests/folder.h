#ifndef READALIKE_TESTS_FOLDER_H
#define READALIKE_TESTS_FOLDER_H

/* A folder of a test's own, removed at its end. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct folder {
    char path[128];
};

static inline int folder_make(struct folder *folder)
{
    const char *temp = getenv("TMPDIR");
    snprintf(folder->path, sizeof folder->path, "%s/readalike-XXXXXX", temp ? temp : "/tmp");
    return mkdtemp(folder->path) ? 0 : -1;
}

/* Removes the folder and the files in it (it has no sub-folders). */
static inline void folder_remove(struct folder *folder)
{
    DIR *dir = opendir(folder->path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder->path);
}

static inline const char *folder_file(const struct folder *folder, const char *name, char out[512])
{
    snprintf(out, 512, "%s/%s", folder->path, name);
    return out;
}

/* How many files lie in it. */
static inline size_t folder_count(const struct folder *folder)
{
    size_t n = 0;
    DIR *dir = opendir(folder->path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

#endif
