/* Time of the engine alone on a model file: one liked book, fifty, and a filter that little passes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "readalike/clock.h"
#include "readalike/model.h"
#include "readalike/recommend.h"

#define ASKS 20000
#define LIKED 50

struct setting {
    const char *what;
    size_t n_liked;
    struct ra_filter filter;
};

static bool measure(const struct ra_engine *engine, struct ra_scratch *scratch,
                    const struct setting *setting, struct ra_err *err)
{
    size_t n_items = ra_model_n_items(ra_engine_model(engine));
    size_t most = n_items < 5000 ? n_items : 5000;
    struct ra_liked liked[LIKED];
    struct ra_answer answer;
    uint64_t start = ra_clock_ns();
    for (unsigned i = 0; i < ASKS; i++) {
        for (size_t l = 0; l < setting->n_liked; l++)
            liked[l] = (struct ra_liked){(uint32_t)((i * 7 + l * 131) % most), NAN};
        const struct ra_ask ask = {.liked = liked,
                                   .n_liked = setting->n_liked,
                                   .filter = setting->filter,
                                   .k = 10,
                                   .explain = true};
        if (!ra_recommend(engine, scratch, &ask, &answer, err))
            return false;
    }
    printf("%-36s %8.2f us a request\n", setting->what,
           (double)(ra_clock_ns() - start) / 1e3 / ASKS);
    return true;
}

int main(int argc, char **argv)
{
    const struct setting settings[] = {
        {"one liked book", 1, {0}},
        {"fifty liked books", LIKED, {0}},
        {"one liked book, language en", 1, {.language = "en"}},
        {"one liked book, author \"king\"", 1, {.author = "king"}},
    };
    struct ra_err err = {0};
    uint64_t start = ra_clock_ns();
    struct ra_engine *engine = argc == 2 ? ra_engine_open(argv[1], &err) : NULL;
    struct ra_scratch *scratch = ra_scratch_create();
    bool ok = engine && scratch;
    if (ok)
        printf("%zu books, opened and checked in %.0f ms\n",
               ra_model_n_items(ra_engine_model(engine)), (double)(ra_clock_ns() - start) / 1e6);
    for (size_t i = 0; ok && i < sizeof settings / sizeof *settings; i++)
        ok = measure(engine, scratch, &settings[i], &err);
    if (!ok)
        fprintf(stderr, "bench_recommend MODEL: %s\n", err.text);
    ra_scratch_destroy(scratch);
    ra_engine_unref(engine);
    return ok ? 0 : 1;
}
