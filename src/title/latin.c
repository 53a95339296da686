/* Cyrillic and Greek words in Latin letters, as readers without such a keyboard type them. */
#include "tokens.h"

/* Of the folded letters: U+0430 to U+044F, and U+03B1 to U+03C9. */
static const char *const cyrillic[32] = {
    "a", "b", "v", "g", "d", "e",  "zh", "z",  "i",  "y",    "k", "l", "m", "n", "o",  "p",
    "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "",  "y", "",  "e", "yu", "ya",
};
static const char *const greek[25] = {
    "a", "v", "g", "d", "e", "z", "i", "th", "i", "k",  "l",  "m", "n",
    "x", "o", "p", "r", "s", "s", "t", "y",  "f", "ch", "ps", "o",
};

/* Letters beyond the row: Ukrainian ie and i, Serbian dje, je, lje, nje, tshe, dzhe. */
static const struct {
    uint32_t code;
    const char *latin;
} others[] = {
    {0x454, "ye"}, {0x456, "i"},  {0x452, "dj"}, {0x458, "j"},
    {0x459, "lj"}, {0x45A, "nj"}, {0x45B, "c"},  {0x45F, "dz"},
};

static const char *latin_of(uint32_t code)
{
    if (code >= 0x430 && code < 0x450)
        return cyrillic[code - 0x430];
    if (code >= 0x3B1 && code <= 0x3C9)
        return greek[code - 0x3B1];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].code == code)
            return others[i].latin;
    }
    return NULL;
}

bool token_latin(const struct token *token, struct token *out)
{
    bool changed = false;
    out->n = 0;
    for (size_t i = 0; i < token->n; i++) {
        const char *latin = latin_of(token->chars[i]);
        changed = changed || latin;
        if (!latin && out->n < TOKEN_CHARS)
            out->chars[out->n++] = token->chars[i];
        for (; latin && *latin && out->n < TOKEN_CHARS; latin++)
            out->chars[out->n++] = (unsigned char)*latin;
    }
    return changed && out->n > 0;
}
