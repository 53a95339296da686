#ifndef READALIKE_TESTS_TRAIN_PARAMS_H
#define READALIKE_TESTS_TRAIN_PARAMS_H

#include <stdlib.h>
#include <string.h>

#include "readalike/train.h"

/* The place of a word among those of a parameter. */
static inline unsigned word_of(const char *key, const char *word)
{
    const char *const *words = ra_train_param_words(key);
    unsigned i = 0;
    while (words[i] && strcmp(words[i], word) != 0)
        i++;
    return i;
}

/* The defaults of the tables of parameters, and 10 neighbours. */
static inline struct ra_train_params default_params(void)
{
    struct ra_train_params params = {.neighbours = 10, .threads = 2};
    size_t n;
    const struct ra_param *table = ra_train_param_table(&n);
    for (size_t i = 0; i < n; i++) {
        void *at = (char *)&params + table[i].offset;
        if (ra_train_param_words(table[i].key))
            *(unsigned *)at = word_of(table[i].key, table[i].fallback);
        else if (table[i].whole)
            *(unsigned *)at = (unsigned)strtoul(table[i].fallback, NULL, 10);
        else
            *(double *)at = strtod(table[i].fallback, NULL);
    }
    return params;
}

#endif
