#ifndef READALIKE_TITLE_FIND_H
#define READALIKE_TITLE_FIND_H

#include <stdbool.h>

#include "index.h"

/* The two exact look-ups; what suggest() asks before it goes to work. */
bool find_isbn(const struct ra_title_index *index, const char *query, size_t n, uint32_t *out_doc);
bool find_title(const struct ra_title_index *index, const char *query, size_t n, uint32_t *out_doc);

#endif
