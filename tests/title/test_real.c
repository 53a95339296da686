/* The misspelt queries that the project must understand, on both real catalogues. */
#include <strings.h>

#include "catalogue.h"
#include "shelf.h"

struct open_catalogue {
    struct catalogue books;
    struct shelf shelf;
};

static struct open_catalogue goodbooks, book_crossing;

struct row {
    const char *query;
    const char *title;  /* what the first one's title must begin with */
    const char *author; /* and its author hold, if not NULL */
};

static void check_rows(struct open_catalogue *from, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        long doc = shelf_first(&from->shelf, rows[i].query);
        if (doc < 0)
            fail_msg("\"%s\" suggests nothing", rows[i].query);
        const struct ra_title_doc *book = &from->books.docs[doc];
        if (strncasecmp(book->title, rows[i].title, strlen(rows[i].title)) != 0 ||
            (rows[i].author && !strcasestr(book->author, rows[i].author)))
            fail_msg("\"%s\" suggests %s by %s", rows[i].query, book->title, book->author);
    }
}

static void the_six_queries_find_their_book(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"harry poter chamber secrets", "Harry Potter and the Chamber of Secrets", "Rowling"},
        {"lord of teh rings", "The Lord of the Rings", "Tolkien"},
        {"cathcer in the rye", "The Catcher in the Rye", "Salinger"},
        {"da vinci cod", "The Da Vinci Code", "Brown"},
        {"steven king", "", "Stephen King"},
        {"the hobit", "The Hobbit", "Tolkien"},
    };
    check_rows(&goodbooks, rows, sizeof rows / sizeof *rows);
    check_rows(&book_crossing, rows, sizeof rows / sizeof *rows);
}

static void other_ways_of_typing_find_their_book(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"1984", "1984", "Orwell"},
        {"it", "It", "King"},
        {"pride and predjudice", "Pride and Prejudice", "Austen"},
        {"lordo fthe rings", "The Lord of the Rings", "Tolkien"},
        {"jk rowling", "Harry Potter and the Sorcerer's Stone", "Rowling"},
        {"orwel 1984", "1984", "Orwell"},
        {"interview vampire", "Interview with the Vampire", "Rice"},
        {"to kill a mockingbrid", "To Kill a Mockingbird", "Lee"},
    };
    check_rows(&goodbooks, rows, sizeof rows / sizeof *rows);
    check_rows(&book_crossing, rows, sizeof rows / sizeof *rows);
}

/* Book-Crossing has many editions of one title. */
static void of_several_editions_the_most_rated_comes_first(void **state)
{
    (void)state;
    static const char *const titles[] = {"The Da Vinci Code", "The Hobbit", "1984", "Dune",
                                         "The Catcher in the Rye"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        long found = shelf_find(&book_crossing.shelf, titles[i]);
        assert_true(found >= 0);
        assert_int_equal(shelf_first(&book_crossing.shelf, titles[i]), found);
        for (size_t doc = 0; doc < book_crossing.books.n; doc++) {
            if (strcasecmp(book_crossing.books.docs[doc].title, titles[i]) == 0)
                assert_true(doc >= (size_t)found);
        }
    }
}

/* Nothing typed exactly may fail, in 48,000 real titles with all their defects. */
static void every_real_title_is_found_as_it_is(struct open_catalogue *from)
{
    size_t lost = 0;
    for (size_t doc = 0; doc < from->books.n; doc++) {
        long found = shelf_find(&from->shelf, from->books.docs[doc].title);
        if (found < 0 || (size_t)found > doc)
            lost++;
    }
    assert_true(lost <= 3); /* titles without a letter or digit */
}

static void every_title_of_goodbooks_is_found_as_it_is(void **state)
{
    (void)state;
    every_real_title_is_found_as_it_is(&goodbooks);
}

static void every_title_of_book_crossing_is_found_as_it_is(void **state)
{
    (void)state;
    every_real_title_is_found_as_it_is(&book_crossing);
}

static void every_isbn_of_book_crossing_is_found(void **state)
{
    (void)state;
    /* Rows with an Amazon number instead of an ISBN begin with a letter. */
    for (size_t doc = 0; doc < book_crossing.books.n; doc++) {
        const char *isbn = book_crossing.books.docs[doc].isbn;
        long found = shelf_find(&book_crossing.shelf, isbn);
        if (strspn(isbn, "0123456789") >= 9 && strlen(isbn) == 10 &&
            (found < 0 || (size_t)found > doc))
            fail_msg("%s is not found", isbn);
    }
}

static bool load(struct open_catalogue *into, const char *name)
{
    if (!catalogue_load(&into->books, name))
        return false;
    shelf_open(&into->shelf, into->books.docs, into->books.n);
    return true;
}

static void unload(struct open_catalogue *from)
{
    shelf_close(&from->shelf);
    catalogue_free(&from->books);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_six_queries_find_their_book),
        cmocka_unit_test(other_ways_of_typing_find_their_book),
        cmocka_unit_test(of_several_editions_the_most_rated_comes_first),
        cmocka_unit_test(every_title_of_goodbooks_is_found_as_it_is),
        cmocka_unit_test(every_title_of_book_crossing_is_found_as_it_is),
        cmocka_unit_test(every_isbn_of_book_crossing_is_found),
    };
    if (!load(&goodbooks, "goodbooks") || !load(&book_crossing, "book-crossing"))
        return check_missing("data", "no book catalogues; set READALIKE_DATA to their folder");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unload(&goodbooks);
    unload(&book_crossing);
    return failed;
}
