/* The engine in service: taken with a reference, swapped whole. */
#include <pthread.h>
#include <stdlib.h>

#include "readalike/recommend.h"

struct ra_live {
    pthread_mutex_t lock; /* of `engine` */
    struct ra_engine *engine;
};

struct ra_live *ra_live_create(void)
{
    struct ra_live *live = calloc(1, sizeof *live);
    if (live)
        pthread_mutex_init(&live->lock, NULL);
    return live;
}

void ra_live_destroy(struct ra_live *live)
{
    if (!live)
        return;
    ra_engine_unref(live->engine);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

struct ra_engine *ra_live_get(struct ra_live *live)
{
    pthread_mutex_lock(&live->lock);
    struct ra_engine *engine = live->engine ? ra_engine_ref(live->engine) : NULL;
    pthread_mutex_unlock(&live->lock);
    return engine;
}

void ra_live_set(struct ra_live *live, struct ra_engine *engine_taken)
{
    pthread_mutex_lock(&live->lock);
    struct ra_engine *old = live->engine;
    live->engine = engine_taken;
    pthread_mutex_unlock(&live->lock);
    /* Outside the lock: unmapping a large file takes a while. */
    ra_engine_unref(old);
}
