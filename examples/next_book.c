/*
 * What to read after a book, from a model file:
 *
 *     cc next_book.c $(pkg-config --cflags --libs libreadalike) -o next_book
 *     ./next_book models/item-knn-0123456789ab.model "The Hobbit"
 */
#include <readalike.h>
#include <stdio.h>

enum { MOST = 5 };

static int did_you_mean(struct readalike *books, const char *title)
{
    struct readalike_book near[MOST];
    int n = readalike_suggest(books, title, near, MOST);
    printf("Nothing is called \"%s\".%s\n", title, n > 0 ? " Did you mean:" : "");
    for (int i = 0; i < n; i++)
        printf("  %s\n", near[i].title);
    return 1;
}

static int recommend(struct readalike *books, const char *title)
{
    struct readalike_book book, next[MOST];
    if (!readalike_find(books, title, &book))
        return did_you_mean(books, title);
    const struct readalike_liked liked = {book.id, READALIKE_UNRATED};
    const struct readalike_ask ask = {.liked = &liked, .n_liked = 1};
    int n = readalike_recommend(books, &ask, next, MOST);
    printf("After %s:\n", book.title);
    for (int i = 0; i < n; i++)
        printf("  %s%s\n", next[i].title, next[i].popular ? " (many read it)" : "");
    return n < 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: next_book MODEL TITLE\n");
        return 2;
    }
    struct readalike *books = readalike_open(argv[1]);
    if (!books || !readalike_ok(books)) {
        fprintf(stderr, "next_book: %s\n", books ? readalike_error(books) : "out of memory");
        readalike_close(books);
        return 1;
    }
    int status = recommend(books, argv[2]);
    readalike_close(books);
    return status;
}
