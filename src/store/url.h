#ifndef READALIKE_STORE_URL_H
#define READALIKE_STORE_URL_H

#include "ops.h"

/* Reads a store's URL into `where` and `name` (the caller frees both) and finds its backend. */
bool url_read(const char *url, struct target *target, const struct ra_store_ops **out_ops,
              struct ra_err *err) RA_MUST_CHECK;

#endif
