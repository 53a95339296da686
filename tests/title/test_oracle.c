/*
 * The engine against a scorer that looks at every word of every book with dynamic programming and
 * has no index: same formula (docs/titles.md), none of the short cuts.
 */
#include <math.h>

#include "random.h"
#include "shelf.h"

#define N_BOOKS 150
#define N_WORDS 48
#define WORD_MAX 12
#define BOOK_WORDS_MAX 8

struct word {
    char text[WORD_MAX];
    unsigned df;
};
static struct word words[N_WORDS]; /* sorted by text */

struct book {
    unsigned words[BOOK_WORDS_MAX];
    float worth[BOOK_WORDS_MAX];
    unsigned n, n_main;
    float prior;
    char title[128], author[64];
};
static struct book books[N_BOOKS];

struct typed {
    char text[2 * WORD_MAX];
    bool open;
    float sim[N_WORDS]; /* to every word, 0: none */
    float weight;
};

static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned d[32][32];
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
            best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[n][m];
}

static float similarity(size_t n, unsigned edits, bool prefix)
{
    static const float price[] = {0.0F, 0.9F, 2.2F};
    float sim = 1.0F - price[edits] / fmaxf((float)n, 4.0F) - (prefix ? 0.04F : 0.0F);
    return fmaxf(sim, 0.1F);
}

static float weight_of(float df)
{
    return fminf(fmaxf(logf(1.0F + N_BOOKS / (1.0F + df)), 0.3F), 9.0F);
}

static bool shares(const char *a, const char *b, size_t n)
{
    return strlen(a) >= n && strlen(b) >= n && memcmp(a, b, n) == 0;
}

/* The meaning with the fewest edits that most books have decides the weight. */
struct lightest {
    unsigned edits, df;
};

static void consider(struct lightest *lightest, unsigned edits, unsigned df)
{
    if (edits < lightest->edits)
        *lightest = (struct lightest){edits, df};
    else if (edits == lightest->edits && df > lightest->df)
        lightest->df = df;
}

static void match_whole(struct typed *typed, unsigned k, struct lightest *lightest)
{
    size_t n = strlen(typed->text);
    for (unsigned w = 0; w < N_WORDS; w++) {
        unsigned edits = distance(typed->text, n, words[w].text, strlen(words[w].text));
        if (edits > k)
            continue;
        typed->sim[w] = fmaxf(typed->sim[w], similarity(n, edits, false));
        consider(lightest, edits, words[w].df);
    }
}

/* Words that begin like word `w` does with its first `length` letters, when `w` is the first. */
static void match_beginning(struct typed *typed, unsigned w, size_t length, unsigned edits,
                            struct lightest *lightest)
{
    size_t n = strlen(typed->text);
    unsigned df = 0, longer = 0;
    if (w > 0 && shares(words[w].text, words[w - 1].text, length))
        return;
    for (unsigned v = w; v < N_WORDS && shares(words[w].text, words[v].text, length); v++) {
        typed->sim[v] = fmaxf(typed->sim[v], similarity(n, edits, true));
        df += words[v].df;
        longer += strlen(words[v].text) > length;
    }
    if (edits > 0 || longer > 0)
        consider(lightest, edits, df);
}

static void match_beginnings(struct typed *typed, unsigned k, struct lightest *lightest)
{
    size_t n = strlen(typed->text);
    for (unsigned w = 0; w < N_WORDS; w++) {
        unsigned least = k + 1;
        for (size_t length = 1; length <= strlen(words[w].text); length++) {
            unsigned edits = distance(typed->text, n, words[w].text, length);
            if (edits >= least)
                continue;
            least = edits;
            match_beginning(typed, w, length, edits, lightest);
        }
    }
}

static bool is_known(const struct typed *typed)
{
    size_t n = strlen(typed->text);
    for (unsigned w = 0; w < N_WORDS; w++) {
        if (shares(words[w].text, typed->text, n) && (typed->open || !words[w].text[n]))
            return true;
    }
    return false;
}

static void match_word(struct typed *typed)
{
    size_t n = strlen(typed->text);
    bool known = is_known(typed);
    struct lightest lightest = {9, 0};
    unsigned k = n < 2 || (n == 2 && known) ? 0 : 1;
    memset(typed->sim, 0, sizeof typed->sim);
    match_whole(typed, k, &lightest);
    if (typed->open)
        match_beginnings(typed, n >= 3 ? k : 0, &lightest);
    if (lightest.edits == 9 && n >= 5) {
        match_whole(typed, 2, &lightest);
        if (typed->open)
            match_beginnings(typed, 2, &lightest);
    }
    typed->weight = weight_of((float)lightest.df);
}

struct judged {
    float cover, score;
};

static struct judged judge(const struct book *book, const struct typed *typed, unsigned n)
{
    bool taken[BOOK_WORDS_MAX] = {false};
    int chosen[4];
    float sum = 0, all = 0, named = 0, title = 0;
    for (unsigned i = 0; i < n; i++) {
        float best = 0;
        chosen[i] = -1;
        for (unsigned at = 0; at < book->n; at++) {
            float worth = typed[i].sim[book->words[at]] * book->worth[at] * (taken[at] ? 0.6F : 1);
            if (worth > best) {
                best = worth;
                chosen[i] = (int)at;
            }
        }
        if (chosen[i] >= 0)
            taken[chosen[i]] = true;
        sum += typed[i].weight * best;
        all += typed[i].weight;
    }
    for (unsigned at = 0; at < book->n_main; at++) {
        float weight = weight_of((float)words[book->words[at]].df);
        title += weight;
        named += taken[at] ? weight : 0;
    }
    unsigned kept = 0, authors = 0;
    for (unsigned i = 0; i < n; i++) {
        kept += i + 1 < n && chosen[i] >= 0 && chosen[i + 1] >= 0 && chosen[i] < chosen[i + 1];
        authors += chosen[i] >= 0 && book->worth[chosen[i]] < 0.89F;
    }
    bool by_author = n > 1 && authors == n;
    bool begins = chosen[0] >= 0 && chosen[0] < 2 && chosen[0] < (int)book->n_main;
    float order = n > 1 ? (float)kept / (float)(n - 1) : 0;
    struct judged judged = {.cover = sum / all};
    judged.score = judged.cover + 0.20F * (by_author ? 1 : named / title) + 0.06F * order +
                   (begins || by_author ? 0.08F : 0) + 0.14F * book->prior;
    return judged;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

/* No letters of the table of sounds, whose meanings the oracle does not know. */
static void invent_words(uint64_t *random)
{
    static const char letters[] = "abdeglmort";
    for (unsigned w = 0; w < N_WORDS; w++) {
        size_t n = 3 + random_below(random, 6);
        memset(words[w].text, 0, sizeof words[w].text);
        for (size_t i = 0; i < n; i++)
            words[w].text[i] = letters[random_below(random, 4 + w % 7)];
        words[w].df = 0;
        for (unsigned v = 0; v < w; v++) {
            if (strcmp(words[v].text, words[w].text) == 0)
                w--; /* once more */
        }
    }
    qsort(words, N_WORDS, sizeof *words, compare_words);
}

static void add_word(struct book *book, char *text, size_t room, unsigned word, float worth)
{
    size_t len = strlen(text);
    snprintf(text + len, room - len, "%s%s", len ? " " : "", words[word].text);
    bool seen = false;
    for (unsigned i = 0; i < book->n; i++)
        seen = seen || book->words[i] == word;
    words[word].df += !seen;
    book->words[book->n] = word;
    book->worth[book->n++] = worth;
}

static void invent_book(uint64_t *random, struct book *book, size_t number)
{
    *book = (struct book){.prior = roundf((1 - (float)number / N_BOOKS) * 65535) / 65535};
    for (size_t n = 1 + random_below(random, 4); n > 0; n--)
        add_word(book, book->title, sizeof book->title, (unsigned)random_below(random, N_WORDS), 1);
    book->n_main = book->n;
    if (random_below(random, 2)) {
        char series[64] = "";
        add_word(book, series, sizeof series, (unsigned)random_below(random, N_WORDS), 0.9F);
        size_t len = strlen(book->title);
        snprintf(book->title + len, sizeof book->title - len, " (%s)", series);
    }
    for (size_t n = random_below(random, 3); n > 0; n--)
        add_word(book, book->author, sizeof book->author, (unsigned)random_below(random, N_WORDS),
                 0.88F);
}

static void mistype(uint64_t *random, char *text)
{
    size_t n = strlen(text), at = random_below(random, n);
    if (random_below(random, 2) && n > 2)
        memmove(text + at, text + at + 1, n - at);
    else
        text[at] = 'e';
}

static unsigned type_query(uint64_t *random, struct typed *typed, char *query, size_t room)
{
    const struct book *book = &books[random_below(random, N_BOOKS)];
    unsigned n = 1 + (unsigned)random_below(random, book->n < 4 ? book->n : 4);
    query[0] = '\0';
    for (unsigned i = 0; i < n; i++) {
        unsigned at = (unsigned)random_below(random, book->n);
        snprintf(typed[i].text, sizeof typed[i].text, "%s", words[book->words[at]].text);
        if (random_below(random, 3) == 0)
            mistype(random, typed[i].text);
        typed[i].open = i + 1 == n && random_below(random, 2);
        if (typed[i].open && strlen(typed[i].text) > 3)
            typed[i].text[3 + random_below(random, 2)] = '\0';
        size_t len = strlen(query);
        snprintf(query + len, room - len, "%s%s", typed[i].text,
                 i + 1 == n && typed[i].open ? "" : " ");
    }
    return n;
}

struct tally {
    size_t asked, equal;
};

/* Where blanks and deep typos are not tried, the best scores are the same; elsewhere no worse. */
static void compare(struct shelf *shelf, uint64_t *random, struct tally *tally)
{
    struct typed typed[4];
    char query[128];
    unsigned n = type_query(random, typed, query, sizeof query);
    for (unsigned i = 0; i < n; i++)
        match_word(&typed[i]);
    struct judged best = {0, 0};
    float best_cover = 0;
    for (size_t i = 0; i < N_BOOKS; i++) {
        struct judged judged = judge(&books[i], typed, n);
        best_cover = fmaxf(best_cover, judged.cover);
        if (judged.cover >= 0.25F && judged.score > best.score)
            best = judged;
    }
    struct ra_title_hit hit = {0};
    ra_title_suggest(shelf->index, shelf->scratch, query, strlen(query), NULL, &hit, 1);
    if (hit.score < best.score - 2e-3F)
        fail_msg("\"%s\": %f, the oracle has %f", query, (double)hit.score, (double)best.score);
    tally->asked++;
    if (best_cover < 0.73F)
        return;
    tally->equal++;
    if (hit.score > best.score + 2e-3F)
        fail_msg("\"%s\": %f, the oracle only %f", query, (double)hit.score, (double)best.score);
}

static void the_engine_scores_as_the_oracle_does(void **state)
{
    (void)state;
    struct tally tally = {0, 0};
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct ra_title_doc docs[N_BOOKS];
        struct shelf shelf;
        uint64_t random = seed;
        invent_words(&random);
        for (size_t i = 0; i < N_BOOKS; i++) {
            invent_book(&random, &books[i], i);
            docs[i] = (struct ra_title_doc){books[i].title, books[i].author, NULL, books[i].prior};
        }
        shelf_open(&shelf, docs, N_BOOKS);
        for (int round = 0; round < 100; round++)
            compare(&shelf, &random, &tally);
        shelf_close(&shelf);
    }
    assert_true(tally.equal > tally.asked / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_scores_as_the_oracle_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
