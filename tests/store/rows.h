#ifndef READALIKE_TESTS_STORE_ROWS_H
#define READALIKE_TESTS_STORE_ROWS_H

/* Rows that the tests load, and what a store holds as text. */
#include "../check.h"

#include <math.h>

#include "readalike/buf.h"
#include "readalike/store.h"

static inline struct ra_loader *begin(struct ra_store *store, const char *source)
{
    struct ra_err err = {0};
    struct ra_loader *loader = ra_loader_begin(store, source, &err);
    if (!loader)
        fail_msg("ra_loader_begin: %s", err.text);
    return loader;
}

static inline enum ra_load_outcome add_book(struct ra_loader *loader, const char *key,
                                            const char *title)
{
    struct ra_err err = {0};
    enum ra_load_outcome outcome;
    const struct ra_book book = {.source_key = key, .title = title, .average_rating = NAN};
    CHECK_OK(ra_loader_add_book(loader, &book, &outcome, &err), err);
    return outcome;
}

static inline enum ra_load_outcome add_user(struct ra_loader *loader, const char *key, int age)
{
    struct ra_err err = {0};
    enum ra_load_outcome outcome;
    const struct ra_user user = {.source_key = key, .location = "somewhere", .age = age};
    CHECK_OK(ra_loader_add_user(loader, &user, &outcome, &err), err);
    return outcome;
}

static inline enum ra_load_outcome add_rating(struct ra_loader *loader, const char *user,
                                              const char *book, float rating, int64_t at)
{
    struct ra_err err = {0};
    enum ra_load_outcome outcome;
    CHECK_OK(ra_loader_add_rating(loader, user, book, rating, at, &outcome, &err), err);
    return outcome;
}

static inline enum ra_load_outcome shelve(struct ra_loader *loader, const char *user,
                                          const char *shelf, const char *book, uint32_t position)
{
    struct ra_err err = {0};
    enum ra_load_outcome outcome;
    CHECK_OK(ra_loader_add_shelf_book(loader, user, shelf, book, position, &outcome, &err), err);
    return outcome;
}

static inline void commit(struct ra_loader *loader, struct ra_load_counts *out)
{
    struct ra_err err = {0};
    struct ra_load_counts counts;
    CHECK_OK(ra_loader_commit(loader, out ? out : &counts, &err), err);
}

/* Three books, three readers (one by rating alone), four ratings, two of a shelf. */
static inline void load_sample(struct ra_store *store, struct ra_load_counts *out)
{
    struct ra_err err = {0};
    const struct ra_book books[] = {
        {.source_key = "b1",
         .isbn = "0261102214",
         .title = "The Hobbit",
         .author = "J. R. R. Tolkien",
         .publisher = "Unwin",
         .language = "eng",
         .tags = "fantasy|dragons",
         .image_url = "http://x/1.jpg",
         .year = 1937,
         .average_rating = 4.25,
         .rating_count = 100},
        {.source_key = "b2",
         .title = "Émile et les détectives",
         .language = "fre",
         .year = 1929,
         .average_rating = NAN},
        {.source_key = "b3",
         .title = "100% \\ _wild_ 'quotes'; DROP TABLE books;--",
         .author = "O'Brien",
         .average_rating = NAN},
    };
    struct ra_loader *loader = begin(store, "test");
    for (size_t i = 0; i < sizeof books / sizeof books[0]; i++)
        CHECK_OK(ra_loader_add_book(loader, &books[i], NULL, &err), err);
    add_user(loader, "u1", 30);
    add_user(loader, "u2", 0);
    add_rating(loader, "u2", "b1", 8.5F, 0);
    add_rating(loader, "u1", "b2", NAN, 0);
    add_rating(loader, "u1", "b1", 5, 1000);
    add_rating(loader, "u3", "b3", 1, 7);
    shelve(loader, "u1", "to-read", "b3", 1);
    shelve(loader, "u1", "to-read", "b1", 2);
    commit(loader, out);
}

static inline bool dump_book(void *ctx, const struct ra_book *book, struct ra_err *err)
{
    (void)err;
    ra_buf_putf(ctx, "%d %s %s|%s|%d|%g|%d|%s\n", (int)book->id, book->source_key, book->title,
                book->author ? book->author : "-", book->year, book->average_rating,
                (int)book->rating_count, book->language ? book->language : "-");
    return true;
}

static inline bool dump_rating(void *ctx, const struct ra_rating *rating, struct ra_err *err)
{
    (void)err;
    ra_buf_putf(ctx, "%d:%d=%g@%d ", (int)rating->user_id, (int)rating->book_id,
                (double)rating->rating, (int)rating->rated_at);
    return true;
}

/* The snapshot as text. */
static inline void dump(struct ra_store *store, char *out, size_t room)
{
    struct ra_err err = {0};
    struct ra_buf buf;
    ra_buf_init(&buf);
    CHECK_OK(
        ra_store_snapshot(store, &(struct ra_snapshot_sink){&buf, dump_book, dump_rating}, &err),
        err);
    snprintf(out, room, "%s", ra_buf_cstr(&buf));
    ra_buf_finish(&buf);
}

static inline void counts_are(struct ra_store *store, uint64_t users, uint64_t books,
                              uint64_t ratings)
{
    struct ra_err err = {0};
    struct ra_store_counts counts;
    CHECK_OK(ra_store_count(store, &counts, &err), err);
    assert_int_equal(counts.users, users);
    assert_int_equal(counts.books, books);
    assert_int_equal(counts.ratings, ratings);
}

static inline uint64_t catalogue_revision(struct ra_store *store)
{
    struct ra_err err = {0};
    uint64_t revision;
    CHECK_OK(ra_store_catalogue_revision(store, &revision, &err), err);
    return revision;
}

static inline int64_t user_of(struct ra_store *store, const char *name, uint64_t *out_revision)
{
    struct ra_err err = {0};
    int64_t id;
    uint64_t revision;
    CHECK_OK(ra_store_find_user(store, name, &id, out_revision ? out_revision : &revision, &err),
             err);
    return id;
}

static inline uint64_t revision_of(struct ra_store *store, const char *name)
{
    uint64_t revision;
    user_of(store, name, &revision);
    return revision;
}

static inline void snapshot_is(struct ra_store *store, const char *wanted)
{
    char text[2048];
    dump(store, text, sizeof text);
    assert_string_equal(text, wanted);
}

#endif
