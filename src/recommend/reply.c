/* Renders answers as JSON: the model's ready cards and a little glue. */
#include "readalike/reply.h"

#include <string.h>

#include "inside.h"

#define SCORE_DIGITS 6

static void put_card(const struct ra_engine *engine, uint32_t item_ix, struct ra_buf *out)
{
    size_t n;
    const char *card = ra_model_card(engine->model, item_ix, &n);
    ra_buf_put(out, card, n);
}

void ra_reply_book(const struct ra_engine *engine, uint32_t item_ix, struct ra_buf *out)
{
    put_card(engine, item_ix, out);
    ra_buf_putc(out, '}');
}

static void put_because(const struct ra_engine *engine, const struct ra_pick *pick,
                        struct ra_buf *out)
{
    ra_buf_puts(out, ",\"because\":[");
    for (unsigned i = 0; i < pick->n_because; i++) {
        const struct ra_because *part = &pick->because[i];
        ra_buf_puts(out, i ? ",{\"id\":" : "{\"id\":");
        ra_buf_put_i64(out, ra_model_item_id(engine->model, part->item_ix));
        ra_buf_puts(out, ",\"title\":");
        ra_buf_put_json(out, ra_model_title(engine->model, part->item_ix));
        ra_buf_puts(out, ",\"weight\":");
        ra_buf_put_json_double(out, (double)part->weight, SCORE_DIGITS);
        ra_buf_putc(out, '}');
    }
    ra_buf_putc(out, ']');
}

static void put_picks(const struct ra_engine *engine, const struct ra_answer *answer, bool explain,
                      struct ra_buf *out)
{
    ra_buf_putc(out, '[');
    for (size_t i = 0; i < answer->n; i++) {
        const struct ra_pick *pick = &answer->picks[i];
        if (i)
            ra_buf_putc(out, ',');
        put_card(engine, pick->item_ix, out);
        ra_buf_puts(out, ",\"score\":");
        ra_buf_put_json_double(out, (double)pick->score, SCORE_DIGITS);
        ra_buf_puts(out, ",\"source\":\"");
        ra_buf_puts(out, ra_source_name(pick->source));
        ra_buf_putc(out, '"');
        if (explain)
            put_because(engine, pick, out);
        ra_buf_putc(out, '}');
    }
    ra_buf_putc(out, ']');
}

static void put_model(const struct ra_engine *engine, struct ra_buf *out)
{
    ra_buf_puts(out, ",\"model\":{\"version\":");
    ra_buf_put_json(out, ra_model_version(engine->model));
    ra_buf_puts(out, ",\"algorithm\":");
    ra_buf_put_json(out, ra_model_algorithm(engine->model));
    ra_buf_putc(out, '}');
}

static void put_exhausted(const struct ra_answer *answer, struct ra_buf *out)
{
    ra_buf_puts(out, answer->exhausted ? ",\"exhausted\":true}" : ",\"exhausted\":false}");
}

static void put_asked(const struct ra_engine *engine, const struct ra_liked *asked, size_t n_asked,
                      struct ra_buf *out)
{
    if (n_asked == 1) {
        ra_buf_puts(out, "\"book\":");
        ra_reply_book(engine, asked[0].item_ix, out);
        ra_buf_putc(out, ',');
    }
    if (n_asked <= 1)
        return;
    ra_buf_puts(out, "\"books\":[");
    for (size_t i = 0; i < n_asked && i < RA_REPLY_ASKED_MAX; i++) {
        if (i)
            ra_buf_putc(out, ',');
        ra_reply_book(engine, asked[i].item_ix, out);
    }
    ra_buf_puts(out, "],");
}

void ra_reply_recommend(const struct ra_engine *engine, const struct ra_liked *asked,
                        size_t n_asked, const struct ra_answer *answer, bool explain,
                        struct ra_buf *out)
{
    ra_buf_putc(out, '{');
    put_asked(engine, asked, n_asked, out);
    ra_buf_puts(out, "\"recommendations\":");
    put_picks(engine, answer, explain, out);
    put_model(engine, out);
    ra_buf_puts(out, answer->fell_back ? ",\"fallback\":\"popular\"" : ",\"fallback\":null");
    put_exhausted(answer, out);
}

void ra_reply_list(const struct ra_engine *engine, const char *key, const struct ra_answer *answer,
                   struct ra_buf *out)
{
    ra_buf_putc(out, '{');
    ra_buf_put_json(out, key);
    ra_buf_putc(out, ':');
    put_picks(engine, answer, false, out);
    put_model(engine, out);
    put_exhausted(answer, out);
}

/* The model keeps the title as shown, which is what the ranges count in. */
static void put_match(const struct ra_engine *engine, struct ra_title_scratch *scratch,
                      const char *query, size_t query_n, uint32_t item_ix, struct ra_buf *out)
{
    struct ra_title_range ranges[16];
    size_t n = ra_title_highlight(scratch, query, query_n, ra_model_title(engine->model, item_ix),
                                  ranges, sizeof ranges / sizeof ranges[0]);
    ra_buf_puts(out, ",\"match\":[");
    for (size_t i = 0; i < n; i++) {
        ra_buf_puts(out, i ? ",[" : "[");
        ra_buf_put_u64(out, ranges[i].start);
        ra_buf_putc(out, ',');
        ra_buf_put_u64(out, ranges[i].length);
        ra_buf_putc(out, ']');
    }
    ra_buf_puts(out, "]}");
}

static const char *match_name(enum ra_title_match matched)
{
    switch (matched) {
    case RA_TITLE_EXACT:
        return "exact";
    case RA_TITLE_PREFIX:
        return "prefix";
    case RA_TITLE_TYPO:
        return "typo";
    }
    return "unknown";
}

void ra_reply_suggest(const struct ra_engine *engine, struct ra_title_scratch *scratch,
                      const char *query, size_t query_n, const struct ra_title_hit *hits,
                      size_t n_hits, struct ra_buf *out)
{
    ra_buf_puts(out, "{\"suggestions\":[");
    for (size_t i = 0; i < n_hits; i++) {
        if (i)
            ra_buf_putc(out, ',');
        put_card(engine, hits[i].doc, out);
        ra_buf_puts(out, ",\"matched\":\"");
        ra_buf_puts(out, match_name(hits[i].matched));
        ra_buf_puts(out, "\",\"edits\":");
        ra_buf_put_u64(out, hits[i].edits);
        ra_buf_puts(out, ",\"score\":");
        ra_buf_put_json_double(out, (double)hits[i].score, SCORE_DIGITS);
        put_match(engine, scratch, query, query_n, hits[i].doc, out);
    }
    ra_buf_puts(out, "]}");
}
