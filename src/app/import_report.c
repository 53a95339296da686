/* What an import says about rows it left out, and its figures at the end. */
#include "import_report.h"

#include <unistd.h>

#include "readalike/buf.h"

/* Of one kind in full on stderr; more would hide the first of the next kind. */
#define SHOWN_OF_A_KIND 10

bool import_report_open(struct import_report *report, const char *rejects_path, struct ra_err *err)
{
    *report = (struct import_report){.rejects_path = rejects_path};
    if (!rejects_path)
        return true;
    report->rejects = fopen(rejects_path, "we");
    if (!report->rejects)
        return ra_fail_errno(err, RA_ERR_IO, "cannot write %s", rejects_path);
    fputs("file,line,kind,reason\n", report->rejects);
    return true;
}

static void put_quoted(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void write_reject(FILE *out, const struct ra_place *at, enum ra_reject_kind kind,
                         const char *reason)
{
    put_quoted(out, at->file);
    fprintf(out, ",%llu,%s,", (unsigned long long)at->line, ra_reject_name(kind));
    put_quoted(out, reason);
    putc('\n', out);
}

/* Text from a file must not steer the terminal it is shown on. */
static void show_reject(const struct ra_place *at, const char *reason)
{
    char shown[256];
    snprintf(shown, sizeof shown, "%s", reason);
    for (char *c = shown; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    }
    const char *clear = isatty(STDERR_FILENO) == 1 ? "\r\033[K" : "";
    fprintf(stderr, "%s%s:%llu: %s; left out\n", clear, at->file, (unsigned long long)at->line,
            shown);
}

void import_report_reject(struct import_report *report, const struct ra_place *at,
                          enum ra_reject_kind kind, const char *reason)
{
    report->n_rejected++;
    uint64_t n = ++report->rejected[kind];
    if (report->rejects)
        write_reject(report->rejects, at, kind, reason);
    if (n <= SHOWN_OF_A_KIND)
        show_reject(at, reason);
    else if (n == SHOWN_OF_A_KIND + 1)
        fprintf(stderr,
                "(more of this kind, \"%s\", are counted; --rejects FILE writes them all)\n",
                ra_reject_name(kind));
}

bool import_report_close(struct import_report *report, struct ra_err *err)
{
    if (!report->rejects)
        return true;
    bool ok = !ferror(report->rejects);
    ok = fclose(report->rejects) == 0 && ok;
    report->rejects = NULL;
    return ok || ra_fail_errno(err, RA_ERR_IO, "cannot write %s", report->rejects_path);
}

static void put_rejected(const struct import_report *report, struct ra_buf *out)
{
    bool first = true;
    for (int kind = 0; kind < RA_REJECT_KINDS; kind++) {
        if (!report->rejected[kind])
            continue;
        ra_buf_putf(out, "%s\"%s\":%llu", first ? "" : ",",
                    ra_reject_name((enum ra_reject_kind)kind),
                    (unsigned long long)report->rejected[kind]);
        first = false;
    }
}

static void put_change(struct ra_buf *out, const char *name, const uint64_t n[3])
{
    ra_buf_putf(out, ",\"%s\":{\"books\":%llu,\"users\":%llu,\"ratings\":%llu}", name,
                (unsigned long long)n[0], (unsigned long long)n[1], (unsigned long long)n[2]);
}

void import_report_print_json(const struct import_report *report,
                              const struct ra_load_counts *counts, double seconds)
{
    const uint64_t added[] = {counts->books_added, counts->users_added, counts->ratings_added};
    const uint64_t changed[] = {counts->books_changed, counts->users_changed,
                                counts->ratings_changed};
    struct ra_buf out;
    ra_buf_init(&out);
    ra_buf_putf(&out, "{\"books\":%llu,\"users\":%llu,\"ratings\":%llu,\"shelf_books\":%llu",
                (unsigned long long)counts->books, (unsigned long long)counts->users,
                (unsigned long long)counts->ratings, (unsigned long long)counts->shelf_books);
    ra_buf_putf(&out, ",\"rejected\":%llu,\"rejected_by\":{",
                (unsigned long long)report->n_rejected);
    put_rejected(report, &out);
    ra_buf_putc(&out, '}');
    put_change(&out, "added", added);
    put_change(&out, "changed", changed);
    ra_buf_putf(&out, ",\"seconds\":%.3f}", seconds);
    const char *text = ra_buf_cstr(&out);
    if (text)
        puts(text);
    ra_buf_finish(&out);
}

#define COUNTED_TEXT 64
/* "143,017 books", "1 book" */
static const char *counted(uint64_t n, const char *noun, char out[COUNTED_TEXT])
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    char *at = out;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    snprintf(at, (size_t)(out + COUNTED_TEXT - at), "%s%s%s", *noun ? " " : "", noun,
             *noun && n != 1 ? "s" : "");
    return out;
}

static void print_counts(const char *what, uint64_t books, uint64_t readers, uint64_t ratings)
{
    char a[COUNTED_TEXT], b[COUNTED_TEXT], c[COUNTED_TEXT];
    printf("%s: %s, %s, %s", what, counted(books, "book", a), counted(readers, "reader", b),
           counted(ratings, "rating", c));
}

static void print_changes(const struct ra_load_counts *counts)
{
    bool added = counts->books_added || counts->users_added || counts->ratings_added;
    bool changed = counts->books_changed || counts->users_changed || counts->ratings_changed;
    if (added) {
        print_counts("New", counts->books_added, counts->users_added, counts->ratings_added);
        puts(".");
    }
    if (changed) {
        print_counts("Changed", counts->books_changed, counts->users_changed,
                     counts->ratings_changed);
        puts(".");
    }
    if (!added && !changed)
        puts("Nothing changed: the store had all of it.");
}

static void print_rejected(const struct import_report *report)
{
    char n[COUNTED_TEXT];
    printf("Left out: %s", counted(report->n_rejected, "row", n));
    const char *before = " (";
    for (int kind = 0; kind < RA_REJECT_KINDS; kind++) {
        if (!report->rejected[kind])
            continue;
        printf("%s%s %s", before, counted(report->rejected[kind], "", n),
               ra_reject_name((enum ra_reject_kind)kind));
        before = ", ";
    }
    puts(").");
}

void import_report_print(const struct import_report *report, const char *source,
                         const struct ra_load_counts *counts, double seconds)
{
    char n[COUNTED_TEXT];
    print_counts(source, counts->books, counts->users, counts->ratings);
    if (counts->shelf_books)
        printf(", %s on shelves", counted(counts->shelf_books, "book", n));
    printf(" in %.1f s.\n", seconds);
    print_changes(counts);
    if (report->n_rejected)
        print_rejected(report);
}
