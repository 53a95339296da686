/* The bounded pool of connections that both backends share. */
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct pool {
    const struct ra_store_ops *ops;
    const struct target *target;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t freed;
    struct conn **idle; /* n_idle of `size` rows; the last returned is the first taken */
    unsigned n_idle;
    unsigned n_open; /* idle, leased and being opened */
    unsigned size;
};

struct pool *pool_create(const struct ra_store_ops *ops, const struct target *target, unsigned size,
                         struct ra_err *err)
{
    struct pool *pool = calloc(1, sizeof *pool);
    struct conn **idle = calloc(size, sizeof(struct conn *));
    if (!pool || !idle) {
        free(pool);
        free(idle);
        ra_fail(err, RA_ERR_NOMEM, "out of memory");
        return NULL;
    }
    *pool = (struct pool){.ops = ops, .target = target, .idle = idle, .size = size};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->freed, &attributes);
    pthread_condattr_destroy(&attributes);
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (!pool)
        return;
    for (unsigned i = 0; i < pool->n_idle; i++)
        pool->ops->disconnect(pool->idle[i]);
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool->idle);
    free(pool);
}

static struct timespec deadline_in(unsigned ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(ms / 1000);
    at.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* Waits for an idle connection (put in `out`) or for the right to open one (NULL there). */
static bool claim(struct pool *pool, struct conn **out)
{
    struct timespec deadline = deadline_in(pool->target->lease_timeout_ms);
    bool ok = true;
    pthread_mutex_lock(&pool->lock);
    while (ok && pool->n_idle == 0 && pool->n_open == pool->size)
        ok = pthread_cond_timedwait(&pool->freed, &pool->lock, &deadline) != ETIMEDOUT;
    /* One may have come free in the very moment the wait ran out. */
    ok = ok || pool->n_idle || pool->n_open < pool->size;
    *out = NULL;
    if (ok && pool->n_idle)
        *out = pool->idle[--pool->n_idle];
    else if (ok)
        pool->n_open++;
    pthread_mutex_unlock(&pool->lock);
    return ok;
}

static void forget_one(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->n_open--;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

struct conn *pool_lease(struct pool *pool, struct ra_err *err)
{
    struct conn *conn;
    if (!claim(pool, &conn)) {
        ra_fail(err, RA_ERR_TIMEOUT, "all %u connections to %s stayed busy for %u ms", pool->size,
                pool->target->name, pool->target->lease_timeout_ms);
        return NULL;
    }
    if (!conn && !(conn = pool->ops->connect(pool->target, err))) {
        forget_one(pool);
        return NULL;
    }
    conn->used = false;
    conn->delivered = false;
    return conn;
}

static void drop_idle(struct pool *pool)
{
    for (;;) {
        pthread_mutex_lock(&pool->lock);
        struct conn *conn = pool->n_idle ? pool->idle[--pool->n_idle] : NULL;
        pthread_mutex_unlock(&pool->lock);
        if (!conn)
            return;
        pool->ops->disconnect(conn);
        forget_one(pool);
    }
}

void pool_return(struct pool *pool, struct conn *conn)
{
    if (conn->broken) {
        pool->ops->disconnect(conn);
        forget_one(pool);
        drop_idle(pool);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->n_idle++] = conn;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}
