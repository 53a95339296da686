/*
 * Every format on a small folder of its own: what comes out, written as lines, must be the file
 * `want` beside it. READALIKE_UPDATE=1 writes `want` anew, to be read before it is committed.
 */
#include "../check.h"

#include "readalike/buf.h"
#include "readalike/file.h"
#include "readalike/import.h"
#include "readalike/str.h"

static const char *fixtures;

struct script {
    struct ra_buf out;
    bool strict;
};

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static bool on_book(void *ctx, const struct ra_place *at, const struct ra_book *book,
                    struct ra_err *err)
{
    struct script *script = ctx;
    (void)err;
    ra_buf_putf(&script->out, "book %llu key=%s isbn=%s title=%s author=%s",
                (unsigned long long)at->line, or_dash(book->source_key), or_dash(book->isbn),
                book->title, or_dash(book->author));
    ra_buf_putf(&script->out, " publisher=%s language=%s year=%d average=%g count=%lld",
                or_dash(book->publisher), or_dash(book->language), book->year, book->average_rating,
                (long long)book->rating_count);
    ra_buf_putf(&script->out, " tags=%s image=%s\n", or_dash(book->tags), or_dash(book->image_url));
    return true;
}

static bool on_user(void *ctx, const struct ra_place *at, const struct ra_user *user,
                    struct ra_err *err)
{
    struct script *script = ctx;
    (void)err;
    ra_buf_putf(&script->out, "user %llu key=%s name=%s location=%s age=%d\n",
                (unsigned long long)at->line, user->source_key, or_dash(user->name),
                or_dash(user->location), user->age);
    return true;
}

static bool on_rating(void *ctx, const struct ra_place *at, const struct ra_import_rating *rating,
                      struct ra_err *err)
{
    struct script *script = ctx;
    (void)err;
    ra_buf_putf(&script->out, "rating %llu %s %s %g at=%lld\n", (unsigned long long)at->line,
                rating->user_key, rating->book_key, (double)rating->rating,
                (long long)rating->rated_at);
    return true;
}

static bool on_shelf_book(void *ctx, const struct ra_place *at,
                          const struct ra_import_shelf_book *row, struct ra_err *err)
{
    struct script *script = ctx;
    (void)err;
    ra_buf_putf(&script->out, "shelf %llu %s %s %s %u\n", (unsigned long long)at->line,
                row->user_key, row->shelf, row->book_key, row->position);
    return true;
}

static bool on_reject(void *ctx, const struct ra_place *at, enum ra_reject_kind kind,
                      const char *reason, struct ra_err *err)
{
    struct script *script = ctx;
    const char *slash = strrchr(at->file, '/');
    ra_buf_putf(&script->out, "reject %s:%llu %s: %s\n", slash ? slash + 1 : at->file,
                (unsigned long long)at->line, ra_reject_name(kind), reason);
    return !script->strict || ra_fail(err, RA_ERR_INVALID, "stopped");
}

static struct ra_import_sink sink_of(struct script *script)
{
    ra_buf_init(&script->out);
    return (struct ra_import_sink){.ctx = script,
                                   .book = on_book,
                                   .user = on_user,
                                   .rating = on_rating,
                                   .shelf_book = on_shelf_book,
                                   .reject = on_reject};
}

/* Reads folder `name`, which holds `want` and the input beside it. */
static void check_folder(const char *name, const char *format, const char *input,
                         const struct ra_import_options *options)
{
    static const struct ra_import_options none;
    struct ra_err err = {0};
    struct script script = {0};
    const struct ra_import_sink sink = sink_of(&script);
    char path[512], want_path[512];
    snprintf(path, sizeof path, "%s/%s%s", fixtures, name, input ? input : "");
    snprintf(want_path, sizeof want_path, "%s/%s/want", fixtures, name);
    const char *const paths[] = {path};
    CHECK_OK(ra_import_read(format, paths, input ? 1 : 0, options ? options : &none, &sink, &err),
             err);
    if (getenv("READALIKE_UPDATE"))
        CHECK_OK(ra_file_write(want_path, script.out.data, script.out.len, &err), err);
    struct ra_buf want;
    ra_buf_init(&want);
    CHECK_OK(ra_file_read(want_path, 0, &want, &err), err);
    const char *got_text = ra_buf_cstr(&script.out), *want_text = ra_buf_cstr(&want);
    assert_true(got_text && want_text);
    if (strcmp(got_text, want_text) != 0)
        fail_msg("%s:\n--- got\n%s--- want\n%s", name, got_text, want_text);
    ra_buf_finish(&script.out);
    ra_buf_finish(&want);
}

static void book_crossing_in_the_kaggle_layout(void **state)
{
    (void)state;
    check_folder("book-crossing-kaggle", "book-crossing", "", NULL);
}

static void book_crossing_as_dumped_in_2004(void **state)
{
    (void)state;
    check_folder("book-crossing-dump", "book-crossing", "", NULL);
}

static void goodbooks_with_all_its_files(void **state)
{
    (void)state;
    check_folder("goodbooks", "goodbooks", "", NULL);
}

static void goodbooks_from_books_csv_alone(void **state)
{
    (void)state;
    check_folder("goodbooks-alone", "goodbooks", "/books.csv", NULL);
}

static void movielens_100k(void **state)
{
    (void)state;
    check_folder("movielens-100k", "movielens", "", NULL);
}

static void movielens_1m(void **state)
{
    (void)state;
    check_folder("movielens-1m", "movielens", "", NULL);
}

static void movielens_csv_gzipped(void **state)
{
    (void)state;
    check_folder("movielens-csv", "movielens", "", NULL);
}

static void lastfm(void **state)
{
    (void)state;
    check_folder("lastfm", "lastfm", "", NULL);
}

static void sequences_in_their_order(void **state)
{
    (void)state;
    check_folder("sequences", "sequences", "/lists.txt", NULL);
}

static void csv_with_mapped_columns(void **state)
{
    (void)state;
    char books[512], users[512], ratings[512];
    snprintf(books, sizeof books, "%s/csv/catalogue.tsv", fixtures);
    snprintf(users, sizeof users, "%s/csv/people.tsv", fixtures);
    snprintf(ratings, sizeof ratings, "%s/csv/stars.tsv", fixtures);
    static const char *const map[] = {"book.key=Signatur,book.title=Titel", "book.author=Verfasser",
                                      "rating.book=Signatur"};
    const struct ra_import_options options = {.books = books,
                                              .users = users,
                                              .ratings = ratings,
                                              .map = map,
                                              .n_map = RA_COUNT(map),
                                              .encoding = "latin-1",
                                              .delimiter = "tab"};
    check_folder("csv", "csv", NULL, &options);
}

/* `wanted` must stand in the error of reading `paths` as `format`. */
static void check_error(const char *format, const char *path,
                        const struct ra_import_options *options, enum ra_code code,
                        const char *wanted)
{
    static const struct ra_import_options none;
    struct ra_err err;
    struct script script = {0};
    const struct ra_import_sink sink = sink_of(&script);
    const char *const paths[] = {path};
    CHECK_FAILS(ra_import_read(format, paths, path ? 1 : 0, options ? options : &none, &sink, &err),
                err, code);
    if (!strstr(err.text, wanted))
        fail_msg("\"%s\" does not say \"%s\"", err.text, wanted);
    ra_buf_finish(&script.out);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    check_error("goodboks", "x", NULL, RA_ERR_INVALID, "did you mean goodbooks");
    check_error("zzz", "x", NULL, RA_ERR_INVALID, "book-crossing, csv, goodbooks");
    check_error("book-crossing", "/nonexistent", NULL, RA_ERR_NOT_FOUND, "/nonexistent");
    check_error("book-crossing", fixtures, NULL, RA_ERR_NOT_FOUND, "BX-Books.csv");
    check_error("book-crossing", NULL, NULL, RA_ERR_INVALID, "one folder");
    check_error("goodbooks", fixtures, NULL, RA_ERR_NOT_FOUND, "books.csv");
    check_error("movielens", fixtures, NULL, RA_ERR_NOT_FOUND, "u.data");
    check_error("lastfm", fixtures, NULL, RA_ERR_NOT_FOUND, "artists.dat");
}

static void wrong_options_of_csv_are_named(void **state)
{
    (void)state;
    char books[512];
    snprintf(books, sizeof books, "%s/csv/catalogue.tsv", fixtures);
    static const char *const typo[] = {"book.titel=Titel"}, *const half[] = {"book.title"},
                             *const absent[] = {"book.key=Signatur", "book.title=Name"};
    struct ra_import_options options = {0};
    check_error("csv", NULL, &options, RA_ERR_INVALID, "--books FILE");
    check_error("csv", books, &options, RA_ERR_INVALID, "say what");
    options = (struct ra_import_options){.books = books, .map = typo, .n_map = 1};
    check_error("csv", NULL, &options, RA_ERR_INVALID, "did you mean book.title");
    options = (struct ra_import_options){.books = books, .map = half, .n_map = 1};
    check_error("csv", NULL, &options, RA_ERR_INVALID, "NAME=COLUMN");
    options = (struct ra_import_options){.books = books, .map = absent, .n_map = 2};
    check_error("csv", NULL, &options, RA_ERR_INVALID, "no column \"Name\"");
    options = (struct ra_import_options){.books = books, .encoding = "ebcdic"};
    check_error("csv", NULL, &options, RA_ERR_INVALID, "ebcdic");
    options = (struct ra_import_options){.ratings = "/nonexistent.csv"};
    check_error("csv", NULL, &options, RA_ERR_NOT_FOUND, "/nonexistent.csv");
}

static void a_sink_that_wants_to_stop_stops_the_import(void **state)
{
    (void)state;
    static const struct ra_import_options none;
    struct ra_err err;
    struct script script = {.strict = true};
    struct ra_import_sink sink = sink_of(&script);
    char path[512];
    snprintf(path, sizeof path, "%s/book-crossing-kaggle", fixtures);
    const char *const paths[] = {path};
    CHECK_FAILS(ra_import_read("book-crossing", paths, 1, &none, &sink, &err), err, RA_ERR_INVALID);
    const char *text = ra_buf_cstr(&script.out);
    assert_non_null(text);
    const char *reject = strstr(text, "reject");
    assert_non_null(reject);
    assert_null(strstr(reject + 1, "reject"));
    ra_buf_finish(&script.out);
}

int main(int argc, char **argv)
{
    char path[512];
    snprintf(path, sizeof path, "%s/fixtures", argc > 1 ? argv[1] : "tests/data");
    fixtures = path;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(book_crossing_in_the_kaggle_layout),
        cmocka_unit_test(book_crossing_as_dumped_in_2004),
        cmocka_unit_test(goodbooks_with_all_its_files),
        cmocka_unit_test(goodbooks_from_books_csv_alone),
        cmocka_unit_test(movielens_100k),
        cmocka_unit_test(movielens_1m),
        cmocka_unit_test(movielens_csv_gzipped),
        cmocka_unit_test(lastfm),
        cmocka_unit_test(sequences_in_their_order),
        cmocka_unit_test(csv_with_mapped_columns),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(wrong_options_of_csv_are_named),
        cmocka_unit_test(a_sink_that_wants_to_stop_stops_the_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
