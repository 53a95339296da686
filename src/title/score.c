/* Scores one document exactly: which of its words each word of the query means, and where. */
#include <string.h>

#include "forward.h"
#include "query.h"

/* Tuned on seed 777 of bench_title.c. */
static const float field_worth[FIELD_COUNT] = {
    [FIELD_MAIN] = 1.0F,
    [FIELD_SUBTITLE] = 0.90F,
    [FIELD_NUMBER] = 0.90F,
    [FIELD_AUTHOR] = 0.88F,
};
#define REUSE_WORTH 0.6F /* of a document's word that another word of the query took */
#define ORDER_WEIGHT 0.06F
#define FIRST_WEIGHT 0.08F
#define BONUS_MAX (TITLE_WEIGHT + ORDER_WEIGHT + FIRST_WEIGHT) /* beside cover and popularity */
/* What a score may have above a candidate's rank, besides what was not read. */
#define BONUS_SLACK (ORDER_WEIGHT + FIRST_WEIGHT + 0.04F)
#define COVER_LEAST 0.25F       /* less of the query in a document is no answer */
#define COVER_LEAST_GUESS 0.50F /* nor is less of a query that was only guessed */

static bool is_likely(const struct ra_title_scratch *scratch, uint32_t token)
{
    uint32_t bit = token >> scratch->likely_shift;
    return scratch->likely[bit / 64] >> bit % 64 & 1;
}

static void mark_likely(struct ra_title_scratch *scratch, uint32_t first, uint32_t end)
{
    uint32_t last = (end - 1) >> scratch->likely_shift;
    for (uint32_t bit = first >> scratch->likely_shift; bit <= last; bit++)
        scratch->likely[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void put_meaning(struct ra_title_scratch *scratch, const struct expansion *expansion,
                        size_t word)
{
    struct meaning meaning = {
        .token = expansion->first,
        .stamp = scratch->stamp,
        .sim = expansion->sim,
        .word = (uint8_t)word,
        .edits = expansion->edits,
        .prefix = expansion->prefix,
    };
    mark_likely(scratch, expansion->first, expansion->end);
    if (expansion->end - expansion->first > 1) {
        scratch->ranges[scratch->n_ranges] = meaning;
        scratch->range_ends[scratch->n_ranges][0] = expansion->first;
        scratch->range_ends[scratch->n_ranges++][1] = expansion->end;
        return;
    }
    uint32_t slot = expansion->first * UINT32_C(0x9E3779B1) % MEANING_SLOTS;
    while (scratch->meanings[slot].stamp == scratch->stamp)
        slot = (slot + 1) % MEANING_SLOTS;
    scratch->meanings[slot] = meaning;
}

static void put_meanings(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                         const struct query *query)
{
    scratch->n_ranges = 0;
    scratch->likely_shift = 0;
    while (index->n_tokens >> scratch->likely_shift >= LIKELY_BITS)
        scratch->likely_shift++;
    memset(scratch->likely, 0, sizeof scratch->likely);
    for (size_t word = 0; word < query->n; word++) {
        const struct query_token *token = &query->tokens[word];
        for (size_t i = 0; i < token->n_expansions; i++)
            put_meaning(scratch, &token->expansions[i], word);
    }
}

static void add_fit(struct fits *fits, const struct meaning *meaning, size_t at, float worth)
{
    uint8_t *n = &fits->n[meaning->word];
    struct fit *list = fits->list[meaning->word];
    struct fit fit = {
        .worth = worth * meaning->sim,
        .at = (uint8_t)at,
        .edits = meaning->edits,
        .prefix = meaning->prefix,
    };
    if (*n < FIT_MAX)
        list[(*n)++] = fit;
}

static void find_fits(const struct ra_title_scratch *scratch, uint32_t token, size_t at,
                      float worth, struct fits *out)
{
    uint32_t slot = token * UINT32_C(0x9E3779B1) % MEANING_SLOTS;
    for (; scratch->meanings[slot].stamp == scratch->stamp; slot = (slot + 1) % MEANING_SLOTS) {
        if (scratch->meanings[slot].token == token)
            add_fit(out, &scratch->meanings[slot], at, worth);
    }
    /* Only the last word has beginnings, the best first. */
    for (size_t i = 0; i < scratch->n_ranges; i++) {
        if (token >= scratch->range_ends[i][0] && token < scratch->range_ends[i][1]) {
            add_fit(out, &scratch->ranges[i], at, worth);
            return;
        }
    }
}

/* The places of a document that were taken, and by what. */
struct alignment {
    uint64_t taken[DOC_TOKENS_MAX / 64];
    struct fit chosen[QUERY_TOKENS_MAX]; /* worth 0: the word is missing */
    float cover;                         /* of the query, 0 to 1 */
};

static bool is_taken(const struct alignment *alignment, size_t at)
{
    return alignment->taken[at / 64] >> (at % 64) & 1;
}

static void choose(struct alignment *alignment, const struct query *query, const struct fits *fits)
{
    float sum = 0;
    for (size_t word = 0; word < query->n; word++) {
        struct fit *best = &alignment->chosen[word];
        for (size_t i = 0; i < fits->n[word]; i++) {
            struct fit fit = fits->list[word][i];
            if (is_taken(alignment, fit.at))
                fit.worth *= REUSE_WORTH;
            if (fit.worth > best->worth)
                *best = fit;
        }
        if (best->worth > 0)
            alignment->taken[best->at / 64] |= UINT64_C(1) << (best->at % 64);
        sum += query->tokens[word].weight * best->worth;
    }
    alignment->cover = sum / query->weight;
}

/* Whether the query names authors and nothing else. */
static bool is_author_query(const struct scored *scored, const struct alignment *alignment,
                            size_t n)
{
    size_t titles = scored->n[FIELD_MAIN] + scored->n[FIELD_SUBTITLE] + scored->n[FIELD_NUMBER];
    for (size_t word = 0; word < n; word++) {
        if (!(alignment->chosen[word].worth > 0) || alignment->chosen[word].at < titles)
            return false;
    }
    return n > 1;
}

/* How much of the main title was named. */
static float title_part(const struct ra_title_index *index, const struct scored *scored,
                        const struct alignment *alignment)
{
    float named = 0, all = 0;
    for (size_t at = 0; at < scored->n[FIELD_MAIN]; at++) {
        float weight = token_weight(index, scored->tokens[at]);
        all += weight;
        if (is_taken(alignment, at))
            named += weight;
    }
    return all > 0 ? named / all : 0;
}

static float order_part(const struct alignment *alignment, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        const struct fit *left = &alignment->chosen[i], *right = left + 1;
        kept += left->worth > 0 && right->worth > 0 && left->at < right->at;
    }
    return n > 1 ? (float)kept / (float)(n - 1) : 0;
}

/* Two typos in a shorter word may make it any other. */
#define SURE_OF_TWO_CHARS 7

static bool is_doubtful(const struct query_token *token, const struct fit *fit)
{
    if (!(fit->worth > 0))
        return true;
    return fit->edits > 0 && (token->known || (fit->edits > 1 && token->n < SURE_OF_TWO_CHARS));
}

static struct judged judge(const struct ra_title_index *index, const struct scored *scored,
                           const struct alignment *alignment, const struct query *query)
{
    const struct fit *first = &alignment->chosen[0];
    bool begins = first->worth > 0 && first->at < 2 && first->at < scored->n[FIELD_MAIN];
    bool by_author = is_author_query(scored, alignment, query->n);
    float named = by_author ? 1.0F : title_part(index, scored, alignment);
    float prior = prior_of(index, scored->doc);
    struct ra_title_hit hit = {
        .doc = scored->doc,
        .score = alignment->cover + TITLE_WEIGHT * named +
                 ORDER_WEIGHT * order_part(alignment, query->n) +
                 (begins || by_author ? FIRST_WEIGHT : 0.0F) + PRIOR_WEIGHT * prior,
        .matched = RA_TITLE_EXACT,
    };
    bool doubtful = false;
    for (size_t word = 0; word < query->n; word++) {
        const struct fit *fit = &alignment->chosen[word];
        doubtful = doubtful || is_doubtful(&query->tokens[word], fit);
        hit.edits = (uint8_t)(hit.edits + fit->edits);
        if (fit->edits > 0 || !(fit->worth > 0))
            hit.matched = RA_TITLE_TYPO;
        else if (fit->prefix && hit.matched == RA_TITLE_EXACT)
            hit.matched = RA_TITLE_PREFIX;
    }
    return (struct judged){hit, alignment->cover, named, doubtful};
}

static bool is_better(const struct ra_title_hit *a, const struct ra_title_hit *b)
{
    return a->score > b->score || (a->score == b->score && a->doc < b->doc);
}

/* What a document must reach to get on the list. */
static float least_score(const struct hits *hits)
{
    return hits->n < hits->max ? 0 : hits->list[hits->n - 1].hit.score;
}

/* Keeps the list sorted, without doubles, and no longer than asked for. */
static void merge_hit(struct hits *hits, const struct judged *judged)
{
    const struct ra_title_hit *hit = &judged->hit;
    size_t at = 0;
    while (at < hits->n && hits->list[at].hit.doc != hit->doc)
        at++;
    if (at < hits->n) {
        if (!is_better(hit, &hits->list[at].hit))
            return;
    } else if (hits->n < hits->max) {
        hits->n++;
    } else if (!is_better(hit, &hits->list[--at].hit)) {
        return;
    }
    for (; at > 0 && is_better(hit, &hits->list[at - 1].hit); at--)
        hits->list[at] = hits->list[at - 1];
    hits->list[at] = *judged;
}

static void read_document(const struct ra_title_index *index, uint32_t doc, struct scored *out)
{
    struct doc_words words = forward_open(index, doc);
    size_t n = 0;
    out->doc = doc;
    for (size_t field = 0; field < FIELD_COUNT; field++) {
        out->n[field] = words.n[field];
        n += words.n[field];
    }
    for (size_t at = 0; at < n; at++)
        out->tokens[at] = forward_token(index, &words.codes);
}

static void score_document(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                           const struct query *query, uint32_t doc, float penalty)
{
    struct scored *scored = &scratch->scored;
    struct fits *fits = &scratch->fits;
    read_document(index, doc, scored);
    memset(fits->n, 0, sizeof fits->n);
    size_t at = 0;
    for (size_t field = 0; field < FIELD_COUNT; field++) {
        for (size_t i = 0; i < scored->n[field]; i++, at++) {
            if (is_likely(scratch, scored->tokens[at]))
                find_fits(scratch, scored->tokens[at], at, field_worth[field], fits);
        }
    }
    struct alignment alignment = {0};
    choose(&alignment, query, fits);
    if (alignment.cover - penalty > scratch->hits.best_cover)
        scratch->hits.best_cover = alignment.cover - penalty;
    if (alignment.cover < (penalty > 0 ? COVER_LEAST_GUESS : COVER_LEAST))
        return;
    float best = alignment.cover + BONUS_MAX + PRIOR_WEIGHT * prior_of(index, doc) - penalty;
    if (best < least_score(&scratch->hits))
        return;
    struct judged judged = judge(index, scored, &alignment, query);
    judged.hit.score -= penalty;
    merge_hit(&scratch->hits, &judged);
}

void score_candidates(const struct ra_title_index *index, struct ra_title_scratch *scratch,
                      const struct query *query, float penalty)
{
    put_meanings(index, scratch, query);
    for (size_t i = 0; i < scratch->n_candidates; i++) {
        const struct candidate *candidate = &scratch->candidates[i];
        if (candidate->rank + candidate->unread + BONUS_SLACK - penalty >=
            least_score(&scratch->hits))
            score_document(index, scratch, query, candidate->doc, penalty);
    }
}
