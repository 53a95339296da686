/* Fuzz target: titles and ISBNs as they come out of a file, cleaned in place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/data/reader.h"
#include "../../src/data/text.h"
#include "readalike/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (memchr(data, 0, size) || !ra_utf8_valid((const char *)data, size))
        return 0;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char isbn[ISBN_TEXT];
    if (isbn_normalise(text, isbn) && strlen(isbn) != 10 && strlen(isbn) != 13)
        abort();
    size_t n = strlen(text_clean(text));
    if (n > size || !ra_utf8_valid(text, n))
        abort();
    if (n && (text[0] == ' ' || text[n - 1] == ' '))
        abort();
    free(text);
    return 0;
}
