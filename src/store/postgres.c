/* The PostgreSQL backend. */
#include "ops.h"

static struct conn *connect_to(const struct target *target, struct ra_err *err)
{
    ra_fail(err, RA_ERR_UNAVAILABLE, "%s: PostgreSQL is not supported yet", target->name);
    return NULL;
}

const struct ra_store_ops postgres_ops = {.name = "postgresql", .connect = connect_to};
