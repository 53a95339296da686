/* The report as one page that needs nothing beside it. */
#include <stdio.h>
#include <string.h>

#include "readalike/embedded.h"
#include "readalike/model.h"
#include "report.h"

extern const struct ra_embedded report_files[];

void report_text(struct ra_buf *out, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '&':
            ra_buf_puts(out, "&amp;");
            break;
        case '<':
            ra_buf_puts(out, "&lt;");
            break;
        case '>':
            ra_buf_puts(out, "&gt;");
            break;
        case '"':
            ra_buf_puts(out, "&quot;");
            break;
        default:
            ra_buf_putc(out, *text);
        }
    }
}

void report_count(struct ra_buf *out, uint64_t number)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (int i = 0; i < n; i++) {
        ra_buf_putc(out, digits[i]);
        if ((n - i) % 3 == 1 && i + 1 < n)
            ra_buf_puts(out, "&#8239;");
    }
}

static void put_file(struct ra_buf *out, const char *name)
{
    for (const struct ra_embedded *file = report_files; file->name; file++) {
        if (strcmp(file->name, name) == 0)
            ra_buf_put(out, file->data, file->size);
    }
}

static void put_head(const struct report *report)
{
    struct ra_buf *out = report->out;
    const struct ra_model *model = ra_engine_model(report->winner);
    ra_buf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                     "<title>Report on ");
    report_text(out, ra_model_version(model));
    ra_buf_puts(out, "</title><style>\n");
    put_file(out, "report.css");
    ra_buf_puts(out, "</style></head><body><main><header><p class=\"kicker\">readalike report</p>"
                     "<h1>");
    report_text(out, ra_model_version(model));
    ra_buf_puts(out, "</h1><p class=\"lead\">An ");
    ra_buf_puts(out, "<b>");
    report_text(out, ra_model_algorithm(model));
    ra_buf_puts(out, "</b> model of ");
    report_count(out, ra_model_n_items(model));
    ra_buf_puts(out, " books");
    if (report->beside) {
        ra_buf_puts(out, ", beside <b>");
        report_text(out, ra_model_version(ra_engine_model(report->beside)));
        ra_buf_puts(out, "</b>");
    }
    ra_buf_puts(out, ".</p></header>\n");
}

static void put_end(const struct report *report)
{
    ra_buf_puts(report->out, "</main><script>\n");
    put_file(report->out, "report.js");
    ra_buf_puts(report->out, "</script></body></html>\n");
}

bool report_page(const struct report *report, struct ra_err *err)
{
    put_head(report);
    if (!report_data(report, err) || !report_runs(report, err) || !report_books(report, err) ||
        !report_map(report, err))
        return false;
    put_end(report);
    return !report->out->failed || ra_fail(err, RA_ERR_NOMEM, "out of memory for the report");
}
