/* GET /shelves/{id}/continue: what comes next on a reading list that its reader shows to all. */
#include "internal.h"
#include "readalike/store.h"
#include "readalike/str.h"

static bool add_book(void *ctx, int64_t book_id, struct ra_err *err)
{
    return json_array_append_new(ctx, json_integer(book_id)) == 0 ||
           ra_fail(err, RA_ERR_NOMEM, "out of memory");
}

/* The shelf as the sequence of a /recommend, which says the rest. */
static unsigned continue_shelf(struct request *request, struct http_tools *tools,
                               struct ra_engine *engine, int64_t shelf_id)
{
    struct ra_err err = {0};
    struct ra_store *store = atomic_load(&tools->http->store);
    if (!store)
        return http_fail_busy(request, "store_down", "the store is not open yet");
    json_t *question = http_recommend_fields(request, &err);
    json_t *sequence = json_array();
    unsigned status;
    if (!question || !sequence) {
        status = http_fail_err(request, &err);
    } else if (!ra_store_shelf_books(store, shelf_id, true, add_book, sequence, &err)) {
        status = err.code == RA_ERR_NOT_FOUND
                     ? http_fail(request, 404, "unknown_shelf", "no public shelf %lld",
                                 (long long)shelf_id)
                     : http_fail_err(request, &err);
    } else {
        json_object_set(question, "sequence", sequence);
        status = http_recommend_object(request, tools, engine, question);
    }
    json_decref(sequence);
    json_decref(question);
    return status;
}

unsigned http_shelf_continue(struct request *request, struct http_tools *tools)
{
    int64_t shelf_id;
    unsigned status = 0;
    if (!ra_parse_i64(request->argument, &shelf_id) || shelf_id < 1)
        return http_fail(request, 404, "unknown_shelf", "no shelf \"%.32s\"; its id is a number",
                         request->argument);
    struct ra_engine *engine = http_engine(request, tools, &status);
    if (!engine)
        return status;
    status = continue_shelf(request, tools, engine, shelf_id);
    ra_engine_unref(engine);
    return status;
}
