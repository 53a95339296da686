/* How well and how fast misspelt, unfinished and shuffled titles are understood. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalogue.h"
#include "grow.h"
#include "queries.h"
#include "readalike/str.h"

#define QUERIES_MAX 5000
#define REPEATS 5

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

/* What this thread used, which another process on the machine does not change much. */
static double used_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

struct result {
    double us[QUERIES_MAX];
    size_t n, first, seven;
    size_t same_first, same_seven; /* that row, or one of the very same title */
};

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

struct bench {
    const struct ra_title_doc *docs;
    const uint32_t *real; /* the documents that are asked for */
    size_t n_real;
    struct ra_title_index *index;
    struct ra_title_scratch *scratch;
    size_t n_queries; /* of each kind */
    bool misses;      /* print what was not among the first seven */
};

static void ask(const struct bench *bench, uint32_t doc, const char *query, struct result *result)
{
    struct ra_title_hit hits[7];
    size_t n = 0, at = 0;
    double best = 1e18;
    for (int i = 0; i < REPEATS; i++) {
        double begin = used_us();
        n = ra_title_suggest(bench->index, bench->scratch, query, strlen(query), NULL, hits, 7);
        double took = used_us() - begin;
        best = took < best ? took : best;
    }
    char wanted[QUERY_TEXT_MAX], found[QUERY_TEXT_MAX];
    size_t same = 0;
    plain_title(bench->docs[doc].title, wanted);
    while (same < n && plain_title(bench->docs[hits[same].doc].title, found) &&
           strcmp(wanted, found) != 0)
        same++;
    while (at < n && hits[at].doc != doc)
        at++;
    result->same_first += n > 0 && same == 0;
    result->same_seven += same < n;
    result->us[result->n++] = best;
    result->first += n > 0 && at == 0;
    result->seven += at < n;
    if (bench->misses && at >= n)
        printf("    \"%s\": %s, not %s\n", query, n ? bench->docs[hits[0].doc].title : "nothing",
               bench->docs[doc].title);
}

static void run_kind(const struct bench *bench, struct ra_random *random, enum query_kind kind,
                     struct result *result)
{
    char query[QUERY_TEXT_MAX];
    *result = (struct result){0};
    while (result->n < bench->n_queries) {
        uint32_t doc = bench->real[ra_random_next(random) % bench->n_real];
        if (make_query(random, kind, &bench->docs[doc], query))
            ask(bench, doc, query, result);
    }
}

static void print_row(const char *name, struct result *result)
{
    double sum = 0;
    qsort(result->us, result->n, sizeof *result->us, compare_doubles);
    for (size_t i = 0; i < result->n; i++)
        sum += result->us[i];
    double n = (double)result->n;
    printf("%-18s %8.3f %8.3f %8.3f %8.3f %8.0f %8.0f %8.0f\n", name, (double)result->first / n,
           (double)result->seven / n, (double)result->same_first / n,
           (double)result->same_seven / n, sum / n, result->us[result->n / 2],
           result->us[result->n * 99 / 100]);
}

static void run(const struct bench *bench, uint64_t seed)
{
    static struct result result;
    static double all_us[QUERY_KINDS * QUERIES_MAX];
    struct ra_random random = {seed};
    size_t n = 0;
    double first = 0, seven = 0, same_first = 0, same_seven = 0, sum = 0;
    printf("%-18s %8s %8s %8s %8s %8s %8s %8s\n", "queries", "recall@1", "recall@7", "title@1",
           "title@7", "mean us", "p50 us", "p99 us");
    for (enum query_kind kind = EXACT; kind < QUERY_KINDS; kind++) {
        run_kind(bench, &random, kind, &result);
        print_row(query_kind_names[kind], &result);
        for (size_t i = 0; i < result.n; i++)
            sum += all_us[n++] = result.us[i];
        first += (double)result.first;
        seven += (double)result.seven;
        same_first += (double)result.same_first;
        same_seven += (double)result.same_seven;
    }
    qsort(all_us, n, sizeof *all_us, compare_doubles);
    printf("%-18s %8.3f %8.3f %8.3f %8.3f %8.0f %8.0f %8.0f\n\n", "all", first / (double)n,
           seven / (double)n, same_first / (double)n, same_seven / (double)n, sum / (double)n,
           all_us[n / 2], all_us[n * 99 / 100]);
}

static bool run_size(const struct catalogue *catalogue, size_t n, uint64_t seed, struct bench bench)
{
    struct grown grown;
    struct ra_buf bytes;
    struct ra_err err = {0};
    ra_buf_init(&bytes);
    bool ok = grow(catalogue, n > catalogue->n ? n : catalogue->n, seed, &grown);
    double begin = now_us();
    ok = ok && ra_title_build(grown.docs, grown.n, &bytes, &err);
    double built = now_us();
    bench.index = ok ? ra_title_open(bytes.data, bytes.len, &err) : NULL;
    double opened = now_us();
    bench.scratch = ra_title_scratch_create();
    ok = bench.index && bench.scratch;
    if (ok) {
        printf("%zu titles: built in %.2f s, %.1f bytes a title, opened in %.1f ms\n", grown.n,
               (built - begin) * 1e-6, (double)bytes.len / (double)grown.n,
               (opened - built) * 1e-3);
        bench.docs = grown.docs;
        bench.real = grown.real;
        bench.n_real = catalogue->n;
        run(&bench, seed);
    } else {
        fprintf(stderr, "bench_title: %s\n", err.code ? err.text : "out of memory");
    }
    ra_title_close(bench.index);
    ra_title_scratch_destroy(bench.scratch);
    ra_buf_finish(&bytes);
    grown_free(&grown);
    return ok;
}

static size_t number_arg(int argc, char **argv, int at, size_t otherwise)
{
    uint64_t value;
    return argc > at && ra_parse_u64(argv[at], &value) ? (size_t)value : otherwise;
}

/* bench_title [CATALOGUE [SEED [QUERIES [TITLES... [misses]]]]]; without TITLES all three sizes. */
int main(int argc, char **argv)
{
    static const size_t sizes[] = {10000, 1000000, 10000000};
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct catalogue catalogue;
    uint64_t seed = number_arg(argc, argv, 2, 20240607);
    struct bench bench = {.n_queries = number_arg(argc, argv, 3, 200)};
    if (bench.n_queries == 0 || bench.n_queries > QUERIES_MAX)
        bench.n_queries = QUERIES_MAX;
    if (!catalogue_load(&catalogue, argc > 1 ? argv[1] : "goodbooks")) {
        fprintf(stderr,
                "bench_title: no catalogue; set READALIKE_DATA to the folder of the data\n");
        return 1;
    }
    bench.misses = argc > 4 && strcmp(argv[argc - 1], "misses") == 0;
    int end = argc - bench.misses;
    bool ok = true;
    for (int i = 4; ok && i < end; i++)
        ok = run_size(&catalogue, number_arg(argc, argv, i, 0), seed, bench);
    for (size_t i = 0; ok && end <= 4 && i < RA_COUNT(sizes); i++)
        ok = run_size(&catalogue, sizes[i], seed, bench);
    catalogue_free(&catalogue);
    return ok ? 0 : 1;
}
