#ifndef READALIKE_BOOK_H
#define READALIKE_BOOK_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The nouns of the house, as plain rows. Strings are UTF-8, borrowed from whoever handed the row
 * over and valid for that call; NULL means unknown.
 */
struct ra_book {
    int64_t id;             /* of the store; 0 before it is stored */
    const char *source_key; /* what its source calls it (an ISBN, a number) */
    const char *isbn;       /* 10 or 13 characters, no dashes */
    const char *title;      /* never NULL */
    const char *author;     /* several are separated by ", " */
    const char *publisher;
    const char *language; /* as the source spells it: "eng", "fr" */
    const char *image_url;
    const char *tags;      /* "fantasy|young-adult", lower case, '|' between */
    int year;              /* of publication; 0 unknown, negative BC */
    double average_rating; /* the source's own figure; NaN unknown */
    int64_t rating_count;  /* the source's own figure; 0 unknown */
};

/* A reader, as an import brings one. */
struct ra_user {
    int64_t id;
    const char *source_key;
    const char *name;
    const char *location;
    int age; /* 0 unknown */
};

/* What one reader thought of one book. */
struct ra_rating {
    int64_t user_id;
    int64_t book_id;
    float rating;     /* NaN: read, not rated */
    int64_t rated_at; /* seconds since 1970; 0 unknown */
};

static inline bool ra_rating_is_explicit(const struct ra_rating *rating)
{
    return !isnan(rating->rating);
}

#endif
