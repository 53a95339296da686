/* The store of the settings, read into memory at one moment. */
#include "snapshot.h"

#include "readalike/store.h"

static bool has_books(const struct ra_dataset *dataset, const struct ra_store *store,
                      struct ra_err *err)
{
    return dataset->n_items ||
           ra_fail(err, RA_ERR_NOT_FOUND,
                   "there are no books in %s; import some first: readalike import FORMAT PATH",
                   ra_store_name(store));
}

static struct ra_dataset *collect(struct ra_store *store, struct ra_err *err)
{
    struct ra_dataset_builder *builder = ra_dataset_builder_create(err);
    const struct ra_snapshot_sink sink = {
        .ctx = builder,
        .book = ra_dataset_add_book,
        .rating = ra_dataset_add_rating,
    };
    struct ra_dataset *dataset = NULL;
    if (builder && ra_store_snapshot(store, &sink, err))
        dataset = ra_dataset_build(builder, err);
    ra_dataset_builder_destroy(builder);
    return dataset;
}

struct ra_dataset *app_snapshot(const struct app *app, struct ra_err *err)
{
    struct ra_store *store = app_open_store(app, err);
    if (!store)
        return NULL;
    struct ra_dataset *dataset = collect(store, err);
    if (dataset && !has_books(dataset, store, err)) {
        ra_dataset_destroy(dataset);
        dataset = NULL;
    }
    ra_store_close(store);
    return dataset;
}
