/* The fold: what is left of a text when case, accents and punctuation do not count. */
#include "fold.h"

#include <string.h>

#include <utf8proc.h>

#include "readalike/title.h"

void folder_init(struct folder *folder, const char *text, size_t n)
{
    *folder = (struct folder){.text = (const unsigned char *)text, .n = n};
}

static bool is_ascii_letter(unsigned c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_ascii_digit(unsigned c)
{
    return c >= '0' && c <= '9';
}

/* The byte at `at`, or a blank past the end. */
static unsigned peek(const struct folder *folder, size_t at)
{
    return at < folder->n ? folder->text[at] : ' ';
}

/*
 * A full stop inside initials, which people write in every way: "J.R.R.", "J. R. R." and "JRR"
 * are to be one word. `folder->at` is behind the stop.
 */
static bool is_stop_of_initials(const struct folder *folder)
{
    if (folder->run != 1)
        return false;
    size_t at = folder->at;
    while (at < folder->n && folder->text[at] == ' ')
        at++;
    if (!is_ascii_letter(peek(folder, at)))
        return false;
    unsigned after = peek(folder, at + 1);
    if (at > folder->at)
        return after == '.';
    return after < 0x80 && !is_ascii_letter(after) && !is_ascii_digit(after);
}

/* The comma of "20,000". `folder->at` is behind the comma. */
static bool is_comma_of_thousands(const struct folder *folder)
{
    size_t at = folder->at;
    return at >= 2 && is_ascii_digit(folder->text[at - 2]) && is_ascii_digit(peek(folder, at)) &&
           is_ascii_digit(peek(folder, at + 1)) && is_ascii_digit(peek(folder, at + 2)) &&
           !is_ascii_digit(peek(folder, at + 3));
}

static void push(struct folder *folder, int32_t code)
{
    if (folder->n_pending < FOLD_PENDING_MAX)
        folder->pending[folder->n_pending++] = code;
}

static void push_text(struct folder *folder, const char *text)
{
    for (; *text; text++)
        push(folder, (unsigned char)*text);
}

static void fold_ascii(struct folder *folder, unsigned c)
{
    if (is_ascii_letter(c)) {
        push(folder, (int32_t)(c | 0x20));
        folder->run++;
        return;
    }
    if (is_ascii_digit(c)) {
        push(folder, (int32_t)c);
        folder->run = 2; /* never initials */
        return;
    }
    if (c == '\'' || c == '`')
        return;
    if (c == '.' && is_stop_of_initials(folder)) {
        while (peek(folder, folder->at) == ' ')
            folder->at++;
        folder->run = 0;
        return;
    }
    if (c == ',' && is_comma_of_thousands(folder))
        return;
    push_text(folder, c == '&' ? " and " : " ");
    folder->run = 0;
}

/* Letters that Unicode does not decompose but that readers type in plain Latin. */
static const char *plain_spelling(int32_t code)
{
    switch (code) {
    case 0xE6: /* ae */
        return "ae";
    case 0xF0:  /* eth */
    case 0x111: /* d with stroke */
        return "d";
    case 0xF8: /* o with stroke */
        return "o";
    case 0xFE: /* thorn */
        return "th";
    case 0x127: /* h with stroke */
        return "h";
    case 0x131: /* dotless i */
        return "i";
    case 0x142: /* l with stroke */
        return "l";
    case 0x14B: /* eng */
        return "n";
    case 0x153: /* oe */
        return "oe";
    case 0x167: /* t with stroke */
        return "t";
    default:
        return NULL;
    }
}

static bool is_apostrophe(int32_t code)
{
    switch (code) {
    case 0xB4:  /* acute accent */
    case 0x2B9: /* modifier prime */
    case 0x2BB: /* modifier turned comma */
    case 0x2BC: /* modifier apostrophe */
    case 0x2018:
    case 0x2019:
    case 0x201B:
    case 0x2032: /* prime */
    case 0xFF07: /* full width */
        return true;
    default:
        return false;
    }
}

/*
 * Accents and vowel points go. Signs that are letters in all but name stay: vowel signs of Indic
 * scripts (class 0), nukta, kana voicing and virama (7 to 9), Thai and Lao (84 to 199).
 */
static bool is_accent(const utf8proc_property_t *property)
{
    unsigned class = (unsigned)property->combining_class;
    return class == 1 || (class >= 10 && class <= 36) || class >= 200;
}

static void fold_part(struct folder *folder, int32_t code)
{
    if (code < 0x80) {
        push(folder, is_ascii_letter((unsigned)code)  ? (code | 0x20)
                     : is_ascii_digit((unsigned)code) ? code
                                                      : ' ');
        return;
    }
    const char *plain = plain_spelling(code);
    if (plain) {
        push_text(folder, plain);
        return;
    }
    const utf8proc_property_t *property = utf8proc_get_property(code);
    switch (property->category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        push(folder, code);
        return;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        if (!is_accent(property))
            push(folder, code);
        return;
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF: /* soft hyphens, joiners, direction marks */
        return;
    default:
        push(folder, ' ');
    }
}

static void fold_wide(struct folder *folder, int32_t code)
{
    folder->run = 2;
    if (is_apostrophe(code))
        return;
    utf8proc_int32_t parts[FOLD_PENDING_MAX];
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        code, parts, FOLD_PENDING_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD,
        &boundary);
    if (n < 0 || n > FOLD_PENDING_MAX) {
        push(folder, ' ');
        return;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++)
        fold_part(folder, parts[i]);
}

/* Bytes that are not UTF-8 are read as Windows-1252, which such catalogues are usually written in.
 */
static int32_t stray_byte(unsigned char c)
{
    if (c == 0x91 || c == 0x92)
        return 0x2019;
    return c < 0xA0 ? ' ' : c;
}

static void read_one(struct folder *folder)
{
    const unsigned char *text = folder->text + folder->at;
    folder->start = (uint32_t)folder->at;
    folder->n_pending = folder->next_pending = 0;
    if (*text < 0x80) {
        folder->at++;
        fold_ascii(folder, *text);
    } else {
        utf8proc_int32_t code;
        size_t left = folder->n - folder->at;
        utf8proc_ssize_t step =
            utf8proc_iterate(text, left < 4 ? (utf8proc_ssize_t)left : 4, &code);
        folder->at += step > 0 ? (size_t)step : 1;
        fold_wide(folder, step > 0 ? code : stray_byte(*text));
    }
    folder->end = (uint32_t)folder->at;
}

bool folder_next(struct folder *folder, struct folded *out)
{
    while (folder->next_pending == folder->n_pending) {
        if (folder->at >= folder->n)
            return false;
        read_one(folder);
    }
    *out = (struct folded){
        .code = folder->pending[folder->next_pending++],
        .start = folder->start,
        .end = folder->end,
    };
    return true;
}

void ra_title_fold(const char *text, size_t n, struct ra_buf *out)
{
    struct folder folder;
    folder_init(&folder, text, n);
    bool blank = true; /* no blank at the start */
    size_t begin = out->len;
    for (struct folded c; folder_next(&folder, &c);) {
        if (c.code == ' ') {
            if (!blank)
                ra_buf_putc(out, ' ');
            blank = true;
            continue;
        }
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t len = utf8proc_encode_char(c.code, bytes);
        ra_buf_put(out, bytes, len > 0 ? (size_t)len : 0);
        blank = false;
    }
    if (!out->failed && out->len > begin && out->data[out->len - 1] == ' ')
        out->len--;
}
