/* numpy's .npy: a line that says type, order and shape, then the values. */
#include "readalike/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "\x93NUMPY"

/* The header's text while it is read: a literal of a Python dict. */
struct text {
    const char *at, *end;
};

static void skip_blanks(struct text *text)
{
    while (text->at < text->end && strchr(" \t\r\n", *text->at) && *text->at)
        text->at++;
}

static bool take(struct text *text, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(text);
    if ((size_t)(text->end - text->at) < n || memcmp(text->at, word, n) != 0)
        return false;
    text->at += n;
    return true;
}

/* A quoted word without escapes, as numpy writes them. */
static bool take_quoted(struct text *text, char *out, size_t room)
{
    skip_blanks(text);
    if (text->at == text->end || (*text->at != '\'' && *text->at != '"'))
        return false;
    char quote = *text->at++;
    size_t n = 0;
    while (text->at < text->end && *text->at != quote && *text->at != '\\' && n + 1 < room)
        out[n++] = *text->at++;
    out[n] = '\0';
    return text->at < text->end && *text->at++ == quote;
}

static bool take_number(struct text *text, uint64_t *out)
{
    skip_blanks(text);
    const char *start = text->at;
    *out = 0;
    for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++) {
        if (__builtin_mul_overflow(*out, 10u, out) ||
            __builtin_add_overflow(*out, (uint64_t)(*text->at - '0'), out))
            return false;
    }
    return text->at > start;
}

/* "(3, 4)", "(3,)" */
static bool take_shape(struct text *text, struct ra_npy *out, struct ra_err *err)
{
    uint64_t number;
    if (!take(text, "("))
        return ra_fail(err, RA_ERR_INVALID, "the array's shape cannot be read");
    out->n_dims = 0;
    out->shape[0] = out->shape[1] = 1;
    while (!take(text, ")")) {
        if (!take_number(text, &number))
            return ra_fail(err, RA_ERR_INVALID, "the array's shape cannot be read");
        if (out->n_dims == 2)
            return ra_fail(err, RA_ERR_INVALID, "the array has more than two dimensions");
        out->shape[out->n_dims++] = number;
        take(text, ",");
    }
    return out->n_dims || ra_fail(err, RA_ERR_INVALID, "the array is a single value");
}

static bool take_type(struct text *text, struct ra_npy *out, struct ra_err *err)
{
    static const char *const known[] = {"<f4", "<f8", "<i4", "<i8", "<u4", "<u8", "<i2",
                                        "<u2", "|i1", "|u1", "|b1", "<i1", "<u1"};
    char type[24];
    if (!take_quoted(text, type, sizeof type))
        return ra_fail(err, RA_ERR_INVALID, "the array's type is not a simple one");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], type) == 0) {
            out->kind = type[1];
            out->size = (unsigned)(type[2] - '0');
            return true;
        }
    }
    if (strcmp(type, "|O") == 0)
        return ra_fail(err, RA_ERR_INVALID,
                       "the array holds Python objects; save it with allow_pickle=False");
    return ra_fail(err, RA_ERR_INVALID,
                   "the array is of type %s; float32, float64, integers and booleans are read",
                   type);
}

static bool take_order(struct text *text, struct ra_npy *out, struct ra_err *err)
{
    out->is_fortran = take(text, "True");
    return out->is_fortran || take(text, "False") ||
           ra_fail(err, RA_ERR_INVALID, "the array's order cannot be read");
}

static bool read_dict(struct text *text, struct ra_npy *out, struct ra_err *err)
{
    unsigned seen = 0;
    bool ok = take(text, "{");
    while (ok && !take(text, "}")) {
        char key[24];
        ok = take_quoted(text, key, sizeof key) && take(text, ":");
        unsigned bit = strcmp(key, "descr") == 0           ? 1
                       : strcmp(key, "fortran_order") == 0 ? 2
                       : strcmp(key, "shape") == 0         ? 4
                                                           : 8;
        if (!ok || bit == 8 || (seen & bit))
            break;
        seen |= bit;
        ok = bit == 1   ? take_type(text, out, err)
             : bit == 2 ? take_order(text, out, err)
                        : take_shape(text, out, err);
        take(text, ",");
    }
    return (ok && seen == 7) || ra_fail(err, RA_ERR_INVALID, "the array's header cannot be read");
}

static bool count_bytes(const struct ra_npy *npy, uint64_t *out)
{
    uint64_t n;
    return !__builtin_mul_overflow(npy->shape[0], npy->shape[1], &n) &&
           !__builtin_mul_overflow(n, (uint64_t)npy->size, out) && *out <= SIZE_MAX / 4;
}

bool ra_npy_read(struct ra_npy *out, const void *bytes, size_t n, struct ra_err *err)
{
    const unsigned char *at = bytes;
    *out = (struct ra_npy){0};
    if (n < 12 || memcmp(at, MAGIC, 6) != 0)
        return ra_fail(err, RA_ERR_INVALID, "this is no array of numpy (.npy)");
    if (at[6] < 1 || at[6] > 3)
        return ra_fail(err, RA_ERR_INVALID, "the array is of format %u; 1 to 3 are read", at[6]);
    uint64_t start = at[6] == 1 ? 10 : 12, length = at[8] | (uint64_t)at[9] << 8;
    if (at[6] > 1)
        length |= (uint64_t)at[10] << 16 | (uint64_t)at[11] << 24;
    if (length > n - start)
        return ra_fail(err, RA_ERR_INVALID, "the array is cut short in its header");
    struct text text = {(const char *)bytes + start, (const char *)bytes + start + length};
    if (!read_dict(&text, out, err))
        return false;
    uint64_t wanted, there = n - start - length;
    if (!count_bytes(out, &wanted))
        return ra_fail(err, RA_ERR_INVALID, "the array's shape is larger than memory can be");
    if (wanted != there)
        return ra_fail(err, RA_ERR_INVALID, "the array has %llu bytes of values and its shape %llu",
                       (unsigned long long)there, (unsigned long long)wanted);
    out->values = at + start + length;
    return true;
}

static int64_t integer_at(const struct ra_npy *npy, uint64_t i)
{
    const unsigned char *at = (const unsigned char *)npy->values + i * npy->size;
    uint64_t bits = 0;
    for (unsigned byte = 0; byte < npy->size; byte++)
        bits |= (uint64_t)at[byte] << 8 * byte;
    if (npy->kind == 'i' && npy->size < 8 && bits >> (8 * npy->size - 1))
        bits |= UINT64_MAX << 8 * npy->size;
    return (int64_t)bits;
}

static double number_at(const struct ra_npy *npy, uint64_t i)
{
    const unsigned char *at = (const unsigned char *)npy->values + i * npy->size;
    float single;
    double wide;
    if (npy->kind != 'f')
        return (double)integer_at(npy, i);
    if (npy->size == 8) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    memcpy(&single, at, sizeof single);
    return (double)single;
}

/* The place in the file of the value that is `i`-th in C order. */
static uint64_t place_of(const struct ra_npy *npy, uint64_t i)
{
    if (!npy->is_fortran || npy->shape[1] == 0)
        return i;
    return i % npy->shape[1] * npy->shape[0] + i / npy->shape[1];
}

float *ra_npy_floats(const struct ra_npy *npy, struct ra_err *err)
{
    uint64_t n = npy->shape[0] * npy->shape[1];
    float *out = calloc((size_t)n + 1, sizeof *out);
    if (!out) {
        ra_fail(err, RA_ERR_NOMEM, "out of memory for an array");
        return NULL;
    }
    for (uint64_t i = 0; i < n; i++) {
        out[i] = (float)number_at(npy, place_of(npy, i));
        if (isfinite(out[i]))
            continue;
        ra_fail(err, RA_ERR_INVALID, "the value at row %llu, column %llu is not a finite number",
                (unsigned long long)(i / npy->shape[1]), (unsigned long long)(i % npy->shape[1]));
        free(out);
        return NULL;
    }
    return out;
}

int64_t *ra_npy_integers(const struct ra_npy *npy, struct ra_err *err)
{
    uint64_t n = npy->shape[0] * npy->shape[1];
    int64_t *out = NULL;
    if (npy->kind == 'f')
        ra_fail(err, RA_ERR_INVALID, "the array holds floats where whole numbers are needed");
    else if (!(out = calloc((size_t)n + 1, sizeof *out)))
        ra_fail(err, RA_ERR_NOMEM, "out of memory for an array");
    for (uint64_t i = 0; out && i < n; i++)
        out[i] = integer_at(npy, place_of(npy, i));
    return out;
}

size_t ra_npy_header(char out[RA_NPY_HEADER], const char *type, unsigned n_dims, uint64_t rows,
                     uint64_t cols)
{
    char shape[64];
    if (n_dims == 1)
        snprintf(shape, sizeof shape, "(%llu,)", (unsigned long long)rows);
    else
        snprintf(shape, sizeof shape, "(%llu, %llu)", (unsigned long long)rows,
                 (unsigned long long)cols);
    memset(out, ' ', RA_NPY_HEADER);
    memcpy(out, MAGIC "\x01\x00", 8);
    out[8] = RA_NPY_HEADER - 10;
    out[9] = 0;
    char dict[RA_NPY_HEADER];
    int n = snprintf(dict, sizeof dict, "{'descr': '%.8s', 'fortran_order': False, 'shape': %s, }",
                     type, shape);
    memcpy(out + 10, dict, (size_t)n);
    out[RA_NPY_HEADER - 1] = '\n';
    return RA_NPY_HEADER;
}
