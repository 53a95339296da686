/* Fused kernels over gathered rows, compiled for wide processors and for any. */
#include "gather.h"

#include <math.h>
#include <string.h>

#define AHEAD 8u /* rows that are fetched before they are used */

RA_BODY float weight_of(const struct gather *gather, size_t i)
{
    return gather->weight ? gather->weight[i] : 1;
}

RA_BODY float target_of(const struct gather *gather, size_t i)
{
    return gather->target ? gather->target[i] : 1;
}

RA_BODY const float *row_of(const struct gather *gather, size_t i)
{
    return gather->table + (size_t)gather->ix[i] * gather->stride;
}

RA_BODY void fetch(const struct gather *gather, size_t i)
{
    if (i >= gather->n_ahead)
        return;
    const float *row = row_of(gather, i);
    for (size_t k = 0; k < gather->width; k += 16)
        __builtin_prefetch(row + k);
}

RA_BODY void rows4(const struct gather *gather, size_t i, const float *h[4])
{
    for (size_t j = 0; j < 4; j++)
        h[j] = row_of(gather, i + j);
}

/* The products of four rows with p. */
RA_BODY void dot4(const float *const h[4], const float *p, size_t width, float out[4])
{
    ra_lane sum[8] = {{0}};
    size_t k = 0;
    for (; k + 2 * RA_LANE <= width; k += 2 * RA_LANE) {
        for (int j = 0; j < 4; j++) {
            sum[j] += *ra_lanes_at(h[j] + k) * *ra_lanes_at(p + k);
            sum[j + 4] += *ra_lanes_at(h[j] + k + RA_LANE) * *ra_lanes_at(p + k + RA_LANE);
        }
    }
    for (; k + RA_LANE <= width; k += RA_LANE) {
        for (int j = 0; j < 4; j++)
            sum[j] += *ra_lanes_at(h[j] + k) * *ra_lanes_at(p + k);
    }
    ra_lane all;
    ra_lanes_sum8(sum, &all);
    for (int j = 0; j < 4; j++)
        out[j] = all[j] + all[j + 4];
    for (; k < width; k++) {
        for (int j = 0; j < 4; j++)
            out[j] += h[j][k] * p[k];
    }
}

RA_BODY float dot1(const float *h, const float *p, size_t width)
{
    ra_lane sum[2] = {{0}};
    size_t k = 0;
    for (; k + 2 * RA_LANE <= width; k += 2 * RA_LANE) {
        sum[0] += *ra_lanes_at(h + k) * *ra_lanes_at(p + k);
        sum[1] += *ra_lanes_at(h + k + RA_LANE) * *ra_lanes_at(p + k + RA_LANE);
    }
    sum[0] += sum[1];
    float out = ra_lanes_sum(&sum[0]);
    for (; k < width; k++)
        out += h[k] * p[k];
    return out;
}

RA_BODY void add4(const float *const h[4], const float s[4], size_t width, float *out)
{
    size_t k = 0;
    for (; k + RA_LANE <= width; k += RA_LANE) {
        ra_lane a = *ra_lanes_at(out + k) + s[0] * *ra_lanes_at(h[0] + k);
        ra_lane b = s[2] * *ra_lanes_at(h[2] + k);
        a += s[1] * *ra_lanes_at(h[1] + k);
        b += s[3] * *ra_lanes_at(h[3] + k);
        *ra_lanes_to(out + k) = a + b;
    }
    for (; k < width; k++)
        out[k] += (s[0] * h[0][k] + s[1] * h[1][k]) + (s[2] * h[2][k] + s[3] * h[3][k]);
}

RA_BODY void add1(const float *h, float s, size_t width, float *out)
{
    size_t k = 0;
    for (; k + RA_LANE <= width; k += RA_LANE)
        *ra_lanes_to(out + k) += s * *ra_lanes_at(h + k);
    for (; k < width; k++)
        out[k] += s * h[k];
}

/* squares += c h * h */
RA_BODY void add_squares(const float *h, float c, size_t width, float *squares)
{
    size_t k = 0;
    for (; k + RA_LANE <= width; k += RA_LANE) {
        ra_lane v = *ra_lanes_at(h + k);
        *ra_lanes_to(squares + k) += c * v * v;
    }
    for (; k < width; k++)
        squares[k] += c * h[k] * h[k];
}

RA_BODY void add_squares4(const float *const h[4], const float c[4], size_t width, float *squares)
{
    size_t k = 0;
    for (; k + RA_LANE <= width; k += RA_LANE) {
        ra_lane v[4];
        for (int j = 0; j < 4; j++)
            v[j] = *ra_lanes_at(h[j] + k);
        *ra_lanes_to(squares + k) +=
            (c[0] * v[0] * v[0] + c[1] * v[1] * v[1]) + (c[2] * v[2] * v[2] + c[3] * v[3] * v[3]);
    }
    for (; k < width; k++) {
        for (int j = 0; j < 4; j++)
            squares[k] += c[j] * h[j][k] * h[j][k];
    }
}

RA_BODY void apply_body(const struct gather *gather, const float *p, float *out)
{
    size_t i = 0, width = gather->width;
    for (; i + 4 <= gather->n; i += 4) {
        const float *h[4];
        float s[4];
        rows4(gather, i, h);
        dot4(h, p, width, s);
        for (size_t j = 0; j < 4; j++)
            s[j] *= weight_of(gather, i + j);
        add4(h, s, width, out);
    }
    for (; i < gather->n; i++) {
        const float *h = row_of(gather, i);
        add1(h, weight_of(gather, i) * dot1(h, p, width), width, out);
    }
}

RA_BODY void residual_body(const struct gather *gather, const float *x, float *out, float *squares)
{
    size_t i = 0, width = gather->width;
    for (; i + 4 <= gather->n; i += 4) {
        const float *h[4];
        float s[4], c[4];
        for (size_t j = 0; j < 4; j++)
            fetch(gather, i + AHEAD + j);
        rows4(gather, i, h);
        dot4(h, x, width, s);
        for (size_t j = 0; j < 4; j++) {
            c[j] = weight_of(gather, i + j);
            s[j] = c[j] * (target_of(gather, i + j) - s[j]);
        }
        add4(h, s, width, out);
        add_squares4(h, c, width, squares);
    }
    for (; i < gather->n; i++) {
        const float *h = row_of(gather, i);
        float c = weight_of(gather, i);
        add1(h, c * (target_of(gather, i) - dot1(h, x, width)), width, out);
        add_squares(h, c, width, squares);
    }
}

RA_BODY void weighted_body(const struct gather *gather, const float *s, float *out)
{
    size_t i = 0;
    for (; i + 4 <= gather->n; i += 4) {
        const float *h[4];
        rows4(gather, i, h);
        add4(h, s + i, gather->width, out);
    }
    for (; i < gather->n; i++)
        add1(row_of(gather, i), s[i], gather->width, out);
}

RA_BODY void dots_body(const struct gather *gather, const float *p, float *out)
{
    size_t i = 0;
    for (; i + 4 <= gather->n; i += 4) {
        const float *h[4];
        float s[4];
        rows4(gather, i, h);
        dot4(h, p, gather->width, s);
        for (size_t j = 0; j < 4; j++)
            out[i + j] += s[j];
    }
    for (; i < gather->n; i++)
        out[i] += dot1(row_of(gather, i), p, gather->width);
}

RA_BODY void sum_body(const float *rows, size_t stride, const float *s, size_t n, float *out)
{
    memset(out, 0, stride * sizeof *out);
    for (size_t i = 0; i < n; i += 4) {
        const float *const h[4] = {rows + i * stride, rows + (i + 1) * stride,
                                   rows + (i + 2) * stride, rows + (i + 3) * stride};
        add4(h, s + i, stride, out);
    }
}

RA_BODY void scaled_body(const struct gather *gather, const float *scale, size_t stride,
                         float *rows)
{
    size_t width = gather->width;
    for (size_t i = 0; i < gather->n; i++) {
        const float *h = row_of(gather, i);
        float *out = rows + i * stride;
        size_t k = 0;
        fetch(gather, i + AHEAD);
        for (; k + RA_LANE <= width; k += RA_LANE)
            *ra_lanes_to(out + k) = *ra_lanes_at(scale + k) * *ra_lanes_at(h + k);
        for (; k < width; k++)
            out[k] = scale[k] * h[k];
        for (; k < stride; k++)
            out[k] = 0;
    }
}

/* The products of four rows with two. */
RA_BODY void tile(const float *a, const float *b, size_t stride, ra_lane *out)
{
    ra_lane sum[8] = {{0}};
    for (size_t k = 0; k < stride; k += RA_LANE) {
        ra_lane even = *ra_lanes_at(b + k), odd = *ra_lanes_at(b + stride + k);
        for (size_t j = 0; j < 4; j++) {
            ra_lane v = *ra_lanes_at(a + j * stride + k);
            sum[j] += v * even;
            sum[j + 4] += v * odd;
        }
    }
    ra_lanes_sum8(sum, out);
}

RA_BODY void gram_body(const float *rows, size_t stride, size_t n, float *k, size_t stride_k)
{
    for (size_t i = 0; i < n; i += 4) {
        for (size_t j = 0; j < i + 4; j += 2) {
            ra_lane out;
            tile(rows + i * stride, rows + j * stride, stride, &out);
            float *even = k + j * stride_k + i, *odd = even + stride_k;
            for (size_t a = 0; a < 4; a++) {
                even[a] += out[a];
                odd[a] += out[a + 4];
            }
        }
    }
}

/* By whole lanes: it may begin before `first`, where `from` is zero or `to` does not matter. */
RA_BODY void subtract(float *to, const float *from, float s, size_t first, size_t stride)
{
    for (size_t i = first / RA_LANE * RA_LANE; i < stride; i += RA_LANE)
        *ra_lanes_to(to + i) -= s * *ra_lanes_at(from + i);
}

RA_BODY bool solve_body(float *k, size_t stride, size_t n, float *b)
{
    for (size_t j = 0; j < n; j++) {
        float *column = k + j * stride;
        if (!(column[j] > 0))
            return false;
        float scale = 1 / sqrtf(column[j]);
        size_t first = j / RA_LANE * RA_LANE;
        for (size_t i = first; i < stride; i += RA_LANE)
            *ra_lanes_to(column + i) *= scale;
        memset(column + first, 0, (j - first) * sizeof *column);
        for (size_t i = j + 1; i < n; i++)
            subtract(k + i * stride, column, column[i], i, stride);
        float x = b[j] * scale;
        subtract(b, column, x, j + 1, stride);
        b[j] = x;
        column[j] = scale;
    }
    for (size_t j = n; j-- > 0;) {
        const float *column = k + j * stride;
        float sum = 0;
        for (size_t i = j + 1; i < n; i++)
            sum += column[i] * b[i];
        b[j] = (b[j] - sum) * column[j];
    }
    return true;
}

RA_WIDE static void apply_wide(const struct gather *gather, const float *p, float *out)
{
    apply_body(gather, p, out);
}

RA_WIDE static void residual_wide(const struct gather *gather, const float *x, float *out,
                                  float *squares)
{
    residual_body(gather, x, out, squares);
}

RA_WIDE static void weighted_wide(const struct gather *gather, const float *s, float *out)
{
    weighted_body(gather, s, out);
}

RA_WIDE static void dots_wide(const struct gather *gather, const float *p, float *out)
{
    dots_body(gather, p, out);
}

RA_WIDE static void sum_wide(const float *rows, size_t stride, const float *s, size_t n, float *out)
{
    sum_body(rows, stride, s, n, out);
}

RA_WIDE static void scaled_wide(const struct gather *gather, const float *scale, size_t stride,
                                float *rows)
{
    scaled_body(gather, scale, stride, rows);
}

RA_WIDE static void gram_wide(const float *rows, size_t stride, size_t n, float *k, size_t stride_k)
{
    gram_body(rows, stride, n, k, stride_k);
}

RA_WIDE static bool solve_wide(float *k, size_t stride_k, size_t n, float *b)
{
    return solve_body(k, stride_k, n, b);
}

void gather_apply(const struct gather *gather, const float *p, float *out)
{
    ra_lanes_are_wide() ? apply_wide(gather, p, out) : apply_body(gather, p, out);
}

void gather_residual(const struct gather *gather, const float *x, float *out, float *squares)
{
    ra_lanes_are_wide() ? residual_wide(gather, x, out, squares)
                        : residual_body(gather, x, out, squares);
}

void gather_sum(const struct gather *gather, const float *s, float *out)
{
    ra_lanes_are_wide() ? weighted_wide(gather, s, out) : weighted_body(gather, s, out);
}

void gather_dots(const struct gather *gather, const float *p, float *out)
{
    ra_lanes_are_wide() ? dots_wide(gather, p, out) : dots_body(gather, p, out);
}

void gather_columns(const struct gather *gather, const float *root, size_t stride, float *columns)
{
    for (size_t i = 0; i < gather->n; i++) {
        const float *h = row_of(gather, i);
        for (size_t k = 0; k < gather->width; k++)
            columns[k * stride + i] = root[i] * h[k];
    }
    for (size_t k = 0; k < gather->width; k++)
        memset(columns + k * stride + gather->n, 0, (stride - gather->n) * sizeof *columns);
}

void rows_sum(const float *rows, size_t stride, const float *s, size_t n, float *out)
{
    ra_lanes_are_wide() ? sum_wide(rows, stride, s, n, out) : sum_body(rows, stride, s, n, out);
}

void gather_scaled(const struct gather *gather, const float *scale, size_t stride, float *rows)
{
    ra_lanes_are_wide() ? scaled_wide(gather, scale, stride, rows)
                        : scaled_body(gather, scale, stride, rows);
}

void rows_gram(const float *rows, size_t stride, size_t n, float *k, size_t stride_k)
{
    ra_lanes_are_wide() ? gram_wide(rows, stride, n, k, stride_k)
                        : gram_body(rows, stride, n, k, stride_k);
}

bool small_solve(float *k, size_t stride_k, size_t n, float *b)
{
    return ra_lanes_are_wide() ? solve_wide(k, stride_k, n, b) : solve_body(k, stride_k, n, b);
}
