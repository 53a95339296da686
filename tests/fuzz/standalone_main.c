/*
 * Runs a fuzz target over files and folders of inputs, as an ordinary test: every input that ever
 * broke it is kept in its corpus.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "readalike/buf.h"
#include "readalike/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned n_inputs;

static bool run_file(const char *path)
{
    struct ra_err err = {0};
    struct ra_buf input;
    ra_buf_init(&input);
    bool ok = ra_file_read(path, 0, &input, &err);
    if (ok) {
        /* A copy of the exact size, so that a sanitizer sees a read behind its end. */
        uint8_t *copy = malloc(input.len ? input.len : 1);
        for (size_t i = 0; copy && i < input.len; i++)
            copy[i] = (uint8_t)input.data[i];
        if (copy)
            LLVMFuzzerTestOneInput(copy, input.len);
        free(copy);
        n_inputs++;
    } else {
        fprintf(stderr, "%s\n", err.text);
    }
    ra_buf_finish(&input);
    return ok;
}

static bool run_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    bool ok = true;
    const struct dirent *entry;
    while (ok && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        char *name = ra_file_join(path, entry->d_name);
        ok = name && run_file(name);
        free(name);
    }
    closedir(dir);
    return ok;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!(ra_file_is_dir(argv[i]) ? run_folder(argv[i]) : run_file(argv[i])))
            return 1;
    }
    printf("%u inputs\n", n_inputs);
    return n_inputs ? 0 : 1;
}
