/* Cleans titles and names: HTML entities, text decoded with the wrong table, stray white space. */
#include "text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "encoding.h"
#include "entity_table.h"
#include "readalike/str.h"

/* An entity found behind an '&': its code point and how many characters it takes behind the '&'. */
struct found {
    uint32_t code;
    size_t n;
};

static bool find_numeric(const char *at, struct found *out)
{
    bool hex = at[1] == 'x' || at[1] == 'X';
    const char *digits = at + (hex ? 2 : 1);
    const char *end = digits;
    uint32_t code = 0;
    for (; hex ? isxdigit((unsigned char)*end) : isdigit((unsigned char)*end); end++) {
        uint32_t digit = isdigit((unsigned char)*end)
                             ? (uint32_t)(*end - '0')
                             : (uint32_t)(tolower((unsigned char)*end) - 'a' + 10);
        if (code <= 0x10FFFF)
            code = code * (hex ? 16 : 10) + digit;
    }
    if (end == digits || *end != ';' || code < ' ' || code > 0x10FFFF)
        return false;
    /* The numbers 128 to 159 were always meant as Windows-1252. */
    code = code < 0x100 ? windows_1252_code((unsigned char)code) : code;
    *out = (struct found){.code = code, .n = (size_t)(end - at) + 1};
    return true;
}

static int compare_name(const void *key, const void *entity)
{
    return strcmp(key, ((const struct entity *)entity)->name);
}

static const struct entity *find_entity(const char *at, size_t n)
{
    char name[sizeof entities[0].name];
    if (n == 0 || n >= sizeof name)
        return NULL;
    memcpy(name, at, n);
    name[n] = '\0';
    return bsearch(name, entities, RA_COUNT(entities), sizeof entities[0], compare_name);
}

static bool find_named(const char *at, struct found *out)
{
    size_t n = 0;
    while (isalnum((unsigned char)at[n]))
        n++;
    const struct entity *entity = find_entity(at, n);
    if (entity && (at[n] == ';' || entity->bare)) {
        *out = (struct found){.code = entity->code, .n = n + (at[n] == ';')};
        return true;
    }
    /* "AT&ampT": the one that really occurs with its semicolon lost before a letter. */
    if (strncmp(at, "amp", 3) == 0) {
        *out = (struct found){.code = '&', .n = 3};
        return true;
    }
    return false;
}

void text_decode_entities(char *text)
{
    char *out = strchr(text, '&');
    if (!out)
        return;
    for (const char *at = out; *at;) {
        struct found found;
        bool is_entity = *at == '&' &&
                         (at[1] == '#' ? find_numeric(at + 1, &found) : find_named(at + 1, &found));
        if (is_entity) {
            out += utf8_put(found.code, out);
            at += 1 + found.n;
        } else {
            *out++ = *at++;
        }
    }
    *out = '\0';
}

/* Reads one character of valid UTF-8; only those of two and three bytes matter here. */
static uint32_t utf8_get(const unsigned char *at, size_t *out_n)
{
    if (at[0] < 0x80) {
        *out_n = 1;
        return at[0];
    }
    if (at[0] < 0xE0) {
        *out_n = 2;
        return (uint32_t)(at[0] & 0x1F) << 6 | (at[1] & 0x3F);
    }
    *out_n = at[0] < 0xF0 ? 3 : 4;
    return at[0] < 0xF0
               ? (uint32_t)(at[0] & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 | (at[2] & 0x3F)
               : 0x10000;
}

/* The byte that Windows-1252 or Latin-1 has for a code point; -1 when neither has one. */
static int byte_of(uint32_t code)
{
    if (code < 0x100)
        return (int)code;
    for (int byte = 0x80; byte < 0xA0; byte++) {
        if (windows_1252_code((unsigned char)byte) == code)
            return byte;
    }
    return -1;
}

void text_repair_mojibake(char *text)
{
    size_t n = strlen(text), len = 0;
    /* Every text of this kind has the lead byte of a UTF-8 sequence read as U+00C2 to U+00F4. */
    if (!strstr(text, "\xC3\x83") && !strstr(text, "\xC3\x82") && !strstr(text, "\xC3\xA2"))
        return;
    if (!ra_utf8_valid(text, n))
        return;
    char *bytes = malloc(n + 1);
    if (!bytes)
        return;
    const unsigned char *at = (const unsigned char *)text;
    for (size_t i = 0, step; i < n; i += step) {
        int byte = byte_of(utf8_get(at + i, &step));
        if (byte < 0)
            break;
        bytes[len++] = (char)byte;
        if (i + step == n && ra_utf8_valid(bytes, len)) {
            memcpy(text, bytes, len);
            text[len] = '\0';
        }
    }
    free(bytes);
}

char *text_clean(char *text)
{
    text_decode_entities(text);
    text_repair_mojibake(text);
    char *out = text;
    for (const char *at = text; *at; at++) {
        bool blank = (unsigned char)*at <= ' ' || *at == 0x7F;
        if (!blank)
            *out++ = *at;
        else if (out != text && out[-1] != ' ')
            *out++ = ' ';
    }
    if (out != text && out[-1] == ' ')
        out--;
    *out = '\0';
    return text;
}
