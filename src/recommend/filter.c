/* Which books an asker lets through: author, language, years; one by one, or all at once. */
#include <endian.h>
#include <string.h>

#include "inside.h"

/* Folds what the asker typed into scratch->author_words. */
static const char *fold_text(struct ra_scratch *scratch, const char *text, const char *what,
                             struct ra_err *err)
{
    size_t n = strlen(text);
    if (n > FILTER_TEXT_MAX) {
        ra_fail(err, RA_ERR_INVALID, "the %s filter is longer than %d bytes", what,
                FILTER_TEXT_MAX);
        return NULL;
    }
    ra_buf_reset(&scratch->author_words);
    ra_title_fold(text, n, &scratch->author_words);
    const char *folded = ra_buf_cstr(&scratch->author_words);
    if (!folded)
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
    else if (!*folded)
        ra_fail(err, RA_ERR_INVALID, "the %s filter has no letter in it", what);
    return folded && *folded ? folded : NULL;
}

static bool init_language(struct sieve *sieve, const struct ra_filter *filter, struct ra_err *err)
{
    if (!filter->language)
        return true;
    const char *wanted = fold_text(sieve->scratch, filter->language, "language", err);
    if (!wanted)
        return false;
    for (uint32_t i = 0; i < ra_model_n_languages(sieve->model); i++)
        sieve->scratch->language_ok[i] =
            language_matches(wanted, ra_model_language_name(sieve->model, i));
    sieve->by_language = true;
    return true;
}

static bool init_author(struct sieve *sieve, const struct ra_filter *filter, struct ra_err *err)
{
    if (!filter->author)
        return true;
    const char *folded = fold_text(sieve->scratch, filter->author, "author", err);
    if (!folded)
        return false;
    char joined[FILTER_TEXT_MAX * 2];
    join_initials(folded, joined, sizeof joined);
    ra_buf_reset(&sieve->scratch->author_words);
    ra_buf_puts(&sieve->scratch->author_words, joined);
    const char *wanted = ra_buf_cstr(&sieve->scratch->author_words);
    if (!wanted)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory");
    authors_match(sieve->engine->authors, sieve->scratch, wanted);
    sieve->by_author = true;
    return true;
}

bool sieve_init(struct sieve *sieve, const struct ra_engine *engine, struct ra_scratch *scratch,
                const struct ra_filter *filter, struct ra_err *err)
{
    *sieve = (struct sieve){
        .engine = engine,
        .model = engine->model,
        .scratch = scratch,
        .year_from = filter->year_from,
        .year_to = filter->year_to,
    };
    if (filter->year_from && filter->year_to && filter->year_from > filter->year_to)
        return ra_fail(err, RA_ERR_INVALID, "the years %d to %d are the wrong way round",
                       filter->year_from, filter->year_to);
    /* The author last: its folded words stay in the scratch. */
    return init_language(sieve, filter, err) && init_author(sieve, filter, err);
}

bool sieve_is_open(const struct sieve *sieve)
{
    return !sieve->by_author && !sieve->by_language && !sieve->year_from && !sieve->year_to;
}

static bool year_passes(const struct sieve *sieve, int year)
{
    if (!sieve->year_from && !sieve->year_to)
        return true;
    return year != 0 && (!sieve->year_from || year >= sieve->year_from) &&
           (!sieve->year_to || year <= sieve->year_to);
}

bool sieve_passes(const struct sieve *sieve, uint32_t item_ix)
{
    const struct ra_model *model = sieve->model;
    if (!year_passes(sieve, ra_model_year(model, item_ix)))
        return false;
    if (sieve->by_language && !sieve->scratch->language_ok[ra_model_language(model, item_ix)])
        return false;
    return !sieve->by_author ||
           sieve->scratch->author_seen[ra_model_author(model, item_ix)] == sieve->scratch->round;
}

/* 64 bytes of 0 and 1 as bits: of each eight, one product brings byte b to bit 56 + b. */
static uint64_t pack(const unsigned char pass[64])
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, pass + 8 * i, sizeof eight);
        word |= (le64toh(eight) * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return word;
}

/* The years and languages of 64 books side by side, which a compiler can take several at a time. */
static uint64_t mark_word(const struct sieve *sieve, uint32_t first, uint32_t n)
{
    unsigned char pass[64] = {0};
    const int32_t *year = sieve->engine->years + first;
    const uint32_t *language = sieve->engine->languages + first;
    int32_t from = sieve->year_from ? sieve->year_from : INT32_MIN;
    int32_t to = sieve->year_to ? sieve->year_to : INT32_MAX;
    bool by_year = sieve->year_from || sieve->year_to;
    for (uint32_t i = 0; i < n; i++)
        pass[i] = (unsigned char)!by_year | ((year[i] != 0) & (year[i] >= from) & (year[i] <= to));
    for (uint32_t i = 0; sieve->by_language && i < n; i++)
        pass[i] &= sieve->scratch->language_ok[language[i]];
    return pack(pass);
}

static void mark_all(const struct sieve *sieve, uint32_t n_items, uint64_t *bits)
{
    for (uint32_t first = 0; first < n_items; first += 64)
        bits[first / 64] = mark_word(sieve, first, n_items - first < 64 ? n_items - first : 64);
}

/* The books of the authors that match, looked at one by one: they are few. */
static void mark_by_author(const struct sieve *sieve, uint64_t *bits)
{
    const struct authors *authors = sieve->engine->authors;
    for (size_t a = 0; a < sieve->scratch->n_matched; a++) {
        uint32_t author = sieve->scratch->author_matched[a];
        for (uint32_t at = authors->book_start[author]; at < authors->book_start[author + 1];
             at++) {
            uint32_t item_ix = authors->book[at];
            if (sieve_passes(sieve, item_ix))
                bits[item_ix / 64] |= UINT64_C(1) << (item_ix % 64);
        }
    }
}

const uint64_t *sieve_mark(const struct sieve *sieve)
{
    struct ra_scratch *scratch = sieve->scratch;
    uint32_t n_items = (uint32_t)ra_model_n_items(sieve->model);
    if (scratch->marked == scratch->round)
        return scratch->allowed;
    scratch->marked = scratch->round;
    memset(scratch->allowed, 0, (n_items / 64 + 1) * sizeof *scratch->allowed);
    if (sieve->by_author)
        mark_by_author(sieve, scratch->allowed);
    else
        mark_all(sieve, n_items, scratch->allowed);
    return scratch->allowed;
}
