/* A thread's memory for asking: made once, grown to the largest model it met. */
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/factors.h"
#include "readalike/scan.h"

struct ra_scratch *ra_scratch_create(void)
{
    struct ra_scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch)
        return NULL;
    ra_buf_init(&scratch->author_words);
    scratch->title = ra_title_scratch_create();
    if (scratch->title)
        return scratch;
    ra_scratch_destroy(scratch);
    return NULL;
}

static void free_rows(struct ra_scratch *scratch)
{
    free(scratch->blocked);
    free(scratch->counted);
    free(scratch->scored);
    free(scratch->score);
    free(scratch->place);
    free(scratch->placed);
    free(scratch->candidate);
    free(scratch->allowed);
    free(scratch->author_seen);
    free(scratch->author_matched);
    free(scratch->language_ok);
}

static void free_factors(struct ra_scratch *scratch)
{
    free(scratch->solving);
    free(scratch->vector);
    free(scratch->codes);
    scratch->n_solving = scratch->n_vector = scratch->n_codes = 0;
}

void ra_scratch_destroy(struct ra_scratch *scratch)
{
    if (!scratch)
        return;
    free_rows(scratch);
    free_factors(scratch);
    ra_buf_finish(&scratch->author_words);
    ra_title_scratch_destroy(scratch->title);
    free(scratch);
}

struct ra_title_scratch *ra_scratch_title(struct ra_scratch *scratch)
{
    return scratch->title;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* One row each; calloc checks the products. */
static bool make_rows(struct ra_scratch *scratch, size_t n_items, size_t n_authors,
                      size_t n_languages)
{
    scratch->blocked = calloc(n_items, sizeof *scratch->blocked);
    scratch->counted = calloc(n_items, sizeof *scratch->counted);
    scratch->scored = calloc(n_items, sizeof *scratch->scored);
    scratch->score = calloc(n_items, sizeof *scratch->score);
    scratch->place = calloc(n_items, sizeof *scratch->place);
    scratch->placed = calloc(n_items, sizeof *scratch->placed);
    scratch->candidate = calloc(n_items, sizeof *scratch->candidate);
    scratch->allowed = calloc(n_items / 64 + 1, sizeof *scratch->allowed);
    scratch->author_seen = calloc(n_authors, sizeof *scratch->author_seen);
    scratch->author_matched = calloc(n_authors, sizeof *scratch->author_matched);
    scratch->language_ok = calloc(n_languages, 1);
    return scratch->blocked && scratch->counted && scratch->scored && scratch->score &&
           scratch->place && scratch->placed && scratch->candidate && scratch->allowed &&
           scratch->author_seen && scratch->author_matched && scratch->language_ok;
}

static bool grow(struct ra_scratch *scratch, const struct ra_model *model)
{
    size_t n_items = larger(ra_model_n_items(model), 1);
    size_t n_authors = larger(ra_model_n_authors(model), 1);
    size_t n_languages = larger(ra_model_n_languages(model), 1);
    if (n_items <= scratch->n_items && n_authors <= scratch->n_authors &&
        n_languages <= scratch->n_languages)
        return true;
    n_items = larger(n_items, scratch->n_items);
    n_authors = larger(n_authors, scratch->n_authors);
    n_languages = larger(n_languages, scratch->n_languages);
    free_rows(scratch);
    scratch->n_items = scratch->n_authors = scratch->n_languages = 0;
    scratch->round = scratch->marked = 0;
    if (!make_rows(scratch, n_items, n_authors, n_languages))
        return false;
    scratch->n_items = n_items;
    scratch->n_authors = n_authors;
    scratch->n_languages = n_languages;
    return true;
}

/* What a model of factors takes beside. */
static bool grow_factors(struct ra_scratch *scratch, const struct ra_engine *engine)
{
    if (!engine->factors)
        return true;
    size_t n_solving = larger(ra_factors_scratch_n(engine->factors), scratch->n_solving);
    size_t n_vector = larger(ra_factors_solved_n(engine->factors) + 1, scratch->n_vector);
    size_t n_codes = larger(ra_scan_scratch_bytes(engine->by_score), scratch->n_codes);
    if (n_solving == scratch->n_solving && n_vector == scratch->n_vector &&
        n_codes == scratch->n_codes)
        return true;
    free_factors(scratch);
    scratch->solving = calloc(n_solving, sizeof *scratch->solving);
    scratch->vector = calloc(n_vector, sizeof *scratch->vector);
    scratch->codes = aligned_alloc(64, n_codes);
    if (!scratch->solving || !scratch->vector || !scratch->codes) {
        free_factors(scratch);
        scratch->solving = scratch->vector = NULL;
        scratch->codes = NULL;
        return false;
    }
    scratch->n_solving = n_solving;
    scratch->n_vector = n_vector;
    scratch->n_codes = n_codes;
    return true;
}

/* Once in four billion requests the marks would come round again. */
static void forget_marks(struct ra_scratch *scratch)
{
    memset(scratch->blocked, 0, scratch->n_items * sizeof *scratch->blocked);
    memset(scratch->counted, 0, scratch->n_items * sizeof *scratch->counted);
    memset(scratch->scored, 0, scratch->n_items * sizeof *scratch->scored);
    memset(scratch->placed, 0, scratch->n_items * sizeof *scratch->placed);
    scratch->marked = 0;
    memset(scratch->author_seen, 0, scratch->n_authors * sizeof *scratch->author_seen);
}

bool scratch_begin(struct ra_scratch *scratch, const struct ra_engine *engine, struct ra_err *err)
{
    if (!grow(scratch, engine->model) || !grow_factors(scratch, engine))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    if (++scratch->round == 0) {
        forget_marks(scratch);
        scratch->round = 1;
    }
    scratch->n_candidates = 0;
    return true;
}
