/* The keys of exact look-up: titles without case, accents, punctuation and article, and ISBNs. */
#include "keys.h"

#include <string.h>

#include <utf8proc.h>

#include "fold.h"
#include "readalike/hash.h"
#include "readalike/str.h"

static const char *const articles[] = {
    "the ", "a ", "an ", "le ", "la ", "les ", "el ", "los ", "las ", "der ", "das ",
};

/* As ra_title_fold(), into a fixed buffer; what does not fit is left out. */
static size_t fold_into(const char *text, size_t n, char *out, size_t room)
{
    struct folder folder;
    folder_init(&folder, text, n);
    size_t len = 0;
    for (struct folded c; len + 4 <= room && folder_next(&folder, &c);) {
        if (c.code == ' ' && (len == 0 || out[len - 1] == ' '))
            continue;
        utf8proc_ssize_t step = utf8proc_encode_char(c.code, (utf8proc_uint8_t *)out + len);
        len += step > 0 ? (size_t)step : 0;
    }
    return len > 0 && out[len - 1] == ' ' ? len - 1 : len;
}

static size_t article_length(const char *folded, size_t n)
{
    for (size_t i = 0; i < RA_COUNT(articles); i++) {
        size_t len = strlen(articles[i]);
        if (n > len && memcmp(folded, articles[i], len) == 0)
            return len;
    }
    return 0;
}

/* The length of `text` without the article of "Hobbit, The". */
static size_t without_last_article(const char *text, size_t n)
{
    static const char *const last[] = {", the", ", a", ", an"};
    while (n > 0 && text[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < RA_COUNT(last); i++) {
        size_t len = strlen(last[i]);
        if (n > len && strncasecmp(text + n - len, last[i], len) == 0)
            return n - len;
    }
    return n;
}

bool title_key(const char *text, size_t n, uint64_t *out)
{
    char folded[KEY_TEXT_MAX];
    n = without_last_article(text, n < KEY_TEXT_MAX ? n : KEY_TEXT_MAX);
    size_t len = fold_into(text, n, folded, sizeof folded);
    size_t skip = article_length(folded, len);
    if (len == 0)
        return false;
    *out = ra_hash64(folded + skip, len - skip, 0);
    return true;
}

#define ISBN_DIGITS_MAX 13
#define ISBN_TEXT_MAX 32

/* The digits of `text`, an 'X' at the end as 10; their number, or 0 when it is no ISBN's shape. */
static size_t isbn_digits(const char *text, size_t n, unsigned *digits)
{
    size_t n_digits = 0;
    if (n > ISBN_TEXT_MAX)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '-' || text[i] == ' ')
            continue;
        if (n_digits == ISBN_DIGITS_MAX || (n_digits > 0 && digits[n_digits - 1] == 10))
            return 0;
        if (text[i] >= '0' && text[i] <= '9')
            digits[n_digits++] = (unsigned)(text[i] - '0');
        else if ((text[i] == 'X' || text[i] == 'x') && n_digits == 9)
            digits[n_digits++] = 10;
        else
            return 0;
    }
    return n_digits == 10 || n_digits == 13 ? n_digits : 0;
}

static bool is_check_right_10(const unsigned *digits)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 10; i++)
        sum += (10 - i) * digits[i];
    return sum % 11 == 0;
}

/* The digit that completes twelve to an ISBN-13. */
static unsigned check_digit_13(const unsigned *digits)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < 12; i++)
        sum += digits[i] * (i % 2 ? 3 : 1);
    return (10 - sum % 10) % 10;
}

static uint64_t as_number(const unsigned *digits, size_t n, unsigned base)
{
    uint64_t number = 0;
    for (size_t i = 0; i < n; i++)
        number = number * base + digits[i];
    return number;
}

/* Valid ISBNs are the 2 * 10^9 numbers from 0 on; all others share what is left of 32 bits. */
#define ISBN_PREFIX_LEAST 978
#define ISBNS_OF_PREFIX UINT64_C(1000000000)
#define ODD_ISBN (UINT64_C(1) << 31)

static uint64_t odd_isbn(uint64_t number)
{
    return ODD_ISBN | ra_hash64(&number, sizeof number, 0) >> 33;
}

bool isbn_number(const char *text, size_t n, uint64_t *out)
{
    unsigned digits[ISBN_DIGITS_MAX];
    size_t n_digits = isbn_digits(text, n, digits);
    if (n_digits == 0)
        return false;
    if (n_digits == 10) {
        bool right = is_check_right_10(digits);
        *out = right ? as_number(digits, 9, 10) : odd_isbn(as_number(digits, 10, 11));
        return true;
    }
    uint64_t prefix = as_number(digits, 3, 10) - ISBN_PREFIX_LEAST;
    if (prefix < 2 && check_digit_13(digits) == digits[12])
        *out = prefix * ISBNS_OF_PREFIX + as_number(digits + 3, 9, 10);
    else
        *out = odd_isbn(as_number(digits, 13, 10));
    return true;
}
