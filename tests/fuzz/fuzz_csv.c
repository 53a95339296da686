/*
 * Fuzz target: any bytes as a table, with the options taken from the first two of them. What must
 * hold: reading ends, lines never go backwards, fields are terminated UTF-8 inside the row.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/csv.h"
#include "readalike/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_row(const struct ra_csv_row *row, size_t n_expected)
{
    if (row->problem != RA_CSV_FINE) {
        require(row->n == 0 && row->problem_text && *row->problem_text);
        return;
    }
    require(row->n > 0 && (!n_expected || row->n == n_expected));
    for (size_t i = 0; i < row->n; i++)
        require(ra_utf8_valid(row->fields[i], strlen(row->fields[i])));
}

static void read_all(struct ra_csv *csv, size_t size, size_t n_expected)
{
    struct ra_err err = {0};
    struct ra_csv_row row;
    enum ra_csv_step step;
    uint64_t line = 0, rows = 0;
    while ((step = ra_csv_next(csv, &row, &err)) == RA_CSV_ROW) {
        require(row.line > line || (row.line == line && row.problem != RA_CSV_FINE));
        require(row.line <= size + 1 && ++rows <= size + 1);
        line = row.line;
        check_row(&row, n_expected);
    }
    require(step == RA_CSV_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const delimiters[] = {",", ";", "\t", "::"};
    if (size < 2)
        return 0;
    const struct ra_csv_options options = {
        .delimiter = delimiters[data[0] & 3],
        .encoding = (enum ra_csv_encoding)((data[0] >> 2 & 3) % 3),
        .no_quotes = data[0] & 16,
        .backslash_quotes = data[0] & 32,
        .max_row_bytes = data[0] & 64 ? 16 : 4096,
        .max_row_lines = data[0] & 128 ? 1 : 0,
    };
    size_t n_expected = data[1] & 7;
    struct ra_err err = {0};
    struct ra_csv *csv = ra_csv_open_bytes(data + 2, size - 2, &options, &err);
    if (!csv)
        return 0;
    ra_csv_expect(csv, n_expected);
    read_all(csv, size, n_expected);
    ra_csv_close(csv);
    return 0;
}
