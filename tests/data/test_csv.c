/* The CSV reader: a table of small inputs beside what must come out, then what a table cannot say.
 */
#include "../check.h"

#include <unistd.h>
#include <zlib.h>

#include "readalike/buf.h"
#include "readalike/csv.h"
#include "readalike/str.h"

/* Rows as "LINE:field|field\n", problems as "LINE!text\n". */
static void put_rows(struct ra_csv *csv, struct ra_buf *out)
{
    struct ra_csv_row row;
    struct ra_err err = {0};
    enum ra_csv_step step;
    while ((step = ra_csv_next(csv, &row, &err)) == RA_CSV_ROW) {
        ra_buf_putf(out, "%llu", (unsigned long long)row.line);
        if (row.problem != RA_CSV_FINE)
            ra_buf_putf(out, "!%s", row.problem_text);
        for (size_t i = 0; i < row.n; i++)
            ra_buf_putf(out, "%c%s", i ? '|' : ':', row.fields[i]);
        ra_buf_putc(out, '\n');
    }
    if (step != RA_CSV_END)
        ra_buf_putf(out, "FAILED %s\n", err.text);
}

static void check_rows(const char *name, const char *input, size_t n,
                       const struct ra_csv_options *options, size_t n_expected, const char *want)
{
    struct ra_err err = {0};
    struct ra_buf out;
    ra_buf_init(&out);
    struct ra_csv *csv = ra_csv_open_bytes(input, n, options, &err);
    if (!csv)
        fail_msg("%s: %s", name, err.text);
    ra_csv_expect(csv, n_expected);
    put_rows(csv, &out);
    ra_csv_close(csv);
    const char *got = ra_buf_cstr(&out);
    assert_non_null(got);
    if (strcmp(got, want) != 0)
        fail_msg("%s:\n--- got\n%s--- want\n%s", name, got, want);
    ra_buf_finish(&out);
}

struct sample {
    const char *name, *input, *want;
    struct ra_csv_options options;
    size_t n_expected;
};

static const struct sample samples[] = {
    {"nothing", "", "", {0}, 0},
    {"only a mark", "\xEF\xBB\xBF", "", {0}, 0},
    {"plain", "a,b\n1,2\n", "1:a|b\n2:1|2\n", {0}, 0},
    {"no last line end", "a,b\n1,2", "1:a|b\n2:1|2\n", {0}, 0},
    {"empty fields", ",\n\"\",\n", "1:|\n2:|\n", {0}, 0},
    {"mark", "\xEF\xBB\xBFx,y\n", "1:x|y\n", {0}, 0},
    {"mark before a quote", "\xEF\xBB\xBF\"x\",y\n", "1:x|y\n", {0}, 0},
    {"crlf", "a,b\r\n\"1\",2\r\n", "1:a|b\n2:1|2\n", {0}, 0},
    {"cr", "a,b\r\"1\",2\r", "1:a|b\n2:1|2\n", {0}, 0},
    {"a cr inside an lf file stays", "a\rb,c\n", "1:a\rb|c\n", {0}, 0},
    {"empty lines count", "a\n\n\r\n\nb\n", "1:a\n5:b\n", {0}, 0},
    {"quoted", "\"a,b\",\"c\"\"d\",\"\"\"\"\n", "1:a,b|c\"d|\"\n", {0}, 0},
    {"line ends in quotes", "\"a\nb\r\nc\",d\ne,f\n", "1:a\nb\r\nc|d\n4:e|f\n", {0}, 0},
    {"a quote within", "5' 3\" tall,x\n", "1:5' 3\" tall|x\n", {0}, 0},
    {"text behind a quote", "\"a\"b,c\nd,e\n", "1!text behind a closing quote\n2:d|e\n", {0}, 0},
    {"an open quote costs its line",
     "a,b\nc,\"d\ne,f\ng,h\n",
     "1:a|b\n2!a quote is never closed\n3:e|f\n4:g|h\n",
     {0},
     0},
    {"an open quote on the last line", "a,b\nc,\"d", "1:a|b\n2!a quote is never closed\n", {0}, 0},
    {"an open quote that meets another",
     "a,\"b\nc,d\ne,\"f\ng,h\n",
     "1!text behind a closing quote\n2:c|d\n3!a quote is never closed\n4:g|h\n",
     {0},
     0},
    {"an open quote that happens to be closed",
     "1,\"b,3\n4,5,6\n7,8\",9,10\n11,12,13\n",
     "1!4 fields instead of 3\n2:4|5|6\n3!4 fields instead of 3\n4:11|12|13\n",
     {0},
     3},
    {"fields that are whole keep their lines",
     "\"a\nb\",\"c\nd,e\n",
     "2!a quote is never closed\n3:d|e\n",
     {0},
     0},
    {"one line a row",
     "1,\"2\n3\",4\n5,6,7\n",
     "1!a quote is not closed where it must be\n2:3\"|4\n3:5|6|7\n",
     {.max_row_lines = 1},
     0},
    {"too few and too many",
     "a,b\nc\nd,e,f\n",
     "1:a|b\n2!1 fields instead of 2\n3!3 fields instead of 2\n",
     {0},
     2},
    {"semicolons", "\"a;b\";c\n", "1:a;b|c\n", {.delimiter = ";"}, 0},
    {"tabs and bare quotes",
     "\"a\tb\"\n",
     "1:\"a|b\"\n",
     {.delimiter = "\t", .no_quotes = true},
     0},
    {"two bytes",
     "1::Alien: 3::x:\n",
     "1:1|Alien: 3|x:\n",
     {.delimiter = "::", .no_quotes = true},
     0},
    {"two bytes, quoted", "\"a::b\"::c\n", "1:a::b|c\n", {.delimiter = "::"}, 0},
    {"backslash quotes",
     "\"a \\\"b\\\" c\";\"\\\"d\\\"\";\"e\\\\\"\n",
     "1:a \"b\" c|\"d\"|e\\\n",
     {.delimiter = ";", .backslash_quotes = true},
     0},
    {"a backslash at the end of a field",
     "\"Readers)\\\";\"Michael\"\n\"x\";\"y\\\"\n",
     "1:Readers)\\|Michael\n2:x|y\\\n",
     {.delimiter = ";", .backslash_quotes = true},
     0},
    {"backslashes are plain otherwise", "\"a\\\",b\n", "1:a\\|b\n", {0}, 0},
    {"latin-1",
     "caf\xE9,\x80\n",
     "1:caf\xC3\xA9|\xE2\x82\xAC\n",
     {.encoding = RA_CSV_WINDOWS_1252},
     0},
    {"not utf-8", "caf\xE9,x\nok,y\n", "1!not UTF-8\n2:ok|y\n", {0}, 0},
    {"an overlong form", "\xC0\xAF\n", "1!not UTF-8\n", {0}, 0},
    {"guessed row by row",
     "caf\xE9\ncaf\xC3\xA9\n",
     "1:caf\xC3\xA9\n2:caf\xC3\xA9\n",
     {.encoding = RA_CSV_GUESS},
     0},
    {"too long",
     "0123456789abcdef\nok\n",
     "1!the row is too long\n2:ok\n",
     {.max_row_bytes = 8},
     0},
    {"too long in quotes",
     "\"0123456789abcdef\"\nok\n",
     "1!a quote is never closed\n2:ok\n",
     {.max_row_bytes = 8},
     0},
};

static void every_sample_reads_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < RA_COUNT(samples); i++)
        check_rows(samples[i].name, samples[i].input, strlen(samples[i].input), &samples[i].options,
                   samples[i].n_expected, samples[i].want);
}

static void a_nul_byte_is_a_problem_of_its_row(void **state)
{
    (void)state;
    static const char input[] = "a,b\nc\0d,e\nf,g\n";
    check_rows("NUL", input, sizeof input - 1, NULL, 0, "1:a|b\n2!a NUL byte\n3:f|g\n");
}

static void utf16_is_named(void **state)
{
    (void)state;
    struct ra_err err;
    CHECK_FAILS(ra_csv_open_bytes("\xFF\xFE"
                                  "a\0",
                                  4, NULL, &err),
                err, RA_ERR_INVALID);
    assert_non_null(strstr(err.text, "UTF-16"));
}

static void a_delimiter_must_make_sense(void **state)
{
    (void)state;
    struct ra_err err;
    static const char *const wrong[] = {"", "\"", "\n", ",\r", "123456789"};
    for (size_t i = 0; i < RA_COUNT(wrong); i++) {
        const struct ra_csv_options options = {.delimiter = wrong[i]};
        CHECK_FAILS(ra_csv_open_bytes("a", 1, &options, &err), err, RA_ERR_INVALID);
    }
}

/* A line far longer than the window is one problem, and the next line is whole. */
static void a_line_longer_than_the_window_is_one_problem(void **state)
{
    (void)state;
    size_t n = (size_t)5 << 20;
    char *input = malloc(n + 8);
    assert_non_null(input);
    memset(input, 'x', n);
    memcpy(input + n, "\na,b\n", 5);
    check_rows("long", input, n + 5, NULL, 0, "1!the row is too long\n2:a|b\n");
    input[0] = '"';
    check_rows("long quote", input, n + 5, NULL, 0, "1!a quote is never closed\n2:a|b\n");
    free(input);
}

/* Rows of all lengths cross the window's edge at every offset. */
static void rows_survive_the_edge_of_the_window(void **state)
{
    (void)state;
    const struct ra_csv_options options = {.max_row_bytes = 64};
    struct ra_buf input, want;
    ra_buf_init(&input);
    ra_buf_init(&want);
    for (unsigned i = 0; i < 40000; i++) {
        unsigned pad = i % 31;
        ra_buf_putf(&input, "%u,\"%.*s\"\"\"\r\n", i, (int)pad, "abcdefghijklmnopqrstuvwxyzABCDE");
        ra_buf_putf(&want, "%u:%u|%.*s\"\n", i + 1, i, (int)pad, "abcdefghijklmnopqrstuvwxyzABCDE");
    }
    assert_non_null(ra_buf_cstr(&input));
    check_rows("edge", input.data, input.len, &options, 2, ra_buf_cstr(&want));
    ra_buf_finish(&input);
    ra_buf_finish(&want);
}

/* Every prefix of a file is read without a fault in memory, and rows before the cut are the same.
 */
static void every_truncation_is_read(void **state)
{
    (void)state;
    static const char text[] = "a,\"b\"\"c\"\r\n\"d\ne\",\"f\"\ng,\\\"\n";
    for (size_t n = 0; n < sizeof text; n++) {
        char *copy = malloc(n ? n : 1); /* so that a read behind its end is seen */
        assert_non_null(copy);
        memcpy(copy, text, n);
        struct ra_err err = {0};
        struct ra_csv *csv = ra_csv_open_bytes(copy, n, NULL, &err);
        assert_non_null(csv);
        struct ra_csv_row row;
        enum ra_csv_step step;
        while ((step = ra_csv_next(csv, &row, &err)) == RA_CSV_ROW) {
            if (n >= 10 && row.line == 1)
                assert_string_equal(row.fields[1], "b\"c");
        }
        assert_int_equal(step, RA_CSV_END);
        ra_csv_close(csv);
        free(copy);
    }
}

static void write_file(const char *path, const char *mode, const char *text)
{
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    assert_int_equal(gzputs(file, text), (int)strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
}

static void gzip_and_plain_files_read_alike(void **state)
{
    (void)state;
    static const char *const modes[] = {"wb9", "wbT"};
    for (size_t i = 0; i < RA_COUNT(modes); i++) {
        char path[] = "/tmp/readalike-csv-XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        close(fd);
        write_file(path, modes[i], "a,b\n1,2\n");
        struct ra_err err = {0};
        struct ra_csv *csv = ra_csv_open(path, NULL, &err);
        if (!csv)
            fail_msg("%s", err.text);
        struct ra_buf out;
        ra_buf_init(&out);
        put_rows(csv, &out);
        assert_string_equal(ra_buf_cstr(&out), "1:a|b\n2:1|2\n");
        assert_true(ra_csv_bytes_read(csv) > 0);
        ra_buf_finish(&out);
        ra_csv_close(csv);
        unlink(path);
    }
}

static void a_gzip_file_cut_short_fails(void **state)
{
    (void)state;
    char path[] = "/tmp/readalike-csv-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct ra_buf text;
    ra_buf_init(&text);
    for (unsigned i = 0; i < 5000; i++)
        ra_buf_putf(&text, "%u,%u\n", i, i * 2654435761u);
    write_file(path, "wb", ra_buf_cstr(&text));
    ra_buf_finish(&text);
    assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) / 2), 0);
    close(fd);
    struct ra_err err = {0};
    struct ra_csv *csv = ra_csv_open(path, NULL, &err);
    struct ra_csv_row row;
    enum ra_csv_step step = RA_CSV_ROW;
    while (csv && step == RA_CSV_ROW)
        step = ra_csv_next(csv, &row, &err);
    assert_true(!csv || step == RA_CSV_FAILED);
    assert_non_null(strstr(err.text, "cut short"));
    ra_csv_close(csv);
    unlink(path);
}

static void a_missing_file_and_a_folder_are_said(void **state)
{
    (void)state;
    struct ra_err err;
    CHECK_FAILS(ra_csv_open("/nonexistent/x.csv", NULL, &err), err, RA_ERR_NOT_FOUND);
    CHECK_FAILS(ra_csv_open("/tmp", NULL, &err), err, RA_ERR_IO);
}

static void columns_are_found_by_any_of_their_spellings(void **state)
{
    (void)state;
    assert_true(ra_csv_is_column("Book-Title", "title|book_title"));
    assert_true(ra_csv_is_column("BOOK TITLE", "title|book_title"));
    assert_true(ra_csv_is_column("isbn", "ISBN"));
    assert_false(ra_csv_is_column("Book-Title-Long", "title|book_title"));
    assert_false(ra_csv_is_column("Book", "title|book_title"));
    assert_false(ra_csv_is_column("", "title"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_reads_as_written),
        cmocka_unit_test(a_nul_byte_is_a_problem_of_its_row),
        cmocka_unit_test(utf16_is_named),
        cmocka_unit_test(a_delimiter_must_make_sense),
        cmocka_unit_test(a_line_longer_than_the_window_is_one_problem),
        cmocka_unit_test(rows_survive_the_edge_of_the_window),
        cmocka_unit_test(every_truncation_is_read),
        cmocka_unit_test(gzip_and_plain_files_read_alike),
        cmocka_unit_test(a_gzip_file_cut_short_fails),
        cmocka_unit_test(a_missing_file_and_a_folder_are_said),
        cmocka_unit_test(columns_are_found_by_any_of_their_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
