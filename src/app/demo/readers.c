/* Simulates readers of the sample catalogue: a taste each, and what they read because of it. */
#include "readers.h"

#include <stdlib.h>
#include <string.h>

#include "readalike/random.h"
#include "readalike/str.h"

/* Any number does; changing it changes every reader. */
static const uint64_t seed = 20261121;

/* The constants of docs/demo.md. */
static const double fame_base = 1.5;      /* a step of fame: so many times as likely */
static const double taste_pull = 7;       /* a perfect match is exp(7) times as likely as none */
static const double era_width = 1.0;      /* of an interest, in steps of era() */
static const double era_spread = 0.3;     /* of its middle around the book it began with */
static const double native_pull = 4;      /* of books in one's own language */
static const double foreign_share = 0.01; /* of books in a language one does not know */
static const double later_share = 0.1;    /* of a book that is nobody's way into its series */
static const double go_back = 0.9;        /* such a book met: one begins at the beginning */
static const double go_back_lead = 0.15;  /* the same for a book more famous than the first */
static const double author_share = 0.5;   /* another book of an author one liked */
static const double talk_share = 0.04;    /* read because everybody does, taste or not */
static const double rarity_max = 4;       /* more would make a taste of one tag */
static const double unrated_share = 0.25; /* read, not rated */
static const double rating_base = 6;      /* of a book of no match, of the middle fame */
static const double rating_match = 1.8;   /* of a perfect match, on top */
static const double rating_fame = 0.25;   /* of a step of fame: there is a reason for it */

/* Besides English; the rest of the readers read nothing else. */
static const struct {
    const char *language;
    double share;
} natives[] = {
    {"fr", 0.12}, {"de", 0.11}, {"es", 0.08}, {"it", 0.06}, {"ru", 0.05},
    {"ja", 0.05}, {"pt", 0.04}, {"sv", 0.03}, {"pl", 0.02}, {"nl", 0.02},
};

enum { MAX_INTERESTS = 3, MAX_GENRES = 256 };

/* One of the things that a reader likes. */
struct interest {
    double wish[MAX_GENRES]; /* (n_genres) of length 1 */
    double era;
};

/* What one reader likes. */
struct taste {
    const char *native; /* "en": English only */
    double native_weight;
    struct interest interests[MAX_INTERESTS];
    size_t n_interests;
    double bias; /* of the ratings */
    struct ra_random random;
};

struct demo_readers {
    const struct demo_catalogue *catalogue;
    double *rarity;     /* (n_genres) weight of a genre: rare ones say more */
    double *norm;       /* (n_books) length of a book's genre vector */
    double *popularity; /* (n_books) */
    double *quality;    /* (n_books) what everybody adds to or takes from a rating */
    bool *is_lead;      /* (n_books) a way into its series, or in none */
    const char **home;  /* (n_authors) what they are there in besides English, or NULL */
    double *match;      /* (n_books) the reader's best interest times book, 0 to 1 */
    double *sum;        /* (n_books) running sum of the weights to choose by */
    double *talk;       /* (n_books) the same for what everybody talks about */
    bool *has_read;     /* (n_books) */
};

/*
 * Distance from today on a scale where ten years lately are as far as a hundred long ago: 2020 is
 * at 0.6, 2000 at 1.4, 1950 at 2.4, 1850 at 3.1, and all before 1600 is old, at 4.
 */
static double era(int year)
{
    return log(1 + (2026 - (year < 1600 ? 1600 : year)) / 8.0);
}

static void count_genres(struct demo_readers *readers)
{
    const struct demo_catalogue *catalogue = readers->catalogue;
    for (size_t i = 0; i < catalogue->n_books; i++) {
        for (unsigned g = 0; g < catalogue->books[i].n_genres; g++)
            readers->rarity[catalogue->books[i].genre_ix[g]]++;
    }
    for (size_t g = 0; g < catalogue->n_genres; g++)
        readers->rarity[g] = fmin(rarity_max, log((double)catalogue->n_books / readers->rarity[g]));
}

static bool is_lead(const struct demo_book *books, const struct demo_book *book)
{
    const struct demo_book *first = book;
    while (first->previous != DEMO_NONE)
        first = &books[first->previous];
    return first == book || book->fame > first->fame;
}

static void weigh_books(struct demo_readers *readers)
{
    for (size_t i = 0; i < readers->catalogue->n_books; i++) {
        const struct demo_book *book = &readers->catalogue->books[i];
        double square = 0;
        for (unsigned g = 0; g < book->n_genres; g++)
            square += readers->rarity[book->genre_ix[g]] * readers->rarity[book->genre_ix[g]];
        readers->norm[i] = sqrt(square);
        readers->popularity[i] = pow(fame_base, book->fame);
        struct ra_random random = ra_random_stream(~seed, i);
        readers->quality[i] = rating_fame * (book->fame - 5.0) + 0.25 * ra_random_normal(&random);
        readers->is_lead[i] = is_lead(readers->catalogue->books, book);
        if (strcmp(book->language, "en") != 0)
            readers->home[book->author_ix] = book->language;
    }
}

struct demo_readers *demo_readers_create(const struct demo_catalogue *catalogue, struct ra_err *err)
{
    size_t n = catalogue->n_books, m = catalogue->n_genres;
    struct demo_readers *readers = calloc(1, sizeof *readers);
    double *numbers = calloc(m + 6 * n, sizeof *numbers);
    bool *flags = calloc(2 * n, sizeof *flags);
    const char **home = calloc(catalogue->n_authors, sizeof *home);
    if (!readers || !numbers || !flags || !home) {
        free(readers);
        free(numbers);
        free(flags);
        free(home);
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    *readers = (struct demo_readers){
        .catalogue = catalogue,
        .rarity = numbers,
        .norm = numbers + m,
        .popularity = numbers + m + n,
        .quality = numbers + m + 2 * n,
        .match = numbers + m + 3 * n,
        .sum = numbers + m + 4 * n,
        .talk = numbers + m + 5 * n,
        .has_read = flags,
        .is_lead = flags + n,
        .home = home,
    };
    count_genres(readers);
    weigh_books(readers);
    return readers;
}

void demo_readers_destroy(struct demo_readers *readers)
{
    if (!readers)
        return;
    free(readers->rarity);

    free(readers->has_read);
    free(readers->home);

    free(readers);
}

static const char *pick_native(struct ra_random *random)
{
    double at = ra_random_unit(random);
    for (size_t i = 0; i < RA_COUNT(natives); i++) {
        at -= natives[i].share;
        if (at < 0)
            return natives[i].language;
    }
    return "en";
}

/* A small shelf in one's own language is looked at more closely, or English would drown it. */
static double native_weight(const struct demo_readers *readers, const char *native)
{
    double english = 0, own = 0;
    for (size_t i = 0; i < readers->catalogue->n_books; i++) {
        const char *language = readers->catalogue->books[i].language;
        english += strcmp(language, "en") == 0 ? readers->popularity[i] : 0;
        own += strcmp(language, native) == 0 ? readers->popularity[i] : 0;
    }
    return strcmp(native, "en") == 0 ? 1 : native_pull * sqrt(english / own);
}

/* Nobody reads a translation of an author who is there in the mother tongue. */
static double language_weight(const struct demo_readers *readers, const struct taste *taste,
                              const struct demo_book *book)
{
    if (strcmp(book->language, taste->native) == 0)
        return taste->native_weight;
    const char *home = readers->home[book->author_ix];
    bool translated = home && strcmp(home, taste->native) == 0;
    return strcmp(book->language, "en") == 0 && !translated ? 1 : foreign_share;
}

/* A book by the running sum: the first whose sum exceeds the draw. */
static uint32_t draw(const double *sum, size_t n, struct ra_random *random)
{
    double at = ra_random_unit(random) * sum[n - 1];
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sum[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint32_t)low;
}

/* The wish of one interest: the genres of the book that it began with. */
static void form_interest(struct demo_readers *readers, struct interest *interest,
                          struct ra_random *random)
{
    uint32_t loved = draw(readers->sum, readers->catalogue->n_books, random);
    const struct demo_book *book = &readers->catalogue->books[loved];
    memset(interest->wish, 0, sizeof interest->wish);
    for (unsigned g = 0; g < book->n_genres; g++)
        interest->wish[book->genre_ix[g]] =
            readers->rarity[book->genre_ix[g]] / readers->norm[loved];
    interest->era = era(book->year) + era_spread * ra_random_normal(random);
}

/* A taste begins with one to three books that the reader loves, as people describe themselves. */
static void form_taste(struct demo_readers *readers, struct taste *taste)
{
    taste->native = pick_native(&taste->random);
    taste->native_weight = native_weight(readers, taste->native);
    taste->bias = 0.7 * ra_random_normal(&taste->random);
    double total = 0, talk = 0;
    for (size_t i = 0; i < readers->catalogue->n_books; i++) {
        double weight = language_weight(readers, taste, &readers->catalogue->books[i]);
        double popularity = readers->popularity[i];
        readers->sum[i] = total += weight * sqrt(popularity);
        readers->talk[i] = talk += weight * popularity * popularity * popularity;
    }

    taste->n_interests = 1 + (size_t)(MAX_INTERESTS * ra_random_unit(&taste->random));
    for (size_t k = 0; k < taste->n_interests; k++)
        form_interest(readers, &taste->interests[k], &taste->random);
}

/* The cosine of interest and book over genres, the rare ones counting more. */
static double match_of(const struct demo_readers *readers, const struct interest *interest,
                       size_t book_ix)
{
    const struct demo_book *book = &readers->catalogue->books[book_ix];
    double match = 0;
    for (unsigned g = 0; g < book->n_genres; g++)
        match += interest->wish[book->genre_ix[g]] * readers->rarity[book->genre_ix[g]];
    return match / readers->norm[book_ix];
}

/* Compares every book with the taste and lays out the weights to choose by. */
static void apply_taste(struct demo_readers *readers, const struct taste *taste)
{
    double total = 0;
    for (size_t i = 0; i < readers->catalogue->n_books; i++) {
        const struct demo_book *book = &readers->catalogue->books[i];
        double pull = 0, best = 0;
        for (size_t k = 0; k < taste->n_interests; k++) {
            double match = match_of(readers, &taste->interests[k], i);
            double away = (era(book->year) - taste->interests[k].era) / era_width;
            pull += exp(taste_pull * match - away * away / 2);
            best = fmax(best, match);
        }
        readers->match[i] = best;
        readers->sum[i] = total += readers->popularity[i] * language_weight(readers, taste, book) *
                                   pull * (readers->is_lead[i] ? 1 : later_share);
    }
}

/* One reader's shelf while it fills. */
struct shelf {
    struct demo_readers *readers;
    struct taste *taste;
    struct demo_reading *out;
    size_t n, wanted;
    int64_t now;
};

static float rate(const struct shelf *shelf, uint32_t book)
{
    struct ra_random *random = &shelf->taste->random;
    double rating = rating_base + rating_match * shelf->readers->match[book] +
                    shelf->readers->quality[book] + shelf->taste->bias + ra_random_normal(random);
    bool unrated = ra_random_chance(random, unrated_share);
    return unrated ? NAN : (float)fmin(10, fmax(1, round(rating)));
}

static void put(struct shelf *shelf, uint32_t book)
{
    const double day = 86400, days_a_book = 12;
    double pause = -log(1 - ra_random_unit(&shelf->taste->random)) * days_a_book * day;
    shelf->now += 3600 + (int64_t)pause;
    shelf->out[shelf->n++] = (struct demo_reading){book, rate(shelf, book), shelf->now};
    shelf->readers->has_read[book] = true;
}

/* How likely someone is to want more after this book. */
static double wants_more(struct shelf *shelf, uint32_t book)
{
    double liking = shelf->readers->match[book] + 0.1 * ra_random_normal(&shelf->taste->random);
    return 0.95 / (1 + exp(-8 * (liking - 0.35)));
}

/* Where someone begins who met this book of a series; DEMO_NONE when all of it is read. */
static uint32_t way_in(const struct shelf *shelf, uint32_t book)
{
    const struct demo_book *books = shelf->readers->catalogue->books;
    bool is_lead = shelf->readers->is_lead[book];
    if (!shelf->readers->has_read[book] &&
        !ra_random_chance(&shelf->taste->random, is_lead ? go_back_lead : go_back))
        return book;
    while (books[book].previous != DEMO_NONE)
        book = books[book].previous;
    while (book != DEMO_NONE && shelf->readers->has_read[book])
        book = books[book].next;
    return book;
}

/* Reads on in the series as long as the reader wants more. */
static void read_on(struct shelf *shelf, uint32_t book)
{
    while (shelf->n < shelf->wanted) {
        put(shelf, book);
        book = shelf->readers->catalogue->books[book].next;
        if (book == DEMO_NONE || shelf->readers->has_read[book] ||
            !ra_random_chance(&shelf->taste->random, wants_more(shelf, book)))
            return;
    }
}

/* Another unread book of the author, the weights deciding; DEMO_NONE when there is none. */
static uint32_t by_same_author(const struct shelf *shelf, uint32_t book)
{
    const struct demo_readers *readers = shelf->readers;
    const struct demo_book *books = readers->catalogue->books;
    uint32_t found = DEMO_NONE;
    double total = 0;
    for (uint32_t i = 0; i < readers->catalogue->n_books; i++) {
        if (books[i].author_ix != books[book].author_ix || readers->has_read[i] ||
            language_weight(readers, shelf->taste, &books[i]) <= foreign_share)
            continue;
        double weight = readers->sum[i] - (i ? readers->sum[i - 1] : 0);
        total += weight;
        if (ra_random_unit(&shelf->taste->random) * total < weight)
            found = i;
    }
    return found;
}

static void read_and_follow(struct shelf *shelf, uint32_t book)
{
    struct ra_random *random = &shelf->taste->random;
    read_on(shelf, book);
    while (shelf->n < shelf->wanted &&
           ra_random_chance(random, author_share * wants_more(shelf, book))) {
        book = by_same_author(shelf, book);
        if (book == DEMO_NONE)
            return;
        read_on(shelf, way_in(shelf, book));
    }
}

static void fill(struct shelf *shelf)
{
    /* Someone of a narrow taste may run out of books before the shelf is full. */
    for (int attempts = 0; shelf->n < shelf->wanted && attempts < 1000; attempts++) {
        struct ra_random *random = &shelf->taste->random;
        const double *sum =
            ra_random_chance(random, talk_share) ? shelf->readers->talk : shelf->readers->sum;
        uint32_t book = way_in(shelf, draw(sum, shelf->readers->catalogue->n_books, random));
        if (book != DEMO_NONE)
            read_and_follow(shelf, book);
    }
}

size_t demo_readers_simulate(struct demo_readers *readers, uint64_t number,
                             struct demo_reading out[DEMO_READINGS_MAX])
{
    struct taste taste = {.random = ra_random_stream(seed, number)};
    form_taste(readers, &taste);
    apply_taste(readers, &taste);
    memset(readers->has_read, 0, readers->catalogue->n_books * sizeof *readers->has_read);

    /* They begin between 2015 and 2020. */
    const double begin = 1420070400, spread = 157766400;
    struct shelf shelf = {
        .readers = readers,
        .taste = &taste,
        .out = out,
        .wanted = 10 + (size_t)(51 * pow(ra_random_unit(&taste.random), 1.5)),
        .now = (int64_t)(begin + spread * ra_random_unit(&taste.random)),
    };
    fill(&shelf);
    return shelf.n;
}
