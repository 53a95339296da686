#ifndef READALIKE_TITLE_CERTAIN_H
#define READALIKE_TITLE_CERTAIN_H

#include "query.h"

/* Whether the query is the whole title (or the ISBN) of a hit. */
bool is_very_title(const struct ra_title_index *index, const struct ra_title_question *question,
                   const struct ra_title_hit *hit);

/* Whether the first hit is what was meant, beyond reasonable doubt. */
bool is_certain(const struct ra_title_index *index, const struct ra_title_question *question,
                const struct hits *hits);

#endif
