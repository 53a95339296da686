/* How well and how fast misspelt, unfinished and shuffled titles are understood. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalogue.h"
#include "readalike/str.h"
#include "readalike/title.h"

#define QUERIES_MAX 2000
#define TEXT_MAX 512
#define REPEATS 5

static uint64_t state;

/* SplitMix64 */
static uint64_t next_random(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static size_t below(size_t n)
{
    return (size_t)(next_random() % n);
}

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

/* A letter beside `c` on the keyboard 7 times of 10, any letter otherwise. */
static char slip(char c)
{
    static const char *const rows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
    for (size_t i = 0; below(10) < 7 && i < RA_COUNT(rows); i++) {
        const char *at = c ? strchr(rows[i], c) : NULL;
        if (!at)
            continue;
        bool left = at > rows[i] && (!at[1] || below(2));
        return left ? at[-1] : at[1];
    }
    return (char)('a' + below(26));
}

static void add_typo(char *text)
{
    size_t n = strlen(text);
    if (n < 2 || n + 2 > TEXT_MAX)
        return;
    size_t at = below(n), way = below(4);
    if (way == 0) {
        memmove(text + at + 1, text + at, n - at + 1);
        text[at] = slip(text[at + 1]);
    } else if (way == 1) {
        memmove(text + at, text + at + 1, n - at);
    } else if (way == 2) {
        text[at] = slip(text[at]);
    } else {
        at = at + 1 < n ? at : n - 2;
        char c = text[at];
        text[at] = text[at + 1];
        text[at + 1] = c;
    }
}

/* One or two letters are the beginning of hundreds of titles: no engine can tell which is meant. */
#define PREFIX_LEAST 3

static void cut(char *text)
{
    size_t n = strlen(text);
    size_t keep = (n * (40 + below(36)) + 50) / 100;
    keep = keep < PREFIX_LEAST ? PREFIX_LEAST : keep;
    text[keep < n ? keep : n] = '\0';
}

/* False when the title does not begin with one. */
static bool drop_article(char *text)
{
    static const char *const articles[] = {"the ", "a ", "an "};
    for (size_t i = 0; i < RA_COUNT(articles); i++) {
        size_t n = strlen(articles[i]);
        if (strncmp(text, articles[i], n) == 0 && text[n]) {
            memmove(text, text + n, strlen(text + n) + 1);
            return true;
        }
    }
    return false;
}

static bool shuffle(char *text)
{
    char *words[64], copy[TEXT_MAX];
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", text);
    char *rest = copy;
    for (char *word; n < 64 && (word = strsep(&rest, " "));) {
        if (*word)
            words[n++] = word;
    }
    if (n < 2)
        return false;
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = below(i + 1);
        char *word = words[i];
        words[i] = words[j];
        words[j] = word;
    }
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s%s", i ? " " : "", words[i]);
    return true;
}

static bool add_surname(char *text, const char *author)
{
    char first[TEXT_MAX];
    snprintf(first, sizeof first, "%s", author);
    first[strcspn(first, ",")] = '\0';
    const char *surname = strrchr(first, ' ');
    surname = surname ? surname + 1 : first;
    size_t len = strlen(text);
    if (!*surname || len + strlen(surname) + 2 > TEXT_MAX)
        return false;
    snprintf(text + len, TEXT_MAX - len, " %s", surname);
    return true;
}

enum kind {
    EXACT,
    TYPO,
    TYPOS,
    PREFIX,
    PREFIX_TYPO,
    ARTICLE,
    ARTICLE_TYPO,
    SHUFFLED,
    AUTHOR,
    KINDS
};
static const char *const kind_names[KINDS] = {
    "exact title",      "1 typo",         "2 typos",  "prefix 40-75 %",  "prefix + typo",
    "article left out", "article + typo", "shuffled", "title + surname",
};

/* Lower case, without "(Series, #3)"; false when nothing is left. */
static bool plain_title(const char *title, char *out)
{
    snprintf(out, TEXT_MAX, "%s", title);
    char *series = strstr(out, " (");
    if (series)
        *series = '\0';
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return *out;
}

static bool make_query(enum kind kind, const struct ra_title_doc *doc, char *out)
{
    if (!plain_title(doc->title, out))
        return false;
    if ((kind == ARTICLE || kind == ARTICLE_TYPO) && !drop_article(out))
        return false;
    if (kind == SHUFFLED && !shuffle(out))
        return false;
    if (kind == AUTHOR && !add_surname(out, doc->author))
        return false;
    if (kind == PREFIX || kind == PREFIX_TYPO)
        cut(out);
    if (kind == TYPO || kind == TYPOS || kind == PREFIX_TYPO || kind == ARTICLE_TYPO)
        add_typo(out);
    if (kind == TYPOS)
        add_typo(out);
    return true;
}

struct result {
    double us[QUERIES_MAX];
    size_t n, first, seven;
};

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

struct bench {
    const struct catalogue *catalogue;
    struct ra_title_index *index;
    struct ra_title_scratch *scratch;
    bool misses; /* print what was not among the first seven */
};

static void ask(const struct bench *bench, uint32_t doc, const char *query, struct result *result)
{
    struct ra_title_hit hits[7];
    size_t n = 0, at = 0;
    double best = 1e18;
    for (int i = 0; i < REPEATS; i++) {
        double begin = now_us();
        n = ra_title_suggest(bench->index, bench->scratch, query, strlen(query), NULL, hits, 7);
        double took = now_us() - begin;
        best = took < best ? took : best;
    }
    while (at < n && hits[at].doc != doc)
        at++;
    result->us[result->n++] = best;
    result->first += n > 0 && at == 0;
    result->seven += at < n;
    if (bench->misses && at >= n)
        printf("    \"%s\": %s, not %s\n", query,
               n ? bench->catalogue->docs[hits[0].doc].title : "nothing",
               bench->catalogue->docs[doc].title);
}

static void run_kind(const struct bench *bench, enum kind kind, size_t n_queries,
                     struct result *result)
{
    char query[TEXT_MAX];
    *result = (struct result){0};
    while (result->n < n_queries) {
        uint32_t doc = (uint32_t)below(bench->catalogue->n);
        if (make_query(kind, &bench->catalogue->docs[doc], query))
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
    printf("%-18s %8.3f %8.3f %8.0f %8.0f %8.0f\n", name, (double)result->first / n,
           (double)result->seven / n, sum / n, result->us[result->n / 2],
           result->us[result->n * 99 / 100]);
}

static void run(const struct bench *bench, size_t n_queries)
{
    static struct result result;
    static double all_us[KINDS * QUERIES_MAX];
    size_t n = 0;
    double first = 0, seven = 0, sum = 0;
    printf("%-18s %8s %8s %8s %8s %8s\n", "queries", "recall@1", "recall@7", "mean us", "p50 us",
           "p99 us");
    for (enum kind kind = EXACT; kind < KINDS; kind++) {
        run_kind(bench, kind, n_queries, &result);
        print_row(kind_names[kind], &result);
        for (size_t i = 0; i < result.n; i++)
            sum += all_us[n++] = result.us[i];
        first += (double)result.first;
        seven += (double)result.seven;
    }
    qsort(all_us, n, sizeof *all_us, compare_doubles);
    printf("%-18s %8.3f %8.3f %8.0f %8.0f %8.0f\n", "all", first / (double)n, seven / (double)n,
           sum / (double)n, all_us[n / 2], all_us[n * 99 / 100]);
}

/* Real titles first, then made-up ones of words of real titles, one in ten of them misspelt. */
static bool enlarge(struct catalogue *catalogue, size_t n, struct ra_buf *text)
{
    size_t real = catalogue->n;
    struct ra_title_doc *docs = malloc(n * sizeof *docs);
    size_t *starts = malloc(n * sizeof *starts);
    if (!docs || !starts)
        return false;
    for (size_t i = real; i < n; i++) {
        starts[i] = text->len;
        for (size_t words = 2 + below(5); words > 0; words--) {
            char word[TEXT_MAX];
            plain_title(catalogue->docs[below(real)].title, word);
            if (!shuffle(word) || below(10) == 0)
                add_typo(word);
            word[strcspn(word, " ")] = '\0';
            ra_buf_putf(text, "%s ", word);
        }
        ra_buf_putc(text, '\0');
    }
    memcpy(docs, catalogue->docs, real * sizeof *docs);
    for (size_t i = real; i < n; i++)
        docs[i] = (struct ra_title_doc){
            .title = text->data + starts[i],
            .author = docs[i % real].author,
            .popularity = docs[real - 1].popularity * (float)(n - i) / (float)n,
        };
    free(starts);
    free(catalogue->docs);
    catalogue->docs = docs;
    catalogue->n = n;
    return !text->failed;
}

static size_t number_arg(int argc, char **argv, int at, size_t otherwise)
{
    uint64_t value;
    return argc > at && ra_parse_u64(argv[at], &value) ? (size_t)value : otherwise;
}

/* bench_title [CATALOGUE [SEED [QUERIES [TITLES [misses]]]]] */
int main(int argc, char **argv)
{
    struct catalogue catalogue;
    struct ra_err err = {0};
    struct ra_buf bytes, made_up;
    ra_buf_init(&bytes);
    ra_buf_init(&made_up);
    state = number_arg(argc, argv, 2, 20240607);
    size_t n_queries = number_arg(argc, argv, 3, 200);
    if (n_queries == 0 || n_queries > QUERIES_MAX)
        n_queries = QUERIES_MAX;
    if (!catalogue_load(&catalogue, argc > 1 ? argv[1] : "goodbooks")) {
        fprintf(stderr,
                "bench_title: no catalogue; set READALIKE_DATA to the folder of the data\n");
        return 1;
    }
    size_t titles = number_arg(argc, argv, 4, 0);
    size_t real = catalogue.n;
    if (titles > real && !enlarge(&catalogue, titles, &made_up))
        return 1;
    double begin = now_us();
    if (!ra_title_build(catalogue.docs, catalogue.n, &bytes, &err)) {
        fprintf(stderr, "bench_title: %s\n", err.text);
        return 1;
    }
    double built = now_us();
    struct bench bench = {
        .catalogue = &catalogue,
        .index = ra_title_open(bytes.data, bytes.len, &err),
        .scratch = ra_title_scratch_create(),
        .misses = argc > 5 && strcmp(argv[5], "misses") == 0,
    };
    double opened = now_us();
    if (!bench.index || !bench.scratch) {
        fprintf(stderr, "bench_title: %s\n", err.text);
        return 1;
    }
    printf("%zu titles: built in %.3f s, %.1f bytes a title, opened in %.2f ms\n", catalogue.n,
           (built - begin) * 1e-6, (double)bytes.len / (double)catalogue.n,
           (opened - built) * 1e-3);
    catalogue.n = real; /* ask for real titles only */
    run(&bench, n_queries);
    ra_title_close(bench.index);
    ra_title_scratch_destroy(bench.scratch);
    ra_buf_finish(&bytes);
    ra_buf_finish(&made_up);
    catalogue_free(&catalogue);
    return 0;
}
