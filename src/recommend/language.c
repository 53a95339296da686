/* The names that sources use for one language. */
#include <string.h>

#include "inside.h"
#include "readalike/str.h"

/* ISO 639-1, 639-2 (both codes where they differ), the English and the own name, folded. */
static const char *const languages[][5] = {
    {"ar", "ara", "arabic"},
    {"ca", "cat", "catalan", "catala"},
    {"cs", "cze", "ces", "czech"},
    {"da", "dan", "danish", "dansk"},
    {"de", "ger", "deu", "german", "deutsch"},
    {"el", "gre", "ell", "greek"},
    {"en", "eng", "english"},
    {"es", "spa", "spanish", "espanol"},
    {"fa", "per", "fas", "persian"},
    {"fi", "fin", "finnish", "suomi"},
    {"fr", "fre", "fra", "french", "francais"},
    {"he", "heb", "hebrew"},
    {"hi", "hin", "hindi"},
    {"hu", "hun", "hungarian", "magyar"},
    {"id", "ind", "indonesian"},
    {"it", "ita", "italian", "italiano"},
    {"ja", "jpn", "japanese"},
    {"ko", "kor", "korean"},
    {"la", "lat", "latin"},
    {"nb", "nob", "bokmal"},
    {"nl", "dut", "nld", "dutch", "nederlands"},
    {"no", "nor", "norwegian", "norsk"},
    {"pl", "pol", "polish", "polski"},
    {"pt", "por", "portuguese", "portugues"},
    {"ro", "rum", "ron", "romanian"},
    {"ru", "rus", "russian"},
    {"sv", "swe", "swedish", "svenska"},
    {"tr", "tur", "turkish"},
    {"uk", "ukr", "ukrainian"},
    {"vi", "vie", "vietnamese"},
    {"zh", "chi", "zho", "chinese"},
};

/* The row of a name of `n` bytes; the number of rows when it is in none. */
static size_t row_of(const char *name, size_t n)
{
    for (size_t row = 0; row < RA_COUNT(languages); row++) {
        for (size_t i = 0; i < RA_COUNT(languages[row]) && languages[row][i]; i++) {
            if (strlen(languages[row][i]) == n && memcmp(languages[row][i], name, n) == 0)
                return row;
        }
    }
    return RA_COUNT(languages);
}

/* "en" takes "eng" and "en us"; "en us" takes only "en us" and "eng us". */
bool language_matches(const char *wanted, const char *spelt)
{
    if (strcmp(wanted, spelt) == 0)
        return true;
    size_t wanted_n = strcspn(wanted, " "), spelt_n = strcspn(spelt, " ");
    if (wanted[wanted_n] && strcmp(wanted + wanted_n, spelt + spelt_n) != 0)
        return false;
    if (wanted_n == spelt_n && memcmp(wanted, spelt, wanted_n) == 0)
        return true;
    size_t row = row_of(wanted, wanted_n);
    return row < RA_COUNT(languages) && row == row_of(spelt, spelt_n);
}
