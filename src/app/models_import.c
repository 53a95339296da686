/* `readalike models import`: what another program learned, with the books of the store. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "interrupt.h"
#include "models_exchange.h"
#include "readalike/map.h"
#include "readalike/registry.h"
#include "readalike/str.h"
#include "register_model.h"
#include "snapshot.h"
#include "train_params.h"

#define UNMATCHED UINT32_MAX

struct importing {
    const struct app *app;
    const struct import_wish *wish;
    struct exchange exchange;
    struct ra_dataset *dataset;
    struct catalogue *catalogue;
    struct trained trained;
    struct registered model;
    uint32_t *item_ix; /* (exchange.items.n_rows) UNMATCHED where the store has no such book */
    uint64_t n_matched, n_users_matched;
};

/* "978-0-14-..." without what people put between. */
static size_t plain_isbn(const char *text, char out[32])
{
    size_t n = 0;
    for (; *text && n < 31; text++) {
        if (*text != '-' && *text != ' ')
            out[n++] = (char)toupper((unsigned char)*text);
    }
    out[n] = '\0';
    return n;
}

/* What the store's books are called in the files. */
static struct ra_strmap *name_books(const struct importing *importing, bool by_isbn)
{
    struct ra_strmap *names = ra_strmap_create();
    bool ok = names != NULL;
    for (uint32_t i = 0; ok && i < importing->dataset->n_items; i++) {
        const struct ra_item *item = &importing->dataset->items[i];
        char text[32];
        size_t n = 0;
        if (!by_isbn)
            n = (size_t)snprintf(text, sizeof text, "%lld", (long long)item->id);
        else if (item->isbn)
            n = plain_isbn(item->isbn, text);
        ok = n == 0 || ra_strmap_set(names, text, n, i);
    }
    if (ok)
        return names;
    ra_strmap_destroy(names);
    return NULL;
}

static bool match_row(struct importing *importing, const struct ra_strmap *names, bool by_isbn,
                      uint64_t row, unsigned char *taken, struct ra_err *err)
{
    char text[32];
    uint64_t found;
    const char *key = importing->exchange.items.keys.text[row];
    size_t n = strlen(key);
    if (by_isbn) {
        n = plain_isbn(key, text);
        key = text;
    }
    importing->item_ix[row] = UNMATCHED;
    if (!ra_strmap_get(names, key, n, &found))
        return true;
    if (taken[found])
        return ra_fail(err, RA_ERR_INVALID, "the item %.64s stands there twice", key);
    taken[found] = 1;
    importing->item_ix[row] = (uint32_t)found;
    importing->n_matched++;
    return true;
}

static bool match_items(struct importing *importing, struct ra_err *err)
{
    bool by_isbn = strcmp(importing->wish->by, "isbn") == 0;
    uint64_t n = importing->exchange.items.n_rows;
    struct ra_strmap *names = name_books(importing, by_isbn);
    unsigned char *taken = calloc((size_t)importing->dataset->n_items + 1, 1);
    importing->item_ix = calloc((size_t)n + 1, sizeof *importing->item_ix);
    bool ok = (names && taken && importing->item_ix) || ra_fail(err, RA_ERR_NOMEM, "out of memory");
    for (uint64_t row = 0; ok && row < n; row++)
        ok = match_row(importing, names, by_isbn, row, taken, err);
    free(taken);
    ra_strmap_destroy(names);
    return ok && (importing->n_matched ||
                  ra_fail(err, RA_ERR_NOT_FOUND,
                          "none of the %llu items is a book of the store; --by isbn matches ISBNs, "
                          "--by id the store's ids",
                          (unsigned long long)n));
}

/* By row, best first, ties by book. */
static int by_row(const void *a, const void *b)
{
    const struct exchange_pair *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->other < y->other ? -1 : x->other > y->other;
}

/* Pairs of books in place of pairs of rows; out goes what is unmatched, itself or not above 0. */
static size_t match_pairs(struct importing *importing)
{
    struct exchange *exchange = &importing->exchange;
    size_t n = 0;
    for (size_t i = 0; i < exchange->n_pairs; i++) {
        struct exchange_pair pair = exchange->pairs[i];
        pair.row = importing->item_ix[pair.row];
        pair.other = importing->item_ix[pair.other];
        if (pair.row != UNMATCHED && pair.other != UNMATCHED && pair.row != pair.other &&
            pair.score > 0)
            exchange->pairs[n++] = pair;
    }
    if (n)
        qsort(exchange->pairs, n, sizeof *exchange->pairs, by_row);
    return n;
}

static bool take_neighbours(struct importing *importing, struct ra_err *err)
{
    const struct exchange_pair *pairs = importing->exchange.pairs;
    struct ra_neighbours *out = &importing->trained.neighbours;
    size_t n_items = importing->dataset->n_items, n = match_pairs(importing), at = 0;
    *out = (struct ra_neighbours){
        .n_items = (uint32_t)n_items,
        .start = calloc(n_items + 1, sizeof *out->start),
        .item = calloc(n + 1, sizeof *out->item),
        .score = calloc(n + 1, sizeof *out->score),
    };
    if (!out->start || !out->item || !out->score)
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the neighbours");
    for (size_t row = 0; row < n_items; row++) {
        uint64_t to = out->start[row];
        for (; at < n && pairs[at].row == row; at++) {
            bool is_twice =
                at && pairs[at - 1].row == row && pairs[at - 1].other == pairs[at].other;
            if (is_twice || to - out->start[row] == importing->app->settings.train.neighbours)
                continue;
            out->item[to] = pairs[at].other;
            out->score[to++] = pairs[at].score;
        }
        out->start[row + 1] = to;
    }
    return true;
}

static double number_of(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

/* How readers that it never saw are folded in: as the exported model did, else as `ials` here. */
static void take_fold_in(struct importing *importing)
{
    const struct ra_ials_params *ials = &importing->app->settings.algorithms.ials;
    const json_t *how = json_object_get(importing->exchange.meta, "fold_in");
    const char *kind = json_string_value(json_object_get(how, "how"));
    struct ra_factors *factors = &importing->trained.factors;
    factors->alpha0 = fabs(number_of(how, "alpha0", ials->unobserved));
    factors->lambda = fabs(number_of(how, "lambda", ials->lambda));
    factors->nu = number_of(how, "nu", ials->nu);
    factors->mu = number_of(how, "mu", 0);
    factors->from_ratings = kind && strcmp(kind, "ratings") == 0;
    factors->reader_bias = json_is_true(json_object_get(how, "reader_bias"));
    factors->nonnegative = json_is_true(json_object_get(how, "nonnegative"));
}

static float lowest_of(const float *values, uint64_t n)
{
    float lowest = n ? values[0] : 0;
    for (uint64_t i = 0; i < n; i++)
        lowest = fminf(lowest, values[i]);
    return lowest;
}

/* A book without factors has none: it is never above one that has some. */
static bool copy_factors(struct importing *importing, struct ra_err *err)
{
    const struct exchange_table *items = &importing->exchange.items;
    struct ra_factors *out = &importing->trained.factors;
    size_t n = importing->dataset->n_items, f = (size_t)items->n_cols;
    *out = (struct ra_factors){
        .n_items = (uint32_t)n,
        .n_factors = (uint32_t)f,
        .item = calloc(n + 1, f * sizeof *out->item),
        .bias = items->bias ? calloc(n + 1, sizeof *out->bias) : NULL,
    };
    if (!out->item || (items->bias && !out->bias))
        return ra_fail(err, RA_ERR_NOMEM, "out of memory for the factors");
    for (size_t i = 0; out->bias && i < n; i++)
        out->bias[i] = lowest_of(items->bias, items->n_rows);
    for (uint64_t row = 0; row < items->n_rows; row++) {
        uint32_t ix = importing->item_ix[row];
        if (ix == UNMATCHED)
            continue;
        memcpy(out->item + ix * f, items->values + row * f, f * sizeof *out->item);
        if (out->bias)
            out->bias[ix] = items->bias[row];
    }
    return true;
}

struct user {
    int64_t id;
    uint64_t row;
};

static int by_id(const void *a, const void *b)
{
    const struct user *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The rows whose key is the id of a reader of the store, by rising ids. */
static size_t match_users(const struct importing *importing, struct user *out)
{
    const struct exchange_keys *keys = &importing->exchange.users.keys;
    struct ra_u64map *known = ra_u64map_create();
    size_t n = 0;
    for (uint32_t i = 0; known && i < importing->dataset->n_readers; i++)
        (void)!ra_u64map_set(known, (uint64_t)importing->dataset->reader_ids[i], i);
    for (size_t i = 0; known && i < keys->n; i++) {
        uint64_t found;
        struct user user = {.row = i};
        if (ra_parse_i64(keys->text[i], &user.id) &&
            ra_u64map_get(known, (uint64_t)user.id, &found))
            out[n++] = user;
    }
    if (n)
        qsort(out, n, sizeof *out, by_id);
    ra_u64map_destroy(known);
    return n;
}

static bool take_users(struct importing *importing, struct ra_err *err)
{
    const struct exchange_table *users = &importing->exchange.users;
    struct trained *out = &importing->trained;
    size_t f = importing->trained.factors.n_factors;
    if (!users->values)
        return true;
    if (users->n_cols != f)
        return ra_fail(err, RA_ERR_INVALID, "users have %llu factors and items %zu",
                       (unsigned long long)users->n_cols, f);
    struct user *matched = calloc(users->keys.n + 1, sizeof *matched);
    size_t n = matched ? match_users(importing, matched) : 0;
    out->user_ids = calloc(n + 1, sizeof *out->user_ids);
    out->user_factors = calloc(n + 1, f * sizeof *out->user_factors);
    bool ok = (matched && out->user_ids && out->user_factors) ||
              ra_fail(err, RA_ERR_NOMEM, "out of memory for the readers' factors");
    for (size_t i = 0; ok && i < n; i++) {
        if (i && matched[i].id == matched[i - 1].id)
            ok = ra_fail(err, RA_ERR_INVALID, "the reader %lld stands there twice",
                         (long long)matched[i].id);
        out->user_ids[i] = matched[i].id;
        memcpy(out->user_factors + i * f, users->values + matched[i].row * f,
               f * sizeof *out->user_factors);
    }
    out->n_users = (uint32_t)n;
    importing->n_users_matched = n;
    free(matched);
    return ok;
}

static bool take_factors(struct importing *importing, struct ra_err *err)
{
    if (importing->exchange.items.n_cols > RA_FACTORS_MAX)
        return ra_fail(err, RA_ERR_INVALID, "%llu factors are more than %d",
                       (unsigned long long)importing->exchange.items.n_cols, RA_FACTORS_MAX);
    if (!copy_factors(importing, err) || !take_users(importing, err))
        return false;
    take_fold_in(importing);
    return ra_factors_make_gram(&importing->trained.factors, importing->app->settings.train.threads,
                                err);
}

static bool learn(struct importing *importing, struct ra_err *err)
{
    const struct ra_dataset *dataset = importing->dataset;
    struct trained *trained = &importing->trained;
    trained->algorithm = importing->wish->name;
    trained->params = app_train_params(importing->app, NULL);
    trained->scale = (struct ra_rating_scale){
        .weight = importing->app->settings.train.rating_weight,
        .mean = dataset->mean_rating,
        .lowest = (double)dataset->lowest,
        .highest = (double)dataset->highest,
    };
    return importing->exchange.items.values ? take_factors(importing, err)
                                            : take_neighbours(importing, err);
}

static bool register_it(struct importing *importing, struct ra_registry *registry,
                        struct ra_err *err)
{
    const struct model_parts parts = {importing->app, importing->dataset, importing->catalogue};
    if (!register_count_readers(&parts, &importing->trained, err))
        return false;
    interrupt_hold();
    bool ok = register_model(&parts, &importing->trained, registry, &importing->model, err);
    if (ok && importing->wish->promotes)
        ok = ra_registry_promote(registry, importing->model.version, err);
    interrupt_release();
    return ok;
}

static void say(const struct importing *importing)
{
    const struct exchange *exchange = &importing->exchange;
    const char *version = importing->model.version;
    unsigned long long n_items = exchange->items.n_rows, n_users = exchange->users.n_rows;
    if (importing->app->json) {
        printf("{\"version\":\"%s\",\"added\":%s,\"promoted\":%s,\"items\":%llu,"
               "\"items_matched\":%llu,\"books\":%u,\"users\":%llu,\"users_matched\":%llu}\n",
               version, importing->model.added ? "true" : "false",
               importing->wish->promotes ? "true" : "false", n_items,
               (unsigned long long)importing->n_matched, importing->dataset->n_items, n_users,
               (unsigned long long)importing->n_users_matched);
        return;
    }
    printf("%llu of %llu items are books of the store", (unsigned long long)importing->n_matched,
           n_items);
    if (n_users)
        printf(", %llu of %llu users its readers", (unsigned long long)importing->n_users_matched,
               n_users);
    printf("; %llu of the store's %u books have nothing.\nversion %s %s%s\n",
           importing->dataset->n_items - (unsigned long long)importing->n_matched,
           importing->dataset->n_items, version,
           importing->model.added ? "added" : "was there already, unchanged",
           importing->wish->promotes ? " and live" : "");
}

static bool check(const struct import_wish *wish, struct ra_err *err)
{
    size_t n = strlen(wish->name);
    if (strcmp(wish->by, "id") != 0 && strcmp(wish->by, "isbn") != 0)
        return ra_fail(err, RA_ERR_INVALID, "--by is id or isbn");
    if (n == 0 || n > 40 || strspn(wish->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
        return ra_fail(err, RA_ERR_INVALID,
                       "--name is up to 40 small letters, digits and '-', not \"%.64s\"",
                       wish->name);
    struct ra_err unknown = {0};
    return !ra_algorithm_find(wish->name, &unknown) ||
           ra_fail(err, RA_ERR_INVALID, "--name %s is an algorithm of readalike itself",
                   wish->name);
}

bool models_import(const struct app *app, struct ra_registry *registry,
                   const struct import_wish *wish, struct ra_err *err)
{
    struct importing importing = {
        .app = app,
        .wish = wish,
        .exchange =
            {
                .path = wish->path,
                .item_ids = wish->item_ids,
                .user_ids = wish->user_ids,
                .limit = app_memory_limit(app),
            },
    };
    interrupt_install();
    bool ok = check(wish, err) && exchange_read(&importing.exchange, err) &&
              (importing.dataset = app_snapshot(app, err)) && match_items(&importing, err) &&
              learn(&importing, err) &&
              (importing.catalogue = catalogue_create(importing.dataset, err)) &&
              register_it(&importing, registry, err);
    if (ok && (!app->quiet || app->json))
        say(&importing);
    exchange_finish(&importing.exchange);
    trained_finish(&importing.trained);
    catalogue_destroy(importing.catalogue);
    ra_dataset_destroy(importing.dataset);
    free(importing.item_ix);
    free(importing.model.path);
    return ok;
}
