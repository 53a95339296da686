/* Plots as inline SVG: two axes, dots, lines and bars. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 520
#define HEIGHT 320
#define LEFT 62
#define RIGHT 14
#define TOP 12
#define BOTTOM 46
#define TICKS 6 /* about as many on a linear axis */

/* 0 to 1 along the axis. */
static double along(const struct plot_axis *axis, double value)
{
    if (axis->log)
        return log(value / axis->low) / log(axis->high / axis->low);
    return (value - axis->low) / (axis->high - axis->low);
}

static double at_x(const struct plot *plot, double x)
{
    return LEFT + along(&plot->x, x) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const struct plot *plot, double y)
{
    return HEIGHT - BOTTOM - along(&plot->y, y) * (HEIGHT - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten. */
static double nice_step(double range)
{
    double rough = range / TICKS, power = pow(10, floor(log10(rough)));
    double digit = rough / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

static double first_tick(const struct plot_axis *axis)
{
    if (axis->log)
        return pow(10, ceil(log10(axis->low) - 1e-9));
    double step = nice_step(axis->high - axis->low);
    return ceil(axis->low / step - 1e-9) * step;
}

static double next_tick(const struct plot_axis *axis, double tick)
{
    return axis->log ? tick * 10 : tick + nice_step(axis->high - axis->low);
}

/* 12000 as 12k, so that labels stay short. */
static void tick_text(double value, char out[24])
{
    if (fabs(value) < 1e-12)
        value = 0;
    if (fabs(value) >= 1e6)
        snprintf(out, 24, "%gM", value / 1e6);
    else if (fabs(value) >= 1e4)
        snprintf(out, 24, "%gk", value / 1e3);
    else
        snprintf(out, 24, "%.4g", value);
}

static void put_ticks(const struct plot *plot)
{
    char text[24];
    for (double t = first_tick(&plot->x); t <= plot->x.high * (1 + 1e-9);
         t = next_tick(&plot->x, t)) {
        tick_text(t, text);
        ra_buf_putf(plot->out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\">%s</text>", at_x(plot, t),
                    HEIGHT - BOTTOM + 16, text);
    }
    for (double t = first_tick(&plot->y); t <= plot->y.high * (1 + 1e-9);
         t = next_tick(&plot->y, t)) {
        tick_text(t, text);
        ra_buf_putf(plot->out,
                    "<path class=\"grid\" d=\"M%d %.1fH%d\"/>"
                    "<text class=\"tick left\" x=\"%d\" y=\"%.1f\">%s</text>",
                    LEFT, at_y(plot, t), WIDTH - RIGHT, LEFT - 6, at_y(plot, t) + 4, text);
    }
}

void plot_begin(struct plot *plot, struct ra_buf *out, const char *title, struct plot_axis x,
                struct plot_axis y)
{
    *plot = (struct plot){.out = out, .x = x, .y = y};
    /* An axis needs a length. */
    if (!(plot->x.high > plot->x.low))
        plot->x.high = plot->x.low + 1;
    if (!(plot->y.high > plot->y.low))
        plot->y.high = plot->y.low + 1;
    ra_buf_putf(out, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\"><title>%s</title>",
                WIDTH, HEIGHT, title);
    put_ticks(plot);
    ra_buf_putf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP, HEIGHT - BOTTOM,
                WIDTH - RIGHT);
    ra_buf_putf(out, "<text class=\"label\" x=\"%d\" y=\"%d\">%s</text>",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x.label);
    ra_buf_putf(out,
                "<text class=\"label\" transform=\"rotate(-90 14 %d)\" x=\"14\" y=\"%d\">%s"
                "</text>",
                (TOP + HEIGHT - BOTTOM) / 2, (TOP + HEIGHT - BOTTOM) / 2, y.label);
}

/* A dot is a line without length: its round ends are the dot. */
void plot_dots(const struct plot *plot, const char *style, const double *x, const double *y,
               size_t n)
{
    ra_buf_putf(plot->out, "<path class=\"dots %s\" d=\"", style);
    for (size_t i = 0; i < n; i++)
        ra_buf_putf(plot->out, "M%.1f %.1fh0", at_x(plot, x[i]), at_y(plot, y[i]));
    ra_buf_puts(plot->out, "\"/>");
}

void plot_line(const struct plot *plot, const char *style, const double *x, const double *y,
               size_t n)
{
    ra_buf_putf(plot->out, "<path class=\"line %s\" d=\"", style);
    for (size_t i = 0; i < n; i++)
        ra_buf_putf(plot->out, "%c%.1f %.1f", i ? 'L' : 'M', at_x(plot, x[i]), at_y(plot, y[i]));
    ra_buf_puts(plot->out, "\"/>");
}

void plot_bars(const struct plot *plot, const char *style, const double *x, const double *y,
               size_t n)
{
    double width = n > 1 ? fabs(at_x(plot, x[1]) - at_x(plot, x[0])) * 0.8 : 24;
    for (size_t i = 0; i < n; i++)
        ra_buf_putf(plot->out,
                    "<rect class=\"bar %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                    style, at_x(plot, x[i]) - width / 2, at_y(plot, y[i]), width,
                    HEIGHT - BOTTOM - at_y(plot, y[i]));
}

void plot_span(const struct plot *plot, const char *style, double x, double low, double high)
{
    ra_buf_putf(plot->out, "<path class=\"line %s\" d=\"M%.1f %.1fV%.1f\"/>", style, at_x(plot, x),
                at_y(plot, low), at_y(plot, high));
}

void plot_end(const struct plot *plot)
{
    ra_buf_puts(plot->out, "</svg>");
}
