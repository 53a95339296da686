#ifndef READALIKE_STORE_POOL_H
#define READALIKE_STORE_POOL_H

#include "ops.h"

/*
 * A bounded set of connections of one store, opened as they are needed. A lease waits at most
 * the target's timeout. Any thread.
 */
struct pool;
struct pool *pool_create(const struct ra_store_ops *ops, const struct target *target, unsigned size,
                         struct ra_err *err) RA_MUST_CHECK;
void pool_destroy(struct pool *pool); /* nothing may be leased */

struct conn *pool_lease(struct pool *pool, struct ra_err *err) RA_MUST_CHECK;
/* A broken connection is closed, and the idle ones with it: they most likely died together. */
void pool_return(struct pool *pool, struct conn *conn);

#endif
