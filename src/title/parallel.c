/* Runs a step of the build on several threads. */
#include <pthread.h>
#include <sched.h>

#include "build.h"

struct job {
    void (*run)(void *ctx, size_t number);
    void *ctx;
    size_t number;
};

static void *start(void *arg)
{
    struct job *job = arg;
    job->run(job->ctx, job->number);
    return NULL;
}

/* A thread that cannot be had is no failure: its part is done here. */
void run_parallel(size_t n, void (*run)(void *ctx, size_t number), void *ctx)
{
    pthread_t threads[READINGS_MAX];
    struct job jobs[READINGS_MAX];
    bool started[READINGS_MAX] = {false};
    for (size_t i = 1; i < n; i++) {
        jobs[i] = (struct job){run, ctx, i};
        started[i] = pthread_create(&threads[i], NULL, start, &jobs[i]) == 0;
    }
    if (n > 0)
        run(ctx, 0);
    for (size_t i = 1; i < n; i++) {
        if (started[i])
            pthread_join(threads[i], NULL);
        else
            run(ctx, i);
    }
}

size_t parallel_width(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return 1;
    size_t n = (size_t)CPU_COUNT(&cores);
    return n < READINGS_MAX ? n : READINGS_MAX;
}
