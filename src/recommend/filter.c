/* Which books an asker lets through: author, language, years. */
#include <string.h>

#include "inside.h"

#define FILTER_TEXT_MAX 256 /* bytes */
#define NAME_MAX_BYTES 1024

/* Writes `text` with runs of single letters made one word: "j r r tolkien" -> "jrr tolkien". */
static void join_initials(const char *text, char *out, size_t room)
{
    size_t n = 0;
    bool was_single = false;
    while (*text && n + 1 < room) {
        size_t word_n = strcspn(text, " ");
        bool is_single = word_n == 1;
        if (n && !(was_single && is_single))
            out[n++] = ' ';
        if (word_n > room - n - 1)
            word_n = room - n - 1;
        memcpy(out + n, text, word_n);
        n += word_n;
        text += strcspn(text, " ");
        text += *text == ' ';
        was_single = is_single;
    }
    out[n] = '\0';
}

static bool has_word(const char *text, const char *word, size_t n)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        if ((at == text || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    }
    return false;
}

/* Every word of `wanted` is a whole word of `name`. */
static bool has_all_words(const char *name, const char *wanted)
{
    char word[FILTER_TEXT_MAX + 1];
    while (*wanted) {
        size_t n = strcspn(wanted, " ");
        if (n >= sizeof word)
            return false;
        memcpy(word, wanted, n);
        word[n] = '\0';
        if (!has_word(name, word, n))
            return false;
        wanted += n;
        wanted += *wanted == ' ';
    }
    return true;
}

static bool name_matches(const char *name, const char *wanted)
{
    if (has_all_words(name, wanted))
        return true;
    char joined[NAME_MAX_BYTES];
    join_initials(name, joined, sizeof joined);
    return strcmp(joined, name) != 0 && has_all_words(joined, wanted);
}

/* Decided once a request for each author that comes up. */
static bool author_passes(const struct sieve *sieve, uint32_t author)
{
    struct ra_scratch *scratch = sieve->scratch;
    if (scratch->author_seen[author] != scratch->round) {
        scratch->author_seen[author] = scratch->round;
        scratch->author_ok[author] =
            name_matches(ra_model_author_name(sieve->model, author), sieve->author);
    }
    return scratch->author_ok[author];
}

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
    sieve->author = ra_buf_cstr(&sieve->scratch->author_words);
    return sieve->author || ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

bool sieve_init(struct sieve *sieve, const struct ra_engine *engine, struct ra_scratch *scratch,
                const struct ra_filter *filter, struct ra_err *err)
{
    *sieve = (struct sieve){
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
    return !sieve->author && !sieve->by_language && !sieve->year_from && !sieve->year_to;
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
    return !sieve->author || author_passes(sieve, ra_model_author(model, item_ix));
}

const uint64_t *sieve_mark(const struct ra_engine *engine, struct ra_scratch *scratch,
                           const struct sieve *sieve)
{
    uint32_t n_items = (uint32_t)ra_model_n_items(engine->model);
    memset(scratch->allowed, 0, (n_items / 64 + 1) * sizeof *scratch->allowed);
    for (uint32_t i = 0; i < n_items; i++) {
        if (sieve_passes(sieve, i))
            scratch->allowed[i / 64] |= UINT64_C(1) << (i % 64);
    }
    return scratch->allowed;
}
