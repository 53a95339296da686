/* Measures a bulk load through the loader: synthetic ratings into the store of a URL. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "readalike/clock.h"
#include "readalike/store.h"
#include "readalike/str.h"

struct plan {
    uint64_t ratings, users, books;
};

/* Knuth's MMIX generator: the same rows every time. */
static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return *state >> 33;
}

static bool add_books(struct ra_loader *loader, const struct plan *plan, struct ra_err *err)
{
    for (uint64_t i = 0; i < plan->books; i++) {
        char key[32], title[64];
        snprintf(key, sizeof key, "b%06llu", (unsigned long long)i);
        snprintf(title, sizeof title, "The Book of Number %llu", (unsigned long long)i);
        const struct ra_book book = {
            .source_key = key,
            .title = title,
            .author = "An Author",
            .publisher = "A Publisher",
            .language = "eng",
            .year = 1900 + (int)(i % 120),
            .average_rating = NAN,
        };
        if (!ra_loader_add_book(loader, &book, NULL, err))
            return false;
    }
    return true;
}

/* In no order, and each about once: what an import in the worst case brings. */
static bool add_ratings(struct ra_loader *loader, const struct plan *plan, struct ra_err *err)
{
    uint64_t state = 42;
    for (uint64_t i = 0; i < plan->ratings; i++) {
        char user[32], book[32];
        snprintf(user, sizeof user, "u%06llu", (unsigned long long)(next(&state) % plan->users));
        snprintf(book, sizeof book, "b%06llu", (unsigned long long)(next(&state) % plan->books));
        float rating = (float)(1 + next(&state) % 10);
        if (!ra_loader_add_rating(loader, user, book, rating, 1500000000 + (int64_t)i, NULL, err))
            return false;
    }
    return true;
}

/* Of this process alone: what remains comparable on a machine that does other work too. */
static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool load(struct ra_store *store, const struct plan *plan, const char *what,
                 struct ra_err *err)
{
    struct ra_load_counts counts;
    struct ra_loader *loader = ra_loader_begin(store, "bench", err);
    if (!loader || !add_books(loader, plan, err)) {
        ra_loader_abort(loader);
        return false;
    }
    double start = ra_clock_seconds(), cpu = cpu_seconds();
    if (!add_ratings(loader, plan, err)) {
        ra_loader_abort(loader);
        return false;
    }
    double added = ra_clock_seconds();
    if (!ra_loader_commit(loader, &counts, err))
        return false;
    double end = ra_clock_seconds();
    printf(
        "%-8s %10.0f ratings/s  %.3f s (commit %.3f s, own CPU %.3f s)  added %llu changed %llu\n",
        what, (double)plan->ratings / (end - start), end - start, end - added, cpu_seconds() - cpu,
        (unsigned long long)counts.ratings_added, (unsigned long long)counts.ratings_changed);
    return true;
}

static bool count_rating(void *ctx, const struct ra_rating *rating, struct ra_err *err)
{
    (void)rating;
    (void)err;
    ++*(uint64_t *)ctx;
    return true;
}

static bool snapshot(struct ra_store *store, struct ra_err *err)
{
    uint64_t n = 0;
    double start = ra_clock_seconds();
    if (!ra_store_snapshot(store, &(struct ra_snapshot_sink){.ctx = &n, .rating = count_rating},
                           err))
        return false;
    double seconds = ra_clock_seconds() - start;
    printf("%-8s %10.0f ratings/s  %.3f s\n", "snapshot", (double)n / seconds, seconds);
    return true;
}

int main(int argc, char **argv)
{
    struct plan plan = {.ratings = 1000000, .users = 50000, .books = 20000};
    if (argc < 2 || argc > 3 || (argc == 3 && !ra_parse_u64(argv[2], &plan.ratings))) {
        fprintf(stderr, "Usage: bench_store URL [RATINGS]   (an empty store)\n");
        return 2;
    }
    struct ra_err err = {0};
    struct ra_store *store = ra_store_open(argv[1], NULL, &err);
    bool ok = store && ra_store_migrate(store, NULL, &err) && load(store, &plan, "load", &err) &&
              load(store, &plan, "again", &err) && snapshot(store, &err);
    if (!ok)
        fprintf(stderr, "bench_store: %s\n", err.text);
    ra_store_close(store);
    return ok ? 0 : 1;
}
