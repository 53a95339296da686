#ifndef READALIKE_EMBEDDED_H
#define READALIKE_EMBEDDED_H

#include <stddef.h>

/*
 * A file inside the program, as scripts/embed.py wrote it. A NUL that `size` does not count
 * follows the data. The tables end with a row of name NULL.
 */
struct ra_embedded {
    const char *name;
    const unsigned char *data;
    size_t size;
};

#endif
