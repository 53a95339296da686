#ifndef READALIKE_APP_EXCHANGE_H
#define READALIKE_APP_EXCHANGE_H

#include <jansson.h>
#include <stdint.h>

#include "readalike/buf.h"
#include "readalike/err.h"

/*
 * What other programs learned, as their files have it: factors of items and readers, or
 * similarities of items. Rows have keys, which are texts: an id of the store, or an ISBN.
 * docs/registry.md says which files are read.
 */
struct exchange_keys {
    char **text; /* (n) */
    size_t n, cap;
};

struct exchange_table {
    uint64_t n_rows, n_cols;
    float *values; /* (n_rows, n_cols); NULL: there is none */
    float *bias;   /* (n_rows); NULL: there is none */
    struct exchange_keys keys;
};

struct exchange_pair {
    uint32_t row, other; /* of the items' keys */
    float score;
};

struct exchange {
    const char *path;     /* a folder, or an .npz */
    const char *item_ids; /* a file; NULL: item_ids.txt or .npy of the folder */
    const char *user_ids;
    uint64_t limit; /* bytes of one file */

    struct exchange_table items, users;
    struct exchange_pair *pairs; /* (n_pairs); NULL: factors */
    size_t n_pairs, pairs_cap;
    json_t *meta; /* of model.json, as export writes it; NULL: there is none */
};
/* Zeroed but for the first four is fine. */
void exchange_finish(struct exchange *exchange);

/* Reads whatever of the known files is there. */
bool exchange_read(struct exchange *exchange, struct ra_err *err) RA_MUST_CHECK;

bool exchange_add_key(struct exchange_keys *keys, const char *text, size_t n,
                      struct ra_err *err) RA_MUST_CHECK;
bool exchange_add_pair(struct exchange *exchange, struct exchange_pair pair,
                       struct ra_err *err) RA_MUST_CHECK;

/* exchange_text.c: lines "id,number,number...", a first line of names may stand in front; a column
 * "bias" is the bias. */
bool exchange_read_csv(struct exchange_table *out, const char *path, uint64_t limit,
                       struct ra_err *err) RA_MUST_CHECK;
/* Lines "id,neighbour,score". */
bool exchange_read_pairs(struct exchange *exchange, const char *path,
                         struct ra_err *err) RA_MUST_CHECK;
/* A folder of Spark's part files, {"id": 1, "features": [...]} a line, or CSV. */
bool exchange_read_parts(struct exchange_table *out, const char *folder, uint64_t limit,
                         struct ra_err *err) RA_MUST_CHECK;

#endif
