/*
 * Which books are editions of one work: the same title, brackets and subtitle aside, by an author
 * of the same surname. Compared by keys "title\nsurname", both folded.
 */
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "readalike/arena.h"
#include "readalike/map.h"

/* A title whose first part carries this many different second parts names a series. */
#define SERIES_PARTS 3
#define NOT_A_VOLUME UINT32_MAX
#define MANY_VOLUMES (UINT32_MAX - 1)

/* The keys of one book; "" where there is none. */
struct keys {
    const char *whole;  /* the title without what is in brackets */
    const char *first;  /* in front of a colon */
    const char *second; /* behind it */
    uint32_t volume;    /* the number in the brackets */
};

struct work_maker {
    const struct ra_model *model;
    struct ra_arena arena;
    struct ra_buf plain, folded;
    struct ra_strmap *volumes; /* whole -> its one volume, or MANY_VOLUMES */
    struct ra_strmap *works;   /* whole (and volume) -> first book */
    struct ra_strmap *parts;   /* first -> how many different wholes begin with it */
    struct keys *keys;         /* (n_items) */
    uint32_t *work;            /* (n_items) */
};

/* The number among the words in brackets: "Book 3", "Vol. 12"; a year is none. */
static uint32_t volume_in(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            continue;
        uint32_t number = 0;
        size_t start = i;
        for (; i < n && text[i] >= '0' && text[i] <= '9' && i - start < 4; i++)
            number = number * 10 + (uint32_t)(text[i] - '0');
        bool alone = i == n || strchr(" ,;:.-/", text[i]);
        if (alone && i - start < 4)
            return number;
    }
    return NOT_A_VOLUME;
}

/* Copies the title without (...) and [...] into `plain`; returns the last volume in them. */
static uint32_t strip_brackets(struct ra_buf *plain, const char *title)
{
    uint32_t volume = NOT_A_VOLUME;
    size_t depth = 0;
    ra_buf_reset(plain);
    for (const char *at = title; *at; at++) {
        size_t n = strcspn(at, "()[]");
        if (depth == 0)
            ra_buf_put(plain, at, n);
        uint32_t found = depth ? volume_in(at, n) : NOT_A_VOLUME;
        volume = found == NOT_A_VOLUME ? volume : found;
        at += n;
        if (*at == '\0')
            break;
        if (*at == '(' || *at == '[')
            depth++;
        else
            depth -= depth > 0;
    }
    return volume;
}

/* What says nothing: "a novel" behind a title. */
static bool is_filler(const char *folded)
{
    static const char *const fillers[] = {"a novel",  "novel",      "the novel", "roman",
                                          "a memoir", "a thriller", "ein roman", "stories"};
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++) {
        if (strcmp(folded, fillers[i]) == 0)
            return true;
    }
    return false;
}

static const char *skip_article(const char *folded)
{
    static const char *const articles[] = {"the ", "a ", "an "};
    for (size_t i = 0; i < sizeof articles / sizeof *articles; i++) {
        size_t n = strlen(articles[i]);
        if (strncmp(folded, articles[i], n) == 0 && folded[n])
            return folded + n;
    }
    return folded;
}

/* Folds `n` bytes, puts the surname behind; "" when nothing is left. NULL: out of memory. */
static const char *make_key(struct work_maker *maker, const char *text, size_t n,
                            const char *surname)
{
    ra_buf_reset(&maker->folded);
    ra_title_fold(text, n, &maker->folded);
    const char *folded = ra_buf_cstr(&maker->folded);
    if (!folded)
        return NULL;
    folded = is_filler(folded) ? "" : skip_article(folded);
    size_t folded_n = strlen(folded), surname_n = strlen(surname);
    if (folded_n == 0)
        return "";
    char *key = ra_arena_alloc(&maker->arena, folded_n + surname_n + 2);
    if (!key)
        return NULL;
    memcpy(key, folded, folded_n);
    key[folded_n] = '\n';
    memcpy(key + folded_n + 1, surname, surname_n + 1);
    return key;
}

/* The first author as the card spells it: a string in JSON never holds an unescaped quote. */
static bool first_author(const struct ra_model *model, uint32_t item_ix, const char **out,
                         size_t *out_n)
{
    static const char field[] = "\"author\":\"";
    size_t card_n;
    const char *card = ra_model_card(model, item_ix, &card_n);
    const char *at = memmem(card, card_n, field, sizeof field - 1);
    if (!at)
        return false;
    at += sizeof field - 1;
    size_t room = card_n - (size_t)(at - card), n = 0;
    while (n < room && at[n] != '"' && at[n] != ',')
        n += at[n] == '\\' && n + 1 < room ? 2 : 1;
    *out = at;
    *out_n = n;
    return true;
}

static bool is_suffix(const char *word)
{
    return strcmp(word, "jr") == 0 || strcmp(word, "sr") == 0 || strcmp(word, "ii") == 0 ||
           strcmp(word, "iii") == 0 || strcmp(word, "md") == 0 || strcmp(word, "phd") == 0;
}

/* The last word of the first author, in the arena; "" unknown. NULL: out of memory. */
static const char *surname_of(struct work_maker *maker, uint32_t item_ix)
{
    const char *author;
    size_t n;
    if (!first_author(maker->model, item_ix, &author, &n))
        return "";
    ra_buf_reset(&maker->folded);
    ra_title_fold(author, n, &maker->folded);
    const char *folded = ra_buf_cstr(&maker->folded);
    char *name = folded ? ra_arena_strdup(&maker->arena, folded) : NULL;
    if (!name)
        return NULL;
    char *blank = strrchr(name, ' ');
    if (blank && is_suffix(blank + 1)) {
        *blank = '\0';
        blank = strrchr(name, ' ');
    }
    return blank ? blank + 1 : name;
}

/* Where a subtitle begins: ": ", " : ", " - " or "; "; NULL for none. */
static const char *find_subtitle(const char *plain)
{
    const char *colon = strstr(plain, ": ");
    const char *dash = strstr(plain, " - ");
    const char *semicolon = strstr(plain, "; ");
    const char *first = colon;
    if (dash && (!first || dash < first))
        first = dash;
    if (semicolon && (!first || semicolon < first))
        first = semicolon;
    return first;
}

static bool read_keys(struct work_maker *maker, uint32_t item_ix)
{
    struct keys *keys = &maker->keys[item_ix];
    keys->volume = strip_brackets(&maker->plain, ra_model_title(maker->model, item_ix));
    const char *plain = ra_buf_cstr(&maker->plain);
    const char *surname = surname_of(maker, item_ix);
    if (!plain || !surname)
        return false;
    keys->first = keys->second = "";
    keys->whole = make_key(maker, plain, strlen(plain), surname);
    const char *subtitle = find_subtitle(plain);
    if (subtitle && keys->whole) {
        const char *behind = subtitle + 2;
        keys->first = make_key(maker, plain, (size_t)(subtitle - plain), surname);
        keys->second = make_key(maker, behind, strlen(behind), surname);
        if (keys->first && *keys->first && keys->second && !*keys->second) {
            keys->whole = keys->first;
            keys->first = "";
        }
    }
    return keys->whole && keys->first && keys->second;
}

/* One volume number for all that share a title is only a series' number; several are volumes. */
static bool note_volume(struct work_maker *maker, const struct keys *keys)
{
    if (keys->volume == NOT_A_VOLUME)
        return true;
    size_t n = strlen(keys->whole);
    uint64_t known;
    if (!ra_strmap_get(maker->volumes, keys->whole, n, &known))
        return ra_strmap_set(maker->volumes, keys->whole, n, keys->volume);
    return known == keys->volume || ra_strmap_set(maker->volumes, keys->whole, n, MANY_VOLUMES);
}

/* The whole key, with the volume when that tells books apart. */
static const char *work_key(struct work_maker *maker, const struct keys *keys)
{
    uint64_t known;
    if (keys->volume == NOT_A_VOLUME ||
        !ra_strmap_get(maker->volumes, keys->whole, strlen(keys->whole), &known) ||
        known != MANY_VOLUMES)
        return keys->whole;
    ra_buf_reset(&maker->folded);
    ra_buf_putf(&maker->folded, "%s\n%u", keys->whole, keys->volume);
    return ra_buf_cstr(&maker->folded);
}

/* Books come most read first, so a work is numbered by its most read edition. */
static bool number_work(struct work_maker *maker, uint32_t item_ix)
{
    const struct keys *keys = &maker->keys[item_ix];
    maker->work[item_ix] = item_ix;
    if (!*keys->whole)
        return true;
    const char *key = work_key(maker, keys);
    uint64_t first;
    if (!key)
        return false;
    if (ra_strmap_get(maker->works, key, strlen(key), &first)) {
        maker->work[item_ix] = (uint32_t)first;
        return true;
    }
    if (!ra_strmap_set(maker->works, key, strlen(key), item_ix))
        return false;
    uint64_t parts = 0;
    size_t first_n = strlen(keys->first);
    if (first_n == 0)
        return true;
    ra_strmap_get(maker->parts, keys->first, first_n, &parts);
    return ra_strmap_set(maker->parts, keys->first, first_n, parts + 1);
}

static bool find_work(const struct work_maker *maker, const char *key, uint32_t *out)
{
    uint64_t first;
    if (!*key || !ra_strmap_get(maker->works, key, strlen(key), &first))
        return false;
    *out = (uint32_t)first;
    return true;
}

/*
 * "The Lord of the Rings: The Two Towers" is "The Two Towers" where that stands alone; "The Hobbit:
 * or There and Back Again" is "The Hobbit", unless too many titles begin like it, as those of a
 * series do.
 */
static void join_subtitled(struct work_maker *maker, uint32_t item_ix)
{
    const struct keys *keys = &maker->keys[item_ix];
    uint64_t parts = 0;
    if (!*keys->first || find_work(maker, keys->second, &maker->work[item_ix]))
        return;
    ra_strmap_get(maker->parts, keys->first, strlen(keys->first), &parts);
    if (parts < SERIES_PARTS && keys->volume == NOT_A_VOLUME)
        find_work(maker, keys->first, &maker->work[item_ix]);
}

static bool make_works(struct work_maker *maker, uint32_t n_items)
{
    for (uint32_t i = 0; i < n_items; i++) {
        if (!read_keys(maker, i) || !note_volume(maker, &maker->keys[i]))
            return false;
    }
    for (uint32_t i = 0; i < n_items; i++) {
        if (!number_work(maker, i))
            return false;
    }
    for (uint32_t i = 0; i < n_items; i++)
        join_subtitled(maker, i);
    /* What was joined to a book that was itself joined follows it. Each step leads to a shorter
     * title, so there is no circle. */
    for (uint32_t i = 0; i < n_items; i++) {
        while (maker->work[i] != maker->work[maker->work[i]])
            maker->work[i] = maker->work[maker->work[i]];
    }
    return true;
}

uint32_t *works_create(const struct ra_model *model)
{
    size_t n_items = ra_model_n_items(model);
    struct work_maker maker = {
        .model = model,
        .volumes = ra_strmap_create(),
        .works = ra_strmap_create(),
        .parts = ra_strmap_create(),
        .keys = calloc(n_items + 1, sizeof *maker.keys),
        .work = calloc(n_items + 1, sizeof *maker.work),
    };
    ra_arena_init(&maker.arena, 0, 0);
    ra_buf_init(&maker.plain);
    ra_buf_init(&maker.folded);
    bool ok = maker.volumes && maker.works && maker.parts && maker.keys && maker.work &&
              make_works(&maker, (uint32_t)n_items);
    ra_buf_finish(&maker.plain);
    ra_buf_finish(&maker.folded);
    ra_arena_finish(&maker.arena);
    ra_strmap_destroy(maker.volumes);
    ra_strmap_destroy(maker.works);
    ra_strmap_destroy(maker.parts);
    free(maker.keys);
    if (ok)
        return maker.work;
    free(maker.work);
    return NULL;
}
