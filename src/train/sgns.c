/* The step of skip-gram with negative sampling, a few pairs at once. */
#include "sgns.h"

#include <math.h>

#include "lanes.h"

#define MOST 6.0f /* beyond it the sigmoid is taken as 0 or 1 */

void sgns_fill_table(float sigmoid[SGNS_TABLE])
{
    for (int i = 0; i < SGNS_TABLE; i++) {
        double x = (2 * ((double)i + 0.5) / SGNS_TABLE - 1) * (double)MOST;
        sigmoid[i] = (float)(1 / (1 + exp(-x)));
    }
}

static float sigmoid_of(const float *table, float x)
{
    if (!(x < MOST))
        return 1;
    if (x <= -MOST)
        return 0;
    return table[(unsigned)((x + MOST) * (SGNS_TABLE / (2 * MOST)))];
}

/* Names instead of arrays keep the inputs' lanes in registers, here and below. */
RA_BODY void find_gradients(struct sgns_step *step)
{
    const lane *x0 = ra_lanes_at(step->input[0]), *x1 = ra_lanes_at(step->input[1]);
    const lane *x2 = ra_lanes_at(step->input[2]), *x3 = ra_lanes_at(step->input[3]);
    for (unsigned o = 0; o < step->n_outputs; o++) {
        const lane *y = ra_lanes_at(step->output[o]);
        lane s0 = x0[0] * y[0], s1 = x1[0] * y[0], s2 = x2[0] * y[0], s3 = x3[0] * y[0];
        for (uint32_t f = 1; f < step->n_lanes; f++) {
            s0 += x0[f] * y[f];
            s1 += x1[f] * y[f];
            s2 += x2[f] * y[f];
            s3 += x3[f] * y[f];
        }
        const float *sigmoid = step->sigmoid;
        float *g = step->gradient[o], label = o == 0 ? 1 : 0;
        g[0] = step->rate * (label - sigmoid_of(sigmoid, ra_lanes_sum(&s0)));
        g[1] = step->rate * (label - sigmoid_of(sigmoid, ra_lanes_sum(&s1)));
        g[2] = step->rate * (label - sigmoid_of(sigmoid, ra_lanes_sum(&s2)));
        g[3] = step->rate * (label - sigmoid_of(sigmoid, ra_lanes_sum(&s3)));
        for (unsigned j = step->n_inputs; j < SGNS_INPUTS; j++)
            g[j] = 0;
    }
}

/* Both sides move from where they were before the step; an input that is missing, by nothing. */
RA_BODY void move_rows(const struct sgns_step *step)
{
    lane *x0 = ra_lanes_to(step->input[0]), *x1 = ra_lanes_to(step->input[1]);
    lane *x2 = ra_lanes_to(step->input[2]), *x3 = ra_lanes_to(step->input[3]);
    for (uint32_t f = 0; f < step->n_lanes; f++) {
        lane a0 = x0[f], a1 = x1[f], a2 = x2[f], a3 = x3[f];
        lane b0 = a0, b1 = a1, b2 = a2, b3 = a3;
        for (unsigned o = 0; o < step->n_outputs; o++) {
            const float *g = step->gradient[o];
            lane *at = ra_lanes_to(step->output[o]) + f, y = *at;
            b0 += g[0] * y;
            b1 += g[1] * y;
            b2 += g[2] * y;
            b3 += g[3] * y;
            *at = y + ((g[0] * a0 + g[1] * a1) + (g[2] * a2 + g[3] * a3));
        }
        x0[f] = b0;
        x1[f] = b1;
        x2[f] = b2;
        x3[f] = b3;
    }
}

/* The races are meant: a lost update is noise. */
#define RACY __attribute__((no_sanitize("thread")))

RA_BODY RACY void take_step(struct sgns_step *step)
{
    find_gradients(step);
    move_rows(step);
}

static RACY RA_WIDE void step_wide(struct sgns_step *step)
{
    take_step(step);
}

static RACY void step_plain(struct sgns_step *step)
{
    take_step(step);
}

void sgns_step(struct sgns_step *step)
{
    if (ra_lanes_are_wide())
        step_wide(step);
    else
        step_plain(step);
}
