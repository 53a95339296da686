/* Judges candidates side by side, each in a process of its own: what one takes is given back and
 * measured, one that crashes takes no other with it, and a stop is a stop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grid.h"
#include "interrupt.h"
#include "readalike/clock.h"
#include "readalike/json.h"
#include "readalike/progress.h"
#include "readalike/str.h"
#include "readalike/threads.h"
#include "run_record.h"
#include "train_params.h"

/* A candidate that is being judged. */
struct running {
    struct grid_candidate *candidate;
    pid_t pid;
    int fd;             /* its record comes from here */
    struct ra_buf text; /* what came so far */
    char started[RA_CLOCK_TEXT];
};

struct runner {
    struct grid *grid;
    struct ra_registry *registry;
    struct running *running; /* (at_once) */
    size_t n_running, n_done;
    uint64_t budget, used; /* bytes */
    struct ra_progress progress;
};

static void fail_candidate(struct grid *grid, struct grid_candidate *candidate, const char *why)
{
    candidate->failure = strdup(why);
    grid->n_failed++;
}

/* Writes all of it; a parent that is gone is no reason to tell anyone. */
static void send_text(int fd, const char *text)
{
    size_t n = strlen(text);
    while (n) {
        ssize_t written = write(fd, text, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        text += written;
        n -= (size_t)written;
    }
}

/* The child: judges, sends the record or {"error": ...}, ends without the parent's clean-up. */
static _Noreturn void judge_and_exit(const struct grid *grid,
                                     const struct grid_candidate *candidate, int fd, pid_t parent)
{
    struct ra_err err = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    interrupt_forget();
    json_t *record = grid_judge(grid, candidate, &err);
    if (!record)
        record = json_pack("{s:s}", "error", err.text);
    char *text = json_dumps(record, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10));
    if (text)
        send_text(fd, text);
    _exit(0);
}

static bool start(struct runner *runner, struct grid_candidate *candidate, struct ra_err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return ra_fail_errno(err, RA_ERR_IO, "cannot make a pipe");
    struct running *running = &runner->running[runner->n_running];
    *running = (struct running){.candidate = candidate, .fd = ends[0]};
    ra_clock_format(ra_clock_unix(), running->started);
    fflush(stdout);
    pid_t parent = getpid();
    running->pid = fork();
    if (running->pid == 0) {
        close(ends[0]);
        judge_and_exit(runner->grid, candidate, ends[1], parent);
    }
    close(ends[1]);
    if (running->pid < 0) {
        close(ends[0]);
        return ra_fail_errno(err, RA_ERR_IO, "cannot start a process");
    }
    ra_buf_init(&running->text);
    runner->used += candidate->bytes;
    runner->n_running++;
    return true;
}

static void explain_death(int status, char out[128])
{
    if (WIFSIGNALED(status))
        snprintf(out, 128, "ended by signal %d%s", WTERMSIG(status),
                 WTERMSIG(status) == SIGKILL ? ": out of memory, perhaps" : "");
    else
        snprintf(out, 128, "ended with status %d and without a record", WEXITSTATUS(status));
}

/* Adds what only the parent knows, and keeps the record. */
static bool keep_record(struct runner *runner, struct running *running, json_t *record,
                        const struct rusage *usage, struct ra_err *err)
{
    json_object_set_new(record, "peak_rss_bytes",
                        json_integer((json_int_t)usage->ru_maxrss * 1024));
    json_object_set_new(record, "started", json_string(running->started));
    run_record_set_time(record, "finished");
    running->candidate->record = record;
    return run_record_put(runner->registry, running->candidate->name, record, err);
}

static void say_done(struct runner *runner, const struct grid_candidate *candidate)
{
    const struct grid *grid = runner->grid;
    if (grid->app->json || grid->app->quiet)
        return;
    fputs(runner->progress.terminal && runner->progress.drawn ? "\r\033[K" : "", stderr);
    printf("[%*zu/%zu] %-48s ",
           grid->n < 10    ? 1
           : grid->n < 100 ? 2
                           : 3,
           runner->n_done, grid->n, candidate->label);
    json_t *figure =
        json_object_get(json_object_get(candidate->record, "metrics"), grid->rules.metric);
    if (!candidate->record)
        printf("%s\n", candidate->failure ? candidate->failure : "failed");
    else
        printf("%.4f  (%.4f to %.4f)  %.2f s%s\n",
               json_number_value(json_object_get(figure, "mean")),
               json_number_value(json_object_get(figure, "low")),
               json_number_value(json_object_get(figure, "high")),
               json_number_value(json_object_get(candidate->record, "train_s")) +
                   json_number_value(json_object_get(candidate->record, "evaluate_s")),
               candidate->is_reused ? "  (of an earlier run)" : "");
    fflush(stdout);
}

static bool end(struct runner *runner, size_t at, struct ra_err *err)
{
    struct running running = runner->running[at];
    struct rusage usage = {0};
    int status = 0;
    while (wait4(running.pid, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    close(running.fd);
    runner->running[at] = runner->running[--runner->n_running];
    runner->used -= running.candidate->bytes;
    json_t *record = ra_json_parse(running.text.data, running.text.len, NULL);
    const char *why = json_string_value(json_object_get(record, "error"));
    char death[128];
    bool ok = true;
    if (record && !why) {
        ok = keep_record(runner, &running, json_incref(record), &usage, err);
    } else {
        explain_death(status, death);
        fail_candidate(runner->grid, running.candidate, why ? why : death);
    }
    json_decref(record);
    ra_buf_finish(&running.text);
    runner->n_done++;
    say_done(runner, running.candidate);
    ra_progress_set(&runner->progress, runner->n_done);
    return ok;
}

/* False at the end of what comes, or when it cannot be read. */
static bool receive(struct running *running)
{
    if (!ra_buf_reserve(&running->text, 65536))
        return false;
    ssize_t n = read(running->fd, running->text.data + running->text.len, 65536);
    if (n < 0 && errno == EINTR)
        return true;
    if (n > 0)
        running->text.len += (size_t)n;
    return n > 0;
}

/* Waits until something comes, a signal or a moment for the progress line. */
static bool wait_some(struct runner *runner, struct ra_err *err)
{
    struct pollfd polled[1024];
    size_t n = runner->n_running;
    for (size_t i = 0; i < n; i++)
        polled[i] = (struct pollfd){.fd = runner->running[i].fd, .events = POLLIN};
    int ready = poll(polled, n, 200);
    if (ready < 0 && errno != EINTR)
        return ra_fail_errno(err, RA_ERR_IO, "cannot wait for the candidates");
    ra_progress_set(&runner->progress, runner->n_done);
    bool ok = true;
    /* From the last: ending one moves the last into its place. */
    for (size_t i = ready > 0 ? n : 0; ok && i-- > 0;) {
        if (polled[i].revents && !receive(&runner->running[i]))
            ok = end(runner, i, err);
    }
    return ok;
}

/* The first that fits beside what is running; NULL: none does, now. */
static struct grid_candidate *next(struct runner *runner)
{
    struct grid *grid = runner->grid;
    for (size_t i = 0; i < grid->n; i++) {
        struct grid_candidate *candidate = &grid->candidates[i];
        bool waits = !candidate->record && !candidate->failure;
        for (size_t r = 0; r < runner->n_running; r++)
            waits = waits && runner->running[r].candidate != candidate;
        if (waits && (!runner->budget || candidate->bytes <= runner->budget - runner->used))
            return candidate;
    }
    return NULL;
}

static bool fill(struct runner *runner, struct ra_err *err)
{
    while (runner->n_running < runner->grid->at_once) {
        struct grid_candidate *candidate = next(runner);
        if (!candidate)
            return true;
        if (!start(runner, candidate, err))
            return false;
    }
    return true;
}

static void stop_all(struct runner *runner)
{
    for (size_t i = 0; i < runner->n_running; i++)
        kill(runner->running[i].pid, SIGKILL);
    for (size_t i = 0; i < runner->n_running; i++) {
        while (waitpid(runner->running[i].pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        close(runner->running[i].fd);
        ra_buf_finish(&runner->running[i].text);
    }
    runner->n_running = 0;
}

static bool run_all(struct runner *runner, struct ra_err *err)
{
    bool ok = fill(runner, err);
    while (ok && runner->n_running && !interrupt_came())
        ok = wait_some(runner, err) && (interrupt_came() || fill(runner, err));
    stop_all(runner);
    if (ok && interrupt_came())
        ok = ra_fail(err, RA_ERR_UNAVAILABLE,
                     "stopped; %zu of %zu candidates are done and kept, the same command goes on "
                     "from there",
                     runner->n_done - runner->grid->n_failed, runner->grid->n);
    return ok;
}

/* Two candidates may mean the same; the second has the first's record then. */
static const struct grid_candidate *twin_of(const struct grid *grid, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(grid->candidates[i].name, grid->candidates[at].name) == 0)
            return &grid->candidates[i];
    }
    return NULL;
}

static void drop(struct grid *grid, size_t at, size_t twin)
{
    struct grid_candidate *dropped = &grid->candidates[at];
    grid->candidates[twin].is_live |= dropped->is_live;
    settings_finish(&dropped->settings);
    free(dropped->label);
    memmove(dropped, dropped + 1, (grid->n - at - 1) * sizeof *dropped);
    grid->n--;
}

/* Names all, leaves out twins, takes what has a record, refuses what can never fit. */
static bool prepare(struct runner *runner, struct ra_err *err)
{
    struct grid *grid = runner->grid;
    for (size_t i = 0; i < grid->n; i++) {
        struct grid_candidate *candidate = &grid->candidates[i];
        if (!grid_prepare(grid, candidate, err))
            return false;
        const struct grid_candidate *twin = twin_of(grid, i);
        if (twin)
            drop(grid, i--, (size_t)(twin - grid->candidates));
    }
    for (size_t i = 0; i < grid->n; i++) {
        struct grid_candidate *candidate = &grid->candidates[i];
        candidate->record = run_record_get(runner->registry, candidate->name);
        candidate->is_reused = candidate->record != NULL;
        grid->n_reused += candidate->is_reused;
        char why[160];
        snprintf(why, sizeof why, "would take %.0f MB, the limit is %.0f MB",
                 (double)candidate->bytes / 1e6, (double)runner->budget / 1e6);
        if (!candidate->record && runner->budget && candidate->bytes > runner->budget)
            fail_candidate(grid, candidate, why);
        if (!candidate->record && !candidate->failure)
            continue;
        runner->n_done++;
        say_done(runner, candidate);
    }
    return true;
}

static void plan_threads(struct grid *grid)
{
    unsigned cores = ra_threads(grid->app->settings.train.threads);
    unsigned threads = grid->rules.threads;
    grid->at_once = grid->rules.parallel ? grid->rules.parallel : cores / (threads ? threads : 1);
    grid->at_once = grid->at_once ? grid->at_once : 1;
    if (!threads)
        threads = grid->at_once < cores ? cores / grid->at_once : 1;
    grid->rules.threads = threads;
}

bool grid_run(struct grid *grid, struct ra_registry *registry, struct ra_err *err)
{
    double since = ra_clock_seconds();
    plan_threads(grid);
    struct runner runner = {
        .grid = grid,
        .registry = registry,
        .budget = grid->rules.memory_mb ? (uint64_t)grid->rules.memory_mb * 1000000
                                        : app_memory_limit(grid->app),
        .running = calloc(grid->at_once, sizeof *runner.running),
    };
    if (!runner.running)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    interrupt_hold();
    ra_progress_start(&runner.progress, "candidates", grid->n, grid->app->quiet);
    bool ok = prepare(&runner, err) && run_all(&runner, err);
    ra_progress_end(&runner.progress);
    free(runner.running);
    if (!interrupt_came())
        interrupt_release();
    grid->seconds = ra_clock_seconds() - since;
    return ok;
}
