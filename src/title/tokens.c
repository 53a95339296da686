/* Cuts folded text into the words that are indexed, and a title into its fields. */
#include "tokens.h"

#include <string.h>

#include <utf8proc.h>

void tokens_init(struct tokens *tokens, const char *text, size_t n)
{
    *tokens = (struct tokens){0};
    folder_init(&tokens->folder, text, n);
}

static bool next_char(struct tokens *tokens, struct folded *out)
{
    if (!tokens->has_unread)
        return folder_next(&tokens->folder, out);
    tokens->has_unread = false;
    *out = tokens->unread;
    return true;
}

/* Han, kana and their extensions. */
static bool is_ideograph(int32_t code)
{
    return (code >= 0x3005 && code <= 0x3007) || (code >= 0x3040 && code <= 0x30FF) ||
           (code >= 0x3400 && code <= 0x9FFF) || (code >= 0xF900 && code <= 0xFAFF) ||
           (code >= 0x20000 && code <= 0x3FFFF);
}

/* Letters as the trie has them: 16 bits, the rare planes folded into the private area. */
static uint32_t label_of(uint32_t code)
{
    return code < 0x10000 ? code : 0xE000 + code % 6400;
}

static void append(struct token *token, const struct folded *c)
{
    if (token->n == 0)
        token->start = c->start;
    if (token->n < TOKEN_CHARS) {
        token->chars[token->n] = label_of((uint32_t)c->code);
        token->ends[token->n++] = c->end;
    }
}

static void hold(struct tokens *tokens, const struct folded *c, bool alone)
{
    tokens->held = *c;
    tokens->holds = true;
    tokens->alone = alone;
}

/* Pairs the held ideograph with the next one; without one it stands alone, if it was in no pair. */
static bool next_pair(struct tokens *tokens, struct token *out)
{
    tokens->holds = false;
    out->n = 0;
    append(out, &tokens->held);
    struct folded c;
    if (!next_char(tokens, &c))
        return tokens->alone;
    if (!is_ideograph(c.code)) {
        tokens->unread = c;
        tokens->has_unread = true;
        return tokens->alone;
    }
    append(out, &c);
    hold(tokens, &c, false);
    return true;
}

/* False at the end, or when an ideograph comes first (it is held then). */
static bool next_word(struct tokens *tokens, struct token *out)
{
    out->n = 0;
    for (struct folded c; next_char(tokens, &c);) {
        if (is_ideograph(c.code)) {
            hold(tokens, &c, true);
            break;
        }
        if (c.code != ' ')
            append(out, &c);
        else if (out->n)
            break;
    }
    return out->n > 0;
}

bool tokens_next(struct tokens *tokens, struct token *out)
{
    do {
        if (tokens->holds ? next_pair(tokens, out) : next_word(tokens, out))
            return true;
    } while (tokens->holds || tokens->has_unread);
    return false;
}

bool token_is_number(const struct token *token)
{
    for (size_t i = 0; i < token->n; i++) {
        if (token->chars[i] < '0' || token->chars[i] > '9')
            return false;
    }
    return token->n > 0;
}

size_t token_text(const struct token *token, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < token->n; i++) {
        utf8proc_ssize_t step =
            utf8proc_encode_char((utf8proc_int32_t)token->chars[i], (utf8proc_uint8_t *)out + len);
        len += step > 0 ? (size_t)step : 0;
    }
    return len;
}

static size_t trim_end(const char *text, size_t n)
{
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    return n;
}

/* Where the bracket that closes at `n - 1` opens; `n` when it does not. */
static size_t opening_bracket(const char *text, size_t n)
{
    size_t depth = 0;
    for (size_t i = n; i-- > 0;) {
        if (text[i] == ')')
            depth++;
        else if (text[i] == '(' && --depth == 0)
            return i;
    }
    return n;
}

/* A colon or a dash with a blank beside it; a colon inside "2:30" is none. */
static bool is_subtitle_mark(const char *text, size_t n, size_t at)
{
    bool blank_before = text[at - 1] == ' ';
    bool blank_after = at + 1 >= n || text[at + 1] == ' ';
    if (text[at] == ':')
        return blank_before || blank_after;
    return text[at] == '-' && blank_before && blank_after;
}

struct title_parts title_split(const char *title, size_t n)
{
    size_t end = trim_end(title, n);
    size_t series = end;
    while (series > 0 && title[series - 1] == ')') {
        size_t open = opening_bracket(title, series);
        if (open >= series || trim_end(title, open) == 0)
            break;
        series = trim_end(title, open);
    }
    size_t main_end = series;
    for (size_t i = 1; i < series; i++) {
        if (is_subtitle_mark(title, series, i)) {
            main_end = i;
            break;
        }
    }
    return (struct title_parts){.main_end = main_end, .series_start = series};
}
