#ifndef READALIKE_H
#define READALIKE_H

#include <stddef.h>
#include <stdint.h>

/*
 * libreadalike: the engine of readalike inside another program. It opens a model file (made by
 * `readalike train`) and answers as the service does: which book a title means, which books half a
 * title may mean, what to read next. No store, no server, no socket.
 *
 *     struct readalike *books = readalike_open("models/live.model");
 *     if (!readalike_ok(books))
 *         puts(readalike_error(books));
 *     struct readalike_book liked = {0}, next[5];
 *     if (readalike_find(books, "The Hobbit", &liked)) {
 *         const struct readalike_liked likes[] = {{liked.id, READALIKE_UNRATED}};
 *         const struct readalike_ask ask = {.liked = likes, .n_liked = 1};
 *         int n = readalike_recommend(books, &ask, next, 5);
 *     }
 *     readalike_close(books);
 *
 * A handle is for one thread at a time. readalike_share() makes another handle of the same model
 * for another thread; the model itself is in memory once, for all processes of the host. Fields may
 * be added at the end of struct readalike_ask only; a zeroed one asks for what is usual.
 */
#ifdef __cplusplus
extern "C" {
#endif

#define READALIKE_UNRATED (-1) /* liked, without a number */

struct readalike;

/* Never NULL but when out of memory; readalike_ok() says whether the model could be opened. */
struct readalike *readalike_open(const char *path);
/* Another handle of the same model; NULL when out of memory. The model stays until both are closed.
 */
struct readalike *readalike_share(const struct readalike *readalike);
void readalike_close(struct readalike *readalike); /* NULL is fine */
/* 1 or 0. All calls below but readalike_error() need an open model and fail without one. */
int readalike_ok(const struct readalike *readalike);
/* What went wrong last, as a sentence; "" when nothing did. Valid until the next call. */
const char *readalike_error(const struct readalike *readalike);

/* The model's version, and how many books it knows. */
const char *readalike_version(const struct readalike *readalike);
size_t readalike_count(const struct readalike *readalike);

/* Texts live as long as the model; "" where unknown. */
struct readalike_book {
    int64_t id; /* of the store that the model was trained from */
    const char *title;
    const char *card; /* JSON of the book as the service sends it; `card_n` bytes, the closing brace
                         left out so that fields can be added */
    size_t card_n;
    uint32_t rating_count;
    float rating_mean; /* NaN: nobody rated it */
    float score;       /* higher is better; 0 where a book was looked up */
    int popular;       /* 1: not the model's choice but what many read, to fill the list */
};

/* The book that a title means, written in any case, without accents or a leading article, or an
 * ISBN. 1: found; 0: not. */
int readalike_find(struct readalike *readalike, const char *title, struct readalike_book *out);
/* By its id. 1: found; 0: not. */
int readalike_get(struct readalike *readalike, int64_t id, struct readalike_book *out);
/* Books that a half-typed or misspelt title may mean, best first: at most `max` into `out`. Returns
 * how many, -1 on failure. */
int readalike_suggest(struct readalike *readalike, const char *typed, struct readalike_book *out,
                      size_t max);

struct readalike_liked {
    int64_t id;
    float rating; /* or READALIKE_UNRATED; the scale is 1 to 5, or to 10 when a rating is above 5 */
};

struct readalike_ask {
    const struct readalike_liked *liked; /* (n_liked); none asks for what is popular */
    size_t n_liked;
    const int64_t *exclude; /* (n_exclude) never to come back */
    size_t n_exclude;
    const char *author;     /* every word of it is in the author; NULL any */
    const char *language;   /* "en" takes "eng" and "en-us" too; NULL any */
    int year_from, year_to; /* 0: open */
};

/* At most `max` (100 at most) books for who liked those, best first, none twice, none that was
 * liked or excluded. Books that the model does not know are passed over. Returns how many, -1 on
 * failure. */
int readalike_recommend(struct readalike *readalike, const struct readalike_ask *ask,
                        struct readalike_book *out, size_t max);

#ifdef __cplusplus
}
#endif
#endif
