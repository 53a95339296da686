/* What the commands `recommend` and `suggest` share: the live model, and how a book is shown. */
#include "asking.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readalike/csv.h"
#include "readalike/json.h"
#include "readalike/model.h"
#include "readalike/registry.h"
#include "readalike/store.h"
#include "readalike/str.h"

static struct ra_engine *open_live(const struct app *app, struct ra_err *err)
{
    struct ra_registry *registry = app_open_registry(app, err);
    struct ra_err why = {0};
    char *path = registry ? ra_registry_path(registry, NULL, &why) : NULL;
    if (registry && !path && why.code == RA_ERR_NOT_FOUND)
        ra_fail(err, why.code, "%s; `readalike train` makes and promotes one", why.text);
    else if (registry && !path)
        ra_fail(err, why.code, "%s", why.text);
    struct ra_engine *engine = path ? ra_engine_open(path, &why) : NULL;
    if (path && !engine)
        ra_fail(err, why.code, "%s%s", why.text,
                why.code == RA_ERR_CORRUPT ? "; `readalike models rollback` takes the one before, "
                                             "`readalike train` makes another"
                                           : "");
    free(path);
    ra_registry_close(registry);
    return engine;
}

bool asking_open(struct asking *asking, const struct app *app, struct ra_err *err)
{
    *asking = (struct asking){.engine = open_live(app, err)};
    if (!asking->engine)
        return false;
    asking->scratch = ra_scratch_create();
    if (asking->scratch)
        return true;
    asking_close(asking);
    return ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

void asking_close(struct asking *asking)
{
    ra_scratch_destroy(asking->scratch);
    ra_engine_unref(asking->engine);
    free(asking->liked);
    *asking = (struct asking){0};
}

bool asking_like(struct asking *asking, uint32_t item_ix, float rating, struct ra_err *err)
{
    if (asking->n_liked == asking->cap_liked) {
        size_t cap = asking->cap_liked ? asking->cap_liked * 2 : 16;
        struct ra_liked *liked = reallocarray(asking->liked, cap, sizeof *liked);
        if (!liked)
            return ra_fail(err, RA_ERR_NOMEM, "out of memory");
        asking->liked = liked;
        asking->cap_liked = cap;
    }
    asking->liked[asking->n_liked++] = (struct ra_liked){item_ix, rating};
    return true;
}

/* A book that came after the model was trained is passed over. */
static bool like_rating(void *ctx, const struct ra_rating *rating, struct ra_err *err)
{
    struct asking *asking = ctx;
    uint32_t item_ix;
    if (!ra_model_find_item(ra_engine_model(asking->engine), rating->book_id, &item_ix))
        return true;
    return asking_like(asking, item_ix, rating->rating, err);
}

bool asking_like_user(struct asking *asking, const struct app *app, const char *name,
                      struct ra_err *err)
{
    struct ra_store *store = app_open_store(app, err);
    int64_t user_id = 0;
    uint64_t revision = 0;
    bool ok = store && ra_store_find_user(store, name, &user_id, &revision, err) &&
              ra_store_user_ratings(store, user_id, like_rating, asking, err);
    ra_store_close(store);
    return ok;
}

struct columns {
    size_t id, title, rating; /* RA_CSV_NONE: not there */
};

static bool read_heading(const struct ra_csv_row *row, struct columns *out, struct ra_err *err)
{
    *out = (struct columns){RA_CSV_NONE, RA_CSV_NONE, RA_CSV_NONE};
    for (size_t i = 0; i < row->n; i++) {
        if (ra_csv_is_column(row->fields[i], "id|book_id"))
            out->id = i;
        else if (ra_csv_is_column(row->fields[i], "title|isbn|book|book_title"))
            out->title = i;
        else if (ra_csv_is_column(row->fields[i], "rating|book_rating|stars"))
            out->rating = i;
    }
    if (out->id == RA_CSV_NONE && out->title == RA_CSV_NONE)
        return ra_fail(err, RA_ERR_INVALID,
                       "the first line must name the columns: id or title, and rating");
    return true;
}

static const char *field_at(const struct ra_csv_row *row, size_t column)
{
    return column < row->n ? ra_str_trim(row->fields[column]) : "";
}

static bool find_book(const struct asking *asking, const char *id, const char *title, uint32_t *out)
{
    int64_t book_id;
    if (*id && ra_parse_i64(id, &book_id) &&
        ra_model_find_item(ra_engine_model(asking->engine), book_id, out))
        return true;
    struct ra_resolved resolved;
    if (!*title)
        return false;
    ra_resolve_title(asking->engine, asking->scratch, title, strlen(title), &resolved);
    *out = resolved.item_ix;
    return resolved.found;
}

/* False only for what ends the reading. */
static bool like_row(struct asking *asking, const char *path, const struct ra_csv_row *row,
                     const struct columns *columns, struct ra_err *err)
{
    const char *id = field_at(row, columns->id), *title = field_at(row, columns->title);
    const char *text = field_at(row, columns->rating);
    unsigned long long line = row->line;
    double rating = NAN;
    uint32_t item_ix;
    if (row->problem != RA_CSV_FINE) {
        fprintf(stderr, "%s:%llu: %s\n", path, line, row->problem_text);
    } else if (*text && !ra_parse_double(text, &rating)) {
        fprintf(stderr, "%s:%llu: the rating \"%.40s\" is not a number\n", path, line, text);
    } else if (!find_book(asking, id, title, &item_ix)) {
        fprintf(stderr, "%s:%llu: no book of the model is \"%.120s\"\n", path, line,
                *title ? title : id);
    } else {
        return asking_like(asking, item_ix, (float)rating, err);
    }
    return true;
}

static bool like_rows(struct asking *asking, const char *path, struct ra_csv *csv,
                      struct ra_err *err)
{
    struct ra_csv_row row;
    struct columns columns;
    enum ra_csv_step step = ra_csv_next(csv, &row, err);
    if (step == RA_CSV_END)
        return ra_fail(err, RA_ERR_INVALID, "%s is empty", path);
    if (step == RA_CSV_FAILED || !read_heading(&row, &columns, err))
        return ra_err_wrap(err, "%s", path);
    while ((step = ra_csv_next(csv, &row, err)) == RA_CSV_ROW) {
        if (!like_row(asking, path, &row, &columns, err))
            return false;
    }
    if (step == RA_CSV_FAILED)
        return ra_err_wrap(err, "%s", path);
    return asking->n_liked || ra_fail(err, RA_ERR_NOT_FOUND, "%s names no book of the model", path);
}

bool asking_like_file(struct asking *asking, const char *path, struct ra_err *err)
{
    struct ra_csv *csv = ra_csv_open(path, NULL, err);
    bool ok = csv && like_rows(asking, path, csv, err);
    ra_csv_close(csv);
    return ok;
}

void asking_print_book(const struct asking *asking, uint32_t item_ix)
{
    struct ra_buf card;
    ra_buf_init(&card);
    ra_reply_book(asking->engine, item_ix, &card);
    json_t *book = card.failed ? NULL : ra_json_parse(card.data, card.len, NULL);
    ra_buf_finish(&card);
    const char *author = json_string_value(json_object_get(book, "author"));
    json_int_t year = json_integer_value(json_object_get(book, "year"));
    fputs(ra_model_title(ra_engine_model(asking->engine), item_ix), stdout);
    if (author && *author)
        printf(" - %s", author);
    if (year)
        printf(" (%lld)", (long long)year);
    json_decref(book);
}

int asking_print_json(const struct app *app, struct ra_buf *reply)
{
    struct ra_err err = {0};
    const char *text = ra_buf_cstr(reply);
    if (!text) {
        ra_fail(&err, RA_ERR_NOMEM, "out of memory");
        return app_fail(app, &err, EXIT_FAILED);
    }
    puts(text);
    return EXIT_DONE;
}

int asking_did_you_mean(const struct asking *asking, const struct app *app, const char *title,
                        const struct ra_resolved *resolved)
{
    struct ra_err err = {0};
    ra_fail(&err, RA_ERR_NOT_FOUND, "no book is called \"%.200s\"", title);
    if (resolved->n_near == 0)
        return app_fail(app, &err, EXIT_FAILED);
    if (app->json) {
        struct ra_buf reply;
        ra_buf_init(&reply);
        ra_reply_suggest(asking->engine, ra_scratch_title(asking->scratch), title, strlen(title),
                         resolved->near, resolved->n_near, &reply);
        asking_print_json(app, &reply);
        ra_buf_finish(&reply);
        return EXIT_FAILED;
    }
    printf("No book is called \"%.200s\". Did you mean:\n", title);
    for (size_t i = 0; i < resolved->n_near; i++) {
        printf("%3zu. ", i + 1);
        asking_print_book(asking, resolved->near[i].doc);
        putchar('\n');
    }
    return EXIT_FAILED;
}
