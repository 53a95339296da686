/* Tables of text, row by row: a window over the file, a scan for the row's end, then its fields. */
#include "readalike/csv.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zlib.h>

#include "encoding.h"
#include "readalike/str.h"

#define DEFAULT_ROW_BYTES ((size_t)1 << 20)
#define DEFAULT_ROW_LINES 200
#define LONGEST_DELIMITER 8
#define MOST_FIELDS 4096
/* The window holds several rows of the longest kind, so that moving its rest down is rare. */
#define WINDOW_ROWS 4
#define SMALLEST_WINDOW ((size_t)1 << 16)

/* Offsets into the window, without the enclosing quotes. */
struct span {
    size_t from, to;
    bool escaped; /* holds "" or \" */
};

struct ra_csv {
    gzFile file; /* NULL when reading from memory */
    const char *bytes;
    size_t bytes_left, bytes_read;

    char delimiter[LONGEST_DELIMITER + 1];
    size_t delimiter_n;
    enum ra_csv_encoding encoding;
    bool quotes, backslash_quotes;
    char line_end; /* '\n', or '\r' in a file that has no other */
    size_t max_row_bytes;
    unsigned max_row_lines;
    size_t n_expected;
    bool stops[256]; /* bytes that may end a field without quotes */

    char *window; /* `cap` bytes and one more to terminate the last field */
    size_t cap, pos, len;
    bool at_end; /* the window reaches to the end of the file */
    uint64_t line;

    struct span *spans;
    char **fields;
    size_t n_fields, cap_fields;
    size_t row_end;     /* where the next row begins */
    uint64_t row_lines; /* line ends in the row, its own included */
    uint64_t fault_line;
    bool in_long_line; /* the line end to resume behind is not in the window yet */
    char *converted;   /* the row in UTF-8, when it was not */
    size_t converted_cap;
    char problem_text[96];
};

static void set_options(struct ra_csv *csv, const struct ra_csv_options *options)
{
    const char *delimiter = options->delimiter ? options->delimiter : ",";
    csv->delimiter_n = strnlen(delimiter, LONGEST_DELIMITER);
    memcpy(csv->delimiter, delimiter, csv->delimiter_n);
    csv->encoding = options->encoding;
    csv->quotes = !options->no_quotes;
    csv->backslash_quotes = options->backslash_quotes;
    csv->max_row_bytes = options->max_row_bytes ? options->max_row_bytes : DEFAULT_ROW_BYTES;
    csv->max_row_lines = options->max_row_lines ? options->max_row_lines : DEFAULT_ROW_LINES;
    csv->stops['\n'] = csv->stops['\r'] = true;
    csv->stops[(unsigned char)csv->delimiter[0]] = true;
}

static struct ra_csv *create(const struct ra_csv_options *options, struct ra_err *err)
{
    static const struct ra_csv_options none;
    if (!options)
        options = &none;
    if (options->delimiter &&
        (!*options->delimiter || strlen(options->delimiter) > LONGEST_DELIMITER ||
         strpbrk(options->delimiter, "\"\r\n"))) {
        ra_fail(err, RA_ERR_INVALID, "a delimiter is 1 to %d bytes, without quotes and line ends",
                LONGEST_DELIMITER);
        return NULL;
    }
    struct ra_csv *csv = calloc(1, sizeof *csv);
    if (csv) {
        set_options(csv, options);
        csv->cap = csv->max_row_bytes > SIZE_MAX / 8 ? 0 : csv->max_row_bytes * WINDOW_ROWS;
        if (csv->cap && csv->cap < SMALLEST_WINDOW)
            csv->cap = SMALLEST_WINDOW;
        csv->window = csv->cap ? malloc(csv->cap + 1) : NULL;
    }
    if (!csv || !csv->window) {
        ra_csv_close(csv);
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    csv->line = 1;
    return csv;
}

void ra_csv_close(struct ra_csv *csv)
{
    if (!csv)
        return;
    if (csv->file)
        gzclose_r(csv->file);
    free(csv->window);
    free(csv->spans);
    free(csv->fields);
    free(csv->converted);
    free(csv);
}

static bool read_file(struct ra_csv *csv, char *out, size_t room, size_t *out_n, struct ra_err *err)
{
    unsigned want = room > (1u << 30) ? 1u << 30 : (unsigned)room;
    int got = gzread(csv->file, out, want);
    int code = Z_OK;
    const char *text = gzerror(csv->file, &code);
    if (got < 0 || code == Z_BUF_ERROR)
        return code == Z_ERRNO
                   ? ra_fail_errno(err, RA_ERR_IO, "cannot read")
                   : ra_fail(err, RA_ERR_IO, "the gzip data is damaged or cut short (%s)", text);
    *out_n = (size_t)got;
    return true;
}

static void read_bytes(struct ra_csv *csv, char *out, size_t room, size_t *out_n)
{
    size_t n = csv->bytes_left < room ? csv->bytes_left : room;
    if (n)
        memcpy(out, csv->bytes, n);
    csv->bytes += n;
    csv->bytes_left -= n;
    csv->bytes_read += n;
    *out_n = n;
}

/* Fills the window until a row of the longest kind fits behind `pos`, or the file is at its end. */
static bool fill(struct ra_csv *csv, struct ra_err *err)
{
    if (csv->at_end || csv->len - csv->pos > csv->max_row_bytes + LONGEST_DELIMITER)
        return true;
    memmove(csv->window, csv->window + csv->pos, csv->len - csv->pos);
    csv->len -= csv->pos;
    csv->pos = 0;
    while (csv->len < csv->cap) {
        size_t got = 0;
        if (!csv->file)
            read_bytes(csv, csv->window + csv->len, csv->cap - csv->len, &got);
        else if (!read_file(csv, csv->window + csv->len, csv->cap - csv->len, &got, err))
            return false;
        csv->len += got;
        if (!got) {
            csv->at_end = true;
            return true;
        }
    }
    return true;
}

/* What the first bytes tell: a byte order mark, and which line ends the file has. */
static bool begin(struct ra_csv *csv, struct ra_err *err)
{
    if (!fill(csv, err))
        return false;
    const char *start = csv->window;
    if (csv->len >= 2 && (memcmp(start, "\xFF\xFE", 2) == 0 || memcmp(start, "\xFE\xFF", 2) == 0))
        return ra_fail(err, RA_ERR_INVALID, "the file is UTF-16; save it as UTF-8");
    if (csv->len >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0)
        csv->pos = 3;
    bool only_cr = memchr(start, '\r', csv->len) && !memchr(start, '\n', csv->len);
    csv->line_end = only_cr ? '\r' : '\n';
    return true;
}

struct ra_csv *ra_csv_open(const char *path, const struct ra_csv_options *options,
                           struct ra_err *err)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        ra_fail_errno(err, errno == ENOENT ? RA_ERR_NOT_FOUND : RA_ERR_IO, "cannot open %s", path);
        return NULL;
    }
    if (S_ISDIR(info.st_mode)) {
        ra_fail(err, RA_ERR_IO, "%s is a folder, not a file", path);
        return NULL;
    }
    struct ra_csv *csv = create(options, err);
    if (!csv)
        return NULL;
    csv->file = gzopen(path, "rbe");
    if (!csv->file) {
        ra_fail_errno(err, RA_ERR_IO, "cannot open %s", path);
    } else {
        gzbuffer(csv->file, 1 << 17);
        if (begin(csv, err))
            return csv;
        ra_err_wrap(err, "%s", path);
    }
    ra_csv_close(csv);
    return NULL;
}

struct ra_csv *ra_csv_open_bytes(const void *bytes, size_t n, const struct ra_csv_options *options,
                                 struct ra_err *err)
{
    struct ra_csv *csv = create(options, err);
    if (!csv)
        return NULL;
    csv->bytes = bytes;
    csv->bytes_left = n;
    if (begin(csv, err))
        return csv;
    ra_csv_close(csv);
    return NULL;
}

void ra_csv_expect(struct ra_csv *csv, size_t n_fields)
{
    csv->n_expected = n_fields;
}

uint64_t ra_csv_bytes_read(const struct ra_csv *csv)
{
    if (!csv->file)
        return csv->bytes_read;
    z_off_t offset = gzoffset(csv->file);
    return offset < 0 ? 0 : (uint64_t)offset;
}

static bool is_delimiter(const struct ra_csv *csv, size_t at, size_t limit)
{
    return limit - at >= csv->delimiter_n &&
           memcmp(csv->window + at, csv->delimiter, csv->delimiter_n) == 0;
}

/* The length of the line end at `at`, 0 when there is none. */
static size_t line_end_at(const struct ra_csv *csv, size_t at, size_t limit)
{
    if (at == limit)
        return 0;
    if (csv->window[at] == csv->line_end)
        return 1;
    return csv->window[at] == '\r' && limit - at > 1 && csv->window[at + 1] == '\n' ? 2 : 0;
}

static bool ends_field(const struct ra_csv *csv, size_t at, size_t limit)
{
    return at == limit || is_delimiter(csv, at, limit) || line_end_at(csv, at, limit);
}

static size_t scan_plain(const struct ra_csv *csv, size_t at, size_t limit, struct span *out)
{
    out->from = at;
    out->escaped = false;
    const unsigned char *window = (const unsigned char *)csv->window;
    for (;; at++) {
        while (at < limit && !csv->stops[window[at]])
            at++;
        if (ends_field(csv, at, limit))
            break;
    }
    out->to = at;
    return at;
}

/*
 * Whether the quote at `at` is an escaped one. The old Book-Crossing dump writes \" for a quote,
 * but also leaves a backslash at the end of a title, `...Readers)\";"Michael Teitelbaum"`: there
 * what follows shows that the field ends.
 */
static bool is_backslashed(const struct ra_csv *csv, const struct span *span, size_t at,
                           size_t limit)
{
    size_t n = 0;
    while (at - n > span->from && csv->window[at - n - 1] == '\\')
        n++;
    if (n % 2 == 0)
        return false;
    size_t next = at + 1 + csv->delimiter_n;
    bool closes = at + 1 == limit || line_end_at(csv, at + 1, limit) ||
                  (is_delimiter(csv, at + 1, limit) && next < limit && csv->window[next] == '"');
    return !closes;
}

/* From the opening quote at `*at` to behind the closing one. */
static enum ra_csv_problem scan_quoted(const struct ra_csv *csv, size_t *at, size_t limit,
                                       struct span *out)
{
    *out = (struct span){.from = *at + 1};
    size_t from = *at + 1;
    for (;;) {
        const char *quote = memchr(csv->window + from, '"', limit - from);
        if (!quote)
            return RA_CSV_BAD_QUOTES;
        size_t q = (size_t)(quote - csv->window);
        bool doubled = q + 1 < limit && quote[1] == '"';
        if (csv->backslash_quotes && is_backslashed(csv, out, q, limit)) {
            from = q + 1;
            out->escaped = true;
        } else if (doubled) {
            from = q + 2;
            out->escaped = true;
        } else {
            out->to = q;
            if (csv->backslash_quotes && memchr(csv->window + out->from, '\\', q - out->from))
                out->escaped = true;
            *at = q + 1;
            return RA_CSV_FINE;
        }
    }
}

static bool push_span(struct ra_csv *csv, const struct span *span)
{
    if (csv->n_fields == csv->cap_fields) {
        size_t cap = csv->cap_fields ? csv->cap_fields * 2 : 32;
        struct span *spans = realloc(csv->spans, cap * sizeof *spans);
        if (spans)
            csv->spans = spans;
        char **fields = realloc(csv->fields, cap * sizeof *fields);
        if (fields)
            csv->fields = fields;
        if (!spans || !fields)
            return false;
        csv->cap_fields = cap;
    }
    csv->spans[csv->n_fields++] = *span;
    return true;
}

static uint64_t count_lines(const struct ra_csv *csv, size_t from, size_t to)
{
    uint64_t n = 0;
    const char *end = csv->window + to;
    for (const char *at = csv->window + from; (at = memchr(at, csv->line_end, (size_t)(end - at)));
         at++)
        n++;
    return n;
}

static enum ra_csv_problem problem(struct ra_csv *csv, enum ra_csv_problem kind, const char *text)
{
    snprintf(csv->problem_text, sizeof csv->problem_text, "%s", text);
    return kind;
}

/* Behind the line that `fault` stands on; `row_lines` becomes the line ends up to there. */
static void resume_behind(struct ra_csv *csv, size_t fault)
{
    const char *end = memchr(csv->window + fault, csv->line_end, csv->len - fault);
    csv->row_end = end ? (size_t)(end - csv->window) + 1 : csv->len;
    csv->row_lines = count_lines(csv, csv->pos, csv->row_end);
    csv->fault_line = csv->line + csv->row_lines - (end ? 1 : 0);
    csv->in_long_line = !end && !csv->at_end;
}

/* The rest of a line that is longer than the window. */
static bool finish_long_line(struct ra_csv *csv, struct ra_err *err)
{
    while (csv->in_long_line) {
        csv->pos = csv->len;
        if (!fill(csv, err))
            return false;
        const char *end = memchr(csv->window, csv->line_end, csv->len);
        csv->in_long_line = !end && !csv->at_end;
        csv->pos = end ? (size_t)(end - csv->window) + 1 : csv->len;
        csv->line += end ? 1 : 0;
    }
    return true;
}

/* One field from `*at`; `*at` ends on what ended it. */
static enum ra_csv_problem scan_field(struct ra_csv *csv, size_t *at, size_t limit)
{
    struct span span;
    size_t from = *at;
    if (csv->quotes && from < limit && csv->window[from] == '"') {
        bool closed = scan_quoted(csv, at, limit, &span) == RA_CSV_FINE;
        if (!closed || !ends_field(csv, *at, limit)) {
            resume_behind(csv, from);
            return problem(csv, RA_CSV_BAD_QUOTES,
                           closed ? "text behind a closing quote" : "a quote is never closed");
        }
        csv->row_lines += count_lines(csv, span.from, span.to);
        if (csv->row_lines >= csv->max_row_lines) {
            resume_behind(csv, from);
            return problem(csv, RA_CSV_BAD_QUOTES, "a quote is not closed where it must be");
        }
    } else {
        *at = scan_plain(csv, from, limit, &span);
    }
    if (csv->n_fields == MOST_FIELDS || !push_span(csv, &span)) {
        resume_behind(csv, from);
        return problem(csv, RA_CSV_TOO_LONG, "too many fields");
    }
    return RA_CSV_FINE;
}

/* Finds the row at `pos`: its fields, and where the next one begins. Changes no byte. */
static enum ra_csv_problem scan_row(struct ra_csv *csv)
{
    size_t rest = csv->len - csv->pos;
    size_t limit = csv->pos + (rest < csv->max_row_bytes ? rest : csv->max_row_bytes);
    size_t at = csv->pos;
    csv->n_fields = 0;
    csv->row_lines = 0;
    for (;;) {
        enum ra_csv_problem kind = scan_field(csv, &at, limit);
        if (kind != RA_CSV_FINE)
            return kind;
        size_t end = line_end_at(csv, at, limit);
        if (at == limit && limit < csv->len) {
            resume_behind(csv, at);
            return problem(csv, RA_CSV_TOO_LONG, "the row is too long");
        }
        if (end || at == limit) {
            csv->row_end = at + end;
            csv->row_lines += end > 0;
            return RA_CSV_FINE;
        }
        at += csv->delimiter_n;
    }
}

static bool has_high_byte(const char *text, size_t n)
{
    unsigned char seen = 0;
    for (size_t i = 0; i < n; i++)
        seen |= (unsigned char)text[i];
    return seen >= 0x80;
}

/* Drops the first character of "" and \" (and of \\ where backslashes escape). */
static size_t unescape(const struct ra_csv *csv, char *text, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        bool more = i + 1 < n;
        if (more && text[i] == '"' && text[i + 1] == '"')
            i++;
        else if (more && csv->backslash_quotes && text[i] == '\\' &&
                 (text[i + 1] == '"' || text[i + 1] == '\\'))
            i++;
        text[len++] = text[i];
    }
    return len;
}

static bool reserve_converted(struct ra_csv *csv, size_t row_bytes)
{
    size_t want = row_bytes * WINDOWS_1252_GROWTH + csv->n_fields;
    if (want <= csv->converted_cap)
        return true;
    char *grown = realloc(csv->converted, want);
    if (!grown)
        return false;
    csv->converted = grown;
    csv->converted_cap = want;
    return true;
}

/* Terminates and unescapes the fields, in the window or, when they are not UTF-8, beside it. */
static void make_fields(struct ra_csv *csv, bool convert)
{
    size_t used = 0;
    for (size_t i = 0; i < csv->n_fields; i++) {
        const struct span *span = &csv->spans[i];
        char *text = csv->window + span->from;
        size_t n = span->to - span->from;
        if (span->escaped)
            n = unescape(csv, text, n);
        if (convert) {
            char *out = csv->converted + used;
            n = windows_1252_to_utf8(text, n, out);
            used += n + 1;
            text = out;
        }
        text[n] = '\0';
        csv->fields[i] = text;
    }
}

static enum ra_csv_problem check_bytes(struct ra_csv *csv, bool *out_convert)
{
    const char *row = csv->window + csv->pos;
    size_t n = csv->row_end - csv->pos;
    *out_convert = false;
    if (memchr(row, '\0', n))
        return problem(csv, RA_CSV_BAD_BYTES, "a NUL byte");
    if (!has_high_byte(row, n))
        return RA_CSV_FINE;
    bool utf8 = csv->encoding != RA_CSV_WINDOWS_1252 && ra_utf8_valid(row, n);
    if (!utf8 && csv->encoding == RA_CSV_UTF8)
        return problem(csv, RA_CSV_BAD_BYTES, "not UTF-8");
    *out_convert = !utf8;
    return RA_CSV_FINE;
}

/* A row over several lines whose fields do not add up is most likely a quote gone astray. */
static enum ra_csv_problem check_count(struct ra_csv *csv)
{
    if (!csv->n_expected || csv->n_fields == csv->n_expected)
        return RA_CSV_FINE;
    if (csv->row_lines > 1)
        resume_behind(csv, csv->pos);
    snprintf(csv->problem_text, sizeof csv->problem_text, "%zu fields instead of %zu",
             csv->n_fields, csv->n_expected);
    return RA_CSV_FIELD_COUNT;
}

static void skip_empty_lines(struct ra_csv *csv)
{
    size_t end;
    while ((end = line_end_at(csv, csv->pos, csv->len))) {
        csv->pos += end;
        csv->line++;
    }
}

/* Looks at the next row without changing a byte of it. */
static enum ra_csv_problem examine_row(struct ra_csv *csv, bool *out_convert)
{
    csv->fault_line = csv->line;
    enum ra_csv_problem kind = scan_row(csv);
    if (kind == RA_CSV_FINE)
        kind = check_count(csv);
    return kind == RA_CSV_FINE ? check_bytes(csv, out_convert) : kind;
}

/* To the next row that is not empty, and enough behind it to hold the longest one. */
static bool advance(struct ra_csv *csv, struct ra_err *err)
{
    do {
        if (!finish_long_line(csv, err) || !fill(csv, err))
            return false;
        skip_empty_lines(csv);
    } while (!csv->at_end && csv->len - csv->pos <= csv->max_row_bytes);
    return true;
}

enum ra_csv_step ra_csv_next(struct ra_csv *csv, struct ra_csv_row *out, struct ra_err *err)
{
    if (!advance(csv, err))
        return RA_CSV_FAILED;
    if (csv->pos == csv->len)
        return RA_CSV_END;
    bool convert = false;
    enum ra_csv_problem kind = examine_row(csv, &convert);
    *out = (struct ra_csv_row){.line = csv->fault_line, .problem = kind};
    if (kind != RA_CSV_FINE) {
        out->problem_text = csv->problem_text;
    } else if (convert && !reserve_converted(csv, csv->row_end - csv->pos)) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return RA_CSV_FAILED;
    } else {
        make_fields(csv, convert);
        out->fields = csv->fields;
        out->n = csv->n_fields;
    }
    csv->pos = csv->row_end;
    csv->line += csv->row_lines;
    return RA_CSV_ROW;
}

static char fold(char c)
{
    return c == '-' || c == ' ' ? '_' : (char)tolower((unsigned char)c);
}

bool ra_csv_is_column(const char *heading, const char *names)
{
    while (*names) {
        const char *at = heading;
        while (*at && *names && *names != '|' && fold(*at) == fold(*names)) {
            at++;
            names++;
        }
        if (!*at && (!*names || *names == '|'))
            return true;
        names += strcspn(names, "|");
        names += *names == '|';
    }
    return false;
}
