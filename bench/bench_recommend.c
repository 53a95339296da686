/*
 * Time of the engine alone, on one core: p50 and p99 of a request, by what is asked and how much
 * the filter lets through.
 *
 *     bench_recommend MODEL                      a model file
 *     bench_recommend BOOKS FACTORS [DECAY]      a drawn model of factors (synthetic_model.h)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "readalike/clock.h"
#include "readalike/factors.h"
#include "readalike/model.h"
#include "readalike/recommend.h"
#include "readalike/str.h"
#include "synthetic_model.h"

#define LIKED 50
#define ASKS_MOST 20000
#define SECONDS 2.0 /* for one line, at most */

struct setting {
    const char *what;
    size_t n_liked;
    struct ra_filter filter;
    bool by_likeness;
};

static const struct setting of_any_model[] = {
    {"one liked book", 1, {0}, false},
    {"fifty liked books", LIKED, {0}, false},
    {"one liked book, language en", 1, {.language = "en"}, false},
    {"one liked book, author \"king\"", 1, {.author = "king"}, false},
};

static const struct setting of_drawn_model[] = {
    {"one liked book", 1, {0}, false},
    {"ten liked books", 10, {0}, false},
    {"fifty liked books", LIKED, {0}, false},
    {"books like one", 1, {0}, true},
    {"ten, years: 10 % pass", 10, {.year_from = 1900}, false},
    {"ten, years: 1 % pass", 10, {.year_from = 1990}, false},
    {"ten, years: 0.1 % pass", 10, {.year_from = 1999}, false},
    {"ten, author: 10 % pass", 10, {.author = "Great Person"}, false},
    {"ten, author: 1 % pass", 10, {.author = "Known Person"}, false},
    {"ten, author: 0.1 % pass", 10, {.author = "Rare Person"}, false},
    {"ten, author of three", 10, {.author = "number3000"}, false},
};

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool ask_once(const struct ra_engine *engine, struct ra_scratch *scratch,
                     const struct setting *setting, unsigned i, struct ra_err *err)
{
    static struct ra_answer answer;
    struct ra_liked liked[LIKED];
    size_t n_items = ra_model_n_items(ra_engine_model(engine));
    size_t most = n_items < 5000 ? n_items : 5000;
    for (size_t l = 0; l < setting->n_liked; l++)
        liked[l] = (struct ra_liked){(uint32_t)((i * 7 + l * 131) % most), NAN};
    const struct ra_ask ask = {.liked = liked,
                               .n_liked = setting->n_liked,
                               .filter = setting->filter,
                               .k = 10,
                               .by_likeness = setting->by_likeness,
                               .explain = true};
    return ra_recommend(engine, scratch, &ask, &answer, err);
}

static bool measure(const struct ra_engine *engine, struct ra_scratch *scratch,
                    const struct setting *setting, struct ra_err *err)
{
    static uint64_t took[ASKS_MOST];
    uint64_t begin = ra_clock_ns(), start = begin;
    unsigned n = 0;
    for (unsigned i = 0; i < 20; i++) {
        if (!ask_once(engine, scratch, setting, i, err))
            return false;
    }
    for (; n < ASKS_MOST && (double)(start - begin) < SECONDS * 1e9; n++) {
        start = ra_clock_ns();
        if (!ask_once(engine, scratch, setting, n, err))
            return false;
        took[n] = ra_clock_ns() - start;
    }
    qsort(took, n, sizeof *took, by_value);
    printf("%-32s p50 %8.1f us   p99 %8.1f us   (%u requests)\n", setting->what,
           (double)took[n / 2] / 1e3, (double)took[n * 99 / 100] / 1e3, n);
    fflush(stdout);
    return true;
}

/* The engine on a drawn model, whose file is gone at once. */
static struct ra_engine *open_drawn(int argc, char **argv, struct ra_err *err)
{
    char path[] = "/tmp/readalike-bench-XXXXXX";
    int64_t books = 0, factors = 0;
    double decay = argc > 3 ? strtod(argv[3], NULL) : 0;
    if (!ra_parse_i64(argv[1], &books) || !ra_parse_i64(argv[2], &factors) || books < 1 ||
        factors < 1 || books > 50000000 || factors > RA_FACTORS_MAX) {
        ra_fail(err, RA_ERR_INVALID, "books and factors are numbers");
        return NULL;
    }
    int fd = mkstemp(path);
    if (fd < 0) {
        ra_fail_errno(err, RA_ERR_IO, "cannot make a file in /tmp");
        return NULL;
    }
    close(fd);
    const struct synthetic what = {(uint32_t)books, (uint32_t)factors, decay};
    struct ra_engine *engine = NULL;
    if (synthetic_write(&what, path, err)) {
        uint64_t start = ra_clock_ns();
        engine = ra_engine_open(path, err);
        printf("opened and checked in %.0f ms\n", (double)(ra_clock_ns() - start) / 1e6);
    }
    unlink(path);
    return engine;
}

int main(int argc, char **argv)
{
    struct ra_err err = {0};
    bool drawn = argc > 2;
    struct ra_engine *engine = drawn       ? open_drawn(argc, argv, &err)
                               : argc == 2 ? ra_engine_open(argv[1], &err)
                                           : NULL;
    struct ra_scratch *scratch = ra_scratch_create();
    bool ok = engine && scratch;
    const struct setting *settings = drawn ? of_drawn_model : of_any_model;
    size_t n = drawn ? RA_COUNT(of_drawn_model) : RA_COUNT(of_any_model);
    if (ok)
        printf("%zu books\n", ra_model_n_items(ra_engine_model(engine)));
    for (size_t i = 0; ok && i < n; i++)
        ok = measure(engine, scratch, &settings[i], &err);
    if (!ok)
        fprintf(stderr, "bench_recommend MODEL | BOOKS FACTORS [DECAY]: %s\n", err.text);
    ra_scratch_destroy(scratch);
    ra_engine_unref(engine);
    return ok ? 0 : 1;
}
