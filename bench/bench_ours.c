/*
 * Our side of bench/bench_peers.py. Loads its input, answers each line "run" by doing the work once
 * and "dump PREFIX" by writing what the last run left; each answer is one line of JSON.
 *
 *     bench_ours train ALGORITHM THREADS MATRIX [KEY=VALUE...]
 *     bench_ours sequences ALGORITHM THREADS MATRIX [KEY=VALUE...]
 *     bench_ours rank FACTORS THREADS TRAIN TEST READERS ITEMS K
 *     bench_ours rows OUT FORMAT PATH FOLDS SEED [MIN_READER MIN_ITEM [rated]]
 *
 * `rows` writes the rows of a data set with the fold of each, as `readalike evaluate` splits it, of
 * the readers and items with so many ratings at least:
 * u64 n, u32 reader[n], u32 item[n], f32 rating[n], u32 fold[n].
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_work.h"
#include "readalike/clock.h"

/* A number of /proc/self/status, in kB; 0 without it. */
static unsigned long status_kb(const char *key)
{
    char line[256];
    unsigned long kb = 0;
    size_t n = strlen(key);
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, n) == 0)
            kb = strtoul(line + n, NULL, 10);
    }
    if (file)
        fclose(file);
    return kb;
}

/* So that the peak is that of the work, not of the loading. */
static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file)
        return;
    fputs("5", file);
    fclose(file);
}

static bool answer_run(const struct bench_work *work, struct ra_err *err)
{
    char extra[512] = "";
    work->forget(work->ctx);
    forget_peak();
    unsigned long before = status_kb("VmRSS:");
    double start = ra_clock_seconds();
    if (!work->run(work->ctx, err))
        return false;
    double seconds = ra_clock_seconds() - start;
    work->describe(work->ctx, extra, sizeof extra);
    printf("{\"seconds\":%.6f,\"peak_kb\":%lu,\"before_kb\":%lu%s}\n", seconds, status_kb("VmHWM:"),
           before, extra);
    return fflush(stdout) == 0;
}

static bool answer_dump(const struct bench_work *work, const char *prefix, struct ra_err *err)
{
    if (!work->dump(work->ctx, prefix, err))
        return false;
    printf("{}\n");
    return fflush(stdout) == 0;
}

static bool serve(const struct bench_work *work, struct ra_err *err)
{
    char line[4096];
    printf("{\"ready\":true}\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        bool ok = strncmp(line, "dump ", 5) == 0 ? answer_dump(work, line + 5, err)
                                                 : answer_run(work, err);
        if (!ok)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct ra_err err = {0};
    struct bench_work work;
    if (argc >= 7 && strcmp(argv[1], "rows") == 0) {
        if (bench_rows(argc - 2, argv + 2, &err))
            return 0;
    } else if (!bench_work_open(&work, argc - 1, argv + 1, &err)) {
        ra_fail(&err, RA_ERR_INVALID, "bench_ours: see the first lines of bench/bench_ours.c");
    } else {
        bool ok = serve(&work, &err);
        work.close(work.ctx);
        if (ok)
            return 0;
    }
    fprintf(stderr, "%s\n", err.text);
    return 1;
}
