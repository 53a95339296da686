/* Writes a trained model, with a map of its books when one is wanted. */
#include <stdlib.h>
#include <unistd.h>

#include "book_map.h"
#include "interrupt.h"
#include "register_model.h"

/* Lays the books out by what the model that was just written recommends. It takes long: a stop
 * takes the file away again. */
static bool place_books(const struct model_parts *parts, struct trained *trained, const char *path,
                        struct ra_err *err)
{
    struct ra_engine *engine = ra_engine_open(path, err);
    if (!engine)
        return false;
    trained->n_map = book_map_size(engine);
    trained->map = calloc((size_t)trained->n_map + 1, 2 * sizeof *trained->map);
    interrupt_remove(path);
    interrupt_release();
    bool ok = trained->map ? book_map(engine, trained->n_map, parts->app->quiet, trained->map, err)
                           : ra_fail(err, RA_ERR_NOMEM, "out of memory for the map");
    interrupt_hold();
    interrupt_remove(NULL);
    ra_engine_unref(engine);
    return ok;
}

/* The map takes a model to ask, and the model file holds the map: it is written twice then. */
bool write_model(const struct model_parts *parts, struct trained *trained, const char *path,
                 char version[RA_VERSION_MAX + 1], struct ra_err *err)
{
    if (!build_model(parts->dataset, parts->catalogue, trained, path, version, err))
        return false;
    if (!parts->app->settings.train.map)
        return true;
    bool ok = place_books(parts, trained, path, err) &&
              build_model(parts->dataset, parts->catalogue, trained, path, version, err);
    if (!ok)
        unlink(path);
    return ok;
}
