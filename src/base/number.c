/* Numbers as JSON text: what printf's %.*g writes, without its cost for the usual magnitudes. */
#include <math.h>
#include <string.h>

#include "readalike/buf.h"

#define DIGITS_MAX 9
#define SMALLEST_EXPONENT (-4) /* below it %g writes an exponent */
#define SURE 1e-5 /* how far from a tie the product must be; its own error is below 1e-7 */

static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};

/* The power of ten of the first digit of value, which is from 1e-4 up to below 1e9. */
static int exponent_of(double value)
{
    int exponent = 0;
    while (value >= powers[exponent + 1])
        exponent++;
    while (exponent <= 0 && exponent > SMALLEST_EXPONENT && value * powers[-exponent] < 1)
        exponent--;
    return exponent;
}

/*
 * The first `digits` digits of value as a whole number, rounded; 0 when only exact arithmetic can
 * tell which way to round. The powers are exact, so the product is off by half a unit of its last
 * place at most.
 */
static uint64_t leading_digits(double value, int digits, int exponent)
{
    double scaled = value * powers[digits - 1 - exponent];
    uint64_t whole = (uint64_t)scaled;
    double rest = scaled - (double)whole;
    if (fabs(rest - 0.5) < SURE)
        return 0;
    whole += rest > 0.5;
    return whole < (uint64_t)powers[digits] && whole >= (uint64_t)powers[digits - 1] ? whole : 0;
}

/* `n` digits of which `before` stand in front of the point (none or fewer: zeros follow it). */
static void put_digits(struct ra_buf *buf, const char *text, int n, int before)
{
    while (n > before && n > 1 && text[n - 1] == '0')
        n--;
    if (before > 0) {
        ra_buf_put(buf, text, (size_t)before);
        if (n == before)
            return;
        ra_buf_putc(buf, '.');
        ra_buf_put(buf, text + before, (size_t)(n - before));
        return;
    }
    ra_buf_put(buf, "0.0000", (size_t)(2 - before));
    ra_buf_put(buf, text, (size_t)n);
}

static bool put_plain(struct ra_buf *buf, double value, int digits)
{
    double size = fabs(value);
    if (digits < 1 || digits > DIGITS_MAX || !(size >= 1e-4 && size < powers[digits]))
        return false;
    int exponent = exponent_of(size);
    uint64_t whole = leading_digits(size, digits, exponent);
    if (whole == 0)
        return false;
    char text[DIGITS_MAX];
    for (int i = digits - 1; i >= 0; i--, whole /= 10)
        text[i] = (char)('0' + whole % 10);
    if (value < 0)
        ra_buf_putc(buf, '-');
    put_digits(buf, text, digits, exponent + 1);
    return true;
}

void ra_buf_put_json_double(struct ra_buf *buf, double value, int digits)
{
    if (!isfinite(value))
        ra_buf_puts(buf, "null");
    else if (!put_plain(buf, value, digits))
        ra_buf_putf(buf, "%.*g", digits, value);
}
