/* A progress bar on a terminal, a plain line now and then elsewhere. */
#include "readalike/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "readalike/clock.h"

#define MANY 100000u /* of so many, one takes less time than a look at the clock */
#define BAR_WIDTH 28
#define TERMINAL_EVERY_NS 100000000u
#define PLAIN_EVERY_NS 5000000000u

void ra_progress_start(struct ra_progress *progress, const char *what, uint64_t total, bool quiet)
{
    uint64_t now = ra_clock_ns();
    *progress = (struct ra_progress){
        .what = what,
        .total = total,
        .start_ns = now,
        .last_ns = now,
        .terminal = isatty(STDERR_FILENO) == 1,
        .quiet = quiet,
    };
}

void ra_progress_count(struct ra_progress *progress, const char *what, uint64_t total)
{
    if (!progress)
        return;
    ra_progress_end(progress);
    ra_progress_start(progress, what, total, progress->quiet);
}

static void draw_bar(const struct ra_progress *progress, double rate)
{
    char bar[BAR_WIDTH + 1];
    double share = progress->total ? (double)progress->done / (double)progress->total : 0;
    int full = share >= 1 ? BAR_WIDTH : (int)(share * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    double left = rate > 0 && progress->total > progress->done
                      ? (double)(progress->total - progress->done) / rate
                      : 0;
    fprintf(stderr, "\r%-10s [%s] %3.0f%%  %.0f/s  %.0f s left \033[K", progress->what, bar,
            share * 100, rate, left);
}

static void show(struct ra_progress *progress, uint64_t now)
{
    double seconds = (double)(now - progress->start_ns) / 1e9;
    double rate = seconds > 0 ? (double)progress->done / seconds : 0;
    if (progress->terminal && progress->total)
        draw_bar(progress, rate);
    else if (progress->terminal)
        fprintf(stderr, "\r%-10s %llu  %.0f/s \033[K", progress->what,
                (unsigned long long)progress->done, rate);
    else
        fprintf(stderr, "%s: %llu, %.0f/s\n", progress->what, (unsigned long long)progress->done,
                rate);
    progress->drawn = true;
    progress->last_ns = now;
}

void ra_progress_set(struct ra_progress *progress, uint64_t done)
{
    bool is_few = progress->total && progress->total < MANY;
    bool look = is_few || done - progress->done >= 1024 || (done & 1023) == 0;
    progress->done = done;
    if (progress->quiet || !look)
        return;
    uint64_t now = ra_clock_ns();
    if (now - progress->last_ns >= (progress->terminal ? TERMINAL_EVERY_NS : PLAIN_EVERY_NS))
        show(progress, now);
}

void ra_progress_end(struct ra_progress *progress)
{
    if (progress->quiet || !progress->drawn)
        return;
    show(progress, ra_clock_ns());
    if (progress->terminal)
        fputc('\n', stderr);
}
