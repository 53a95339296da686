#ifndef READALIKE_APP_ASKING_H
#define READALIKE_APP_ASKING_H

#include <stddef.h>

#include "app.h"
#include "readalike/recommend.h"
#include "readalike/reply.h"

/* What a command needs to ask the live model, and what the person named. */
struct asking {
    struct ra_engine *engine;
    struct ra_scratch *scratch;
    struct ra_liked *liked;
    size_t n_liked, cap_liked;
};

/* Opens the registry's live model. A failure says what to do next. */
bool asking_open(struct asking *asking, const struct app *app, struct ra_err *err) RA_MUST_CHECK;
void asking_close(struct asking *asking);

bool asking_like(struct asking *asking, uint32_t item_ix, float rating,
                 struct ra_err *err) RA_MUST_CHECK;
/* All that a reader of the store has read; RA_ERR_NOT_FOUND for an unknown one. */
bool asking_like_user(struct asking *asking, const struct app *app, const char *name,
                      struct ra_err *err) RA_MUST_CHECK;
/*
 * Reads a table with a heading: `id` or `title` (or `isbn`), and `rating` (may be left out or
 * empty). Lines that name no book of the model are said on stderr and passed over.
 */
bool asking_like_file(struct asking *asking, const char *path, struct ra_err *err) RA_MUST_CHECK;

/* "The Hobbit - J.R.R. Tolkien (1937)", for people. */
void asking_print_book(const struct asking *asking, uint32_t item_ix);
/* The near titles, as "Did you mean:" or as JSON; returns EXIT_FAILED. */
int asking_did_you_mean(const struct asking *asking, const struct app *app, const char *title,
                        const struct ra_resolved *resolved);
/* Prints a reply that was rendered; returns the exit status. */
int asking_print_json(const struct app *app, struct ra_buf *reply);

#endif
