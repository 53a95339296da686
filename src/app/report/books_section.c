/* What the model recommends for well-known books, beside another model. */
#include <math.h>

#include "readalike/model.h"
#include "report.h"

#define BOOKS 10
#define PICKS 5

/* The most read books, one edition of each work. */
static bool famous(const struct report *report, struct ra_answer *out, struct ra_err *err)
{
    const struct ra_ask ask = {.k = BOOKS};
    return ra_recommend_popular(report->winner, report->scratch, &ask, out, err);
}

/* Books of both models are the same by their id. */
static bool ask(const struct report *report, const struct ra_engine *engine, int64_t book_id,
                struct ra_answer *out, struct ra_err *err)
{
    struct ra_liked liked = {.rating = NAN};
    out->n = 0;
    if (!ra_model_find_item(ra_engine_model(engine), book_id, &liked.item_ix))
        return true; /* not in that model: no list */
    const struct ra_ask question = {.liked = &liked, .n_liked = 1, .k = PICKS};
    return ra_recommend(engine, report->scratch, &question, out, err);
}

static bool is_in(const struct ra_engine *engine, const struct ra_answer *answer, int64_t book_id)
{
    for (size_t i = 0; i < answer->n; i++) {
        if (ra_model_item_id(ra_engine_model(engine), answer->picks[i].item_ix) == book_id)
            return true;
    }
    return false;
}

/* Books that the other list has too stand out. */
static void put_list(struct ra_buf *out, const struct ra_engine *engine,
                     const struct ra_answer *answer, const struct ra_engine *other,
                     const struct ra_answer *other_answer)
{
    const struct ra_model *model = ra_engine_model(engine);
    ra_buf_puts(out, "<td><ol>");
    for (size_t i = 0; i < answer->n; i++) {
        const struct ra_pick *pick = &answer->picks[i];
        bool both = other && is_in(other, other_answer, ra_model_item_id(model, pick->item_ix));
        ra_buf_puts(out, both ? "<li class=\"both\">" : "<li>");
        report_text(out, ra_model_title(model, pick->item_ix));
        if (pick->source == RA_SOURCE_POPULAR)
            ra_buf_puts(out, " <small>only popular</small>");
        ra_buf_puts(out, "</li>");
    }
    ra_buf_puts(out, "</ol></td>");
}

static bool put_row(const struct report *report, uint32_t item_ix, struct ra_err *err)
{
    static struct ra_answer own, other;
    const struct ra_model *model = ra_engine_model(report->winner);
    int64_t id = ra_model_item_id(model, item_ix);
    if (!ask(report, report->winner, id, &own, err) ||
        (report->beside && !ask(report, report->beside, id, &other, err)))
        return false;
    ra_buf_puts(report->out, "<tr><th scope=\"row\">");
    report_text(report->out, ra_model_title(model, item_ix));
    ra_buf_puts(report->out, "</th>");
    put_list(report->out, report->winner, &own, report->beside, &other);
    if (report->beside)
        put_list(report->out, report->beside, &other, report->winner, &own);
    ra_buf_puts(report->out, "</tr>\n");
    return true;
}

static void put_heading(struct ra_buf *out, const struct ra_engine *engine)
{
    ra_buf_puts(out, "<th scope=\"col\">");
    report_text(out, ra_model_version(ra_engine_model(engine)));
    ra_buf_puts(out, "</th>");
}

bool report_books(const struct report *report, struct ra_err *err)
{
    struct ra_buf *out = report->out;
    static struct ra_answer books;
    if (!famous(report, &books, err))
        return false;
    ra_buf_puts(out, "<section id=\"books\"><h2>What it recommends</h2><p>For those who liked "
                     "one of the most read books");
    ra_buf_puts(out, report->beside ? "; what both models name is set bold.</p>" : ".</p>");
    ra_buf_puts(out, "<div class=\"wide\"><table class=\"lists\"><thead><tr><th scope=\"col\">book"
                     "</th>");
    put_heading(out, report->winner);
    if (report->beside)
        put_heading(out, report->beside);
    ra_buf_puts(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < books.n; i++) {
        if (!put_row(report, books.picks[i].item_ix, err))
            return false;
    }
    ra_buf_puts(out, "</tbody></table></div></section>\n");
    return true;
}
