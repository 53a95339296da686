#ifndef READALIKE_APP_CATALOGUE_H
#define READALIKE_APP_CATALOGUE_H

#include "build_model.h"
#include "readalike/buf.h"

/* Folded names, each once, row 0 empty: a table of the model file. */
struct names {
    struct ra_buf text;
    uint32_t *row; /* (n_items) */
};

struct catalogue {
    struct ra_buf cards, titles, title_index;
    uint64_t *card_offsets;  /* (n_items + 1) */
    uint64_t *title_offsets; /* (n_items) */
    int64_t *item_ids;       /* (n_items) */
    uint32_t *id_order;      /* (n_items) */
    uint32_t *rating_count;  /* (n_items) as shown */
    int32_t *years;          /* (n_items) */
    struct names authors, languages;
};

#endif
