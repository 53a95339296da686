/* Finds the files of a format and walks their tables row by row. */
#include "reader.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <zlib.h>

#include "readalike/file.h"
#include "readalike/str.h"

#define PROGRESS_EVERY_ROWS 1024

static uint64_t file_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
}

/* "Books.csv" is found as books.CSV and as books.csv.gz too. */
static bool is_named(const char *entry, const char *name, size_t n)
{
    return strncasecmp(entry, name, n) == 0 &&
           (entry[n] == '\0' || strcasecmp(entry + n, ".gz") == 0);
}

static char *find_named(const char *dir, const char *name, size_t n)
{
    DIR *entries = opendir(dir);
    if (!entries)
        return NULL;
    char *found = NULL;
    const struct dirent *entry;
    while (!found && (entry = readdir(entries))) {
        if (is_named(entry->d_name, name, n))
            found = ra_file_join(dir, entry->d_name);
    }
    closedir(entries);
    return found;
}

char *reader_find(struct reader *reader, const char *dir, const char *names)
{
    while (*names) {
        size_t n = strcspn(names, "|");
        char *found = find_named(dir, names, n);
        if (found) {
            reader->total_bytes += file_size(found);
            return found;
        }
        names += n;
        names += *names == '|';
    }
    return NULL;
}

bool reader_add_file(struct reader *reader, const char *path, struct ra_err *err)
{
    if (ra_file_is_dir(path))
        return ra_fail(err, RA_ERR_INVALID, "%s is a folder where a file is wanted", path);
    if (!ra_file_exists(path))
        return ra_fail(err, RA_ERR_NOT_FOUND, "there is no file %s", path);
    reader->total_bytes += file_size(path);
    return true;
}

bool reader_only_path(const struct reader *reader, bool or_file, const char **out,
                      struct ra_err *err)
{
    const char *what = or_file ? "folder or file" : "folder";
    if (reader->n_paths != 1)
        return ra_fail(err, RA_ERR_INVALID, "this format reads one %s, %zu were given", what,
                       reader->n_paths);
    const char *path = reader->paths[0];
    if (!ra_file_exists(path))
        return ra_fail(err, RA_ERR_NOT_FOUND, "there is no %s %s", what, path);
    if (!or_file && !ra_file_is_dir(path))
        return ra_fail(err, RA_ERR_INVALID, "%s is not a folder", path);
    *out = path;
    return true;
}

const char *reader_sniff_delimiter(const char *path)
{
    static const char *const candidates[] = {",", ";", "\t", "|"};
    char text[4096];
    gzFile file = gzopen(path, "rbe");
    if (!file)
        return candidates[0];
    int n = gzread(file, text, sizeof text - 1);
    gzclose_r(file);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    size_t best = 0, most = 0;
    for (size_t i = 0; i < RA_COUNT(candidates); i++) {
        size_t count = 0;
        for (const char *at = text; (at = strchr(at, *candidates[i])); at++)
            count++;
        if (count > most) {
            most = count;
            best = i;
        }
    }
    return candidates[best];
}

static bool fail_missing_column(const struct table *table, const struct ra_csv_row *header,
                                const struct column *column, struct ra_err *err)
{
    char seen[256];
    size_t used = 0;
    for (size_t i = 0; i < header->n && used + 1 < sizeof seen; i++) {
        int n = snprintf(seen + used, sizeof seen - used, "%s%s", i ? ", " : "", header->fields[i]);
        used = n < 0 ? sizeof seen : used + (size_t)n;
    }
    return ra_fail(err, RA_ERR_INVALID, "%s: no column \"%.*s\"; its first line has: %s",
                   table->path, (int)strcspn(column->names, "|"), column->names, seen);
}

static bool map_header(const struct table *table, struct ra_csv *csv, size_t *places,
                       struct ra_err *err)
{
    struct ra_csv_row header;
    enum ra_csv_step step = ra_csv_next(csv, &header, err);
    if (step == RA_CSV_FAILED)
        return ra_err_wrap(err, "%s", table->path);
    if (step == RA_CSV_END)
        return ra_fail(err, RA_ERR_INVALID, "%s is empty; a first line with column names is wanted",
                       table->path);
    if (header.problem != RA_CSV_FINE)
        return ra_fail(err, RA_ERR_INVALID, "%s:%llu: %s, in the line of column names", table->path,
                       (unsigned long long)header.line, header.problem_text);
    for (size_t i = 0; i < header.n; i++)
        header.fields[i] = ra_str_trim(header.fields[i]);
    for (size_t c = 0; c < table->n_columns; c++) {
        places[c] = RA_CSV_NONE;
        for (size_t i = 0; i < header.n && places[c] == RA_CSV_NONE; i++) {
            if (ra_csv_is_column(header.fields[i], table->columns[c].names))
                places[c] = i;
        }
        if (places[c] == RA_CSV_NONE && table->columns[c].required)
            return fail_missing_column(table, &header, &table->columns[c], err);
    }
    ra_csv_expect(csv, header.n);
    return true;
}

static bool reject_problem(const struct row *row, const struct ra_csv_row *bad, struct ra_err *err)
{
    static const enum ra_reject_kind kinds[] = {
        [RA_CSV_BAD_QUOTES] = RA_REJECT_BAD_QUOTES,
        [RA_CSV_TOO_LONG] = RA_REJECT_TOO_LONG,
        [RA_CSV_FIELD_COUNT] = RA_REJECT_FIELD_COUNT,
        [RA_CSV_BAD_BYTES] = RA_REJECT_BAD_BYTES,
    };
    return row_reject(row, kinds[bad->problem], err, "%s", bad->problem_text);
}

/* A row without all the required columns of a headerless table. */
static bool is_short(const struct table *table, const struct ra_csv_row *row)
{
    for (size_t c = row->n; table->headerless && c < table->n_columns; c++) {
        if (table->columns[c].required)
            return true;
    }
    return false;
}

static bool take_row(const struct table *table, const struct ra_csv_row *csv_row, struct row *row,
                     struct ra_err *err)
{
    row->at.line = csv_row->line;
    row->fields = csv_row->fields;
    row->n = csv_row->n;
    if (csv_row->problem != RA_CSV_FINE)
        return reject_problem(row, csv_row, err);
    if (is_short(table, csv_row))
        return row_reject(row, RA_REJECT_FIELD_COUNT, err, "only %zu fields", csv_row->n);
    return table->row(row, table->ctx, err);
}

static void show_progress(const struct reader *reader, uint64_t file_bytes)
{
    if (reader->sink->progress)
        reader->sink->progress(reader->sink->ctx, reader->done_bytes + file_bytes,
                               reader->total_bytes);
}

static bool walk(struct reader *reader, const struct table *table, struct ra_csv *csv,
                 struct ra_err *err)
{
    size_t places[MOST_COLUMNS];
    for (size_t c = 0; c < MOST_COLUMNS; c++)
        places[c] = c;
    if (!table->headerless && !map_header(table, csv, places, err))
        return false;
    struct row row = {
        .reader = reader,
        .at.file = table->path,
        .places = places,
        .n_columns = table->n_columns,
    };
    struct ra_csv_row csv_row;
    enum ra_csv_step step;
    for (uint64_t n = 1; (step = ra_csv_next(csv, &csv_row, err)) == RA_CSV_ROW; n++) {
        if (!take_row(table, &csv_row, &row, err))
            return false;
        if (n % PROGRESS_EVERY_ROWS == 0)
            show_progress(reader, ra_csv_bytes_read(csv));
    }
    return step == RA_CSV_END || ra_err_wrap(err, "%s", table->path);
}

bool reader_table(struct reader *reader, const struct table *table, struct ra_err *err)
{
    struct ra_csv *csv = ra_csv_open(table->path, &table->csv, err);
    if (!csv)
        return false;
    bool ok = walk(reader, table, csv, err);
    ra_csv_close(csv);
    reader->done_bytes += file_size(table->path);
    show_progress(reader, 0);
    return ok;
}
